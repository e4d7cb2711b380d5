// SPDX-License-Identifier: GPL-3.0-or-later
// Items of Exchange are read: those that its list names, and those that CalDAV's list makes necessary. Contents of
// attachments go through the spool.
#include <algorithm>
#include <utility>

#include "ical/parse.hpp"
#include "model/canonical.hpp"
#include "sync/engine_impl.hpp"
#include "sync/meeting.hpp"

namespace caravan::sync {
namespace {

std::string attachment_key(const model::Event& event, const model::Attachment& attachment) {
  return occurrence_of(event) + '\n' + attachment.name + '\n' + attachment.source_id;
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

void for_each_event(model::Series& series, const std::function<void(model::Event&)>& visit) {
  if (series.master) visit(*series.master);
  for (auto& event : series.overrides) visit(event);
}

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
    CARAVAN_TRY(page, pending_page(Side::exchange, cursor_, options_.batch));
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
    if (mapping.state == "filling" || mapping.state == "caldav_only" || must_look_.contains(mapping.uid)) continue;
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
    if (const auto written = chunk.written.find(id.value); written != chunk.written.end())
      take_contents(answer->copy.series, *written->second);
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
      if (!status || !attachment.content.empty()) return false;
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

/// Reads what Exchange holds of each work's parts at this moment; gone: none of them was found.
Status PairPass::Impl::read_exchange(std::span<Work* const> works) {
  Chunk chunk;
  std::vector<std::pair<Work*, const store::Mapping::ExchangePart*>> asked;
  std::vector<std::vector<store::Mapping::ExchangePart>> parts;
  for (Work* work : works) parts.push_back(std::exchange(work->parts, {}));
  for (std::size_t i = 0; i < works.size(); ++i) {
    works[i]->exchange_seen = Seen::gone;
    for (const auto& part : parts[i]) {
      asked.emplace_back(works[i], &part);
      chunk.items.push_back(part.item);
      if (works[i]->mapping) chunk.base_copies[part.item.value] = works[i]->mapping->exchange_copy;
      if (!works[i]->request.uid.empty()) chunk.written[part.item.value] = &works[i]->request.series;
    }
  }
  if (chunk.items.empty()) return {};
  read_chunk(chunk);
  std::unordered_map<const Work*, std::vector<model::Series>> occurrences;
  for (std::size_t i = 0; i < chunk.answers.size(); ++i) {
    auto& [work, part] = asked[i];
    auto& answer = chunk.answers[i].second;
    if (!answer) {
      if (!is_item_error(answer.error())) return std::move(answer).error();
      if (answer.error().fault == Fault::not_found) continue;
      work->exchange_seen = Seen::unreadable;
      work->why_not_seen = answer.error().what;
      continue;
    }
    Work one;
    one.uid = work->uid;
    one.exchange = std::move(answer->copy);
    one.exchange.series.uid = work->uid;
    one.parts = {{part->item, ChangeKey(one.exchange.version.value), part->occurrence}};
    if (!one.exchange.series.master) {
      if (part->occurrence.empty()) one.parts.front().occurrence = occurrence_of(one.exchange.series.overrides.front());
      occurrences[work].push_back(one.exchange.series);
    }
    one.losses = std::move(answer->losses);
    one.is_organizer = answer->is_organizer;
    if (work->exchange_seen == Seen::unreadable) continue;
    if (work->exchange_seen == Seen::there) {
      combine(*work, std::move(one));
      continue;
    }
    work->exchange_seen = Seen::there;
    work->exchange = std::move(one.exchange);
    work->parts = std::move(one.parts);
    work->losses = std::move(one.losses);
    work->is_organizer = one.is_organizer;
    work->exchange.is_organizer = one.is_organizer;
  }
  for (std::size_t i = 0; i < works.size(); ++i)
    if (const auto of = occurrences.find(works[i]); of != occurrences.end()) fold(*works[i], parts[i], of->second);
  return {};
}

/// A series that Exchange can't hold as one item, put together from those it is held in (decisions.md 4). After a write
/// it is what was written that they are compared with, else what was agreed on.
void PairPass::Impl::fold(Work& work, const std::vector<store::Mapping::ExchangePart>& held,
                          std::span<const model::Series> parts) const {
  if (!options_.fold || work.exchange_seen != Seen::there || work.exchange.series.master) return;
  std::optional<model::Series> agreed;
  if (!work.request.uid.empty()) {
    agreed = work.request.series;
  } else if (work.mapping) {
    auto base = series_of_copy(work.mapping->exchange_copy);
    if (base) agreed = std::move(*base);
  }
  if (!agreed || !agreed->master) return;
  const auto& all = work.request.uid.empty() ? work.mapping->exchange_parts : held;
  work.exchange.series = options_.fold(*agreed, as_named(all), parts);
  work.exchange.series.uid = work.uid;
  work.exchange.digest = model::digest(work.exchange.series);
}

bool PairPass::Impl::is_held_in_parts(const store::Mapping& mapping) {
  if (mapping.state != "active" || mapping.exchange_parts.empty() ||
      std::any_of(mapping.exchange_parts.begin(), mapping.exchange_parts.end(),
                  [](const auto& part) { return part.occurrence.empty(); }))
    return false;
  auto base = series_of_copy(mapping.exchange_copy);
  return base && base->master;
}

/// Exchange's copies of series that CalDAV's list named, or that are decided once more. What is not found and not
/// listed as deleted may have moved to another folder: its list will tell.
Status PairPass::Impl::see_exchange(std::span<Work* const> works) {
  for (Work* work : works) {
    if (work->parts.empty() && work->mapping) work->parts = work->mapping->exchange_parts;
    std::erase_if(work->parts, [&](const auto& part) { return deleted_items_.contains(part.item.value); });
  }
  std::vector<bool> expected;
  for (const Work* work : works) expected.push_back(!work->parts.empty());
  CARAVAN_CHECK(read_exchange(works));
  for (std::size_t i = 0; i < works.size(); ++i) {
    Work& work = *works[i];
    if (work.exchange_seen != Seen::gone) continue;
    const auto parked = parked_items_.find(work.uid);
    const bool twin =
        parked != parked_items_.end() && std::any_of(parked->second.begin(), parked->second.end(),
                                                     [&](const auto& item) { return !deleted_items_.contains(item); });
    if (!expected[i] && !twin) continue;
    work.exchange_seen = Seen::silent;
    work.why_not_seen = twin ? "Another item with this UID is parked."
                             : "The item is not found, and Exchange's list has not named it as deleted yet.";
  }
  return ask_whether_declined(works);
}

/// Somebody else's meeting that left the folder: its owner may have declined it there, and that is no delete
/// (decisions.md 3).
Status PairPass::Impl::ask_whether_declined(std::span<Work* const> works) {
  std::vector<Work*> asked;
  std::vector<ExchangeSearch> searches;
  for (Work* work : works) {
    work->declined = false;
    if (!two_way() || work->exchange_seen != Seen::gone || work->one_way || work->moved || !work->mapping) continue;
    if (work->mapping->state != "active" || work->mapping->exchange_copy.empty()) continue;
    auto base = series_of_copy(work->mapping->exchange_copy);
    if (!base || !is_theirs(*base, options_.policy)) continue;
    asked.push_back(work);
    searches.push_back({work->uid, {}});
  }
  if (searches.empty()) return {};
  auto answers = exchange_.declined(searches);
  for (std::size_t i = 0; i < asked.size(); ++i) {
    if (!answers[i]) return std::move(answers[i]).error();
    asked[i]->declined = *answers[i];
  }
  return {};
}

}  // namespace caravan::sync
