// SPDX-License-Identifier: GPL-3.0-or-later
// One t:CalendarItem -> one model::Event: its times, texts and states (ews-facts 13.2 to 13.4). Private to common/ews.
#pragma once
#include "ews/mapping/context.hpp"
#include "ews/wire/wire.hpp"
#include "model/series.hpp"

namespace caravan::ews::mapping {

/// Start, end and zones of an item, read before the rest: a series' overrides need the master's.
struct ItemTimes {
  Instant start{}, end{};
  Zone start_zone, end_zone;
  bool all_day = false;
};
/// `malformed` where Start or End is missing or unreadable. Zones are compared up to `to_year`; 0 for a single event.
Result<ItemTimes> read_times(Context& context, const wire::t__CalendarItemType& item, int to_year);

/// Everything but recurrence and recurrence id. Texts are moved out of `item`. `custom` gains the definitions of the
/// zones used that IANA does not know.
model::Event read_event(Context& context, wire::t__CalendarItemType& item, const ItemTimes& times,
                        std::vector<model::ZoneDefinition>& custom);

}  // namespace caravan::ews::mapping
