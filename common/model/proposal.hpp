// SPDX-License-Identifier: GPL-3.0-or-later
// Another time that a guest proposes. Exchange keeps it beside his answer (AttendeeType, 2013 and later) and nobody
// else has a place for it: it stands in Caravan's own copies as a parameter of his line, is no part of the meaning
// (canonical.hpp), goes to neither side (ical::WriteOptions), and is news to the organizer.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "model/series.hpp"

namespace caravan::model {

/// Start "/" end, RFC 3339 in UTC; either may be empty.
inline constexpr std::string_view kProposedParameter = "X-CARAVAN-PROPOSED";

struct Proposal {
  std::optional<Instant> start, end;
  friend bool operator==(const Proposal&, const Proposal&) = default;
};

/// Empty where he proposes nothing, or nothing that can be read.
Proposal proposal_of(const Attendee& attendee);
/// An empty one takes back what was there.
void set_proposal(Attendee& attendee, const Proposal& proposal);

/// All of the series, as text: equal proposals, equal text; empty: none.
std::string proposals(const Series& series);

}  // namespace caravan::model
