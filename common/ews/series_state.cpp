// SPDX-License-Identifier: GPL-3.0-or-later
#include "ews/series_state.hpp"

#include <algorithm>

#include "ews/mapping/attendee.hpp"
#include "ews/mapping/time.hpp"
#include "ews/mapping/write_event.hpp"
#include "ews/views.hpp"
#include "ews/wire/write_requests.hpp"

namespace caravan::ews {
namespace {

using namespace wire;  // NOLINT: the generated names
using mapping::Zone;
using model::EventTime;

constexpr const char* kGetItem = "GetItem";
constexpr auto kSnap = std::chrono::hours(3);  // as in mapping/recurrence.cpp: rules of another time, DST
constexpr int kMostNeighbours = 40;

std::optional<Instant> instant_in(const std::string* text) {
  return text == nullptr ? std::nullopt : mapping::parse_time(*text);
}

Error gone(const Mailbox& mailbox, const EventTime& original) {
  return make_error(Fault::not_found,
                    "The series in " + mailbox.address.value + " has no occurrence at " + to_string(original) + ".",
                    "NoSuchOccurrence");
}

bool was_deleted(const Error& error) { return error.code == "ErrorCalendarOccurrenceIsDeletedFromRecurrence"; }

mapping::Context reader(Connection& connection, const Mailbox& mailbox, const std::stop_token& stop) {
  mapping::Resolver resolve = [&connection, &mailbox, stop](const std::string& legacy_dn) {
    return resolve_legacy_address(connection, mailbox, legacy_dn, stop);
  };
  return {*connection.options().zones,         connection.session().zones(), mailbox, std::move(resolve), false,
          connection.options().elsewhere.get()};
}

}  // namespace

Result<SeriesState> SeriesState::read(Connection& connection, const Mailbox& mailbox, const ItemId& main,
                                      std::stop_token stop) {
  SeriesState state(connection, mailbox, std::move(stop));
  const std::string* id = &main.value;
  auto items = get_items(connection, mailbox, std::span(&id, 1), state.stop_);
  if (!items.front()) return items.front().error();
  CARAVAN_CHECK(state.take(*items.front()));
  return state;
}

Status SeriesState::take(FetchedItem& main) {
  t__CalendarItemType& item = *main.item;
  if (item.Recurrence != nullptr) pattern_ = mapping::read_pattern(*item.Recurrence);
  if (item.DeletedOccurrences != nullptr)
    for (const auto& each : item.DeletedOccurrences->DeletedOccurrence)
      if (const auto instant = mapping::parse_time(each.Start)) deleted_.insert(*instant);
  if (item.UID != nullptr) uid_ = *item.UID;
  mapping::Context context = reader(*connection_, *mailbox_, stop_);
  context.marked = main.answer->vanished > 0;
  CARAVAN_TRY(
      times, mapping::read_times(context, item, item.Recurrence != nullptr ? mapping::last_year(*item.Recurrence) : 0));
  const bool named = times.start_zone.kind == Zone::Kind::named;
  standing_.zone = named ? times.start_zone.name : mailbox_->zone.empty() ? "Etc/UTC" : mailbox_->zone;
  CARAVAN_TRY(fetched, mapping::read_series(context, item, main.body_unreadable, {}));
  saved_ = {fetched.item, fetched.change_key};
  folder_ = fetched.parent;
  standing_.is_meeting = fetched.is_meeting;
  standing_.is_organizer = !fetched.is_meeting || fetched.is_organizer;
  series_ = std::move(fetched.series);
  const model::Event& event = model::representative(series_);
  standing_.is_cancelled = fetched.is_meeting && event.status == model::EventStatus::cancelled;
  if (!series_.master) return {};
  // The frame under the names that were kept, so that original starts read alike on both ways.
  frame_.zone = times.start_zone;
  frame_.zone.kind = event.start.kind == model::TimeKind::floating ? Zone::Kind::floating : frame_.zone.kind;
  if (event.start.kind == model::TimeKind::zoned && event.start.zone != frame_.zone.name) {
    frame_.zone.name = event.start.zone;
    frame_.zone.kind = Zone::Kind::named;
    for (const auto& definition : series_.zones)
      if (definition.id == event.start.zone) {
        frame_.zone.kind = Zone::Kind::custom;
        frame_.zone.definition = std::make_shared<model::ZoneDefinition>(definition);
      }
  }
  frame_.all_day = times.all_day;
  const std::int64_t wall = model::to_seconds(event.start.wall);
  frame_.time_of_day = ((wall % 86400) + 86400) % 86400;
  return {};
}

Instant SeriesState::instant_of(const EventTime& original) const {
  if (original.kind == model::TimeKind::utc || original.kind == model::TimeKind::zoned) return original.instant();
  return model::at_wall(*connection_->options().zones, standing_.zone, original.wall).instant();
}

bool SeriesState::is_deleted(const EventTime& occurrence) const {
  const Instant at = instant_of(occurrence);
  const auto near = deleted_.lower_bound(at - kSnap);
  return near != deleted_.end() && *near <= at + kSnap;
}

std::optional<int> SeriesState::index_of(const EventTime& original) const {
  int index = 0;
  if (!pattern_ || !mapping::is_on(*pattern_, mapping::day_of(original.wall), &index)) return std::nullopt;
  return index;
}

std::vector<Result<FetchedItem>> SeriesState::get(std::span<const int> indices) {
  std::vector<Result<FetchedItem>> out;
  const std::size_t size = connection_->options().batch;
  for (std::size_t at = 0; at < indices.size(); at += size) {
    const auto some = indices.subspan(at, std::min(size, indices.size() - at));
    std::vector<OccurrencePlace> places;
    for (const int index : some) places.push_back({&saved_.item, index});
    auto answer = connection_->call(
        kGetItem, *mailbox_,
        [&](Arena& arena, Schema schema, s__BodyType& body) { get_occurrences(arena, schema, body, places); }, {},
        BadXml::ask_again, stop_);
    if (!answer) {
      out.insert(out.end(), some.size(), Result<FetchedItem>(answer.error()));
      continue;
    }
    auto shared = std::make_shared<Answer>(std::move(*answer));
    auto* response = shared->body->m__GetItemResponse;
    const bool paired = response != nullptr && response->ResponseMessages.GetItemResponseMessage.size() == some.size();
    for (std::size_t i = 0; i < some.size(); ++i) {
      const Error unpaired = make_error(
          Fault::malformed, Connection::where(kGetItem, *mailbox_) + ": the answers can't be told apart.", kBadXml);
      if (!paired) {
        out.emplace_back(unpaired);
        continue;
      }
      auto& message = response->ResponseMessages.GetItemResponseMessage[i];
      if (auto error = Connection::message_error(message, Connection::where(kGetItem, *mailbox_)))
        out.emplace_back(std::move(*error));
      else if (message.Items == nullptr || message.Items->CalendarItem.size() != 1)
        out.emplace_back(unpaired);
      else
        out.emplace_back(FetchedItem{shared, message.Items->CalendarItem.front(), false});
    }
  }
  return out;
}

/// An occurrence says its original start; an untouched one may only have a start.
bool SeriesState::is_it(const t__CalendarItemType& item, const EventTime& original) const {
  auto at = instant_in(item.OriginalStart);
  if (!at) at = instant_in(item.RecurrenceId);
  if (!at && item.CalendarItemType != nullptr && *item.CalendarItemType == "Occurrence") at = instant_in(item.Start);
  if (!at || item.ItemId == nullptr) return false;
  const Instant wanted = instant_of(original);
  return *at >= wanted - kSnap && *at <= wanted + kSnap;
}

Result<OccurrenceNow> SeriesState::take(FetchedItem& item, const EventTime& original) {
  OccurrenceNow now;
  now.changed = item.item->CalendarItemType != nullptr && *item.item->CalendarItemType == "Exception";
  now.saved = {ItemId(item.item->ItemId->Id), ChangeKey(item.item->ItemId->ChangeKey)};
  mapping::Context context = reader(*connection_, *mailbox_, stop_);
  model::Series holder = series_;
  const mapping::ExceptionItem exception{nullptr, item.item, item.answer->vanished > 0, item.body_unreadable};
  CARAVAN_TRY(event, mapping::read_occurrence(context, exception, frame_, holder));
  if (context.failure) return *context.failure;
  now.event = std::move(event);
  now.event.recurrence_id = original;
  model::Series sorted;
  sorted.master = std::move(now.event);
  model::normalize(sorted);
  now.event = std::move(*sorted.master);
  return now;
}

/// Neighbouring indices, because servers count deleted occurrences or don't; then what the calendar shows there.
Result<OccurrenceNow> SeriesState::search(const EventTime& original, std::optional<int> index) {
  if (index) {
    std::vector<int> others;
    const int most = std::min<int>(static_cast<int>(deleted_.size()), kMostNeighbours);
    for (int by = 1; by <= most; ++by) {
      if (*index - by >= 1) others.push_back(*index - by);
      others.push_back(*index + by);
    }
    for (auto& item : get(others))
      if (item && is_it(*item->item, original)) return take(*item, original);
  }
  const Instant at = instant_of(original);
  CARAVAN_TRY(rows, calendar_view(*connection_, *mailbox_, folder_, at - std::chrono::hours(24),
                                  at + std::chrono::hours(48), stop_));
  std::vector<const std::string*> ids;
  for (const auto& row : rows)
    if (row.uid.value == uid_ && row.kind != Occurrence::Kind::single) ids.push_back(&row.item.value);
  for (auto& item : get_items(*connection_, *mailbox_, ids, stop_))
    if (item && is_it(*item->item, original)) return take(*item, original);
  return gone(*mailbox_, original);
}

std::vector<Result<OccurrenceNow>> SeriesState::occurrences(std::span<const EventTime> originals) {
  std::vector<std::optional<int>> indices;
  std::vector<int> asked;
  for (const EventTime& original : originals) {
    indices.push_back(is_deleted(original) ? std::nullopt : index_of(original));
    if (indices.back()) asked.push_back(*indices.back());
  }
  auto items = get(asked);
  std::vector<Result<OccurrenceNow>> out;
  std::size_t at = 0;
  for (std::size_t i = 0; i < originals.size(); ++i) {
    if (is_deleted(originals[i])) {
      out.emplace_back(OccurrenceNow{.deleted = true, .changed = false, .saved = {}, .event = {}});
      continue;
    }
    if (!indices[i]) {
      out.push_back(search(originals[i], std::nullopt));
      continue;
    }
    Result<FetchedItem>& item = items[at++];
    if (item && is_it(*item->item, originals[i]))
      out.push_back(take(*item, originals[i]));
    else if (!item && item.error().fault != Fault::not_found && !was_deleted(item.error()))
      out.emplace_back(item.error());
    else
      out.push_back(search(originals[i], indices[i]));
  }
  return out;
}

}  // namespace caravan::ews
