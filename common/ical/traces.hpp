// SPDX-License-Identifier: GPL-3.0-or-later
// What Caravan leaves in texts on CalDAV, and how it goes again when a coexistence ends: our mark, and the
// SCHEDULE-AGENT=CLIENT that keeps a server from mailing (RFC 6638 7.1).
#pragma once
#include <string>
#include <string_view>

namespace caravan::ical {

/// The text without X-CARAVAN-ID and SCHEDULE-AGENT=CLIENT; every other line stays byte for byte. The same text where
/// there is neither.
[[nodiscard]] std::string without_traces(std::string_view text);

}  // namespace caravan::ical
