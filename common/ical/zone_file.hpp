// SPDX-License-Identifier: GPL-3.0-or-later
// Reads a zone of the system's database (TZif, RFC 8536: 64-bit transitions and the footer's rule). We read it
// ourselves because libical 3.0.16 makes RRULEs of the transitions by guesswork: 85 of Debian's zones get wrong hours
// in some year after 1970 (Cairo in the 1970s, St. John's, Santiago, Moscow 1991). Private to this folder.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ical/zone_table.hpp"
#include "model/time.hpp"

namespace caravan::ical::detail {

struct ZoneFile {
  std::int32_t first_offset = 0;
  std::vector<Transition> transitions;     ///< those of the file, then the rule's until 2100
  std::vector<model::Observance> endless;  ///< the footer's rules, where RRULE can say them
};

/// Nothing where `bytes` are no TZif.
std::optional<ZoneFile> read_zone_file(std::string_view bytes);

}  // namespace caravan::ical::detail
