// SPDX-License-Identifier: GPL-3.0-or-later
// Time as a dependency: everything that reads the clock or waits takes these, so that no test sleeps.
#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>

namespace caravan {

using Instant = std::chrono::sys_seconds;  ///< UTC, whole seconds

/// Wall clock (for what is stored and shown) and monotonic clock (for leases, back-off).
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Instant now() const = 0;
  /// The same where a second is too coarse: waking times, lag.
  [[nodiscard]] virtual std::chrono::sys_time<std::chrono::milliseconds> now_ms() const { return now(); }
  [[nodiscard]] virtual std::chrono::steady_clock::time_point monotonic() const = 0;
};

/// Waits. Returns false at once when `stop` is requested.
class Sleeper {
 public:
  virtual ~Sleeper() = default;
  virtual bool sleep_for(std::chrono::milliseconds duration, std::stop_token stop) = 0;
};

/// The machine's clock and real waiting; thread-safe.
std::shared_ptr<Clock> system_clock();
std::shared_ptr<Sleeper> system_sleeper();

/// RFC 3339 in UTC ("2026-11-21T02:41:07Z").
std::string to_rfc3339(Instant instant);
/// Accepts RFC 3339 with 'Z' or an offset, with or without fraction; returns false and leaves `out` where it can't.
bool parse_rfc3339(const std::string& text, Instant& out);

}  // namespace caravan
