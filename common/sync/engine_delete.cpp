// SPDX-License-Identifier: GPL-3.0-or-later
// Deletes: the whole plan passes the brake before the first one; each is looked at before it is removed, because an
// edit on CalDAV beats a delete on Exchange, and because rollback needs the text.
#include <nlohmann/json.hpp>
#include <span>

#include "ical/parse.hpp"
#include "model/canonical.hpp"
#include "sync/engine_impl.hpp"
#include "util/crash_point.hpp"

namespace caravan::sync {

Result<std::vector<PairPass::Impl::Doomed>> PairPass::Impl::doomed(const std::function<bool(const Uid&)>& elsewhere) {
  std::vector<Doomed> out;
  std::vector<store::PendingChange> rows;
  if (options_.dry_run) {
    for (const auto& row : memory_changes_)
      if (deleted_items_.contains(row.id)) rows.push_back(row);
  } else {
    std::int64_t after = 0;
    while (true) {
      CARAVAN_TRY(page, store_.pending(pair.id, Side::exchange, after, 512));
      for (const auto& row : page)
        if (deleted_items_.contains(row.id)) rows.push_back(row);
      if (page.size() < 512) break;
      after = page.back().sequence;
    }
  }
  store::Batch nothing_there;
  std::unordered_set<Uid> seen;
  for (const auto& row : rows) {
    CARAVAN_TRY(mapping, store_.mapping_by_item(pair.id, ItemId(row.id)));
    if (parked_objects_.contains(row.id)) nothing_there.unparked.emplace_back(pair.id, row.id);
    const bool deleted = row.kind == store::PendingChange::Kind::deleted || omitted_items_.contains(row.id);
    if (!mapping || mapping->state != "active" || !deleted) {
      nothing_there.done_changes.push_back(row.sequence);
      continue;
    }
    if (living_item(*mapping)) continue;  // upserts() has yet to put the series together from what Exchange still holds
    if (!seen.insert(mapping->uid).second) {
      nothing_there.done_changes.push_back(row.sequence);
      continue;
    }
    Doomed item;
    item.change = row;
    item.moved = elsewhere(mapping->uid);
    item.mapping = std::move(*mapping);
    out.push_back(std::move(item));
  }
  if (!options_.dry_run && (!nothing_there.done_changes.empty() || !nothing_there.unparked.empty()))
    CARAVAN_CHECK(commit(nothing_there));
  return out;
}

/// False where the brake holds: the plan is stored for a person, and nothing is deleted.
Result<bool> PairPass::Impl::admitted(const std::vector<Doomed>& doomed) {
  Plan plan;
  nlohmann::json listed = nlohmann::json::array();
  for (const auto& item : doomed) {
    if (item.moved) continue;
    plan.deletes.push_back({Side::caldav, item.mapping.uid.value, item.mapping.href.value, item.mapping.summary});
    listed.push_back(
        {{"uid", item.mapping.uid.value}, {"id", item.mapping.href.value}, {"summary", item.mapping.summary}});
  }
  if (plan.deletes.empty()) return true;
  CARAVAN_TRY(counts, store_.counts(pair.id));
  CARAVAN_TRY(deleted, store_.deleted_since(pair.id, clock_.now() - std::chrono::hours(24)));
  plan.total = counts.active;
  plan.deleted_in_window = deleted;
  report.planned_total = counts.active;
  CARAVAN_TRY(plans, store_.plans(pair.id));
  Limits limits = options_.limits;
  for (const auto& known : plans)
    if (known.state == "approved" && known.approved_until && *known.approved_until > clock_.now() &&
        known.hash == plan_hash(plan))
      limits.approved_hash = known.hash;
  const std::string hash = plan_hash(plan);
  auto verdict = admit(plan, limits);
  if (verdict) {
    if (!limits.approved_hash.empty() && !options_.dry_run)
      CARAVAN_CHECK(store_.set_plan_state(limits.approved_hash, "used", std::nullopt));
    return true;
  }
  store::StoppedPlan stopped;
  stopped.hash = hash;
  stopped.pair = pair.id;
  stopped.mailbox = pair.mailbox;
  stopped.deletes = listed.dump();
  stopped.created = clock_.now();
  const bool known = std::any_of(plans.begin(), plans.end(),
                                 [&](const auto& other) { return other.hash == hash && other.state == "waiting"; });
  if (!known && !options_.dry_run) CARAVAN_CHECK(store_.save_plan(stopped));
  report.stopped = std::move(stopped);
  return false;
}

void PairPass::Impl::deletes(const std::function<bool(const Uid&)>& elsewhere) {
  if (report.error) return;
  const auto run = [&]() -> Status {
    CARAVAN_TRY(items, doomed(elsewhere));
    if (!items.empty()) {
      CARAVAN_TRY(go, admitted(items));
      if (!go) return {};
      if (options_.dry_run) {
        report.deleted += items.size();
        return {};
      }
      for (std::size_t at = 0; at < items.size(); at += options_.batch)
        CARAVAN_CHECK(delete_batch(std::span(items).subspan(at, std::min(options_.batch, items.size() - at))));
    }
    if (options_.dry_run) return {};
    pair.last_success = clock_.now();
    store::Batch batch;
    batch.pairs.push_back(pair);
    return commit(batch);
  };
  if (auto status = run(); !status) report.error = std::move(status).error();
  if (auto counts = store_.counts(pair.id)) report.series = counts->active;
}

Status PairPass::Impl::delete_batch(std::span<Doomed> batch) {
  if (stop_.stop_requested()) return make_error(Fault::cancelled, "Stopped on request.");
  std::vector<Href> hrefs;
  for (const auto& item : batch) hrefs.push_back(item.mapping.href);
  std::vector<std::optional<CaldavText>> stored(batch.size());
  std::vector<bool> gone(batch.size(), false);
  Status status;
  caldav_.read(hrefs, [&](std::size_t index, CaldavAnswer answer) {
    if (auto* text = std::get_if<CaldavText>(&answer))
      stored[index] = std::move(*text);
    else if (std::holds_alternative<Gone>(answer))
      gone[index] = true;
    else
      status = std::get<Error>(answer);
  });
  CARAVAN_CHECK(std::move(status));

  store::Batch intents, results;
  std::vector<CaldavRemoval> removals;
  std::vector<std::size_t> removed;
  std::vector<Decision> decisions(batch.size());
  for (std::size_t i = 0; i < batch.size(); ++i) {
    Work work;
    work.mapping = batch[i].mapping;
    work.stored = stored[i];
    work.caldav_gone = gone[i];
    Status readable;
    Item item = item_of(work, readable);
    CARAVAN_CHECK(std::move(readable));
    item.exchange = Absent{};
    decisions[i] = reconcile(item, options_.policy);
    const bool wanted = std::any_of(decisions[i].actions.begin(), decisions[i].actions.end(),
                                    [](const Action& action) { return std::holds_alternative<Delete>(action); });
    if (!wanted || !stored[i]) {
      settle_delete(batch[i], decisions[i], stored[i], results);
      continue;
    }
    store::Intent intent;
    intent.pair = pair.id;
    intent.run = options_.run;
    intent.kind = "delete";
    intent.uid = batch[i].mapping.uid;
    intent.object = batch[i].mapping.href.value;
    intent.expected = stored[i]->etag.value;
    intent.epoch = options_.lease ? options_.lease->epoch : 0;
    intent.created = clock_.now();
    describe_delete(batch[i], *stored[i], intent);
    intents.open_intents.push_back(std::move(intent));
    removals.push_back({batch[i].mapping.href, stored[i]->etag});
    removed.push_back(i);
  }
  CARAVAN_CHECK(commit(intents));
  crash_point("intents_committed");
  for (const auto& intent : intents.open_intents) results.close_intents.push_back(intent.id);
  caldav_.remove(removals, [&](std::size_t index, Status answer) {
    const std::size_t i = removed[index];
    if (answer || answer.error().fault == Fault::not_found)
      settle_delete(batch[i], decisions[i], stored[i], results);
    else if (answer.error().fault != Fault::precondition_failed)
      status = std::move(answer);
    // precondition_failed: somebody edits it at this moment; the change stays pending and the next pass decides anew
  });
  crash_point("after_write");
  if (!status) results.close_intents.clear();
  crash_point("before_commit");
  CARAVAN_CHECK(commit(results));
  crash_point("after_commit");
  tell_progress();
  return status;
}

void PairPass::Impl::settle_delete(const Doomed& item, const Decision& decision,
                                   const std::optional<CaldavText>& stored, store::Batch& batch) {
  const bool deleted = std::any_of(decision.actions.begin(), decision.actions.end(),
                                   [](const Action& action) { return std::holds_alternative<Delete>(action); });
  const bool forgotten = std::any_of(decision.actions.begin(), decision.actions.end(),
                                     [](const Action& action) { return std::holds_alternative<Forget>(action); });
  const std::string reason(to_string(decision.reason));
  batch.done_changes.push_back(item.change.sequence);
  store::Mapping mapping = item.mapping;
  mapping.exchange_parts.clear();
  mapping.exchange_removed = true;
  mapping.updated = clock_.now();
  if (deleted || forgotten || !stored) {
    mapping.state = "tombstone";
    mapping.caldav_removed = true;
    mapping.exchange_copy.clear();
    mapping.caldav_copy.clear();
    mapping.etag = {};
    if (deleted && stored) {
      batch.audit.push_back(audit(mapping.uid, item.moved ? "moved_away" : "deleted", reason));
      store::Undo undo;
      undo.run = options_.run;
      undo.pair = pair.id;
      undo.mailbox = pair.mailbox;
      undo.uid = mapping.uid;
      undo.href = mapping.href;
      undo.before_text = stored->text;
      undo.before_etag = stored->etag;
      undo.at = clock_.now();
      batch.undo.push_back(std::move(undo));
      ++report.deleted;
    }
  } else {
    // An edit on CalDAV beats the delete on Exchange: it stays there, as a resource of its own.
    mapping.state = "caldav_only";
    mapping.etag = stored->etag;
    mapping.exchange_copy.clear();
    mapping.caldav_copy.clear();
    batch.audit.push_back(audit(mapping.uid, "kept", reason));
    if (decision.conflict || decision.reason == Reason::edit_beats_delete) {
      store::ConflictRow row;
      row.id = "c-" + random_hex(4);
      row.pair = pair.id;
      row.mailbox = pair.mailbox;
      row.uid = mapping.uid;
      row.units = "deleted on Exchange, edited on CalDAV";
      row.winner = "caldav";
      row.losing_copy = item.mapping.exchange_copy;
      row.at = clock_.now();
      report.conflicts.push_back(row);
      batch.conflicts.push_back(std::move(row));
    }
    ++report.unchanged;
  }
  ++done_;
  batch.mappings.push_back(std::move(mapping));
}

}  // namespace caravan::sync
