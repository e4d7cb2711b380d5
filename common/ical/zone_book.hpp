// SPDX-License-Identifier: GPL-3.0-or-later
// Time zones: the system's zone database (/usr/share/zoneinfo) as a model::ZoneBook, and as VTIMEZONE text. Tables of
// transitions are made once per zone and process, so that asking is cheap.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/time.hpp"

namespace caravan::ical {

/// The system's zones; one object per process. Thread-safe; a lookup after a zone's first takes no exclusive lock.
/// The tables reach from 1900 to 2100; later instants have the offset they would have in a year of the same calendar.
std::shared_ptr<const model::ZoneBook> system_zone_book();

/// VTIMEZONE for `zone` (CRLF lines, TZID = `zone`): the rules in force, and the history back to `from_year`. The
/// result is cached per zone and five-year bucket. Empty for a zone that neither the database nor `custom` knows.
std::string vtimezone_text(std::string_view zone, int from_year, const std::vector<model::ZoneDefinition>& custom = {});

/// The database's name for a TZID as other programs write it: an IANA name or alias as it is; without vendor prefix
/// ("/freeassociation.sourceforge.net/Europe/Berlin"); a Windows name ("W. Europe Standard Time"). Empty if unknown.
std::string zone_name(std::string_view tzid);

}  // namespace caravan::ical
