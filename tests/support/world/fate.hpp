// SPDX-License-Identifier: GPL-3.0-or-later
// When a pass dies. Both calendars and the store pass through here at every call; the one that is told to die throws,
// and from then on every call throws, as if the process were gone: nothing a dead pass does has an effect any more.
#pragma once
#include <array>
#include <atomic>
#include <exception>

namespace caravan::world {

/// Where a pass can die. Of a commit, and of each write to CalDAV, there are two places: before and after its effect.
enum class Place { store, exchange, caldav };

/// What may become of the next write to a calendar.
enum class Trouble {
  lost_before,  ///< the request never arrived; the caller can't know
  lost_after,   ///< it took effect, the answer was lost
  busy,         ///< 503
  refused_412,  ///< a refusal for the version, without a cause that lasts
  lost_midway,  ///< its first step took effect, then nothing more was heard (a write of one step: as lost_after)
};

/// What a dying pass throws; no engine code may catch it.
struct Killed : std::exception {
  [[nodiscard]] const char* what() const noexcept override { return "kill -9"; }
};

/// Thread-safe as far as one pass needs it: a place is passed by one thread at a time.
class Fate {
 public:
  /// The n-th passage of `place` from now on is the last thing that happens (n counts from 1).
  void kill_at(Place place, int n);
  /// Called by the fakes.
  void pass_through(Place place);
  void must_live() const;
  [[nodiscard]] bool dead() const noexcept { return dead_; }
  /// A new process: everything works again, nothing is planned.
  void revive();

 private:
  std::array<std::atomic<int>, 3> remaining_{};  ///< 0: not planned
  std::atomic<bool> dead_ = false;
};

}  // namespace caravan::world
