// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/rule_form.hpp"

namespace caravan::sync {
namespace {

using model::EventTime;
using model::Frequency;
using model::Rule;
using model::TimeKind;
using model::Weekday;

constexpr std::int64_t kDay = 86400;

/// Exchange stores the date of the last day; UNTIL may be a date, a UTC instant or a reading of the start's clock.
EventTime last_day(const Rule& rule, const EventTime& start, const model::ZoneBook& zones,
                   const std::vector<model::ZoneDefinition>& custom) {
  EventTime out = rule.until;
  std::int64_t seconds = to_seconds(rule.until.wall);
  if (rule.until.kind == TimeKind::utc && start.kind == TimeKind::zoned)
    seconds += zones.offset_at(start.zone, rule.until.instant(), custom);
  if (rule.until.kind != TimeKind::date && start.kind != TimeKind::date) {
    const std::int64_t until_of_day = ((seconds % kDay) + kDay) % kDay;
    const std::int64_t start_of_day = ((to_seconds(start.wall) % kDay) + kDay) % kDay;
    if (until_of_day < start_of_day) seconds -= kDay;
  }
  out.wall = model::from_seconds(seconds);
  out.wall.hour = out.wall.minute = out.wall.second = 0;
  out.kind = TimeKind::date;
  out.zone.clear();
  out.utc_offset = 0;
  return out;
}

void drop_what_start_says(std::vector<std::int32_t>& list, std::int32_t value) {
  if (list.size() == 1 && list.front() == value) list.clear();
}

bool has_only_days(const Rule& rule) {
  return rule.by_month_day.empty() && rule.by_year_day.empty() && rule.by_week.empty() && rule.by_month.empty() &&
         rule.by_set_position.empty();
}

void fill_weekly(Rule& rule, const EventTime& start) {
  if (rule.by_day.empty()) rule.by_day.push_back({0, weekday_of(start.wall)});
  if (rule.interval == 1 && rule.by_day.size() == 7 && has_only_days(rule)) {
    rule.frequency = Frequency::daily;
    rule.by_day.clear();
  }
  if (rule.by_day.size() < 2) rule.week_start = Weekday::monday;
}

void fill_monthly(Rule& rule, const EventTime& start) {
  if (rule.by_day.empty() && rule.by_month_day.empty() && rule.by_year_day.empty() && rule.by_week.empty())
    rule.by_month_day.push_back(start.wall.day);
}

/// BYDAY=TU;BYSETPOS=2 is BYDAY=2TU within one month.
void fold_set_position(Rule& rule) {
  if (rule.by_day.size() != 1 || rule.by_day.front().ordinal != 0 || rule.by_set_position.size() != 1 ||
      !rule.by_month_day.empty())
    return;
  rule.by_day.front().ordinal = rule.by_set_position.front();
  rule.by_set_position.clear();
}

}  // namespace

std::string equivalent_form(Rule rule, const EventTime& start, const model::ZoneBook& zones,
                            const std::vector<model::ZoneDefinition>& custom) {
  if (rule.has_until) rule.until = last_day(rule, start, zones, custom);
  drop_what_start_says(rule.by_hour, start.wall.hour);
  drop_what_start_says(rule.by_minute, start.wall.minute);
  drop_what_start_says(rule.by_second, start.wall.second);
  if (rule.frequency == Frequency::daily && rule.interval == 1 && !rule.by_day.empty() && has_only_days(rule))
    rule.frequency = Frequency::weekly;
  if (rule.frequency == Frequency::monthly && rule.interval % 12 == 0 && rule.by_month.empty()) {
    fill_monthly(rule, start);
    rule.frequency = Frequency::yearly;
    rule.interval /= 12;
    rule.by_month.push_back(start.wall.month);
  }
  if (rule.frequency == Frequency::weekly) fill_weekly(rule, start);
  if (rule.frequency == Frequency::monthly) fill_monthly(rule, start);
  if (rule.frequency == Frequency::yearly && rule.by_year_day.empty() && rule.by_week.empty()) {
    // BYMONTHDAY alone means that day of every month (RFC 5545 3.3.10), so the month is written out only with the day.
    const bool day_from_start = rule.by_day.empty() && rule.by_month_day.empty();
    fill_monthly(rule, start);
    if (day_from_start && rule.by_month.empty()) rule.by_month.push_back(start.wall.month);
  }
  const bool in_one_month =
      rule.frequency == Frequency::monthly || (rule.frequency == Frequency::yearly && rule.by_month.size() == 1);
  if (in_one_month) fold_set_position(rule);
  if (rule.frequency != Frequency::weekly && rule.by_week.empty()) rule.week_start = Weekday::monday;
  return to_string(rule);
}

}  // namespace caravan::sync
