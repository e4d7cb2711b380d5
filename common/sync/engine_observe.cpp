// SPDX-License-Identifier: GPL-3.0-or-later
// What changed on Exchange. Each page of changes is stored together with the state it leads to, so that a kill never
// restarts a listing; a delete by absence only comes from a complete one.
#include <algorithm>

#include "sync/engine_impl.hpp"
#include "util/crash_point.hpp"

namespace caravan::sync {
namespace {

std::string relist_setting(const store::Pair& pair) { return "relist:" + pair.id.value; }

}  // namespace

Status PairPass::Impl::drop_filling_rows() {
  store::Batch batch;
  CARAVAN_CHECK(store_.each_mapping_key(pair.id, [&](const store::MappingKey& key) {
    if (key.state == "filling") batch.forget_mappings.emplace_back(pair.id, key.uid);
    return true;
  }));
  pair.listing_complete = false;
  batch.pairs.push_back(pair);
  return commit(batch);
}

Status PairPass::Impl::observe_exchange() {
  bool from_start = false;
  if (!options_.dry_run) {
    CARAVAN_TRY(relisting, store_.setting(relist_setting(pair)));
    from_start = !relisting.empty();
  }
  if (auditing() && !from_start && (options_.audit == Audit::whole || lost_rows_)) {
    CARAVAN_CHECK(store_.set_setting(relist_setting(pair), "1"));
    CARAVAN_CHECK(forget_sync_state());
    from_start = true;
  }
  if (options_.observe == Observe::caldav_only && !from_start && !pair.sync_state.empty()) return {};
  CARAVAN_CHECK(load_expectations(Side::exchange));
  CARAVAN_CHECK(from_start ? list_exchange_from_start() : list_exchange_changes());
  return settle_expected_items();
}

Status PairPass::Impl::list_exchange_changes() {
  while (true) {
    if (stop_.stop_requested()) return make_error(Fault::cancelled, "Stopped on request.");
    auto page = exchange_.changes_since(pair.sync_state);
    if (!page) {
      if (page.error().code == kInvalidState && !pair.sync_state.empty()) {
        drifted(Side::exchange, "sync_state", Uid(), pair.folder_name);
        if (!options_.dry_run) CARAVAN_CHECK(store_.set_setting(relist_setting(pair), "1"));
        CARAVAN_CHECK(forget_sync_state());
        return list_exchange_from_start();
      }
      return std::move(page).error();
    }
    CARAVAN_CHECK(take_page(*page));
    if (page->last) return {};
  }
}

/// The state was lost: everything is listed again; what has the version we know needs no fetch, and what the complete
/// listing does not name is gone.
Status PairPass::Impl::list_exchange_from_start() {
  while (true) {
    if (stop_.stop_requested()) return make_error(Fault::cancelled, "Stopped on request.");
    auto page = exchange_.changes_since(pair.sync_state);
    if (!page && page.error().code == kInvalidState &&
        !pair.sync_state.empty()) {  // killed before the first page, or lost again
      CARAVAN_CHECK(forget_sync_state());
      continue;
    }
    if (!page) return std::move(page).error();
    CARAVAN_CHECK(take_page(*page));
    if (page->last) break;
  }
  CARAVAN_CHECK(absent_items());
  return options_.dry_run ? Status{} : store_.set_setting(relist_setting(pair), "");
}

/// What was listed before does not count as listed any more: it may have gone since.
Status PairPass::Impl::forget_sync_state() {
  pair.sync_state = {};
  memory_of(Side::exchange).clear();
  if (options_.dry_run) return {};
  store::Batch batch;
  std::int64_t after = 0;
  while (true) {
    CARAVAN_TRY(rows, store_.pending(pair.id, Side::exchange, after, kRows));
    for (const auto& row : rows)
      if (row.kind == store::PendingChange::Kind::upserted) batch.done_changes.push_back(row.sequence);
    if (rows.size() < kRows) break;
    after = rows.back().sequence;
  }
  batch.pairs.push_back(pair);
  return commit(batch);
}

Status PairPass::Impl::take_page(const ExchangePage& page) {
  CARAVAN_CHECK(compare_page(page));
  store::Batch batch;
  for (const auto& change : page.changes) {
    store::PendingChange pending;
    pending.pair = pair.id;
    pending.side = Side::exchange;
    pending.kind = change.kind == ExchangeChange::Kind::deleted ? store::PendingChange::Kind::deleted
                                                                : store::PendingChange::Kind::upserted;
    pending.id = change.item.value;
    pending.version = change.change_key.value;
    named(pending.id);
    batch.new_changes.push_back(std::move(pending));
  }
  pair.sync_state = page.state;
  if (options_.dry_run) return add_changes(batch);
  batch.pairs.push_back(pair);
  CARAVAN_CHECK(commit(batch));
  crash_point("page_stored");
  return {};
}

Status PairPass::Impl::absent_items() {
  std::unordered_set<std::string> listed;
  std::int64_t after = 0;
  while (!options_.dry_run) {
    CARAVAN_TRY(rows, store_.pending(pair.id, Side::exchange, after, kRows));
    for (const auto& row : rows)
      if (row.kind == store::PendingChange::Kind::upserted) listed.insert(row.id);
    if (rows.size() < kRows) break;
    after = rows.back().sequence;
  }
  for (const auto& row : memory_of(Side::exchange)) listed.insert(row.id);
  store::Batch batch;
  // What is parked is in no mapping, and would pass for living for good.
  CARAVAN_TRY(parked, store_.parked(pair.mailbox));
  for (const auto& row : parked) {
    if (row.pair != pair.id || row.side != Side::exchange || !listed.insert(row.object).second) continue;
    store::PendingChange change;
    change.pair = pair.id;
    change.kind = store::PendingChange::Kind::deleted;
    change.id = row.object;
    batch.new_changes.push_back(std::move(change));
  }
  CARAVAN_CHECK(store_.each_mapping_key(pair.id, [&](const store::MappingKey& key) {
    if (key.state != "active") return true;
    for (const auto& part : key.exchange_parts) {
      if (listed.contains(part.item.value)) continue;
      drifted(Side::exchange, "missing", key.uid, part.item.value);
      store::PendingChange change;
      change.pair = pair.id;
      change.kind = store::PendingChange::Kind::deleted;
      change.id = part.item.value;
      batch.new_changes.push_back(std::move(change));
    }
    return true;
  }));
  return add_changes(batch);
}

/// Changes that no listing named: they wait like the others.
Status PairPass::Impl::add_changes(store::Batch& batch) {
  if (!options_.dry_run) return batch.new_changes.empty() ? Status{} : commit(batch);
  for (auto& change : batch.new_changes) {
    auto& memory = memory_of(change.side);
    change.sequence = static_cast<std::int64_t>(memory.size()) + 1;
    memory.push_back(std::move(change));
  }
  return {};
}

/// The next rows of one side that wait, without expectations; a dry run has its own.
Result<std::vector<store::PendingChange>> PairPass::Impl::pending_page(Side side, std::int64_t after,
                                                                       std::size_t limit) {
  std::vector<store::PendingChange> page;
  if (options_.dry_run) {
    const auto& memory = memory_of(side);
    for (auto at = static_cast<std::size_t>(after); at < memory.size() && page.size() < limit; ++at)
      page.push_back(memory[at]);
    return page;
  }
  while (page.size() < limit) {
    CARAVAN_TRY(rows, store_.pending(pair.id, side, after, limit - page.size()));
    if (rows.empty()) break;
    after = rows.back().sequence;
    for (auto& row : rows)
      if (row.version != kExpected) page.push_back(std::move(row));
  }
  return page;
}

/// A row that says of something just made that the next list has to name it. What came and went between two lists is
/// named by neither (RFC 6578 3.4; SyncFolderItems alike), so that its deletion would never be known.
void PairPass::Impl::expect(Side side, const std::string& id, store::Batch& batch) const {
  if (!two_way() || id.empty()) return;
  store::PendingChange row;
  row.pair = pair.id;
  row.side = side;
  row.id = id;
  row.version = kExpected;
  batch.new_changes.push_back(std::move(row));
}

Status PairPass::Impl::load_expectations(Side side) {
  expected_.clear();
  std::int64_t after = 0;
  while (two_way() && !options_.dry_run) {
    CARAVAN_TRY(rows, store_.pending(pair.id, side, after, kRows));
    for (const auto& row : rows)
      if (row.version == kExpected) expected_[row.id].push_back(row.sequence);
    if (rows.size() < kRows) break;
    after = rows.back().sequence;
  }
  return {};
}

/// A list named it: if it was expected, that is over.
void PairPass::Impl::named(const std::string& id) {
  const auto row = expected_.find(id);
  if (row == expected_.end()) return;
  met_expectations_.insert(met_expectations_.end(), row->second.begin(), row->second.end());
  expected_.erase(row);
}

/// After a side's list: what was expected and not named is looked at, and what is not there was deleted. The rows of
/// all that is settled with the caller's next commit (met_expectations_).
Result<std::vector<std::string>> PairPass::Impl::missing_of_expected(Side side) {
  std::vector<ItemId> items;
  std::vector<Href> hrefs;
  for (const auto& [id, sequences] : std::exchange(expected_, {})) {
    met_expectations_.insert(met_expectations_.end(), sequences.begin(), sequences.end());
    items.emplace_back(id);
    hrefs.emplace_back(id);
  }
  std::vector<std::string> missing;
  if (items.empty()) return missing;
  Status status;
  if (side == Side::exchange) {
    for (const auto& [item, answer] : exchange_.read(items)) {
      if (answer) continue;
      if (answer.error().fault == Fault::not_found)
        missing.push_back(item.value);
      else if (!is_item_error(answer.error()))
        status = answer.error();
    }
  } else {
    caldav_.read(hrefs, [&](std::size_t index, const CaldavAnswer& answer) {
      if (std::holds_alternative<Gone>(answer))
        missing.push_back(hrefs[index].value);
      else if (const auto* error = std::get_if<Error>(&answer); error != nullptr && !is_item_error(*error))
        status = *error;
    });
  }
  if (!status) return std::move(status).error();
  return missing;
}

Status PairPass::Impl::settle_expected_items() {
  CARAVAN_TRY(missing, missing_of_expected(Side::exchange));
  if (met_expectations_.empty()) return {};
  store::Batch batch;
  batch.done_changes = std::exchange(met_expectations_, {});
  for (const auto& id : missing) {
    store::PendingChange change;
    change.pair = pair.id;
    change.kind = store::PendingChange::Kind::deleted;
    change.id = id;
    batch.new_changes.push_back(std::move(change));
  }
  return commit(batch);
}

Status PairPass::Impl::load_deleted_items() {
  deleted_items_.clear();
  known_ = 0;
  std::int64_t after = 0;
  while (true) {
    CARAVAN_TRY(rows, pending_page(Side::exchange, after, kRows));
    for (const auto& row : rows) {
      if (row.kind == store::PendingChange::Kind::deleted) {
        deleted_items_[row.id].push_back(row.sequence);
      } else {
        // It came back after its deletion; a row of ours that only asks to read it again proves nothing.
        if (!row.version.empty()) deleted_items_.erase(row.id);
        ++known_;
      }
    }
    if (rows.size() < kRows) return {};
    after = rows.back().sequence;
  }
}

/// Another item of Exchange's that carries the mapping's UID: a part of it, or one that is parked.
std::optional<std::string> PairPass::Impl::living_item(const store::Mapping& mapping) const {
  for (const auto& part : mapping.exchange_parts)
    if (!deleted_items_.contains(part.item.value)) return part.item.value;
  const auto parked = parked_items_.find(mapping.uid);
  if (parked == parked_items_.end()) return std::nullopt;
  for (const auto& item : parked->second)
    if (!deleted_items_.contains(item)) return item;
  return std::nullopt;
}

/// An item was deleted, but another one has its UID (orphan occurrences, a twin that is parked): the series is put
/// together anew from what is left.
Status PairPass::Impl::reread_what_lost_a_part() {
  std::vector<std::string> deleted;
  for (const auto& [item, sequences] : deleted_items_) deleted.push_back(item);
  for (std::size_t at = 0; at < deleted.size(); at += kRows) {
    std::vector<ItemId> items;
    for (std::size_t i = at; i < std::min(deleted.size(), at + kRows); ++i) items.emplace_back(deleted[i]);
    CARAVAN_TRY(mappings, store_.mappings_by_items(pair.id, items));
    store::Batch batch;
    for (const auto& mapping : mappings) {
      const auto living = living_item(mapping);
      if (mapping.state != "active" || !living) continue;
      store::PendingChange change;
      change.pair = pair.id;
      change.id = *living;
      batch.new_changes.push_back(std::move(change));
    }
    CARAVAN_CHECK(add_changes(batch));
  }
  return {};
}

/// The same for CalDAV: a twin that was parked is the series now.
Status PairPass::Impl::reread_what_lost_its_resource() {
  store::Batch batch;
  for (const auto& [uid, hrefs] : parked_hrefs_) {
    CARAVAN_TRY(mapping, store_.mapping(pair.id, uid));
    if (!mapping || !is_shared(*mapping) || !deleted_hrefs_.contains(mapping->href.value)) continue;
    const auto living = living_href(*mapping);
    if (!living) continue;
    mapping->href = Href(*living);
    batch.mappings.push_back(std::move(*mapping));
    store::PendingChange change;
    change.pair = pair.id;
    change.side = Side::caldav;
    change.id = *living;
    batch.new_changes.push_back(std::move(change));
  }
  return options_.dry_run || batch.mappings.empty() ? Status{} : commit(batch);
}

std::optional<std::string> PairPass::Impl::living_href(const store::Mapping& mapping) const {
  const auto parked = parked_hrefs_.find(mapping.uid);
  if (parked == parked_hrefs_.end()) return std::nullopt;
  for (const auto& href : parked->second)
    if (href != mapping.href.value && !deleted_hrefs_.contains(href)) return href;
  return std::nullopt;
}

/// Poison gets another chance on a slower schedule, or at once when a person asked for it.
Status PairPass::Impl::retry_parked() {
  CARAVAN_TRY(rows, store_.parked(pair.mailbox));
  store::Batch batch;
  for (const auto& row : rows) {
    if (row.pair != pair.id || (row.side == Side::caldav && !two_way())) continue;
    parked_objects_.insert(row.object);
    if (!row.uid.empty()) (row.side == Side::exchange ? parked_items_ : parked_hrefs_)[row.uid].push_back(row.object);
    if (row.side == Side::exchange && row.uid.empty()) unnamed_parked_ = true;
    if (row.accepted || row.next_try > clock_.now()) {
      if (row.code == kDeleteRefused) waiting_.insert(row.object);
      continue;
    }
    store::PendingChange change;
    change.pair = pair.id;
    change.side = row.side;
    change.id = row.object;
    batch.new_changes.push_back(std::move(change));
  }
  return options_.dry_run || batch.new_changes.empty() ? Status{} : commit(batch);
}

}  // namespace caravan::sync
