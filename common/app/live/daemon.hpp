// SPDX-License-Identifier: GPL-3.0-or-later
// What the mains of all daemons have in common: arguments, configuration, log, signals, exit code.
#pragma once
#include <functional>
#include <stop_token>
#include <string>

#include "app/pass/context.hpp"

namespace caravan::app {

struct Daemon {
  std::string name;     ///< "caravan"
  std::string summary;  ///< one sentence for --help
  /// Works until asked to stop.
  std::function<Status(const Context&, std::stop_token)> serve;
};

/// main() of a daemon. Exit codes as in docs/interface.md: 0 stopped by a signal, 2 configuration, disk or store, 3
/// nothing could be done.
int run_daemon(const Daemon& daemon, int count, char** words);

}  // namespace caravan::app
