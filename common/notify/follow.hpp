// SPDX-License-Identifier: GPL-3.0-or-later
// Occurrences and their series: an override that says only some things follows its series in the rest. Internal to
// differences and replay; pure.
#pragma once
#include "model/canonical.hpp"
#include "model/series.hpp"

namespace caravan::notify {

/// The override `before` of `was` with what it did not say by itself as the series `now` has it. Both count their
/// occurrences alike (sync::rekeyed). What stands in `kept` it says by itself, though `was` says the same.
model::Event followed(const model::Event& before, const model::Series& was, const model::Series& now,
                      const model::ZoneBook& zones, const model::Delta& kept = {});

/// Whether the series' rule and dates, whatever is excluded or overridden, give an occurrence with that recurrence id.
bool gives(const model::Series& series, const model::EventTime& id, const model::ZoneBook& zones);

}  // namespace caravan::notify
