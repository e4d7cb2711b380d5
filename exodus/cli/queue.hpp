// SPDX-License-Identifier: GPL-3.0-or-later
// A migration by a running daemon: the run and its jobs are put into the store, and their progress is watched there.
#pragma once
#include <vector>

#include "exodus/cli/progress.hpp"
#include "exodus/cli/session.hpp"

namespace caravan::exodus::cli {

/// True where a daemon (exodus or caravan) has shown itself within the last 10 seconds.
Result<bool> daemon_lives(store::Store& store);

/// Queues a run and waits for its end. When the person stops waiting, the daemon goes on; when the daemon goes away,
/// the jobs stay queued: either is told in the outcome's error.
Result<RunOutcome> migrate_by_daemon(Session& session, store::Store& store,
                                     const std::vector<config::MailboxEntry>& mailboxes, const RunOptions& options,
                                     ProgressView& view);

}  // namespace caravan::exodus::cli
