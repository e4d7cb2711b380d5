// SPDX-License-Identifier: GPL-3.0-or-later
// Deletes: what one side deleted is decided when all pairs of the mailbox were observed. The whole plan passes the
// brake before the first one; each is looked at on the other side before it is removed there, because an edit beats a
// delete, and because rollback needs the text.
#include <nlohmann/json.hpp>
#include <span>

#include "model/canonical.hpp"
#include "sync/engine_impl.hpp"
#include "util/crash_point.hpp"

namespace caravan::sync {

/// A series that one side (or both) deleted.
struct PairPass::Impl::Doomed {
  store::Mapping mapping;  ///< without its copies
  Sequences sequences;
  bool on_exchange = false, on_caldav = false;  ///< where it was deleted
  bool omitted = false;                         ///< Exchange holds it still: it became private
  bool moved = false;
};

/// Rows that say of a series that it is gone; what they say of series that nobody shares is settled.
Status PairPass::Impl::doomed_by_exchange(std::map<Uid, Doomed>& out, store::Batch& nothing_there) {
  std::int64_t after = 0;
  while (true) {
    CARAVAN_TRY(page, pending_page(Side::exchange, after, kRows));
    for (const auto& row : page) {
      if (!deleted_items_.contains(row.id)) continue;
      CARAVAN_TRY(mapping, store_.mapping_by_item(pair.id, ItemId(row.id)));
      if (parked_objects_.contains(row.id)) nothing_there.unparked.emplace_back(pair.id, row.id);
      const bool omitted = omitted_items_.contains(row.id);
      const bool deleted = row.kind == store::PendingChange::Kind::deleted || omitted;
      if (!mapping || mapping->state != "active" || !deleted) {
        nothing_there.done_changes.push_back(row.sequence);
        if (mapping && deleted) forget_item(std::move(*mapping), row.id, nothing_there);
        continue;
      }
      if (living_item(*mapping)) continue;  // upserts() has yet to put the series together from what Exchange holds
      Doomed& item = doomed_of(out, std::move(*mapping));
      item.on_exchange = true;
      item.omitted = item.omitted || omitted;
      item.sequences.push_back(row.sequence);
    }
    if (page.size() < kRows) return {};
    after = page.back().sequence;
  }
}

Status PairPass::Impl::doomed_by_caldav(std::map<Uid, Doomed>& out, store::Batch& nothing_there) {
  for (const auto& href : deleted_hrefs_) {
    const auto& sequences = caldav_rows_[href];
    CARAVAN_TRY(mappings, store_.mappings_by_hrefs(pair.id, {Href(href)}));
    if (mappings.empty() || !is_shared(mappings.front())) {
      if (parked_objects_.contains(href)) nothing_there.unparked.emplace_back(pair.id, href);
      nothing_there.done_changes.insert(nothing_there.done_changes.end(), sequences.begin(), sequences.end());
      continue;
    }
    if (living_href(mappings.front())) continue;
    const bool left_before = mappings.front().exchange_removed;  // declined, and now CalDAV lost it too
    Doomed& item = doomed_of(out, std::move(mappings.front()));
    item.on_caldav = true;
    item.on_exchange = item.on_exchange || left_before;
    item.sequences.insert(item.sequences.end(), sequences.begin(), sequences.end());
  }
  for (const auto& [uid, sequences] : postponed_) {
    CARAVAN_TRY(mapping, store_.mapping(pair.id, uid));
    if (!mapping || mapping->state == "caldav_only") continue;
    const auto known = out.find(uid);
    const bool on_exchange = mapping->exchange_parts.empty() || known != out.end();
    Doomed& item = doomed_of(out, std::move(*mapping));
    if (!on_exchange) item.on_caldav = true;
    item.sequences.insert(item.sequences.end(), sequences.begin(), sequences.end());
  }
  return {};
}

PairPass::Impl::Doomed& PairPass::Impl::doomed_of(std::map<Uid, Doomed>& out, store::Mapping mapping) {
  Doomed& item = out[mapping.uid];
  if (item.mapping.uid.empty()) {
    mapping.exchange_copy.clear();
    mapping.caldav_copy.clear();
    item.mapping = std::move(mapping);
  }
  return item;
}

/// The item of a series that CalDAV lost before, or never shared: Exchange's part of it is over.
void PairPass::Impl::forget_item(store::Mapping mapping, const std::string& item, store::Batch& batch) {
  std::erase_if(mapping.exchange_parts, [&](const auto& part) { return part.item.value == item; });
  if (mapping.exchange_parts.empty()) {
    mapping.exchange_removed = true;
    mapping.exchange_copy.clear();
    mapping.caldav_copy.clear();
  }
  mapping.updated = clock_.now();
  batch.mappings.push_back(std::move(mapping));
}

Result<std::vector<PairPass::Impl::Doomed>> PairPass::Impl::doomed(const std::function<bool(const Uid&)>& elsewhere) {
  std::map<Uid, Doomed> found;
  store::Batch nothing_there;
  CARAVAN_CHECK(doomed_by_exchange(found, nothing_there));
  if (two_way()) CARAVAN_CHECK(doomed_by_caldav(found, nothing_there));
  std::vector<Doomed> out;
  for (auto& [uid, item] : found) {
    // A delete that Exchange refused waits for its next turn.
    if (two_way() && waiting_.contains(item.mapping.href.value)) continue;
    if (blocked_.contains(uid)) continue;
    item.moved = elsewhere(uid);
    out.push_back(std::move(item));
  }
  CARAVAN_CHECK(commit_if_any(nothing_there));
  return out;
}

/// False where the brake holds: the plan is stored for a person, and nothing is deleted.
Result<bool> PairPass::Impl::admitted(const std::vector<Doomed>& doomed) {
  Plan plan;
  nlohmann::json listed = nlohmann::json::array();
  for (const auto& item : doomed) {
    if (item.moved || (item.on_exchange && item.on_caldav)) continue;
    const Side target = item.on_exchange ? Side::caldav : Side::exchange;
    const std::string id = target == Side::caldav                ? item.mapping.href.value
                           : item.mapping.exchange_parts.empty() ? std::string()
                                                                 : item.mapping.exchange_parts.front().item.value;
    plan.deletes.push_back({target, item.mapping.uid.value, id, item.mapping.summary});
    listed.push_back({{"uid", item.mapping.uid.value},
                      {"id", id},
                      {"summary", item.mapping.summary},
                      {"side", target == Side::caldav ? "caldav" : "exchange"}});
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
    CARAVAN_TRY(go, admitted(items));
    if (!go) {
      store::Batch batch;
      close_writes_without_effect({}, batch);
      return commit_if_any(batch);
    }
    if (options_.dry_run) {
      for (const auto& item : items)
        if (!item.on_exchange || !item.on_caldav) ++(item.on_exchange ? report.deleted : report.exchange_deleted);
      return {};
    }
    for (std::size_t at = 0; at < items.size(); at += options_.batch) {
      if (stop_.stop_requested()) return make_error(Fault::cancelled, "Stopped on request.");
      CARAVAN_CHECK(delete_batch(std::span(items).subspan(at, std::min(options_.batch, items.size() - at))));
    }
    CARAVAN_CHECK(bring_wanted_contents());
    pair.last_success = clock_.now();
    store::Batch batch;
    batch.pairs.push_back(pair);
    close_writes_without_effect({}, batch);
    return commit(batch);
  };
  if (auto status = run(); !status) report.error = std::move(status).error();
  if (auto counts = store_.counts(pair.id)) report.series = counts->active;
}

/// Both sides of what was deleted on one of them, decided like any other series, and now deletes are carried out.
Status PairPass::Impl::delete_batch(std::span<const Doomed> batch) {
  std::vector<Work> works;
  for (const auto& item : batch) {
    Work work;
    work.uid = item.mapping.uid;
    work.from = item.on_exchange ? Side::exchange : Side::caldav;
    work.sequences = item.sequences;
    work.moved = item.moved;
    work.may_delete = true;
    work.one_way = item.omitted;  // Exchange holds it: an edit on CalDAV must not make a second one
    CARAVAN_TRY(mapping, store_.mapping(pair.id, work.uid));
    if (!mapping) continue;
    work.mapping = std::move(*mapping);
    work.href = work.mapping->href;
    works.push_back(std::move(work));
  }
  std::vector<Work*> asked, gone;
  for (auto& work : works)
    if (work.from == Side::exchange)
      work.exchange_seen = Seen::gone, gone.push_back(&work);
    else
      asked.push_back(&work);
  CARAVAN_CHECK(see_exchange(asked));
  CARAVAN_CHECK(ask_whether_declined(gone));
  CARAVAN_CHECK(look(works));
  return carry_out(std::move(works));
}

}  // namespace caravan::sync
