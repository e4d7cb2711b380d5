// SPDX-License-Identifier: GPL-3.0-or-later
// Takes back what Exchange had no field for: our second property of an item, and what it says of times, recurrence and
// identity (kept.hpp has the rest). Private to common/ews.
#pragma once
#include <optional>

#include "ews/mapping/context.hpp"
#include "ews/mapping/event.hpp"
#include "ews/mapping/kept.hpp"
#include "ews/mapping/write_zone.hpp"

namespace caravan::ews::mapping {

/// What the item carries. Unreadable, or held elsewhere and not found there: nothing, and a loss. Where the place
/// elsewhere does not answer, Context::failure is set.
std::optional<Kept> read_kept(Context& context, const wire::t__CalendarItemType& item);

/// The zones under the names that they had, where those still have the offsets of the zones that Exchange shows: at the
/// start and the end of a single event, in `years` of a series.
void restore_zones(const Context& context, const Kept& kept, std::optional<Years> years, ItemTimes& times);
/// DTEND that was not there.
void restore_end(const Kept& kept, model::Event& event);
/// The recurrence as it was, where Exchange's pattern and exclusions are still those that stood for it.
void restore_rules(const Kept& kept, model::Series& series);
/// A single item that is one occurrence of a series: an override without its master. False where it is none.
bool restore_part(const Kept& kept, model::Series& series);

}  // namespace caravan::ews::mapping
