// SPDX-License-Identifier: GPL-3.0-or-later
// The one message of a bulk run that was asked to tell (--notify).
#pragma once
#include <cstdint>
#include <string>

#include "app/pass/context.hpp"
#include "store/store.hpp"

namespace caravan::app {

/// Puts it into the outbox; once for a run and mailbox, however often it is called. Nothing where nothing was written.
[[nodiscard]] Status tell_summary(const Context& context, store::Store& store, const Address& mailbox, const RunId& run,
                                  const std::string& kind, std::uint64_t written);

}  // namespace caravan::app
