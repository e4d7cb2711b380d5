// SPDX-License-Identifier: GPL-3.0-or-later
// finish: the end of a coexistence. A last pass both ways, then the mailbox leaves live sync, then our traces go: the
// mark on both sides, what Exchange keeps for us, and the SCHEDULE-AGENT that kept the CalDAV server quiet. Every write
// is on condition, and what was changed meanwhile is read again; so all of it may be repeated.
#include <algorithm>

#include "app/adapters/caldav_adapter.hpp"
#include "app/pass/mailbox_pass.hpp"
#include "app/pass/trouble.hpp"
#include "ews/exchange_writer.hpp"
#include "exodus/operations.hpp"
#include "exodus/run_jobs.hpp"
#include "ical/expand.hpp"
#include "ical/traces.hpp"
#include "ical/zone_book.hpp"
#include "log/log.hpp"

namespace caravan::exodus {
namespace {

constexpr std::size_t kChunk = 64;
constexpr int kRounds = 3;  // for those who edit meanwhile

/// One round over these resources; gives back those that were changed between reading and writing.
Result<std::vector<Href>> strip_resources(app::CaldavAdapter& calendar, std::span<const Href> hrefs,
                                          std::uint64_t& stripped) {
  std::vector<sync::CaldavWrite> writes;
  Status status;
  calendar.read(hrefs, [&](std::size_t, sync::CaldavAnswer answer) {
    if (auto* error = std::get_if<Error>(&answer); error != nullptr && error->fault != Fault::malformed)
      status = std::move(*error);
    const auto* stored = std::get_if<sync::CaldavText>(&answer);
    if (stored == nullptr) return;
    std::string text = ical::without_traces(stored->text);
    if (text != stored->text) writes.push_back({stored->href, stored->etag, std::move(text), {}, 0});
  });
  CARAVAN_CHECK(std::move(status));
  std::vector<Href> again;
  calendar.write(writes, [&](std::size_t index, Result<sync::CaldavWritten> written) {
    if (written && std::holds_alternative<sync::CaldavStored>(*written))
      ++stripped;
    else if (!written && (written.error().fault == Fault::precondition_failed ||
                          written.error().fault == Fault::in_doubt || written.error().fault == Fault::not_found))
      again.push_back(writes[index].href);
    else if (!written)
      status = std::move(written).error();
  });
  CARAVAN_CHECK(std::move(status));
  return again;
}

Error still_edited(const std::string& where) {
  return make_error(Fault::retry_later, "Some events of " + where + " were changed while our traces were taken off.",
                    "traces_left", "Run `exodus-cli finish` for this mailbox again.");
}

Status strip_caldav(app::CaldavAdapter& calendar, const Href& collection, std::uint64_t& stripped) {
  auto listing = calendar.list();
  if (!listing && listing.error().fault == Fault::not_found) return {};
  if (!listing) return std::move(listing).error();
  std::vector<Href> left;
  for (auto& resource : listing->resources) left.push_back(std::move(resource.href));
  for (int round = 0; round < kRounds && !left.empty(); ++round) {
    std::vector<Href> again;
    for (std::size_t at = 0; at < left.size(); at += kChunk) {
      const auto some = std::span(left).subspan(at, std::min(kChunk, left.size() - at));
      CARAVAN_TRY(changed, strip_resources(calendar, some, stripped));
      std::move(changed.begin(), changed.end(), std::back_inserter(again));
    }
    left = std::move(again);
  }
  return left.empty() ? Status() : Status(still_edited(collection.value));
}

Status strip_exchange(ews::ExchangeWriter& writer, const store::Pair& pair, std::uint64_t& stripped,
                      std::stop_token stop) {
  for (int round = 0; round < kRounds; ++round) {
    CARAVAN_TRY(found, writer.find_by_mark({}, stop));
    if (found.empty()) return {};
    std::vector<ews::Saved> items;
    for (const auto& each : found) items.push_back({each.item, each.change_key});
    for (std::size_t at = 0; at < items.size(); at += kChunk) {
      const auto some = std::span(items).subspan(at, std::min(kChunk, items.size() - at));
      for (auto& row : writer.strip(some, stop)) {
        if (row)
          ++stripped;
        else if (row.error().fault != Fault::precondition_failed && row.error().fault != Fault::not_found &&
                 row.error().fault != Fault::in_doubt)
          return std::move(row).error();
      }
    }
  }
  CARAVAN_TRY(found, writer.find_by_mark({}, stop));
  return found.empty() ? Status() : Status(still_edited(pair.folder_name));
}

Status strip_mailbox(const Context& context, const config::MailboxEntry& entry, app::Sides& sides,
                     const std::vector<store::Pair>& pairs, FinishOutcome::Finished& done, std::stop_token stop) {
  CARAVAN_TRY(exchange, sides.exchange(entry));
  CARAVAN_TRY(caldav, sides.caldav(entry, stop));
  ews::WriterOptions options;
  options.expand = [](const model::Series& series, Instant from, Instant until, std::size_t limit) {
    return ical::original_starts(series, from, until, *ical::system_zone_book(), limit);
  };
  for (const auto& pair : pairs) {
    app::CaldavAdapter calendar(caldav, Href(), pair.collection, {}, context.config.caldav.connections, stop);
    CARAVAN_CHECK(strip_caldav(calendar, pair.collection, done.caldav_stripped));
    if (pair.state == "folder_gone") continue;
    ews::ExchangeWriter writer(exchange, sides.mailbox(entry), pair.folder, options);
    CARAVAN_CHECK(strip_exchange(writer, pair, done.exchange_stripped, stop));
  }
  return {};
}

/// The last pass: what is not in step then would stay apart for good.
Status last_pass(const Context& context, const config::MailboxEntry& entry, app::Sides& sides, store::Store& store,
                 const RunId& run, FinishOutcome::Finished& done, std::stop_token stop) {
  app::MailboxOrder order;
  order.entry = entry;
  order.occasion = sync::Occasion::subscribe;
  order.tells_people = true;
  auto pass = app::pass_mailbox({context, sides, store, run}, order, {}, std::move(stop));
  if (pass.error) return std::move(*pass.error);
  for (const auto& pair : pass.pairs)
    if (pair.report.stopped)
      return make_error(Fault::precondition_failed, "The delete brake stopped the last pass.", "delete_brake",
                        "Look at `exodus-cli approve`, approve the plan or restore the events, and run this again.");
  done.parked = pass.parked.size();
  return {};
}

Status finish_one(const Context& context, const config::MailboxEntry& entry, app::Sides& sides, store::Store& store,
                  const RunId& run, FinishOutcome& outcome, std::stop_token stop) {
  CARAVAN_TRY(row, store.mailbox(entry.address));
  // What was unsubscribed, or finished in part, has no last pass any more.
  if (!row || (row->state != "subscribed" && row->state != "suspended" && row->state != "finished")) {
    outcome.not_subscribed.push_back(entry.address.value);
    return {};
  }
  FinishOutcome::Finished done;
  done.mailbox = entry.address.value;
  if (row->state == "subscribed") CARAVAN_CHECK(last_pass(context, entry, sides, store, run, done, stop));
  CARAVAN_CHECK(leave_live_sync(context, entry, "suspended", stop));
  CARAVAN_TRY(pairs, store.pairs(entry.address));
  CARAVAN_CHECK(strip_mailbox(context, entry, sides, pairs, done, stop));
  CARAVAN_TRY(now, store.mailbox(entry.address));
  if (now) {
    now->state = "finished";
    store::Batch batch;
    batch.mailboxes.push_back(std::move(*now));
    CARAVAN_CHECK(store.commit(batch));
  }
  log::info("coexistence_finished", {{"mailbox", entry.address.value},
                                     {"caldav_stripped", done.caldav_stripped},
                                     {"exchange_stripped", done.exchange_stripped}});
  outcome.finished.push_back(std::move(done));
  return {};
}

}  // namespace

FinishOutcome finish(const Context& context, const std::vector<config::MailboxEntry>& mailboxes, std::stop_token stop) {
  FinishOutcome outcome;
  const auto work = [&]() -> Status {
    CARAVAN_TRY(store, context.open_store());
    app::Sides sides(context.config, context.clock, context.sleeper);
    store::Run run;
    run.id = RunId("r-" + random_hex(6));
    run.kind = "finish";
    run.state = "running";
    run.created = context.clock->now();
    run.started = run.created;
    CARAVAN_CHECK(store->save_run(run));
    for (const auto& entry : mailboxes) {
      auto done = finish_one(context, entry, sides, *store, run.id, outcome, stop);
      if (!done) outcome.failed.push_back({entry.address.value, app::with_remedy(std::move(done).error())});
    }
    run.state = outcome.failed.empty() ? "done" : "failed";
    run.ended = context.clock->now();
    return store->save_run(run);
  };
  if (auto status = work(); !status) {
    outcome.error = std::move(status).error();
    outcome.exit = Exit::usage;
    return outcome;
  }
  outcome.exit = exit_of_failures(outcome.failed, mailboxes.size());
  const bool left = std::any_of(outcome.finished.begin(), outcome.finished.end(),
                                [](const FinishOutcome::Finished& each) { return each.parked > 0; });
  if (left || !outcome.not_subscribed.empty()) outcome.exit = worse(outcome.exit, Exit::some_failed);
  return outcome;
}

}  // namespace caravan::exodus
