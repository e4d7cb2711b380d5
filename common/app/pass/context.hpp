// SPDX-License-Identifier: GPL-3.0-or-later
// What every operation and every daemon needs to work. Copied into worker threads; the members are thread-safe or
// values.
#pragma once
#include <functional>
#include <memory>

#include "config/config.hpp"
#include "store/store.hpp"
#include "util/clock.hpp"

namespace caravan::app {

struct Context {
  config::Config config;
  std::shared_ptr<Clock> clock;
  std::shared_ptr<Sleeper> sleeper;
  /// A connection of its own for each worker.
  std::function<Result<std::unique_ptr<store::Store>>()> open_store;
};

}  // namespace caravan::app
