// SPDX-License-Identifier: GPL-3.0-or-later
// One pass over one mailbox: finds its calendars, pairs them with collections, and sends each pair through the engine.
#pragma once
#include "app/adapters/sides.hpp"
#include "exodus/job.hpp"
#include "sync/engine.hpp"

namespace caravan::exodus {

/// What a mailbox adds to the run's outcome.
struct MailboxResult {
  MailboxOutcome outcome;
  std::vector<ParkedItem> parked;
  std::vector<StoppedPlan> plans;
  std::vector<LossItem> losses;
  std::map<std::string, std::uint64_t> loss_counts;
  std::vector<ConflictItem> conflicts;
};

struct PassContext {
  const Context& context;
  app::Sides& sides;
  store::Store& store;
  RunId run;
  sync::Occasion occasion = sync::Occasion::migrate;
};

/// Never throws, never gives up on one pair because of another. `progress` gets this mailbox's numbers.
MailboxResult pass_mailbox(const PassContext& pass, const JobOrder& order, const ProgressSink& progress,
                           std::stop_token stop);

/// The pairs of a mailbox as the store and Exchange know them; new folders get a pair (stored unless it is a dry run).
Result<std::vector<store::Pair>> pairs_of(const PassContext& pass, const JobOrder& order, ews::Client& exchange,
                                          const Href& home);

/// Options of the engine from the configuration.
sync::PassOptions pass_options(const PassContext& pass, const JobOrder& order);
sync::Policy policy_of(const config::Config& config, const config::MailboxEntry& entry, sync::Occasion occasion);

/// Whether an error is about this machine (disk, store, configuration): exit 2.
bool is_setup_error(const Error& error);
/// The error with a remedy, where whoever made it had none.
Error with_remedy(Error error);

/// Whether an error is about the server as a whole (unreachable, credentials, TLS), not about this mailbox.
bool is_server_error(const Error& error);

}  // namespace caravan::exodus
