// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/guard.hpp"

#include <algorithm>
#include <cmath>

#include "util/digest.hpp"

namespace caravan::sync {
namespace {

/// A plan for everything is stopped only from this size on: two events can go without a question.
constexpr std::size_t kAllOfIt = 3;

void put(std::string& out, std::string_view text) {
  out += std::to_string(text.size());
  out += ':';
  out += text;
}

}  // namespace

std::string plan_hash(const Plan& plan) {
  auto sorted = plan.deletes;
  std::sort(sorted.begin(), sorted.end());
  std::string bytes;
  for (const auto& planned : sorted) {
    bytes += planned.target == Side::exchange ? 'e' : 'c';
    put(bytes, planned.uid);
    put(bytes, planned.id);
  }
  return sha256(bytes).hex;
}

Result<Plan> admit(Plan plan, const Limits& limits) {
  if (plan.deletes.empty()) return plan;
  // What the pair held when the window opened: what it holds now and what was already taken from it.
  const std::size_t held = plan.total + plan.deleted_in_window;
  const std::size_t going = plan.deletes.size() + plan.deleted_in_window;
  const double by_percent = limits.max_delete_percent / 100.0 * static_cast<double>(held);
  const double allowed = std::max(static_cast<double>(limits.max_delete_count), by_percent);
  const bool too_many = static_cast<double>(going) > allowed;
  const bool all_of_it = going >= held && going >= kAllOfIt;
  if (!too_many && !all_of_it) return plan;
  const std::string hash = plan_hash(plan);
  if (!limits.approved_hash.empty() && limits.approved_hash == hash) return plan;
  return make_error(Fault::denied,
                    "This pass wants to delete " + std::to_string(plan.deletes.size()) + " of " +
                        std::to_string(plan.total) + " series (" + std::to_string(plan.deleted_in_window) +
                        " more in the last 24 hours), which the delete brake does not allow.",
                    "delete_brake", "If the deletions are right, run: exodus-cli approve " + hash);
}

}  // namespace caravan::sync
