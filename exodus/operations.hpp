// SPDX-License-Identifier: GPL-3.0-or-later
// What exodus can do, one function an operation. The command line and the daemon call these; each returns the outcome
// that every presentation is made from. Each may be interrupted by its stop token at any moment and taken up again.
#pragma once
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "app/pass/context.hpp"
#include "config/mailbox_list.hpp"
#include "exodus/outcome.hpp"

namespace caravan::exodus {

using app::Context;

/// A snapshot for the progress bar; `done`/`total` count series (total grows while calendars are listed).
struct Progress {
  std::size_t mailboxes = 0, mailboxes_done = 0;
  std::uint64_t done = 0, total = 0, written = 0, errors = 0;
  std::string current;  ///< mailbox being worked on
};
using ProgressSink = std::function<void(const Progress&)>;  ///< called from any worker, at most some times a second

struct RunOptions {
  bool dry_run = false;
  bool notify = false;       ///< each person gets one message: how many of his entries were written
  std::string since, until;  ///< RFC 3339 instants, empty: open
  bool all_calendars = false;
  std::size_t jobs = 0;  ///< workers; 0: sync.workers
};

/// Exchange to CalDAV, one pass over the mailboxes. Queued jobs of an interrupted run with the same mailboxes are
/// resumed.
RunOutcome migrate(const Context& context, const std::vector<config::MailboxEntry>& mailboxes,
                   const RunOptions& options, const ProgressSink& progress, std::stop_token stop);
/// Makes the mapping anew from the two sides, writing nothing to equal events.
RunOutcome rebuild(const Context& context, const std::vector<config::MailboxEntry>& mailboxes,
                   const RunOptions& options, const ProgressSink& progress, std::stop_token stop);
/// Puts mailboxes under live two-way sync: the first pass both ways here and now, then the daemons keep them in step. A
/// mailbox that was migrated before is taken up as it stands. Refused while sync.scheduling is not set.
RunOutcome subscribe(const Context& context, const std::vector<config::MailboxEntry>& mailboxes,
                     const RunOptions& options, const ProgressSink& progress, std::stop_token stop);

struct LeftBehind {
  std::string mailbox;
  Error error;
};
struct UnsubscribeOutcome {
  std::optional<Error> error;
  Exit exit = Exit::done;
  std::vector<std::string> ended, not_subscribed;  ///< addresses
  /// Out of live sync as well; what was being written when it ended could not be brought to its end.
  std::vector<LeftBehind> failed;
};
/// Takes mailboxes out of live sync and leaves both calendars as they are. The mapping stays: a later subscribe
/// rewrites nothing.
UnsubscribeOutcome unsubscribe(const Context& context, const std::vector<config::MailboxEntry>& mailboxes,
                               std::stop_token stop);

struct FinishOutcome {
  std::optional<Error> error;
  Exit exit = Exit::done;
  struct Finished {
    std::string mailbox;
    std::uint64_t caldav_stripped = 0, exchange_stripped = 0;  ///< events that carried a trace of ours
    std::uint64_t parked = 0;                                  ///< that never arrived on the other side
  };
  std::vector<Finished> finished;
  std::vector<std::string> not_subscribed;
  std::vector<LeftBehind> failed;  ///< still under live sync, or with traces left: repeat it
};
/// Ends a coexistence: a last pass both ways, our traces off both sides, out of live sync. May be repeated.
FinishOutcome finish(const Context& context, const std::vector<config::MailboxEntry>& mailboxes, std::stop_token stop);

/// Compares both sides by meaning.
RunOutcome verify(const Context& context, const std::vector<config::MailboxEntry>& mailboxes, const RunOptions& options,
                  const ProgressSink& progress, std::stop_token stop);

struct RollbackOutcome {
  RunId run;
  std::optional<Error> error;
  Exit exit = Exit::done;
  std::uint64_t restored = 0, removed = 0, collections_removed = 0;
  struct Kept {
    std::string mailbox, uid, href, why;
  };
  std::vector<Kept> kept;
};
/// Takes back what one run wrote, where nobody has changed it since. Works without Exchange.
RollbackOutcome rollback(const Context& context, const RunId& run, std::stop_token stop);

struct CleanOutcome {
  std::optional<Error> error;
  Exit exit = Exit::done;
  struct Marked {
    std::string mailbox, href, uid;
  };
  std::vector<Marked> marked;
  std::uint64_t removed = 0;
};
/// Lists (or removes) what carries our mark on CalDAV, without the store.
CleanOutcome clean_marked(const Context& context, const std::vector<config::MailboxEntry>& mailboxes, bool remove,
                          std::stop_token stop);

struct Check {
  std::string name, mailbox;
  enum class Grade { ok, warning, failure } grade = Grade::ok;
  std::string what, remedy;
};
struct DoctorOutcome {
  std::vector<Check> checks;
  Exit exit = Exit::done;
};
/// Store, Exchange (version, rights of every mailbox), CalDAV (discovery, abilities, silent writes).
DoctorOutcome doctor(const Context& context, const std::vector<config::MailboxEntry>& mailboxes, std::stop_token stop);

/// Serves queued jobs until stopped (the daemon); heartbeats while it lives.
Status serve(const Context& context, std::stop_token stop);
/// The same inside another daemon, whose heartbeat and place on the store are its own.
void serve_queue(const Context& context, std::stop_token stop);

}  // namespace caravan::exodus
