// SPDX-License-Identifier: GPL-3.0-or-later
// What a telling is about, as an iCalendar file that a mail can carry.
#pragma once
#include <string>

#include "model/series.hpp"
#include "notify/telling.hpp"

namespace caravan::notify {

/// METHOD:PUBLISH (RFC 5546 3.2.1), one UID, without alarms and attachments; of an occurrence only that one. Empty
/// where the series has no such occurrence.
std::string calendar_text(const model::Series& series, const Telling& telling);

}  // namespace caravan::notify
