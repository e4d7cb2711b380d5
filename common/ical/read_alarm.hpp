// SPDX-License-Identifier: GPL-3.0-or-later
// VALARM (RFC 5545 3.6.6, RFC 9074) to and from the model. Private to this folder.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "ical/lines.hpp"
#include "model/series.hpp"

namespace caravan::ical::detail {

/// Nothing where there is no readable TRIGGER.
std::optional<model::Alarm> read_alarm(std::string_view text, const Component& component);
void append_alarm(std::string& out, const model::Alarm& alarm);

}  // namespace caravan::ical::detail
