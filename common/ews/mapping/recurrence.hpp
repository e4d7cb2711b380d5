// SPDX-License-Identifier: GPL-3.0-or-later
// t:Recurrence -> RRULE (ews-facts 6.3). Pure. Private to common/ews.
#pragma once
#include "ews/mapping/context.hpp"
#include "ews/wire/wire.hpp"
#include "model/series.hpp"

namespace caravan::ews::mapping {

/// Where and how a series' occurrences are counted: the zone of its master.
struct SeriesFrame {
  Zone zone;
  bool all_day = false;
  std::int64_t time_of_day = 0;  ///< seconds: the wall clock of every occurrence of the pattern
};

/// The rule; `malformed` where the pattern or the range is none that EWS documents. A series must not lose its rule.
Result<model::Rule> read_rule(const wire::t__RecurrenceType& recurrence, const SeriesFrame& frame,
                              const std::vector<model::ZoneDefinition>& custom, const model::ZoneBook& book);

/// The last year in which the range may have occurrences, for comparing zones; 9999 where it has no end.
int last_year(const wire::t__RecurrenceType& recurrence);

/// An original start (RECURRENCE-ID, EXDATE) in the master's zone and kind. Every occurrence of a pattern starts at the
/// same wall-clock time, so an instant that is off by up to three hours (other rules at another time, DST) is snapped
/// to it; one that is further off is kept as it is and counted.
model::EventTime original_start(Context& context, const SeriesFrame& frame, Instant instant,
                                const std::vector<model::ZoneDefinition>& custom);

}  // namespace caravan::ews::mapping
