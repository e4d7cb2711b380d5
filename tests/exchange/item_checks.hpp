// SPDX-License-Identifier: GPL-3.0-or-later
// What Exchange makes sure of before it saves an item, and what a change of a series does to its
// exceptions. Knows neither XML nor journals.
#pragma once

#include "model.hpp"

namespace exchange_sim {

/// Snaps all-day events to days and the series to its first day; throws ItemError for what cannot be saved.
void check_item(CalendarItem& item);

/// An occurrence stays between its neighbours and on a day of its own (ews-facts 6.6); throws ItemError.
void check_boundaries(const CalendarItem& item, Day changed);

/// Whether pattern, time or zone differ, so that exceptions and deletions are lost (ews-facts 6.7).
bool schedule_changed(const CalendarItem& before, const CalendarItem& after);

/// Exceptions keep what they changed themselves; of the rest they take the master's new values.
void inherit(EventContent& exception, const EventContent& before, const EventContent& after);

/// The occurrence with its own content, made from the master where it was none before.
Exception& make_exception(CalendarItem& master, Day day);

}  // namespace exchange_sim
