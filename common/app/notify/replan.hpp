// SPDX-License-Identifier: GPL-3.0-or-later
// The alerts that belong to a mailbox as a whole, and how they are made anew.
#pragma once
#include <string>
#include <vector>

#include "store/notify_store.hpp"
#include "store/store.hpp"
#include "util/clock.hpp"

namespace caravan::app {

/// plan: the alerts of its series are to be planned further; daily, weekly: its digests.
inline const std::vector<std::string> kMailboxAlerts = {"plan", "daily", "weekly"};  // NOLINT(cert-err58-cpp)

/// The mailbox's alerts are made anew soon, all of them: its preferences changed.
[[nodiscard]] inline Status replan_soon(store::Store& store, const Clock& clock, const Address& mailbox) {
  store::Alert alert;
  alert.mailbox = mailbox;
  alert.kind = "plan";
  alert.due = clock.now();
  return store.notify().plan_alerts(mailbox, {}, 0, kMailboxAlerts, {alert});
}

}  // namespace caravan::app
