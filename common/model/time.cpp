// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/time.hpp"

#include <cstdio>

namespace caravan::model {
namespace {

void append_list(std::string& out, const char* name, const std::vector<std::int32_t>& values) {
  if (values.empty()) return;
  out += name;
  for (std::size_t i = 0; i < values.size(); ++i) out += (i == 0 ? "" : ",") + std::to_string(values[i]);
}

const char* weekday_text(Weekday day) noexcept {
  static constexpr const char* kNames[] = {"MO", "TU", "WE", "TH", "FR", "SA", "SU"};
  return kNames[static_cast<int>(day)];
}

/// RFC 5545 3.3.10: WKST matters for weekly rules with an interval and a BYDAY list, and with BYWEEKNO.
bool week_start_matters(const Rule& rule) {
  return (rule.frequency == Frequency::weekly && rule.interval > 1 && !rule.by_day.empty()) || !rule.by_week.empty();
}

}  // namespace

std::int64_t to_seconds(const LocalTime& local) noexcept {
  const std::chrono::year_month_day date{std::chrono::year(local.year), std::chrono::month(local.month),
                                         std::chrono::day(local.day)};
  return std::chrono::sys_days(date).time_since_epoch().count() * 86400LL + local.hour * 3600LL + local.minute * 60LL +
         local.second;
}

LocalTime from_seconds(std::int64_t seconds) noexcept {
  const std::chrono::sys_seconds point{std::chrono::seconds(seconds)};
  const auto day = std::chrono::floor<std::chrono::days>(point);
  const std::chrono::year_month_day date{day};
  const auto rest = (point - day).count();
  LocalTime local;
  local.year = static_cast<int>(date.year());
  local.month = static_cast<std::uint8_t>(static_cast<unsigned>(date.month()));
  local.day = static_cast<std::uint8_t>(static_cast<unsigned>(date.day()));
  local.hour = static_cast<std::uint8_t>(rest / 3600);
  local.minute = static_cast<std::uint8_t>(rest / 60 % 60);
  local.second = static_cast<std::uint8_t>(rest % 60);
  return local;
}

bool is_valid(const LocalTime& local) noexcept {
  const std::chrono::year_month_day date{std::chrono::year(local.year), std::chrono::month(local.month),
                                         std::chrono::day(local.day)};
  return date.ok() && local.hour < 24 && local.minute < 60 && local.second <= 60;
}

Instant EventTime::instant() const noexcept { return Instant(std::chrono::seconds(to_seconds(wall) - utc_offset)); }

std::string wall_text(const EventTime& time) {
  char text[40];
  const LocalTime& w = time.wall;
  if (time.kind == TimeKind::date)
    std::snprintf(text, sizeof text, "%04d%02d%02d", w.year, w.month, w.day);
  else
    std::snprintf(text, sizeof text, "%04d%02d%02dT%02d%02d%02d", w.year, w.month, w.day, w.hour, w.minute, w.second);
  return text;
}

std::string to_string(const EventTime& time) {
  switch (time.kind) {
    case TimeKind::date:
    case TimeKind::floating:
      return wall_text(time);
    case TimeKind::utc:
      return wall_text(time) + "Z";
    case TimeKind::zoned:
      return time.zone + ":" + wall_text(time);
  }
  return {};
}

Weekday weekday_of(const LocalTime& local) noexcept {
  const std::chrono::weekday day{std::chrono::sys_days(std::chrono::year_month_day{
      std::chrono::year(local.year), std::chrono::month(local.month), std::chrono::day(local.day)})};
  return static_cast<Weekday>(day.iso_encoding() - 1);
}

std::string to_string(const Rule& rule) {
  static constexpr const char* kFrequencies[] = {"SECONDLY", "MINUTELY", "HOURLY", "DAILY",
                                                 "WEEKLY",   "MONTHLY",  "YEARLY"};
  std::string out = std::string("FREQ=") + kFrequencies[static_cast<int>(rule.frequency)];
  if (rule.count > 0) out += ";COUNT=" + std::to_string(rule.count);
  if (rule.has_until) out += ";UNTIL=" + wall_text(rule.until) + (rule.until.kind == TimeKind::utc ? "Z" : "");
  if (rule.interval != 1) out += ";INTERVAL=" + std::to_string(rule.interval);
  append_list(out, ";BYSECOND=", rule.by_second);
  append_list(out, ";BYMINUTE=", rule.by_minute);
  append_list(out, ";BYHOUR=", rule.by_hour);
  for (std::size_t i = 0; i < rule.by_day.size(); ++i) {
    out += i == 0 ? ";BYDAY=" : ",";
    if (rule.by_day[i].ordinal != 0) out += std::to_string(rule.by_day[i].ordinal);
    out += weekday_text(rule.by_day[i].day);
  }
  append_list(out, ";BYYEARDAY=", rule.by_year_day);
  append_list(out, ";BYMONTHDAY=", rule.by_month_day);
  append_list(out, ";BYWEEKNO=", rule.by_week);
  append_list(out, ";BYMONTH=", rule.by_month);
  append_list(out, ";BYSETPOS=", rule.by_set_position);
  if (week_start_matters(rule) && rule.week_start != Weekday::monday)
    out += std::string(";WKST=") + weekday_text(rule.week_start);
  return out;
}

EventTime in_zone(const ZoneBook& book, std::string_view zone, Instant instant,
                  const std::vector<ZoneDefinition>& custom) {
  EventTime time;
  time.kind = TimeKind::zoned;
  time.zone = zone;
  time.utc_offset = book.offset_at(zone, instant, custom);
  time.wall = from_seconds(instant.time_since_epoch().count() + time.utc_offset);
  return time;
}

EventTime at_wall(const ZoneBook& book, std::string_view zone, const LocalTime& wall,
                  const std::vector<ZoneDefinition>& custom) {
  EventTime time;
  time.kind = TimeKind::zoned;
  time.zone = zone;
  time.wall = wall;
  time.utc_offset = book.offset_at_wall(zone, wall, custom);
  return time;
}

EventTime utc_time(Instant instant) {
  EventTime time;
  time.kind = TimeKind::utc;
  time.wall = from_seconds(instant.time_since_epoch().count());
  return time;
}

}  // namespace caravan::model
