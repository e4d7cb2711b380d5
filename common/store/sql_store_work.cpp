// SPDX-License-Identifier: GPL-3.0-or-later
// Runs and jobs, leases and heartbeats, retention: what the programs share work by. Time is the store's own ({now_ms}).
#include <algorithm>

#include "store/rows.hpp"
#include "store/sql_store.hpp"

namespace caravan::store {
namespace {

std::int64_t ms(std::chrono::seconds duration) { return std::chrono::milliseconds(duration).count(); }
std::int64_t age(std::chrono::days days) { return std::chrono::seconds(days).count(); }

}  // namespace

Status SqlStore::save_run(const Run& run) {
  static const std::string kSql =
      "INSERT INTO run (" + kRunColumns +
      ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, state = "
      "excluded.state, "
      "options = excluded.options, summary = excluded.summary, created = excluded.created, started = excluded.started, "
      "ended = excluded.ended";
  return execute(kSql, {run.id.value, run.kind, run.state, run.options, run.summary, seconds(run.created),
                        seconds(run.started), seconds(run.ended)});
}

Result<std::optional<Run>> SqlStore::run(const RunId& id) {
  static const std::string kSql = "SELECT " + kRunColumns + " FROM run WHERE id = $1";
  std::optional<Run> out;
  CARAVAN_CHECK(query(kSql, {id.value}, [&](const Row& row) { out = read_run(row); }));
  return out;
}

Result<std::vector<Run>> SqlStore::runs(std::size_t limit) {
  static const std::string kSql = "SELECT " + kRunColumns + " FROM run ORDER BY created DESC, id DESC LIMIT $1";
  std::vector<Run> out;
  CARAVAN_CHECK(query(kSql, {static_cast<std::int64_t>(limit)}, [&](const Row& row) { out.push_back(read_run(row)); }));
  return out;
}

Status SqlStore::add_jobs(const std::vector<Job>& jobs) {
  static const RowsText kSql(
      "INSERT INTO job (run, mailbox, kind, options, state, holder, claimed_ms, progress, error, error_code, remedy) "
      "VALUES",
      11, "");
  Values values;
  for (const Job& j : jobs) {
    values.insert(values.end(), {j.run.value, j.mailbox.value, j.kind, j.options, j.state, j.holder, std::int64_t{0},
                                 j.progress, j.error, j.error_code, j.remedy});
  }
  return transact(database_, Database::Purpose::write, [&] { return insert_rows(kSql, values); });
}

Result<std::optional<Job>> SqlStore::claim_job(const std::string& holder, const RunId& run,
                                               std::chrono::seconds stale) {
  static const std::string kSql =
      "WITH next AS (SELECT id AS next_id FROM job WHERE ($2 = '' OR run = $2) AND state IN ('queued', 'claimed') AND "
      "(state = 'queued' OR (claimed_ms < {now_ms} - $3 AND NOT EXISTS (SELECT 1 FROM heartbeat h WHERE h.holder = "
      "job.holder "
      "AND h.at_ms >= {now_ms} - $3))) ORDER BY id LIMIT 1{skip_locked}) "
      "UPDATE job SET state = 'claimed', holder = $1, claimed_ms = {now_ms} FROM next WHERE id = next_id RETURNING " +
      kJobColumns;
  std::optional<Job> out;
  CARAVAN_CHECK(query(kSql, {holder, run.value, ms(stale)}, [&](const Row& row) { out = read_job(row); }));
  return out;
}

Result<std::vector<Job>> SqlStore::claimed_jobs(const std::string& holder) {
  static const std::string kSql =
      "SELECT " + kJobColumns + " FROM job WHERE state = 'claimed' AND holder = $1 ORDER BY id";
  std::vector<Job> out;
  CARAVAN_CHECK(query(kSql, {holder}, [&](const Row& row) { out.push_back(read_job(row)); }));
  return out;
}

Status SqlStore::update_job(const Job& job) {
  return change_one(
      "UPDATE job SET state = $2, holder = $3, progress = $4, error = $5, error_code = $6, remedy = $7, options = $8 "
      "WHERE id = $1",
      {job.id, job.state, job.holder, job.progress, job.error, job.error_code, job.remedy, job.options},
      "the job " + std::to_string(job.id));
}

Result<std::vector<Job>> SqlStore::jobs(const RunId& run) {
  static const std::string kSql = "SELECT " + kJobColumns + " FROM job WHERE run = $1 ORDER BY id";
  std::vector<Job> out;
  CARAVAN_CHECK(query(kSql, {run.value}, [&](const Row& row) { out.push_back(read_job(row)); }));
  return out;
}

/// Each acquisition raises the epoch, so that a late holder's commit is refused (check_lease). A released lease keeps
/// its row for the same reason.
Result<std::optional<Lease>> SqlStore::acquire_lease(const PairId& pair, const std::string& holder,
                                                     std::chrono::seconds duration) {
  std::optional<Lease> out;
  CARAVAN_CHECK(
      query("INSERT INTO lease (pair, holder, epoch, expires_ms) VALUES ($1, $2, 1, {now_ms} + $3) ON CONFLICT (pair) "
            "DO UPDATE SET "
            "holder = excluded.holder, epoch = lease.epoch + 1, expires_ms = excluded.expires_ms "
            "WHERE lease.holder = '' OR lease.expires_ms <= {now_ms} RETURNING epoch",
            {pair.value, holder, ms(duration)}, [&](const Row& row) {
              out = Lease{pair, holder, row.integer(0)};
            }));
  return out;
}

Result<bool> SqlStore::renew_lease(const Lease& lease, std::chrono::seconds duration) {
  const Value parameters[] = {lease.pair.value, lease.holder, lease.epoch, ms(duration)};
  CARAVAN_TRY(changed, database_.execute(
                           "UPDATE lease SET expires_ms = {now_ms} + $4 WHERE pair = $1 AND holder = $2 AND epoch = $3",
                           parameters));
  return changed > 0;
}

Status SqlStore::release_lease(const Lease& lease) {
  return execute("UPDATE lease SET holder = '', expires_ms = 0 WHERE pair = $1 AND holder = $2 AND epoch = $3",
                 {lease.pair.value, lease.holder, lease.epoch});
}

Result<std::optional<Lease>> SqlStore::lease_of(const PairId& pair) {
  std::optional<Lease> lease;
  CARAVAN_CHECK(
      query("SELECT holder, epoch FROM lease WHERE pair = $1 AND holder <> ''", {pair.value}, [&](const Row& row) {
        lease = Lease{pair, row.text(0), row.integer(1)};
      }));
  return lease;
}

Status SqlStore::heartbeat(const std::string& holder, const std::string& role) {
  return execute(
      "INSERT INTO heartbeat (holder, role, at_ms) VALUES ($1, $2, {now_ms}) ON CONFLICT (holder) DO UPDATE SET "
      "role = excluded.role, at_ms = excluded.at_ms",
      {holder, role});
}

Result<std::vector<Heartbeat>> SqlStore::heartbeats(std::chrono::seconds not_older) {
  std::vector<Heartbeat> out;
  CARAVAN_CHECK(query("SELECT holder, role, at_ms FROM heartbeat WHERE at_ms >= {now_ms} - $1 ORDER BY holder",
                      {ms(not_older)}, [&](const Row& row) {
                        out.push_back({row.text(0), row.text(1), instant(row.integer(2) / 1000)});
                      }));
  return out;
}

Status SqlStore::remove_heartbeat(const std::string& holder) {
  return execute("DELETE FROM heartbeat WHERE holder = $1", {holder});
}

/// Exchange gives a subscription up that answers wrongly for a day (StatusFrequency, at most): then nobody calls any
/// more.
constexpr std::chrono::days kRetired{2};

Status SqlStore::prune(std::chrono::days audit, std::chrono::days tombstones, std::chrono::days undo) {
  const std::pair<const char*, std::int64_t> rules[] = {
      // History is appended: what is too old lies at the beginning, and the search ends at the first row that is not.
      {"DELETE FROM audit WHERE at < {now_ms} / 1000 - $1 AND id < COALESCE((SELECT id FROM audit WHERE at >= {now_ms} "
       "/ "
       "1000 - $1 ORDER BY id LIMIT 1), 9223372036854775807)",
       age(audit)},
      {"DELETE FROM conflict WHERE state = 'resolved' AND at < {now_ms} / 1000 - $1", age(audit)},
      {"DELETE FROM stopped_plan WHERE created < {now_ms} / 1000 - $1", age(audit)},
      {"DELETE FROM heartbeat WHERE at_ms / 1000 < {now_ms} / 1000 - $1", age(audit)},
      {"DELETE FROM subscription WHERE state = 'retired' AND heard_ms / 1000 < {now_ms} / 1000 - $1",
       age(std::min(audit, kRetired))},
      {"DELETE FROM undo WHERE at < {now_ms} / 1000 - $1 AND id < COALESCE((SELECT id FROM undo WHERE at >= {now_ms} / "
       "1000 - $1 ORDER BY id LIMIT 1), 9223372036854775807)",
       age(undo)},
      {"DELETE FROM outbox WHERE settled IS NOT NULL AND settled < {now_ms} / 1000 - $1", age(undo)},
      {"DELETE FROM journal WHERE at < {now_ms} / 1000 - $1", age(undo)},
      {"DELETE FROM alert WHERE due < {now_ms} / 1000 - $1", age(undo)},
      {"DELETE FROM mapping_item WHERE mapping IN (SELECT id FROM mapping WHERE state = 'tombstone' AND updated < "
       "{now_ms} / 1000 - $1)",
       age(tombstones)},
      {"DELETE FROM base_copy WHERE mapping IN (SELECT id FROM mapping WHERE state = 'tombstone' AND updated < "
       "{now_ms} "
       "/ 1000 - $1)",
       age(tombstones)},
      {"DELETE FROM mapping WHERE state = 'tombstone' AND updated < {now_ms} / 1000 - $1", age(tombstones)},
  };
  for (const auto& [sql, days] : rules) {  // one transaction each: a long one would hold up the workers
    CARAVAN_CHECK(execute(sql, {days}));
  }
  return {};
}

}  // namespace caravan::store
