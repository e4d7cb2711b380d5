// SPDX-License-Identifier: GPL-3.0-or-later
// SIGINT and SIGTERM as a stop token: the first asks for a graceful end, the second ends the process at once. Used by
// the mains only; knows nothing of what is being stopped.
#pragma once
#include <functional>
#include <stop_token>
#include <thread>

#include <csignal>

namespace caravan::app {

/// Watches SIGINT, SIGTERM and SIGHUP for its lifetime, in a thread of its own (no code runs inside a signal handler).
/// Make it before any other thread: the signals are blocked here and threads inherit that.
class SignalWatcher {
 public:
  /// `on_first` is called once, in the watcher's thread, after the stop was requested. A second signal ends the process
  /// with `exit_code` without running destructors: everything that matters is in the store by then.
  explicit SignalWatcher(int exit_code, std::function<void()> on_first = {});
  ~SignalWatcher();
  SignalWatcher(const SignalWatcher&) = delete;
  SignalWatcher& operator=(const SignalWatcher&) = delete;

  [[nodiscard]] std::stop_token token() const { return stop_.get_token(); }
  /// True after the first signal.
  [[nodiscard]] bool stopped() const { return stop_.stop_requested(); }

 private:
  void watch(const std::function<void()>& on_first) const;

  int exit_code_;
  int signal_fd_ = -1;
  int quit_fd_ = -1;
  sigset_t before_{};
  mutable std::stop_source stop_;
  std::thread thread_;
};

/// Writing to a pipe whose reader has gone is an error to handle, not a reason to die.
void ignore_broken_pipes();

}  // namespace caravan::app
