// SPDX-License-Identifier: GPL-3.0-or-later
// The second equality: an Exchange copy against a CalDAV copy. Both are projected to what both can hold, then a closed
// list of normalisations is applied; docs/mapping.md describes each. Used by link, rebuild, verify. Pure.
#pragma once
#include <string>
#include <vector>

#include "sync/change.hpp"

namespace caravan::sync {

/// One unit that differs, with both values as a person reads them (private text is the caller's to hide).
struct Difference {
  model::Change unit;
  std::string exchange, caldav;
};

/// Empty where the two mean the same. `zones` compares zones by their rules.
std::vector<Difference> differences_across(const model::Series& exchange, const model::Series& caldav,
                                           const Policy& policy);
[[nodiscard]] inline bool equal_across(const model::Series& exchange, const model::Series& caldav,
                                       const Policy& policy) {
  return differences_across(exchange, caldav, policy).empty();
}

/// Whether an override says what the master says anyway: some stores write those, some drop them. `series` is its own.
[[nodiscard]] bool is_redundant(const model::Event& override, const model::Series& series, const Policy& policy);

}  // namespace caravan::sync
