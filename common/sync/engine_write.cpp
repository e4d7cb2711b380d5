// SPDX-License-Identifier: GPL-3.0-or-later
// Carries decisions out: intents first, then conditional writes many at once, Exchange before CalDAV, then one commit
// of what was stored on both. What a server answered with a refusal or not at all is looked at and decided again, a
// bounded number of times.
#include <algorithm>

#include "model/canonical.hpp"
#include "sync/engine_impl.hpp"
#include "util/crash_point.hpp"

namespace caravan::sync {
namespace {

constexpr std::uint64_t kMostBytesInMemory = 8ULL << 20U;

bool says_nothing(const store::Batch& batch) {
  return batch.done_changes.empty() && batch.mappings.empty() && batch.parked.empty() && batch.conflicts.empty() &&
         batch.close_intents.empty() && batch.new_changes.empty() && batch.unparked.empty();
}

}  // namespace

/// Commits what is not empty; a dry run commits nothing.
Status PairPass::Impl::commit_if_any(store::Batch& batch) {
  return options_.dry_run || says_nothing(batch) ? Status{} : commit(batch);
}

Status PairPass::Impl::carry_out(std::vector<Work> works) {
  CARAVAN_CHECK(recover_late_writes(works));
  for (auto& work : works) CARAVAN_CHECK(decide(work));
  if (two_way()) CARAVAN_CHECK(find_twins(works));
  std::vector<Work*> round;
  store::Batch settled;
  for (auto& work : works) CARAVAN_CHECK(sort_out(work, round, settled));
  if (options_.dry_run) {
    for (Work* work : round) count_dry(*work);
    tell_progress();
    return {};
  }
  CARAVAN_CHECK(commit_if_any(settled));
  std::vector<Work*> again;
  // Bounded memory: large texts go in smaller rounds.
  for (std::size_t at = 0; at < round.size();) {
    std::vector<Work*> part;
    std::uint64_t bytes = 0;
    while (at < round.size() && (part.empty() || bytes + round[at]->text.size() < kMostBytesInMemory)) {
      bytes += round[at]->text.size();
      part.push_back(round[at++]);
    }
    CARAVAN_CHECK(write_round(std::move(part), again));
  }
  tell_progress();
  return try_again(again);
}

/// What is to be done about one work: written (it joins the round), put off, or settled.
Status PairPass::Impl::sort_out(Work& work, std::vector<Work*>& round, store::Batch& settled) {
  record_conflict(work.uid, work.decision.conflict, settled);
  if (holds_action<Delete>(work.decision) && !work.may_delete) {
    // Deletes wait until all pairs of the mailbox were observed, and pass the brake as one plan.
    auto& sequences = postponed_[work.uid];
    sequences.insert(sequences.end(), work.sequences.begin(), work.sequences.end());
    if (work.mapping &&
        work.exchange_seen == Seen::there) {  // the item that stands there now, should it be another one
      store::Mapping mapping = *work.mapping;
      mapping.exchange_parts = work.parts;
      settled.mappings.push_back(std::move(mapping));
    }
    ++done_;
    return {};
  }
  Status prepared = prepare_caldav_write(work);
  if (prepared) prepared = prepare_exchange_write(work);
  if (!prepared) {
    const Error& error = prepared.error();
    if (error.code == "spool" && error.fault == Fault::not_found && work.tries < kMostTries && !work.parts.empty()) {
      store::PendingChange again;  // known contents were not transferred, and now they are wanted
      again.sequence = work.sequences.empty() ? 0 : work.sequences.front();
      again.pair = pair.id;
      again.id = work.parts.front().item.value;
      contents_wanted_.push_back(std::move(again));
      return {};
    }
    if (error.fault == Fault::denied || error.fault == Fault::retry_later) return prepared;
    park_work(work, error, settled);
    ++done_;
    return {};
  }
  const bool writes = work.write != Work::Write::none || work.exchange_write != Work::Write::none;
  if (options_.policy.occasion == Occasion::rebuild &&
      (writes || work.decision.reason == Reason::first_seen_on_exchange)) {
    // A rebuild writes nothing to either calendar: the change stays pending for the next migrate.
    if (!work.file.empty()) spool_.drop_file(work.file);
    ++done_;
    return {};
  }
  if (writes)
    round.push_back(&work);
  else
    settle_without_write(work, settled);
  return {};
}

/// Stored before the write that overwrites the losing copy; named by what it says, so that a repeat is the same row.
void PairPass::Impl::record_conflict(const Uid& uid, const std::optional<Conflict>& conflict, store::Batch& settled) {
  if (!conflict) return;
  store::ConflictRow row;
  row.pair = pair.id;
  row.mailbox = pair.mailbox;
  row.uid = uid;
  row.units = units_text(conflict->units);
  row.winner = conflict->parked ? "none" : conflict->winner == Side::exchange ? "exchange" : "caldav";
  row.losing_copy = copy_of_series(conflict->losing, {});
  row.at = clock_.now();
  row.id = "c-" +
           sha256(row.pair.value + '\n' + row.uid.value + '\n' + row.units + '\n' + row.losing_copy).hex.substr(0, 12);
  settled.conflicts.push_back(row);
  const bool told = std::any_of(report.conflicts.begin(), report.conflicts.end(),
                                [&](const auto& other) { return other.id == row.id; });
  if (!told) report.conflicts.push_back(std::move(row));
}

void PairPass::Impl::count_dry(const Work& work) {
  const auto count = [](Work::Write write, std::uint64_t& created, std::uint64_t& updated, std::uint64_t& removed) {
    if (write == Work::Write::create) ++created;
    if (write == Work::Write::update) ++updated;
    if (write == Work::Write::remove) ++removed;
  };
  count(work.write, report.created, report.updated, report.deleted);
  count(work.exchange_write, report.exchange_created, report.exchange_updated, report.exchange_deleted);
  ++done_;
}

/// One intent for each side that a work writes to; all of the round in one commit.
Status PairPass::Impl::open_intents(std::span<Work* const> round) {
  store::Batch batch;
  std::vector<Work*> owners;
  const auto open = [&](Work& work, Side target, Work::Write write, std::string object, std::string expected) {
    if (write == Work::Write::none) return;
    store::Intent intent;
    intent.pair = pair.id;
    intent.run = options_.run;
    intent.target = target;
    intent.kind = write == Work::Write::create ? "create" : write == Work::Write::update ? "update" : "delete";
    intent.uid = work.uid;
    intent.object = std::move(object);
    intent.expected = std::move(expected);
    intent.epoch = options_.lease ? options_.lease->epoch : 0;
    intent.created = clock_.now();
    if (target == Side::exchange)
      describe_exchange_write(work, intent);
    else if (write == Work::Write::remove)
      describe_delete(work, intent);
    else
      describe_write(work, said_text(work), intent);
    batch.open_intents.push_back(std::move(intent));
    owners.push_back(&work);
    // Of two open changes of one item nobody could say later which one's steps are seen; texts are told apart.
    if (const auto earlier = without_effect_.find(work.uid);
        target == Side::exchange && earlier != without_effect_.end())
      for (const auto& each : earlier->second)
        if (each.target == target) batch.close_intents.push_back(each.id);
  };
  for (Work* work : round) {
    const auto& parts = work->request.parts;
    open(*work, Side::exchange, work->exchange_write, parts.empty() ? std::string() : parts.front().item.value,
         parts.empty() ? std::string() : parts.front().change_key.value);
    open(*work, Side::caldav, work->write, work->href.value, work->expected.value);
  }
  CARAVAN_CHECK(commit(batch));
  for (std::size_t i = 0; i < owners.size(); ++i) owners[i]->intents.push_back(batch.open_intents[i].id);
  return {};
}

Status PairPass::Impl::write_round(std::vector<Work*> round, std::vector<Work*>& again) {
  if (stop_.stop_requested()) return make_error(Fault::cancelled, "Stopped on request.");
  CARAVAN_CHECK(open_intents(round));
  crash_point("intents_committed");
  store::Batch results;
  std::vector<std::string> files;
  for (const Work* work : round)
    if (!work->file.empty()) files.push_back(work->file);
  Status fatal = write_to_exchange(round, again, results);
  if (auto status = write_to_caldav(round, again, results); !status) fatal = std::move(status);
  for (const auto& file : files) spool_.drop_file(file);
  crash_point("before_commit");
  const Status committed = commit(results);
  crash_point("after_commit");
  if (!fatal || !committed) return fatal ? committed : fatal;
  if (!std::exchange(in_doubt_, false)) return {};
  CARAVAN_CHECK(recover());
  for (Work* work : again) work->intents.clear();  // closed, or still open and then its series is left alone
  return {};
}

/// What was refused is looked at once more on both sides and decided anew; after some tries a person has to look.
Status PairPass::Impl::try_again(const std::vector<Work*>& again) {
  if (again.empty()) return {};
  std::vector<Work> repeat;
  store::Batch failed;
  for (Work* work : again) {
    if (++work->tries < kMostTries) {
      repeat.push_back(std::move(*work));
      continue;
    }
    const bool on_caldav = work->exchange_write == Work::Write::none;
    const std::string server = on_caldav ? "The CalDAV server" : "Exchange or the CalDAV server";
    park_work(
        *work,
        make_error(Fault::precondition_failed,
                   server + " refused this event " + std::to_string(kMostTries) + " times (" + work->href.value + ").",
                   "write_refused",
                   "Look at the server's log for " + work->href.value + ", then `exodus-cli parked retry`."),
        failed);  // what is in doubt of it stays open
    ++done_;
  }
  CARAVAN_CHECK(commit_if_any(failed));
  if (repeat.empty()) return {};
  CARAVAN_CHECK(refresh(repeat));
  return carry_out(std::move(repeat));
}

/// Both sides as they are now.
Status PairPass::Impl::refresh(std::vector<Work>& works) {
  std::vector<Work*> all;
  for (auto& work : works) {
    work.stored.reset();
    work.caldav_gone = false;
    work.request = {};
    if (two_way()) {
      CARAVAN_TRY(mapping, store_.mapping(pair.id, work.uid));
      work.mapping = std::move(mapping);
      if (work.mapping && work.mapping->state == "tombstone") work.parts.clear();
    }
    if (work.other_href) {
      work.href = *work.other_href;
      if (work.mapping) work.mapping->href = *work.other_href;
    }
    all.push_back(&work);
  }
  if (two_way()) CARAVAN_CHECK(see_exchange(all));
  return look(works);
}

}  // namespace caravan::sync
