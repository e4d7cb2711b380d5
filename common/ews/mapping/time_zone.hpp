// SPDX-License-Identifier: GPL-3.0-or-later
// Exchange's time zones <-> IANA names, or definitions of our own where the rules that came with the item differ from
// what the name means today (ews-facts 7.3). Private to common/ews.
#pragma once
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ews/mapping/zone_rules.hpp"
#include "model/time.hpp"

namespace ewswire {
class t__TimeZoneDefinitionType;
}

namespace caravan::ews::mapping {

/// What a zone of an item means.
struct Zone {
  enum class Kind : std::uint8_t {
    unknown,
    utc,
    named,
    custom,
    floating,  ///< the times have no zone; `name` is whose clock shows them on Exchange
  };
  Kind kind = Kind::unknown;
  std::string name;                                         ///< IANA name, or the id of the definition
  std::shared_ptr<const model::ZoneDefinition> definition;  ///< with `custom`
};

/// Remembers how zones came out; most items of a calendar share a few. Thread-safe.
class ZoneCache {
 public:
  bool find(const std::string& key, Zone& zone) const;
  void put(const std::string& key, const Zone& zone);

 private:
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Zone> zones_;
};

/// The IANA name of a Windows zone id (territory "001"), by ICU; empty if unknown. Thread-safe.
std::string iana_of_windows(const std::string& windows_id);

/// The Windows zone id that ICU gives for an IANA name, old names included; empty if there is none. Thread-safe.
std::string windows_of_iana(const std::string& name);

/// The zone of a StartTimeZone or EndTimeZone (may be null) or, without one, of a bare id. The IANA name is taken only
/// where the definition's rules, if it has any, give the same offsets from `from_year` to `to_year`.
Zone read_zone(const model::ZoneBook& book, ZoneCache& cache, const ewswire::t__TimeZoneDefinitionType* definition,
               const std::string* bare_id, int from_year, int to_year);

}  // namespace caravan::ews::mapping
