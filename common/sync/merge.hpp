// SPDX-License-Identifier: GPL-3.0-or-later
// Applies one side's delta to the other side's copy, by merge units. Pure.
#pragma once
#include <utility>

#include "sync/change.hpp"

namespace caravan::sync {

/// `onto` with the units named by `changes` taken from `source`; everything else stays as `onto` has it.
model::Series apply(const model::Delta& changes, const model::Series& source, model::Series onto);

/// Splits two deltas into what only the first changed, what only the second changed, what both changed to the same value,
/// and what both changed differently. `presence` of an override meets every unit of that override.
struct Overlap {
  model::Delta first_only, second_only, same, conflicting;
};
Overlap overlap(const model::Delta& first, const model::Series& first_series, const model::Delta& second,
                const model::Series& second_series);

}  // namespace caravan::sync
