// SPDX-License-Identifier: GPL-3.0-or-later
// The loop of a thread that looks for work in the store: rounds, a pause where there was nothing to do, a new
// connection where the store failed.
#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>

#include "app/pass/context.hpp"
#include "log/log.hpp"

namespace caravan::app {

/// `round` gives how much there was; an error is the store's. Returns when asked to stop.
inline void keep_looking(const Context& context, std::string_view what, std::chrono::milliseconds pause,
                         const std::function<Result<std::size_t>(store::Store&)>& round, const std::stop_token& stop) {
  constexpr std::chrono::milliseconds kTrouble{2'000};
  std::unique_ptr<store::Store> store;
  while (!stop.stop_requested()) {
    Result<std::size_t> done = std::size_t{0};
    if (!store) {
      auto opened = context.open_store();
      if (opened)
        store = std::move(*opened);
      else
        done = std::move(opened).error();
    }
    if (store) done = round(*store);
    if (!done) {
      log::failure(log::Level::warning, "notify_trouble", done.error(), {{"part", std::string(what)}});
      store.reset();
      context.sleeper->sleep_for(kTrouble, stop);
    } else if (*done == 0) {
      context.sleeper->sleep_for(pause, stop);
    }
  }
}

}  // namespace caravan::app
