// SPDX-License-Identifier: GPL-3.0-or-later
// Two ways: the resources that CalDAV's list names are read, and what means something else than before becomes work
// like a changed item. Series that Exchange named as well were decided with both sides in view; their rows are gone by
// now.
#include <algorithm>

#include "ical/parse.hpp"
#include "sync/engine_impl.hpp"
#include "sync/three_way.hpp"

namespace caravan::sync {
namespace {

Error duplicate_resource() {
  return make_error(Fault::unsupported, "Another resource of this collection has the same UID; that one was taken.",
                    "duplicate_uid", "Delete one of the two, or accept this with `exodus-cli parked accept`.");
}

}  // namespace

Status PairPass::Impl::bring_caldav_changes() {
  std::int64_t after = 0;
  while (true) {
    if (stop_.stop_requested()) return make_error(Fault::cancelled, "Stopped on request.");
    CARAVAN_TRY(page, pending_page(Side::caldav, after, options_.batch));
    if (page.empty()) return {};
    after = page.back().sequence;
    CARAVAN_TRY(works, works_of_resources(page));
    std::vector<Work*> asked;
    for (auto& work : works) asked.push_back(&work);
    CARAVAN_CHECK(see_exchange(asked));
    CARAVAN_CHECK(carry_out(std::move(works)));
  }
}

/// What the rows of one page come to. What was deleted waits for deletes().
Result<std::vector<Work>> PairPass::Impl::works_of_resources(const std::vector<store::PendingChange>& page) {
  std::vector<Work> works;
  store::Batch settled;
  std::vector<Href> hrefs;
  std::unordered_set<std::string> asked;
  for (const auto& row : page)
    if (!deleted_hrefs_.contains(row.id) && !looked_at_.contains(row.id) && asked.insert(row.id).second)
      hrefs.emplace_back(row.id);
  CARAVAN_TRY(mappings, store_.mappings_by_hrefs(pair.id, hrefs));
  std::unordered_map<std::string, const store::Mapping*> mapped;
  for (const auto& mapping : mappings)
    if (mapping.state != "tombstone") mapped.emplace(mapping.href.value, &mapping);
  const auto mapping_of_href = [&](const std::string& href) {
    const auto found = mapped.find(href);
    return found == mapped.end() ? nullptr : found->second;
  };
  std::unordered_map<std::string, Sequences> rows;
  for (const auto& row : page) rows[row.id].push_back(row.sequence);
  const auto settle = [&](const std::string& href) {
    const auto& sequences = rows[href];
    settled.done_changes.insert(settled.done_changes.end(), sequences.begin(), sequences.end());
  };
  // Written by ourselves meanwhile: the row says what is known.
  for (const auto& row : page) {
    const auto* mapping = mapping_of_href(row.id);
    const bool known = mapping != nullptr && !row.version.empty() && mapping->etag.value == row.version &&
                       !is_news(*mapping, mapping->etag) && !must_look_.contains(mapping->uid);
    if (!known || deleted_hrefs_.contains(row.id)) continue;
    settled.done_changes.push_back(row.sequence);
    if (rows[row.id].size() == 1) std::erase(hrefs, Href(row.id));
  }
  Status status;
  caldav_.read(hrefs, [&](std::size_t index, CaldavAnswer answer) {
    const Href& href = hrefs[index];
    const auto* mapping = mapping_of_href(href.value);
    if (const auto* error = std::get_if<Error>(&answer)) {
      if (!is_item_error(*error)) {
        status = *error;
        return;
      }
      park(Side::caldav, href.value, mapping == nullptr ? Uid() : mapping->uid, *error, settled);
      return settle(href.value);
    }
    if (std::holds_alternative<Gone>(answer)) {
      // Of what both sides hold the list will say that it is gone.
      if (mapping != nullptr && mapping->state != "caldav_only") return;
      if (parked_objects_.contains(href.value)) settled.unparked.emplace_back(pair.id, href.value);
      return settle(href.value);
    }
    Work work;
    work.from = Side::caldav;
    work.sequences = rows[href.value];
    work.href = href;
    work.stored = std::move(std::get<CaldavText>(answer));
    if (auto readable = identify(work, mapping); !readable) {
      park(Side::caldav, href.value, work.uid, readable.error(), settled);
      return settle(href.value);
    }
    works.push_back(std::move(work));
  });
  CARAVAN_CHECK(std::move(status));
  CARAVAN_CHECK(with_mappings(works, settled));
  if (!options_.dry_run) CARAVAN_CHECK(commit(settled));
  return works;
}

/// The work's UID, where the resource can be read and still is the series that the mapping says.
Status PairPass::Impl::identify(Work& work, const store::Mapping* mapping) const {
  if (mapping != nullptr) work.uid = mapping->uid;
  auto parsed = ical::parse_one(work.stored->text);
  if (!parsed) return std::move(parsed).error();
  if (!parsed->series) return parsed->series.error();
  if (parsed->uid.empty()) return make_error(Fault::malformed, "The resource has no UID.", "no_uid");
  if (mapping != nullptr && parsed->uid != mapping->uid)
    return make_error(Fault::malformed,
                      "The UID of this resource was changed from " + mapping->uid.value + " to " + parsed->uid.value +
                          ", which CalDAV does not allow (RFC 4791 5.3.2.1).",
                      "uid_changed", "Give the event its UID back, or delete it and make it anew.");
  work.uid = parsed->uid;
  return {};
}

/// Each work gets its mapping; what needs no decision is settled.
Status PairPass::Impl::with_mappings(std::vector<Work>& works, store::Batch& settled) {
  std::vector<Uid> uids;
  for (const auto& work : works) uids.push_back(work.uid);
  if (uids.empty()) return {};
  CARAVAN_TRY(mappings, store_.mappings(pair.id, uids));
  std::unordered_map<Uid, store::Mapping*> known;
  for (auto& mapping : mappings) known.emplace(mapping.uid, &mapping);
  std::unordered_set<Uid> seen;
  std::vector<Work> kept;
  for (auto& work : works) {
    const auto found = known.find(work.uid);
    if (found != known.end()) work.mapping = *found->second;
    const bool elsewhere = work.mapping && work.mapping->state != "tombstone" && work.mapping->href != work.href &&
                           !deleted_hrefs_.contains(work.mapping->href.value);
    const bool twin = elsewhere || !seen.insert(work.uid).second;
    bool ours = false;
    if (elsewhere) {
      CARAVAN_TRY(is_ours, is_our_twin(work, *work.mapping));
      ours = is_ours;
    }
    if (ours) {
      twins_on_caldav_.push_back(std::move(work));  // its rows wait until it is gone
      continue;
    }
    if (twin)
      park(Side::caldav, work.href.value, work.uid, duplicate_resource(), settled);
    else if (!settles_at_once(work, settled)) {
      if (work.mapping && work.mapping->href != work.href) {  // the series lives there now
        work.mapping->href = work.href;
        if (work.mapping->state != "tombstone") settled.mappings.push_back(*work.mapping);
      }
      kept.push_back(std::move(work));
      continue;
    }
    settled.done_changes.insert(settled.done_changes.end(), work.sequences.begin(), work.sequences.end());
  }
  works = std::move(kept);
  return {};
}

/// True for a new version of the same meaning, and for what stays on CalDAV: outside the window, or private where
/// policy keeps those apart.
bool PairPass::Impl::settles_at_once(const Work& work, store::Batch& settled) const {
  auto parsed = ical::parse_one(work.stored->text);
  const model::Series& series = *parsed->series;
  if (!work.mapping || work.mapping->state != "active") {
    if (!in_window(series, options_.since, options_.until, *options_.policy.zones)) return true;
    return options_.private_events == PrivateEvents::omit && is_private(series);
  }
  const bool looks_on = must_look_.contains(work.uid) || parked_objects_.contains(work.href.value) ||
                        !work.mapping->caldav_digest.empty() || work.mapping->href != work.href;
  if (looks_on || blocked_.contains(work.uid)) return false;
  auto base =
      series_of_copy(work.mapping->caldav_copy.empty() ? work.mapping->exchange_copy : work.mapping->caldav_copy);
  if (!base) return false;
  const Copy before = copy_holding(std::move(*base)), now = copy_holding(series);
  if (!edits_of(before, now).empty()) return false;
  store::Mapping mapping = *work.mapping;
  mapping.etag = work.stored->etag;
  if (before.digest != now.digest) mapping.caldav_copy = referenced(work.stored->text);
  mapping.updated = clock_.now();
  settled.mappings.push_back(std::move(mapping));
  return true;
}

}  // namespace caravan::sync
