// SPDX-License-Identifier: GPL-3.0-or-later
// What an error that ended a pass is about, and what to do next. One place for all programs.
#pragma once
#include "util/result.hpp"

namespace caravan::app {

/// Whether an error is about this machine (disk, store, configuration): exit 2.
bool is_setup_error(const Error& error);
/// Whether an error is about the server as a whole (unreachable, credentials, TLS), not about this mailbox.
bool is_server_error(const Error& error);
/// The error with a remedy, where whoever made it had none.
Error with_remedy(Error error);

}  // namespace caravan::app
