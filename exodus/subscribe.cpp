// SPDX-License-Identifier: GPL-3.0-or-later
// subscribe and unsubscribe: who takes part in live sync. The first pass is a run like any other (migrate.cpp); from
// then on the daemons look after the mailbox (common/app/live).
#include "app/pass/holder.hpp"
#include "app/pass/mailbox_pass.hpp"
#include "app/pass/trouble.hpp"
#include "exodus/operations.hpp"
#include "exodus/run_jobs.hpp"
#include "store/live_store.hpp"

namespace caravan::exodus {
namespace {

RunOutcome refused(Error error) {
  RunOutcome outcome;
  outcome.command = "subscribe";
  outcome.error = std::move(error);
  outcome.exit = Exit::usage;
  return outcome;
}

}  // namespace

RunOutcome subscribe(const Context& context, const std::vector<config::MailboxEntry>& mailboxes,
                     const RunOptions& options, const ProgressSink& progress, std::stop_token stop) {
  if (!context.config.sync.scheduling)
    return refused(make_error(
        Fault::unsupported, "sync.scheduling is not set: nothing says who sends invitations when a meeting changes.",
        "configuration",
        "Set sync.scheduling = \"none\" (nobody), \"exchange\" or \"caldav\" in " + context.config.path + "."));
  if (context.config.exchange.access == config::ExchangeAccess::mailbox)
    return refused(make_error(Fault::unsupported,
                              "Live sync needs exchange.access = \"impersonation\" or \"delegate\": a mailbox's own "
                              "password is not kept.",
                              "configuration",
                              "Give the service account rights to the mailboxes and set exchange.access."));
  return run_jobs(context, "subscribe", mailboxes, options, progress, std::move(stop));
}

Status leave_live_sync(const Context& context, const config::MailboxEntry& entry, const std::string& state,
                       std::stop_token stop) {
  CARAVAN_TRY(store, context.open_store());
  CARAVAN_CHECK(store->live().retire_subscriptions(entry.address));
  CARAVAN_CHECK(store->live().delist(entry.address));  // nobody begins with it any more
  CARAVAN_TRY(pairs, store->pairs(entry.address));
  bool open = false;
  {
    app::LeaseKeeper leases(context, *store, stop);  // whoever is at it ends first
    for (const auto& pair : pairs) CARAVAN_CHECK(leases.take(pair.id));
    CARAVAN_TRY(row, store->mailbox(entry.address));
    if (row) {
      row->state = state;
      store::Batch batch;
      batch.mailboxes.push_back(std::move(*row));
      CARAVAN_CHECK(store->commit(batch));
    }
    for (const auto& pair : pairs) {
      CARAVAN_TRY(intents, store->open_intents(pair.id));
      open = open || !intents.empty();
    }
  }
  if (!open) return {};
  app::Sides sides(context.config, context.clock, context.sleeper);
  app::MailboxOrder order;
  order.entry = entry;
  order.occasion = sync::Occasion::subscribe;
  order.scope = app::PassScope::open_writes;
  auto done = app::pass_mailbox({context, sides, *store, RunId()}, order, {}, std::move(stop));
  return done.error ? Status(std::move(*done.error)) : Status();
}

Exit exit_of_failures(const std::vector<LeftBehind>& failed, std::size_t mailboxes) {
  Exit exit = failed.empty() ? Exit::done : Exit::some_failed;
  bool nothing = failed.size() == mailboxes && !failed.empty();
  for (const auto& each : failed) {
    if (each.error.fault == Fault::cancelled) exit = worse(exit, Exit::interrupted);
    if (each.error.code == "delete_brake") exit = worse(exit, Exit::delete_brake);
    nothing = nothing && app::is_server_error(each.error);
  }
  return nothing ? worse(exit, Exit::nothing_possible) : exit;
}

UnsubscribeOutcome unsubscribe(const Context& context, const std::vector<config::MailboxEntry>& mailboxes,
                               std::stop_token stop) {
  UnsubscribeOutcome outcome;
  const auto work = [&]() -> Status {
    CARAVAN_TRY(store, context.open_store());
    for (const auto& entry : mailboxes) {
      CARAVAN_TRY(row, store->mailbox(entry.address));
      if (!row || row->state != "subscribed") {
        outcome.not_subscribed.push_back(entry.address.value);
        continue;
      }
      if (auto left = leave_live_sync(context, entry, "suspended", stop); !left)
        outcome.failed.push_back({entry.address.value, app::with_remedy(std::move(left).error())});
      else
        outcome.ended.push_back(entry.address.value);
    }
    return {};
  };
  if (auto status = work(); !status) {
    outcome.error = std::move(status).error();
    outcome.exit = Exit::usage;
  } else {
    outcome.exit = exit_of_failures(outcome.failed, mailboxes.size());
    if (!outcome.not_subscribed.empty()) outcome.exit = worse(outcome.exit, Exit::some_failed);
  }
  return outcome;
}

}  // namespace caravan::exodus
