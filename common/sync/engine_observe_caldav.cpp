// SPDX-License-Identifier: GPL-3.0-or-later
// What changed on CalDAV. One way, it is only remembered which UIDs are there and what went; two ways, each change
// waits as a row like Exchange's, stored together with the token that it leads to. Our own writes are known by their
// etags and cost nothing.
#include <algorithm>

#include "ical/parse.hpp"
#include "sync/engine_impl.hpp"

namespace caravan::sync {
namespace {

std::string two_way_setting(const store::Pair& pair) { return "two_way:" + pair.id.value; }

Error collection_gone(const store::Pair& pair, Error error) {
  error.code = kContainerGone;
  error.what = "The collection " + pair.collection.value + " is gone from the CalDAV server.";
  error.remedy = "Nothing was deleted. Restore the collection, or run `exodus-cli rebuild " + pair.mailbox.value +
                 "` and then `migrate` to make it anew.";
  return error;
}

bool is_gone(const Error& error) { return error.fault == Fault::not_found || error.code == kContainerGone; }

}  // namespace

bool is_shared(const store::Mapping& mapping) {
  return mapping.state == "active" || mapping.state == "conflict" || mapping.state == "declined";
}

/// Whether the last pass over this pair went one way: then much was left alone on CalDAV that is news now.
Status PairPass::Impl::notice_direction() {
  CARAVAN_TRY(known, store_.setting(two_way_setting(pair)));
  takes_up_ = two_way() && known.empty();
  if (takes_up_) options_.policy.scheduling = Scheduling::none;  // people were told of all this long ago
  if (two_way() || known.empty() || options_.dry_run) return {};
  return store_.set_setting(two_way_setting(pair), "");
}

/// Everything that stands on CalDAV is known, or waits as a row.
Status PairPass::Impl::taken_up() {
  if (!takes_up_ || options_.dry_run) return {};
  return store_.set_setting(two_way_setting(pair), "1");
}

Status PairPass::Impl::observe_caldav() {
  CARAVAN_CHECK(notice_direction());
  if (two_way()) CARAVAN_CHECK(load_caldav_rows());
  if (!pair.listing_complete || takes_up_) return list_caldav();
  if (auditing()) return audit_caldav();
  return options_.observe == Observe::exchange_only ? Status{} : list_caldav_changes();
}

Status PairPass::Impl::list_caldav_changes() {
  CARAVAN_CHECK(load_expectations(Side::caldav));
  auto changes = caldav_.changes_since(pair.sync_token);
  if (!changes) return is_gone(changes.error()) ? collection_gone(pair, changes.error()) : std::move(changes).error();
  CARAVAN_CHECK(take_news(changes->changed, std::move(changes->gone), changes->full));
  return remember_token(std::move(changes->token));
}

Status PairPass::Impl::list_caldav() {
  if (!pair.listing_complete) {
    CARAVAN_TRY(there, caldav_.exists());
    if (!there) {
      fresh_collection_ = true;
      return {};
    }
  }
  CARAVAN_CHECK(load_expectations(Side::caldav));
  auto listing = caldav_.list();
  if (!listing) return is_gone(listing.error()) ? collection_gone(pair, listing.error()) : std::move(listing).error();
  CARAVAN_CHECK(take_news(listing->resources, {}, true));
  pair.listing_complete = true;
  CARAVAN_CHECK(remember_token(std::move(listing->token)));
  return taken_up();
}

/// The rows of the news and the token that they lead to become true at once.
Status PairPass::Impl::remember_token(SyncToken token) {
  pair.sync_token = std::move(token);
  store::Batch batch;
  batch.new_changes = std::exchange(caldav_news_, {});
  batch.done_changes = std::exchange(met_expectations_, {});
  if (options_.dry_run) return add_changes(batch);
  batch.pairs.push_back(pair);
  return commit(batch);
}

/// Whether the resource may be something else than what the mapping says of it.
bool PairPass::Impl::is_news(const store::Mapping& mapping, const Etag& etag) const {
  // An audit's list names everything: what looks as it was is as it was, and what nobody shares was left alone before.
  if (comparing_ && mapping.etag == etag) return false;
  if (!is_shared(mapping)) return true;
  if (takes_up_ && !mapping.caldav_digest.empty()) return true;  // it has edits that Exchange was not to learn
  return mapping.etag != etag || caldav_.traits().weak_versions;
}

/// One answer of CalDAV, be it a listing or the changes since a token; `complete`: what it does not name is gone.
Status PairPass::Impl::take_news(const std::vector<CaldavResource>& changed, std::vector<Href> gone, bool complete) {
  if (complete) {
    std::unordered_set<std::string> listed;
    for (const auto& resource : changed) listed.insert(resource.href.value);
    CARAVAN_CHECK(store_.each_mapping_key(pair.id, [&](const store::MappingKey& key) {
      if (key.state != "tombstone" && key.state != "filling" && !key.href.empty() && !listed.contains(key.href.value))
        gone.push_back(key.href);
      return true;
    }));
  }
  for (const auto& resource : changed) named(resource.href.value);
  for (const auto& href : gone) named(href.value);
  CARAVAN_TRY(missing, missing_of_expected(Side::caldav));
  for (const auto& href : missing) gone.emplace_back(href);
  std::vector<CaldavResource> unknown;
  for (std::size_t at = 0; at < changed.size(); at += kRows) {
    const auto some = std::span(changed).subspan(at, std::min(kRows, changed.size() - at));
    std::vector<Href> hrefs;
    for (const auto& resource : some) hrefs.push_back(resource.href);
    CARAVAN_TRY(mappings, store_.mappings_by_hrefs(pair.id, hrefs));
    std::unordered_map<std::string, const store::Mapping*> mapped;
    for (const auto& mapping : mappings) mapped.emplace(mapping.href.value, &mapping);
    for (const auto& resource : some) {
      const auto found = mapped.find(resource.href.value);
      if (comparing_ && is_waiting_already(Side::caldav, resource.href.value)) continue;
      const bool known = found != mapped.end() && (!two_way() || found->second->state != "tombstone");
      if (!known) unknown.push_back(resource);
      if (known && is_news(*found->second, resource.etag))
        drifted(Side::caldav, "changed", found->second->uid, resource.href.value);
      if (two_way() && (!known || is_news(*found->second, resource.etag)))
        add_news(Side::caldav, store::PendingChange::Kind::upserted, resource.href.value, resource.etag.value);
    }
  }
  CARAVAN_CHECK(take_unknown(unknown, gone));
  CARAVAN_CHECK(take_gone(gone));
  return takes_up_ ? take_up_tombstones() : Status{};
}

void PairPass::Impl::add_news(Side side, store::PendingChange::Kind kind, const std::string& id,
                              const std::string& version) {
  store::PendingChange change;
  change.pair = pair.id;
  change.side = side;
  change.kind = kind;
  change.id = id;
  change.version = version;
  caldav_news_.push_back(std::move(change));
}

/// What was deleted on CalDAV while it was only read, and stands on Exchange still: that deletion counts now.
Status PairPass::Impl::take_up_tombstones() {
  return store_.each_mapping_key(pair.id, [&](const store::MappingKey& key) {
    if (key.state == "tombstone" || key.state == "caldav_only")
      for (const auto& part : key.exchange_parts)
        add_news(Side::exchange, store::PendingChange::Kind::upserted, part.item.value, {});
    return true;
  });
}

/// Resources that we did not write: their UIDs are learnt, so that no create can double them.
Status PairPass::Impl::take_unknown(const std::vector<CaldavResource>& resources, const std::vector<Href>& gone) {
  constexpr std::size_t kAtOnce = 100;
  for (std::size_t at = 0; at < resources.size(); at += kAtOnce) {
    if (stop_.stop_requested()) return make_error(Fault::cancelled, "Stopped on request.");
    std::vector<Href> hrefs;
    for (std::size_t i = at; i < std::min(resources.size(), at + kAtOnce); ++i) hrefs.push_back(resources[i].href);
    std::vector<store::Mapping> found;
    std::unordered_set<Uid> marked;
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
      if (parsed->mark == mark_for(pair.mailbox, parsed->uid)) marked.insert(parsed->uid);
      found.push_back(std::move(mapping));
    });
    CARAVAN_CHECK(std::move(status));
    CARAVAN_CHECK(remember_unknown(std::move(found), gone, marked));
  }
  return {};
}

Status PairPass::Impl::remember_unknown(std::vector<store::Mapping> found, const std::vector<Href>& gone,
                                        const std::unordered_set<Uid>& marked) {
  std::vector<Uid> uids;
  for (const auto& mapping : found) uids.push_back(mapping.uid);
  if (uids.empty()) return {};
  CARAVAN_TRY(mappings, store_.mappings(pair.id, uids));
  std::unordered_map<Uid, store::Mapping*> known;
  for (auto& mapping : mappings) known.emplace(mapping.uid, &mapping);
  const auto is_named_gone = [&](const Href& href) {
    return deleted_hrefs_.contains(href.value) || std::find(gone.begin(), gone.end(), href) != gone.end();
  };
  // What was made and went between two lists is named by neither.
  std::vector<Href> doubtful;
  for (const auto& mapping : found)
    if (const auto before = known.find(mapping.uid); before != known.end() && is_shared(*before->second) &&
                                                     before->second->href != mapping.href &&
                                                     !is_named_gone(before->second->href))
      doubtful.push_back(before->second->href);
  CARAVAN_TRY(left, gone_of(doubtful));
  store::Batch batch;
  std::unordered_set<Uid> seen;
  for (auto& mapping : found) {
    if (!seen.insert(mapping.uid).second) continue;
    const auto before = known.find(mapping.uid);
    drifted(Side::caldav, "unknown", mapping.uid, mapping.href.value);
    if (before == known.end()) {
      lost_rows_ = lost_rows_ || marked.contains(mapping.uid);
      batch.mappings.push_back(std::move(mapping));
    } else if (is_shared(*before->second)) {
      // A UID that is mapped already (the server holds it twice) keeps its mapping, unless its resource only moved.
      if (!is_named_gone(before->second->href) && !left.contains(before->second->href.value)) continue;
      before->second->href = mapping.href;
      batch.mappings.push_back(std::move(*before->second));
    } else {
      // Back on CalDAV: what is known of Exchange's part of it stays known.
      before->second->state = mapping.state;
      before->second->href = mapping.href;
      before->second->etag = mapping.etag;
      before->second->updated = mapping.updated;
      batch.mappings.push_back(std::move(*before->second));
    }
  }
  // Known here and waiting in no row, it would pass for left alone (is_news()): the rows come with it, though the token
  // has yet to.
  batch.new_changes = std::exchange(caldav_news_, {});
  return commit(batch);
}

/// Those that are not there now.
Result<std::unordered_set<std::string>> PairPass::Impl::gone_of(const std::vector<Href>& hrefs) {
  std::unordered_set<std::string> gone;
  if (hrefs.empty()) return gone;
  Status status;
  caldav_.read(hrefs, [&](std::size_t index, const CaldavAnswer& answer) {
    if (std::holds_alternative<Gone>(answer)) gone.insert(hrefs[index].value);
    const auto* error = std::get_if<Error>(&answer);
    if (error != nullptr && !is_item_error(*error)) status = *error;
  });
  CARAVAN_CHECK(std::move(status));
  return gone;
}

/// Gone from CalDAV. One way, what a user deleted there stays deleted until Exchange changes it (guarantee 15); two
/// ways, it is a change that waits to be decided.
Status PairPass::Impl::take_gone(const std::vector<Href>& hrefs) {
  if (options_.dry_run && !two_way()) return {};
  for (std::size_t at = 0; at < hrefs.size(); at += kRows) {
    const std::vector<Href> some(hrefs.begin() + static_cast<std::ptrdiff_t>(at),
                                 hrefs.begin() + static_cast<std::ptrdiff_t>(std::min(hrefs.size(), at + kRows)));
    CARAVAN_TRY(mappings, store_.mappings_by_hrefs(pair.id, some));
    store::Batch batch;
    // What is parked there, and lives elsewhere by now or nowhere, waits for nobody any more.
    for (const auto& href : some)
      if (std::none_of(mappings.begin(), mappings.end(), [&](const auto& mapping) { return mapping.href == href; }))
        batch.unparked.emplace_back(pair.id, href.value);
    for (auto& mapping : mappings) {
      if (is_shared(mapping) && two_way()) {
        if (auditing() && deleted_hrefs_.contains(mapping.href.value)) continue;  // it waits to be decided
        drifted(Side::caldav, "missing", mapping.uid, mapping.href.value);
        add_news(Side::caldav, store::PendingChange::Kind::deleted, mapping.href.value, {});
      } else if (is_shared(mapping) || (mapping.state == "caldav_only" && !mapping.exchange_parts.empty())) {
        if (is_shared(mapping)) batch.audit.push_back(audit(mapping.uid, "gone_on_caldav", "caldav_deleted"));
        mapping.state = "tombstone";
        mapping.caldav_removed = true;
        mapping.etag = {};
        mapping.updated = clock_.now();
        batch.mappings.push_back(std::move(mapping));
      } else if (mapping.state == "caldav_only") {
        batch.forget_mappings.emplace_back(pair.id, mapping.uid);
      }
    }
    if (!options_.dry_run) CARAVAN_CHECK(commit(batch));
  }
  return {};
}

/// The rows that wait: what went for good, and by which rows each resource was named.
Status PairPass::Impl::load_caldav_rows() {
  caldav_rows_.clear();
  deleted_hrefs_.clear();
  std::int64_t after = 0;
  while (true) {
    CARAVAN_TRY(rows, pending_page(Side::caldav, after, kRows));
    for (const auto& row : rows) {
      caldav_rows_[row.id].push_back(row.sequence);
      if (row.kind == store::PendingChange::Kind::deleted)
        deleted_hrefs_.insert(row.id);
      else if (!row.version.empty())  // it came back; a row of ours that only asks to read it again proves nothing
        deleted_hrefs_.erase(row.id);
    }
    if (rows.size() < kRows) return {};
    after = rows.back().sequence;
  }
}

}  // namespace caravan::sync
