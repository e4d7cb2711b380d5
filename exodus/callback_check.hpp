// SPDX-License-Identifier: GPL-3.0-or-later
// Proves that Exchange's calls arrive at exchange.callback_url: subscribes for real and waits for the first status
// call, at the running receiver or, where none runs, at one of its own on gobi.listen. Leaves nothing behind: the
// subscription is answered "Unsubscribe".
#pragma once
#include <chrono>
#include <stop_token>

#include "app/adapters/sides.hpp"
#include "app/pass/context.hpp"

namespace caravan::exodus {

/// Exchange calls at once and repeats at once (ews-facts 9.2); this is for slow proxies.
inline constexpr std::chrono::seconds kCallPatience{15};

/// The time until the call came. Code "no_callback" where none came, "listen" where nobody runs and the address is
/// taken.
Result<std::chrono::milliseconds> prove_callback(const app::Context& context, app::Sides& sides,
                                                 const config::MailboxEntry& entry, const std::stop_token& stop,
                                                 std::chrono::milliseconds patience = kCallPatience);

}  // namespace caravan::exodus
