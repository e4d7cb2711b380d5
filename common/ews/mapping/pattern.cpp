// SPDX-License-Identifier: GPL-3.0-or-later
#include "ews/mapping/pattern.hpp"

#include <algorithm>
#include <array>
#include <bit>

namespace caravan::ews::mapping {
namespace {

using Kind = Pattern::Kind;
using model::Frequency;
using model::Rule;
using model::Weekday;

constexpr std::int64_t kSecondsPerDay = 86400;
constexpr std::uint8_t kAllDays = 0x7F, kWorkDays = 0x1F, kWeekend = 0x60;
const Day kLastDay = day_of({4500, 8, 31});

std::uint8_t bit(Weekday day) noexcept { return static_cast<std::uint8_t>(1U << static_cast<unsigned>(day)); }
Weekday weekday(Day day) noexcept { return model::weekday_of(date_of(day)); }
bool has(std::uint8_t days, Day day) noexcept { return (days & bit(weekday(day))) != 0; }

Day first_of_month(std::int64_t month) noexcept {
  model::LocalTime first;
  first.year = static_cast<std::int32_t>(month / 12);
  first.month = static_cast<std::uint8_t>(month % 12 + 1);
  return day_of(first);
}

bool is_yearly(Kind kind) noexcept { return kind == Kind::yearly_by_date || kind == Kind::yearly_by_day; }

/// What a rule says beyond the start itself; nothing where it says more than one pattern can.
bool only(const Rule& rule, std::initializer_list<const std::vector<std::int32_t>*> allowed) {
  for (const auto* list : {&rule.by_month_day, &rule.by_year_day, &rule.by_week, &rule.by_month, &rule.by_set_position})
    if (!list->empty() && std::find(allowed.begin(), allowed.end(), list) == allowed.end()) return false;
  return true;
}

/// BYHOUR and its like may repeat what the start says, and nothing else.
bool times_are_the_starts(const Rule& rule, const model::LocalTime& start) {
  const auto same = [](const std::vector<std::int32_t>& list, std::int32_t value) {
    return list.empty() || (list.size() == 1 && list.front() == value);
  };
  return same(rule.by_hour, start.hour) && same(rule.by_minute, start.minute) && same(rule.by_second, start.second);
}

/// The days of BYDAY where none has an ordinal.
std::optional<std::uint8_t> plain_days(const Rule& rule) {
  std::uint8_t days = 0;
  for (const auto& each : rule.by_day) {
    if (each.ordinal != 0) return std::nullopt;
    days = static_cast<std::uint8_t>(days | bit(each.day));
  }
  return days;
}

std::optional<Pattern> weekly(const Rule& rule, const model::LocalTime& start) {
  const auto days = plain_days(rule);
  if (!days || !only(rule, {})) return std::nullopt;
  Pattern pattern;
  pattern.kind = Kind::weekly;
  pattern.interval = rule.interval;
  pattern.days = *days != 0 ? *days : bit(model::weekday_of(start));
  pattern.week_start = rule.week_start;
  return pattern;
}

std::optional<Pattern> daily(const Rule& rule, const model::LocalTime& start) {
  if (!rule.by_day.empty()) return rule.interval == 1 ? weekly(rule, start) : std::nullopt;
  if (!only(rule, {})) return std::nullopt;
  Pattern pattern;
  pattern.kind = Kind::daily;
  pattern.interval = rule.interval;
  return pattern;
}

/// "2TU", or a set of days with BYSETPOS.
bool by_day(const Rule& rule, Pattern& pattern) {
  if (rule.by_day.size() == 1 && rule.by_day.front().ordinal != 0) {
    if (!rule.by_set_position.empty()) return false;
    pattern.days = bit(rule.by_day.front().day);
    pattern.position = rule.by_day.front().ordinal;
  } else {
    const auto days = plain_days(rule);
    if (!days || rule.by_set_position.size() != 1) return false;
    if (*days != kAllDays && *days != kWorkDays && *days != kWeekend && !std::has_single_bit(*days)) return false;
    pattern.days = *days;
    pattern.position = rule.by_set_position.front();
  }
  return pattern.position == -1 || (pattern.position >= 1 && pattern.position <= 4);
}

/// One day of the month. "The last of 28 to d" is how RFC 5545 says what EWS means by a d that a month may lack.
std::optional<int> by_date(const Rule& rule, const model::LocalTime& start) {
  const auto& days = rule.by_month_day;
  if (days.empty()) return rule.by_set_position.empty() ? std::optional<int>(start.day) : std::nullopt;
  if (days.size() == 1 && rule.by_set_position.empty()) {
    if (days.front() == -1) return 31;
    return days.front() >= 1 ? std::optional<int>(days.front()) : std::nullopt;
  }
  if (rule.by_set_position != std::vector<std::int32_t>{-1} || days.front() != 28) return std::nullopt;
  for (std::size_t i = 1; i < days.size(); ++i)
    if (days[i] != days[i - 1] + 1) return std::nullopt;
  return days.back();
}

std::optional<Pattern> monthly(const Rule& rule, const model::LocalTime& start) {
  Pattern pattern;
  pattern.interval = rule.interval;
  if (!rule.by_day.empty()) {
    if (!only(rule, {&rule.by_set_position}) || !by_day(rule, pattern)) return std::nullopt;
    pattern.kind = Kind::monthly_by_day;
    return pattern;
  }
  const auto date = by_date(rule, start);
  if (!only(rule, {&rule.by_month_day, &rule.by_set_position}) || !date) return std::nullopt;
  pattern.kind = Kind::monthly_by_date;
  pattern.day_of_month = *date;
  return pattern;
}

std::optional<Pattern> yearly(const Rule& rule, const model::LocalTime& start) {
  // Without BYMONTH, BYDAY counts in the year and BYMONTHDAY names every month's day (RFC 5545 3.3.10).
  const bool month_from_start = rule.by_day.empty() && rule.by_month_day.empty();
  if (rule.by_month.size() > 1 || (rule.by_month.empty() && !month_from_start)) return std::nullopt;
  Rule month_rule = rule;
  const int month = rule.by_month.empty() ? start.month : rule.by_month.front();
  month_rule.by_month.clear();
  month_rule.interval = 1;
  auto pattern = monthly(month_rule, start);
  if (!pattern) return std::nullopt;
  if (rule.interval == 1) {
    pattern->kind = pattern->kind == Kind::monthly_by_day ? Kind::yearly_by_day : Kind::yearly_by_date;
    pattern->month = month;
    return pattern;
  }
  // The yearly elements have no interval: so many times twelve months, counted from the start's (ews-facts 6.2).
  if (month != start.month) return std::nullopt;
  pattern->interval = 12 * rule.interval;
  return pattern;
}

}  // namespace

Day day_of(const model::LocalTime& local) noexcept {
  const std::int64_t seconds = model::to_seconds({local.year, local.month, local.day, 0, 0, 0});
  return seconds / kSecondsPerDay;  // midnights divide without a rest
}

model::LocalTime date_of(Day day) noexcept { return model::from_seconds(day * kSecondsPerDay); }

PatternWalk::PatternWalk(const Pattern& pattern) : pattern_(pattern), cursor_(pattern.start) {
  const model::LocalTime date = date_of(pattern.start);
  month_ = static_cast<std::int64_t>(date.year) * 12 + (is_yearly(pattern.kind) ? pattern.month : date.month) - 1;
}

std::optional<Day> PatternWalk::next() {
  if (pattern_.count > 0 && given_ >= pattern_.count) return std::nullopt;
  const auto day = next_day();
  if (!day || *day > kLastDay || (pattern_.end && *day > *pattern_.end)) return std::nullopt;
  ++given_;
  return day;
}

std::optional<Day> PatternWalk::day_in_month(Day first) const {
  const Day next = first_of_month(month_ + 1);
  if (pattern_.kind == Kind::monthly_by_date || pattern_.kind == Kind::yearly_by_date)
    return std::min<Day>(first + pattern_.day_of_month, next) - 1;
  int wanted = pattern_.position;
  if (wanted > 0) {
    for (Day day = first; day < next; ++day)
      if (has(pattern_.days, day) && --wanted == 0) return day;
    return std::nullopt;
  }
  for (Day day = next - 1; day >= first; --day)
    if (has(pattern_.days, day)) return day;
  return std::nullopt;
}

std::optional<Day> PatternWalk::next_day() {
  const int interval = std::max(1, pattern_.interval);
  if (pattern_.kind == Kind::daily) {
    const Day day = cursor_;
    cursor_ += interval;
    return day;
  }
  if (pattern_.kind == Kind::weekly) {
    if ((pattern_.days & kAllDays) == 0) return std::nullopt;
    for (;; ++cursor_) {
      // A week begins at week_start; the weeks in between are skipped whole.
      const int into_week = (static_cast<int>(weekday(cursor_)) - static_cast<int>(pattern_.week_start) + 7) % 7;
      if (into_week == 0 && cursor_ > pattern_.start) cursor_ += 7 * (interval - 1);
      if (has(pattern_.days, cursor_)) return cursor_++;
    }
  }
  while (true) {
    const Day first = first_of_month(month_);
    if (first > kLastDay) return std::nullopt;
    const auto day = day_in_month(first);
    month_ += is_yearly(pattern_.kind) ? 12 : interval;
    if (day && *day >= pattern_.start) return day;
  }
}

bool is_on(const Pattern& pattern, Day day, int* index) {
  PatternWalk walk(pattern);
  for (int at = 1;; ++at) {
    const auto each = walk.next();
    if (!each || *each > day) return false;
    if (*each != day) continue;
    if (index != nullptr) *index = at;
    return true;
  }
}

std::optional<Pattern> pattern_of(const Rule& rule, const model::LocalTime& start) {
  if (rule.interval < 1 || !times_are_the_starts(rule, start)) return std::nullopt;
  std::optional<Pattern> pattern;
  switch (rule.frequency) {
    case Frequency::daily:
      pattern = daily(rule, start);
      break;
    case Frequency::weekly:
      pattern = weekly(rule, start);
      break;
    case Frequency::monthly:
      pattern = monthly(rule, start);
      break;
    case Frequency::yearly:
      pattern = yearly(rule, start);
      break;
    case Frequency::secondly:
    case Frequency::minutely:
    case Frequency::hourly:
      return std::nullopt;
  }
  if (!pattern) return std::nullopt;
  const int most = pattern->kind == Kind::daily    ? kMostDaily
                   : pattern->kind == Kind::weekly ? kMostWeekly
                                                   : kMostMonthly;
  if (pattern->interval > most) return std::nullopt;
  pattern->start = day_of(start);
  return pattern;
}

}  // namespace caravan::ews::mapping
