// SPDX-License-Identifier: GPL-3.0-or-later
// commit: a Batch in one transaction, fenced by the lease's epoch.
#include <algorithm>
#include <deque>
#include <set>
#include <unordered_map>

#include "store/rows.hpp"
#include "store/sql_store.hpp"
#include "util/crash_point.hpp"
#include "util/digest.hpp"
#include "util/text.hpp"

namespace caravan::store {
namespace {

/// Positions of the last record of each key: an upsert may name a row only once (PostgreSQL 21000).
template <class Record, class Key>
std::vector<const Record*> last_of_each(const std::vector<Record>& records, Key&& key) {
  std::set<decltype(key(records.front()))> seen;
  std::vector<const Record*> out;
  for (auto record = records.rbegin(); record != records.rend(); ++record) {
    if (seen.insert(key(*record)).second) out.push_back(&*record);
  }
  std::reverse(out.begin(), out.end());
  return out;
}

/// Groups (pair, uid) by pair, so that one statement serves many series.
using UidsByPair = std::unordered_map<PairId, std::vector<Value>>;

}  // namespace

Status SqlStore::commit(Batch& batch) {
  for (Pair& pair : batch.pairs) {
    if (pair.id.empty()) pair.id = PairId(random_hex(8));
  }
  for (Parked& parked : batch.parked) {
    if (parked.id.empty()) parked.id = random_hex(5);
  }
  for (ConflictRow& conflict : batch.conflicts) {
    if (conflict.id.empty()) conflict.id = random_hex(5);
  }
  crash_point("store_commit_before");
  Status done = transact(database_, Database::Purpose::write, [&]() -> Status {
    if (batch.lease) CARAVAN_CHECK(check_lease(*batch.lease));
    CARAVAN_CHECK(write_mailboxes(batch.mailboxes));
    CARAVAN_CHECK(write_pairs(batch.pairs));
    CARAVAN_CHECK(write_intents(batch));
    CARAVAN_CHECK(remove_mappings(batch.forget_mappings));
    CARAVAN_CHECK(write_mappings(batch.mappings));
    CARAVAN_CHECK(write_history(batch));
    CARAVAN_CHECK(write_changes(batch));
    CARAVAN_CHECK(write_trouble(batch));
    CARAVAN_CHECK(write_losses(batch.losses));
    CARAVAN_CHECK(write_journal(batch.journal));
    crash_point("store_commit_inside");
    return {};
  });
  if (done) crash_point("store_commit_after");
  return done;
}

Status SqlStore::check_lease(const Lease& lease) {
  bool held = false;
  CARAVAN_CHECK(query("SELECT holder, epoch FROM lease WHERE pair = $1{for_share}", {lease.pair.value},
                      [&](const Row& row) { held = row.text(0) == lease.holder && row.integer(1) == lease.epoch; }));
  if (held) return {};
  return make_error(
      Fault::precondition_failed,
      "the lease of pair " + lease.pair.value + " (epoch " + std::to_string(lease.epoch) + ") is no longer held",
      "stale_lease");
}

Status SqlStore::write_mailboxes(const std::vector<Mailbox>& mailboxes) {
  static const std::string kSql =
      "INSERT INTO mailbox (" + kMailboxColumns +
      ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (address) DO UPDATE SET caldav_user = "
      "excluded.caldav_user, "
      "aliases = excluded.aliases, kind = excluded.kind, zone = excluded.zone, state = excluded.state, "
      "last_success = excluded.last_success, last_error = excluded.last_error, last_error_code = "
      "excluded.last_error_code";
  for (const Mailbox& m : mailboxes) {
    const std::string aliases = text::join(m.aliases, "\n");
    CARAVAN_CHECK(execute(kSql, {m.address.value, m.caldav_user, aliases, m.kind, m.zone, m.state,
                                 seconds(m.last_success), m.last_error, m.last_error_code}));
  }
  return {};
}

Status SqlStore::write_pairs(const std::vector<Pair>& pairs) {
  static const std::string kSql =
      "INSERT INTO pair (" + kPairColumns +
      ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) ON CONFLICT (id) DO UPDATE SET "
      "mailbox = excluded.mailbox, folder = excluded.folder, folder_name = excluded.folder_name, "
      "collection = excluded.collection, state = excluded.state, collection_made = excluded.collection_made, "
      "made_by = excluded.made_by, sync_state = excluded.sync_state, sync_token = excluded.sync_token, ctag = "
      "excluded.ctag, "
      "listing_complete = excluded.listing_complete, since = excluded.since, until = excluded.until, "
      "last_success = excluded.last_success";
  for (const Pair& p : pairs) {
    CARAVAN_CHECK(
        execute(kSql, {p.id.value, p.mailbox.value, p.folder.value, p.folder_name, p.collection.value, p.state,
                       flag(p.collection_made), p.made_by.value, p.sync_state.value, p.sync_token.value, p.ctag,
                       flag(p.listing_complete), p.since, p.until, seconds(p.last_success)}));
  }
  return {};
}

Status SqlStore::write_intents(Batch& batch) {
  static const ListText kClose("DELETE FROM intent WHERE id IN (", 0, ")");
  static const RowsText kOpen(
      "INSERT INTO intent (pair, run, target, kind, uid, object, expected, desired, desired_copy, payload, epoch, "
      "created) VALUES",
      12, "RETURNING id");
  const Values closed(batch.close_intents.begin(), batch.close_intents.end());
  CARAVAN_CHECK(for_values(kClose, {}, closed));
  Values values;
  for (const Intent& i : batch.open_intents) {
    values.insert(values.end(), {i.pair.value, i.run.value, side_name(i.target), i.kind, i.uid.value, i.object,
                                 i.expected, i.desired.hex, i.desired_copy, i.payload, i.epoch, seconds(i.created)});
  }
  std::vector<std::int64_t> ids;
  CARAVAN_CHECK(insert_rows(kOpen, values, [&](const Row& row) { ids.push_back(row.integer(0)); }));
  std::sort(ids.begin(), ids.end());  // ids ascend in the order of the rows; the answer's order is not promised
  for (std::size_t index = 0; index < ids.size(); ++index) batch.open_intents[index].id = ids[index];
  return {};
}

Status SqlStore::remove_mappings(const std::vector<std::pair<PairId, Uid>>& mappings) {
  static const ListText kIds("SELECT id FROM mapping WHERE pair = $1 AND uid IN (", 1, ")");
  static const ListText kCopies("DELETE FROM base_copy WHERE mapping IN (", 0, ")");
  static const ListText kParts("DELETE FROM mapping_item WHERE mapping IN (", 0, ")");
  static const ListText kMapping("DELETE FROM mapping WHERE id IN (", 0, ")");
  static const ListText kLosses("DELETE FROM loss WHERE pair = $1 AND uid IN (", 1, ")");
  UidsByPair groups;
  for (const auto& [pair, uid] : mappings) groups[pair].emplace_back(uid.value);
  for (const auto& [pair, uids] : groups) {
    Values ids;
    CARAVAN_CHECK(for_values(kIds, {pair.value}, uids, [&](const Row& row) { ids.emplace_back(row.integer(0)); }));
    for (const ListText* statement : {&kCopies, &kParts, &kMapping}) {
      CARAVAN_CHECK(for_values(*statement, {}, ids));
    }
    CARAVAN_CHECK(for_values(kLosses, {pair.value}, uids));
  }
  return {};
}

Status SqlStore::write_mappings(const std::vector<Mapping>& mappings) {
  static const RowsText kUpsert(
      "INSERT INTO mapping (pair, uid, state, href, href_key, claim, etag, exchange_digest, caldav_digest, "
      "exchange_modified, caldav_modified, exchange_removed, caldav_removed, starts, ends, updated, summary) VALUES",
      17,
      "ON CONFLICT (pair, uid) DO UPDATE SET state = excluded.state, href = excluded.href, href_key = "
      "excluded.href_key, claim = excluded.claim, etag = excluded.etag, exchange_digest = excluded.exchange_digest, "
      "caldav_digest = excluded.caldav_digest, exchange_modified = excluded.exchange_modified, caldav_modified = "
      "excluded.caldav_modified, exchange_removed = excluded.exchange_removed, caldav_removed = "
      "excluded.caldav_removed, starts = excluded.starts, ends = excluded.ends, updated = excluded.updated, summary = "
      "excluded.summary RETURNING id, pair, uid");
  const auto name = [](std::string_view pair, std::string_view uid) {
    return std::string(pair) + '\n' + std::string(uid);
  };
  const auto last = last_of_each(mappings, [&](const Mapping& m) { return name(m.pair.value, m.uid.value); });
  std::vector<LookupKey> keys;
  keys.reserve(last.size());
  Values values;
  values.reserve(last.size() * kUpsert.columns());
  for (const Mapping* mapping : last) {
    const Mapping& m = *mapping;
    const std::string_view claim =
        m.href.empty() || m.state == "tombstone" ? std::string_view(m.uid.value) : std::string_view();
    keys.push_back(lookup_key(m.pair, m.href.value));
    values.insert(values.end(), {m.pair.value, m.uid.value, m.state, m.href.value, bytes(keys.back()), claim,
                                 m.etag.value, m.exchange_digest.hex, m.caldav_digest.hex, seconds(m.exchange_modified),
                                 seconds(m.caldav_modified), flag(m.exchange_removed), flag(m.caldav_removed),
                                 seconds(m.starts), seconds(m.ends), seconds(m.updated), m.summary});
  }
  std::unordered_map<std::string, std::int64_t> ids;
  CARAVAN_CHECK(insert_rows(kUpsert, values,
                            [&](const Row& row) { ids.emplace(name(row.text(1), row.text(2)), row.integer(0)); }));
  std::vector<Written> written;
  written.reserve(last.size());
  for (const Mapping* m : last) written.push_back({m, ids[name(m->pair.value, m->uid.value)]});
  CARAVAN_CHECK(write_copies(written));
  return write_parts(written);
}

Status SqlStore::write_copies(const std::vector<Written>& mappings) {
  static const RowsText kUpsert(
      "INSERT INTO base_copy (mapping, exchange, caldav) VALUES", 3,
      "ON CONFLICT (mapping) DO UPDATE SET exchange = excluded.exchange, caldav = excluded.caldav");
  Values values;
  for (const auto& [mapping, id] : mappings)
    values.insert(values.end(), {id, mapping->exchange_copy, mapping->caldav_copy});
  return insert_rows(kUpsert, values);
}

/// All old parts go before the new ones come: an item may move from one series of the batch to another.
Status SqlStore::write_parts(const std::vector<Written>& mappings) {
  static const ListText kRemove("DELETE FROM mapping_item WHERE mapping IN (", 0, ")");
  static const RowsText kInsert(
      "INSERT INTO mapping_item (mapping, number, item, item_key, claim, change_key, occurrence) VALUES", 7, "");
  Values ids, values;
  std::deque<LookupKey> keys;
  for (const auto& [mapping, id] : mappings) {
    ids.emplace_back(id);
    const std::string_view claim =
        mapping->state == "tombstone" ? std::string_view(mapping->uid.value) : std::string_view();
    std::int64_t number = 0;
    for (const auto& part : mapping->exchange_parts) {
      keys.push_back(lookup_key(mapping->pair, part.item.value));
      values.insert(values.end(),
                    {id, number++, part.item.value, bytes(keys.back()), claim, part.change_key.value, part.occurrence});
    }
  }
  CARAVAN_CHECK(for_values(kRemove, {}, ids));
  return insert_rows(kInsert, values);
}

Status SqlStore::write_history(const Batch& batch) {
  static const RowsText kAudit("INSERT INTO audit (" + kAuditColumns + ") VALUES", 8, "");
  static const RowsText kUndo(
      "INSERT INTO undo (run, pair, mailbox, uid, href, before_text, before_etag, after_etag, state, at) VALUES", 10,
      "");
  Values values;
  for (const Audit& a : batch.audit) {
    values.insert(values.end(), {seconds(a.at), a.run.value, a.pair.value, a.mailbox.value, a.uid.value, a.event,
                                 a.reason, a.detail});
  }
  CARAVAN_CHECK(insert_rows(kAudit, values));
  values.clear();
  for (const Undo& u : batch.undo) {
    const Value before = u.before_text ? Value(std::string_view(*u.before_text)) : Value(std::monostate{});
    values.insert(values.end(), {u.run.value, u.pair.value, u.mailbox.value, u.uid.value, u.href.value, before,
                                 u.before_etag.value, u.after_etag.value, u.state, seconds(u.at)});
  }
  return insert_rows(kUndo, values);
}

Status SqlStore::write_changes(const Batch& batch) {
  static const ListText kDone("DELETE FROM pending_change WHERE sequence IN (", 0, ")");
  static const RowsText kNew("INSERT INTO pending_change (pair, side, kind, id, version) VALUES", 5, "");
  const Values done(batch.done_changes.begin(), batch.done_changes.end());
  CARAVAN_CHECK(for_values(kDone, {}, done));
  Values values;
  for (const PendingChange& c : batch.new_changes) {
    const std::string_view kind = c.kind == PendingChange::Kind::deleted ? "deleted" : "upserted";
    values.insert(values.end(), {c.pair.value, side_name(c.side), kind, c.id, c.version});
  }
  return insert_rows(kNew, values);
}

/// Parked objects and conflicts. What a person accepted stays accepted while the trouble is the same.
Status SqlStore::write_trouble(const Batch& batch) {
  static const std::string kPark =
      "INSERT INTO parked (" + kParkedColumns +
      ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (pair, side, object) DO UPDATE SET "
      "mailbox = excluded.mailbox, uid = excluded.uid, reason = excluded.reason, attempts = parked.attempts + 1, "
      "accepted = CASE WHEN parked.code = excluded.code THEN parked.accepted ELSE 0 END, code = excluded.code, "
      "next_try = excluded.next_try";
  static const std::string kConflict =
      "INSERT INTO conflict (" + kConflictColumns +
      ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO UPDATE SET units = excluded.units, "
      "winner = excluded.winner, losing_copy = excluded.losing_copy, state = excluded.state, at = excluded.at";
  for (const auto& [pair, object] : batch.unparked) {
    CARAVAN_CHECK(execute("DELETE FROM parked WHERE pair = $1 AND object = $2", {pair.value, object}));
  }
  for (const Parked& p : batch.parked) {
    CARAVAN_CHECK(
        execute(kPark, {p.id, p.pair.value, p.mailbox.value, side_name(p.side), p.object, p.uid.value, p.reason, p.code,
                        p.attempts, flag(p.accepted), seconds(p.first_seen), seconds(p.next_try)}));
  }
  for (const ConflictRow& c : batch.conflicts) {
    CARAVAN_CHECK(execute(kConflict, {c.id, c.pair.value, c.mailbox.value, c.uid.value, c.units, c.winner,
                                      c.losing_copy, c.state, seconds(c.at)}));
  }
  return {};
}

/// A row without a reason only clears its series.
Status SqlStore::write_losses(const std::vector<LossRow>& losses) {
  static const ListText kRemove("DELETE FROM loss WHERE pair = $1 AND uid IN (", 1, ")");
  static const RowsText kInsert("INSERT INTO loss (pair, mailbox, uid, reason, occurrence, detail) VALUES", 6, "");
  UidsByPair groups;
  Values values;
  for (const LossRow& l : losses) {
    groups[l.pair].emplace_back(l.uid.value);
    if (!l.reason.empty()) {
      values.insert(values.end(), {l.pair.value, l.mailbox.value, l.uid.value, l.reason, l.occurrence, l.detail});
    }
  }
  for (const auto& [pair, uids] : groups) {
    CARAVAN_CHECK(for_values(kRemove, {pair.value}, uids));
  }
  return insert_rows(kInsert, values);
}

Status SqlStore::write_journal(const std::vector<JournalEntry>& journal) {
  static const RowsText kInsert(
      "INSERT INTO journal (mailbox, pair, uid, at, told, planned, modified_by, owner_units, before_copy, after_copy) "
      "VALUES",
      10, "");
  Values values;
  for (const JournalEntry& e : journal) {
    values.insert(values.end(), {e.mailbox.value, e.pair.value, e.uid.value, seconds(e.at), flag(false), flag(false),
                                 e.modified_by, e.owner_units, e.before, e.after});
  }
  return insert_rows(kInsert, values);
}

}  // namespace caravan::store
