// SPDX-License-Identifier: GPL-3.0-or-later
// ICU behind zone.hpp: the only file that includes ICU's zones and CLDR's Windows mapping.
#include "zone.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <set>

#include <unicode/simpletz.h>
#include <unicode/strenum.h>
#include <unicode/timezone.h>
#include <unicode/tzrule.h>
#include <unicode/ucal.h>

namespace exchange_sim {
namespace {

std::string to_text(const icu::UnicodeString& text) {
  std::string out;
  text.toUTF8String(out);
  return out;
}

std::unique_ptr<icu::BasicTimeZone> icu_zone(const std::string& iana) {
  std::unique_ptr<icu::TimeZone> zone(icu::TimeZone::createTimeZone(icu::UnicodeString::fromUTF8(iana)));
  if (*zone == icu::TimeZone::getUnknown()) return nullptr;
  auto* basic = dynamic_cast<icu::BasicTimeZone*>(zone.get());
  if (basic == nullptr) return nullptr;
  zone.release();
  return std::unique_ptr<icu::BasicTimeZone>(basic);
}

std::string windows_id_of(const std::string& iana) {
  icu::UnicodeString id;
  UErrorCode status = U_ZERO_ERROR;
  icu::TimeZone::getWindowsID(icu::UnicodeString::fromUTF8(iana), id, status);
  return U_SUCCESS(status) ? to_text(id) : std::string();
}

YearlyChange change_of(const icu::AnnualTimeZoneRule& rule) {
  const auto* when = rule.getRule();
  YearlyChange out;
  out.month = when->getRuleMonth() + 1;
  out.seconds = when->getRuleMillisInDay() / 1000;
  switch (when->getDateRuleType()) {
    case icu::DateTimeRule::DOM:
      out.day = when->getRuleDayOfMonth();
      break;
    case icu::DateTimeRule::DOW:
      out.weekday = when->getRuleDayOfWeek() - 1;
      out.occurrence = when->getRuleWeekInMonth() < 0 ? -1 : when->getRuleWeekInMonth();
      break;
    case icu::DateTimeRule::DOW_GEQ_DOM:
      out.weekday = when->getRuleDayOfWeek() - 1;
      out.occurrence = std::min(4, (when->getRuleDayOfMonth() + 6) / 7);
      break;
    case icu::DateTimeRule::DOW_LEQ_DOM:
      out.weekday = when->getRuleDayOfWeek() - 1;
      out.occurrence = when->getRuleDayOfMonth() > 28 ? -1 : when->getRuleDayOfMonth() / 7;
      break;
  }
  return out;
}

void set_rule(icu::SimpleTimeZone& zone, const YearlyChange& change, bool start, UErrorCode& status) {
  int millis = change.seconds * 1000;
  int month = change.month - 1;
  if (change.occurrence == 0) {
    start ? zone.setStartRule(month, change.day, millis, status) : zone.setEndRule(month, change.day, millis, status);
  } else {
    int weekday = change.weekday + 1;
    start ? zone.setStartRule(month, change.occurrence, weekday, millis, status)
          : zone.setEndRule(month, change.occurrence, weekday, millis, status);
  }
}

}  // namespace

Zone::Zone(std::string id, std::string name, std::unique_ptr<icu::BasicTimeZone> zone, bool custom)
    : id_(std::move(id)), name_(std::move(name)), zone_(std::move(zone)), custom_(custom) {}

LocalTime Zone::to_local(Instant instant) const {
  int32_t raw = 0;
  int32_t dst = 0;
  UErrorCode status = U_ZERO_ERROR;
  zone_->getOffset(static_cast<UDate>(instant) * 1000, false, raw, dst, status);
  return instant + (raw + dst) / 1000;
}

Instant Zone::to_instant(LocalTime local) const {
  int32_t raw = 0;
  int32_t dst = 0;
  UErrorCode status = U_ZERO_ERROR;
  zone_->getOffsetFromLocal(static_cast<UDate>(local) * 1000, UCAL_TZ_LOCAL_FORMER, UCAL_TZ_LOCAL_FORMER, raw, dst,
                            status);
  return local - (raw + dst) / 1000;
}

ZoneRules Zone::rules_near(Instant instant) const {
  icu::InitialTimeZoneRule* initial = nullptr;
  icu::AnnualTimeZoneRule* standard = nullptr;
  icu::AnnualTimeZoneRule* daylight = nullptr;
  UErrorCode status = U_ZERO_ERROR;
  zone_->getSimpleRulesNear(static_cast<UDate>(instant) * 1000, initial, standard, daylight, status);
  ZoneRules out;
  if (initial != nullptr) out.standard_offset = (initial->getRawOffset() + initial->getDSTSavings()) / 1000;
  if (standard != nullptr && daylight != nullptr) {
    out.has_daylight = true;
    out.standard_offset = (standard->getRawOffset() + standard->getDSTSavings()) / 1000;
    out.daylight_offset = (daylight->getRawOffset() + daylight->getDSTSavings()) / 1000;
    out.to_standard = change_of(*standard);
    out.to_daylight = change_of(*daylight);
  }
  delete initial;
  delete standard;
  delete daylight;
  return out;
}

ZonePtr utc_zone() {
  static const ZonePtr zone = zone_by_windows_id("UTC");
  return zone;
}

ZonePtr zone_by_windows_id(const std::string& id) {
  static std::mutex mutex;
  static std::map<std::string, ZonePtr> known;
  std::lock_guard lock(mutex);
  if (auto found = known.find(id); found != known.end()) return found->second;
  ZonePtr zone;
  if (id == "UTC" || id == "tzone://Microsoft/Utc") {
    zone = std::make_shared<const Zone>(id, "(UTC) Coordinated Universal Time", icu_zone("Etc/UTC"), false);
  } else {
    icu::UnicodeString iana;
    UErrorCode status = U_ZERO_ERROR;
    icu::TimeZone::getIDForWindowsID(icu::UnicodeString::fromUTF8(id), "001", iana, status);
    if (U_FAILURE(status) || iana.isEmpty()) return nullptr;
    zone = std::make_shared<const Zone>(id, "(UTC) " + id, icu_zone(to_text(iana)), false);
  }
  known[id] = zone;
  return zone;
}

ZonePtr exact_iana_zone(const std::string& iana) {
  static std::mutex mutex;
  static std::map<std::string, ZonePtr> known;
  std::lock_guard lock(mutex);
  if (auto found = known.find(iana); found != known.end()) return found->second;
  auto zone = icu_zone(iana);
  if (!zone) return nullptr;
  auto made = std::make_shared<const Zone>(iana, iana, std::move(zone), true);
  known[iana] = made;
  return made;
}

ZonePtr zone_by_iana(const std::string& iana) {
  if (iana == "UTC" || iana == "Etc/UTC" || iana == "Z" || iana == "GMT" || iana == "Etc/GMT") return utc_zone();
  auto exact = exact_iana_zone(iana);
  if (!exact) return nullptr;
  auto windows = windows_id_of(iana);
  if (!windows.empty()) return zone_by_windows_id(windows);
  return custom_zone(iana, exact->rules_near(1735689600));
}

ZonePtr custom_zone(const std::string& name, const ZoneRules& rules) {
  auto id = icu::UnicodeString::fromUTF8(name);
  auto zone = std::make_unique<icu::SimpleTimeZone>(rules.standard_offset * 1000, id);
  UErrorCode status = U_ZERO_ERROR;
  if (rules.has_daylight && rules.daylight_offset != rules.standard_offset) {
    set_rule(*zone, rules.to_daylight, true, status);
    set_rule(*zone, rules.to_standard, false, status);
    zone->setDSTSavings((rules.daylight_offset - rules.standard_offset) * 1000, status);
  }
  if (U_FAILURE(status)) return nullptr;
  return std::make_shared<const Zone>(name, name, std::move(zone), true);
}

std::vector<std::string> all_windows_ids() {
  std::set<std::string> ids = {"UTC"};
  UErrorCode status = U_ZERO_ERROR;
  std::unique_ptr<icu::StringEnumeration> zones(
      icu::TimeZone::createTimeZoneIDEnumeration(UCAL_ZONE_TYPE_CANONICAL, nullptr, nullptr, status));
  if (U_SUCCESS(status)) {
    while (const auto* id = zones->snext(status)) {
      auto windows = windows_id_of(to_text(*id));
      if (!windows.empty()) ids.insert(windows);
    }
  }
  return {ids.begin(), ids.end()};
}

Day day_from(int year, int month, int day) {
  using namespace std::chrono;
  return static_cast<Day>(sys_days(std::chrono::year(year) / month / day).time_since_epoch().count());
}

std::string format_day(Day day) {
  std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(day))};
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()));
  return text;
}

std::string format_local(LocalTime local) {
  Day day = day_of(local);
  auto second = static_cast<int>(local - day * kDaySeconds);
  char text[40];
  std::snprintf(text, sizeof text, "T%02d:%02d:%02d", second / 3600, second / 60 % 60, second % 60);
  return format_day(day) + text;
}

std::string format_utc(Instant instant) { return format_local(instant) + "Z"; }

std::optional<Day> parse_day(std::string_view text) {
  int y = 0;
  int m = 0;
  int d = 0;
  if (std::sscanf(std::string(text).c_str(), "%4d-%2d-%2d", &y, &m, &d) != 3) return std::nullopt;
  if (m < 1 || m > 12 || d < 1 || d > 31) return std::nullopt;
  return day_from(y, m, d);
}

std::optional<Instant> parse_date_time(std::string_view text, const Zone& fallback) {
  auto day = parse_day(text);
  if (!day) return std::nullopt;
  int h = 0;
  int m = 0;
  int s = 0;
  std::string rest(text.substr(10));
  if (!rest.empty() && rest[0] == 'T') {
    if (std::sscanf(rest.c_str(), "T%2d:%2d:%2d", &h, &m, &s) < 2 || h > 24 || m > 59 || s > 60) return std::nullopt;
    rest = rest.substr(std::min<std::size_t>(rest.size(), 9));
    if (!rest.empty() && rest[0] == '.')
      rest = rest.substr(std::min(rest.size(), rest.find_first_not_of("0123456789", 1)));
  }
  LocalTime local = *day * kDaySeconds + h * 3600 + m * 60 + s;
  if (rest.empty()) return fallback.to_instant(local);
  if (rest[0] == 'Z') return local;
  int oh = 0;
  int om = 0;
  if (std::sscanf(rest.c_str() + 1, "%2d:%2d", &oh, &om) != 2) return std::nullopt;
  return local - (rest[0] == '-' ? -1 : 1) * (oh * 3600 + om * 60);
}

}  // namespace exchange_sim
