// SPDX-License-Identifier: GPL-3.0-or-later
// All that notifyd does, as a part of a program: `notifyd` runs it alone, `caravan` beside the sync.
#pragma once
#include <memory>
#include <stop_token>

#include "app/notify/people.hpp"
#include "app/pass/context.hpp"

namespace caravan::app {

/// Works until it is asked to stop. Fault::malformed, code "configuration", or what kept the listener from listening.
[[nodiscard]] Status serve_notifications(const Context& context, std::stop_token stop);

}  // namespace caravan::app
