// SPDX-License-Identifier: GPL-3.0-or-later
// Keeps the mailboxes under live sync in step: claims one that is due, sends it through the pass that all programs
// share, and says when it wants to be looked at again. Any number of workers, in any number of processes, share one
// store.
#pragma once
#include <map>
#include <mutex>
#include <stop_token>

#include "app/adapters/sides.hpp"
#include "app/live/attention.hpp"
#include "app/pass/context.hpp"
#include "store/live_store.hpp"

namespace caravan::app {

/// When a quiet calendar is looked at again without a hint: soon after a change, then less and less often, at the
/// latest after sync.poll_interval. Thread-safe.
class Rhythm {
 public:
  Rhythm(std::chrono::milliseconds shortest, std::chrono::milliseconds longest)
      : shortest_(shortest), longest_(longest) {}
  /// The time to the next look, given whether this one found something.
  std::chrono::milliseconds next(const Address& mailbox, bool changed);
  /// The pause after a failure: doubled each time, until a success.
  std::chrono::milliseconds after_failure(const Address& mailbox);

 private:
  struct Beat {
    std::chrono::milliseconds quiet{0}, trouble{0};
  };
  std::chrono::milliseconds shortest_, longest_;
  std::mutex mutex_;
  std::map<Address, Beat> beats_;
};

/// How long a worker that found nothing to claim waits before it asks the store again, where nobody rings: half of
/// sync.poll_interval, at most 5 s.
std::chrono::milliseconds longest_wait(const config::Config& config);

/// What the workers of one process share.
struct LiveShared {
  explicit LiveShared(const Context& context);
  Sides sides;
  Rhythm rhythm;
  Attention attention;
  RunId run;  ///< one for the life of the process: what live sync wrote, as `runs` and `rollback` know it
};

/// The run of a daemon's life, so that what it writes can be listed and taken back like any other run's.
Status begin_live_run(const Context& context, const LiveShared& shared);
void end_live_run(const Context& context, const LiveShared& shared);

/// Works until it is asked to stop. One call a thread. A store that is unreachable is waited for.
void keep_in_step(const Context& context, LiveShared& shared, std::stop_token stop);

}  // namespace caravan::app
