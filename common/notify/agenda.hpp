// SPDX-License-Identifier: GPL-3.0-or-later
// What the clock brings: when a series' reminders are due, the lines of a day, free time. Pure.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "model/series.hpp"
#include "model/time.hpp"
#include "notify/differences.hpp"
#include "notify/preferences.hpp"

namespace caravan::notify {

/// Something of one occurrence that is due at a moment.
struct DueMoment {
  enum class What : std::uint8_t { reminder, starting, ended } what = What::reminder;
  std::string occurrence;  ///< recurrence id as text (a single event: its start)
  Instant due, start, end;
};
/// Those of the series with `due` in [from, until). Reminders come from the display and audio alarms, where there is
/// none from Preferences::lead; none for all-day events without alarm, for what is cancelled, free-busy "free" events
/// without alarm, or declined by the reader. `starting` and `ended` for timed events only. Each alarm is a moment of
/// its own; one at a moment of the calendar belongs to single events and overrides only. Dates and floating times are
/// those of the reader's wall clock. In the order of `due`.
std::vector<DueMoment> moments(const model::Series& series, const Reader& reader, const Preferences& preferences,
                               const model::ZoneBook& zones, Instant from, Instant until);

/// The telling for a moment that has come, from the present state: nothing where the occurrence moved, is cancelled,
/// gone or declined since, nor for `ended`, of which nobody is told.
std::optional<Telling> tell(const DueMoment& moment, const model::Series& series, const Reader& reader,
                            const Preferences& preferences, const model::ZoneBook& zones);

/// An occurrence in a list.
struct Entry {
  AgendaLine line;
  Instant start, end;
  bool all_day = false, busy = true;
};
/// Occurrences of [from, until) of one series, without cancelled and declined ones.
std::vector<Entry> entries(const model::Series& series, const Reader& reader, const Preferences& preferences,
                           const model::ZoneBook& zones, Instant from, Instant until);
/// In the order of start, all-day ones of a day first.
void sort_entries(std::vector<Entry>& entries);

/// The parts of the working hours of the day (a date, in the person's zone) in which nothing busy lies; at least 15
/// min.
struct Slot {
  Instant from, until;
};
std::vector<Slot> free_slots(const model::EventTime& day, const std::vector<Entry>& entries,
                             const Preferences& preferences, const model::ZoneBook& zones);

}  // namespace caravan::notify
