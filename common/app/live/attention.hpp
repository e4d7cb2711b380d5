// SPDX-License-Identifier: GPL-3.0-or-later
// Which sides say by themselves that something changed, so that they need not be asked: Exchange by a subscription that
// is heard of, the CalDAV server by a hook whose hints arrive. Neither is believed for ever: what falls silent, or
// missed a change that an audit found, is polled again.
#pragma once
#include <chrono>
#include <map>
#include <mutex>

#include "app/pass/context.hpp"
#include "store/live_store.hpp"

namespace caravan::app {

/// How long a subscription may be silent: twice the interval at which Exchange shows that it lives (decisions.md 5).
std::chrono::milliseconds longest_silence(const config::Config& config);
/// Exchange has called (or streamed) since the subscription was made: what it says arrives here.
bool is_proven(const store::Subscription& subscription);
/// Live, proven, and heard of in time.
bool is_heard(const store::Subscription& subscription, std::chrono::milliseconds silence);

/// One for a process. Thread-safe; the stores are the callers' own.
class Attention {
 public:
  explicit Attention(const config::Config& config);

  /// Whether a change of this mailbox on Exchange would be told.
  [[nodiscard]] Result<bool> exchange_tells(store::Store& store, const Address& mailbox) const;
  /// Whether a change on CalDAV would be told. The hook is the server's, so one hint vouches for all mailboxes.
  [[nodiscard]] Result<bool> caldav_tells(store::Store& store) const;

  /// A hint came.
  [[nodiscard]] Status hint_heard(store::Store& store);
  /// An audit found a change on CalDAV that no hint had told. Its hint may be on the way still.
  void not_hinted(const Address& mailbox);
  /// A hint about the mailbox came to be served.
  void was_hinted(const Address& mailbox);
  /// Now and then: where a hint is missed for good, everything is polled until the next one comes.
  [[nodiscard]] Status judge(store::Store& store);

 private:
  [[nodiscard]] bool takes_hints() const;

  const config::Config& config_;
  std::mutex mutex_;
  std::map<Address, std::chrono::steady_clock::time_point> missed_;
};

}  // namespace caravan::app
