// SPDX-License-Identifier: GPL-3.0-or-later
// VTIMEZONEs that are wrong, or begin too late: found, and made anew in the text. Radicale 3.1.8 makes such ones when a
// whole calendar is PUT, from the first definition of the name that its process ever met (docs/quirks.md).
#pragma once
#include <limits>
#include <string>
#include <string_view>

namespace caravan::ical {

/// zones_hold_from() of a text whose every zone is good, or that has none.
inline constexpr int kZonesHold = std::numeric_limits<int>::min();

/// The year from which on the VTIMEZONEs of the text (in VCALENDARs, or alone) say what the database says of the zones
/// they are named after, at noon (UTC) of every day from 1970 to 2037; later rules are those of 2037. A change that
/// strikes some hours early or late is let pass, as vobject's STANDARDs do. VTIMEZONEs of other names are not looked
/// at. Thread-safe; a definition's answer is remembered.
int zones_hold_from(std::string_view text);

/// The text with those VTIMEZONEs made anew from the database, their history back to `from_year`. All else stays byte
/// for byte.
std::string with_zones_of_database(std::string_view text, int from_year);

}  // namespace caravan::ical
