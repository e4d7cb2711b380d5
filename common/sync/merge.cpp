// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/merge.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "model/canonical.hpp"
#include "model/proposal.hpp"

namespace caravan::sync {
namespace {

using model::Attendee;
using model::Change;
using model::Delta;
using model::Event;
using model::Field;
using model::Series;

const Event* find_event(const Series& series, const std::string& occurrence) noexcept {
  if (occurrence.empty()) return series.master ? &*series.master : nullptr;
  return find_override(series, occurrence);
}
Event* find_event(Series& series, const std::string& occurrence) noexcept {
  return const_cast<Event*>(find_event(std::as_const(series), occurrence));
}

using Parameters = std::vector<std::pair<std::string, std::string>>;
/// The source's parameters, and those of `onto` that the source does not name (SCHEDULE-AGENT, say).
Parameters merged(const Parameters& source, const Parameters& onto) {
  Parameters out = source;
  for (const auto& parameter : onto)
    if (std::none_of(source.begin(), source.end(), [&](const auto& own) { return own.first == parameter.first; }))
      out.push_back(parameter);
  return out;
}

void merge_attendee(const Attendee& source, Attendee& onto) {
  const Attendee before = onto;
  onto = source;
  if (is_optional(source.role) == is_optional(before.role)) onto.role = before.role;
  if (is_resource(source.kind) == is_resource(before.kind)) onto.kind = before.kind;
  if (source.name.empty()) onto.name = before.name;
  onto.extra = merged(source.extra, before.extra);
  set_proposal(onto, proposal_of(before));  // what was proposed on one side is no word of the other's
}

void merge_attendee(const std::string& address, const Event& source, Event& onto) {
  const auto is_it = [&](const Attendee& attendee) { return attendee.address == address; };
  const auto from = std::find_if(source.attendees.begin(), source.attendees.end(), is_it);
  const auto to = std::find_if(onto.attendees.begin(), onto.attendees.end(), is_it);
  if (from == source.attendees.end()) {
    if (to != onto.attendees.end()) onto.attendees.erase(to);
  } else if (to == onto.attendees.end()) {
    onto.attendees.push_back(*from);
  } else {
    merge_attendee(*from, *to);
  }
}

/// A side that holds several alarms keeps those that the source, which shows at most one, knows nothing of.
void merge_alarms(const Event& source, Event& onto) {
  if (source.alarms.size() > 1 || onto.alarms.size() < 2) {
    onto.alarms = source.alarms;
    return;
  }
  const model::Alarm* shown = projected_alarm(onto);
  std::vector<model::Alarm> kept;
  for (const auto& alarm : onto.alarms) {
    const bool could_be_shown =
        alarm.action == model::AlarmAction::display || alarm.action == model::AlarmAction::audio;
    if (&alarm != shown && !(source.alarms.empty() && could_be_shown)) kept.push_back(alarm);
  }
  kept.insert(kept.end(), source.alarms.begin(), source.alarms.end());
  onto.alarms = std::move(kept);
}

/// X- properties one by one: new values come, those gone since `base` go, those the source never had stay.
void merge_extra(const Event& source, const Event* base, Event& onto) {
  std::set<std::string> named;
  for (const auto& property : source.extra) named.insert(property.name);
  if (base != nullptr)
    for (const auto& property : base->extra) named.insert(property.name);
  std::erase_if(onto.extra, [&](const auto& property) { return named.contains(property.name); });
  onto.extra.insert(onto.extra.end(), source.extra.begin(), source.extra.end());
}

void merge_field(Field field, const Event& source, const Event* base, Event& onto) {
  switch (field) {
    case Field::schedule:
      onto.start = source.start;
      onto.end = source.end;
      onto.has_end = source.has_end;
      return;
    case Field::summary:
      onto.summary = source.summary;
      return;
    case Field::body:
      onto.description = source.description;
      onto.html = source.html;
      return;
    case Field::location:
      onto.location = source.location;
      return;
    case Field::busy:
      onto.busy = source.busy;
      return;
    case Field::status:
      onto.status = source.status;
      return;
    case Field::sensitivity:
      onto.sensitivity = source.sensitivity;
      return;
    case Field::priority:
      onto.priority = source.priority;
      return;
    case Field::categories:
      onto.categories = source.categories;
      return;
    case Field::link:
      onto.url = source.url;
      onto.conference = source.conference;
      return;
    case Field::alarms:
      merge_alarms(source, onto);
      return;
    case Field::organizer: {
      const auto before = onto.organizer;
      onto.organizer = source.organizer;
      if (before && onto.organizer) onto.organizer->extra = merged(source.organizer->extra, before->extra);
      return;
    }
    case Field::attachments:
      onto.attachments = source.attachments;
      return;
    case Field::extra:
      merge_extra(source, base, onto);
      return;
    case Field::attendee:
    case Field::excluded:
    case Field::presence:
      return;
  }
}

void set_excluded(const std::string& key, const Series& source, Series& onto) {
  const auto is_it = [&](const model::EventTime& time) { return to_string(time) == key; };
  std::erase_if(onto.excluded, is_it);
  const auto from = std::find_if(source.excluded.begin(), source.excluded.end(), is_it);
  if (from == source.excluded.end()) return;
  onto.excluded.push_back(*from);
  // RFC 5545 3.8.5.1: an excluded occurrence has no override.
  std::erase_if(onto.overrides, [&](const Event& event) { return event.recurrence_id && is_it(*event.recurrence_id); });
}

void set_presence(const std::string& occurrence, const Series& source, Series& onto) {
  if (occurrence.empty()) {
    onto.master = source.master;
    onto.rules = source.rules;
    onto.extra_dates = source.extra_dates;
    onto.excluded = source.excluded;
    onto.zones.insert(onto.zones.end(), source.zones.begin(), source.zones.end());
    return;
  }
  const auto is_it = [&](const model::EventTime& time) { return to_string(time) == occurrence; };
  const Event* from = find_override(source, occurrence);
  if (Event* to = find_event(onto, occurrence); to != nullptr) {
    if (from == nullptr) {
      std::erase_if(onto.overrides, [&](const Event& e) { return e.recurrence_id && is_it(*e.recurrence_id); });
    } else {
      *to = *from;
    }
  } else if (from != nullptr) {
    onto.overrides.push_back(*from);
    std::erase_if(onto.excluded, is_it);
  }
}

/// Definitions that no time of the series names are left over from an earlier schedule.
void drop_unused_zones(Series& series) {
  std::set<std::string> used;
  const auto use = [&](const model::EventTime& time) { used.insert(time.zone); };
  const auto use_event = [&](const Event& event) {
    use(event.start);
    use(event.end);
    if (event.recurrence_id) use(*event.recurrence_id);
  };
  if (series.master) use_event(*series.master);
  for (const auto& event : series.overrides) use_event(event);
  for (const auto& time : series.extra_dates) use(time);
  for (const auto& time : series.excluded) use(time);
  std::erase_if(series.zones, [&](const auto& zone) { return !used.contains(zone.id); });
}

void apply_one(const Change& change, const Series& source, const Series* base, Series& onto) {
  if (change.field == Field::presence) return set_presence(change.occurrence, source, onto);
  if (change.field == Field::excluded) return set_excluded(change.key, source, onto);
  const Event* from = find_event(source, change.occurrence);
  Event* to = find_event(onto, change.occurrence);
  if (from == nullptr || to == nullptr) return;  // a presence in the same delta says the rest
  if (change.field == Field::attendee) return merge_attendee(change.key, *from, *to);
  merge_field(change.field, *from, base == nullptr ? nullptr : find_event(*base, change.occurrence), *to);
  if (change.field != Field::schedule) return;
  for (const auto& zone : source.zones)
    if (std::none_of(onto.zones.begin(), onto.zones.end(), [&](const auto& own) { return own.id == zone.id; }))
      onto.zones.push_back(zone);
  if (!change.occurrence.empty()) return;
  onto.rules = source.rules;
  onto.extra_dates = source.extra_dates;
}

/// The occurrence a unit speaks of; empty: the series as a whole.
const std::string& occurrence_of(const Change& change) noexcept {
  return change.field == Field::excluded ? change.key : change.occurrence;
}

bool is_whole_occurrence(const Change& change) noexcept {
  return change.field == Field::excluded || (change.field == Field::presence && !change.occurrence.empty());
}

/// What the series says of one occurrence, as text.
std::string occurrence_state(const Series& series, const std::string& occurrence) {
  if (const Event* event = find_override(series, occurrence)) {
    Series single;
    single.overrides = {*event};
    return canonical(single);
  }
  return excludes(series, occurrence) ? "excluded" : "";
}

/// The unit's value as text; a unit that is not there is empty.
std::string value_of(const Series& series, const Change& unit) {
  if (unit.field == Field::excluded) return excludes(series, unit.key) ? "x" : "";
  if (unit.field == Field::presence)
    return unit.occurrence.empty() ? canonical(series) : occurrence_state(series, unit.occurrence);
  const Event* event = find_event(series, unit.occurrence);
  if (event == nullptr) return {};
  if (unit.field == Field::attendee) {
    for (const auto& attendee : event->attendees)
      if (attendee.address == unit.key) return canonical(attendee);
    return {};
  }
  std::string out = canonical(*event, unit.field);
  if (unit.field == Field::schedule && unit.occurrence.empty()) {
    for (const auto& rule : series.rules) out += '\n' + to_string(rule);
    for (const auto& date : series.extra_dates) out += '\n' + to_string(date);
  }
  return out;
}

bool meet(const Change& a, const Change& b, ScheduleMeets meets) {
  if (a == b) return true;
  const auto is_master_presence = [](const Change& c) { return c.field == Field::presence && c.occurrence.empty(); };
  if (is_master_presence(a) || is_master_presence(b)) return true;
  if (is_whole_occurrence(a) || is_whole_occurrence(b)) {
    if (!occurrence_of(a).empty() && occurrence_of(a) == occurrence_of(b)) return true;
  }
  if (meets == ScheduleMeets::schedule) return false;
  const auto is_schedule = [](const Change& c) { return c.field == Field::schedule && c.occurrence.empty(); };
  return (is_schedule(a) && !occurrence_of(b).empty()) || (is_schedule(b) && !occurrence_of(a).empty());
}

bool agree(const Change& a, const Series& first, const Change& b, const Series& second) {
  if (a == b) return value_of(first, a) == value_of(second, b);
  if (occurrence_of(a).empty() || occurrence_of(a) != occurrence_of(b)) return canonical(first) == canonical(second);
  return occurrence_state(first, occurrence_of(a)) == occurrence_state(second, occurrence_of(b));
}

void sort_unique(Delta& delta) {
  std::sort(delta.begin(), delta.end());
  delta.erase(std::unique(delta.begin(), delta.end()), delta.end());
}

}  // namespace

const Event* find_override(const Series& series, const std::string& occurrence) noexcept {
  for (const auto& event : series.overrides)
    if (event.recurrence_id && to_string(*event.recurrence_id) == occurrence) return &event;
  return nullptr;
}

bool excludes(const Series& series, const std::string& occurrence) {
  return std::any_of(series.excluded.begin(), series.excluded.end(),
                     [&](const auto& time) { return to_string(time) == occurrence; });
}

bool contains(const Delta& delta, const Change& unit) { return std::binary_search(delta.begin(), delta.end(), unit); }

bool is_optional(model::Role role) noexcept {
  return role == model::Role::optional || role == model::Role::non_participant;
}
bool is_resource(model::AttendeeKind kind) noexcept {
  return kind == model::AttendeeKind::resource || kind == model::AttendeeKind::room;
}
bool same_part_played(const Attendee& first, const Attendee& second) noexcept {
  return is_optional(first.role) == is_optional(second.role) && is_resource(first.kind) == is_resource(second.kind);
}

std::int64_t minutes_before(const Event& event, const model::Alarm& alarm) noexcept {
  std::int64_t seconds = -alarm.offset_seconds;
  if (alarm.at)
    seconds = (event.start.instant() - *alarm.at).count();
  else if (alarm.related_to_end && event.has_end)
    seconds -= (event.end.instant() - event.start.instant()).count();
  return seconds >= 0 ? seconds / 60 : -((-seconds + 59) / 60);
}

const model::Alarm* projected_alarm(const Event& event) noexcept {
  const model::Alarm* found = nullptr;
  for (const auto& alarm : event.alarms) {
    if (alarm.action != model::AlarmAction::display && alarm.action != model::AlarmAction::audio) continue;
    const auto minutes = minutes_before(event, alarm);
    if (minutes < 0) continue;
    if (found == nullptr || minutes > minutes_before(event, *found)) found = &alarm;
  }
  return found;
}

bool is_client_noise(const model::RawProperty& property) noexcept {
  static constexpr std::array<std::string_view, 7> kNames = {
      "X-MOZ-LASTACK",         "X-MOZ-GENERATION",           "X-LIC-ERROR", "X-EVOLUTION-ALARM-UID", "X-WR-ALARMUID",
      "X-APPLE-DEFAULT-ALARM", "X-APPLE-LOCAL-DEFAULT-ALARM"};
  // Thunderbird numbers its snoozes of a series: X-MOZ-SNOOZE-TIME-<microseconds>.
  return property.name.starts_with("X-MOZ-SNOOZE-TIME") ||
         std::find(kNames.begin(), kNames.end(), property.name) != kNames.end();
}

Series apply(const Delta& changes, const Series& source, Series onto, const Series* source_base) {
  bool schedule = false;
  for (const auto& change : changes) {
    apply_one(change, source, source_base, onto);
    schedule = schedule || change.field == Field::schedule || change.field == Field::presence;
  }
  if (schedule) drop_unused_zones(onto);
  normalize(onto);
  return onto;
}

Overlap overlap(const Delta& first, const Series& first_series, const Delta& second, const Series& second_series,
                ScheduleMeets meets) {
  std::set<Change> met, conflicting;
  for (const auto& a : first) {
    for (const auto& b : second) {
      if (!meet(a, b, meets)) continue;
      met.insert({a, b});
      if (!agree(a, first_series, b, second_series)) conflicting.insert({a, b});
    }
  }
  Overlap out;
  const auto sort_out = [&](const Delta& delta, Delta& alone) {
    for (const auto& unit : delta) {
      if (conflicting.contains(unit))
        out.conflicting.push_back(unit);
      else if (met.contains(unit))
        out.same.push_back(unit);
      else
        alone.push_back(unit);
    }
  };
  sort_out(first, out.first_only);
  sort_out(second, out.second_only);
  for (auto* delta : {&out.first_only, &out.second_only, &out.same, &out.conflicting}) sort_unique(*delta);
  return out;
}

}  // namespace caravan::sync
