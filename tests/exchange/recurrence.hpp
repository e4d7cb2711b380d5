// SPDX-License-Identifier: GPL-3.0-or-later
// Exchange's recurrence: one pattern of six and one range of three (MS-OXWSCDATA RecurrenceType),
// and the walk over the days it yields. Knows neither iCalendar nor items.
#pragma once

#include <optional>
#include <string>

#include "zone.hpp"

namespace exchange_sim {

enum class PatternKind { daily, weekly, absolute_monthly, relative_monthly, absolute_yearly, relative_yearly };
enum class RangeKind { no_end, end_date, numbered };

constexpr unsigned kEveryDay = 0x7F;
constexpr unsigned kWeekdays = 0x3E;
constexpr unsigned kWeekendDays = 0x41;

struct Recurrence {
  PatternKind kind = PatternKind::daily;
  int interval = 1;
  unsigned days = 0;          ///< bit 0 is Sunday
  int first_day_of_week = 0;  ///< 0 is Sunday
  int day_of_month = 1;       ///< beyond the month's length means its last day
  int index = 1;              ///< 1..4, 5 for the last
  int month = 1;
  RangeKind range = RangeKind::no_end;
  Day start = 0;
  Day end = 0;
  int count = 0;
  bool operator==(const Recurrence&) const = default;
};

/// Yields the days of the recurrence one by one from the range's start. Endless ones end in 4500.
class RecurrenceWalk {
 public:
  explicit RecurrenceWalk(const Recurrence& recurrence);
  std::optional<Day> next();

 private:
  std::optional<Day> next_in_pattern();
  std::optional<Day> month_day(int year, int month) const;

  const Recurrence& rule_;
  Day cursor_;       ///< daily and weekly: the next day to look at
  int month_index_;  ///< monthly and yearly: months since year 0
  int given_ = 0;
  bool done_ = false;
};

/// Whether `day` is one of the recurrence's days.
bool contains_day(const Recurrence& recurrence, Day day);
/// The day after the last one is never looked for beyond `limit` days.
std::optional<Day> last_day(const Recurrence& recurrence);
/// The `instance`th day, counted from 1 with deleted ones included.
std::optional<Day> nth_day(const Recurrence& recurrence, int instance);
int weekday_of(Day day);

extern const char* const kWeekdayNames[7];
extern const char* const kMonthNames[12];
extern const char* const kIndexNames[5];
/// "Weekday" for a mask, or the single day's name; empty for a mask that has no one word.
std::string day_word(unsigned days);
std::optional<unsigned> day_mask(const std::string& word);

}  // namespace exchange_sim
