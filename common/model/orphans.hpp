// SPDX-License-Identifier: GPL-3.0-or-later
// Invitations to single occurrences of a series whose master is elsewhere, for stores that refuse an override without
// its master (docs/quirks.md: Radicale). Pure.
#pragma once
#include "model/series.hpp"

namespace caravan::model {

/// The same occurrences as a series that has a master: one orphan becomes a plain event; several become a master with
/// the first one's content, RDATEs at the others' original starts, and an override for each that differs. A series that
/// has a master comes back as it is.
Series with_own_master(Series series);

}  // namespace caravan::model
