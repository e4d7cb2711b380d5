// SPDX-License-Identifier: GPL-3.0-or-later
// RRULE to Exchange's pattern and range (ews-facts 6.2). A candidate is built from the rule's parts and
// then compared day by day with libical's own expansion: only equal meaning is accepted.
#include <algorithm>
#include <bit>

#include "ics_internal.hpp"

namespace exchange_sim {
namespace {

constexpr int kCompared = 120;

std::vector<int> list_of(const short* values, int size) {
  std::vector<int> out;
  for (int i = 0; i < size && values[i] != ICAL_RECURRENCE_ARRAY_MAX; ++i) out.push_back(values[i]);
  return out;
}

struct Parts {
  int interval = 1;
  std::vector<int> months;
  std::vector<int> month_days;
  std::vector<int> positions;  ///< BYSETPOS
  unsigned days = 0;
  int day_position = 0;  ///< of BYDAY=2TU
  bool mixed = false;    ///< BYDAY parts that one pattern cannot say
};

Parts parts_of(const icalrecurrencetype& rule) {
  Parts out;
  out.interval = std::max<int>(1, rule.interval);
  out.months = list_of(rule.by_month, ICAL_BY_MONTH_SIZE);
  out.month_days = list_of(rule.by_month_day, ICAL_BY_MONTHDAY_SIZE);
  out.positions = list_of(rule.by_set_pos, ICAL_BY_SETPOS_SIZE);
  bool first = true;
  for (int packed : list_of(rule.by_day, ICAL_BY_DAY_SIZE)) {
    int position = icalrecurrencetype_day_position(static_cast<short>(packed));
    int weekday = static_cast<int>(icalrecurrencetype_day_day_of_week(static_cast<short>(packed))) - 1;
    if (weekday < 0) continue;
    if (!first && (position != out.day_position || position != 0)) out.mixed = true;
    out.day_position = position;
    out.days |= 1u << weekday;
    first = false;
  }
  return out;
}

[[noreturn]] void refuse(const std::string& why) { throw Refused{Refusal::rrule_not_expressible, why}; }

bool one_word(unsigned days) { return !day_word(days).empty(); }

/// The index word of a relative pattern: from BYDAY=2TU, or BYDAY with BYSETPOS.
std::optional<int> index_of(const Parts& parts) {
  int position = parts.day_position;
  if (position == 0 && parts.positions.size() == 1) position = parts.positions[0];
  if (position >= 1 && position <= 4) return position;
  if (position == -1) return 5;
  return std::nullopt;
}

/// BYDAY=TU with BYMONTHDAY=8,...,14 is the second Tuesday.
std::optional<int> index_from_month_days(std::vector<int> month_days) {
  std::sort(month_days.begin(), month_days.end());
  if (month_days.size() != 7 || month_days.back() - month_days.front() != 6) return std::nullopt;
  if (month_days.front() == -7) return 5;
  if ((month_days.front() - 1) % 7 != 0 || month_days.front() > 22) return std::nullopt;
  return (month_days.front() - 1) / 7 + 1;
}

void monthly(Recurrence& out, const Parts& parts, int interval, int start_day) {
  out.interval = interval;
  if (interval > 99) refuse("INTERVAL");
  if (parts.days != 0) {
    auto index = parts.month_days.empty() ? index_of(parts) : index_from_month_days(parts.month_days);
    if (parts.month_days.empty() && !index && parts.days == kEveryDay) refuse("BYDAY");
    if (!index || !one_word(parts.days)) refuse("BYDAY");
    out.kind = PatternKind::relative_monthly;
    out.days = parts.days;
    out.index = *index;
    return;
  }
  if (parts.month_days == std::vector{-1}) {
    out.kind = PatternKind::relative_monthly;
    out.days = kEveryDay;
    out.index = 5;
    return;
  }
  out.kind = PatternKind::absolute_monthly;
  if (parts.month_days.size() > 1) {
    auto days = parts.month_days;
    bool clamped = parts.positions == std::vector{-1};
    std::sort(days.begin(), days.end());
    if (!clamped || days.front() != 28 || days.back() - days.front() + 1 != static_cast<int>(days.size()))
      refuse("BYMONTHDAY");
    out.day_of_month = days.back();
    return;
  }
  out.day_of_month = parts.month_days.empty() ? start_day : parts.month_days[0];
  if (out.day_of_month < 1) refuse("BYMONTHDAY");
}

void yearly(Recurrence& out, const Parts& parts, const icaltimetype& start) {
  if (parts.months.size() > 1) refuse("BYMONTH");
  if (parts.months.empty() && parts.days != 0) {
    refuse("BYDAY without BYMONTH");
  }
  int month = parts.months.empty() ? start.month : parts.months[0];
  monthly(out, parts, 1, start.day);
  if (parts.interval > 1) {
    if (parts.interval > 8) refuse("INTERVAL");
    if (month != start.month) throw Refused{Refusal::start_not_in_rule, "BYMONTH"};
    out.interval = 12 * parts.interval;
    return;
  }
  out.kind = out.kind == PatternKind::absolute_monthly ? PatternKind::absolute_yearly : PatternKind::relative_yearly;
  out.month = month;
}

Recurrence pattern_of(const icalrecurrencetype& rule, const icaltimetype& start) {
  auto parts = parts_of(rule);
  Recurrence out;
  out.interval = parts.interval;
  out.first_day_of_week = rule.week_start == ICAL_NO_WEEKDAY ? 1 : static_cast<int>(rule.week_start) - 1;
  if (parts.mixed) refuse("BYDAY");
  if (rule.by_year_day[0] != ICAL_RECURRENCE_ARRAY_MAX) refuse("BYYEARDAY");
  if (rule.by_week_no[0] != ICAL_RECURRENCE_ARRAY_MAX) refuse("BYWEEKNO");
  unsigned start_bit = 1u << weekday_of(day_from(start.year, start.month, start.day));
  bool only_days = parts.months.empty() && parts.month_days.empty() && parts.positions.empty();
  switch (rule.freq) {
    case ICAL_DAILY_RECURRENCE:
      if (!only_days || (parts.days != 0 && parts.interval > 1)) refuse("FREQ=DAILY with BY rules");
      if (parts.days == 0) {
        if (parts.interval > 999) refuse("INTERVAL");
        out.kind = PatternKind::daily;
        return out;
      }
      out.kind = PatternKind::weekly;
      out.days = parts.days;
      return out;
    case ICAL_WEEKLY_RECURRENCE:
      if (!only_days || parts.day_position != 0) refuse("FREQ=WEEKLY with BY rules");
      if (parts.interval > 99) refuse("INTERVAL");
      out.kind = PatternKind::weekly;
      out.days = parts.days == 0 ? start_bit : parts.days;
      return out;
    case ICAL_MONTHLY_RECURRENCE:
      if (!parts.months.empty()) {
        if (parts.months.size() == 1 && parts.interval == 1) {
          yearly(out, parts, start);
          return out;
        }
        refuse("BYMONTH");
      }
      monthly(out, parts, parts.interval, start.day);
      return out;
    case ICAL_YEARLY_RECURRENCE:
      yearly(out, parts, start);
      return out;
    default:
      refuse("FREQ");
  }
}

/// The first days that libical expands, up to `limit`; `local_until` replaces an UNTIL in UTC.
std::vector<Day> expand(icalrecurrencetype rule, icaltimetype start, int limit) {
  std::vector<Day> out;
  start.zone = nullptr;
  start.is_date = 0;
  auto* iterator = icalrecur_iterator_new(rule, start);
  if (iterator == nullptr) return out;
  for (int i = 0; i < limit; ++i) {
    auto next = icalrecur_iterator_next(iterator);
    if (icaltime_is_null_time(next) || next.year > 4500) break;
    out.push_back(day_of(local_of(next)));
  }
  icalrecur_iterator_free(iterator);
  return out;
}

icaltimetype ical_local(LocalTime local) {
  Day day = day_of(local);
  auto seconds = static_cast<int>(local - day * kDaySeconds);
  auto text = format_day(day);
  icaltimetype out = icaltime_null_time();
  std::sscanf(text.c_str(), "%d-%d-%d", &out.year, &out.month, &out.day);
  out.hour = seconds / 3600;
  out.minute = seconds / 60 % 60;
  out.second = seconds % 60;
  return out;
}

LocalTime until_local(const icaltimetype& until, const IcsTime& start) {
  if (until.is_date) return local_of(until) + kDaySeconds - 1;
  if (icaltime_is_utc(until) && !start.is_date) return start.zone.zone->to_local(local_of(until));
  return local_of(until);
}

void set_range(IcsContext& context, Recurrence& out, icalrecurrencetype& rule, const IcsTime& start) {
  out.start = day_of(start.local);
  if (!icaltime_is_null_time(rule.until)) {
    LocalTime until = until_local(rule.until, start);
    LocalTime time_of_day = start.local - out.start * kDaySeconds;
    out.range = RangeKind::end_date;
    out.end = day_of(until);
    if (!start.is_date && out.end * kDaySeconds + time_of_day > until) --out.end;
    out.end = std::min(out.end, day_from(4500, 9, 1));
    rule.until = ical_local(until);
  } else if (rule.count > 0) {
    out.range = RangeKind::numbered;
    out.count = rule.count;
    if (rule.count > 999) {
      auto days = expand(rule, ical_local(start.local), rule.count);
      if (days.empty()) throw Refused{Refusal::no_occurrence, "COUNT"};
      out.range = RangeKind::end_date;
      out.end = days.back();
      out.count = 0;
      context.lose(Loss::count_too_big);
    }
  }
}

bool has_time_parts(const icalrecurrencetype& rule, const icaltimetype& start) {
  auto differs = [](const std::vector<int>& values, int expected) {
    return !values.empty() && values != std::vector{expected};
  };
  return differs(list_of(rule.by_hour, ICAL_BY_HOUR_SIZE), start.hour) ||
         differs(list_of(rule.by_minute, ICAL_BY_MINUTE_SIZE), start.minute) ||
         differs(list_of(rule.by_second, ICAL_BY_SECOND_SIZE), start.second);
}

}  // namespace

Recurrence read_recurrence(IcsContext& context, icalcomponent* event, const IcsTime& start) {
  auto rules = properties(event, ICAL_RRULE_PROPERTY);
  if (rules.size() > 1) throw Refused{Refusal::multiple_rrules, {}};
  if (!properties(event, ICAL_EXRULE_PROPERTY).empty()) throw Refused{Refusal::exrule, {}};
  auto rule = icalproperty_get_rrule(rules.at(0));
  if (rule.freq == ICAL_NO_RECURRENCE) throw Refused{Refusal::rrule_unparsable, {}};
  auto first = ical_local(start.local);
  if (has_time_parts(rule, first)) refuse("BYHOUR, BYMINUTE or BYSECOND");
  auto out = pattern_of(rule, first);
  set_range(context, out, rule, start);
  auto expected = expand(rule, first, kCompared);
  if (expected.empty()) throw Refused{Refusal::no_occurrence, "RRULE"};
  if (expected[0] != out.start) throw Refused{Refusal::start_not_in_rule, {}};
  RecurrenceWalk walk(out);
  for (Day day : expected) {
    auto ours = walk.next();
    if (!ours || *ours != day) {
      if (day == expected[0]) throw Refused{Refusal::start_not_in_rule, {}};
      refuse("other days than the nearest pattern");
    }
  }
  if (expected.size() < kCompared && walk.next()) refuse("more days in the nearest pattern");
  return out;
}

}  // namespace exchange_sim
