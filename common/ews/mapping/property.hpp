// SPDX-License-Identifier: GPL-3.0-or-later
// Our two extended properties on Exchange's items, under a property set of our own (decisions.md 1): the mark, which
// says that Caravan wrote the item, and what Exchange has no field for. Private to common/ews.
#pragma once
#include <cstdint>
#include <string>

#include "ews/wire/wire.hpp"

namespace caravan::ews::mapping {

enum class OwnProperty : std::uint8_t { mark, kept };

/// The path by which requests name it. A fixed set of names: they are a limited resource of a mailbox (ews-facts 5.4).
wire::t__PathToExtendedFieldType path_of(OwnProperty property);
/// The property with its value.
wire::t__ExtendedPropertyType with_value(wire::Arena& arena, OwnProperty property, std::string value);
/// Its value on an item as read; null where the item has none.
const std::string* value_of(const wire::t__CalendarItemType& item, OwnProperty property) noexcept;

}  // namespace caravan::ews::mapping
