// SPDX-License-Identifier: GPL-3.0-or-later
// What an audit finds: drift, that is what one side shows otherwise than the store says although nothing had told of
// it. It becomes a row like any other change and is decided like one; here it is only named and counted. And twins of
// our own making: a process that was stopped exactly at a send may make what another one makes meanwhile, and no side
// can check an epoch (decisions.md 4). Such a twin carries our mark and UID and was never changed; it is removed,
// everything else that has a UID twice is parked.
#include <algorithm>

#include "ical/parse.hpp"
#include "sync/engine_impl.hpp"
#include "sync/three_way.hpp"

namespace caravan::sync {
namespace {

std::string key_of(Side side, const std::string& id) { return (side == Side::exchange ? "e:" : "c:") + id; }

}  // namespace

/// What waits for a person is no drift, and is not looked at again because of an audit.
Status PairPass::Impl::begin_audit() {
  if (!auditing()) return {};
  CARAVAN_TRY(rows, store_.parked(pair.mailbox));
  for (const auto& row : rows)
    if (row.pair == pair.id && (row.accepted || row.next_try > clock_.now()))
      waits_for_a_person_.insert(key_of(row.side, row.object));
  parked_on_caldav_ = std::any_of(rows.begin(), rows.end(),
                                  [&](const auto& row) { return row.pair == pair.id && row.side == Side::caldav; });
  return {};
}

/// CalDAV's list, whole. Where an equal version says too little (a weak etag, or a parked resource, of which none is
/// kept) its changes are asked for first, so that the new token passes over none.
Status PairPass::Impl::audit_caldav() {
  if (parked_on_caldav_ || caldav_.traits().weak_versions) {
    CARAVAN_CHECK(list_caldav_changes());
    CARAVAN_CHECK(load_caldav_rows());
  }
  comparing_ = true;
  Status listed = list_caldav();
  comparing_ = false;
  return listed;
}

bool PairPass::Impl::is_waiting_already(Side side, const std::string& id) const {
  return waits_for_a_person_.contains(key_of(side, id)) ||
         (side == Side::caldav && caldav_rows_.contains(id) && !deleted_hrefs_.contains(id));
}

void PairPass::Impl::drifted(Side side, const char* kind, const Uid& uid, const std::string& object) {
  if (!auditing() || is_waiting_already(side, object)) return;
  ++report.drift[{side, kind}];
  if (!uid.empty())
    drift_rows_.push_back(audit(uid, "drift", (side == Side::exchange ? "exchange_" : "caldav_") + std::string(kind)));
}

/// A page of Exchange's list, against the versions that the store knows: our own writes are named, too.
Status PairPass::Impl::compare_page(const ExchangePage& page) {
  if (!auditing() || page.changes.empty()) return {};
  std::vector<ItemId> items;
  for (const auto& change : page.changes) items.push_back(change.item);
  CARAVAN_TRY(mappings, store_.mappings_by_items(pair.id, items));
  std::unordered_map<std::string, std::pair<const store::Mapping*, std::string>> known;
  for (const auto& mapping : mappings)
    for (const auto& part : mapping.exchange_parts) known[part.item.value] = {&mapping, part.change_key.value};
  for (const auto& change : page.changes) {
    const auto found = known.find(change.item.value);
    const bool is_known = found != known.end();
    const bool deleted = change.kind == ExchangeChange::Kind::deleted;
    if (deleted && is_known && is_shared(*found->second.first)) {
      drifted(Side::exchange, "missing", found->second.first->uid, change.item.value);
    } else if (!deleted && !is_known) {
      drifted(Side::exchange, "unknown", Uid(), change.item.value);
    } else if (!deleted && is_known && found->second.second != change.change_key.value) {
      drifted(Side::exchange, "changed", found->second.first->uid, change.item.value);
    }
  }
  return {};
}

Status PairPass::Impl::remember_drift() {
  if (drift_rows_.empty()) return {};
  store::Batch batch;
  batch.audit = std::exchange(drift_rows_, {});
  return commit(batch);
}

/// Whether this resource of CalDAV's was made by us beside the one that is mapped, which is there still, and was never
/// changed.
Result<bool> PairPass::Impl::is_our_twin(const Work& twin, const store::Mapping& mapping) {
  if (!two_way() || options_.dry_run || mapping.state != "active" || blocked_.contains(mapping.uid)) return false;
  auto parsed = ical::parse_one(twin.stored->text);
  if (!parsed || !parsed->series || parsed->mark != mark_for(pair.mailbox, twin.uid)) return false;
  auto base = series_of_copy(mapping.caldav_copy.empty() ? mapping.exchange_copy : mapping.caldav_copy);
  if (!base) return false;
  if (!edits_of(copy_holding(std::move(*base)), copy_holding(std::move(*parsed->series))).empty()) return false;
  bool there = false;
  Status status;
  caldav_.read(std::vector<Href>{mapping.href}, [&](std::size_t, const CaldavAnswer& answer) {
    if (const auto* text = std::get_if<CaldavText>(&answer)) {
      const auto stands = ical::parse_one(text->text);
      there = stands && stands->series && stands->uid == mapping.uid;
    } else if (const auto* error = std::get_if<Error>(&answer); error != nullptr && !is_item_error(*error)) {
      status = *error;
    }
  });
  CARAVAN_CHECK(std::move(status));
  return there;
}

/// The same of an item of Exchange's.
Result<bool> PairPass::Impl::is_our_twin_item(const Work& twin, const store::Mapping& mapping) {
  const bool whole = twin.parts.size() == 1 && twin.exchange.series.master && mapping.exchange_parts.size() == 1;
  if (!two_way() || options_.dry_run || !whole || blocked_.contains(mapping.uid)) return false;
  if (twin.exchange.digest != mapping.exchange_digest) return false;
  auto marked = exchange_.find(std::vector<ExchangeSearch>{{Uid(), mark_for(pair.mailbox, mapping.uid)}});
  if (!marked.front()) return std::move(marked.front()).error();
  const auto& items = *marked.front();
  if (std::find(items.begin(), items.end(), twin.parts.front().item) == items.end()) return false;
  auto kept = exchange_.read(std::vector<ItemId>{mapping.exchange_parts.front().item});
  if (!kept.front().second && !is_item_error(kept.front().second.error())) return kept.front().second.error();
  return kept.front().second.has_value();
}

/// On condition that they are still as they were read; what is refused is looked at again in the next pass.
Status PairPass::Impl::remove_twins() {
  store::Batch batch;
  const auto settle = [&](const Work& twin, Side side) {
    batch.done_changes.insert(batch.done_changes.end(), twin.sequences.begin(), twin.sequences.end());
    batch.audit.push_back(audit(twin.uid, "twin_removed", side == Side::exchange ? "exchange_twin" : "caldav_twin"));
    ++report.drift[{side, "twin"}];
  };
  Status status;
  std::vector<CaldavRemoval> removals;
  for (const auto& twin : twins_on_caldav_) removals.push_back({twin.href, twin.stored->etag});
  if (!removals.empty())
    caldav_.remove(removals, [&](std::size_t index, const Status& removed) {
      const Work& twin = twins_on_caldav_[index];
      if (!removed) {
        if (!is_item_error(removed.error())) status = removed;
        return;
      }
      settle(twin, Side::caldav);
      store::Undo row = undo(twin.uid, twin.href);
      row.before_text = twin.stored->text;
      row.before_etag = twin.stored->etag;
      batch.undo.push_back(std::move(row));
      if (parked_objects_.contains(twin.href.value)) batch.unparked.emplace_back(pair.id, twin.href.value);
    });
  std::vector<ExchangeRemoval> items;
  for (const auto& twin : twins_on_exchange_) items.push_back({twin.uid, as_named(twin.parts), Send::none});
  if (!items.empty())
    exchange_.remove(items, [&](std::size_t index, const Status& removed) {
      const Work& twin = twins_on_exchange_[index];
      if (!removed) {
        if (!is_item_error(removed.error())) status = removed;
        return;
      }
      settle(twin, Side::exchange);
      const auto& id = twin.parts.front().item.value;
      if (parked_objects_.contains(id)) batch.unparked.emplace_back(pair.id, id);
    });
  twins_on_caldav_.clear();
  twins_on_exchange_.clear();
  CARAVAN_CHECK(commit_if_any(batch));
  return status;
}

}  // namespace caravan::sync
