// SPDX-License-Identifier: GPL-3.0-or-later
// VTIMEZONE text -> ZoneDefinition, and the meaning of the TZIDs of one VCALENDAR. Private to this folder.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "ical/lines.hpp"
#include "model/time.hpp"

namespace caravan::ical::detail {

struct ReadZone {
  model::ZoneDefinition definition;
  std::string location;  ///< X-LIC-LOCATION
};
/// Nothing where no observance can be read.
std::optional<ReadZone> read_zone(std::string_view text, const Component& component);

/// What the TZIDs of a VCALENDAR mean; each is looked up once.
class ZoneContext {
 public:
  struct Meaning {
    std::string zone;  ///< a database name, or the id of `custom`; empty: unknown
    std::optional<model::ZoneDefinition> custom;
  };
  ZoneContext(std::string_view text, const Component& calendar, std::string default_zone);
  const Meaning& meaning(const std::string& tzid);
  [[nodiscard]] const std::string& default_zone() const noexcept { return default_zone_; }

 private:
  Meaning resolve(const std::string& tzid);
  std::string_view text_;
  std::map<std::string, const Component*> definitions_;
  std::map<std::string, Meaning> known_;
  std::string default_zone_, hint_;  ///< X-WR-TIMEZONE
};

}  // namespace caravan::ical::detail
