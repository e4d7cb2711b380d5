// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/live/worker.hpp"

#include <algorithm>

#include "app/live/auditor.hpp"
#include "app/pass/holder.hpp"
#include "app/pass/mailbox_pass.hpp"
#include "log/log.hpp"
#include "metrics/metrics.hpp"
#include "util/digest.hpp"

namespace caravan::app {
namespace {

constexpr std::chrono::milliseconds kShortest{5'000};
constexpr std::chrono::milliseconds kFirstPause{10'000};
constexpr std::chrono::milliseconds kLongestPause{15 * 60'000};
constexpr std::chrono::milliseconds kLongestWait{5'000};

/// Which lists the pass asks for. A side that a working notification says is quiet costs no request.
sync::Observe observed(const store::DueMailbox& due) {
  // With several pairs a move between them must be seen whole.
  if (due.pairs.size() != 1) return sync::Observe::both_sides;
  const auto& pair = due.pairs.front();
  if (pair.look_exchange == pair.look_caldav) return sync::Observe::both_sides;
  return pair.look_exchange ? sync::Observe::exchange_only : sync::Observe::caldav_only;
}

bool wrote_or_met(const MailboxDone& done) {
  return std::any_of(done.pairs.begin(), done.pairs.end(), [](const PairDone& pair) {
    const auto& report = pair.report;
    return report.created + report.updated + report.deleted + report.linked + report.exchange_created +
               report.exchange_updated + report.exchange_deleted >
           0;
  });
}

void log_pass(const store::DueMailbox& due, const MailboxDone& done) {
  std::uint64_t to_caldav = 0, to_exchange = 0, conflicts = 0;
  for (const auto& pair : done.pairs) {
    to_caldav += pair.report.created + pair.report.updated + pair.report.deleted;
    to_exchange += pair.report.exchange_created + pair.report.exchange_updated + pair.report.exchange_deleted;
    conflicts += pair.report.conflicts.size();
  }
  if (done.error) {
    if (done.error->code == "stale_lease") metrics::global().add(metrics::kStaleCommits);
    log::failure(log::Level::warning, "pass_failed", *done.error, {{"mailbox", due.mailbox.value}});
  } else if (to_caldav + to_exchange + conflicts > 0) {
    log::info("pass_done", {{"mailbox", due.mailbox.value},
                            {"to_caldav", to_caldav},
                            {"to_exchange", to_exchange},
                            {"conflicts", conflicts}});
  }
}

/// Which sides need not be asked again before they say something, or an audit is due.
struct Told {
  bool exchange = false, caldav = false;
};

Result<Told> quiet_sides(LiveShared& shared, store::Store& store, const store::DueMailbox& due,
                         const MailboxDone& done) {
  CARAVAN_TRY(exchange, shared.attention.exchange_tells(store, due.mailbox));
  CARAVAN_TRY(caldav, shared.attention.caldav_tells(store));
  const auto& pairs = due.pairs;
  if (std::any_of(pairs.begin(), pairs.end(), [](const auto& pair) { return pair.caldav_waits.count() > 0; })) {
    shared.attention.was_hinted(due.mailbox);
  } else if (caldav && std::all_of(pairs.begin(), pairs.end(), [](const auto& pair) { return !pair.look_caldav; }) &&
             std::any_of(done.pairs.begin(), done.pairs.end(), [](const PairDone& pair) {
               return pair.report.exchange_created + pair.report.exchange_updated + pair.report.exchange_deleted > 0;
             })) {
    shared.attention.not_hinted(due.mailbox);
  }
  return Told{exchange, caldav};
}

store::Settlement settlement_of(const Context& context, LiveShared& shared, const store::DueMailbox& due,
                                const MailboxDone& done, const MailboxOrder& order, const Told& told) {
  const sync::Observe observe = order.observe;
  store::Settlement settlement;
  settlement.mailbox = due.mailbox;
  settlement.claim = due.claim;
  if (done.error) {
    settlement.not_before = shared.rhythm.after_failure(due.mailbox);
    return settlement;  // its hints stay open
  }
  const auto next = shared.rhythm.next(due.mailbox, wrote_or_met(done));
  for (const auto& pair : due.pairs) {
    store::SettledPair settled;
    settled.pair = pair.pair;
    if (observe != sync::Observe::caldav_only) {
      settled.exchange_hints = pair.exchange_hints;
      settled.next_exchange = told.exchange ? store::kNever : next;
    }
    if (observe != sync::Observe::exchange_only) {
      settled.caldav_hints = pair.caldav_hints;
      settled.next_caldav = told.caldav ? store::kNever : next;
    }
    if (order.audit != sync::Audit::none) settled.next_audit = context.config.sync.audit_interval;
    settlement.pairs.push_back(std::move(settled));
  }
  return settlement;
}

Status serve_one(const Context& context, LiveShared& shared, store::Store& store, const store::DueMailbox& due,
                 std::stop_token stop) {
  CARAVAN_TRY(row, store.mailbox(due.mailbox));
  if (!row || row->state != "subscribed") return store.live().delist(due.mailbox);
  MailboxOrder order;
  order.entry = entry_of(*row);
  order.occasion = sync::Occasion::subscribe;
  order.tells_people = true;
  order.observe = observed(due);
  CARAVAN_TRY(audit, audit_of(store, *context.clock, due));
  order.audit = audit;
  const MailboxDone done = pass_mailbox({context, shared.sides, store, shared.run}, order, {}, std::move(stop));
  log_pass(due, done);
  CARAVAN_CHECK(note_audit(store, *context.clock, due, order.audit, done));
  if (!done.error && done.pairs.size() != due.pairs.size()) {  // a calendar came or went
    std::vector<PairId> pairs;
    for (const auto& pair : done.pairs) pairs.push_back(pair.pair.id);
    CARAVAN_CHECK(store.live().enlist(due.mailbox, pairs));
    // A folder can't be added to a subscription: the Subscriber makes a new one.
    CARAVAN_CHECK(store.live().retire_subscriptions(due.mailbox));
  }
  CARAVAN_TRY(told, quiet_sides(shared, store, due, done));
  CARAVAN_TRY(kept, store.live().settle_due(settlement_of(context, shared, due, done, order, told)));
  if (!kept) log::info("claim_lost", {{"mailbox", due.mailbox.value}});
  return {};
}

}  // namespace

std::chrono::milliseconds longest_wait(const config::Config& config) {
  return std::min(kLongestWait, std::chrono::milliseconds(config.sync.poll_interval) / 2);  // of 1 s half is not 0
}

std::chrono::milliseconds Rhythm::next(const Address& mailbox, bool changed) {
  const std::scoped_lock lock(mutex_);
  Beat& beat = beats_[mailbox];
  beat.trouble = {};
  beat.quiet = changed || beat.quiet.count() == 0 ? shortest_ : std::min(beat.quiet * 2, longest_);
  return std::min(beat.quiet, longest_);
}

std::chrono::milliseconds Rhythm::after_failure(const Address& mailbox) {
  const std::scoped_lock lock(mutex_);
  Beat& beat = beats_[mailbox];
  beat.trouble = beat.trouble.count() == 0 ? kFirstPause : std::min(beat.trouble * 2, kLongestPause);
  return beat.trouble;
}

LiveShared::LiveShared(const Context& context)
    : sides(context.config, context.clock, context.sleeper),
      rhythm(kShortest, context.config.sync.poll_interval),
      attention(context.config),
      run("r-" + random_hex(6)) {}

Status begin_live_run(const Context& context, const LiveShared& shared) {
  CARAVAN_TRY(store, context.open_store());
  CARAVAN_TRY(earlier, store->runs(50));
  for (auto& each : earlier) {
    if (each.kind != "live" || each.state != "running" || !is_dead_process(each.options)) continue;
    each.state = "interrupted";
    each.ended = context.clock->now();
    CARAVAN_CHECK(store->save_run(each));
  }
  CARAVAN_CHECK(enlist_subscribed(*store));
  store::Run run;
  run.options = holder_name();
  run.id = shared.run;
  run.kind = "live";
  run.state = "running";
  run.created = context.clock->now();
  run.started = run.created;
  return store->save_run(run);
}

void end_live_run(const Context& context, const LiveShared& shared) {
  auto store = context.open_store();
  if (!store) return;
  (void)(*store)->live().drop_claims(holder_name());
  auto run = (*store)->run(shared.run);
  if (!run || !*run) return;
  (*run)->state = "done";
  (*run)->ended = context.clock->now();
  (void)(*store)->save_run(**run);
}

void keep_in_step(const Context& context, LiveShared& shared, std::stop_token stop) {
  auto store = context.open_store();
  // A claim that the store's failure kept from being ended. While this process lives nobody else takes it over.
  std::optional<store::Settlement> unsettled;
  while (!stop.stop_requested()) {
    const auto work = [&]() -> Status {
      if (!store) return std::move(store).error();
      store::LiveStore& live = (*store)->live();
      if (unsettled) {
        CARAVAN_CHECK(live.settle_due(*unsettled));
        unsettled.reset();
      }
      CARAVAN_CHECK(shared.attention.judge(**store));
      CARAVAN_TRY(due, live.claim_due(holder_name(), 1, kHeartbeatStale));
      if (due.empty()) return live.wait_for_work(longest_wait(context.config));
      for (const auto& mailbox : due) {
        unsettled.emplace();
        unsettled->mailbox = mailbox.mailbox;
        unsettled->claim = mailbox.claim;
        CARAVAN_CHECK(serve_one(context, shared, **store, mailbox, stop));
        unsettled.reset();
      }
      return {};
    };
    if (auto status = work(); !status) {
      log::failure(log::Level::error, "store_unreachable", status.error());
      if (!context.sleeper->sleep_for(std::chrono::seconds(5), stop)) return;
      store = context.open_store();
    }
  }
}

}  // namespace caravan::app
