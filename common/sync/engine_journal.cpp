// SPDX-License-Identifier: GPL-3.0-or-later
// What people are told from (docs/notifications.md): each commit of a live pass says, in its own transaction, which
// series mean something else to both sides than before, and what of it the mailbox's owner did himself. One place for
// all the ways in which a mapping can change.
#include <nlohmann/json.hpp>
#include <utility>

#include "model/canonical.hpp"
#include "model/proposal.hpp"
#include "sync/engine_impl.hpp"

namespace caravan::sync {
namespace {

/// What the sides agree on; empty where the series is not there for its owner. A declined one stays what it was: he
/// knows.
std::string agreed_copy(const store::Mapping& mapping) {
  return is_shared(mapping) ? mapping.exchange_copy : std::string();
}

Result<bool> mean_the_same(const std::string& first, const std::string& second) {
  if (first == second) return true;
  if (first.empty() || second.empty()) return false;
  CARAVAN_TRY(before, series_of_copy(first));
  CARAVAN_TRY(now, series_of_copy(second));
  return model::digest(before) == model::digest(now) && model::proposals(before) == model::proposals(now);
}

std::string as_json(const model::Delta& units) {
  auto out = nlohmann::json::array();
  for (const auto& unit : units)
    out.push_back({{"field", model::to_string(unit.field)}, {"occurrence", unit.occurrence}, {"key", unit.key}});
  return out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

/// What is written to Exchange came from CalDAV, where only the owner writes.
void PairPass::Impl::note_owners_part(const Work& work) {
  if (!options_.journal) return;
  auto& units = authors_[work.uid].owner_units;
  if (work.exchange_write == Work::Write::update)
    units = work.request.changes;
  else
    units = {{{}, model::Field::presence, {}}};
}

Status PairPass::Impl::add_journal(store::Batch& batch) {
  if (!options_.journal || options_.dry_run || batch.mappings.empty()) return {};
  std::vector<Uid> uids;
  for (const auto& mapping : batch.mappings) uids.push_back(mapping.uid);
  CARAVAN_TRY(stored, store_.mappings(pair.id, uids));
  std::unordered_map<Uid, std::string> agreed;
  for (const auto& mapping : stored) agreed[mapping.uid] = agreed_copy(mapping);
  for (const auto& mapping : batch.mappings) {
    std::string& before = agreed[mapping.uid];
    std::string now = agreed_copy(mapping);
    const auto same = mean_the_same(before, now);
    if (!same || *same) continue;  // a copy that can't be read any more is nothing to speak of
    store::JournalEntry entry;
    entry.mailbox = pair.mailbox;
    entry.pair = pair.id;
    entry.uid = mapping.uid;
    entry.before = std::move(before);
    entry.after = now;
    if (const auto authors = authors_.find(mapping.uid); authors != authors_.end()) {
      entry.owner_units = as_json(std::exchange(authors->second.owner_units, {}));
      entry.modified_by = authors->second.modified_by;
    }
    entry.at = clock_.now();
    batch.journal.push_back(std::move(entry));
    before = std::move(now);
  }
  return {};
}

}  // namespace caravan::sync
