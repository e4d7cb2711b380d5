// SPDX-License-Identifier: GPL-3.0-or-later
// Reads RecurrenceType and TimeZoneDefinitionType from requests, with Exchange's limits (ews-facts 6.1).
#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "item_reader.hpp"

namespace exchange_sim {
namespace {

[[noreturn]] void invalid(const std::string& why) {
  throw ItemError{"ErrorCalendarInvalidRecurrence", "The recurrence is invalid: " + why + "."};
}

int position_of(const char* const* names, int count, const std::string& text) {
  for (int i = 0; i < count; ++i) {
    if (text == names[i]) return i;
  }
  invalid(text);
}

int interval_of(const Node& pattern, int most) {
  int interval = std::atoi(pattern.text("Interval").c_str());
  if (interval < 1 || interval > most) throw ItemError{"ErrorCalendarOutOfRange", "The interval is out of range."};
  return interval;
}

unsigned one_mask(const Node& pattern) {
  auto mask = day_mask(pattern.text("DaysOfWeek"));
  if (!mask) invalid("DaysOfWeek");
  return *mask;
}

unsigned weekly_mask(const Node& pattern) {
  unsigned out = 0;
  auto text = pattern.text("DaysOfWeek");
  for (std::size_t at = 0; at < text.size();) {
    auto end = std::min(text.find_first_of(" \t\r\n", at), text.size());
    auto name = text.substr(at, end - at);
    at = end + 1;
    if (name.empty()) continue;
    if (name == "Day" || name == "Weekday" || name == "WeekendDay") {
      throw ItemError{"ErrorCalendarInvalidDayForWeeklyRecurrence", name + " is not a day of a weekly recurrence."};
    }
    out |= 1u << position_of(kWeekdayNames, 7, name);
  }
  if (out == 0) invalid("DaysOfWeek");
  return out;
}

int day_of_month(const Node& pattern) {
  int day = std::atoi(pattern.text("DayOfMonth").c_str());
  if (day < 1 || day > 31) throw ItemError{"ErrorCalendarOutOfRange", "The day of the month is out of range."};
  return day;
}

void read_pattern(Recurrence& out, const Node& pattern) {
  auto name = pattern.name();
  if (name == "DailyRecurrence") {
    out.kind = PatternKind::daily;
    out.interval = interval_of(pattern, 999);
  } else if (name == "WeeklyRecurrence") {
    out.kind = PatternKind::weekly;
    out.interval = interval_of(pattern, 99);
    out.days = weekly_mask(pattern);
    auto first = pattern.text("FirstDayOfWeek");
    out.first_day_of_week = first.empty() ? 0 : position_of(kWeekdayNames, 7, first);
  } else if (name == "AbsoluteMonthlyRecurrence") {
    out.kind = PatternKind::absolute_monthly;
    out.interval = interval_of(pattern, 99);
    out.day_of_month = day_of_month(pattern);
  } else if (name == "RelativeMonthlyRecurrence") {
    out.kind = PatternKind::relative_monthly;
    out.interval = interval_of(pattern, 99);
    out.days = one_mask(pattern);
    out.index = 1 + position_of(kIndexNames, 5, pattern.text("DayOfWeekIndex"));
  } else if (name == "AbsoluteYearlyRecurrence") {
    out.kind = PatternKind::absolute_yearly;
    out.day_of_month = day_of_month(pattern);
    out.month = 1 + position_of(kMonthNames, 12, pattern.text("Month"));
  } else if (name == "RelativeYearlyRecurrence") {
    out.kind = PatternKind::relative_yearly;
    out.days = one_mask(pattern);
    out.index = 1 + position_of(kIndexNames, 5, pattern.text("DayOfWeekIndex"));
    out.month = 1 + position_of(kMonthNames, 12, pattern.text("Month"));
  } else {
    throw ItemError{"ErrorUnsupportedRecurrence", std::string(name) + " is not supported for calendar items."};
  }
}

/// "PT2H", "-PT60M", "P0DT1H0M0.0S" in seconds; fractions are dropped.
int duration_of(const std::string& text) {
  int seconds = 0;
  int value = 0;
  bool fraction = false;
  bool in_time = false;
  for (char c : text) {
    if (c >= '0' && c <= '9') {
      if (!fraction) value = value * 10 + (c - '0');
      continue;
    }
    if (c == '.') {
      fraction = true;
      continue;
    }
    if (c == 'T') in_time = true;
    if (c == 'D') seconds += value * 86400;
    if (c == 'H') seconds += value * 3600;
    if (c == 'M' && in_time) seconds += value * 60;
    if (c == 'S') seconds += value;
    value = 0;
    fraction = false;
  }
  return text.starts_with('-') ? -seconds : seconds;
}

YearlyChange change_of(const Node& node) {
  YearlyChange out;
  out.month = std::atoi(node.text("Month").c_str());
  out.seconds = duration_of(node.text("TimeOffset"));
  if (node.name() == "RecurringDateTransition") {
    out.day = std::atoi(node.text("Day").c_str());
    return out;
  }
  out.weekday = position_of(kWeekdayNames, 7, node.text("DayOfWeek"));
  out.occurrence = std::atoi(node.text("Occurrence").c_str());
  if (out.occurrence == 5) out.occurrence = -1;
  return out;
}

ZonePtr zone_from_definition(const Node& element, const std::string& id) {
  std::map<std::string, int> offsets;
  for (const auto& period : element.child("Periods").children("Period")) {
    offsets[period.attribute("Id")] = -duration_of(period.attribute("Bias"));
  }
  auto groups = element.child("TransitionsGroups").children("TransitionsGroup");
  if (offsets.empty()) return nullptr;
  ZoneRules rules;
  rules.standard_offset = rules.daylight_offset = offsets.begin()->second;
  std::vector<std::pair<int, YearlyChange>> changes;
  if (!groups.empty()) {
    for (const auto& change : groups.back().children()) {
      auto to = offsets.find(change.text("To"));
      if (to == offsets.end()) continue;
      if (change.name() == "Transition")
        rules.standard_offset = rules.daylight_offset = to->second;
      else
        changes.emplace_back(to->second, change_of(change));
    }
  }
  if (changes.size() == 2) {
    bool first_is_daylight = changes[0].first > changes[1].first;
    const auto& daylight = changes[first_is_daylight ? 0 : 1];
    const auto& standard = changes[first_is_daylight ? 1 : 0];
    rules.has_daylight = true;
    rules.daylight_offset = daylight.first;
    rules.standard_offset = standard.first;
    rules.to_daylight = daylight.second;
    rules.to_standard = standard.second;
  }
  return custom_zone(id, rules);
}

}  // namespace

Recurrence read_recurrence_element(const Node& element) {
  auto parts = element.children();
  if (parts.size() != 2) throw SoapFault{"ErrorSchemaValidation", "Recurrence needs a pattern and a range.", {}};
  Recurrence out;
  read_pattern(out, parts[0]);
  auto start = parse_day(parts[1].text("StartDate"));
  if (!start) invalid("StartDate");
  out.start = *start;
  auto name = parts[1].name();
  if (name == "EndDateRecurrence") {
    auto end = parse_day(parts[1].text("EndDate"));
    if (!end) invalid("EndDate");
    if (*end > day_from(4500, 9, 1)) throw ItemError{"ErrorRecurrenceEndDateTooBig", "The end date is too late."};
    if (*end < out.start) throw ItemError{"ErrorRecurrenceHasNoOccurrence", "The recurrence ends before it starts."};
    out.range = RangeKind::end_date;
    out.end = *end;
  } else if (name == "NumberedRecurrence") {
    out.range = RangeKind::numbered;
    out.count = std::atoi(parts[1].text("NumberOfOccurrences").c_str());
    if (out.count < 1 || out.count > 999)
      throw ItemError{"ErrorCalendarOutOfRange", "NumberOfOccurrences is out of range."};
  }
  return out;
}

ZonePtr read_zone_element(const Node& element) {
  auto id = element.attribute("Id");
  if (auto zone = zone_by_windows_id(id)) return zone;
  if (auto zone = zone_from_definition(element, id.empty() ? element.attribute("Name") : id)) return zone;
  throw ItemError{"ErrorCalendarInvalidTimeZone", "The time zone " + id + " is not known."};
}

}  // namespace exchange_sim
