// SPDX-License-Identifier: GPL-3.0-or-later
// Secrets that are sealed in the store, for a program that is about to work: those of the configuration (..._sealed)
// now, those of the mailbox list when they are asked for.
#pragma once
#include "app/pass/context.hpp"
#include "util/result.hpp"

namespace caravan::app {

/// Sets Config::unseal, over a connection of its own that is opened when it is first asked, and fills in the sealed
/// keys. Copies of the configuration share it; it is thread-safe. Code "store_sealed" where a secret can't be opened.
[[nodiscard]] Status unseal(Context& context);

}  // namespace caravan::app
