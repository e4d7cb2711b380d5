// SPDX-License-Identifier: GPL-3.0-or-later
// What an occurrence is that no override speaks of: its master, at another time. It lets an override that one side has
// and the other lacks be compared field by field. Internal to the decision; pure.
#pragma once
#include <map>
#include <string>

#include "sync/change.hpp"
#include "sync/merge.hpp"

namespace caravan::sync {

/// The occurrence at `time` as the master says it, written as an override that changes nothing. Needs a master.
model::Event plain_occurrence(const model::Series& series, const model::EventTime& time, const model::ZoneBook& zones);
/// The units in which an override differs from its plain occurrence.
model::Delta said_by(const model::Event& override, const model::Series& series, const model::ZoneBook& zones);

/// One side's two copies, in the words that the decision speaks.
struct BaseAndNow {
  const model::Series& base;
  const model::Series& now;
};

/// Some stores write out occurrences as they are. `series` was made of `now` by changing its master: overrides that
/// said nothing, and that `other`, what the other side will hold, does not write out, change with it.
void follow_master(model::Series& series, const model::Series& now, const model::Series& other, const Policy& policy);
/// The presence of the overrides that one side's master left behind: they said nothing in the base, speak now, and
/// `other` never wrote them out and does not exclude them. What it took back is a change of its own.
model::Delta left_behind(const BaseAndNow& side, const BaseAndNow& other, const Policy& policy);

/// Writes every override that only some of the four copies have out in all of them, so that making and removing one
/// becomes a change of the units that it speaks of. Leaves alone what one of them excludes, and series without master.
class SpelledOut {
 public:
  struct Pair {
    model::Series& base;
    model::Series& now;
  };
  /// `meets` occurrences_too: CalDAV counts its occurrences by a schedule that will not hold.
  SpelledOut(Pair exchange, Pair caldav, ScheduleMeets meets, const Policy& policy);
  /// At a first meeting: nothing was there before.
  SpelledOut(model::Series& exchange, model::Series& caldav, ScheduleMeets meets, const Policy& policy);
  /// Takes out of the copy that `target` shall get what says nothing: what was only spelled out, what the other side
  /// took back, and on CalDAV an override of its own of which nothing was let stand. What Exchange took back and CalDAV
  /// did not change (`caldav_changed`: its delta) goes in any case: it follows whatever becomes of the master. So does
  /// an override that CalDAV made by a schedule that will not hold: there is no such occurrence.
  void tidy(model::Series& series, Side target, const model::Delta& caldav_changed) const;
  /// Of these only what Exchange took back and CalDAV did not change.
  void drop_wiped(model::Series& series, const model::Delta& caldav_changed) const;

 private:
  struct Held {
    bool exchange_base = false, exchange = false, caldav_base = false, caldav = false;
    [[nodiscard]] bool wiped() const noexcept { return exchange_base && !exchange; }
  };
  std::map<model::EventTime, Held> held_;
  ScheduleMeets meets_;
  const Policy& policy_;
};

}  // namespace caravan::sync
