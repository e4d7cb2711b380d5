// SPDX-License-Identifier: GPL-3.0-or-later
// Time zones as Exchange knows them: a Windows id, or a custom definition of two periods and the
// yearly changes between them. ICU does the arithmetic. Must not know calendar items.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <unicode/basictz.h>

namespace exchange_sim {

using Instant = std::int64_t;    ///< seconds since 1970 in UTC
using LocalTime = std::int64_t;  ///< wall-clock seconds since 1970-01-01 00:00 of some zone
using Day = std::int32_t;        ///< days since 1970-01-01 of some zone

constexpr std::int64_t kDaySeconds = 86400;
inline Day day_of(LocalTime local) {
  return static_cast<Day>(local >= 0 ? local / kDaySeconds : -((-local + kDaySeconds - 1) / kDaySeconds));
}

/// "The last Sunday of March at 02:00 wall-clock time".
struct YearlyChange {
  int month = 0;       ///< 1..12
  int occurrence = 0;  ///< 1..4, or -1 for the last; 0 when `day` is a fixed day of the month
  int weekday = 0;     ///< 0 is Sunday
  int day = 0;
  int seconds = 0;  ///< wall-clock time of day before the change
};

struct ZoneRules {
  int standard_offset = 0;  ///< seconds east of Greenwich
  int daylight_offset = 0;
  bool has_daylight = false;
  YearlyChange to_daylight;
  YearlyChange to_standard;
};

class Zone {
 public:
  Zone(std::string id, std::string name, std::unique_ptr<icu::BasicTimeZone> zone, bool custom);
  const std::string& id() const { return id_; }
  const std::string& name() const { return name_; }
  bool custom() const { return custom_; }
  LocalTime to_local(Instant instant) const;
  /// A time in a gap is read with the offset before it, a doubled time is the first (RFC 5545 3.3.5).
  Instant to_instant(LocalTime local) const;
  Instant midnight(Day day) const { return to_instant(day * kDaySeconds); }
  ZoneRules rules_near(Instant instant) const;

 private:
  std::string id_;
  std::string name_;
  std::unique_ptr<icu::BasicTimeZone> zone_;
  bool custom_;
};
using ZonePtr = std::shared_ptr<const Zone>;

ZonePtr utc_zone();
/// Nothing for an id that Windows does not know.
ZonePtr zone_by_windows_id(const std::string& id);
/// The Windows zone of an IANA id, a custom one where Windows has none; nothing for an unknown id.
ZonePtr zone_by_iana(const std::string& iana);
/// The IANA zone itself, for instants that must be exact; nothing for an unknown id.
ZonePtr exact_iana_zone(const std::string& iana);
ZonePtr custom_zone(const std::string& name, const ZoneRules& rules);
std::vector<std::string> all_windows_ids();

std::string format_utc(Instant instant);
std::string format_day(Day day);
/// "2026-12-01T08:00:00" of a wall-clock time.
std::string format_local(LocalTime local);
/// Reads an xs:dateTime; without an offset it is taken in `fallback`.
std::optional<Instant> parse_date_time(std::string_view text, const Zone& fallback);
std::optional<Day> parse_day(std::string_view text);
Day day_from(int year, int month, int day);

}  // namespace exchange_sim
