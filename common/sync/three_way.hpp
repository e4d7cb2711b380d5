// SPDX-License-Identifier: GPL-3.0-or-later
// Both sides hold the series: each side's delta against its own base, and what the other side gets of it. Internal to
// reconcile; pure.
#pragma once
#include "sync/change.hpp"

namespace caravan::sync {

/// On somebody else's meeting Exchange's values of the organizer's units are restored, and my answers travel as such.
Decision three_way(const Base& base, const Copy& exchange, const Copy& caldav, const Policy& policy);
/// No base yet: the first meeting of two copies with one UID.
Decision first_meeting(const Copy& exchange, const Copy& caldav, const Policy& policy);

/// What `now` changed since its base copy, without what clients write by themselves (alarm acknowledgements).
model::Delta edits_of(const Copy& base, const Copy& now);
/// The update that turns `seen` into `desired`; nothing where they are the same.
std::optional<Update> update_to(Side target, const Copy& seen, model::Series desired);
/// Who wins a conflict under the policy; `park` has no winner and answers exchange.
Side winner_of(const Copy& exchange, const Copy& caldav, const Policy& policy);

}  // namespace caravan::sync
