// SPDX-License-Identifier: GPL-3.0-or-later
#include "ews/mapping/series.hpp"

#include <algorithm>

#include "ews/mapping/attendee.hpp"
#include "ews/mapping/event.hpp"
#include "ews/mapping/property.hpp"
#include "ews/mapping/read_kept.hpp"
#include "ews/mapping/recurrence.hpp"
#include "ews/mapping/time.hpp"
#include "ews/mapping/write_event.hpp"
#include "util/digest.hpp"
#include "util/text.hpp"

namespace caravan::ews::mapping {
namespace {

using namespace wire;  // NOLINT: the generated names
using model::LossReason;

constexpr std::string_view kPrefix("\x04\0\0\0\x82\0\xE0\0\x74\xC5\xB7\x10\x1A\x82\xE0\x08", 16);
constexpr std::string_view kWrapped("vCal-Uid\x01\0\0\0", 12);
constexpr std::size_t kHeader = 40;
constexpr int kGlobalObjectId = 3;  // PidLidGlobalObjectId, in the property set Meeting

std::optional<GlobalObjectId> global_object_id(const t__CalendarItemType& item) {
  for (const auto& property : item.ExtendedProperty) {
    const auto& field = property.ExtendedFieldURI;
    if (field.PropertyId == nullptr || *field.PropertyId != kGlobalObjectId) continue;
    std::string blob;
    if (property.Value != nullptr && text::base64_decode(*property.Value, blob)) return decode_global_object_id(blob);
  }
  return std::nullopt;
}

/// ews-facts 12, 4: items without any UID exist; theirs is made from the item id, which is stable within the mailbox.
std::string uid_of(const t__CalendarItemType& item, const std::optional<GlobalObjectId>& global) {
  if (global && global->is_instance) return global->uid;
  if (item.UID != nullptr && !text::trim(*item.UID).empty()) return text::sanitize(text::trim(*item.UID));
  if (global) return global->uid;
  return "exchange-" + sha256(item.ItemId != nullptr ? item.ItemId->Id : std::string()).hex.substr(0, 40);
}

Status read_exclusions(Context& context, const t__CalendarItemType& master, const SeriesFrame& frame,
                       model::Series& series) {
  if (master.DeletedOccurrences == nullptr) return {};
  for (const auto& deleted : master.DeletedOccurrences->DeletedOccurrence) {
    const auto instant = parse_time(deleted.Start);
    if (!instant)
      return make_error(Fault::malformed, "The start of a deleted occurrence can't be read.", "BadTime",
                        "Open the series in Outlook and save it.");
    series.excluded.push_back(original_start(context, frame, *instant, series.zones));
  }
  return {};
}

std::optional<Instant> original_instant(const ExceptionItem& exception) {
  if (exception.info != nullptr)
    if (const auto instant = parse_time(exception.info->OriginalStart)) return instant;
  for (const std::string* text : {exception.item->OriginalStart, exception.item->RecurrenceId})
    if (text != nullptr)
      if (const auto instant = parse_time(*text)) return instant;
  return std::nullopt;
}

/// An invitation to one occurrence of a series that this mailbox does not hold: an override without a master.
bool make_orphan(Context& context, const t__CalendarItemType& item, const std::optional<GlobalObjectId>& global,
                 const ItemTimes& times, model::Series& series) {
  const auto instant = item.RecurrenceId != nullptr ? parse_time(*item.RecurrenceId) : std::nullopt;
  if (!instant && !(global && global->is_instance)) return false;
  model::Event event = std::move(*series.master);
  series.master.reset();
  if (instant) {
    event.recurrence_id = times.all_day ? all_day(context.zones, times.start_zone, *instant, Edge::start, series.zones)
                                        : place(context.zones, times.start_zone, *instant, series.zones);
  } else {
    model::EventTime id = event.start;  // the blob knows the date only
    id.wall.year = global->date.year;
    id.wall.month = global->date.month;
    id.wall.day = global->date.day;
    if (id.kind == model::TimeKind::zoned) id.utc_offset = context.zones.offset_at_wall(id.zone, id.wall, series.zones);
    event.recurrence_id = id;
  }
  series.overrides.push_back(std::move(event));
  return true;
}

void fill_identity(const t__CalendarItemType& item, Fetched& fetched) {
  if (item.ItemId != nullptr) {
    fetched.item = ItemId(item.ItemId->Id);
    fetched.change_key = ChangeKey(item.ItemId->ChangeKey);
  }
  if (item.ParentFolderId != nullptr) fetched.parent = FolderId(item.ParentFolderId->Id);
  if (item.LastModifiedTime != nullptr)
    if (const auto modified = parse_time(*item.LastModifiedTime)) fetched.modified = *modified;
  if (item.LastModifiedName != nullptr) fetched.modified_by = *item.LastModifiedName;
  fetched.is_meeting = is_meeting(item);
  fetched.is_organizer = is_organizer(item);
  if (const std::string* mark = value_of(item, OwnProperty::mark)) fetched.mark = *mark;
}

/// The UID, unless the item's is a stand-in for one that Exchange may not hold, or for one occurrence's.
void restore_uid(const Kept& kept, model::Series& series) {
  if (kept.part)
    series.uid = kept.part->uid;
  else if (!kept.uid.empty() && uid_for(Uid(kept.uid)) == series.uid.value)
    series.uid = Uid(kept.uid);
}

/// Who is invited to the series through a group has a line of his own in its changed occurrences, too.
void keep_own_line(const Context& context, const t__CalendarItemType& item, const model::Event& master,
                   model::Event& event) {
  if (event.attendees.empty() || item.MyResponseType == nullptr || *item.MyResponseType != "NoResponseReceived") return;
  const auto is_me = [&](const model::Attendee& person) { return person.address == context.mailbox.address.value; };
  const auto mine = std::find_if(master.attendees.begin(), master.attendees.end(), is_me);
  if (mine == master.attendees.end() || std::any_of(event.attendees.begin(), event.attendees.end(), is_me)) return;
  event.attendees.push_back(*mine);
  event.attendees.back().participation = model::Participation::needs_action;
}

}  // namespace

SeriesFrame frame_of(const ItemTimes& times, const model::Event& master) {
  SeriesFrame frame;
  frame.zone = times.start_zone;
  frame.all_day = times.all_day;
  const std::int64_t wall = model::to_seconds(master.start.wall);
  frame.time_of_day = ((wall % 86400) + 86400) % 86400;
  return frame;
}

Result<model::Event> read_occurrence(Context& context, const ExceptionItem& occurrence, const SeriesFrame& frame,
                                     model::Series& series) {
  const auto instant = original_instant(occurrence);
  if (!instant)
    return make_error(Fault::malformed, "The original start of a changed occurrence can't be read.", "BadTime",
                      "Open the series in Outlook and save it.");
  const model::EventTime id = original_start(context, frame, *instant, series.zones);
  context.occurrence = model::to_string(id);
  context.marked = occurrence.marked;
  const auto kept = read_kept(context, *occurrence.item);
  context.kept = kept ? &*kept : nullptr;
  Result<ItemTimes> times = read_times(context, *occurrence.item, 0);
  if (!times) {
    context.kept = nullptr;
    return std::move(times).error();
  }
  if (times->start_zone.kind == Zone::Kind::unknown) times->start_zone = times->end_zone = frame.zone;
  model::Event event = read_event(context, *occurrence.item, *times, series.zones);
  event.recurrence_id = id;
  // One organizer for all components of a series (ews-facts 12, 21).
  if (series.master && series.master->organizer && !event.attendees.empty()) event.organizer = series.master->organizer;
  if (series.master) keep_own_line(context, *occurrence.item, *series.master, event);
  if (occurrence.body_unreadable) context.lose(LossReason::body_unreadable, "Body");
  context.occurrence.clear();
  context.kept = nullptr;
  return event;
}

std::optional<GlobalObjectId> decode_global_object_id(std::string_view blob) {
  if (blob.size() < kHeader || !blob.starts_with(kPrefix)) return std::nullopt;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(blob[i]); };
  const std::size_t size = byte(36) | byte(37) << 8U | byte(38) << 16U | static_cast<std::size_t>(byte(39)) << 24U;
  if (size > blob.size() - kHeader) return std::nullopt;
  GlobalObjectId id;
  id.date.year = byte(16) * 256 + byte(17);
  id.date.month = byte(18);
  id.date.day = byte(19);
  id.is_instance = id.date.year != 0 && model::is_valid(id.date);
  std::string_view data = blob.substr(kHeader, size);
  if (data.starts_with(kWrapped)) {
    data.remove_prefix(kWrapped.size());
    while (data.ends_with('\0')) data.remove_suffix(1);
    id.uid = text::sanitize(data);
    if (!id.uid.empty()) return id;
  }
  static constexpr char kDigits[] = "0123456789ABCDEF";
  for (std::size_t i = 0; i < blob.size(); ++i) {
    const unsigned char value = i >= 16 && i < 20 ? 0 : byte(i);
    id.uid += kDigits[value >> 4U];
    id.uid += kDigits[value & 15U];
  }
  return id;
}

Result<Fetched> read_series(Context& context, t__CalendarItemType& master, bool body_unreadable,
                            std::span<const ExceptionItem> exceptions) {
  Fetched fetched;
  fill_identity(master, fetched);
  const auto global = global_object_id(master);
  model::Series& series = fetched.series;
  series.uid = Uid(uid_of(master, global));
  const auto kept = read_kept(context, master);
  if (kept) restore_uid(*kept, series);
  context.kept = kept ? &*kept : nullptr;
  const bool recurring = master.Recurrence != nullptr;
  CARAVAN_TRY(times, read_times(context, master, recurring ? last_year(*master.Recurrence) : 0));
  // A single event without any zone keeps its instants; a series or an all-day event needs one.
  if (times.start_zone.kind == Zone::Kind::unknown &&
      (recurring || times.all_day || master.StartTimeZone != nullptr || master.EndTimeZone != nullptr))
    context.lose(LossReason::zone_unknown, "StartTimeZone");
  series.master = read_event(context, master, times, series.zones);
  context.kept = nullptr;
  if (body_unreadable) context.lose(LossReason::body_unreadable, "Body");
  if (recurring) {
    const SeriesFrame frame = frame_of(times, *series.master);
    CARAVAN_TRY(rule, read_rule(*master.Recurrence, frame, series.zones, context.zones));
    series.rules.push_back(std::move(rule));
    CARAVAN_CHECK(read_exclusions(context, master, frame, series));
    if (kept) restore_rules(*kept, series);
    for (const ExceptionItem& exception : exceptions) {
      CARAVAN_TRY(event, read_occurrence(context, exception, frame, series));
      series.overrides.push_back(std::move(event));
    }
  } else {
    if (master.CalendarItemType != nullptr && *master.CalendarItemType == "RecurringMaster")
      return make_error(Fault::malformed, "The series has lost its recurrence pattern.", "BadRecurrence",
                        "Open the series in Outlook and save its recurrence anew.");
    if (kept) restore_rules(*kept, series);
    if (!kept || !restore_part(*kept, series)) make_orphan(context, master, global, times, series);
  }
  if (context.failure) return *context.failure;
  model::normalize(series);
  fetched.losses = std::move(context.losses);
  return fetched;
}

}  // namespace caravan::ews::mapping
