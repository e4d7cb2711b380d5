// SPDX-License-Identifier: GPL-3.0-or-later
// Who this process is towards the others on the same store: its name on leases and jobs, its heartbeat, and the leases
// it keeps alive while it works.
#pragma once
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "app/pass/context.hpp"

namespace caravan::app {

inline constexpr std::chrono::seconds kLeaseDuration{60};  // nothing is begun in the last half
inline constexpr std::chrono::seconds kHeartbeat{3};
inline constexpr std::chrono::seconds kHeartbeatStale{10};

/// "host:pid:start": unique for a process, also after its pid was used again.
const std::string& holder_name();
/// True where the holder was a process of this machine that is gone.
bool is_dead_process(const std::string& holder);
/// The lease for this process, where it is free or a dead process of this machine holds it.
Result<std::optional<store::Lease>> take_lease(store::Store& store, const PairId& name, std::chrono::seconds duration);

/// Refuses where another daemon works on the same SQLite store (code "second_daemon").
Status only_daemon(const Context& context);

/// Tells the others that this process lives, until it goes out of scope.
class Heart {
 public:
  Heart(const Context& context, std::string role);
  ~Heart();
  Heart(const Heart&) = delete;
  Heart& operator=(const Heart&) = delete;

 private:
  std::unique_ptr<store::Store> store_;
  std::jthread thread_;
};

/// The leases of one mailbox's pairs, kLeaseDuration each, renewed from a thread of its own; released in the end.
class LeaseKeeper {
 public:
  /// `store` is the caller's: take() and the end use it, in the caller's thread. A connection of its own is opened only
  /// where a lease has to be renewed: most passes are over before, and a connection costs more than they do.
  LeaseKeeper(const Context& context, store::Store& store, std::stop_token stop);
  ~LeaseKeeper();
  LeaseKeeper(const LeaseKeeper&) = delete;
  LeaseKeeper& operator=(const LeaseKeeper&) = delete;

  /// Waits for the lease: a dead process's is taken over at once, a living one's when it ends or is given up.
  Result<store::Lease> take(const PairId& pair);
  /// Asked to stop by the caller's token, or because a lease was lost.
  [[nodiscard]] std::stop_token token() const { return stop_.get_token(); }
  [[nodiscard]] bool lost() const { return lost_; }

 private:
  void renew(std::stop_token stop);

  const Context& context_;
  store::Store& store_;
  std::stop_source stop_;
  std::stop_callback<std::function<void()>> forward_;
  std::atomic<bool> lost_ = false;
  std::mutex mutex_;
  std::vector<store::Lease> leases_;
  std::chrono::steady_clock::time_point held_at_;  ///< all of them surely were then
  std::jthread thread_;
};

}  // namespace caravan::app
