// SPDX-License-Identifier: GPL-3.0-or-later
// How hard one server is pressed with one account: an adaptive limit on concurrency (additive increase, multiplicative
// decrease), a back-off shared by all workers, and a circuit breaker that keeps a wrong password from locking an
// account. One Limiter per (server, account), shared by that account's Clients. Thread-safe.
#pragma once
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "util/clock.hpp"
#include "util/result.hpp"

namespace caravan::http {

/// How a request ended, as far as the limiter cares.
enum class Outcome : std::uint8_t {
  ok,          ///< an answer came
  overloaded,  ///< 429, 503, ErrorServerBusy, or a time-out: press less
  denied,      ///< 401: counts towards the breaker (403 does not: the credentials were good)
  failed,      ///< no answer, and it says nothing about load
  unused,      ///< the permit was not needed after all
};

/// Bounds of a Limiter.
struct LimiterOptions {
  std::string name = "server";  ///< for messages: "https://dav.example.org as svc-caravan"
  double start = 2;             ///< concurrency to begin with
  double least = 1;
  double most = 8;
  int denied_tries = 3;  ///< after so many 401 without a success everything fails at once
  std::chrono::milliseconds longest_hold = std::chrono::minutes(15);
};

class Limiter {
 public:
  Limiter(LimiterOptions options, std::shared_ptr<Clock> clock, std::shared_ptr<Sleeper> sleeper);

  /// Blocks until a request may start. Fails with `cancelled`, or with `denied` when the breaker is open. Every success
  /// must be followed by exactly one release().
  Status acquire(std::stop_token stop);
  /// Does not block: true when a request may start now, false when not yet.
  Result<bool> try_acquire();
  void release(Outcome outcome);

  /// No request starts before `duration` has passed; the longer of two holds counts.
  void hold(std::chrono::milliseconds duration);
  /// What is left of the hold, zero when there is none.
  [[nodiscard]] std::chrono::milliseconds held() const;

  /// The present limit on concurrency, in whole requests.
  [[nodiscard]] int limit() const;
  [[nodiscard]] int in_flight() const;
  /// Whether the breaker is open.
  [[nodiscard]] bool locked_out() const;
  /// Closes the breaker: the administrator gave new credentials.
  void reset_breaker();

 private:
  [[nodiscard]] int room() const;  // with the lock held
  [[nodiscard]] Error lockout_error() const;

  const LimiterOptions options_;
  const std::shared_ptr<Clock> clock_;
  const std::shared_ptr<Sleeper> sleeper_;
  mutable std::mutex mutex_;
  std::condition_variable_any slots_;
  double limit_;
  int in_flight_ = 0;
  int denied_ = 0;
  bool proven_ = false;  // the credentials worked at least once since the last reset
  std::chrono::steady_clock::time_point hold_until_{};
  std::chrono::steady_clock::time_point last_decrease_{};
};

/// Exponential back-off with jitter, for Fault::retry_later only.
struct RetryPolicy {
  int attempts = 1;  ///< tries in all; 1 means no repetition
  std::chrono::milliseconds first = std::chrono::milliseconds(500);
  std::chrono::milliseconds longest = std::chrono::seconds(60);

  /// The wait before try `attempt` + 1 (attempt counts from 1), or nullopt where no further try is due. A server's
  /// retry_after is a lower bound of the wait. `random` is from [0, 1).
  [[nodiscard]] std::optional<std::chrono::milliseconds> wait_after(int attempt, const Error& error,
                                                                    double random) const;
};

/// A number from [0, 1) for jitter; thread-safe.
double jitter();

/// Calls `attempt` until it succeeds, fails for good, or the policy is exhausted.
template <class T>
Result<T> with_retries(const RetryPolicy& policy, Sleeper& sleeper, std::stop_token stop,
                       const std::function<Result<T>()>& attempt) {
  for (int count = 1;; ++count) {
    Result<T> result = attempt();
    if (result) return result;
    const auto wait = policy.wait_after(count, result.error(), jitter());
    if (!wait) return result;
    if (!sleeper.sleep_for(*wait, stop)) return make_error(Fault::cancelled, "Stopped while waiting for a retry.");
  }
}

}  // namespace caravan::http
