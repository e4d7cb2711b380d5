// SPDX-License-Identifier: GPL-3.0-or-later
// Extended (MAPI) properties: how a request names one, what may be written, what is computed from the
// item. A client's own properties are kept as they are (ews-facts 5.4).
#pragma once

#include <string>
#include <vector>

#include "model.hpp"
#include "world.hpp"
#include "xml_reader.hpp"
#include "xml_writer.hpp"

namespace exchange_sim {

/// An ExtendedFieldURI of a request, kept with the attributes it was asked with.
struct ExtendedField {
  std::string tag, set, distinguished_set, id, name, type;
  /// The same property however its set is named.
  std::string key() const;
  /// Throws ItemError where Exchange refuses the combination of attributes or the type.
  void check() const;
  static ExtendedField read(const Node& node);
  void write(XmlWriter& out) const;
};

/// The value of a property that Exchange computes or a client has set; empty for none.
std::vector<std::string> extended_values(const Mailbox& mailbox, const View& view, const ExtendedField& field);

/// Stores the ExtendedProperty element; some set what typed properties show. `item` is null for an
/// exception. Throws ItemError.
void set_extended(CalendarItem* item, EventContent& content, const Node& element);

}  // namespace exchange_sim
