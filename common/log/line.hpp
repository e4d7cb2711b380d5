// SPDX-License-Identifier: GPL-3.0-or-later
// One event as a line of text or of JSON. Pure; log.cpp writes it out.
#pragma once
#include <string>

#include "log/log.hpp"
#include "util/clock.hpp"

namespace caravan::log {

/// Values of fields whose name says secret (password, secret, token, authorization, credential) and passwords in URLs
/// become "***": a second net below the rule that they are not passed.
std::string format_line(Format format, Instant at, Level level, std::string_view event, Fields fields,
                        Fields more = {});

}  // namespace caravan::log
