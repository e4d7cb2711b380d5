// SPDX-License-Identifier: GPL-3.0-or-later
#include "caldav/turns.hpp"

#include <algorithm>

namespace caravan::caldav {

Turns::Turn Turns::take(std::set<std::string> names, std::stop_token stop) {
  std::unique_lock lock(mutex_);
  // All at once: who holds a part of what another one waits for could wait for that one.
  freed_.wait(lock, std::move(stop),
              [&] { return std::ranges::none_of(names, [&](const auto& name) { return taken_.contains(name); }); });
  taken_.insert(names.begin(), names.end());
  return {*this, std::move(names)};
}

Turns::Turn::~Turn() {
  {
    const std::scoped_lock lock(turns_->mutex_);
    for (const auto& name : names_) turns_->taken_.erase(turns_->taken_.find(name));
  }
  turns_->freed_.notify_all();
}

Turns& turns() {
  static Turns all;
  return all;
}

}  // namespace caravan::caldav
