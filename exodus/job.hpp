// SPDX-License-Identifier: GPL-3.0-or-later
// One mailbox's share of a run, as it is queued in the store: who, and with which options. JSON in Job::options.
#pragma once
#include <string>
#include <vector>

#include "app/pass/mailbox_pass.hpp"
#include "exodus/operations.hpp"

namespace caravan::exodus {

struct JobOrder {
  config::MailboxEntry entry;
  RunOptions options;
};
std::string to_json(const JobOrder& order);
Result<JobOrder> job_order_from_json(const std::string& text);
/// The pass that the job asks for.
app::MailboxOrder pass_of(const JobOrder& order, sync::Occasion occasion);

/// A run and its jobs. Without a holder they are queued, and whoever claims them works on them; with one they are that
/// process's own from the start, and no daemon takes them while it lives. Returns the run's id.
Result<RunId> queue_run(store::Store& store, const Clock& clock, const std::string& kind,
                        const std::vector<config::MailboxEntry>& mailboxes, const RunOptions& options,
                        const std::string& holder = {});

/// Job::progress while it is worked on: the numbers of the progress bar.
std::string progress_to_json(const Progress& progress);
Progress progress_from_json(const std::string& text);

}  // namespace caravan::exodus
