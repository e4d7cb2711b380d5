// SPDX-License-Identifier: GPL-3.0-or-later
// From the journal of a window to what is told: *was* is what was last told, *now* the state at its close, and what the
// person changed himself is in both. Pure.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "model/series.hpp"
#include "model/time.hpp"
#include "notify/telling.hpp"
#include "sync/change.hpp"

namespace caravan::notify {

/// One change of the agreed state (store::JournalEntry, its copies read). Nothing: not there.
struct Step {
  std::string pair;
  std::optional<model::Series> before, after;
  model::Delta owner_units;  ///< what CalDAV brought: the owner did that
  std::string modified_by;   ///< LastModifiedName of what Exchange brought; empty: not known
};

struct Reader {
  Address address;
  std::vector<Address> aliases;
  std::string name;  ///< display name, as LastModifiedName would have it; empty: not known
};

/// The two states to compare.
struct Told {
  std::optional<model::Series> was, now;
};
/// Replays the steps of one series: `was` begins as the first step's `before`; whatever the reader did himself is
/// carried into `was`, so that he is not told of it. The reader did: what CalDAV brought; on Exchange his own answer,
/// alarms, busy status, categories, sensitivity; all of an event that he organizes (or that nobody does) unless
/// LastModifiedName names somebody else; never an attendee's answer. A series that went from one pair to another, or
/// came back, is the same series.
Told replay(const std::vector<Step>& steps, const Reader& reader, const model::ZoneBook& zones);

/// What is told of it at `now`, in the order of time, the series before its occurrences. What is over by then in both
/// states is not told, nor what the reader declined; an occurrence that only follows its series is not told beside it.
/// `was` of an occurrence is where it stood last: where the series is told as moved, that is after its move.
std::vector<Telling> differences(const Told& told, const Reader& reader, const model::ZoneBook& zones, Instant now);

/// An event as `reader`, its calendar's owner, may see it: in full.
Shown shown(const model::Event& event, const Reader& reader);
/// The address at which to join: the conference, the URL, else one that stands in the place; http and https only,
/// without white space, percent-encoded where it is no ASCII. Empty: none.
std::string join_link(const model::Event& event);
/// Whether the reader is invited by somebody else and has not answered.
bool answer_wanted(const model::Event& event, const Reader& reader);
/// The decision's view of the reader: who is "me" (sync/meeting.hpp).
sync::Policy policy_of(const Reader& reader, const model::ZoneBook* zones = nullptr);

}  // namespace caravan::notify
