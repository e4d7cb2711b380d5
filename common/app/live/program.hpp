// SPDX-License-Identifier: GPL-3.0-or-later
// What the live daemons are: workers that keep mailboxes in step, and whatever wakes them. caravan, gobi and cexsy
// differ in what they listen to.
#pragma once
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "app/live/worker.hpp"

namespace caravan::app {

struct LiveProgram {
  std::string name;         ///< its role: "gobi"
  bool subscribes = false;  ///< sees to the subscriptions at Exchange
  bool audits = false;      ///< looks for what no calendar shows (Auditor); its workers audit in any case
  /// Listens for as long as what it gives back lives; asked before anything is subscribed.
  std::function<Result<std::shared_ptr<void>>(LiveShared&)> listen = {};
  std::function<void(std::stop_token)> also = {};  ///< works beside it until asked to stop
};

/// Works until it is asked to stop; ends after the write in hand.
Status serve_live(const Context& context, const LiveProgram& program, std::stop_token stop);

}  // namespace caravan::app
