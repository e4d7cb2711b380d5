// SPDX-License-Identifier: GPL-3.0-or-later
#include "ews/mapping/recurrence.hpp"

#include <algorithm>
#include <limits>

#include "ews/mapping/time.hpp"
#include "ews/mapping/vocabulary.hpp"
#include "util/text.hpp"

namespace caravan::ews::mapping {
namespace {

using namespace wire;  // NOLINT: the generated names
using model::Rule;

constexpr std::int64_t kDay = 86400;
constexpr std::int64_t kSnap = 3 * 3600;

Error bad(const char* what, const std::string& text) {
  return make_error(
      Fault::malformed,
      std::string("The recurrence's ") + what + " can't be read: \"" + text::sanitize(text.substr(0, 60)) + "\".",
      "BadRecurrence", "Open the series in Outlook and save its recurrence anew.");
}

/// ews-facts 12, 12: Outlook wrote 0 for "every weekday".
Result<std::int32_t> interval(const std::string& text) {
  const auto value = read_number(text);
  if (!value || *value < 0 || *value > 9999) return bad("interval", text);
  return static_cast<std::int32_t>(std::max<std::int64_t>(1, *value));
}

/// "Monday Wednesday", or one of Day, Weekday, WeekendDay.
Result<std::vector<model::WeekdayPosition>> weekdays(const std::string& text) {
  using enum model::Weekday;
  std::vector<model::WeekdayPosition> days;
  for (const std::string& word : text::split(text, ' ')) {
    if (word.empty()) continue;
    if (word == "Day") {
      for (const auto day : {monday, tuesday, wednesday, thursday, friday, saturday, sunday}) days.push_back({0, day});
    } else if (word == "Weekday") {
      for (const auto day : {monday, tuesday, wednesday, thursday, friday}) days.push_back({0, day});
    } else if (word == "WeekendDay") {
      for (const auto day : {saturday, sunday}) days.push_back({0, day});
    } else if (const auto day = weekday_from(word)) {
      days.push_back({0, *day});
    } else {
      return bad("day of the week", text);
    }
  }
  if (days.empty()) return bad("day of the week", text);
  std::sort(days.begin(), days.end());
  days.erase(std::unique(days.begin(), days.end()), days.end());
  return days;
}

/// One weekday: "2TU". A set of days: BYDAY with BYSETPOS.
Status relative(Rule& rule, const std::string& days_text, const std::string& index_text) {
  CARAVAN_TRY(days, weekdays(days_text));
  const auto position = position_from(index_text);
  if (!position) return bad("day index", index_text);
  rule.by_day = std::move(days);
  if (rule.by_day.size() == 1)
    rule.by_day.front().ordinal = *position;
  else
    rule.by_set_position = {*position};
  return {};
}

/// A day beyond a month's end means its last day in EWS, while RFC 5545 skips the month (ews-facts 6.1, 6.3).
void clamp_days(Rule& rule, int day, int shortest, int longest) {
  if (day <= shortest) {
    rule.by_month_day = {day};
  } else if (day >= longest) {
    rule.by_month_day = {-1};
  } else {
    for (int each = shortest; each <= day; ++each) rule.by_month_day.push_back(each);
    rule.by_set_position = {-1};
  }
}

Result<int> day_of_month(const std::string& text) {
  const auto day = read_number(text);
  if (!day || *day < 1 || *day > 31) return bad("day of the month", text);
  return static_cast<int>(*day);
}

Result<int> month(const std::string& text) {
  const auto value = month_from(text);
  if (!value) return bad("month", text);
  return *value;
}

Status weekly(Rule& rule, const t__Weekly& pattern) {
  rule.frequency = model::Frequency::weekly;
  CARAVAN_TRY(every, interval(pattern.Interval));
  CARAVAN_TRY(days, weekdays(pattern.DaysOfWeek));
  rule.interval = every;
  rule.by_day = std::move(days);
  rule.week_start = model::Weekday::sunday;  // Exchange's default
  if (pattern.FirstDayOfWeek != nullptr) {
    const auto first = weekday_from(*pattern.FirstDayOfWeek);
    if (!first) return bad("first day of the week", *pattern.FirstDayOfWeek);
    rule.week_start = *first;
  }
  return {};
}

Status monthly(Rule& rule, const t__AbsoluteMonthly& pattern) {
  rule.frequency = model::Frequency::monthly;
  CARAVAN_TRY(every, interval(pattern.Interval));
  CARAVAN_TRY(day, day_of_month(pattern.DayOfMonth));
  rule.interval = every;
  clamp_days(rule, day, 28, 31);
  return {};
}

Status yearly(Rule& rule, const t__AbsoluteYearly& pattern) {
  static constexpr int kLongest[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  rule.frequency = model::Frequency::yearly;
  CARAVAN_TRY(number, month(pattern.Month));
  CARAVAN_TRY(day, day_of_month(pattern.DayOfMonth));
  rule.by_month = {number};
  const int longest = kLongest[number - 1];
  if (number != 2) {
    rule.by_month_day = {std::min(day, longest)};
  } else if (day == 29) {
    rule.by_month_day = {28, 29};
    rule.by_set_position = {-1};
  } else {
    clamp_days(rule, day, 28, 30);
  }
  return {};
}

Status read_pattern(const t__RecurrenceType& recurrence, Rule& rule) {
  if (recurrence.DailyRecurrence != nullptr) {
    CARAVAN_TRY(every, interval(recurrence.DailyRecurrence->Interval));
    rule.frequency = model::Frequency::daily;
    rule.interval = every;
    return {};
  }
  if (recurrence.WeeklyRecurrence != nullptr) return weekly(rule, *recurrence.WeeklyRecurrence);
  if (recurrence.AbsoluteMonthlyRecurrence != nullptr) return monthly(rule, *recurrence.AbsoluteMonthlyRecurrence);
  if (recurrence.AbsoluteYearlyRecurrence != nullptr) return yearly(rule, *recurrence.AbsoluteYearlyRecurrence);
  if (const auto* pattern = recurrence.RelativeMonthlyRecurrence; pattern != nullptr) {
    CARAVAN_TRY(every, interval(pattern->Interval));
    rule.frequency = model::Frequency::monthly;
    rule.interval = every;
    return relative(rule, pattern->DaysOfWeek, pattern->DayOfWeekIndex);
  }
  if (const auto* pattern = recurrence.RelativeYearlyRecurrence; pattern != nullptr) {
    CARAVAN_TRY(number, month(pattern->Month));
    rule.frequency = model::Frequency::yearly;
    rule.by_month = {number};
    return relative(rule, pattern->DaysOfWeek, pattern->DayOfWeekIndex);
  }
  return bad("pattern", "of a kind that EWS does not document");
}

}  // namespace

Result<Rule> read_rule(const t__RecurrenceType& recurrence, const SeriesFrame& frame,
                       const std::vector<model::ZoneDefinition>& custom, const model::ZoneBook& book) {
  Rule rule;
  CARAVAN_CHECK(read_pattern(recurrence, rule));
  if (recurrence.NumberedRecurrence != nullptr) {
    const auto count = read_number(recurrence.NumberedRecurrence->NumberOfOccurrences);
    if (!count || *count < 1 || *count > std::numeric_limits<std::int32_t>::max())
      return bad("number of occurrences", recurrence.NumberedRecurrence->NumberOfOccurrences);
    rule.count = static_cast<std::int32_t>(*count);
  } else if (recurrence.EndDateRecurrence != nullptr) {
    auto end = parse_date(recurrence.EndDateRecurrence->EndDate);
    if (!end) return bad("end date", recurrence.EndDateRecurrence->EndDate);
    rule.has_until = true;
    rule.until.wall = *end;
    rule.until.kind = model::TimeKind::date;
    if (!frame.all_day) {  // the last instant of that day in the series' zone, as UTC (RFC 5545 3.3.10)
      end->hour = 23;
      end->minute = end->second = 59;
      const bool zoned = frame.zone.kind == Zone::Kind::named || frame.zone.kind == Zone::Kind::custom;
      rule.until = model::utc_time(zoned ? model::at_wall(book, frame.zone.name, *end, custom).instant()
                                         : Instant(std::chrono::seconds(model::to_seconds(*end))));
    }
  } else if (recurrence.NoEndRecurrence == nullptr) {
    return bad("range", "of a kind that EWS does not document");
  }
  return rule;
}

int last_year(const t__RecurrenceType& recurrence) {
  if (recurrence.EndDateRecurrence == nullptr) return 9999;
  const auto end = parse_date(recurrence.EndDateRecurrence->EndDate);
  return end ? end->year : 9999;
}

model::EventTime original_start(Context& context, const SeriesFrame& frame, Instant instant,
                                const std::vector<model::ZoneDefinition>& custom) {
  if (frame.all_day) return all_day(context.zones, frame.zone, instant, Edge::start, custom);
  model::EventTime time = place(context.zones, frame.zone, instant, custom);
  const std::int64_t wall = model::to_seconds(time.wall);
  std::int64_t off = (wall - frame.time_of_day) % kDay;
  if (off > kDay / 2) off -= kDay;
  if (off < -kDay / 2) off += kDay;
  if (off == 0) return time;
  if (off > kSnap || off < -kSnap) {
    context.lose(model::LossReason::occurrence_off_pattern, model::to_string(time));
    return time;
  }
  time.wall = model::from_seconds(wall - off);
  if (time.kind == model::TimeKind::zoned) time.utc_offset = context.zones.offset_at_wall(time.zone, time.wall, custom);
  return time;
}

}  // namespace caravan::ews::mapping
