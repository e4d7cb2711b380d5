// SPDX-License-Identifier: GPL-3.0-or-later
// Believes nothing. Each mailbox is audited once in sync.audit_interval: CalDAV is listed whole and Exchange's list is
// asked, whatever notifications said; what is otherwise than the store says is decided like any other change and
// counted as drift. Once a day Exchange is listed from the beginning, too. And what no calendar shows is looked for:
// subscribed mailboxes that nobody looks after, subscriptions that fell silent, writes that nobody ended, history that
// is too old.
#pragma once
#include <chrono>
#include <optional>
#include <set>
#include <stop_token>
#include <string>

#include "app/pass/context.hpp"
#include "app/pass/mailbox_pass.hpp"
#include "store/live_store.hpp"

namespace caravan::app {

/// Exchange is listed from the beginning once in this time; at a first audit the initial pass has just done so.
inline constexpr std::chrono::hours kWholeAudit{24};

/// How this claim is to be worked on. An audit waits until what was told is served, so that what it finds is drift.
[[nodiscard]] Result<sync::Audit> audit_of(store::Store& store, const Clock& clock, const store::DueMailbox& due);
/// The audit is over: metrics, log, and when the next whole one is due.
[[nodiscard]] Status note_audit(store::Store& store, const Clock& clock, const store::DueMailbox& due,
                                sync::Audit audit, const MailboxDone& done);

/// Puts every subscribed mailbox under live sync that is not: a process died between subscribing and enlisting it.
[[nodiscard]] Status enlist_subscribed(store::Store& store);

/// The part that looks at the store alone; one for a process, run by one thread.
class Auditor {
 public:
  explicit Auditor(const Context& context) : context_(context) {}
  /// One round. Thread: the caller's.
  [[nodiscard]] Status round(store::Store& store);
  /// A round every now and then, at least once in sync.audit_interval, until asked to stop.
  void run(std::stop_token stop);

 private:
  Status look_at_silent_subscriptions(store::Store& store);
  Status look_at_open_writes(store::Store& store, const store::Backlog& backlog);

  const Context& context_;
  std::set<std::string> silent_;  ///< tokens of subscriptions whose mailboxes were marked
  std::set<PairId> open_;         ///< pairs with open writes, as of the last round
  std::optional<std::chrono::steady_clock::time_point> pruned_;
};

}  // namespace caravan::app
