// SPDX-License-Identifier: GPL-3.0-or-later
// Pending changes, open intents, and what people are shown: parked objects, conflicts, losses, history, plans.
#include <algorithm>

#include "store/rows.hpp"
#include "store/sql_store.hpp"

namespace caravan::store {

Result<std::vector<PendingChange>> SqlStore::pending(const PairId& pair, Side side, std::int64_t after,
                                                     std::size_t limit) {
  std::vector<PendingChange> out;
  CARAVAN_CHECK(
      query("SELECT sequence, kind, id, version FROM pending_change WHERE pair = $1 AND side = $2 AND sequence > $3 "
            "ORDER BY sequence LIMIT $4",
            {pair.value, side_name(side), after, static_cast<std::int64_t>(limit)}, [&](const Row& row) {
              const auto kind = row.text(1) == "deleted" ? PendingChange::Kind::deleted : PendingChange::Kind::upserted;
              out.push_back({row.integer(0), pair, side, kind, row.text(2), row.text(3)});
            }));
  return out;
}

Result<std::vector<Intent>> SqlStore::open_intents(const PairId& pair) {
  static const std::string kSql = "SELECT " + kIntentColumns + " FROM intent WHERE pair = $1 ORDER BY id";
  std::vector<Intent> out;
  CARAVAN_CHECK(query(kSql, {pair.value}, [&](const Row& row) { out.push_back(read_intent(row)); }));
  return out;
}

Result<std::vector<Parked>> SqlStore::parked(const Address& mailbox) {
  static const std::string kSql =
      "SELECT " + kParkedColumns + " FROM parked WHERE ($1 = '' OR mailbox = $1) ORDER BY mailbox, first_seen, id";
  std::vector<Parked> out;
  CARAVAN_CHECK(query(kSql, {mailbox.value}, [&](const Row& row) { out.push_back(read_parked(row)); }));
  return out;
}

Status SqlStore::accept_parked(const std::string& id) {
  return change_one("UPDATE parked SET accepted = 1 WHERE id = $1", {id}, "the parked object " + id);
}

Status SqlStore::retry_parked(const std::string& id) {
  if (id.empty()) return execute("UPDATE parked SET next_try = {now_ms} / 1000", {});
  return change_one("UPDATE parked SET next_try = {now_ms} / 1000 WHERE id = $1", {id}, "the parked object " + id);
}

Result<std::vector<ConflictRow>> SqlStore::conflicts(const Address& mailbox) {
  static const std::string kSql =
      "SELECT " + kConflictColumns + " FROM conflict WHERE ($1 = '' OR mailbox = $1) ORDER BY mailbox, at, id";
  std::vector<ConflictRow> out;
  CARAVAN_CHECK(query(kSql, {mailbox.value}, [&](const Row& row) { out.push_back(read_conflict(row)); }));
  return out;
}

Status SqlStore::resolve_conflict(const std::string& id) {
  return change_one("UPDATE conflict SET state = 'resolved' WHERE id = $1", {id}, "the conflict " + id);
}

Result<std::vector<LossRow>> SqlStore::losses(const Address& mailbox) {
  std::vector<LossRow> out;
  CARAVAN_CHECK(
      query("SELECT pair, mailbox, uid, reason, occurrence, detail FROM loss WHERE ($1 = '' OR mailbox = $1) ORDER BY "
            "mailbox, pair, uid, occurrence, reason",
            {mailbox.value}, [&](const Row& row) {
              out.push_back(
                  {PairId(row.text(0)), Address(row.text(1)), Uid(row.text(2)), row.text(3), row.text(4), row.text(5)});
            }));
  return out;
}

/// The newest `limit` rows, the oldest of them first.
Result<std::vector<Audit>> SqlStore::audit(const Address& mailbox, const Uid& uid, std::size_t limit) {
  static const std::string kSeries =
      "SELECT " + kAuditColumns + " FROM audit WHERE mailbox = $1 AND uid = $2 ORDER BY id DESC LIMIT $3";
  static const std::string kMailbox =
      "SELECT " + kAuditColumns +
      " FROM audit WHERE ($1 = '' OR mailbox = $1) AND ($2 = '' OR uid = $2) ORDER BY id DESC LIMIT $3";
  std::vector<Audit> out;
  CARAVAN_CHECK(query(mailbox.empty() || uid.empty() ? kMailbox : kSeries,
                      {mailbox.value, uid.value, static_cast<std::int64_t>(limit)},
                      [&](const Row& row) { out.push_back(read_audit(row)); }));
  std::reverse(out.begin(), out.end());
  return out;
}

Result<std::vector<Undo>> SqlStore::undo_of(const RunId& run, std::int64_t after, std::size_t limit) {
  static const std::string kSql =
      "SELECT " + kUndoColumns + " FROM undo WHERE run = $1 AND (id < $2 OR $2 = 0) ORDER BY id DESC LIMIT $3";
  std::vector<Undo> out;
  CARAVAN_CHECK(query(kSql, {run.value, after, static_cast<std::int64_t>(limit)},
                      [&](const Row& row) { out.push_back(read_undo(row)); }));
  return out;
}

Status SqlStore::move_undo(const PairId& pair, const Href& href, const Etag& from, const Etag& to) {
  return execute("UPDATE undo SET after_etag = $4 WHERE pair = $1 AND href = $2 AND after_etag = $3 AND state = 'open'",
                 {pair.value, href.value, from.value, to.value});
}

Status SqlStore::set_undo_state(std::int64_t id, const std::string& state) {
  return change_one("UPDATE undo SET state = $2 WHERE id = $1", {id, state}, "the undo row " + std::to_string(id));
}

Status SqlStore::save_plan(const StoppedPlan& plan) {
  static const std::string kSql =
      "INSERT INTO stopped_plan (" + kPlanColumns +
      ") VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (hash) DO UPDATE SET deletes = excluded.deletes, "
      "state = excluded.state, approved_until = excluded.approved_until";
  return execute(kSql, {plan.hash, plan.pair.value, plan.mailbox.value, plan.deletes, plan.state, seconds(plan.created),
                        seconds(plan.approved_until)});
}

Result<std::vector<StoppedPlan>> SqlStore::plans(const PairId& pair) {
  static const std::string kSql =
      "SELECT " + kPlanColumns + " FROM stopped_plan WHERE ($1 = '' OR pair = $1) ORDER BY created, hash";
  std::vector<StoppedPlan> out;
  CARAVAN_CHECK(query(kSql, {pair.value}, [&](const Row& row) { out.push_back(read_plan(row)); }));
  return out;
}

Status SqlStore::set_plan_state(const std::string& hash, const std::string& state,
                                std::optional<Instant> approved_until) {
  return change_one("UPDATE stopped_plan SET state = $2, approved_until = $3 WHERE hash = $1",
                    {hash, state, seconds(approved_until)}, "the plan " + hash);
}

}  // namespace caravan::store
