// SPDX-License-Identifier: GPL-3.0-or-later
#include "notify/agenda.hpp"

#include <algorithm>
#include <tuple>

#include "ical/expand.hpp"
#include "sync/meeting.hpp"

namespace caravan::notify {
namespace {

using model::Event;
using model::EventTime;
using std::chrono::hours;
using std::chrono::seconds;

/// Dates are expanded as if they were UTC: no zone is further from it than this.
constexpr hours kZones{26};
/// Alarms further from their event are nobody's intention.
constexpr hours kFurthestAlarm{24 * 366};
constexpr seconds kShortestSlot{15 * 60};

/// The instant at which a time comes for somebody in `zone`: dates and floating times are his own wall clock's.
Instant instant_for(const EventTime& time, const std::string& zone, const model::ZoneBook& zones) {
  if (time.kind == model::TimeKind::utc || time.kind == model::TimeKind::zoned) return time.instant();
  return model::at_wall(zones, zone, time.wall).instant();
}

/// An occurrence as the reader lives it.
struct Lived {
  const Event* event = nullptr;
  EventTime start_time, end_time;
  std::string id;
  Instant start, end;
};

/// Those that overlap [from, until), neither cancelled nor declined.
std::vector<Lived> lived(const model::Series& series, const Reader& reader, const Preferences& preferences,
                         const model::ZoneBook& zones, Instant from, Instant until) {
  const sync::Policy policy = policy_of(reader, &zones);
  std::vector<Lived> out;
  if (sync::is_cancelled(series)) return out;
  for (const auto& occurrence : ical::expand(series, from - kZones, until + kZones, zones)) {
    const Event& event = *occurrence.event;
    if (event.status == model::EventStatus::cancelled) continue;
    if (sync::own_answer(event, policy) == model::Participation::declined) continue;
    Lived one{&event, occurrence.start, occurrence.end, to_string(occurrence.original_start), {}, {}};
    one.start = instant_for(one.start_time, preferences.zone, zones);
    one.end = std::max(one.start, instant_for(one.end_time, preferences.zone, zones));
    if (one.start < until && (one.end > from || (one.end == one.start && one.start >= from))) out.push_back(one);
  }
  return out;
}

bool rings(const model::Alarm& alarm) noexcept {
  return alarm.action == model::AlarmAction::display || alarm.action == model::AlarmAction::audio;
}

seconds offset_of(const model::Alarm& alarm) {
  return std::clamp(seconds(alarm.offset_seconds), seconds(-kFurthestAlarm), seconds(kFurthestAlarm));
}

/// How far from an occurrence the alarms of the series may ring; a moment of the calendar at any distance.
seconds reach(const model::Series& series, const Preferences& preferences) {
  seconds out = preferences.lead;
  const auto look = [&](const Event& event) {
    for (const auto& alarm : event.alarms)
      out = std::max(out, alarm.at ? seconds(kFurthestAlarm) : std::chrono::abs(offset_of(alarm)));
  };
  if (series.master) look(*series.master);
  for (const auto& event : series.overrides) look(event);
  return out;
}

/// When the reader is reminded of it.
std::vector<Instant> reminders(const Lived& one, const model::Series& series, const Preferences& preferences) {
  std::vector<Instant> out;
  bool has_alarm = false;
  for (const auto& alarm : one.event->alarms) {
    if (!rings(alarm)) continue;
    has_alarm = true;
    // A moment of the calendar belongs to one occurrence, not to all of a series.
    if (alarm.at && series.recurring() && !one.event->recurrence_id) continue;
    const Instant due = alarm.at ? *alarm.at : (alarm.related_to_end ? one.end : one.start) + offset_of(alarm);
    if (!alarm.acknowledged || *alarm.acknowledged < due) out.push_back(due);
  }
  const bool free = one.event->busy == model::BusyStatus::free;
  if (!has_alarm && !free && !one.event->all_day()) out.push_back(one.start - preferences.lead);
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

Shown shown_at(const Lived& one, const Reader& reader) {
  Shown out = shown(*one.event, reader);
  out.start = one.start_time;
  out.end = one.end_time;
  return out;
}

}  // namespace

std::vector<DueMoment> moments(const model::Series& series, const Reader& reader, const Preferences& preferences,
                               const model::ZoneBook& zones, Instant from, Instant until) {
  std::vector<DueMoment> out;
  const seconds far = reach(series, preferences) + seconds(1);
  for (const auto& one : lived(series, reader, preferences, zones, from - far, until + far)) {
    const auto add = [&](DueMoment::What what, Instant due) {
      if (due >= from && due < until) out.push_back({what, one.id, due, one.start, one.end});
    };
    for (const Instant due : reminders(one, series, preferences)) add(DueMoment::What::reminder, due);
    if (one.event->all_day()) continue;
    add(DueMoment::What::starting, one.start);
    add(DueMoment::What::ended, one.end);
  }
  std::sort(out.begin(), out.end(), [](const DueMoment& a, const DueMoment& b) {
    return std::tie(a.due, a.start, a.what, a.occurrence) < std::tie(b.due, b.start, b.what, b.occurrence);
  });
  return out;
}

std::optional<Telling> tell(const DueMoment& moment, const model::Series& series, const Reader& reader,
                            const Preferences& preferences, const model::ZoneBook& zones) {
  if (moment.what == DueMoment::What::ended) return std::nullopt;
  for (const auto& one : lived(series, reader, preferences, zones, moment.start, moment.start + seconds(1))) {
    if (one.id != moment.occurrence || one.start != moment.start) continue;
    Telling telling;
    telling.kind = moment.what == DueMoment::What::reminder ? Kind::reminder : Kind::starting;
    telling.mailbox = reader.address;
    telling.uid = series.uid;
    if (series.recurring() || !series.master) telling.occurrence = one.id;
    telling.now = shown_at(one, reader);
    telling.answer_wanted = answer_wanted(*one.event, reader);
    return telling;
  }
  return std::nullopt;
}

std::vector<Entry> entries(const model::Series& series, const Reader& reader, const Preferences& preferences,
                           const model::ZoneBook& zones, Instant from, Instant until) {
  std::vector<Entry> out;
  for (const auto& one : lived(series, reader, preferences, zones, from, until)) {
    Entry entry;
    entry.line = {series.uid, shown_at(one, reader), answer_wanted(*one.event, reader)};
    entry.start = one.start;
    entry.end = one.end;
    entry.all_day = one.event->all_day();
    entry.busy = one.event->busy != model::BusyStatus::free;
    out.push_back(std::move(entry));
  }
  sort_entries(out);
  return out;
}

void sort_entries(std::vector<Entry>& entries) {
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::tuple(a.start, !a.all_day, a.end) < std::tuple(b.start, !b.all_day, b.end);
  });
}

std::vector<Slot> free_slots(const EventTime& day, const std::vector<Entry>& entries, const Preferences& preferences,
                             const model::ZoneBook& zones) {
  std::vector<Slot> out;
  if (preferences.working.empty() || !preferences.working_days.contains(model::weekday_of(day.wall))) return out;
  const std::int64_t midnight = model::to_seconds({day.wall.year, day.wall.month, day.wall.day, 0, 0, 0});
  const auto at = [&](std::chrono::minutes minute) {
    return model::at_wall(zones, preferences.zone, model::from_seconds(midnight + minute.count() * 60)).instant();
  };
  const auto& [from, until] = preferences.working;
  Instant free = at(from);
  const Instant end = at(until > from ? until : until + std::chrono::minutes(24 * 60));
  std::vector<Slot> busy;
  for (const auto& entry : entries)
    if (entry.busy) busy.push_back({entry.start, entry.end});
  busy.push_back({end, end});
  std::sort(busy.begin(), busy.end(), [](const Slot& a, const Slot& b) { return a.from < b.from; });
  for (const auto& slot : busy) {
    if (std::min(slot.from, end) - free >= kShortestSlot) out.push_back({free, std::min(slot.from, end)});
    free = std::max(free, slot.until);
  }
  return out;
}

}  // namespace caravan::notify
