// SPDX-License-Identifier: GPL-3.0-or-later
// EWS dates and times as text -> instants, and instants -> EventTime in an item's zone (ews-facts 7). Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "ews/mapping/time_zone.hpp"
#include "model/time.hpp"

namespace caravan::ews::mapping {

/// xs:dateTime in all forms that servers send: "Z", an offset, a fraction, no zone (then UTC: ews-facts 7.2), or a date
/// only. Nullopt where it is none of these.
std::optional<Instant> parse_time(std::string_view text) noexcept;
/// xs:date, with or without the zone suffix that servers append ("2014-06-22-04:00"): the first ten characters count.
std::optional<model::LocalTime> parse_date(std::string_view text) noexcept;
/// xs:duration of a zone's bias or time of day ("-PT60M", "PT2H", "PT1H30M0S", "P0DT2H"), in seconds.
std::optional<std::int64_t> parse_duration(std::string_view text) noexcept;

/// `instant` as an item of this zone means it: UTC, zoned, or (zone unknown) UTC.
model::EventTime place(const model::ZoneBook& book, const Zone& zone, Instant instant,
                       const std::vector<model::ZoneDefinition>& custom);

/// Which end of an all-day event: Exchange snaps the start down and the end up to midnight.
enum class Edge : std::uint8_t { start, end };
/// The date of an all-day boundary in the item's own zone. A boundary that is not at midnight there (rules that changed
/// since) is snapped as Exchange would; without a zone, the offset is found by assuming midnight.
model::EventTime all_day(const model::ZoneBook& book, const Zone& zone, Instant instant, Edge edge,
                         const std::vector<model::ZoneDefinition>& custom);

}  // namespace caravan::ews::mapping
