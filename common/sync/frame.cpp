// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/frame.hpp"

#include <algorithm>

#include "sync/merge.hpp"
#include "util/text.hpp"

namespace caravan::sync {
namespace {

using model::EventTime;
using model::Frequency;
using model::Series;
using model::TimeKind;

constexpr std::int64_t kDay = 86400;

bool is_clock(TimeKind kind) noexcept { return kind == TimeKind::utc || kind == TimeKind::zoned; }

std::string fingerprint(const Frame& frame, const Series& series, const model::ZoneBook& zones) {
  if (frame.kind == TimeKind::zoned) return zones.fingerprint(frame.zone, series.zones);
  return zones.fingerprint("Etc/UTC", {});
}

bool same_frame(const Frame& from, const Series& from_series, const Frame& to, const Series& to_series,
                const model::ZoneBook& zones) {
  if (from.kind == TimeKind::date || to.kind == TimeKind::date) return false;
  // Exchange knows no floating time: there it stands at the same reading of the mailbox's clock.
  if (from.kind == TimeKind::floating || to.kind == TimeKind::floating) return true;
  const std::string print = fingerprint(from, from_series, zones);
  return !print.empty() && print == fingerprint(to, to_series, zones);
}

/// The address by which this copy invites the mailbox; empty where it does not.
std::string my_address(const Series& series, const Policy& policy) {
  const auto look = [&](const model::Event& event) -> std::string {
    for (const auto& attendee : event.attendees)
      if (is_me(policy, attendee.address)) return attendee.address;
    return {};
  };
  std::string found = series.master ? look(*series.master) : std::string();
  for (auto event = series.overrides.begin(); found.empty() && event != series.overrides.end(); ++event)
    found = look(*event);
  return found;
}

template <class F>
void for_each_time(Series& series, F change) {
  const auto event_times = [&](model::Event& event) {
    change(event.start);
    change(event.end);
    if (event.recurrence_id) change(*event.recurrence_id);
  };
  if (series.master) event_times(*series.master);
  for (auto& event : series.overrides) event_times(event);
  for (auto& time : series.extra_dates) change(time);
  for (auto& time : series.excluded) change(time);
}

void set_frame(EventTime& time, const Frame& frame, const model::ZoneBook& zones,
               const std::vector<model::ZoneDefinition>& custom) {
  time.kind = frame.kind;
  time.zone = frame.zone;
  time.utc_offset = frame.kind == TimeKind::zoned ? zones.offset_at_wall(frame.zone, time.wall, custom) : 0;
}

std::int64_t day_of(const EventTime& time) {
  const auto seconds = to_seconds(time.wall);
  return seconds >= 0 ? seconds / kDay : -((-seconds + kDay - 1) / kDay);
}

/// The rule without its end: COUNT and UNTIL cut a series, they don't renumber it.
model::Rule endless(model::Rule rule) {
  rule.count = 0;
  rule.has_until = false;
  rule.until = {};
  return rule;
}

/// Whether moving the start by whole days moves every occurrence alike.
bool rule_moves_by_days(const model::Rule& before, const model::Rule& now, std::int64_t days) {
  const model::Rule old_rule = endless(before), new_rule = endless(now);
  if (days == 0) return old_rule == new_rule;
  if (!old_rule.by_month_day.empty() || !old_rule.by_year_day.empty() || !old_rule.by_week.empty() ||
      !old_rule.by_month.empty() || !old_rule.by_set_position.empty())
    return false;
  switch (old_rule.frequency) {
    case Frequency::daily:
      return old_rule == new_rule && old_rule.by_day.empty();
    case Frequency::weekly: {
      model::Rule rotated = old_rule;
      for (auto& position : rotated.by_day)
        position.day = static_cast<model::Weekday>(((static_cast<int>(position.day) + days) % 7 + 7) % 7);
      std::sort(rotated.by_day.begin(), rotated.by_day.end());
      // With an interval and several days the week's first day would decide which of them share a week.
      if (old_rule.interval > 1 && old_rule.by_day.size() > 1) return false;
      return rotated == new_rule;
    }
    case Frequency::secondly:
    case Frequency::minutely:
    case Frequency::hourly:
    case Frequency::monthly:
    case Frequency::yearly:
      return false;
  }
  return false;
}

}  // namespace

bool is_me(const Policy& policy, const std::string& address) {
  if (address.empty()) return false;
  if (text::equal_ignoring_case(policy.mailbox.value, address)) return true;
  return std::any_of(policy.aliases.begin(), policy.aliases.end(),
                     [&](const Address& alias) { return text::equal_ignoring_case(alias.value, address); });
}

Frame frame_of(const Series& series) {
  if (series.master) return {series.master->start.kind, series.master->start.zone};
  if (series.overrides.empty()) return {};
  const auto& first = series.overrides.front();
  const EventTime& time = first.recurrence_id ? *first.recurrence_id : first.start;
  return {time.kind, time.zone};
}

Renaming renaming(const Series& from, const Series& to, const Policy& policy) {
  Renaming out;
  const Frame from_frame = frame_of(from), to_frame = frame_of(to);
  out.from = out.to = from_frame;
  if (from_frame != to_frame && same_frame(from_frame, from, to_frame, to, *policy.zones)) out.to = to_frame;
  const std::string mine = my_address(from, policy), theirs = my_address(to, policy);
  if (!mine.empty() && !theirs.empty() && mine != theirs) {
    out.my_from = mine;
    out.my_to = theirs;
  }
  return out;
}

Series renamed(Series series, const Renaming& renaming, const model::ZoneBook& zones) {
  if (renaming.from != renaming.to) {
    const auto custom = series.zones;
    for_each_time(series, [&](EventTime& time) {
      if (time.kind != renaming.from.kind || time.zone != renaming.from.zone) return;
      const std::int32_t offset = time.utc_offset;
      set_frame(time, renaming.to, zones, custom);
      // Two names of one zone: the offset is known already, also where the other name is defined in the other copy
      // only.
      if (is_clock(renaming.from.kind) && is_clock(renaming.to.kind)) time.utc_offset = offset;
    });
  }
  if (!renaming.my_from.empty()) {
    const auto rename = [&](model::Event& event) {
      for (auto& attendee : event.attendees)
        if (attendee.address == renaming.my_from) attendee.address = renaming.my_to;
    };
    if (series.master) rename(*series.master);
    for (auto& event : series.overrides) rename(event);
  }
  normalize(series);
  return series;
}

std::optional<Shift> uniform_shift(const Series& before, const Series& now) {
  Shift shift{0, frame_of(before), frame_of(now), before.zones};
  shift.zones.insert(shift.zones.end(), now.zones.begin(), now.zones.end());
  if (!before.master || !now.master) return shift.from == shift.to ? std::optional(shift) : std::nullopt;
  const EventTime &old_start = before.master->start, &new_start = now.master->start;
  if ((old_start.kind == TimeKind::date) != (new_start.kind == TimeKind::date)) return std::nullopt;
  if (is_clock(old_start.kind) && is_clock(new_start.kind) && old_start.kind != new_start.kind) return std::nullopt;
  shift.seconds = to_seconds(new_start.wall) - to_seconds(old_start.wall);
  if (before.rules.size() != now.rules.size()) return std::nullopt;
  const std::int64_t days = day_of(new_start) - day_of(old_start);
  for (std::size_t i = 0; i < before.rules.size(); ++i)
    if (!rule_moves_by_days(before.rules[i], now.rules[i], days)) return std::nullopt;
  if (before.extra_dates.size() != now.extra_dates.size()) return std::nullopt;
  for (std::size_t i = 0; i < before.extra_dates.size(); ++i)
    if (to_seconds(now.extra_dates[i].wall) - to_seconds(before.extra_dates[i].wall) != shift.seconds)
      return std::nullopt;
  return shift;
}

Series rekeyed(Series series, const Shift& shift, const model::ZoneBook& zones) {
  if (shift.none()) return series;
  const auto move = [&](EventTime& time) {
    if (time.kind != shift.from.kind || time.zone != shift.from.zone) return;
    time.wall = model::from_seconds(to_seconds(time.wall) + shift.seconds);
    set_frame(time, shift.to, zones, shift.zones);
  };
  for (auto& event : series.overrides) {
    if (!event.recurrence_id) continue;
    if (event.start == *event.recurrence_id) {
      move(event.start);
      move(event.end);
    }
    move(*event.recurrence_id);
  }
  for (auto& time : series.excluded) move(time);
  normalize(series);
  return series;
}

}  // namespace caravan::sync
