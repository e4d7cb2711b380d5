// SPDX-License-Identifier: GPL-3.0-or-later
// Who is told: the one place that decides of every write whether its side may send mail, and in which form a change of
// a meeting goes so that people learn the right thing (docs/mapping.md, table of meetings). Internal to the decision;
// pure.
#pragma once
#include "sync/change.hpp"

namespace caravan::sync {

/// Parks a meeting whose recurrence Exchange would have to hold and can't (decisions.md 4): an appointment may be taken
/// apart into several items, a meeting would go out as many invitations.
[[nodiscard]] Decision without_unheld_rules(Decision decision, const Policy& policy);

/// Sets `send` on the writes to the side that Policy::scheduling names. There, a meeting of the owner's that CalDAV
/// calls off becomes a Cancel, and what CalDAV takes out of somebody else's series is declined. A first meeting tells
/// nobody: each side held the series before.
[[nodiscard]] Decision with_mail(Decision decision, const Item& item, const Policy& policy);

}  // namespace caravan::sync
