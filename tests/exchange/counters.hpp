// SPDX-License-Identifier: GPL-3.0-or-later
// Counts the requests that reach the service, by operation, for tests that assert costs.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

namespace exchange_sim {

class Counters {
 public:
  struct Snapshot {
    std::uint64_t total = 0;
    std::map<std::string, std::uint64_t> by_operation;
    std::uint64_t unauthorized = 0;
  };
  void count(const std::string& operation) {
    std::lock_guard lock(mutex_);
    ++now_.total;
    ++now_.by_operation[operation];
  }
  void count_unauthorized() {
    std::lock_guard lock(mutex_);
    ++now_.unauthorized;
  }
  Snapshot snapshot() const {
    std::lock_guard lock(mutex_);
    return now_;
  }
  void reset() {
    std::lock_guard lock(mutex_);
    now_ = {};
  }

 private:
  mutable std::mutex mutex_;
  Snapshot now_;
};

}  // namespace exchange_sim
