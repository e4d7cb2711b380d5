// SPDX-License-Identifier: GPL-3.0-or-later
#include "ews/mapping/time.hpp"

#include <charconv>

#include "util/text.hpp"

namespace caravan::ews::mapping {
namespace {

constexpr std::int64_t kDay = 86400;
constexpr std::int64_t kSlack = 3 * 3600;  // how far a boundary may be from midnight because of changed rules

/// Exactly `digits` digits at `at`, or -1.
int digits(std::string_view text, std::size_t at, std::size_t count) noexcept {
  if (at + count > text.size()) return -1;
  int value = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

std::int64_t floor_day(std::int64_t seconds) noexcept {
  const std::int64_t rest = seconds % kDay;
  return seconds - (rest < 0 ? rest + kDay : rest);
}

/// "Z", "+02:00", "-0400" or nothing at the end of a dateTime.
std::optional<std::int64_t> parse_offset(std::string_view text) noexcept {
  if (text.empty() || text == "Z" || text == "z") return 0;
  if (text[0] != '+' && text[0] != '-') return std::nullopt;
  const int hours = digits(text, 1, 2);
  const bool colon = text.size() > 3 && text[3] == ':';
  const int minutes = digits(text, colon ? 4 : 3, 2);
  if (hours < 0 || minutes < 0 || text.size() != (colon ? 6U : 5U)) return std::nullopt;
  const std::int64_t offset = hours * 3600 + minutes * 60;
  return text[0] == '-' ? -offset : offset;
}

}  // namespace

std::optional<model::LocalTime> parse_date(std::string_view text) noexcept {
  text = text::trim(text);
  const int year = digits(text, 0, 4), month = digits(text, 5, 2), day = digits(text, 8, 2);
  if (year < 0 || month < 0 || day < 0 || text[4] != '-' || text[7] != '-') return std::nullopt;
  model::LocalTime local;
  local.year = year;
  local.month = static_cast<std::uint8_t>(month);
  local.day = static_cast<std::uint8_t>(day);
  if (!model::is_valid(local)) return std::nullopt;
  return local;
}

std::optional<Instant> parse_time(std::string_view text) noexcept {
  text = text::trim(text);
  auto local = parse_date(text);
  if (!local) return std::nullopt;
  if (text.size() == 10) return Instant(std::chrono::seconds(model::to_seconds(*local)));
  const int hour = digits(text, 11, 2), minute = digits(text, 14, 2), second = digits(text, 17, 2);
  if ((text[10] != 'T' && text[10] != ' ') || hour < 0 || minute < 0 || second < 0) return std::nullopt;
  if (hour > 24 || minute > 59 || second > 60) return std::nullopt;
  std::size_t at = 19;
  if (at < text.size() && text[at] == '.')
    for (++at; at < text.size() && text[at] >= '0' && text[at] <= '9';) ++at;
  const auto offset = parse_offset(text.substr(at));
  if (!offset) return std::nullopt;
  const std::int64_t seconds = model::to_seconds(*local) + hour * 3600 + minute * 60 + second - *offset;
  return Instant(std::chrono::seconds(seconds));
}

std::optional<std::int64_t> parse_duration(std::string_view text) noexcept {
  text = text::trim(text);
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  if (!text.starts_with('P')) return std::nullopt;
  text.remove_prefix(1);
  std::int64_t seconds = 0;
  bool in_time = false;
  while (!text.empty()) {
    if (text[0] == 'T') {
      in_time = true;
      text.remove_prefix(1);
      continue;
    }
    std::int64_t value = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (problem != std::errc{}) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (text.starts_with('.')) {  // a fraction of a second: Windows' 23:59:59.999
      text.remove_prefix(1);
      while (!text.empty() && text[0] >= '0' && text[0] <= '9') text.remove_prefix(1);
    }
    if (text.empty() || value > 1000000) return std::nullopt;
    const char unit = text[0];
    text.remove_prefix(1);
    if (unit == 'D' && !in_time)
      seconds += value * kDay;
    else if (unit == 'H' && in_time)
      seconds += value * 3600;
    else if (unit == 'M' && in_time)
      seconds += value * 60;
    else if (unit == 'S' && in_time)
      seconds += value;
    else
      return std::nullopt;
  }
  return negative ? -seconds : seconds;
}

model::EventTime place(const model::ZoneBook& book, const Zone& zone, Instant instant,
                       const std::vector<model::ZoneDefinition>& custom) {
  switch (zone.kind) {
    case Zone::Kind::named:
      return model::in_zone(book, zone.name, instant);
    case Zone::Kind::custom:
      return model::in_zone(book, zone.name, instant, custom);
    case Zone::Kind::floating: {
      model::EventTime time = model::in_zone(book, zone.name, instant);
      time.kind = model::TimeKind::floating;
      time.zone.clear();
      time.utc_offset = 0;
      return time;
    }
    case Zone::Kind::utc:
    case Zone::Kind::unknown:
      return model::utc_time(instant);
  }
  return model::utc_time(instant);
}

model::EventTime all_day(const model::ZoneBook& book, const Zone& zone, Instant instant, Edge edge,
                         const std::vector<model::ZoneDefinition>& custom) {
  model::EventTime time = place(book, zone, instant, custom);
  std::int64_t seconds = model::to_seconds(time.wall);
  const std::int64_t midnight = floor_day(seconds);
  const std::int64_t of_day = seconds - midnight;
  std::int64_t date = midnight;
  if (zone.kind == Zone::Kind::unknown) {
    // UTC+1..+12 shows midnight as 12:00..23:00 UTC of the day before, UTC-11..0 as 00:00..11:00 (ews-facts 7.4).
    if (of_day >= kDay / 2) date += kDay;
  } else if (edge == Edge::start) {
    if (of_day >= kDay - kSlack) date += kDay;
  } else if (of_day > kSlack) {
    date += kDay;
  }
  time = {};
  time.kind = model::TimeKind::date;
  time.wall = model::from_seconds(date);
  return time;
}

}  // namespace caravan::ews::mapping
