// SPDX-License-Identifier: GPL-3.0-or-later
// rollback: takes back what a run wrote on CalDAV, newest write first, where nobody has changed it since. Needs the
// store and the CalDAV server, not Exchange. Afterwards the series are unknown again: the next migrate would bring them
// anew.
#include <map>
#include <set>

#include "app/adapters/caldav_adapter.hpp"
#include "app/adapters/sides.hpp"
#include "app/pass/holder.hpp"
#include "exodus/job.hpp"
#include "exodus/operations.hpp"

namespace caravan::exodus {
namespace {

constexpr std::size_t kChunk = 64;

class Rollback {
 public:
  Rollback(const Context& context, store::Store& store, RunId run, RollbackOutcome& outcome, std::stop_token stop)
      : context_(context),
        store_(store),
        run_(std::move(run)),
        outcome_(outcome),
        sides_(context.config, context.clock, context.sleeper),
        leases_(context, store, std::move(stop)) {}

  Status all() {
    CARAVAN_TRY(run, store_.run(run_));
    if (!run)
      return make_error(Fault::not_found, "There is no run " + run_.value + ".", "unknown_run",
                        "`exodus-cli runs` lists them.");
    CARAVAN_TRY(jobs, store_.jobs(run_));
    for (const auto& job : jobs)
      if (auto order = job_order_from_json(job.options)) entries_.emplace(job.mailbox, order->entry);
    std::int64_t below = 0;
    while (true) {
      if (leases_.token().stop_requested()) return make_error(Fault::cancelled, "Stopped on request.");
      CARAVAN_TRY(rows, store_.undo_of(run_, below, kChunk));
      if (rows.empty()) break;
      below = rows.back().id;
      std::map<std::string, std::vector<store::Undo>> by_pair;
      for (auto& row : rows)
        if (row.state == "open") {
          if (row.href.value.starts_with("exchange:"))  // of a two-way run; Exchange is not needed, and not asked, here
            outcome_.kept.push_back({row.mailbox.value, row.uid.value, row.href.value,
                                     "it was written on Exchange, which rollback does not take back"});
          else
            by_pair[row.pair.value].push_back(std::move(row));
        }
      for (auto& [pair, undo] : by_pair) CARAVAN_CHECK(take_back(PairId(pair), undo));
    }
    return remove_collections();
  }

 private:
  struct Target {
    store::Pair pair;
    std::unique_ptr<caldav::Client> client;
    std::unique_ptr<app::CaldavAdapter> calendar;
    store::Lease lease;
  };

  Result<Target*> target_of(const PairId& id, const Address& mailbox) {
    if (const auto known = targets_.find(id); known != targets_.end()) return &known->second;
    CARAVAN_TRY(pair, store_.pair(id));
    if (!pair) return make_error(Fault::not_found, "The calendar of a write is no longer known.", "unknown_pair");
    const auto entry = entries_.find(mailbox);
    config::MailboxEntry plain;
    plain.address = mailbox;
    CARAVAN_TRY(client, sides_.caldav(entry == entries_.end() ? plain : entry->second, leases_.token()));
    CARAVAN_TRY(lease, leases_.take(id));
    Target target;
    target.pair = std::move(*pair);
    target.lease = std::move(lease);
    target.client = std::make_unique<caldav::Client>(std::move(client));
    target.calendar = std::make_unique<app::CaldavAdapter>(*target.client, Href(), target.pair.collection,
                                                           caldav::CalendarProperties(),
                                                           context_.config.caldav.connections, leases_.token());
    return &targets_.emplace(id, std::move(target)).first->second;
  }

  Status take_back(const PairId& id, std::vector<store::Undo>& rows) {
    CARAVAN_TRY(target, target_of(id, rows.front().mailbox));
    std::vector<Href> hrefs;
    for (const auto& row : rows) hrefs.push_back(row.href);
    std::vector<std::optional<Etag>> now(rows.size());
    Status status;
    target->calendar->read(hrefs, [&](std::size_t index, sync::CaldavAnswer answer) {
      if (const auto* text = std::get_if<sync::CaldavText>(&answer))
        now[index] = text->etag;
      else if (const auto* error = std::get_if<Error>(&answer))
        status = *error;
    });
    CARAVAN_CHECK(std::move(status));
    std::vector<sync::CaldavWrite> writes;
    std::vector<sync::CaldavRemoval> removals;
    std::vector<const store::Undo*> written, removed;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const store::Undo& row = rows[i];
      const auto restored = restored_.find(row.href.value);
      const bool ours =
          restored != restored_.end() || (row.after_etag.empty() ? !now[i] : now[i] && *now[i] == row.after_etag);
      if (!row.before_text && !now[i]) {
        settle(*target, row, "done");  // somebody removed it already
      } else if (!ours) {
        keep(*target, row, now[i] ? "it was changed since" : "it was deleted since");
      } else if (row.before_text) {
        writes.push_back({row.href, now[i].value_or(Etag()), *row.before_text, {}, 0});
        written.push_back(&row);
      } else {
        removals.push_back({row.href, *now[i]});
        removed.push_back(&row);
      }
    }
    target->calendar->write(writes, [&](std::size_t index, Result<sync::CaldavWritten> answer) {
      const store::Undo& row = *written[index];
      if (answer && std::holds_alternative<sync::CaldavStored>(*answer)) {
        const Etag now_there = std::get<sync::CaldavStored>(*answer).etag.value_or(Etag());
        restored_.insert(row.href.value);
        moved_.push_back({target->pair.id, row.href, row.before_etag, now_there});
        ++outcome_.restored;
        settle(*target, row, "done");
      } else if (answer || answer.error().fault == Fault::precondition_failed) {
        keep(*target, row, "it was changed since");
      } else {
        status = std::move(answer).error();
      }
    });
    target->calendar->remove(removals, [&](std::size_t index, Status answer) {
      const store::Undo& row = *removed[index];
      if (answer || answer.error().fault == Fault::not_found) {
        ++outcome_.removed;
        settle(*target, row, "done");
      } else if (answer.error().fault == Fault::precondition_failed) {
        keep(*target, row, "it was changed since");
      } else {
        status = std::move(answer);
      }
    });
    CARAVAN_CHECK(commit(*target));
    return status;
  }

  void settle(Target& target, const store::Undo& row, const std::string& state) {
    states_.emplace_back(row.id, state);
    if (state != "done") return;
    batch_.forget_mappings.emplace_back(target.pair.id, row.uid);
    store::Audit audit;
    audit.at = context_.clock->now();
    audit.run = run_;
    audit.pair = target.pair.id;
    audit.mailbox = row.mailbox;
    audit.uid = row.uid;
    audit.event = "rolled_back";
    audit.reason = row.before_text ? "restored" : "removed";
    batch_.audit.push_back(std::move(audit));
  }

  void keep(Target& target, const store::Undo& row, const std::string& why) {
    outcome_.kept.push_back({row.mailbox.value, row.uid.value, row.href.value, why});
    settle(target, row, "kept");
  }

  /// The pair is listed anew by the next migrate: what was taken back is new to it.
  Status commit(Target& target) {
    target.pair.sync_state = {};
    target.pair.sync_token = {};
    target.pair.listing_complete = false;
    batch_.lease = target.lease;
    batch_.pairs.push_back(target.pair);
    CARAVAN_CHECK(store_.commit(batch_));
    for (const auto& [id, state] : states_) CARAVAN_CHECK(store_.set_undo_state(id, state));
    for (const auto& moved : moved_)
      if (!moved.from.empty() && !moved.to.empty())
        CARAVAN_CHECK(store_.move_undo(moved.pair, moved.href, moved.from, moved.to));
    batch_ = {};
    states_.clear();
    moved_.clear();
    return {};
  }

  Status remove_collections() {
    for (auto& [id, target] : targets_) {
      if (!target.pair.collection_made || target.pair.made_by != run_) continue;
      const Status removed = target.client->remove_collection_if_empty(target.pair.collection, leases_.token());
      if (!removed) {
        if (removed.error().fault == Fault::cancelled) return removed;
        continue;  // somebody's events are in it: it stays
      }
      ++outcome_.collections_removed;
      target.pair.collection_made = false;
      batch_.lease = target.lease;
      batch_.pairs.push_back(target.pair);
      CARAVAN_CHECK(store_.commit(batch_));
      batch_ = {};
    }
    return {};
  }

  const Context& context_;
  store::Store& store_;
  RunId run_;
  RollbackOutcome& outcome_;
  app::Sides sides_;
  app::LeaseKeeper leases_;
  std::map<Address, config::MailboxEntry> entries_;
  std::map<PairId, Target> targets_;
  std::set<std::string> restored_;  // written back by this rollback: an older undo of the same resource may go on
  store::Batch batch_;
  std::vector<std::pair<std::int64_t, std::string>> states_;
  struct Moved {
    PairId pair;
    Href href;
    Etag from, to;
  };
  std::vector<Moved> moved_;  // versions that earlier runs' undo rows name
};

}  // namespace

RollbackOutcome rollback(const Context& context, const RunId& run, std::stop_token stop) {
  RollbackOutcome outcome;
  outcome.run = run;
  auto store = context.open_store();
  if (!store) {
    outcome.error = std::move(store).error();
    outcome.exit = Exit::usage;
    return outcome;
  }
  const app::Heart heart(context, "exodus-cli");
  Status status = Rollback(context, **store, run, outcome, std::move(stop)).all();
  if (!status) {
    outcome.exit = status.error().fault == Fault::cancelled ? Exit::interrupted
                   : status.error().code == "unknown_run"   ? Exit::usage
                                                            : Exit::nothing_possible;
    outcome.error = std::move(status).error();
  } else if (!outcome.kept.empty()) {
    outcome.exit = Exit::some_failed;
  }
  return outcome;
}

}  // namespace caravan::exodus
