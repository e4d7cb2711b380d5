// SPDX-License-Identifier: GPL-3.0-or-later
// One pass over one mailbox: finds its calendars, pairs them with collections, and sends each pair through the engine.
// Every program that moves events does it through this one call: migrate and rebuild one way, the live daemons both
// ways (MailboxOrder::occasion).
#pragma once
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "app/adapters/sides.hpp"
#include "app/pass/context.hpp"
#include "sync/engine.hpp"

namespace caravan::app {

/// What a pass works with; one thread at a time.
struct PassContext {
  const Context& context;
  Sides& sides;
  store::Store& store;
  RunId run;
};

enum class PassScope {
  everything,
  open_writes,  ///< only what an interrupted pass left open is ended
};

/// What is asked of one pass.
struct MailboxOrder {
  config::MailboxEntry entry;
  PassScope scope = PassScope::everything;
  /// From this pass on, where it is complete, the daemons look after the mailbox.
  bool subscribes = false;
  sync::Occasion occasion = sync::Occasion::migrate;  ///< subscribe: both ways; the others: Exchange to CalDAV
  sync::Observe observe = sync::Observe::both_sides;
  sync::Audit audit = sync::Audit::none;
  /// Whether changes of meetings are told as sync.scheduling says. The first pass of a mailbox tells nobody: people
  /// were told of those meetings long ago.
  bool tells_people = false;
  bool dry_run = false;
  bool all_calendars = false;
  std::string since, until;  ///< RFC 3339 instants, empty: as before
};

/// Series, summed over the mailbox's pairs.
struct PassNumbers {
  std::uint64_t done = 0, known = 0, written = 0, failed = 0;
};
using PassSink = std::function<void(const PassNumbers&)>;

struct PairDone {
  store::Pair pair;
  sync::PassReport report;
};
struct MailboxDone {
  std::vector<PairDone> pairs;
  std::vector<store::Parked> parked;  ///< all that waits for a person, whichever pass parked it
  std::optional<Error> error;         ///< with a remedy; Fault::cancelled: interrupted
  std::string zone;                   ///< the mailbox's, IANA: named by the list, or learnt; empty: not known
};

/// Never throws, never gives up on one pair because of another. `progress` gets this mailbox's numbers.
MailboxDone pass_mailbox(const PassContext& pass, const MailboxOrder& order, const PassSink& progress,
                         std::stop_token stop);

/// The pairs of a mailbox as the store and Exchange know them; new folders get a pair (stored unless it is a dry run).
Result<std::vector<store::Pair>> pairs_of(const PassContext& pass, const MailboxOrder& order, ews::Client& exchange,
                                          const Href& home);

/// A mailbox as the store knows it, in the words of the mailbox list.
config::MailboxEntry entry_of(const store::Mailbox& row);

/// Options of the engine from the configuration.
sync::PassOptions pass_options(const PassContext& pass, const MailboxOrder& order);
sync::Policy policy_of(const config::Config& config, const config::MailboxEntry& entry, sync::Occasion occasion);

}  // namespace caravan::app
