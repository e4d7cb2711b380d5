// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/live/auditor.hpp"

#include <algorithm>

#include "app/live/attention.hpp"
#include "app/pass/holder.hpp"
#include "log/log.hpp"
#include "metrics/metrics.hpp"

namespace caravan::app {
namespace {

constexpr std::chrono::milliseconds kLongestRound{60'000};
constexpr std::chrono::milliseconds kShortestRound{2'000};
constexpr std::chrono::hours kPruned{1};

std::string whole_setting(const Address& mailbox) { return "audited:" + mailbox.value; }

const char* name_of(Side side) { return side == Side::exchange ? "exchange" : "caldav"; }

}  // namespace

Result<sync::Audit> audit_of(store::Store& store, const Clock& clock, const store::DueMailbox& due) {
  const auto& pairs = due.pairs;
  const bool told =
      std::any_of(pairs.begin(), pairs.end(), [](const auto& pair) { return pair.look_exchange || pair.look_caldav; });
  const bool wanted = std::any_of(pairs.begin(), pairs.end(), [](const auto& pair) { return pair.audit; });
  if (told || !wanted) return sync::Audit::none;
  CARAVAN_TRY(known, store.setting(whole_setting(due.mailbox)));
  Instant last;
  if (known.empty() || !parse_rfc3339(known, last)) {
    CARAVAN_CHECK(store.set_setting(whole_setting(due.mailbox), to_rfc3339(clock.now())));
    return sync::Audit::usual;
  }
  return clock.now() - last >= kWholeAudit ? sync::Audit::whole : sync::Audit::usual;
}

Status note_audit(store::Store& store, const Clock& clock, const store::DueMailbox& due, sync::Audit audit,
                  const MailboxDone& done) {
  std::uint64_t found = 0;
  for (const auto& pair : done.pairs)
    for (const auto& [what, count] : pair.report.drift) {
      found += count;
      metrics::global().add(metrics::kDrift, {{"side", name_of(what.first)}, {"kind", what.second}},
                            static_cast<double>(count));
      log::warning("drift_found", {{"mailbox", due.mailbox.value},
                                   {"calendar", pair.pair.folder_name},
                                   {"side", name_of(what.first)},
                                   {"kind", what.second},
                                   {"count", count}});
    }
  if (audit == sync::Audit::none || done.error) return {};
  metrics::global().add(metrics::kAudits, {{"outcome", found > 0 ? "drift" : "well"}});
  if (audit != sync::Audit::whole) return {};
  return store.set_setting(whole_setting(due.mailbox), to_rfc3339(clock.now()));
}

Status enlist_subscribed(store::Store& store) {
  CARAVAN_TRY(mailboxes, store.mailboxes());
  for (const auto& mailbox : mailboxes) {
    if (mailbox.state != "subscribed") continue;
    CARAVAN_TRY(pairs, store.pairs(mailbox.address));
    std::vector<PairId> looked_after;
    for (const auto& pair : pairs)
      if (pair.state != "folder_gone" && pair.state != "suspended") looked_after.push_back(pair.id);
    CARAVAN_CHECK(store.live().enlist(mailbox.address, looked_after));
  }
  return {};
}

/// Whoever was told to trust them would wait for ever. Seeing to them is the subscriber's work.
Status Auditor::look_at_silent_subscriptions(store::Store& store) {
  CARAVAN_TRY(silent, store.live().silent_subscriptions(longest_silence(context_.config)));
  std::set<std::string> now;
  for (const auto& subscription : silent) {
    now.insert(subscription.token.hex);
    if (silent_.contains(subscription.token.hex)) continue;
    log::warning("subscription_silent", {{"mailbox", subscription.mailbox.value}});
    CARAVAN_TRY(pairs, store.pairs(subscription.mailbox));
    std::vector<PairId> marked;
    for (const auto& pair : pairs) marked.push_back(pair.id);
    CARAVAN_CHECK(store.live().hint(marked, Side::exchange));
  }
  silent_ = std::move(now);
  return {};
}

/// A write that is open in two rounds is nobody's: the next pass over its pair ends it.
Status Auditor::look_at_open_writes(store::Store& store, const store::Backlog& backlog) {
  std::set<PairId> open;
  if (backlog.open_intents > 0) {
    CARAVAN_TRY(pairs, store.pairs(Address()));
    for (const auto& pair : pairs) {
      CARAVAN_TRY(intents, store.open_intents(pair.id));
      if (intents.empty()) continue;
      open.insert(pair.id);
      if (open_.contains(pair.id)) CARAVAN_CHECK(store.live().hint({pair.id}, Side::exchange));
    }
  }
  open_ = std::move(open);
  return {};
}

Status Auditor::round(store::Store& store) {
  CARAVAN_TRY(mailboxes, store.mailboxes());
  CARAVAN_TRY(backlog, store.live().backlog());
  const auto subscribed =
      std::count_if(mailboxes.begin(), mailboxes.end(), [](const auto& each) { return each.state == "subscribed"; });
  // Enlisting makes every mailbox due: only where one is missing.
  if (backlog.mailboxes < static_cast<std::size_t>(subscribed)) CARAVAN_CHECK(enlist_subscribed(store));
  CARAVAN_CHECK(look_at_silent_subscriptions(store));
  CARAVAN_CHECK(look_at_open_writes(store, backlog));
  const auto now = context_.clock->monotonic();
  if (pruned_ && now - *pruned_ < kPruned) return {};
  pruned_ = now;
  const auto& keep = context_.config.retention;
  return store.prune(keep.audit, keep.tombstones, keep.undo);
}

void Auditor::run(std::stop_token stop) {
  const std::chrono::milliseconds pause =
      std::clamp<std::chrono::milliseconds>(context_.config.sync.audit_interval / 4, kShortestRound, kLongestRound);
  auto store = context_.open_store();
  while (context_.sleeper->sleep_for(pause, stop)) {
    const Status done = store ? round(**store) : Status(store.error());
    if (done) continue;
    log::failure(log::Level::warning, "audit_failed", done.error());
    store = context_.open_store();
  }
}

}  // namespace caravan::app
