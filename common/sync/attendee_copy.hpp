// SPDX-License-Identifier: GPL-3.0-or-later
// An attendee's copy of somebody else's meeting: what of CalDAV's changes may go to Exchange, and how my answers go
// there. Internal to the decision; pure.
#pragma once
#include "sync/change.hpp"
#include "sync/merge.hpp"

namespace caravan::sync {

/// Both sides' present copies, in CalDAV's words, with every override spelled out (occurrence.hpp).
struct TheirMeeting {
  const model::Series& exchange;
  const model::Series& caldav;
  const Policy& policy;
};

/// Moves what only CalDAV changed and only Exchange can say to the conflicts: the organizer's units, and answers that
/// can't be given (taken back, for a room, to a cancelled meeting, a whole series but for some occurrences). With
/// `meets` occurrences_too also what CalDAV says of single occurrences: it counted them by a schedule of its own.
void restore_organizers(Overlap& parts, const TheirMeeting& meeting, ScheduleMeets meets);
/// Whether Exchange wins these conflicts whatever the policy says: one of them is not mine to decide.
bool exchange_decides(const model::Delta& conflicting, const TheirMeeting& meeting);
/// Where only one side has an answer of mine it is no contradiction (first meetings).
void settle_answers(Overlap& parts, const TheirMeeting& meeting);
/// Takes the units that are answers of mine out of `units` and returns them.
model::Delta take_answers(model::Delta& units, const Policy& policy);

/// Adds what Exchange has to be told: `desired` is its copy with all but my answers, `answered` the same with them.
/// `seen` is what it holds. A whole decline lets the rest be, for the item goes.
void tell_exchange(Decision& decision, const Copy& seen, model::Series desired, const model::Series& answered,
                   const Policy& policy);
/// The answers that `answered` gives and Exchange's copy does not hold: `seen` is what it holds, `desired` what it will
/// hold before them. Of a new item (`seen` empty) all but a decline of it. Without parts, version and mail.
std::vector<Respond> answers_between(const model::Series& seen, const model::Series& desired,
                                     const model::Series& answered, const Policy& policy);

/// The parts that an answer to `occurrence` is about: that occurrence's own item where it is one.
std::vector<Part> parts_for(const std::vector<Part>& parts, const std::string& occurrence);

}  // namespace caravan::sync
