// SPDX-License-Identifier: GPL-3.0-or-later
// A run in this process: one job a mailbox, several workers.
#pragma once
#include "exodus/operations.hpp"

namespace caravan::exodus {

/// `kind` is the run's kind and its outcome's command: migrate, rebuild or subscribe.
RunOutcome run_jobs(const Context& context, const std::string& kind, const std::vector<config::MailboxEntry>& mailboxes,
                    const RunOptions& options, const ProgressSink& progress, std::stop_token stop);

/// Takes one mailbox out of live sync, waits for whoever works on it, and ends the writes that were left open.
/// `state`: what it is from now on, also where an error says that a write could not be told to be done or not.
Status leave_live_sync(const Context& context, const config::MailboxEntry& entry, const std::string& state,
                       std::stop_token stop);
/// The exit code of a command that failed for some of its mailboxes.
Exit exit_of_failures(const std::vector<LeftBehind>& failed, std::size_t mailboxes);

}  // namespace caravan::exodus
