// SPDX-License-Identifier: GPL-3.0-or-later
// Occurrences of a series in a window: rules, RDATE, EXDATE, overrides. The recurrence arithmetic is libical's, on wall
// clock readings; offsets come from the zone book, so that a series keeps its wall time over DST changes.
#pragma once
#include <cstddef>
#include <optional>
#include <vector>

#include "model/series.hpp"

namespace caravan::ical {

struct Occurrence {
  model::EventTime start, end;          ///< exclusive end
  model::EventTime original_start;      ///< its recurrence id: equals `start` unless an override moved it
  const model::Event* event = nullptr;  ///< the master or the override that gives its properties; lives in the series
};

/// Occurrences that overlap [from, until), sorted by start; at most `limit`. Those without length count where they
/// start. Dates and floating times are taken as UTC. A rule that yields nothing for very long is given up.
std::vector<Occurrence> expand(const model::Series& series, Instant from, Instant until, const model::ZoneBook& book,
                               std::size_t limit = 10000);

/// Their original starts, in the order of time.
std::vector<model::EventTime> original_starts(const model::Series& series, Instant from, Instant until,
                                              const model::ZoneBook& book, std::size_t limit = 10000);

/// The end of the last occurrence, overrides included; nothing for an endless series or one with more than 10,000.
std::optional<Instant> last_end(const model::Series& series, const model::ZoneBook& book);

}  // namespace caravan::ical
