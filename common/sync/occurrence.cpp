// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/occurrence.hpp"

#include <algorithm>

#include "sync/equal_across.hpp"

namespace caravan::sync {
namespace {

using model::Event;
using model::EventTime;
using model::Series;

std::vector<EventTime> occurrences_of(const Series& series) {
  std::vector<EventTime> out;
  for (const auto& event : series.overrides)
    if (event.recurrence_id) out.push_back(*event.recurrence_id);
  return out;
}

bool holds(const Series& series, const EventTime& time) { return find_override(series, to_string(time)) != nullptr; }

void spell_out(Series& series, const EventTime& time, const model::ZoneBook& zones) {
  if (holds(series, time)) return;
  series.overrides.push_back(plain_occurrence(series, time, zones));
  normalize(series);
}

bool speaks_of(const model::Delta& delta, const std::string& occurrence) {
  return std::any_of(delta.begin(), delta.end(),
                     [&](const model::Change& unit) { return unit.occurrence == occurrence; });
}

}  // namespace

Event plain_occurrence(const Series& series, const EventTime& time, const model::ZoneBook& zones) {
  Event event = *series.master;
  event.recurrence_id = event.start = time;
  event.end.wall =
      model::from_seconds(to_seconds(time.wall) + to_seconds(event.end.wall) - to_seconds(series.master->start.wall));
  if (event.end.kind == model::TimeKind::zoned)
    event.end = model::at_wall(zones, event.end.zone, event.end.wall, series.zones);
  return event;
}

model::Delta said_by(const Event& override, const Series& series, const model::ZoneBook& zones) {
  Series plain, said;
  plain.overrides = {plain_occurrence(series, *override.recurrence_id, zones)};
  said.overrides = {override};
  return difference(plain, said);
}

void follow_master(Series& series, const Series& now, const Series& other, const Policy& policy) {
  model::Delta changed = difference(now, series);
  std::erase_if(changed, [](const model::Change& unit) {
    return !unit.occurrence.empty() || unit.field == model::Field::schedule || unit.field == model::Field::excluded ||
           unit.field == model::Field::presence;
  });
  if (changed.empty()) return;
  Series source = series;
  model::Delta along;
  for (auto& event : source.overrides) {
    const std::string key = to_string(*event.recurrence_id);
    const Event* before = find_override(now, key);
    const bool untouched = before != nullptr && *before == event;
    if (holds(other, *event.recurrence_id) || !untouched || !is_redundant(*before, now, policy)) continue;
    event = plain_occurrence(series, *event.recurrence_id, *policy.zones);
    for (model::Change unit : changed) {
      unit.occurrence = key;
      along.push_back(std::move(unit));
    }
  }
  series = apply(along, source, std::move(series));
}

model::Delta left_behind(const BaseAndNow& side, const BaseAndNow& other, const Policy& policy) {
  model::Delta out;
  for (const auto& event : side.now.overrides) {
    if (!event.recurrence_id) continue;
    const auto& time = *event.recurrence_id;
    if (holds(other.base, time) || holds(other.now, time)) continue;
    const std::string key = to_string(time);
    const Event* was = find_override(side.base, key);
    if (excludes(other.now, key) || was == nullptr || !is_redundant(*was, side.base, policy)) continue;
    if (!is_redundant(event, side.now, policy)) out.push_back({key, model::Field::presence, {}});
  }
  return out;
}

SpelledOut::SpelledOut(Pair exchange, Pair caldav, ScheduleMeets meets, const Policy& policy)
    : meets_(meets), policy_(policy) {
  for (const Series* series : {&exchange.base, &exchange.now, &caldav.base, &caldav.now})
    if (!series->master) return;
  for (Series* series : {&exchange.base, &exchange.now, &caldav.base, &caldav.now})
    for (const auto& time : occurrences_of(*series)) held_[time];
  for (const Series* series : {&exchange.base, &exchange.now, &caldav.base, &caldav.now})
    for (const auto& time : series->excluded) held_.erase(time);
  for (auto& [time, held] : held_) {
    held = {holds(exchange.base, time), holds(exchange.now, time), holds(caldav.base, time), holds(caldav.now, time)};
    for (Series* series : {&exchange.base, &exchange.now, &caldav.base, &caldav.now})
      spell_out(*series, time, *policy.zones);
  }
}

SpelledOut::SpelledOut(Series& exchange, Series& caldav, ScheduleMeets meets, const Policy& policy)
    : SpelledOut(Pair{exchange, exchange}, Pair{caldav, caldav}, meets, policy) {
  for (auto& [time, held] : held_) held.exchange_base = held.caldav_base = false;
}

void SpelledOut::drop_wiped(Series& series, const model::Delta& caldav_changed) const {
  std::erase_if(series.overrides, [&](const Event& event) {
    const auto at = event.recurrence_id ? held_.find(*event.recurrence_id) : held_.end();
    return at != held_.end() && at->second.wiped() && !speaks_of(caldav_changed, to_string(at->first));
  });
}

void SpelledOut::tidy(Series& series, Side target, const model::Delta& caldav_changed) const {
  drop_wiped(series, caldav_changed);
  for (const auto& [time, held] : held_) {
    const Event* event = find_override(series, to_string(time));
    if (event == nullptr) continue;
    const bool here = target == Side::caldav;
    const bool seen = here ? held.caldav : held.exchange;
    const bool taken_back = here ? held.wiped() : held.caldav_base && !held.caldav;
    const bool made_on_caldav = !held.caldav_base && !held.exchange;
    const bool idle = is_redundant(*event, series, policy_) && (!seen || taken_back || (here && made_on_caldav));
    const bool counted_otherwise = made_on_caldav && meets_ == ScheduleMeets::occurrences_too;
    if (idle || counted_otherwise)
      std::erase_if(series.overrides, [&](const Event& each) { return each.recurrence_id == time; });
  }
}

}  // namespace caravan::sync
