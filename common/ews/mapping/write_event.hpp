// SPDX-License-Identifier: GPL-3.0-or-later
// One model::Event -> one t:CalendarItem with every property that Exchange lets us set, and what it has no field for
// (ews-facts 13). Pure. Private to common/ews.
#pragma once
#include <string>
#include <vector>

#include "ews/mapping/kept.hpp"
#include "ews/mapping/pattern.hpp"
#include "ews/mapping/write_context.hpp"
#include "ews/mapping/write_zone.hpp"
#include "ews/wire/wire.hpp"

namespace caravan::ews::mapping {

/// What is written: a master (or single), or one changed occurrence of a series.
struct Subject {
  const model::Series& series;
  const model::Event& event;
  const Pattern* pattern = nullptr;  ///< of a master
};

/// The item without our properties. Objects live in the arena; they may be taken apart for an UpdateItem.
wire::t__CalendarItemType* write_event(const WriteContext& context, wire::Arena& arena, const Subject& subject,
                                       const Standing& standing);

/// What of the event the item can't hold: the difference between the event and what reading gives back of the item.
Kept kept_of(const WriteContext& context, const Subject& subject, const Standing& standing);

/// The event as reading would give it if our property were not there: what Exchange can hold of it.
model::Event shown_by_exchange(const WriteContext& context, const Subject& subject, const Standing& standing);

/// The rule that reading gives of the subject's pattern.
Result<model::Rule> rule_of(const WriteContext& context, wire::Arena& arena, const Subject& subject,
                            const Standing& standing);

/// An instant that all-day and floating times get by the clock of `zone`.
Instant instant_of(const WriteContext& context, const model::EventTime& time, const std::string& zone);
/// The event's end: DTEND, or what its absence means (RFC 5545 3.6.1); never before its start.
model::EventTime end_of(const model::Event& event);
/// The years in which the zones of a subject matter.
Years years_of(const Subject& subject);

/// Whether the people of an event make a meeting of the item that is written for it.
bool makes_a_meeting(const WriteContext& context, const model::Event& event);

/// The UID that is set on an item: the series' own, or a stand-in where Exchange may not hold it (ews-facts 5.5: 255
/// bytes).
std::string uid_for(const Uid& uid);
/// The UID of an item that is one occurrence of a series.
std::string uid_for_part(const Uid& uid, const model::EventTime& occurrence);

}  // namespace caravan::ews::mapping
