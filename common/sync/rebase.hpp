// SPDX-License-Identifier: GPL-3.0-or-later
// What the base becomes once a decision was carried out. Pure; the engine commits it.
#pragma once
#include "sync/change.hpp"

namespace caravan::sync {

/// The copy that becomes a side's base: `now` (as stored after the write, or as observed where nothing was written),
/// but with Decision::kept_values in the units that the decision kept back (CalDAV only).
Copy base_copy(Side side, const Decision& decision, Copy now, const Policy& policy);

/// A read-back whose version is not the one that the write returned: somebody edited in between. The base takes what
/// was written and its version; of `read_back` only what the write touched and what still means the same (a
/// normalisation). Everything else that differs is somebody's edit and stays a delta. `side` is the one that was
/// written to.
Copy after_racing_write(Side side, const Copy& written, const model::Delta& touched, const Copy& read_back,
                        const Policy& policy);

}  // namespace caravan::sync
