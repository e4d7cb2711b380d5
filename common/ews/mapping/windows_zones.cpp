// SPDX-License-Identifier: GPL-3.0-or-later
// Windows zone id <-> IANA name by ICU's copy of CLDR's windowsZones, territory "001" (ews-facts 7.3).
#include <unicode/ucal.h>
#include <unicode/ustring.h>

#include <array>
#include <string_view>
#include <utility>

#include "ews/mapping/time_zone.hpp"

namespace caravan::ews::mapping {
namespace {

/// CLDR keeps names that the IANA database has renamed since; these are today's.
constexpr std::array<std::pair<std::string_view, std::string_view>, 11> kRenamed{
    {{"Asia/Calcutta", "Asia/Kolkata"},
     {"Asia/Katmandu", "Asia/Kathmandu"},
     {"Asia/Rangoon", "Asia/Yangon"},
     {"Asia/Saigon", "Asia/Ho_Chi_Minh"},
     {"Europe/Kiev", "Europe/Kyiv"},
     {"America/Buenos_Aires", "America/Argentina/Buenos_Aires"},
     {"America/Indianapolis", "America/Indiana/Indianapolis"},
     {"America/Godthab", "America/Nuuk"},
     {"Pacific/Enderbury", "Pacific/Kanton"},
     {"Atlantic/Faeroe", "Atlantic/Faroe"},
     {"America/Catamarca", "America/Argentina/Catamarca"}}};

}  // namespace

std::string iana_of_windows(const std::string& windows_id) {
  if (windows_id.empty() || windows_id.size() > 100) return {};
  std::array<UChar, 128> from{}, to{};
  u_charsToUChars(windows_id.data(), from.data(), static_cast<std::int32_t>(windows_id.size()));
  UErrorCode status = U_ZERO_ERROR;
  const std::int32_t length =
      ucal_getTimeZoneIDForWindowsID(from.data(), static_cast<std::int32_t>(windows_id.size()), "001", to.data(),
                                     static_cast<std::int32_t>(to.size()), &status);
  if (U_FAILURE(status) || length <= 0) return {};
  std::string name(static_cast<std::size_t>(length), '\0');
  u_UCharsToChars(to.data(), name.data(), length);
  for (const auto& [old_name, new_name] : kRenamed)
    if (name == old_name) return std::string(new_name);
  return name;
}

std::string windows_of_iana(const std::string& name) {
  std::string asked = name;
  for (const auto& [old_name, new_name] : kRenamed)
    if (name == new_name) asked = old_name;  // the name that every version of CLDR knows
  if (asked.empty() || asked.size() > 100) return {};
  std::array<UChar, 128> from{}, to{};
  u_charsToUChars(asked.data(), from.data(), static_cast<std::int32_t>(asked.size()));
  UErrorCode status = U_ZERO_ERROR;
  const std::int32_t length = ucal_getWindowsTimeZoneID(from.data(), static_cast<std::int32_t>(asked.size()), to.data(),
                                                        static_cast<std::int32_t>(to.size()), &status);
  if (U_FAILURE(status) || length <= 0) return {};
  std::string id(static_cast<std::size_t>(length), '\0');
  u_UCharsToChars(to.data(), id.data(), length);
  return id;
}

}  // namespace caravan::ews::mapping
