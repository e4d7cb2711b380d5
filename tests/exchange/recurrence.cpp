// SPDX-License-Identifier: GPL-3.0-or-later
// The walk over a recurrence's days; see recurrence.hpp.
#include "recurrence.hpp"

#include <bit>
#include <chrono>

namespace exchange_sim {
namespace {

using std::chrono::year_month_day;

const Day kLastDay = day_from(4500, 9, 1);

year_month_day date_of(Day day) { return year_month_day{std::chrono::sys_days(std::chrono::days(day))}; }

int days_in(int year, int month) {
  auto last =
      std::chrono::year_month_day_last(std::chrono::year(year), std::chrono::month_day_last(std::chrono::month(month)));
  return static_cast<int>(static_cast<unsigned>(last.day()));
}

bool in_mask(unsigned days, Day day) { return (days >> weekday_of(day) & 1u) != 0; }

}  // namespace

const char* const kWeekdayNames[7] = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};
const char* const kMonthNames[12] = {"January", "February", "March",     "April",   "May",      "June",
                                     "July",    "August",   "September", "October", "November", "December"};
const char* const kIndexNames[5] = {"First", "Second", "Third", "Fourth", "Last"};

int weekday_of(Day day) { return ((day + 4) % 7 + 7) % 7; }

std::string day_word(unsigned days) {
  if (days == kEveryDay) return "Day";
  if (days == kWeekdays) return "Weekday";
  if (days == kWeekendDays) return "WeekendDay";
  if (std::popcount(days) == 1) return kWeekdayNames[std::countr_zero(days)];
  return {};
}

std::optional<unsigned> day_mask(const std::string& word) {
  if (word == "Day") return kEveryDay;
  if (word == "Weekday") return kWeekdays;
  if (word == "WeekendDay") return kWeekendDays;
  for (unsigned i = 0; i < 7; ++i) {
    if (word == kWeekdayNames[i]) return 1u << i;
  }
  return std::nullopt;
}

RecurrenceWalk::RecurrenceWalk(const Recurrence& recurrence) : rule_(recurrence), cursor_(recurrence.start) {
  auto date = date_of(rule_.start);
  int month = static_cast<int>(static_cast<unsigned>(date.month())) - 1;
  month_index_ = static_cast<int>(date.year()) * 12 + month;
  if (rule_.kind == PatternKind::absolute_yearly || rule_.kind == PatternKind::relative_yearly) {
    month_index_ = static_cast<int>(date.year()) * 12 + rule_.month - 1;
  }
}

std::optional<Day> RecurrenceWalk::next() {
  if (done_ || (rule_.range == RangeKind::numbered && given_ >= rule_.count)) return std::nullopt;
  auto day = next_in_pattern();
  if (!day || *day > kLastDay || (rule_.range == RangeKind::end_date && *day > rule_.end)) {
    done_ = true;
    return std::nullopt;
  }
  ++given_;
  return day;
}

std::optional<Day> RecurrenceWalk::next_in_pattern() {
  if (rule_.kind == PatternKind::daily) {
    Day day = cursor_;
    cursor_ += rule_.interval;
    return day;
  }
  if (rule_.kind == PatternKind::weekly) {
    if (rule_.days == 0) return std::nullopt;
    while (true) {
      Day day = cursor_++;
      bool week_over = weekday_of(cursor_) == rule_.first_day_of_week;
      if (week_over) cursor_ += 7 * (rule_.interval - 1);
      if (in_mask(rule_.days, day)) return day;
    }
  }
  bool yearly = rule_.kind == PatternKind::absolute_yearly || rule_.kind == PatternKind::relative_yearly;
  while (month_index_ < 4501 * 12) {
    auto day = month_day(month_index_ / 12, month_index_ % 12 + 1);
    month_index_ += yearly ? 12 : rule_.interval;
    if (day && *day >= rule_.start) return day;
  }
  return std::nullopt;
}

std::optional<Day> RecurrenceWalk::month_day(int year, int month) const {
  int length = days_in(year, month);
  Day first = day_from(year, month, 1);
  if (rule_.kind == PatternKind::absolute_monthly || rule_.kind == PatternKind::absolute_yearly) {
    return first + std::min(rule_.day_of_month, length) - 1;
  }
  if (rule_.index == 5) {
    for (Day day = first + length - 1; day >= first; --day) {
      if (in_mask(rule_.days, day)) return day;
    }
    return std::nullopt;
  }
  int left = rule_.index;
  for (Day day = first; day < first + length; ++day) {
    if (in_mask(rule_.days, day) && --left == 0) return day;
  }
  return std::nullopt;
}

bool contains_day(const Recurrence& recurrence, Day day) {
  RecurrenceWalk walk(recurrence);
  while (auto at = walk.next()) {
    if (*at == day) return true;
    if (*at > day) return false;
  }
  return false;
}

std::optional<Day> last_day(const Recurrence& recurrence) {
  if (recurrence.range == RangeKind::no_end) return std::nullopt;
  std::optional<Day> last;
  RecurrenceWalk walk(recurrence);
  while (auto at = walk.next()) last = at;
  return last;
}

std::optional<Day> nth_day(const Recurrence& recurrence, int instance) {
  RecurrenceWalk walk(recurrence);
  std::optional<Day> day;
  for (int i = 0; i < instance; ++i) {
    day = walk.next();
    if (!day) return std::nullopt;
  }
  return day;
}

}  // namespace exchange_sim
