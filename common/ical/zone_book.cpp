// SPDX-License-Identifier: GPL-3.0-or-later
#include "ical/zone_book.hpp"

#include <unicode/ucal.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <mutex>

#include "ical/zone_data.hpp"
#include "ical/zone_file.hpp"
#include "util/text.hpp"

namespace caravan::ical {
namespace detail {
namespace {

constexpr std::size_t kMostCached = 4096;

/// A file of this name is opened, so nothing but a plain zone name may reach it.
bool plausible(std::string_view zone) noexcept {
  if (zone.empty() || zone.size() > 64 || !((zone[0] >= 'A' && zone[0] <= 'Z') || (zone[0] >= 'a' && zone[0] <= 'z')))
    return false;
  if (zone.find("..") != std::string_view::npos || zone.find("//") != std::string_view::npos || zone.back() == '/')
    return false;
  for (const std::string_view bad : {"posix/", "right/", "localtime", "posixrules", "Factory"})
    if (zone.substr(0, bad.size()) == bad) return false;
  return std::all_of(zone.begin(), zone.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '/' || c == '_' ||
           c == '-' || c == '+';
  });
}

ZoneDataPtr load(std::string_view zone) {
  if (!plausible(zone)) return nullptr;
  std::ifstream file("/usr/share/zoneinfo/" + std::string(zone), std::ios::binary);
  std::string bytes(1U << 18U, '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
  auto read = read_zone_file(bytes);
  if (!read) return nullptr;
  ZoneTable table(read->first_offset, std::move(read->transitions));
  return std::make_shared<ZoneData>(ZoneData{{std::string(zone), std::move(read->endless)}, std::move(table)});
}

/// Zones that programs mean most often by a set of rules; the first with equal offsets is taken.
const std::vector<std::string>& well_known_zones() {
  static const std::vector<std::string> zones = {"UTC",
                                                 "Europe/Berlin",
                                                 "Europe/London",
                                                 "Europe/Lisbon",
                                                 "Europe/Athens",
                                                 "Europe/Moscow",
                                                 "Europe/Istanbul",
                                                 "America/New_York",
                                                 "America/Chicago",
                                                 "America/Denver",
                                                 "America/Los_Angeles",
                                                 "America/Phoenix",
                                                 "America/Anchorage",
                                                 "America/Halifax",
                                                 "America/St_Johns",
                                                 "America/Sao_Paulo",
                                                 "America/Argentina/Buenos_Aires",
                                                 "America/Bogota",
                                                 "America/Caracas",
                                                 "America/Santiago",
                                                 "America/Mexico_City",
                                                 "Pacific/Honolulu",
                                                 "Africa/Lagos",
                                                 "Africa/Johannesburg",
                                                 "Africa/Nairobi",
                                                 "Africa/Cairo",
                                                 "Africa/Casablanca",
                                                 "Asia/Jerusalem",
                                                 "Asia/Dubai",
                                                 "Asia/Riyadh",
                                                 "Asia/Tehran",
                                                 "Asia/Kabul",
                                                 "Asia/Karachi",
                                                 "Asia/Kolkata",
                                                 "Asia/Kathmandu",
                                                 "Asia/Dhaka",
                                                 "Asia/Bangkok",
                                                 "Asia/Shanghai",
                                                 "Asia/Singapore",
                                                 "Asia/Hong_Kong",
                                                 "Asia/Taipei",
                                                 "Asia/Tokyo",
                                                 "Asia/Seoul",
                                                 "Asia/Yekaterinburg",
                                                 "Asia/Novosibirsk",
                                                 "Asia/Vladivostok",
                                                 "Australia/Perth",
                                                 "Australia/Darwin",
                                                 "Australia/Brisbane",
                                                 "Australia/Adelaide",
                                                 "Australia/Sydney",
                                                 "Australia/Hobart",
                                                 "Pacific/Auckland",
                                                 "Pacific/Fiji",
                                                 "Pacific/Tongatapu",
                                                 "Atlantic/Azores",
                                                 "Atlantic/Reykjavik"};
  return zones;
}

}  // namespace

SystemZoneBook& SystemZoneBook::instance() {
  static SystemZoneBook book;
  return book;
}

ZoneDataPtr SystemZoneBook::of_database(std::string_view zone) const {
  {
    const std::shared_lock lock(mutex_);
    if (const auto found = zones_.find(zone); found != zones_.end()) return found->second;
  }
  auto data = load(zone);
  const std::unique_lock lock(mutex_);
  if (!data && zones_.size() >= kMostCached) return nullptr;  // made-up names must not fill the memory
  return zones_.emplace(std::string(zone), std::move(data)).first->second;
}

ZoneDataPtr SystemZoneBook::of_custom(const model::ZoneDefinition& definition) const {
  auto key = content_key(definition);
  {
    const std::shared_lock lock(mutex_);
    if (const auto found = custom_.find(key); found != custom_.end()) return found->second;
  }
  auto data = std::make_shared<ZoneData>(ZoneData{definition, ZoneTable(definition.observances)});
  const std::unique_lock lock(mutex_);
  if (custom_.size() >= kMostCached) custom_.clear();
  return custom_.emplace(std::move(key), std::move(data)).first->second;
}

ZoneDataPtr SystemZoneBook::find(std::string_view zone, const std::vector<model::ZoneDefinition>& custom) const {
  for (const auto& definition : custom)
    if (definition.id == zone) return of_custom(definition);
  return of_database(zone);
}

bool SystemZoneBook::knows(std::string_view zone) const { return of_database(zone) != nullptr; }

std::int32_t SystemZoneBook::offset_at_wall(std::string_view zone, const model::LocalTime& wall,
                                            const std::vector<model::ZoneDefinition>& custom) const {
  const auto data = find(zone, custom);
  return data ? data->table.offset_at_wall(wall) : 0;
}

std::int32_t SystemZoneBook::offset_at(std::string_view zone, Instant instant,
                                       const std::vector<model::ZoneDefinition>& custom) const {
  const auto data = find(zone, custom);
  return data ? data->table.offset_at(instant.time_since_epoch().count()) : 0;
}

std::string SystemZoneBook::fingerprint(std::string_view zone, const std::vector<model::ZoneDefinition>& custom) const {
  const auto data = find(zone, custom);
  return data ? data->table.fingerprint() : std::string();
}

std::string content_key(const model::ZoneDefinition& definition) {
  std::string key;
  for (const auto& observance : definition.observances) {
    key += (observance.daylight ? 'D' : 'S') + std::to_string(model::to_seconds(observance.start)) + ' ' +
           std::to_string(observance.offset_from) + ' ' + std::to_string(observance.offset_to) + ' ' +
           std::to_string(observance.name.size()) + ':' + observance.name;
    for (const auto& rule : observance.rules) key += ' ' + model::to_string(rule);
    for (const auto& start : observance.extra_starts) key += ' ' + std::to_string(model::to_seconds(start));
    key += '\n';
  }
  return key;
}

std::string zone_like(const model::ZoneDefinition& definition, const std::vector<std::string>& preferred) {
  const auto& book = SystemZoneBook::instance();
  const auto wanted = book.fingerprint(definition.id, {definition});
  for (const auto* names : {&preferred, &well_known_zones()})
    for (const auto& name : *names)
      if (!name.empty() && book.fingerprint(name, {}) == wanted) return name;
  return {};
}

}  // namespace detail

namespace {

/// "W. Europe Standard Time" -> "Europe/Berlin" (CLDR, territory 001).
std::string from_windows(std::string_view name) {
  if (name.empty() || name.size() > 60) return {};
  const auto wide = icu::UnicodeString::fromUTF8(icu::StringPiece(name.data(), static_cast<std::int32_t>(name.size())));
  UChar zone[64];
  UErrorCode status = U_ZERO_ERROR;
  const auto length = ucal_getTimeZoneIDForWindowsID(wide.getBuffer(), wide.length(), nullptr, zone, 64, &status);
  if (U_FAILURE(status) != 0 || length <= 0 || length >= 64) return {};
  std::string out;
  icu::UnicodeString(zone, length).toUTF8String(out);
  return out;
}

std::string find_name(std::string_view tzid) {
  const auto& book = detail::SystemZoneBook::instance();
  auto name = text::trim(tzid);
  if (name.size() >= 2 && name.front() == '"' && name.back() == '"') name = name.substr(1, name.size() - 2);
  if (book.knows(name)) return std::string(name);
  if (text::equal_ignoring_case(name, "tzone://Microsoft/Utc") || name == "Z") return "UTC";
  if (auto windows = from_windows(name); !windows.empty() && book.knows(windows)) return windows;
  for (auto slash = name.find('/'); slash != std::string_view::npos; slash = name.find('/', slash + 1)) {
    const auto rest = name.substr(slash + 1);
    if (book.knows(rest)) return std::string(rest);
    if (auto windows = from_windows(rest); !windows.empty() && book.knows(windows)) return windows;
  }
  return {};
}

}  // namespace

std::shared_ptr<const model::ZoneBook> system_zone_book() {
  // The book lives as long as the process, so that a pointer from a thread's last breath stays good.
  return {std::shared_ptr<void>(), &detail::SystemZoneBook::instance()};
}

std::string zone_name(std::string_view tzid) {
  static std::shared_mutex mutex;
  static std::map<std::string, std::string, std::less<>> known;
  if (tzid.empty() || tzid.size() > 200) return {};
  {
    const std::shared_lock lock(mutex);
    if (const auto found = known.find(tzid); found != known.end()) return found->second;
  }
  auto name = find_name(tzid);
  const std::unique_lock lock(mutex);
  if (known.size() < 4096) known.emplace(std::string(tzid), name);
  return name;
}

}  // namespace caravan::ical
