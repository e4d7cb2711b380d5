// SPDX-License-Identifier: GPL-3.0-or-later
// Times as calendars mean them: a date, a wall-clock time in a zone, a UTC instant, or a floating time. The codecs
// resolve the offset when they read, so that everything further in is pure arithmetic.
#pragma once
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "util/clock.hpp"

namespace caravan::model {

/// Proleptic Gregorian wall-clock reading, without zone.
struct LocalTime {
  std::int32_t year = 1970;
  std::uint8_t month = 1, day = 1, hour = 0, minute = 0, second = 0;
  friend auto operator<=>(const LocalTime&, const LocalTime&) = default;
};
/// Seconds since 1970-01-01T00:00:00 of the same wall clock.
std::int64_t to_seconds(const LocalTime& local) noexcept;
LocalTime from_seconds(std::int64_t seconds) noexcept;
/// False for 30 February and the like.
bool is_valid(const LocalTime& local) noexcept;

enum class TimeKind : std::uint8_t {
  date,      ///< VALUE=DATE: an all-day boundary
  floating,  ///< no zone: the wall clock of whoever looks
  utc,
  zoned,
};

/// DTSTART, DTEND, RECURRENCE-ID, EXDATE, RDATE (RFC 5545 3.3.4, 3.3.5).
struct EventTime {
  LocalTime wall;
  TimeKind kind = TimeKind::utc;
  std::string zone;             ///< with `zoned`: IANA name, or the id of a ZoneDefinition of the series
  std::int32_t utc_offset = 0;  ///< with `zoned`: seconds east of UTC at `wall`, resolved by the codec; else 0
  /// The instant meant; a date or a floating time is taken as if the wall clock showed UTC.
  [[nodiscard]] Instant instant() const noexcept;
  friend auto operator<=>(const EventTime&, const EventTime&) = default;
};
/// "20261121", "20261121T101500", "20261121T101500Z", "Europe/Berlin:20261121T101500": canonical and readable.
std::string to_string(const EventTime& time);
/// Only the wall clock in RFC 5545 form ("20261121T101500", or "20261121" for a date).
std::string wall_text(const EventTime& time);

enum class Weekday : std::uint8_t { monday, tuesday, wednesday, thursday, friday, saturday, sunday };
Weekday weekday_of(const LocalTime& local) noexcept;

enum class Frequency : std::uint8_t { secondly, minutely, hourly, daily, weekly, monthly, yearly };

/// "2TU", "-1FR"; ordinal 0 is every such day.
struct WeekdayPosition {
  std::int32_t ordinal = 0;
  Weekday day = Weekday::monday;
  friend auto operator<=>(const WeekdayPosition&, const WeekdayPosition&) = default;
};

/// RRULE (RFC 5545 3.3.10). The BY lists are sorted and without repeats.
struct Rule {
  Frequency frequency = Frequency::daily;
  std::int32_t interval = 1;
  std::int32_t count = 0;  ///< 0: no COUNT
  bool has_until = false;
  EventTime until;  ///< a date, or UTC (RFC 5545 wants UTC for zoned series)
  Weekday week_start = Weekday::monday;
  std::vector<WeekdayPosition> by_day;
  std::vector<std::int32_t> by_month_day, by_year_day, by_week, by_month, by_set_position, by_hour, by_minute,
      by_second;
  friend auto operator<=>(const Rule&, const Rule&) = default;
};
/// Canonical RRULE text; equal rules give equal texts (WKST only where it matters).
std::string to_string(const Rule& rule);

/// STANDARD or DAYLIGHT of a VTIMEZONE (RFC 5545 3.6.5).
struct Observance {
  bool daylight = false;
  LocalTime start;                              ///< DTSTART, in the wall clock before the change
  std::int32_t offset_from = 0, offset_to = 0;  ///< seconds east of UTC
  std::string name;                             ///< TZNAME
  std::vector<Rule> rules;                      ///< none or one
  std::vector<LocalTime> extra_starts;          ///< RDATE
  friend auto operator<=>(const Observance&, const Observance&) = default;
};

/// A zone that is not in the IANA database, by its own rules.
struct ZoneDefinition {
  std::string id;
  std::vector<Observance> observances;
  friend auto operator<=>(const ZoneDefinition&, const ZoneDefinition&) = default;
};

/// Answers about zones; implemented in `ical` over the system's zone database. Thread-safe.
class ZoneBook {
 public:
  virtual ~ZoneBook() = default;
  /// True for an IANA name (aliases included) of the database.
  [[nodiscard]] virtual bool knows(std::string_view zone) const = 0;
  /// Seconds east of UTC when the wall clock of `zone` shows `wall`; the first of two readings at a fold, the offset
  /// before the change in a gap (RFC 5545 3.3.5). `custom` holds the series' own definitions. 0 for an unknown zone.
  [[nodiscard]] virtual std::int32_t offset_at_wall(std::string_view zone, const LocalTime& wall,
                                                    const std::vector<ZoneDefinition>& custom = {}) const = 0;
  [[nodiscard]] virtual std::int32_t offset_at(std::string_view zone, Instant instant,
                                               const std::vector<ZoneDefinition>& custom = {}) const = 0;
  /// Equal for two zones whose offsets agree from 2000 to 2037; empty for an unknown zone.
  [[nodiscard]] virtual std::string fingerprint(std::string_view zone,
                                                const std::vector<ZoneDefinition>& custom = {}) const = 0;
};

/// `instant` as the wall clock of `zone` shows it.
EventTime in_zone(const ZoneBook& book, std::string_view zone, Instant instant,
                  const std::vector<ZoneDefinition>& custom = {});
/// A wall-clock time of `zone`, its offset resolved.
EventTime at_wall(const ZoneBook& book, std::string_view zone, const LocalTime& wall,
                  const std::vector<ZoneDefinition>& custom = {});
EventTime utc_time(Instant instant);

}  // namespace caravan::model
