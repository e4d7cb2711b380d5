// SPDX-License-Identifier: GPL-3.0-or-later
// The queued jobs that the workers of this process have claimed. Where the answer to a claim, or to the record of a
// job's end, was lost, a living process has a job that nobody works on: it is queued again before the next claim. A
// pass that was done already finds nothing to do.
#pragma once
#include <mutex>
#include <set>
#include <string>

#include "store/store.hpp"

namespace caravan::exodus {

/// Thread-safe; one for all workers of a process.
class JobsInHand {
 public:
  /// `stale`: how old the heartbeat of a holder is whose jobs may be taken.
  JobsInHand(std::string holder, std::chrono::seconds stale) : holder_(std::move(holder)), stale_(stale) {}
  /// Nothing where no job waits. An error is the store's: ask again.
  Result<std::optional<store::Job>> claim(store::Store& store);
  /// Records how it ended.
  void end(store::Store& store, const store::Job& job);

 private:
  const std::string holder_;
  const std::chrono::seconds stale_;
  std::mutex mutex_;
  std::set<std::int64_t> ids_;
  bool doubtful_ = false;  ///< an answer was lost since
};

}  // namespace caravan::exodus
