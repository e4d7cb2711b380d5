// SPDX-License-Identifier: GPL-3.0-or-later
// Whose meeting a series is, and what of it is the mailbox owner's to change (decisions.md 3; the table is in
// docs/mapping.md). Pure; decides nothing by itself.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "sync/change.hpp"

namespace caravan::sync {

enum class MeetingKind {
  own_appointment,    ///< nobody else is in it, or nobody is named as its organizer
  organizer,          ///< I invited others
  attendee,           ///< somebody else invited me
  orphan_occurrence,  ///< invited to single occurrences: there is no master
  cancelled,          ///< somebody else's, and called off
  foreign_organizer,  ///< somebody else's, and I am not on its list: forwarded, copied, imported
  room,               ///< somebody else's, in a room's calendar
};
std::string_view to_string(MeetingKind kind) noexcept;

/// Where several fit, the later one of the list above. `is_organizer` is Copy::is_organizer.
MeetingKind kind_of(const model::Series& series, const Policy& policy, bool is_organizer = false);

/// Whether somebody else organizes it and has people on its list. A bare ORGANIZER without anybody invited is how
/// calendars are published: such an event is its owner's own.
bool is_theirs(const model::Series& series, const Policy& policy, bool is_organizer = false);
/// Whether the owner organizes it and has guests: what `scheduling` may tell them.
bool has_guests_of_mine(const model::Series& series, const Policy& policy, bool is_organizer = false);
[[nodiscard]] bool is_cancelled(const model::Series& series);

/// True for a unit of somebody else's meeting that only its organizer may change.
bool belongs_to_organizer(const model::Change& unit, const Policy& policy);

/// My line in an attendee list; null where I am not on it.
const model::Attendee* own_line(const model::Event& event, const Policy& policy);
/// My answer as Exchange knows answers: no line, no answer; one who delegated has not answered.
model::Participation own_answer(const model::Event& event, const Policy& policy);
/// Whether every answer of mine in it is a decline, and there is one; what was called off is not asked.
bool all_declined(const model::Series& series, const Policy& policy);
/// The same with `answer` for each answer of mine.
model::Series answered(model::Series series, model::Participation answer, const Policy& policy);
/// The same with each a decline; where I am on no list, on that of the master or first occurrence.
model::Series declined(model::Series series, const Policy& policy);

/// Whether CalDAV may hold this copy while Exchange has no item for it: declined by its owner, or his own meeting with
/// guests that he called off.
bool is_dismissed(const model::Series& series, const Policy& policy);
/// The same of one occurrence: Exchange then excludes it while CalDAV keeps the override.
bool is_dismissed(const model::Event& override, const Policy& policy);

}  // namespace caravan::sync
