// SPDX-License-Identifier: GPL-3.0-or-later
// Keeps one process from writing two copies of one meeting at the same time.
#pragma once
#include <condition_variable>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>

namespace caravan::caldav {

/// Who writes which resources now. A server that puts copies into its users' calendars (SOGo) looks for a guest's own
/// copy first; where that is just being written, it finds none, and the guest has the meeting twice. Thread-safe.
class Turns {
 public:
  /// Ends with its life.
  class Turn {
   public:
    Turn(Turns& turns, std::set<std::string> names) : turns_(&turns), names_(std::move(names)) {}
    ~Turn();
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    Turns* turns_;
    std::set<std::string> names_;
  };

  /// Waits until nobody else writes anything of these names. A stop ends the wait: what is sent then ends as cancelled.
  [[nodiscard]] Turn take(std::set<std::string> names, std::stop_token stop);

 private:
  std::mutex mutex_;
  std::condition_variable_any freed_;
  std::multiset<std::string> taken_;
};

/// Those of this process.
[[nodiscard]] Turns& turns();

}  // namespace caravan::caldav
