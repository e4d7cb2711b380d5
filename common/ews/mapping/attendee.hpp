// SPDX-License-Identifier: GPL-3.0-or-later
// Organizer and attendees of a t:CalendarItem (ews-facts 13.5). Private to common/ews.
#pragma once
#include "ews/mapping/context.hpp"
#include "ews/wire/wire.hpp"
#include "model/series.hpp"

namespace caravan::ews::mapping {

/// Whether people are to be written at all: Exchange puts an Organizer on plain appointments too (ews-facts 12, 49).
bool is_meeting(const wire::t__CalendarItemType& item);
/// IsOrganizer (2013 on), else MyResponseType.
bool is_organizer(const wire::t__CalendarItemType& item);
/// Fills organizer and attendees of a meeting. "Me" is written with the mailbox's primary address, and my own answer is
/// MyResponseType; attendees are unique by lower-case SMTP address.
void read_people(Context& context, wire::t__CalendarItemType& item, model::Event& event);

}  // namespace caravan::ews::mapping
