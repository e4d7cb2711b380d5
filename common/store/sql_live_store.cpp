// SPDX-License-Identifier: GPL-3.0-or-later
// Hints, claims, settlements.
#include "store/sql_live_store.hpp"

#include <algorithm>
#include <limits>
#include <string>

#include "store/rows.hpp"
#include "util/text.hpp"

namespace caravan::store {
namespace {

/// {now_ms} inside a statement that shall use an index: PostgreSQL evaluates it once then, and not for each row.
const std::string kNow = "(SELECT {now_ms})";  // NOLINT(cert-err58-cpp): a few bytes
/// A pass holds the leases of its pairs. A claim that is older than this and whose holder has none was never known to
/// it (the connection broke before the answer came), or was not ended: it would last for as long as the process lives.
constexpr std::int64_t kForgottenAfterMs = std::chrono::milliseconds(std::chrono::minutes(10)).count();
/// When a hint makes a mailbox due: now, but not while it waits after a failure.
const std::string kDueByHint =  // NOLINT(cert-err58-cpp)
    "CASE WHEN not_before_ms > " + kNow + " THEN not_before_ms ELSE " + kNow + " END";

std::int64_t or_keep(const std::optional<std::chrono::milliseconds>& from_now) {
  return from_now ? from_now->count() : -1;
}

}  // namespace

Status SqlLiveStore::enlist(const Address& mailbox, const std::vector<PairId>& pairs) {
  return transact(database_, Database::Purpose::write, [&]() -> Status {
    CARAVAN_CHECK(execute(
        "INSERT INTO live_mailbox (mailbox, due_ms, not_before_ms, claim, holder, claimed_ms) VALUES ($1, 0, 0, 0, "
        "'', 0) ON CONFLICT (mailbox) DO UPDATE SET due_ms = 0",
        {mailbox.value}));
    std::vector<std::string> gone;
    CARAVAN_CHECK(query("SELECT pair FROM wake WHERE mailbox = $1", {mailbox.value}, [&](const Row& row) {
      PairId pair(row.text(0));
      if (std::find(pairs.begin(), pairs.end(), pair) == pairs.end()) gone.push_back(std::move(pair.value));
    }));
    for (const std::string& pair : gone) CARAVAN_CHECK(execute("DELETE FROM wake WHERE pair = $1", {pair}));
    for (const PairId& pair : pairs) {
      CARAVAN_CHECK(execute(
          "INSERT INTO wake (pair, mailbox, exchange_hints, exchange_served, exchange_since_ms, caldav_hints, "
          "caldav_served, caldav_since_ms, next_exchange_ms, next_caldav_ms, next_audit_ms) VALUES ($1, $2, 0, 0, "
          "0, 0, 0, 0, 0, 0, 0) ON CONFLICT (pair) DO NOTHING",
          {pair.value, mailbox.value}));
    }
    return database_.ring();
  });
}

Status SqlLiveStore::delist(const Address& mailbox) {
  return transact(database_, Database::Purpose::write, [&]() -> Status {
    CARAVAN_CHECK(execute("DELETE FROM live_mailbox WHERE mailbox = $1", {mailbox.value}));
    return execute("DELETE FROM wake WHERE mailbox = $1", {mailbox.value});
  });
}

Status SqlLiveStore::hint(const std::vector<PairId>& pairs, Side side) {
  Values values;
  for (const PairId& pair : pairs) values.emplace_back(pair.value);
  for (std::span<const Value> left(values); !left.empty();) {
    const std::size_t count = std::min(left.size(), kChunks[0]);
    CARAVAN_CHECK(transact(database_, Database::Purpose::write, [&] { return hint_chunk(left.first(count), side); }));
    left = left.subspan(count);
  }
  return {};
}

Status SqlLiveStore::hint_chunk(std::span<const Value> pairs, Side side) {
  static const ListText kLock(
      "SELECT mailbox FROM live_mailbox WHERE mailbox IN (SELECT mailbox FROM wake WHERE pair IN (", 0,
      ")) ORDER BY mailbox{for_update}");
  static const ListText kDue("UPDATE live_mailbox SET due_ms = " + kDueByHint + " WHERE due_ms > " + kDueByHint +
                                 " AND mailbox IN (SELECT mailbox FROM wake WHERE pair IN (",
                             0, "))");
  static const ListText kExchange(
      "UPDATE wake SET exchange_hints = exchange_hints + 1, exchange_since_ms = CASE WHEN exchange_hints > "
      "exchange_served THEN exchange_since_ms ELSE {now_ms} END WHERE pair IN (",
      0, ")");
  static const ListText kCaldav(
      "UPDATE wake SET caldav_hints = caldav_hints + 1, caldav_since_ms = CASE WHEN caldav_hints > caldav_served THEN "
      "caldav_since_ms ELSE {now_ms} END WHERE pair IN (",
      0, ")");
  CARAVAN_CHECK(for_values(kLock, {}, pairs));
  CARAVAN_CHECK(for_values(kDue, {}, pairs));
  CARAVAN_CHECK(for_values(side == Side::exchange ? kExchange : kCaldav, {}, pairs));
  return database_.ring();
}

Result<std::size_t> SqlLiveStore::hint_user(const std::string& user) {
  if (user.empty()) return std::size_t{0};
  const std::string lower = text::lower(user);
  std::vector<PairId> pairs;
  CARAVAN_CHECK(
      query("SELECT w.pair FROM wake w JOIN mailbox m ON m.address = w.mailbox WHERE m.caldav_user = $1 OR "
            "(m.caldav_user = '' AND (m.address = $2 OR substr(m.address, 1, length($2) + 1) = $2 || '@')) ORDER BY "
            "w.pair",
            {user, lower}, [&](const Row& row) { pairs.emplace_back(row.text(0)); }));
  CARAVAN_CHECK(hint(pairs, Side::caldav));
  return pairs.size();
}

Status SqlLiveStore::look_at_all(Side side) {
  static const std::string kDue = "UPDATE live_mailbox SET due_ms = " + kDueByHint + " WHERE due_ms > " + kDueByHint;
  return transact(database_, Database::Purpose::write, [&]() -> Status {
    CARAVAN_CHECK(execute("SELECT mailbox FROM live_mailbox ORDER BY mailbox{for_update}", {}));
    CARAVAN_CHECK(execute(side == Side::exchange
                              ? "UPDATE wake SET next_exchange_ms = {now_ms} WHERE next_exchange_ms > {now_ms}"
                              : "UPDATE wake SET next_caldav_ms = {now_ms} WHERE next_caldav_ms > {now_ms}",
                          {}));
    CARAVAN_CHECK(execute(kDue, {}));
    return database_.ring();
  });
}

Result<std::vector<DueMailbox>> SqlLiveStore::claim_due(const std::string& holder, std::size_t limit,
                                                        std::chrono::seconds stale) {
  static const std::string kFree =
      "FROM live_mailbox WHERE due_ms <= " + kNow +
      " AND (holder = '' OR (claimed_ms < {now_ms} - $2 AND NOT EXISTS (SELECT 1 FROM heartbeat h WHERE h.holder = "
      "live_mailbox.holder AND h.at_ms >= {now_ms} - $2)) OR (claimed_ms < {now_ms} - " +
      std::to_string(kForgottenAfterMs) +
      " AND NOT EXISTS (SELECT 1 FROM wake w JOIN lease l ON l.pair = w.pair WHERE w.mailbox = live_mailbox.mailbox "
      "AND "
      "l.holder = live_mailbox.holder AND l.expires_ms > {now_ms}))) AND NOT EXISTS (SELECT 1 FROM setting s WHERE "
      "s.name IN "
      "('paused:all', 'paused:' || mailbox)) ORDER BY due_ms, mailbox LIMIT $1";
  static const std::string kAny = "SELECT 1 " + kFree;
  static const std::string kClaim =
      "WITH next AS (SELECT mailbox AS next_mailbox " + kFree +
      "{skip_locked}) UPDATE live_mailbox SET holder = $3, claim = claim + 1, claimed_ms = {now_ms} FROM next WHERE "
      "mailbox = next_mailbox RETURNING mailbox, claim";
  const std::int64_t stale_ms = std::chrono::milliseconds(stale).count();
  bool any = false;  // most looks find nothing: they shall not take the write lock
  CARAVAN_CHECK(query(kAny, {std::int64_t{1}, stale_ms}, [&](const Row&) { any = true; }));
  std::vector<DueMailbox> out;
  if (!any || limit == 0) return out;
  CARAVAN_CHECK(query(kClaim, {static_cast<std::int64_t>(limit), stale_ms, holder}, [&](const Row& row) {
    out.push_back({Address(row.text(0)), row.integer(1), {}});
  }));
  CARAVAN_CHECK(load_pairs(out));
  return out;
}

/// What is read here may be a hint newer than the claim: the pass begins later still, so it serves that one, too.
Status SqlLiveStore::load_pairs(std::vector<DueMailbox>& mailboxes) {
  static const ListText kSql(
      "SELECT mailbox, pair, exchange_hints, exchange_served, exchange_since_ms, caldav_hints, caldav_served, "
      "caldav_since_ms, next_exchange_ms, next_caldav_ms, next_audit_ms, {now_ms} FROM wake WHERE mailbox IN (",
      0, ") ORDER BY pair");
  std::sort(mailboxes.begin(), mailboxes.end(), [](const auto& a, const auto& b) { return a.mailbox < b.mailbox; });
  Values values;
  for (const DueMailbox& due : mailboxes) values.emplace_back(due.mailbox.value);
  return for_values(kSql, {}, values, [&](const Row& row) {
    const std::int64_t now = row.integer(11);
    const auto waits = [&](int hints) {
      return std::chrono::milliseconds(
          row.integer(hints) > row.integer(hints + 1) ? std::max<std::int64_t>(0, now - row.integer(hints + 2)) : 0);
    };
    DuePair pair;
    pair.pair = PairId(row.text(1));
    pair.exchange_hints = row.integer(2);
    pair.caldav_hints = row.integer(5);
    pair.look_exchange = pair.exchange_hints > row.integer(3) || row.integer(8) <= now;
    pair.look_caldav = pair.caldav_hints > row.integer(6) || row.integer(9) <= now;
    pair.audit = row.integer(10) <= now;
    pair.exchange_waits = waits(2);
    pair.caldav_waits = waits(5);
    const Address mailbox(row.text(0));
    const auto at = std::lower_bound(mailboxes.begin(), mailboxes.end(), mailbox,
                                     [](const DueMailbox& due, const Address& wanted) { return due.mailbox < wanted; });
    at->pairs.push_back(std::move(pair));
  });
}

Result<bool> SqlLiveStore::settle_due(const Settlement& settlement) {
  bool ours = false;
  Status done = transact(database_, Database::Purpose::write, [&]() -> Status {
    std::int64_t claimed_ms = 0;
    CARAVAN_CHECK(
        query("SELECT claimed_ms FROM live_mailbox WHERE mailbox = $1 AND claim = $2 AND holder <> ''{for_update}",
              {settlement.mailbox.value, settlement.claim}, [&](const Row& row) {
                ours = true;
                claimed_ms = row.integer(0);
              }));
    if (!ours) return {};
    for (const SettledPair& pair : settlement.pairs) CARAVAN_CHECK(settle_pair(pair, claimed_ms));
    std::int64_t now = 0, due = std::numeric_limits<std::int64_t>::max();
    CARAVAN_CHECK(query("SELECT {now_ms}", {}, [&](const Row& row) { now = row.integer(0); }));
    CARAVAN_CHECK(query(
        "SELECT exchange_hints - exchange_served, caldav_hints - caldav_served, next_exchange_ms, next_caldav_ms, "
        "next_audit_ms FROM wake WHERE mailbox = $1",
        {settlement.mailbox.value}, [&](const Row& row) {
          const bool hinted = row.integer(0) > 0 || row.integer(1) > 0;
          due = std::min({due, hinted ? now : row.integer(2), row.integer(3), row.integer(4)});
        }));
    const std::int64_t not_before = now + settlement.not_before.count();
    due = std::max(due, not_before);
    CARAVAN_CHECK(execute("UPDATE live_mailbox SET holder = '', due_ms = $2, not_before_ms = $3 WHERE mailbox = $1",
                          {settlement.mailbox.value, due, not_before}));
    return due <= now ? database_.ring() : Status();
  });
  CARAVAN_CHECK(std::move(done));
  return ours;
}

Status SqlLiveStore::settle_pair(const SettledPair& pair, std::int64_t claimed_ms) {
  static const std::string kSql =
      "UPDATE wake SET "
      "exchange_since_ms = CASE WHEN CAST($2 AS BIGINT) > exchange_served THEN $4 ELSE exchange_since_ms END, "
      "exchange_served = CASE WHEN CAST($2 AS BIGINT) > exchange_served THEN CAST($2 AS BIGINT) ELSE exchange_served "
      "END, "
      "caldav_since_ms = CASE WHEN CAST($3 AS BIGINT) > caldav_served THEN $4 ELSE caldav_since_ms END, "
      "caldav_served = CASE WHEN CAST($3 AS BIGINT) > caldav_served THEN CAST($3 AS BIGINT) ELSE caldav_served END, "
      "next_exchange_ms = CASE WHEN CAST($5 AS BIGINT) < 0 THEN next_exchange_ms ELSE {now_ms} + CAST($5 AS BIGINT) "
      "END, "
      "next_caldav_ms = CASE WHEN CAST($6 AS BIGINT) < 0 THEN next_caldav_ms ELSE {now_ms} + CAST($6 AS BIGINT) END, "
      "next_audit_ms = CASE WHEN CAST($7 AS BIGINT) < 0 THEN next_audit_ms ELSE {now_ms} + CAST($7 AS BIGINT) END "
      "WHERE pair = $1";
  return execute(kSql, {pair.pair.value, pair.exchange_hints.value_or(-1), pair.caldav_hints.value_or(-1), claimed_ms,
                        or_keep(pair.next_exchange), or_keep(pair.next_caldav), or_keep(pair.next_audit)});
}

Status SqlLiveStore::drop_claims(const std::string& holder) {
  return transact(database_, Database::Purpose::write, [&]() -> Status {
    CARAVAN_CHECK(execute("UPDATE live_mailbox SET holder = '' WHERE holder = $1", {holder}));
    return database_.ring();
  });
}

Status SqlLiveStore::wait_for_work(std::chrono::milliseconds timeout) { return database_.wait(timeout); }

Result<Backlog> SqlLiveStore::backlog() {
  static const std::string kMailboxes =
      "SELECT COUNT(*), COUNT(CASE WHEN due_ms <= " + kNow + " THEN 1 END) FROM live_mailbox";
  Backlog out;
  const auto size = [](const Row& row, int column) { return static_cast<std::size_t>(row.integer(column)); };
  const auto age = [](const Row& row, int column) {
    return std::chrono::milliseconds(std::max<std::int64_t>(0, row.integer(column)));  // NULL reads as 0
  };
  CARAVAN_CHECK(query(kMailboxes, {}, [&](const Row& row) {
    out.mailboxes = size(row, 0);
    out.due = size(row, 1);
  }));
  CARAVAN_CHECK(
      query("SELECT COUNT(CASE WHEN exchange_hints > exchange_served THEN 1 END), COUNT(CASE WHEN caldav_hints > "
            "caldav_served THEN 1 END), {now_ms} - MIN(CASE WHEN exchange_hints > exchange_served THEN "
            "exchange_since_ms END), "
            "{now_ms} - MIN(CASE WHEN caldav_hints > caldav_served THEN caldav_since_ms END) FROM wake",
            {}, [&](const Row& row) {
              out.exchange = size(row, 0);
              out.caldav = size(row, 1);
              out.exchange_waits = age(row, 2);
              out.caldav_waits = age(row, 3);
            }));
  CARAVAN_CHECK(query(
      "SELECT COUNT(CASE WHEN kind = 'push' THEN 1 END), COUNT(CASE WHEN kind = 'streaming' THEN 1 END), {now_ms} - "
      "MIN(heard_ms) FROM subscription WHERE state <> 'retired'",
      {}, [&](const Row& row) {
        out.push = size(row, 0);
        out.streaming = size(row, 1);
        out.longest_silence = age(row, 2);
      }));
  CARAVAN_CHECK(query(
      "SELECT (SELECT COUNT(*) FROM pending_change), (SELECT COUNT(*) FROM intent), (SELECT COUNT(*) FROM parked WHERE "
      "accepted = 0), (SELECT COUNT(*) FROM conflict WHERE state = 'open'), (SELECT COUNT(*) FROM stopped_plan WHERE "
      "state = 'waiting')",
      {}, [&](const Row& row) {
        out.pending = size(row, 0);
        out.open_intents = size(row, 1);
        out.parked = size(row, 2);
        out.conflicts = size(row, 3);
        out.stopped_plans = size(row, 4);
      }));
  return out;
}

}  // namespace caravan::store
