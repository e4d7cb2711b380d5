// SPDX-License-Identifier: GPL-3.0-or-later
// A zone of the model -> StartTimeZone, EndTimeZone: a Windows id where its rules are the zone's, else a definition of
// our own (ews-facts 7.3, A.12). Pure. Private to common/ews.
#pragma once
#include <string>
#include <vector>

#include "ews/mapping/time_zone.hpp"
#include "ews/wire/wire.hpp"
#include "model/time.hpp"

namespace caravan::ews::mapping {

/// Years in which a zone's offsets matter to an item.
struct Years {
  int from = 1970, to = 1970;
};

/// The element for `zone` ("Etc/UTC" and its like included); offsets are right at `start`, and in `years` as far as
/// yearly rules can say them.
wire::t__TimeZoneDefinitionType* write_zone(wire::Arena& arena, const model::ZoneBook& book, const std::string& zone,
                                            const std::vector<model::ZoneDefinition>& custom, Years years,
                                            Instant start);

/// The wire form of rules.
wire::t__TimeZoneDefinitionType* write_rules(wire::Arena& arena, const std::string& id, const ZoneRules& rules);

/// Whether two zones have the same offsets in these years (of which the first twelve are looked at), day by day.
bool same_offsets(const model::ZoneBook& book, const std::string& first,
                  const std::vector<model::ZoneDefinition>& first_custom, const std::string& second,
                  const std::vector<model::ZoneDefinition>& second_custom, Years years);

}  // namespace caravan::ews::mapping
