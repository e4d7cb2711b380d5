// SPDX-License-Identifier: GPL-3.0-or-later
// One VEVENT -> model::Event, and what its component says for the series. Private to this folder.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "ical/lines.hpp"
#include "ical/parse.hpp"
#include "ical/read_zone.hpp"
#include "model/series.hpp"

namespace caravan::ical::detail {

struct ReadEvent {
  const Component* component = nullptr;
  model::Event event;
  std::vector<model::Rule> rules;
  std::vector<model::EventTime> extra_dates, excluded;
  std::optional<model::EventTime> dropped_until;  ///< of a rule that had COUNT too
  std::vector<model::ZoneDefinition> zones;
  std::string mark;
  std::vector<std::string> warnings;
  std::size_t unknown_zones = 0;
};

std::string read_uid(std::string_view text, const Component& component);
Result<ReadEvent> read_event(std::string_view text, const Component& component, ZoneContext& zones,
                             const ParseOptions& options);

/// One value of a date property, its TZID resolved. Adds to `out` what it needed.
std::optional<model::EventTime> read_time(const ContentLine& line, const std::string& value, ZoneContext& zones,
                                          ReadEvent& out);
model::Attendee read_attendee(const ContentLine& line);
/// The wire form: what a property we do not model becomes.
model::RawProperty raw_property(const ContentLine& line);
/// False for the properties that `extra` holds.
bool is_modelled(const ContentLine& line);

/// `time` (RECURRENCE-ID, EXDATE, RDATE) in the value type and zone of the master's start.
model::EventTime like_start(const model::EventTime& time, const model::EventTime& start,
                            const std::vector<model::ZoneDefinition>& custom);

}  // namespace caravan::ical::detail
