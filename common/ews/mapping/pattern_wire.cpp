// SPDX-License-Identifier: GPL-3.0-or-later
// Pattern <-> t:Recurrence (ews-facts 6.1).
#include <cstdio>

#include "ews/mapping/context.hpp"
#include "ews/mapping/pattern.hpp"
#include "ews/mapping/time.hpp"
#include "ews/mapping/vocabulary.hpp"
#include "util/text.hpp"

namespace caravan::ews::mapping {
namespace {

using namespace wire;  // NOLINT: the generated names
using Kind = Pattern::Kind;
using model::Weekday;

constexpr std::uint8_t kAllDays = 0x7F, kWorkDays = 0x1F, kWeekend = 0x60;

std::uint8_t bit(Weekday day) noexcept { return static_cast<std::uint8_t>(1U << static_cast<unsigned>(day)); }

std::string date_text(Day day) {
  const model::LocalTime date = date_of(day);
  char text[24];
  std::snprintf(text, sizeof text, "%04d-%02d-%02d", date.year, date.month, date.day);
  return text;
}

/// "Monday Wednesday".
std::string days_text(std::uint8_t days) {
  std::string out;
  for (unsigned i = 0; i < 7; ++i) {
    const auto day = static_cast<Weekday>(i);
    if ((days & bit(day)) == 0) continue;
    if (!out.empty()) out += ' ';
    out += to_text(day);
  }
  return out;
}

/// One word, as the relative patterns want it.
std::string day_word(std::uint8_t days) {
  if (days == kAllDays) return "Day";
  if (days == kWorkDays) return "Weekday";
  if (days == kWeekend) return "WeekendDay";
  return days_text(days);
}

std::optional<std::uint8_t> days_from(const std::string& text) {
  std::uint8_t days = 0;
  for (const std::string& word : text::split(text, ' ')) {
    if (word.empty()) continue;
    if (word == "Day")
      days = kAllDays;
    else if (word == "Weekday")
      days |= kWorkDays;
    else if (word == "WeekendDay")
      days |= kWeekend;
    else if (const auto day = weekday_from(word))
      days = static_cast<std::uint8_t>(days | bit(*day));
    else
      return std::nullopt;
  }
  return days != 0 ? std::optional(days) : std::nullopt;
}

void write_kind(Arena& arena, const Pattern& pattern, t__RecurrenceType& out) {
  const std::string interval = std::to_string(pattern.interval), day = std::to_string(pattern.day_of_month);
  switch (pattern.kind) {
    case Kind::daily:
      out.DailyRecurrence = arena.make<t__Daily>();
      out.DailyRecurrence->Interval = interval;
      return;
    case Kind::weekly:
      out.WeeklyRecurrence = arena.make<t__Weekly>();
      out.WeeklyRecurrence->Interval = interval;
      out.WeeklyRecurrence->DaysOfWeek = days_text(pattern.days);
      out.WeeklyRecurrence->FirstDayOfWeek = arena.text(to_text(pattern.week_start));
      return;
    case Kind::monthly_by_date:
      out.AbsoluteMonthlyRecurrence = arena.make<t__AbsoluteMonthly>();
      out.AbsoluteMonthlyRecurrence->Interval = interval;
      out.AbsoluteMonthlyRecurrence->DayOfMonth = day;
      return;
    case Kind::monthly_by_day:
      out.RelativeMonthlyRecurrence = arena.make<t__RelativeMonthly>();
      out.RelativeMonthlyRecurrence->Interval = interval;
      out.RelativeMonthlyRecurrence->DaysOfWeek = day_word(pattern.days);
      out.RelativeMonthlyRecurrence->DayOfWeekIndex = position_text(pattern.position);
      return;
    case Kind::yearly_by_date:
      out.AbsoluteYearlyRecurrence = arena.make<t__AbsoluteYearly>();
      out.AbsoluteYearlyRecurrence->DayOfMonth = day;
      out.AbsoluteYearlyRecurrence->Month = month_text(pattern.month);
      return;
    case Kind::yearly_by_day:
      out.RelativeYearlyRecurrence = arena.make<t__RelativeYearly>();
      out.RelativeYearlyRecurrence->DaysOfWeek = day_word(pattern.days);
      out.RelativeYearlyRecurrence->DayOfWeekIndex = position_text(pattern.position);
      out.RelativeYearlyRecurrence->Month = month_text(pattern.month);
      return;
  }
}

/// The numbers of a pattern element; `ok` goes false with the first that can't be read.
struct Reading {
  bool ok = true;
  int number(const std::string& text) {
    const auto value = read_number(text);
    ok = ok && value && *value >= 0 && *value <= 9999;
    return ok ? static_cast<int>(*value) : 1;
  }
  template <class T>
  T need(std::optional<T> value) {
    ok = ok && value;
    return value.value_or(T{});
  }
};

bool read_kind(const t__RecurrenceType& in, Pattern& pattern) {
  Reading read;
  if (const auto* daily = in.DailyRecurrence) {
    pattern.kind = Kind::daily;
    pattern.interval = read.number(daily->Interval);
  } else if (const auto* weekly = in.WeeklyRecurrence) {
    pattern.kind = Kind::weekly;
    pattern.interval = read.number(weekly->Interval);
    pattern.days = read.need(days_from(weekly->DaysOfWeek));
    const std::string* first = weekly->FirstDayOfWeek;
    pattern.week_start = first != nullptr ? read.need(weekday_from(*first)) : Weekday::sunday;  // Exchange's default
  } else if (const auto* by_date = in.AbsoluteMonthlyRecurrence) {
    pattern.kind = Kind::monthly_by_date;
    pattern.interval = read.number(by_date->Interval);
    pattern.day_of_month = read.number(by_date->DayOfMonth);
  } else if (const auto* by_day = in.RelativeMonthlyRecurrence) {
    pattern.kind = Kind::monthly_by_day;
    pattern.interval = read.number(by_day->Interval);
    pattern.days = read.need(days_from(by_day->DaysOfWeek));
    pattern.position = read.need(position_from(by_day->DayOfWeekIndex));
  } else if (const auto* year_date = in.AbsoluteYearlyRecurrence) {
    pattern.kind = Kind::yearly_by_date;
    pattern.day_of_month = read.number(year_date->DayOfMonth);
    pattern.month = read.need(month_from(year_date->Month));
  } else if (const auto* year_day = in.RelativeYearlyRecurrence) {
    pattern.kind = Kind::yearly_by_day;
    pattern.days = read.need(days_from(year_day->DaysOfWeek));
    pattern.position = read.need(position_from(year_day->DayOfWeekIndex));
    pattern.month = read.need(month_from(year_day->Month));
  } else {
    return false;
  }
  pattern.interval = pattern.interval < 1 ? 1 : pattern.interval;  // Outlook wrote 0 for "every weekday"
  return read.ok;
}

}  // namespace

t__RecurrenceType* write_pattern(Arena& arena, const Pattern& pattern) {
  auto* out = arena.make<t__RecurrenceType>();
  write_kind(arena, pattern, *out);
  const std::string start = date_text(pattern.start);
  if (pattern.count > 0) {
    out->NumberedRecurrence = arena.make<t__Numbered>();
    out->NumberedRecurrence->StartDate = start;
    out->NumberedRecurrence->NumberOfOccurrences = std::to_string(pattern.count);
  } else if (pattern.end) {
    out->EndDateRecurrence = arena.make<t__EndDate>();
    out->EndDateRecurrence->StartDate = start;
    out->EndDateRecurrence->EndDate = date_text(*pattern.end);
  } else {
    out->NoEndRecurrence = arena.make<t__NoEnd>();
    out->NoEndRecurrence->StartDate = start;
  }
  return out;
}

std::optional<Pattern> read_pattern(const t__RecurrenceType& recurrence) {
  Pattern pattern;
  if (!read_kind(recurrence, pattern)) return std::nullopt;
  const std::string* start = nullptr;
  if (const auto* numbered = recurrence.NumberedRecurrence) {
    const auto count = read_number(numbered->NumberOfOccurrences);
    if (!count || *count < 1 || *count > 100000) return std::nullopt;
    pattern.count = static_cast<int>(*count);
    start = &numbered->StartDate;
  } else if (const auto* ends = recurrence.EndDateRecurrence) {
    const auto end = parse_date(ends->EndDate);
    if (!end) return std::nullopt;
    pattern.end = day_of(*end);
    start = &ends->StartDate;
  } else if (recurrence.NoEndRecurrence != nullptr) {
    start = &recurrence.NoEndRecurrence->StartDate;
  }
  if (start == nullptr) return std::nullopt;
  const auto first = parse_date(*start);
  if (!first) return std::nullopt;
  pattern.start = day_of(*first);
  return pattern;
}

}  // namespace caravan::ews::mapping
