// SPDX-License-Identifier: GPL-3.0-or-later
// See subscription.hpp.
#include "subscription.hpp"

#include <algorithm>

namespace exchange_sim {
namespace {

constexpr std::uint64_t kKeptForWatermarks = 1000;
constexpr std::uint64_t kMostEvents = 100'000;

}  // namespace

bool Subscription::wants(const Event& event) const {
  if ((events >> static_cast<unsigned>(event.kind) & 1u) == 0) return false;
  if (folders.empty()) return true;
  auto listed = [&](std::uint32_t folder) {
    return std::find(folders.begin(), folders.end(), folder) != folders.end();
  };
  return listed(event.folder) || (event.old_folder != 0 && listed(event.old_folder));
}

void EventLog::trim() {
  if (events.size() < 2 * kKeptForWatermarks) return;
  auto keep = next() - kKeptForWatermarks;
  for (const auto& [number, subscription] : subscriptions) {
    bool waits = subscription.kind != SubscriptionKind::streaming || subscription.connection;
    if (waits) keep = std::min(keep, subscription.position);
  }
  if (next() > kMostEvents) keep = std::max(keep, next() - kMostEvents);
  if (keep <= first + kKeptForWatermarks) return;
  events.erase(events.begin(), events.begin() + static_cast<std::ptrdiff_t>(keep - first));
  first = keep;
}

}  // namespace exchange_sim
