// SPDX-License-Identifier: GPL-3.0-or-later
// The one decision: given what was last agreed and what each side shows now, what shall be done. Pure: no clock, no
// I/O, no log. docs/architecture.md holds its table, tests/unit/sync/reconcile_table_test.cpp proves it row by row.
#pragma once
#include "sync/change.hpp"

namespace caravan::sync {

/// Decides one series. Each side is compared with its own base only; deltas are applied to the other side as patches;
/// an unreadable side stops everything; an edit beats a delete. Thread-safe.
[[nodiscard]] Decision reconcile(const Item& item, const Policy& policy);

}  // namespace caravan::sync
