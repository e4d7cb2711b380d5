// SPDX-License-Identifier: GPL-3.0-or-later
// An Exchange recurrence pattern as days: what a t:Recurrence means, walked day by day, and what RRULE it is the same
// as. Pure arithmetic on dates of the series' zone; times of day are the series'. Private to common/ews.
#pragma once
#include <cstdint>
#include <optional>

#include "ews/wire/wire.hpp"
#include "model/time.hpp"

namespace caravan::ews::mapping {

using Day = std::int64_t;  ///< days since 1970-01-01 in the zone of the series
Day day_of(const model::LocalTime& local) noexcept;
model::LocalTime date_of(Day day) noexcept;

/// Limits of ews-facts 6.1.
inline constexpr int kMostDaily = 999, kMostWeekly = 99, kMostMonthly = 99, kMostOccurrences = 999;

/// One pattern with its range.
struct Pattern {
  enum class Kind : std::uint8_t { daily, weekly, monthly_by_date, monthly_by_day, yearly_by_date, yearly_by_day };
  Kind kind = Kind::daily;
  int interval = 1;       ///< days, weeks, months or (yearly, always 1) years
  std::uint8_t days = 0;  ///< bit of each model::Weekday; of the kinds by day all, weekdays, weekend days or one day
  int day_of_month = 1;   ///< 1..31; beyond the month's end it means its last day
  int position = 1;       ///< 1..4, -1 for the last
  int month = 1;          ///< of the yearly kinds
  model::Weekday week_start = model::Weekday::monday;
  Day start = 0;           ///< the first day of the range
  int count = 0;           ///< 0: no count
  std::optional<Day> end;  ///< the last day of the range
  friend bool operator==(const Pattern&, const Pattern&) = default;
};

/// Yields the days of a pattern in order; ends at its range's end, or with the year 4500.
class PatternWalk {
 public:
  explicit PatternWalk(const Pattern& pattern);
  std::optional<Day> next();

 private:
  std::optional<Day> next_day();
  std::optional<Day> day_in_month(Day first) const;
  Pattern pattern_;
  Day cursor_;
  std::int64_t month_;  ///< months since year 0
  int given_ = 0;
};

/// Whether `day` is one of the pattern's; its 1-based index is put into `index` (InstanceIndex, deleted ones counted).
bool is_on(const Pattern& pattern, Day day, int* index = nullptr);

/// The pattern with the same days as the rule has, its range left open; nothing where EWS has none (ews-facts 6.2).
/// COUNT and UNTIL are the caller's. The answer is a proposal: whether the days agree has to be tried, for RFC 5545
/// takes a start that its rule does not name.
std::optional<Pattern> pattern_of(const model::Rule& rule, const model::LocalTime& start);

wire::t__RecurrenceType* write_pattern(wire::Arena& arena, const Pattern& pattern);
/// Nothing where the element is none that EWS documents.
std::optional<Pattern> read_pattern(const wire::t__RecurrenceType& recurrence);

}  // namespace caravan::ews::mapping
