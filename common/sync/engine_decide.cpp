// SPDX-License-Identifier: GPL-3.0-or-later
// From changed items to decisions: one piece of work of each series, a look at CalDAV where it matters, and
// reconcile().
#include <algorithm>
#include <utility>

#include "ical/parse.hpp"
#include "model/canonical.hpp"
#include "sync/engine_impl.hpp"

namespace caravan::sync {
namespace {

/// Exchange gives a UID to everything but the oldest imports.
Uid uid_of(const model::Series& series, const ItemId& item) {
  return series.uid.empty() ? Uid("caravan-" + sha256(item.value).hex.substr(0, 40)) : series.uid;
}

/// A lone orphan that a server got without RECURRENCE-ID, as the occurrence that it is on Exchange.
void as_occurrence_of(const model::Series& exchange, model::Series& caldav) {
  if (exchange.master || exchange.overrides.size() != 1) return;
  if (!caldav.master || caldav.recurring() || !caldav.overrides.empty()) return;
  model::Event event = std::move(*caldav.master);
  event.recurrence_id = exchange.overrides.front().recurrence_id;
  caldav.master.reset();
  caldav.overrides = {std::move(event)};
}

Error duplicate_item() {
  return make_error(Fault::unsupported, "Another item of this folder has the same UID; that one was taken.",
                    "duplicate_uid",
                    "Delete one of the two in Outlook, or accept this with `exodus-cli parked accept`.");
}

}  // namespace

bool is_private(const model::Series& series) {
  return model::representative(series).sensitivity != model::Sensitivity::normal &&
         model::representative(series).sensitivity != model::Sensitivity::personal;
}

Result<std::vector<Work>> PairPass::Impl::works_of(Chunk& chunk) {
  std::vector<Work> works;
  works.reserve(chunk.answers.size());  // a Work is large: it shall not move each time the list grows
  store::Batch settled;
  for (std::size_t i = 0; i < chunk.answers.size(); ++i) {
    auto& [id, answer] = chunk.answers[i];
    const std::int64_t sequence = chunk.changes[i].sequence;
    if (!answer) {
      if (!is_item_error(answer.error())) return std::move(answer).error();
      settled.done_changes.push_back(sequence);
      ++done_;
      // Deleted meanwhile: the listing will say so. Anything else that concerns the item alone is poison: parked, and
      // its mapping stays as it is, so that it is never taken for absent.
      if (answer.error().fault != Fault::not_found) park(Side::exchange, id.value, Uid(), answer.error(), settled);
      continue;
    }
    ExchangeItem& item = *answer;
    Work work;
    work.sequences.push_back(sequence);
    work.exchange = std::move(item.copy);
    work.uid = uid_of(work.exchange.series, id);
    work.exchange.series.uid = work.uid;
    if (!in_window(work.exchange.series, options_.since, options_.until, *options_.policy.zones)) {
      CARAVAN_TRY(known, store_.mapping(pair.id, work.uid));
      if (!known ||
          known->state != "active") {  // what moved out of the window is kept up to date; the rest is left alone
        settled.done_changes.push_back(sequence);
        ++done_;
        continue;
      }
    }
    if (options_.private_events == PrivateEvents::omit && is_private(work.exchange.series)) {
      CARAVAN_TRY(known, store_.mapping(pair.id, work.uid));
      work.stays_home = true;
      if (known && known->state == "active") {  // it became private: the copy on CalDAV goes, through the brake
        omitted_items_.insert(id.value);
        deleted_items_[id.value].push_back(sequence);
        continue;
      }
    }
    store::Mapping::ExchangePart part{id, ChangeKey(work.exchange.version.value), {}};
    if (!work.exchange.series.master && work.exchange.series.overrides.front().recurrence_id)
      part.occurrence = model::to_string(*work.exchange.series.overrides.front().recurrence_id);
    work.parts.push_back(std::move(part));
    work.losses = std::move(item.losses);
    work.is_organizer = item.is_organizer;
    work.exchange.is_organizer = item.is_organizer;
    works.push_back(std::move(work));
  }
  if (!options_.dry_run && (!settled.done_changes.empty() || !settled.parked.empty())) CARAVAN_CHECK(commit(settled));
  return one_work_per_series(std::move(works));
}

void PairPass::Impl::combine(Work& into, Work&& other) {
  into.sequences.insert(into.sequences.end(), other.sequences.begin(), other.sequences.end());
  const bool orphans = !into.exchange.series.master || !other.exchange.series.master;
  if (orphans) {
    if (other.exchange.series.master) {
      std::swap(into.exchange.series.master, other.exchange.series.master);
      std::swap(into.exchange.series.rules, other.exchange.series.rules);
      std::swap(into.exchange.series.excluded, other.exchange.series.excluded);
      std::swap(into.exchange.series.extra_dates, other.exchange.series.extra_dates);
      into.exchange.version = other.exchange.version;
    }
    auto& overrides = into.exchange.series.overrides;
    for (auto& event : other.exchange.series.overrides) {
      const bool there = std::any_of(overrides.begin(), overrides.end(), [&](const model::Event& have) {
        return have.recurrence_id == event.recurrence_id;
      });
      if (!there) overrides.push_back(std::move(event));
    }
    auto& zones = into.exchange.series.zones;
    zones.insert(zones.end(), other.exchange.series.zones.begin(), other.exchange.series.zones.end());
    into.parts.insert(into.parts.end(), other.parts.begin(), other.parts.end());
    into.exchange.modified = std::max(into.exchange.modified, other.exchange.modified);
    model::normalize(into.exchange.series);
    into.exchange.digest = model::digest(into.exchange.series);
    return;
  }
  // Two whole items with one UID: the organizer's, or else the newest, is the series; the other is reported.
  const bool other_wins =
      other.is_organizer != into.is_organizer ? other.is_organizer : other.exchange.modified > into.exchange.modified;
  if (other_wins) {
    std::swap(into.exchange, other.exchange);
    std::swap(into.parts, other.parts);
    std::swap(into.losses, other.losses);
    std::swap(into.is_organizer, other.is_organizer);
  }
  store::Batch batch;
  park(Side::exchange, other.parts.front().item.value, into.uid, duplicate_item(), batch);
  if (!options_.dry_run) (void)commit(batch);
}

/// Another item is mapped for this UID already. False where this one has to stand back.
Result<bool> PairPass::Impl::take_over(Work& work, const store::Mapping& mapping) {
  for (const auto& part : mapping.exchange_parts) {
    const bool same =
        std::any_of(work.parts.begin(), work.parts.end(), [&](const auto& mine) { return mine.item == part.item; });
    if (same || deleted_items_.contains(part.item.value)) continue;
    if (!part.occurrence.empty() || !work.exchange.series.master) {
      // An orphan occurrence beside its fellows (or beside its master): the base copy has the others.
      auto base = series_of_copy(mapping.exchange_copy);
      if (!base) continue;
      Work other;
      other.exchange.series = std::move(*base);
      // The base copy is the text that was written: Exchange knows no acknowledged alarms.
      for_each_event(other.exchange.series, [](model::Event& event) {
        for (auto& alarm : event.alarms) alarm.acknowledged.reset();
      });
      other.exchange.modified = mapping.exchange_modified;
      other.parts.push_back(part);
      std::erase_if(other.exchange.series.overrides, [&](const model::Event& event) {
        return other.exchange.series.master.has_value()
                   ? false
                   : event.recurrence_id && model::to_string(*event.recurrence_id) != part.occurrence;
      });
      combine(work, std::move(other));
      continue;
    }
    CARAVAN_TRY(ours, is_our_twin_item(work, mapping));
    if (ours) {
      twins_on_exchange_.push_back(std::move(work));
      return false;
    }
    const bool newer = work.exchange.modified > mapping.exchange_modified;
    store::Batch batch;
    const ItemId loser = newer ? part.item : work.parts.front().item;
    park(Side::exchange, loser.value, mapping.uid, duplicate_item(), batch);
    if (!newer) batch.done_changes = work.sequences;
    if (!options_.dry_run) (void)commit(batch);
    if (!newer) return false;
  }
  return true;
}

Result<std::vector<Work>> PairPass::Impl::one_work_per_series(std::vector<Work> works) {
  std::vector<Work> merged;
  merged.reserve(works.size());
  std::unordered_map<Uid, std::size_t> by_uid;
  for (auto& work : works) {
    const auto [at, fresh] = by_uid.emplace(work.uid, merged.size());
    if (fresh)
      merged.push_back(std::move(work));
    else
      combine(merged[at->second], std::move(work));
  }
  std::vector<Uid> uids;
  for (const auto& work : merged) uids.push_back(work.uid);
  if (uids.empty()) return merged;
  CARAVAN_TRY(mappings, store_.mappings(pair.id, uids));
  std::unordered_map<Uid, store::Mapping> known;
  for (auto& mapping : mappings) known.emplace(mapping.uid, std::move(mapping));
  std::vector<Work> out;
  out.reserve(merged.size());
  std::vector<std::size_t> in_parts;
  for (auto& work : merged) {
    const auto mapping = known.find(work.uid);
    if (mapping != known.end() && options_.fold && !work.exchange.series.master && is_held_in_parts(mapping->second)) {
      work.parts = mapping->second.exchange_parts;  // all of them tell what the series is
      std::erase_if(work.parts, [&](const auto& part) { return deleted_items_.contains(part.item.value); });
      work.mapping = std::move(mapping->second);
      in_parts.push_back(out.size());
    } else if (mapping != known.end()) {
      if (mapping->second.state == "active") {
        CARAVAN_TRY(taken, take_over(work, mapping->second));
        if (!taken) {
          ++done_;
          continue;
        }
      }
      work.mapping = std::move(mapping->second);
    }
    out.push_back(std::move(work));
  }
  std::vector<Work*> reread;
  for (const std::size_t at : in_parts) reread.push_back(&out[at]);
  CARAVAN_CHECK(read_exchange(reread));
  return out;
}

/// An event whose attachments CalDAV has already is read without them; where it has to be made anew they are fetched
/// now.
Status PairPass::Impl::bring_wanted_contents() {
  if (contents_wanted_.empty()) return {};
  Chunk chunk;
  chunk.changes = std::exchange(contents_wanted_, {});
  for (const auto& change : chunk.changes) chunk.items.emplace_back(change.id);
  read_chunk(chunk);
  CARAVAN_TRY(works, works_of(chunk));
  for (auto& work : works) work.tries = 1;  // looks at CalDAV again
  CARAVAN_CHECK(look(works));
  CARAVAN_CHECK(carry_out(std::move(works)));
  contents_wanted_.clear();
  return {};
}

bool PairPass::Impl::must_look(const Work& work) const {
  if (memory_resources_.contains(work.uid)) return true;
  if (must_look_.contains(work.uid) || work.tries > 0) return true;
  // Nobody else writes into a collection that we made, as long as it is filled one way.
  if (!work.mapping)
    return caldav_.traits().conditions_ignored && !fresh_collection_ && (two_way() || !pair.collection_made);
  const std::string& href = work.mapping->href.value;
  if (two_way() && (caldav_rows_.contains(href) || parked_objects_.contains(href))) return true;
  if (work.mapping->state == "tombstone") return caldav_.traits().conditions_ignored;
  return work.mapping->state != "active" || work.mapping->exchange_digest != work.exchange.digest;
}

/// Reads from CalDAV what the decision or the patch needs, many at once.
Status PairPass::Impl::look(std::span<Work> works) {
  std::vector<Href> hrefs;
  std::vector<Work*> asked;
  for (auto& work : works) {
    if (!must_look(work)) continue;
    const auto memory = memory_resources_.find(work.uid);
    if (memory != memory_resources_.end())
      work.href = memory->second.href;
    else if (work.mapping && !work.mapping->href.empty())
      work.href = work.mapping->href;
    else if (work.href.empty())
      work.href = caldav_.href_for(work.uid);
    hrefs.push_back(work.href);
    asked.push_back(&work);
  }
  if (hrefs.empty()) return {};
  Status status;
  caldav_.read(hrefs, [&](std::size_t index, CaldavAnswer answer) {
    Work& work = *asked[index];
    if (auto* text = std::get_if<CaldavText>(&answer))
      work.stored = std::move(*text);
    else if (std::holds_alternative<Gone>(answer))
      work.caldav_gone = true;
    else if (const auto& error = std::get<Error>(answer); !is_item_error(error))
      status = error;
  });
  for (Work* work : asked) take_caldav_rows(*work);
  return status;
}

/// What CalDAV's list said of a resource that was looked at is settled with this work.
void PairPass::Impl::take_caldav_rows(Work& work) {
  if (options_.dry_run) looked_at_.insert(work.href.value);
  const auto rows = caldav_rows_.find(work.href.value);
  if (rows == caldav_rows_.end() || (!work.stored && !work.caldav_gone)) return;
  work.sequences.insert(work.sequences.end(), rows->second.begin(), rows->second.end());
  std::sort(work.sequences.begin(), work.sequences.end());
  work.sequences.erase(std::unique(work.sequences.begin(), work.sequences.end()), work.sequences.end());
}

Result<std::optional<Base>> PairPass::Impl::base_of(const Work& work) const {
  const bool has_base = work.mapping && !work.mapping->exchange_copy.empty() && work.mapping->state != "filling";
  if (!has_base) return std::optional<Base>();
  const store::Mapping& mapping = *work.mapping;
  Base base;
  CARAVAN_TRY(exchange_series, series_of_copy(mapping.exchange_copy));
  base.exchange.digest = mapping.exchange_digest;
  base.exchange.series = std::move(exchange_series);
  base.exchange.modified = mapping.exchange_modified;
  base.caldav.version.value = mapping.etag.value;
  base.caldav.modified = mapping.caldav_modified;
  base.exchange_removed = mapping.exchange_removed;
  base.caldav_removed = mapping.caldav_removed;
  if (mapping.caldav_copy.empty()) {
    base.caldav.series = base.exchange.series;
  } else if (auto caldav_series = series_of_copy(mapping.caldav_copy)) {
    base.caldav.series = std::move(*caldav_series);
  }
  if (caldav_.traits().orphans_refused) as_occurrence_of(base.exchange.series, base.caldav.series);
  base.caldav.digest = model::digest(base.caldav.series);
  return std::optional<Base>(std::move(base));
}

Observed PairPass::Impl::exchange_of(const Work& work) const {
  switch (work.exchange_seen) {
    case Seen::there:
      return work.exchange;
    case Seen::gone:
      return Absent{work.declined};
    case Seen::silent:
      return Unknown{work.why_not_seen};
    case Seen::unreadable:
      return Unknown{"The item on Exchange can't be read: " + work.why_not_seen, true};
  }
  return Unknown{};
}

/// `base` takes the form that the server gave to what it was sent, where its version says that nothing else happened.
Observed PairPass::Impl::caldav_of(const Work& work, std::optional<Base>& base) const {
  if (work.stored) {
    auto parsed = ical::parse_one(work.stored->text);
    if (!parsed || !parsed->series) {
      const Error& error = parsed ? parsed->series.error() : parsed.error();
      return Unknown{"The CalDAV copy can't be read: " + error.what, true};
    }
    if (two_way() && parsed->uid != work.uid)
      return Unknown{"The resource holds another UID now, " + parsed->uid.value + ".", true};
    Copy copy;
    copy.parts = {{work.stored->href.value, {}}};
    copy.version.value = work.stored->etag.value;
    copy.series = std::move(*parsed->series);
    const model::Series* there = work.exchange_seen == Seen::there ? &work.exchange.series
                                 : base                            ? &base->exchange.series
                                                                   : nullptr;
    if (caldav_.traits().orphans_refused && there != nullptr) as_occurrence_of(*there, copy.series);
    copy.digest = model::digest(copy.series);
    copy.ours = !parsed->mark.empty();
    copy.modified = model::representative(copy.series).last_modified.value_or(Instant{});
    const bool edits_kept_apart = work.mapping && !work.mapping->caldav_digest.empty();
    if (base && base->caldav.version == copy.version && !edits_kept_apart && !caldav_.traits().weak_versions) {
      base->caldav.series = copy.series;
      base->caldav.digest = copy.digest;
    }
    return copy;
  }
  // Two ways, a deletion is a change of CalDAV's like any other: its list has to name it.
  const bool unlisted = two_way() && work.caldav_gone && base && !base->caldav_removed && is_shared(*work.mapping) &&
                        !deleted_hrefs_.contains(work.mapping->href.value);
  if (unlisted) return Unknown{"The resource is not found, and CalDAV's list has not named it as deleted yet."};
  if (work.caldav_gone || !work.mapping || work.mapping->state == "tombstone") return Absent{};
  if (base && !must_look(work)) return base->caldav;
  return Unknown{"The CalDAV server did not answer for this event."};
}

Status PairPass::Impl::decide(Work& work) {
  const bool unchanged_meaning = work.exchange_seen == Seen::there && work.mapping && work.mapping->state == "active" &&
                                 !work.stored && !work.caldav_gone &&
                                 work.mapping->exchange_digest == work.exchange.digest;
  work.decision = {};
  if (unchanged_meaning || work.stays_home) return {};
  if (options_.journal) authors_[work.uid].modified_by = work.exchange.modified_by;
  if (blocked_.contains(work.uid)) {
    work.decision.reason = Reason::not_known;
    return {};
  }
  Item item;
  CARAVAN_TRY(base, base_of(work));
  item.exchange = exchange_of(work);
  item.caldav = caldav_of(work, base);
  item.base = std::move(base);
  if (!work.one_way) {
    work.decision = reconcile(item, options_.policy);
    return {};
  }
  Policy policy = options_.policy;
  policy.one_way = true;
  work.decision = reconcile(item, policy);
  return {};
}

void PairPass::Impl::park(Side side, const std::string& object, const Uid& uid, const Error& error,
                          store::Batch& batch) {
  store::Parked row;
  row.id = "p-" + random_hex(4);
  row.pair = pair.id;
  row.mailbox = pair.mailbox;
  row.side = side;
  row.object = object;
  row.uid = uid;
  row.reason = error.what;
  row.code = error.code.empty() ? std::string(to_string(error.fault)) : error.code;
  row.first_seen = clock_.now();
  row.next_try = clock_.now() + std::chrono::hours(6);
  parked_objects_.insert(object);
  if (!uid.empty()) (side == Side::exchange ? parked_items_ : parked_hrefs_)[uid].push_back(object);
  if (side == Side::exchange && uid.empty()) unnamed_parked_ = true;
  batch.parked.push_back(row);
  batch.audit.push_back(audit(uid, "parked", row.code));
  report.parked.push_back(std::move(row));
}

/// A person has to look at it: under the object that named it, so that a retry looks at it again.
void PairPass::Impl::park_work(Work& work, const Error& error, store::Batch& batch) {
  const Href& href = work.stored ? work.stored->href : work.mapping ? work.mapping->href : work.href;
  const bool by_item = work.from == Side::exchange && !work.parts.empty();
  if (by_item) park(Side::exchange, work.parts.front().item.value, work.uid, error, batch);
  if (two_way() && !href.empty() && (!by_item || caldav_rows_.contains(href.value)))
    park(Side::caldav, href.value, work.uid, error, batch);
  // A deletion is known from its row alone: it stays until it was decided.
  if (work.may_delete || deleted_hrefs_.contains(href.value) || work.exchange_seen == Seen::gone) return;
  batch.done_changes.insert(batch.done_changes.end(), work.sequences.begin(), work.sequences.end());
}

}  // namespace caravan::sync
