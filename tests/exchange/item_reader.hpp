// SPDX-License-Identifier: GPL-3.0-or-later
// Reads the calendar item of CreateItem and the property changes of UpdateItem into the model, with the
// errors Exchange answers. Knows nothing of journals or mails.
#pragma once

#include "model.hpp"
#include "soap.hpp"

namespace exchange_sim {

/// What a property change may touch: a master or single, or the content of one exception.
struct Target {
  CalendarItem* item;  ///< nothing for an exception: series properties are refused then
  EventContent* content;
  const Zone* fallback;    ///< for times without offset
  const Mailbox* mailbox;  ///< whose item it is
};

/// Sets the property that `element` holds; throws ItemError for read-only or unknown ones.
void set_property(const Target& target, const Node& element);
/// AppendToItemField of a FieldURI; throws ItemError for what is no text or list.
void append_property(const Target& target, const std::string& field_uri, const Node& element);
/// DeleteItemField of a FieldURI; throws ItemError for what every item has.
void clear_property(const Target& target, const std::string& field_uri);
/// Reads all children of a CalendarItem for CreateItem, zones first.
void read_new_item(CalendarItem& item, const Node& element, const Zone& fallback, const ZonePtr& default_zone,
                   const Mailbox& mailbox);
Recurrence read_recurrence_element(const Node& element);
ZonePtr read_zone_element(const Node& element);
Attachment read_attachment_element(const Node& element, std::uint32_t number);

}  // namespace exchange_sim
