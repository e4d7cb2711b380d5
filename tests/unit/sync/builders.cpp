// SPDX-License-Identifier: GPL-3.0-or-later
#include "unit/sync/builders.hpp"

#include "util/text.hpp"

namespace caravan::sync::test {
namespace {

std::int32_t offset_in_month(std::string_view zone, int month) {
  if (zone == "Asia/Tokyo") return 9 * 3600;
  if (zone == "Europe/Berlin" || zone == "Europe/Vienna") return month >= 4 && month <= 10 ? 7200 : 3600;
  return 0;
}

const model::ZoneDefinition* custom_zone(std::string_view zone, const std::vector<model::ZoneDefinition>& custom) {
  for (const auto& definition : custom)
    if (definition.id == zone) return &definition;
  return nullptr;
}

void move(model::EventTime& time, int minutes) {
  time.wall = model::from_seconds(to_seconds(time.wall) + minutes * 60);
  if (time.kind == model::TimeKind::zoned) time = at_wall(zones(), time.zone, time.wall);
}

const char* name_of(Side side) { return side == Side::exchange ? "exchange" : "caldav"; }

/// " to guests" where the write lets its side send mail.
std::string mail(Send send) { return send == Send::none ? std::string() : " to " + std::string(to_string(send)); }

std::string answer_text(model::Participation answer) { return text::lower(to_string(answer)); }

std::string text_of(const Action& action) {
  struct Visitor {
    std::string operator()(const Create& a) const { return std::string("create ") + name_of(a.target) + mail(a.send); }
    std::string operator()(const Update& a) const {
      return std::string("update ") + name_of(a.target) + mail(a.send) + ": " + test::text_of(a.changes);
    }
    std::string operator()(const Delete& a) const { return std::string("delete ") + name_of(a.target) + mail(a.send); }
    std::string operator()(const Link&) const { return "link"; }
    std::string operator()(const Forget&) const { return "forget"; }
    std::string operator()(const Park&) const { return "park"; }
    std::string operator()(const Respond& a) const {
      const std::string what = a.occurrence.empty() ? std::string() : " for " + a.occurrence;
      return "answer " + answer_text(a.answer) + what + mail(a.send);
    }
    std::string operator()(const Cancel& a) const {
      return "cancel" + (a.occurrence.empty() ? std::string() : " " + a.occurrence) + mail(a.send);
    }
    std::string operator()(const Dismiss&) const { return "dismiss"; }
  };
  return std::visit(Visitor{}, action);
}

}  // namespace

bool FourZones::knows(std::string_view zone) const {
  return zone == "Etc/UTC" || zone == "Europe/Berlin" || zone == "Europe/Vienna" || zone == "Asia/Tokyo";
}
std::int32_t FourZones::offset_at_wall(std::string_view zone, const model::LocalTime& wall,
                                       const std::vector<model::ZoneDefinition>& custom) const {
  if (const auto* own = custom_zone(zone, custom)) return own->observances.front().offset_to;
  return offset_in_month(zone, wall.month);
}
std::int32_t FourZones::offset_at(std::string_view zone, Instant instant,
                                  const std::vector<model::ZoneDefinition>& custom) const {
  return offset_at_wall(zone, model::from_seconds(instant.time_since_epoch().count()), custom);
}
std::string FourZones::fingerprint(std::string_view zone, const std::vector<model::ZoneDefinition>& custom) const {
  if (const auto* own = custom_zone(zone, custom)) return std::to_string(own->observances.front().offset_to);
  if (!knows(zone)) return {};
  if (zone == "Europe/Vienna" || zone == "Europe/Berlin") return "central europe";
  return std::to_string(offset_in_month(zone, 1));
}
const model::ZoneBook& zones() {
  static const FourZones book;
  return book;
}

model::EventTime at(int month, int day, int hour, int minute, const std::string& zone) {
  model::EventTime time;
  time.wall = {2026,
               static_cast<std::uint8_t>(month),
               static_cast<std::uint8_t>(day),
               static_cast<std::uint8_t>(hour),
               static_cast<std::uint8_t>(minute),
               0};
  if (zone.empty()) return time;
  time.kind = model::TimeKind::floating;
  return zone == "floating" ? time : at_wall(zones(), zone, time.wall);
}
model::EventTime on(int month, int day) {
  model::EventTime time = at(month, day, 0, 0, "floating");
  time.kind = model::TimeKind::date;
  return time;
}

model::Series single() {
  model::Series series;
  series.uid = Uid("series-1");
  series.master.emplace();
  series.master->start = at(6, 2, 10);
  series.master->end = at(6, 2, 11);
  series.master->summary = "Standup";
  return series;
}
model::Series weekly() {
  model::Series series = single();
  model::Rule rule;
  rule.frequency = model::Frequency::weekly;
  rule.count = 10;
  rule.by_day = {{0, model::Weekday::tuesday}};
  series.rules = {rule};
  return series;
}
model::Series with_override(model::Series series, int week, const std::string& title) {
  model::Event event = *series.master;
  move(event.start, week * 7 * 24 * 60);
  move(event.end, week * 7 * 24 * 60);
  event.recurrence_id = event.start;
  event.summary = title;
  series.overrides.push_back(event);
  normalize(series);
  return series;
}
model::Series with_exclusion(model::Series series, int week) {
  model::EventTime time = series.master->start;
  move(time, week * 7 * 24 * 60);
  series.excluded.push_back(time);
  normalize(series);
  return series;
}
model::Series with_attendee(model::Series series, const std::string& address, model::Participation answer) {
  model::Attendee attendee;
  attendee.address = address;
  attendee.participation = answer;
  series.master->attendees.push_back(attendee);
  normalize(series);
  return series;
}
model::Series titled(model::Series series, const std::string& title) {
  series.master->summary = title;
  return series;
}
model::Series placed(model::Series series, const std::string& location) {
  series.master->location = location;
  return series;
}
model::Series moved(model::Series series, int minutes) {
  move(series.master->start, minutes);
  move(series.master->end, minutes);
  for (auto& event : series.overrides) {
    move(event.start, minutes);
    move(event.end, minutes);
    move(*event.recurrence_id, minutes);
  }
  for (auto& time : series.excluded) move(time, minutes);
  return series;
}
model::Series in_zone_named(model::Series series, const std::string& zone) {
  const auto rename = [&](model::EventTime& time) { time = at_wall(zones(), zone, time.wall); };
  rename(series.master->start);
  rename(series.master->end);
  for (auto& event : series.overrides) {
    rename(event.start);
    rename(event.end);
    rename(*event.recurrence_id);
  }
  for (auto& time : series.excluded) rename(time);
  return series;
}

Copy copy_of(model::Series series, const std::string& version, int modified_minute) {
  Copy copy;
  copy.parts = {{"id-" + series.uid.value, ""}};
  copy.version.value = version;
  copy.modified = Instant(std::chrono::seconds(1'800'000'000)) + std::chrono::minutes(modified_minute);
  copy.digest = digest(series);
  copy.series = std::move(series);
  return copy;
}
Base base_of(const model::Series& exchange, const model::Series& caldav) {
  return Base{copy_of(exchange, "v0"), copy_of(caldav, "v0")};
}
Base base_of(const model::Series& both) { return base_of(both, both); }

Policy one_way(Occasion occasion) {
  Policy policy;
  policy.occasion = occasion;
  policy.one_way = true;
  policy.zones = &zones();
  policy.mailbox = Address(kMe);
  policy.aliases = {Address("ally@example.org")};
  return policy;
}
Policy two_way(ConflictPolicy conflict) {
  Policy policy = one_way(Occasion::subscribe);
  policy.one_way = false;
  policy.conflict = conflict;
  return policy;
}

std::string text_of(const model::Delta& delta) {
  std::vector<std::string> units;
  for (const auto& change : delta) {
    std::string unit = change.occurrence.empty() ? "" : change.occurrence + " ";
    unit += to_string(change.field);
    if (!change.key.empty()) unit += " " + change.key;
    units.push_back(unit);
  }
  return text::join(units, ", ");
}
std::string text_of(const std::vector<Action>& actions) {
  std::vector<std::string> texts;
  for (const auto& action : actions) texts.push_back(text_of(action));
  return text::join(texts, "; ");
}
std::string text_of(const std::optional<Conflict>& conflict) {
  if (!conflict) return {};
  const std::string head = conflict->parked ? std::string("parked") : std::string(name_of(conflict->winner)) + " wins";
  return head + ": " + text_of(conflict->units);
}

}  // namespace caravan::sync::test
