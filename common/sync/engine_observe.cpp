// SPDX-License-Identifier: GPL-3.0-or-later
// What changed on either side. Each page of changes is stored together with the state it leads to, so that a kill never
// restarts a listing; a delete by absence only comes from a complete one.
#include <algorithm>

#include "ical/parse.hpp"
#include "sync/engine_impl.hpp"
#include "util/crash_point.hpp"

namespace caravan::sync {
namespace {

std::string relist_setting(const store::Pair& pair) { return "relist:" + pair.id.value; }
constexpr std::size_t kRows = 512;

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
  if (!options_.dry_run) {
    CARAVAN_TRY(relisting, store_.setting(relist_setting(pair)));
    if (!relisting.empty()) return list_exchange_from_start();
  }
  while (true) {
    if (stop_.stop_requested()) return make_error(Fault::cancelled, "Stopped on request.");
    auto page = exchange_.changes_since(pair.sync_state);
    if (!page) {
      if (page.error().code == kInvalidState && !pair.sync_state.empty()) {
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
  memory_changes_.clear();
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
  store::Batch batch;
  for (const auto& change : page.changes) {
    store::PendingChange pending;
    pending.pair = pair.id;
    pending.side = Side::exchange;
    pending.kind = change.kind == ExchangeChange::Kind::deleted ? store::PendingChange::Kind::deleted
                                                                : store::PendingChange::Kind::upserted;
    pending.id = change.item.value;
    pending.version = change.change_key.value;
    batch.new_changes.push_back(std::move(pending));
  }
  pair.sync_state = page.state;
  if (options_.dry_run) {
    for (auto& change : batch.new_changes) {
      change.sequence = static_cast<std::int64_t>(memory_changes_.size()) + 1;
      memory_changes_.push_back(std::move(change));
    }
    return {};
  }
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
  for (const auto& row : memory_changes_) listed.insert(row.id);
  store::Batch batch;
  CARAVAN_CHECK(store_.each_mapping_key(pair.id, [&](const store::MappingKey& key) {
    if (key.state != "active") return true;
    for (const auto& part : key.exchange_parts) {
      if (listed.contains(part.item.value)) continue;
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
    change.sequence = static_cast<std::int64_t>(memory_changes_.size()) + 1;
    memory_changes_.push_back(std::move(change));
  }
  return {};
}

Status PairPass::Impl::observe_caldav() {
  if (!pair.listing_complete) return first_listing();
  auto changes = caldav_.changes_since(pair.sync_token);
  if (!changes) {
    Error error = std::move(changes).error();
    if (error.fault == Fault::not_found || error.code == kContainerGone) {
      error.code = kContainerGone;
      error.what = "The collection " + pair.collection.value + " is gone from the CalDAV server.";
      error.remedy = "Nothing was deleted. Restore the collection, or run `exodus-cli rebuild " + pair.mailbox.value +
                     "` and then `migrate` to make it anew.";
    }
    return error;
  }
  std::vector<Href> gone = changes->gone;
  if (changes->full) {
    std::unordered_set<std::string> listed;
    for (const auto& resource : changes->changed) listed.insert(resource.href.value);
    CARAVAN_CHECK(store_.each_mapping_key(pair.id, [&](const store::MappingKey& key) {
      if (key.state != "tombstone" && !key.href.empty() && !listed.contains(key.href.value)) gone.push_back(key.href);
      return true;
    }));
  }
  std::vector<CaldavResource> unknown;
  for (std::size_t at = 0; at < changes->changed.size(); at += kRows) {
    std::vector<Href> hrefs;
    const std::size_t end = std::min(changes->changed.size(), at + kRows);
    for (std::size_t i = at; i < end; ++i) hrefs.push_back(changes->changed[i].href);
    CARAVAN_TRY(mappings, store_.mappings_by_hrefs(pair.id, hrefs));
    std::unordered_set<std::string> mapped;
    for (const auto& mapping : mappings) mapped.insert(mapping.href.value);
    for (std::size_t i = at; i < end; ++i)
      if (!mapped.contains(changes->changed[i].href.value)) unknown.push_back(changes->changed[i]);
  }
  CARAVAN_CHECK(take_unknown(unknown));
  CARAVAN_CHECK(take_gone(gone));
  pair.sync_token = changes->token;
  if (options_.dry_run) return {};
  store::Batch batch;
  batch.pairs.push_back(pair);
  return commit(batch);
}

Status PairPass::Impl::first_listing() {
  CARAVAN_TRY(there, caldav_.exists());
  if (!there) {
    fresh_collection_ = true;
    return {};
  }
  CARAVAN_TRY(listing, caldav_.list());
  std::vector<CaldavResource> unknown;
  for (std::size_t at = 0; at < listing.resources.size(); at += kRows) {
    std::vector<Href> hrefs;
    const std::size_t end = std::min(listing.resources.size(), at + kRows);
    for (std::size_t i = at; i < end; ++i) hrefs.push_back(listing.resources[i].href);
    CARAVAN_TRY(mappings, store_.mappings_by_hrefs(pair.id, hrefs));
    std::unordered_set<std::string> mapped;
    for (const auto& mapping : mappings) mapped.insert(mapping.href.value);
    for (std::size_t i = at; i < end; ++i)
      if (!mapped.contains(listing.resources[i].href.value)) unknown.push_back(listing.resources[i]);
  }
  CARAVAN_CHECK(take_unknown(unknown));
  pair.sync_token = listing.token;
  pair.listing_complete = true;
  if (options_.dry_run) return {};
  store::Batch batch;
  batch.pairs.push_back(pair);
  return commit(batch);
}

/// Resources that we did not write: their UIDs are learnt, so that no create can double them.
Status PairPass::Impl::take_unknown(const std::vector<CaldavResource>& resources) {
  constexpr std::size_t kAtOnce = 100;
  for (std::size_t at = 0; at < resources.size(); at += kAtOnce) {
    if (stop_.stop_requested()) return make_error(Fault::cancelled, "Stopped on request.");
    std::vector<Href> hrefs;
    for (std::size_t i = at; i < std::min(resources.size(), at + kAtOnce); ++i) hrefs.push_back(resources[i].href);
    store::Batch batch;
    Status status;
    caldav_.read(hrefs, [&](std::size_t, CaldavAnswer answer) {
      if (const auto* error = std::get_if<Error>(&answer)) {
        if (error->fault != Fault::malformed) status = *error;
        return;
      }
      const auto* text = std::get_if<CaldavText>(&answer);
      if (text == nullptr) return;
      auto parsed = ical::parse_one(text->text);
      if (!parsed || parsed->uid.empty()) return;  // nobody's UID: nothing can meet it
      if (options_.dry_run) {
        memory_resources_[parsed->uid] = {text->href, text->etag};
        return;
      }
      store::Mapping mapping;
      mapping.pair = pair.id;
      mapping.uid = parsed->uid;
      mapping.state = "caldav_only";
      mapping.href = text->href;
      mapping.etag = text->etag;
      mapping.updated = clock_.now();
      batch.mappings.push_back(std::move(mapping));
    });
    CARAVAN_CHECK(std::move(status));
    // A UID that is mapped already (the server holds it twice) keeps its mapping.
    std::vector<Uid> uids;
    for (const auto& mapping : batch.mappings) uids.push_back(mapping.uid);
    if (uids.empty()) continue;
    CARAVAN_TRY(known, store_.mappings(pair.id, uids));
    std::unordered_set<Uid> keep;
    for (const auto& mapping : known)
      if (mapping.state == "active" || mapping.state == "conflict") keep.insert(mapping.uid);
    std::unordered_set<Uid> seen;
    std::erase_if(batch.mappings, [&](const store::Mapping& mapping) {
      return keep.contains(mapping.uid) || !seen.insert(mapping.uid).second;
    });
    CARAVAN_CHECK(commit(batch));
  }
  return {};
}

/// Gone from CalDAV: what a user deleted there stays deleted until Exchange changes it (guarantee 15).
Status PairPass::Impl::take_gone(const std::vector<Href>& hrefs) {
  if (options_.dry_run) return {};
  for (std::size_t at = 0; at < hrefs.size(); at += kRows) {
    const std::vector<Href> some(hrefs.begin() + static_cast<std::ptrdiff_t>(at),
                                 hrefs.begin() + static_cast<std::ptrdiff_t>(std::min(hrefs.size(), at + kRows)));
    CARAVAN_TRY(mappings, store_.mappings_by_hrefs(pair.id, some));
    store::Batch batch;
    for (auto& mapping : mappings) {
      if (mapping.state == "caldav_only") {
        batch.forget_mappings.emplace_back(pair.id, mapping.uid);
      } else if (mapping.state == "active" || mapping.state == "conflict") {
        mapping.state = "tombstone";
        mapping.caldav_removed = true;
        mapping.etag = {};
        mapping.updated = clock_.now();
        batch.audit.push_back(audit(mapping.uid, "gone_on_caldav", "caldav_deleted"));
        batch.mappings.push_back(std::move(mapping));
      }
    }
    CARAVAN_CHECK(commit(batch));
  }
  return {};
}

Status PairPass::Impl::load_deleted_items() {
  deleted_items_.clear();
  known_ = 0;
  if (options_.dry_run) {
    for (const auto& row : memory_changes_) {
      if (row.kind == store::PendingChange::Kind::deleted)
        deleted_items_.insert(row.id);
      else
        ++known_;
    }
    return {};
  }
  std::int64_t after = 0;
  while (true) {
    CARAVAN_TRY(rows, store_.pending(pair.id, Side::exchange, after, kRows));
    for (const auto& row : rows) {
      if (row.kind == store::PendingChange::Kind::deleted) {
        deleted_items_.insert(row.id);
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
  const std::vector<std::string> deleted(deleted_items_.begin(), deleted_items_.end());
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

/// Poison gets another chance on a slower schedule, or at once when a person asked for it.
Status PairPass::Impl::retry_parked_items() {
  CARAVAN_TRY(rows, store_.parked(pair.mailbox));
  store::Batch batch;
  for (const auto& row : rows) {
    if (row.pair != pair.id || row.side != Side::exchange) continue;
    parked_objects_.insert(row.object);
    if (!row.uid.empty()) parked_items_[row.uid].push_back(row.object);
    if (row.accepted || row.next_try > clock_.now()) continue;
    store::PendingChange change;
    change.pair = pair.id;
    change.id = row.object;
    batch.new_changes.push_back(std::move(change));
  }
  return options_.dry_run || batch.new_changes.empty() ? Status{} : commit(batch);
}

}  // namespace caravan::sync
