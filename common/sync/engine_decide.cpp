// SPDX-License-Identifier: GPL-3.0-or-later
// From changed items to decisions: read them, make one piece of work of each series, look at CalDAV where it matters,
// and ask reconcile().
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

bool is_private(const model::Series& series) {
  return model::representative(series).sensitivity != model::Sensitivity::normal &&
         model::representative(series).sensitivity != model::Sensitivity::personal;
}

/// Whether an error concerns one item only; the others end the pass.
bool is_item_error(const Error& error) {
  switch (error.fault) {
    case Fault::malformed:
    case Fault::unsupported:
    case Fault::not_found:
    case Fault::precondition_failed:
      return true;
    case Fault::retry_later:
    case Fault::in_doubt:
    case Fault::cancelled:
      return false;
    case Fault::denied:
      return error.code == "ErrorItemAccessDenied";
  }
  return false;
}

std::string occurrence_of(const model::Event& event) {
  return event.recurrence_id ? model::to_string(*event.recurrence_id) : std::string();
}

std::string attachment_key(const model::Event& event, const model::Attachment& attachment) {
  return occurrence_of(event) + '\n' + attachment.name + '\n' + attachment.source_id;
}

void for_each_event(model::Series& series, const std::function<void(model::Event&)>& visit) {
  if (series.master) visit(*series.master);
  for (auto& event : series.overrides) visit(event);
}

/// A body that Exchange could not deliver this time is not an empty body: what was known of it stays.
void keep_unreadable_bodies(ExchangeItem& item, const std::string& base_copy) {
  const auto is_unreadable = [](const model::Loss& loss) { return loss.reason == model::LossReason::body_unreadable; };
  if (base_copy.empty() || std::none_of(item.losses.begin(), item.losses.end(), is_unreadable)) return;
  auto base = series_of_copy(base_copy);
  if (!base) return;
  std::unordered_map<std::string, const model::Event*> known;
  for_each_event(*base, [&](model::Event& event) { known[occurrence_of(event)] = &event; });
  for_each_event(item.copy.series, [&](model::Event& event) {
    const std::string occurrence = occurrence_of(event);
    const bool lost = std::any_of(item.losses.begin(), item.losses.end(), [&](const model::Loss& loss) {
      return is_unreadable(loss) && loss.occurrence == occurrence;
    });
    const auto before = known.find(occurrence);
    if (!lost || before == known.end()) return;
    event.description = before->second->description;
    event.html = before->second->html;
  });
}

}  // namespace

bool take_known_contents(model::Series& series, const std::string& base_copy) {
  auto base = series_of_copy(base_copy);
  if (!base) return false;
  std::unordered_map<std::string, model::Attachment> known;
  for_each_event(*base, [&](model::Event& event) {
    for (auto& attachment : event.attachments) known.emplace(attachment_key(event, attachment), attachment);
  });
  std::size_t met = 0;
  bool all = true;
  for_each_event(series, [&](model::Event& event) {
    for (const auto& attachment : event.attachments) {
      const auto there = known.find(attachment_key(event, attachment));
      if (there == known.end() || (there->second.content.empty() && attachment.uri.empty()))
        all = false;
      else
        ++met;
    }
  });
  if (!all || met != known.size()) return false;
  for_each_event(series, [&](model::Event& event) {
    for (auto& attachment : event.attachments) {
      const auto& there = known.at(attachment_key(event, attachment));
      attachment.content = there.content;
      attachment.size = there.size;
    }
  });
  return true;
}

/// The next items that must be read; the unchanged ones on the way are settled. False at the end.
Result<bool> PairPass::Impl::next_chunk(Chunk& chunk) {
  chunk = {};
  while (chunk.items.empty()) {
    std::vector<store::PendingChange> page;
    if (options_.dry_run) {
      for (auto at = static_cast<std::size_t>(cursor_); at < memory_changes_.size() && page.size() < options_.batch;
           ++at)
        page.push_back(memory_changes_[at]);
    } else {
      CARAVAN_TRY(rows, store_.pending(pair.id, Side::exchange, cursor_, options_.batch));
      page = std::move(rows);
    }
    if (page.empty()) return false;
    cursor_ = page.back().sequence;
    std::erase_if(page, [&](const store::PendingChange& row) {
      return row.kind == store::PendingChange::Kind::deleted || deleted_items_.contains(row.id);
    });
    CARAVAN_CHECK(settle_unchanged(chunk, std::move(page)));
  }
  return true;
}

Status PairPass::Impl::settle_unchanged(Chunk& chunk, std::vector<store::PendingChange> page) {
  if (page.empty()) return {};
  std::vector<ItemId> items;
  for (const auto& row : page) items.emplace_back(row.id);
  CARAVAN_TRY(mappings, store_.mappings_by_items(pair.id, items));
  std::unordered_map<std::string, std::string> known;  // item id -> change key
  for (const auto& mapping : mappings) {
    if (mapping.state == "filling" || must_look_.contains(mapping.uid)) continue;
    for (const auto& part : mapping.exchange_parts) {
      known[part.item.value] = part.change_key.value;
      if (mapping.state == "active") chunk.base_copies[part.item.value] = mapping.exchange_copy;
    }
  }
  store::Batch settled;
  std::unordered_set<std::string> asked;
  for (auto& row : page) {
    const auto version = known.find(row.id);
    const bool unchanged = version != known.end() && !row.version.empty() && version->second == row.version;
    if (unchanged || !asked.insert(row.id).second) {  // a row that repeats one that is read anyway says nothing new
      settled.done_changes.push_back(row.sequence);
      if (unchanged) ++report.unchanged;
      ++done_;
      continue;
    }
    chunk.items.emplace_back(row.id);
    chunk.changes.push_back(std::move(row));
  }
  return settled.done_changes.empty() || options_.dry_run ? Status{} : commit(settled);
}

/// Runs on the reading thread: asks Exchange only, and fills the spool.
void PairPass::Impl::read_chunk(Chunk& chunk) {
  chunk.answers = exchange_.read(chunk.items);
  for (auto& [id, answer] : chunk.answers) {
    if (!answer) continue;
    const auto known = chunk.base_copies.find(id.value);
    const std::string base = known == chunk.base_copies.end() ? std::string() : known->second;
    keep_unreadable_bodies(*answer, base);
    if (auto loaded = load_attachments(*answer, base); !loaded)
      answer = std::move(loaded).error();
    else
      answer->copy.digest = model::digest(answer->copy.series);
  }
}

/// Contents of attachments. Where the list is the one the base copy has, its hashes are taken and nothing is
/// transferred: EWS attachments never change, they are replaced under a new id.
Status PairPass::Impl::load_attachments(ExchangeItem& item, const std::string& base_copy) {
  bool any = false;
  for_each_event(item.copy.series, [&](model::Event& event) { any = any || !event.attachments.empty(); });
  if (!any) return {};
  if (!base_copy.empty() && take_known_contents(item.copy.series, base_copy)) return {};
  Status status;
  for_each_event(item.copy.series, [&](model::Event& event) {
    const std::string occurrence = occurrence_of(event);
    std::erase_if(event.attachments, [&](model::Attachment& attachment) {
      if (!status) return false;
      const auto lose = [&](model::LossReason reason) {
        item.losses.push_back(
            {reason, occurrence, attachment.name + " (" + std::to_string(attachment.size) + " bytes)"});
        return true;
      };
      if (options_.attachments == AttachmentPolicy::skip) return lose(model::LossReason::attachment_skipped);
      if (!attachment.uri.empty()) return false;
      if (options_.attachments == AttachmentPolicy::link) return lose(model::LossReason::attachment_skipped);
      // Exchange counts a little more than the content; what is clearly too large is not even begun.
      if (attachment.size > options_.max_attachment_bytes + options_.max_attachment_bytes / 8)
        return lose(model::LossReason::attachment_too_large);
      auto stored = spool_.store(
          [&](const std::function<Status(std::string_view)>& sink) -> Status {
            auto size = exchange_.attachment(AttachmentId(attachment.source_id), sink);
            return size ? Status{} : Status(std::move(size).error());
          },
          options_.max_attachment_bytes);
      if (stored) {
        attachment.content = stored->content;
        attachment.size = stored->size;
        return false;
      }
      if (stored.error().code == "too_large") return lose(model::LossReason::attachment_too_large);
      if (is_item_error(stored.error())) return lose(model::LossReason::attachment_unreadable);
      status = std::move(stored).error();
      return false;
    });
  });
  return status;
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

Result<std::vector<Work>> PairPass::Impl::works_of(Chunk& chunk) {
  std::vector<Work> works;
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
      if (answer.error().fault != Fault::not_found) park(id, Uid(), answer.error(), settled);
      continue;
    }
    ExchangeItem& item = *answer;
    Work work;
    work.sequences.push_back(sequence);
    work.exchange = std::move(item.copy);
    work.exchange.series.uid = uid_of(work.exchange.series, id);
    if (!in_window(work.exchange.series, options_.since, options_.until, *options_.policy.zones)) {
      CARAVAN_TRY(known, store_.mapping(pair.id, work.exchange.series.uid));
      if (!known ||
          known->state != "active") {  // what moved out of the window is kept up to date; the rest is left alone
        settled.done_changes.push_back(sequence);
        ++done_;
        continue;
      }
    }
    if (options_.private_events == PrivateEvents::omit && is_private(work.exchange.series)) {
      CARAVAN_TRY(known, store_.mapping(pair.id, work.exchange.series.uid));
      work.stays_home = true;
      if (known && known->state == "active") {  // it became private: the copy on CalDAV goes, through the brake
        omitted_items_.insert(id.value);
        deleted_items_.insert(id.value);
        continue;
      }
    }
    store::Mapping::ExchangePart part{id, ChangeKey(work.exchange.version.value), {}};
    if (!work.exchange.series.master && work.exchange.series.overrides.front().recurrence_id)
      part.occurrence = model::to_string(*work.exchange.series.overrides.front().recurrence_id);
    work.parts.push_back(std::move(part));
    work.losses = std::move(item.losses);
    work.is_organizer = item.is_organizer;
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
  park(other.parts.front().item, into.exchange.series.uid,
       make_error(Fault::unsupported, "Another item of this folder has the same UID; that one was taken.",
                  "duplicate_uid", "Delete one of the two in Outlook, or accept this with `exodus-cli parked accept`."),
       batch);
  if (!options_.dry_run) (void)commit(batch);
}

/// Another item is mapped for this UID already. False where this one has to stand back.
bool PairPass::Impl::take_over(Work& work, const store::Mapping& mapping) {
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
    const bool newer = work.exchange.modified > mapping.exchange_modified;
    store::Batch batch;
    const ItemId loser = newer ? part.item : work.parts.front().item;
    park(loser, mapping.uid,
         make_error(Fault::unsupported, "Another item of this folder has the same UID; that one was taken.",
                    "duplicate_uid",
                    "Delete one of the two in Outlook, or accept this with `exodus-cli parked accept`."),
         batch);
    if (!newer) batch.done_changes = work.sequences;
    if (!options_.dry_run) (void)commit(batch);
    if (!newer) return false;
  }
  return true;
}

Result<std::vector<Work>> PairPass::Impl::one_work_per_series(std::vector<Work> works) {
  std::vector<Work> merged;
  std::unordered_map<Uid, std::size_t> by_uid;
  for (auto& work : works) {
    const auto [at, fresh] = by_uid.emplace(work.exchange.series.uid, merged.size());
    if (fresh)
      merged.push_back(std::move(work));
    else
      combine(merged[at->second], std::move(work));
  }
  std::vector<Uid> uids;
  for (const auto& work : merged) uids.push_back(work.exchange.series.uid);
  if (uids.empty()) return merged;
  CARAVAN_TRY(mappings, store_.mappings(pair.id, uids));
  std::unordered_map<Uid, store::Mapping> known;
  for (auto& mapping : mappings) known.emplace(mapping.uid, std::move(mapping));
  std::vector<Work> out;
  for (auto& work : merged) {
    const auto mapping = known.find(work.exchange.series.uid);
    if (mapping != known.end()) {
      if (mapping->second.state == "active" && !take_over(work, mapping->second)) {
        ++done_;
        continue;
      }
      work.mapping = std::move(mapping->second);
    }
    out.push_back(std::move(work));
  }
  return out;
}

bool PairPass::Impl::must_look(const Work& work) const {
  const Uid& uid = work.exchange.series.uid;
  if (memory_resources_.contains(uid)) return true;
  if (must_look_.contains(uid) || work.tries > 0) return true;
  if (!work.mapping) return caldav_.traits().conditions_ignored && !fresh_collection_ && !pair.collection_made;
  if (work.mapping->state == "tombstone") return caldav_.traits().conditions_ignored;
  return work.mapping->state != "active" || work.mapping->exchange_digest != work.exchange.digest;
}

/// Reads from CalDAV what the decision or the patch needs, many at once.
Status PairPass::Impl::look(std::vector<Work>& works) {
  std::vector<Href> hrefs;
  std::vector<Work*> asked;
  for (auto& work : works) {
    if (!must_look(work)) continue;
    const auto memory = memory_resources_.find(work.exchange.series.uid);
    if (memory != memory_resources_.end())
      work.href = memory->second.href;
    else if (work.mapping && !work.mapping->href.empty())
      work.href = work.mapping->href;
    else if (work.href.empty())
      work.href = caldav_.href_for(work.exchange.series.uid);
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
  return status;
}

/// What reconcile() gets to see of one piece of work.
Item PairPass::Impl::item_of(const Work& work, Status& status) const {
  Item item;
  item.exchange = work.exchange;
  const bool has_base = work.mapping && !work.mapping->exchange_copy.empty() && work.mapping->state != "filling";
  if (has_base) {
    Base base;
    auto exchange_series = series_of_copy(work.mapping->exchange_copy);
    if (!exchange_series) {
      status = std::move(exchange_series).error();
      return item;
    }
    base.exchange.digest = work.mapping->exchange_digest;
    base.exchange.series = std::move(*exchange_series);
    base.exchange.modified = work.mapping->exchange_modified;
    base.caldav.version.value = work.mapping->etag.value;
    base.caldav.modified = work.mapping->caldav_modified;
    base.exchange_removed = work.mapping->exchange_removed;
    base.caldav_removed = work.mapping->caldav_removed;
    if (work.mapping->caldav_copy.empty()) {
      base.caldav.series = base.exchange.series;
    } else if (auto caldav_series = series_of_copy(work.mapping->caldav_copy)) {
      base.caldav.series = std::move(*caldav_series);
    }
    base.caldav.digest = model::digest(base.caldav.series);
    item.base = std::move(base);
  }
  if (work.stored) {
    auto parsed = ical::parse_one(work.stored->text);
    if (!parsed || !parsed->series) {
      const Error& error = parsed ? parsed->series.error() : parsed.error();
      item.caldav = Unknown{"The CalDAV copy can't be read: " + error.what, true};
      return item;
    }
    Copy copy;
    copy.parts = {{work.stored->href.value, {}}};
    copy.version.value = work.stored->etag.value;
    copy.series = std::move(*parsed->series);
    copy.digest = model::digest(copy.series);
    copy.ours = !parsed->mark.empty();
    copy.modified = model::representative(copy.series).last_modified.value_or(Instant{});
    const bool edits_kept_apart = work.mapping && !work.mapping->caldav_digest.empty();
    if (item.base && item.base->caldav.version == copy.version && !edits_kept_apart &&
        !caldav_.traits().weak_versions) {
      // The version says that nothing happened; what was stored may differ in form from what was sent.
      item.base->caldav.series = copy.series;
      item.base->caldav.digest = copy.digest;
    }
    item.caldav = std::move(copy);
  } else if (work.caldav_gone || !work.mapping || work.mapping->state == "tombstone") {
    item.caldav = Absent{};
  } else if (item.base && !must_look(work)) {
    item.caldav = item.base->caldav;
  } else {
    item.caldav = Unknown{"The CalDAV server did not answer for this event."};
  }
  return item;
}

Status PairPass::Impl::decide(Work& work) {
  const bool unchanged_meaning = work.mapping && work.mapping->state == "active" && !work.stored && !work.caldav_gone &&
                                 work.mapping->exchange_digest == work.exchange.digest;
  if (unchanged_meaning) {
    work.decision = {};
    work.decision.reason = Reason::nothing_changed;
    return {};
  }
  if (work.stays_home) return {};
  Status status;
  const Item item = item_of(work, status);
  CARAVAN_CHECK(std::move(status));
  work.decision = reconcile(item, options_.policy);
  return {};
}

void PairPass::Impl::park(const ItemId& item, const Uid& uid, const Error& error, store::Batch& batch) {
  store::Parked row;
  row.id = "p-" + random_hex(4);
  row.pair = pair.id;
  row.mailbox = pair.mailbox;
  row.side = Side::exchange;
  row.object = item.value;
  row.uid = uid;
  row.reason = error.what;
  row.code = error.code.empty() ? std::string(to_string(error.fault)) : error.code;
  row.first_seen = clock_.now();
  row.next_try = clock_.now() + std::chrono::hours(6);
  parked_objects_.insert(item.value);
  if (!uid.empty()) parked_items_[uid].push_back(item.value);
  batch.parked.push_back(row);
  batch.audit.push_back(audit(uid, "parked", row.code));
  report.parked.push_back(std::move(row));
}

}  // namespace caravan::sync
