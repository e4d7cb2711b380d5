// SPDX-License-Identifier: GPL-3.0-or-later
// MimeContent of a calendar item: iCalendar that becomes an item as Exchange's own import makes it,
// the one way to a copy with a foreign organizer (ews-facts 8.6).
#pragma once

#include <memory>

#include "model.hpp"
#include "world.hpp"

namespace exchange_sim {

/// Throws ItemError where the conversion fails; why is only in the message's text.
std::unique_ptr<CalendarItem> item_from_mime(const std::string& base64, const Mailbox& mailbox);

}  // namespace exchange_sim
