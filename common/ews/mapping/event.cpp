// SPDX-License-Identifier: GPL-3.0-or-later
#include "ews/mapping/event.hpp"

#include <algorithm>

#include "ews/mapping/attachment.hpp"
#include "ews/mapping/attendee.hpp"
#include "ews/mapping/body.hpp"
#include "ews/mapping/read_kept.hpp"
#include "ews/mapping/time.hpp"
#include "ews/mapping/vocabulary.hpp"
#include "util/text.hpp"

namespace caravan::ews::mapping {
namespace {

using namespace wire;  // NOLINT: the generated names
using model::LossReason;

constexpr std::int64_t kStateCancelled = 4;         // AppointmentState, ews-facts 5.2
constexpr std::int64_t kLongestReminder = 2629800;  // ews-facts 5.2

std::optional<Instant> time_of(const std::string* text) { return text == nullptr ? std::nullopt : parse_time(*text); }

int year_of(Instant instant) { return model::from_seconds(instant.time_since_epoch().count()).year; }

void adopt(const Zone& zone, std::vector<model::ZoneDefinition>& custom) {
  if (!zone.definition) return;
  const bool known = std::any_of(custom.begin(), custom.end(),
                                 [&](const model::ZoneDefinition& each) { return each.id == zone.definition->id; });
  if (!known) custom.push_back(*zone.definition);
}

void read_schedule(Context& context, const ItemTimes& times, const std::vector<model::ZoneDefinition>& custom,
                   model::Event& event) {
  if (!times.all_day) {
    event.start = place(context.zones, times.start_zone, times.start, custom);
    event.end = place(context.zones, times.end_zone, times.end, custom);
    return;
  }
  event.start = all_day(context.zones, times.start_zone, times.start, Edge::start, custom);
  event.end = all_day(context.zones, times.end_zone, times.end, Edge::end, custom);
  if (model::to_seconds(event.end.wall) <= model::to_seconds(event.start.wall)) {
    event.end = event.start;
    event.end.wall = model::from_seconds(model::to_seconds(event.start.wall) + 86400);
  }
}

/// An enumerated property; the default stays where it is missing, and an unknown text is a loss.
template <class Value>
void read_enum(Context& context, const std::string* text, std::optional<Value> (*from)(std::string_view) noexcept,
               const char* property, Value& to) {
  if (text == nullptr) return;
  if (const auto value = from(*text))
    to = *value;
  else
    context.lose(LossReason::value_unknown, property);
}

void read_states(Context& context, const t__CalendarItemType& item, model::Event& event) {
  if (item.LegacyFreeBusyStatus != nullptr && *item.LegacyFreeBusyStatus != "NoData")
    read_enum(context, item.LegacyFreeBusyStatus, busy_from, "LegacyFreeBusyStatus", event.busy);
  read_enum(context, item.Sensitivity, sensitivity_from, "Sensitivity", event.sensitivity);
  if (event.sensitivity == model::Sensitivity::personal) context.lose(LossReason::sensitivity_collapsed, "Personal");
  int priority = 0;
  read_enum(context, item.Importance, priority_from, "Importance", priority);
  event.priority = priority;

  const bool meeting = is_meeting(item);
  const bool cancelled =
      is_true(item.IsCancelled) || (read_number(item.AppointmentState).value_or(0) & kStateCancelled) != 0;
  const bool own = !meeting || is_organizer(item);
  if (cancelled)
    event.status = model::EventStatus::cancelled;
  else if (own && event.busy == model::BusyStatus::tentative)
    event.status = model::EventStatus::tentative;
  else if (meeting && event.busy != model::BusyStatus::tentative)
    event.status = model::EventStatus::confirmed;
}

void read_reminder(Context& context, const t__CalendarItemType& item, model::Event& event) {
  if (!is_true(item.ReminderIsSet)) return;
  model::Alarm alarm;
  if (item.ReminderMinutesBeforeStart != nullptr) {
    const auto minutes = read_number(item.ReminderMinutesBeforeStart);
    if (!minutes || *minutes > kLongestReminder || *minutes < -kLongestReminder) {
      context.lose(LossReason::value_unreadable, "ReminderMinutesBeforeStart");
      return;
    }
    alarm.offset_seconds = -60 * *minutes;
  }
  event.alarms.push_back(std::move(alarm));
}

void read_categories(Context& context, t__CalendarItemType& item, model::Event& event) {
  if (item.Categories == nullptr) return;
  for (std::string& each : item.Categories->String) {
    std::string category = context.take(&each, "Categories");
    if (!text::trim(category).empty()) event.categories.emplace_back(text::trim(category));
  }
}

void read_bookkeeping(Context& context, const t__CalendarItemType& item, model::Event& event) {
  event.created = time_of(item.DateTimeCreated);
  event.last_modified = time_of(item.LastModifiedTime);
  event.stamp = time_of(item.DateTimeStamp);
  if (!event.stamp) event.stamp = event.last_modified;
  if (item.AppointmentSequenceNumber == nullptr) return;
  const auto sequence = read_number(item.AppointmentSequenceNumber);
  if (sequence && *sequence >= 0 && *sequence <= 0x7FFFFFFF)
    event.sequence = static_cast<std::int32_t>(*sequence);
  else
    context.lose(LossReason::value_unreadable, "AppointmentSequenceNumber");
}

}  // namespace

Result<ItemTimes> read_times(Context& context, const t__CalendarItemType& item, int to_year) {
  const auto start = time_of(item.Start), end = time_of(item.End);
  if (!start || !end)
    return make_error(Fault::malformed, std::string("The item has no readable ") + (start ? "end." : "start."),
                      "BadTime", "Open the entry in Outlook, correct its time and save it.");
  ItemTimes times;
  times.start = *start;
  times.end = std::max(*start, *end);
  if (*end < *start) context.lose(LossReason::value_unreadable, "End before Start");
  times.all_day = is_true(item.IsAllDayEvent);
  const int from_year = year_of(*start);
  const bool recurring = to_year != 0;
  to_year = std::max(to_year, year_of(*end));
  times.start_zone =
      read_zone(context.zones, context.cache, item.StartTimeZone, item.StartTimeZoneId, from_year, to_year);
  times.end_zone = read_zone(context.zones, context.cache, item.EndTimeZone, item.EndTimeZoneId, from_year, to_year);
  // A meeting from Teams may lack its StartTimeZone; without EndTimeZone both ends share the start's (ews-facts 7.3).
  if (times.start_zone.kind == Zone::Kind::unknown) times.start_zone = times.end_zone;
  if (times.end_zone.kind == Zone::Kind::unknown) times.end_zone = times.start_zone;
  if (context.kept != nullptr)
    restore_zones(context, *context.kept, recurring ? std::optional<Years>({from_year, to_year}) : std::nullopt, times);
  return times;
}

model::Event read_event(Context& context, t__CalendarItemType& item, const ItemTimes& times,
                        std::vector<model::ZoneDefinition>& custom) {
  model::Event event;
  adopt(times.start_zone, custom);
  adopt(times.end_zone, custom);
  read_schedule(context, times, custom, event);
  event.summary = context.take(item.Subject, "Subject");
  event.location = context.take(item.Location, "Location");
  event.conference = context.take(item.JoinOnlineMeetingUrl, "JoinOnlineMeetingUrl");
  read_body(context, item, event);
  read_states(context, item, event);
  read_reminder(context, item, event);
  read_categories(context, item, event);
  read_people(context, item, event);
  read_attachments(context, item, event);
  read_bookkeeping(context, item, event);
  if (item.AllowNewTimeProposal != nullptr && read_bool(item.AllowNewTimeProposal) == false)
    event.extra.push_back({"X-MICROSOFT-DISALLOW-COUNTER", {}, "TRUE"});
  if (context.kept != nullptr) {
    restore_end(*context.kept, event);
    restore(*context.kept, event);
  }
  return event;
}

}  // namespace caravan::ews::mapping
