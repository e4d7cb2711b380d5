// SPDX-License-Identifier: GPL-3.0-or-later
// Wakes those threads of this process that wait for work in one SQLite file. PostgreSQL has NOTIFY instead.
#pragma once
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

namespace caravan::store {

/// Counts its rings, so that one between two waits is not missed. Thread-safe.
class Doorbell {
 public:
  void ring();
  [[nodiscard]] std::uint64_t rings() const;
  /// Returns the count as soon as it is no longer `seen`, at the latest after `timeout`.
  std::uint64_t wait(std::uint64_t seen, std::chrono::milliseconds timeout);

 private:
  mutable std::mutex mutex_;
  std::condition_variable rung_;
  std::uint64_t rings_ = 0;
};

/// The one of that file, for as long as somebody has it.
std::shared_ptr<Doorbell> doorbell_of(const std::string& path);

}  // namespace caravan::store
