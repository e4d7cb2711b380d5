// SPDX-License-Identifier: GPL-3.0-or-later
// Stops a channel from trying everything while nothing gets through: after some failures in a row one message at a time
// is tried, less and less often, until one goes through. Thread-safe.
#pragma once
#include <algorithm>
#include <chrono>
#include <mutex>

namespace caravan::app {

class Breaker {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr int kFailures = 3;
  static constexpr std::chrono::seconds kFirstPause{5}, kLongestPause{60};

  /// How many messages may be tried now: `most`, one as a probe, or none.
  [[nodiscard]] std::size_t admits(std::size_t most, Time now) {
    const std::lock_guard lock(mutex_);
    if (now < not_before_) return 0;
    if (failures_ < kFailures) return most;
    not_before_ = now + pause_;  // for the others, while the probe is on its way
    return 1;
  }
  void succeeded() {
    const std::lock_guard lock(mutex_);
    failures_ = 0;
    pause_ = kFirstPause;
    not_before_ = {};
  }
  /// The channel as a whole failed. `wait`: the other side named a time; `at_once`: repeating is of no use
  /// (credentials).
  void failed(Time now, std::chrono::milliseconds wait, bool at_once) {
    const std::lock_guard lock(mutex_);
    failures_ = at_once ? kFailures : failures_ + 1;
    if (failures_ >= kFailures) {
      not_before_ = now + pause_;
      pause_ = std::min<std::chrono::milliseconds>(pause_ * 2, kLongestPause);
    }
    not_before_ = std::max(not_before_, now + wait);
  }
  [[nodiscard]] bool open(Time now) {
    const std::lock_guard lock(mutex_);
    return failures_ >= kFailures || now < not_before_;
  }

 private:
  std::mutex mutex_;
  int failures_ = 0;
  std::chrono::milliseconds pause_ = kFirstPause;
  Time not_before_{};
};

}  // namespace caravan::app
