// SPDX-License-Identifier: GPL-3.0-or-later
// Items as they are sent: whole for a CreateItem, or the changed fields of one for an UpdateItem. Pure. Private to
// common/ews.
#pragma once
#include <string>
#include <vector>

#include "ews/mapping/shape.hpp"
#include "ews/mapping/write_event.hpp"
#include "ews/wire/wire.hpp"
#include "model/canonical.hpp"

namespace caravan::ews::mapping {

/// Units of one event, sorted; attendees count as one.
using Fields = std::vector<model::Field>;

/// An item and what goes into our second property of it.
struct Draft {
  wire::t__CalendarItemType* item = nullptr;
  std::string kept;  ///< JSON; empty where there is nothing to keep
  std::string uid;   ///< for a new item
  bool is_occurrence = false;
  Standing standing;
};

/// The master or single of a series that has one.
Draft draft_main(const WriteContext& context, wire::Arena& arena, const model::Series& series, const Shape& shape,
                 const Standing& standing);
/// One occurrence of a series, with the values that it has in `series`.
Draft draft_occurrence(const WriteContext& context, wire::Arena& arena, const model::Series& series,
                       const model::EventTime& occurrence, const Standing& standing);
/// The same as an item of its own.
Draft draft_part(const WriteContext& context, wire::Arena& arena, const model::Series& series,
                 const model::EventTime& occurrence, const Standing& standing);

/// Gives a new item its UID, our mark and our property; `kept` as it is to be stored.
void make_new(wire::Arena& arena, Draft& draft, const std::string& mark, const std::string& kept);
enum class KeptProperty : std::uint8_t { goes_along, stays_as_it_is };
/// The changes that bring these fields of an item to the draft's; our property goes along unless said otherwise. What
/// only an organizer may change is left out for others.
wire::t__Updates updates_of(wire::Arena& arena, const Draft& draft, const Fields& fields, const std::string& kept,
                            KeptProperty property = KeptProperty::goes_along);

}  // namespace caravan::ews::mapping
