// SPDX-License-Identifier: GPL-3.0-or-later
// One text for all RRULEs that mean the same pattern from a given start (docs/mapping.md, "Recurrence"). Internal to
// equal_across; pure.
#pragma once
#include <string>

#include "model/series.hpp"

namespace caravan::sync {

/// The rule as every equivalent form of it reads: what the start implies is written out, UNTIL is the date of the last
/// day in the zone of the start.
std::string equivalent_form(model::Rule rule, const model::EventTime& start, const model::ZoneBook& zones,
                            const std::vector<model::ZoneDefinition>& custom);

}  // namespace caravan::sync
