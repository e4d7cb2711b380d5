// SPDX-License-Identifier: GPL-3.0-or-later
// Writes recurrences (RecurrenceType) and time zones (TimeZoneDefinitionType).
#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "shape.hpp"

namespace exchange_sim {
namespace {

std::string bias(int offset_seconds) {
  int minutes = -offset_seconds / 60;
  return (minutes < 0 ? "-PT" : "PT") + std::to_string(std::abs(minutes)) + "M";
}

void write_period(XmlWriter& out, int offset, std::string_view name, std::string_view id) {
  out.empty("t:Period", {{"Bias", bias(offset)}, {"Name", name}, {"Id", id}});
}

void write_change(XmlWriter& out, const YearlyChange& change, std::string_view to) {
  bool fixed = change.occurrence == 0;
  out.open(fixed ? "t:RecurringDateTransition" : "t:RecurringDayTransition");
  out.text("t:To", to, {{"Kind", "Period"}});
  out.text("t:TimeOffset", "PT" + std::to_string(change.seconds / 60) + "M");
  out.number("t:Month", change.month);
  if (fixed) {
    out.number("t:Day", change.day);
  } else {
    out.text("t:DayOfWeek", kWeekdayNames[change.weekday]);
    out.number("t:Occurrence", change.occurrence);
  }
  out.close();
}

std::string day_list(unsigned days) {
  std::string out;
  for (unsigned i = 0; i < 7; ++i) {
    if ((days >> i & 1u) == 0) continue;
    if (!out.empty()) out += ' ';
    out += kWeekdayNames[i];
  }
  return out;
}

void write_pattern(XmlWriter& out, const Recurrence& rule) {
  switch (rule.kind) {
    case PatternKind::daily:
      out.open("t:DailyRecurrence");
      out.number("t:Interval", rule.interval);
      break;
    case PatternKind::weekly:
      out.open("t:WeeklyRecurrence");
      out.number("t:Interval", rule.interval);
      out.text("t:DaysOfWeek", day_list(rule.days));
      out.text("t:FirstDayOfWeek", kWeekdayNames[rule.first_day_of_week]);
      break;
    case PatternKind::absolute_monthly:
      out.open("t:AbsoluteMonthlyRecurrence");
      out.number("t:Interval", rule.interval);
      out.number("t:DayOfMonth", rule.day_of_month);
      break;
    case PatternKind::relative_monthly:
      out.open("t:RelativeMonthlyRecurrence");
      out.number("t:Interval", rule.interval);
      out.text("t:DaysOfWeek", day_word(rule.days));
      out.text("t:DayOfWeekIndex", kIndexNames[rule.index - 1]);
      break;
    case PatternKind::absolute_yearly:
      out.open("t:AbsoluteYearlyRecurrence");
      out.number("t:DayOfMonth", rule.day_of_month);
      out.text("t:Month", kMonthNames[rule.month - 1]);
      break;
    case PatternKind::relative_yearly:
      out.open("t:RelativeYearlyRecurrence");
      out.text("t:DaysOfWeek", day_word(rule.days));
      out.text("t:DayOfWeekIndex", kIndexNames[rule.index - 1]);
      out.text("t:Month", kMonthNames[rule.month - 1]);
      break;
  }
  out.close();
}

}  // namespace

void write_zone(XmlWriter& out, std::string_view name, const Zone& zone, Instant near, bool full) {
  if (!zone.custom() && !full) {
    out.empty(name, {{"Id", zone.id()}, {"Name", zone.name()}});
    return;
  }
  auto rules = zone.rules_near(near);
  out.open(name, {{"Id", zone.id()}, {"Name", zone.name()}});
  out.open("t:Periods");
  write_period(out, rules.standard_offset, "Standard", "std");
  if (rules.has_daylight) write_period(out, rules.daylight_offset, "Daylight", "dst");
  out.close();
  out.open("t:TransitionsGroups");
  out.open("t:TransitionsGroup", {{"Id", "0"}});
  if (rules.has_daylight) {
    bool daylight_first = rules.to_daylight.month < rules.to_standard.month;
    if (daylight_first) write_change(out, rules.to_daylight, "dst");
    write_change(out, rules.to_standard, "std");
    if (!daylight_first) write_change(out, rules.to_daylight, "dst");
  } else {
    out.open("t:Transition");
    out.text("t:To", "std", {{"Kind", "Period"}});
    out.close();
  }
  out.close();
  out.close();
  out.open("t:Transitions");
  out.open("t:Transition");
  out.text("t:To", "0", {{"Kind", "Group"}});
  out.close();
  out.close();
  out.close();
}

std::string offset_text(const Zone& zone, Instant instant) {
  auto minutes = static_cast<int>(zone.to_local(instant) - instant) / 60;
  if (minutes == 0) return "Z";
  char text[32];
  std::snprintf(text, sizeof text, "%c%02d:%02d", minutes < 0 ? '-' : '+', std::abs(minutes) / 60,
                std::abs(minutes) % 60);
  return text;
}

void write_recurrence(XmlWriter& out, const CalendarItem& master) {
  const auto& recurrence = *master.recurrence;
  out.open("t:Recurrence");
  if (master.poison == Poison::bad_recurrence) {
    out.raw(
        "<t:RelativeMonthlyRecurrence><t:Interval>0</t:Interval><t:DaysOfWeek>Blursday</t:DaysOfWeek>"
        "<t:DayOfWeekIndex>Seventh</t:DayOfWeekIndex></t:RelativeMonthlyRecurrence>");
  } else {
    write_pattern(out, recurrence);
  }
  // Exchange answers these dates with an offset; clients must cut it off (ews-facts 6.1).
  const auto& zone = *master.content.start_zone;
  auto date = [&](Day day) { return format_day(day) + offset_text(zone, zone.midnight(day)); };
  switch (recurrence.range) {
    case RangeKind::no_end:
      out.open("t:NoEndRecurrence");
      out.text("t:StartDate", date(recurrence.start));
      break;
    case RangeKind::end_date:
      out.open("t:EndDateRecurrence");
      out.text("t:StartDate", date(recurrence.start));
      out.text("t:EndDate", date(recurrence.end));
      break;
    case RangeKind::numbered:
      out.open("t:NumberedRecurrence");
      out.text("t:StartDate", date(recurrence.start));
      out.number("t:NumberOfOccurrences", recurrence.count);
      break;
  }
  out.close();
  out.close();
}

}  // namespace exchange_sim
