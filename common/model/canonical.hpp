// SPDX-License-Identifier: GPL-3.0-or-later
// Digest of meaning, and the difference of meaning. This is the first of the two equalities (docs/mapping.md): a side
// compared with its OWN earlier copy. Left out: DTSTAMP, CREATED, LAST-MODIFIED, PRODID, SEQUENCE, our mark, order,
// formatting. X- properties count. The second, across the sides, is sync/equal_across.hpp.
#pragma once
#include <array>
#include <compare>
#include <string>
#include <vector>

#include "model/series.hpp"

namespace caravan::model {

/// Merge units: what changes and is merged together (docs/architecture.md). Attendees are units of their own, by
/// address.
enum class Field : std::uint8_t {
  schedule,  ///< start, end, all-day, zones; on the master also RRULE and RDATE
  excluded,  ///< EXDATE, each exclusion by itself
  summary,
  body,
  location,
  busy,
  status,
  sensitivity,
  priority,
  categories,
  link,
  alarms,
  organizer,
  attendee,
  attachments,
  extra,
  presence,  ///< an override (or the master) as a whole appeared or went
};
inline constexpr std::array kEventFields = {Field::schedule,    Field::summary, Field::body,        Field::location,
                                            Field::busy,        Field::status,  Field::sensitivity, Field::priority,
                                            Field::categories,  Field::link,    Field::alarms,      Field::organizer,
                                            Field::attachments, Field::extra};
std::string_view to_string(Field field) noexcept;

/// One changed unit. `occurrence` is empty for the master, else the recurrence id as to_string(EventTime) prints it.
/// `key` is the attendee's address, or the excluded time's text.
struct Change {
  std::string occurrence;
  Field field = Field::summary;
  std::string key;
  friend auto operator<=>(const Change&, const Change&) = default;
};
using Delta = std::vector<Change>;  ///< sorted

/// The unit's meaning as text; equal meaning, equal text.
std::string canonical(const Event& event, Field field);
std::string canonical(const Attendee& attendee);
std::string canonical(const Series& series);
/// SHA-256 of canonical(series): the side's digest.
Digest digest(const Series& series);
/// What `now` changed since `before`, of the same side.
Delta difference(const Series& before, const Series& now);

}  // namespace caravan::model
