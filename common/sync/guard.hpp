// SPDX-License-Identifier: GPL-3.0-or-later
// The delete brake: stops a pair whose plan deletes suspiciously much. Pure.
#pragma once
#include <string>
#include <vector>

#include "sync/change.hpp"
#include "util/result.hpp"

namespace caravan::sync {

/// One planned deletion, named so that a person can judge it and so that the plan has a stable hash.
struct PlannedDelete {
  Side target = Side::caldav;
  std::string uid, id;  ///< id: href or item id on the target
  std::string summary;
  friend auto operator<=>(const PlannedDelete&, const PlannedDelete&) = default;
};

/// All that one pass wants to delete from one pair; the creates and updates need no brake.
struct Plan {
  std::vector<PlannedDelete> deletes;
  std::size_t total = 0;              ///< series the pair holds now
  std::size_t deleted_in_window = 0;  ///< series already deleted from it in the last 24 hours
};
/// Stable for the same set of deletes; what `approve` takes.
std::string plan_hash(const Plan& plan);

struct Limits {
  double max_delete_percent = 20;     ///< sync.max_delete_percent
  std::size_t max_delete_count = 10;  ///< sync.max_delete_count
  std::string approved_hash;          ///< a plan that a person released, within its 24 hours
};

/// The plan itself, or an Error with Fault::denied, code "delete_brake" and the plan's hash in the remedy.
/// Stops where (deleted + planned) exceeds the larger of count and percent of total + deleted, or is all of 3 or more.
[[nodiscard]] Result<Plan> admit(Plan plan, const Limits& limits);

}  // namespace caravan::sync
