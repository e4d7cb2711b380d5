// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/live/attention.hpp"

#include <algorithm>

#include "log/log.hpp"

namespace caravan::app {
namespace {

constexpr const char* kHints = "live:hints";  ///< setting: "heard", or "missed"; empty: none came yet
constexpr const char* kHeard = "heard";
/// A hook runs in the background (decisions.md 5): a look may be faster.
constexpr std::chrono::seconds kOnTheWay{15};

}  // namespace

std::chrono::milliseconds longest_silence(const config::Config& config) { return 2 * config.sync.status_frequency; }

bool is_proven(const store::Subscription& subscription) { return subscription.heard_ago < subscription.created_ago; }

bool is_heard(const store::Subscription& subscription, std::chrono::milliseconds silence) {
  return subscription.state == "live" && is_proven(subscription) && subscription.heard_ago <= silence;
}

Attention::Attention(const config::Config& config) : config_(config) {}

bool Attention::takes_hints() const { return !config_.cexsy.hint_listen.empty() && !config_.cexsy.hint_secret.empty(); }

Result<bool> Attention::exchange_tells(store::Store& store, const Address& mailbox) const {
  CARAVAN_TRY(all, store.live().subscriptions(mailbox));
  return std::any_of(all.begin(), all.end(),
                     [&](const auto& each) { return is_heard(each, longest_silence(config_)); });
}

Result<bool> Attention::caldav_tells(store::Store& store) const {
  if (!takes_hints()) return false;
  CARAVAN_TRY(known, store.setting(kHints));
  return known == kHeard;
}

Status Attention::hint_heard(store::Store& store) {
  CARAVAN_TRY(known, store.setting(kHints));
  if (known == kHeard) return {};
  log::info("hints_trusted");
  return store.set_setting(kHints, kHeard);
}

void Attention::not_hinted(const Address& mailbox) {
  const std::scoped_lock lock(mutex_);
  missed_.emplace(mailbox, std::chrono::steady_clock::now());
}

void Attention::was_hinted(const Address& mailbox) {
  const std::scoped_lock lock(mutex_);
  missed_.erase(mailbox);
}

Status Attention::judge(store::Store& store) {
  {
    const std::scoped_lock lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    if (std::none_of(missed_.begin(), missed_.end(), [&](const auto& each) { return now - each.second > kOnTheWay; }))
      return {};
    missed_.clear();
  }
  CARAVAN_TRY(known, store.setting(kHints));
  if (known != kHeard) return {};
  log::warning("hints_missed", {{"remedy",
                                 "A change on CalDAV came without a hint: look at the server's hook. Every "
                                 "calendar is polled until the next hint."}});
  CARAVAN_CHECK(store.set_setting(kHints, "missed"));
  return store.live().look_at_all(Side::caldav);
}

}  // namespace caravan::app
