// SPDX-License-Identifier: GPL-3.0-or-later
// The outbox: messages, claims by thread, settlements.
#include <algorithm>
#include <set>

#include "store/rows.hpp"
#include "store/sql_notify_store.hpp"
#include "util/crash_point.hpp"

namespace caravan::store {
namespace {

const std::string kMessageColumns =  // NOLINT(cert-err58-cpp)
    "id, message_key, channel, mailbox, thread, kind, payload, state, due, expires, attempts, error, receipt, created";

OutboxMessage read_message(const Row& row) {
  OutboxMessage out;
  out.id = row.integer(0);
  out.key = row.text(1);
  out.channel = row.text(2);
  out.mailbox = Address(row.text(3));
  out.thread = row.text(4);
  out.kind = row.text(5);
  out.payload = row.text(6);
  out.state = row.text(7);
  out.due = instant(row.integer(8));
  if (!row.null(9)) out.expires = instant(row.integer(9));
  out.attempts = row.integer(10);
  out.error = row.text(11);
  out.receipt = row.text(12);
  out.created = instant(row.integer(13));
  return out;
}

auto thread_of(const OutboxMessage& message) {
  return std::tie(message.channel, message.mailbox.value, message.thread);
}

}  // namespace

Result<std::size_t> SqlNotifyStore::insert_messages(const std::vector<OutboxMessage>& messages) {
  static const RowsText kInsert(
      "INSERT INTO outbox (message_key, channel, mailbox, thread, kind, state, due, expires, attempts, created, "
      "settled, error, receipt, payload) VALUES",
      14, "ON CONFLICT (message_key) DO NOTHING RETURNING id, channel, mailbox, thread, due, state");
  std::vector<const OutboxMessage*> ordered;
  for (const OutboxMessage& message : messages) ordered.push_back(&message);
  std::stable_sort(ordered.begin(), ordered.end(),
                   [](const auto* a, const auto* b) { return thread_of(*a) < thread_of(*b); });
  Values values;
  for (const OutboxMessage* message : ordered) {
    const OutboxMessage& m = *message;
    const Value settled = m.state == "queued" ? Value(std::monostate{}) : Value(seconds(m.created));
    values.insert(values.end(),
                  {m.key, m.channel, m.mailbox.value, m.thread, m.kind, m.state, seconds(m.due), seconds(m.expires),
                   m.attempts, seconds(m.created), settled, m.error, m.receipt, m.payload});
  }
  std::size_t count = 0;
  std::map<Thread, std::pair<std::int64_t, std::int64_t>> heads;  // the first new id of each, and its time
  CARAVAN_CHECK(insert_rows(kInsert, values, [&](const Row& row) {
    ++count;
    if (row.text(5) != "queued") return;
    const std::pair head(row.integer(0), row.integer(4));
    const auto [at, fresh] = heads.try_emplace({row.text(1), row.text(2), row.text(3)}, head);
    if (!fresh) at->second = std::min(at->second, head);
  }));
  for (const auto& [thread, head] : heads) {
    // A row that is there has an older head. DO UPDATE, though nothing changes: it waits for a settlement under way.
    CARAVAN_CHECK(execute(
        "INSERT INTO outbox_thread (channel, mailbox, thread, head, due, holder, claimed_ms) VALUES ($1, $2, $3, "
        "$4, $5, '', 0) ON CONFLICT (channel, mailbox, thread) DO UPDATE SET head = outbox_thread.head",
        {std::get<0>(thread), std::get<1>(thread), std::get<2>(thread), head.first, head.second}));
  }
  return count;
}

Result<std::size_t> SqlNotifyStore::add_messages(const std::vector<OutboxMessage>& messages) {
  std::size_t count = 0;
  Status done = transact(database_, Database::Purpose::write, [&]() -> Status {
    CARAVAN_TRY(added, insert_messages(messages));
    count = added;
    return {};
  });
  CARAVAN_CHECK(std::move(done));
  return count;
}

Result<std::vector<OutboxMessage>> SqlNotifyStore::claim_messages(const std::string& channel, const std::string& holder,
                                                                  std::size_t limit, std::chrono::seconds stale) {
  static const std::string kFree =
      "FROM outbox_thread WHERE channel = $1 AND due <= (SELECT {now_ms} / 1000) AND (holder = '' OR (claimed_ms < "
      "{now_ms} - $3 AND NOT EXISTS (SELECT 1 FROM heartbeat h WHERE h.holder = outbox_thread.holder AND h.at_ms >= "
      "{now_ms} - $3))) ORDER BY due, head LIMIT $2";
  static const std::string kAny = "SELECT 1 " + kFree;
  static const std::string kClaim =
      "WITH next AS (SELECT channel AS c, mailbox AS m, thread AS t " + kFree +
      "{skip_locked}) UPDATE outbox_thread SET holder = $4, claimed_ms = {now_ms} FROM next WHERE channel = c AND "
      "mailbox = m AND thread = t RETURNING head";
  static const ListText kTake("UPDATE outbox SET attempts = attempts + 1 WHERE id IN (", 0,
                              ") RETURNING " + kMessageColumns);
  const std::int64_t stale_ms = std::chrono::milliseconds(stale).count();
  bool any = false;  // most looks find nothing: they shall not take the write lock
  CARAVAN_CHECK(query(kAny, {channel, std::int64_t{1}, stale_ms}, [&](const Row&) { any = true; }));
  std::vector<OutboxMessage> out;
  if (!any || limit == 0) return out;
  Status done = transact(database_, Database::Purpose::write, [&]() -> Status {
    Values heads;
    CARAVAN_CHECK(query(kClaim, {channel, static_cast<std::int64_t>(limit), stale_ms, holder},
                        [&](const Row& row) { heads.emplace_back(row.integer(0)); }));
    return for_values(kTake, {}, heads, [&](const Row& row) { out.push_back(read_message(row)); });
  });
  CARAVAN_CHECK(std::move(done));
  std::sort(out.begin(), out.end(), [](const OutboxMessage& a, const OutboxMessage& b) {
    return std::pair(a.due, a.id) < std::pair(b.due, b.id);
  });
  return out;
}

Status SqlNotifyStore::advance(const Thread& thread) {
  const auto& [channel, mailbox, name] = thread;
  std::optional<std::pair<std::int64_t, std::int64_t>> head;
  CARAVAN_CHECK(
      query("SELECT id, due FROM outbox WHERE mailbox = $2 AND thread = $3 AND channel = $1 AND state = 'queued' ORDER "
            "BY id LIMIT 1",
            {channel, mailbox, name}, [&](const Row& row) { head.emplace(row.integer(0), row.integer(1)); }));
  if (!head) {
    return execute("DELETE FROM outbox_thread WHERE channel = $1 AND mailbox = $2 AND thread = $3",
                   {channel, mailbox, name});
  }
  return execute(
      "UPDATE outbox_thread SET head = $4, due = $5, holder = '' WHERE channel = $1 AND mailbox = $2 AND thread = $3",
      {channel, mailbox, name, head->first, head->second});
}

Status SqlNotifyStore::settle(const std::string& holder, const Thread& thread, const Delivery& delivery) {
  const auto& [channel, mailbox, name] = thread;
  const Value held[] = {channel, mailbox, name, delivery.id, holder};
  CARAVAN_TRY(ours, database_.execute("UPDATE outbox_thread SET claimed_ms = claimed_ms WHERE channel = $1 AND mailbox "
                                      "= $2 AND thread = $3 AND head = $4 AND holder = $5",
                                      held));
  if (ours == 0) return {};
  CARAVAN_CHECK(execute(
      "UPDATE outbox SET state = $2, due = CASE WHEN $2 = 'queued' THEN $3 ELSE due END, error = $4, receipt = $5, "
      "settled = CASE WHEN $2 = 'queued' THEN NULL ELSE {now_ms} / 1000 END WHERE id = $1",
      {delivery.id, delivery.state, seconds(delivery.due), delivery.error, delivery.receipt}));
  return advance(thread);
}

Status SqlNotifyStore::settle_messages(const std::string& holder, const std::vector<Delivery>& deliveries) {
  static const ListText kThreads("SELECT id, channel, mailbox, thread FROM outbox WHERE id IN (", 0, ")");
  Values ids;
  for (const Delivery& delivery : deliveries) ids.emplace_back(delivery.id);
  return transact(database_, Database::Purpose::write, [&]() -> Status {
    std::map<std::int64_t, Thread> threads;
    CARAVAN_CHECK(for_values(kThreads, {}, ids, [&](const Row& row) {
      threads.emplace(row.integer(0), Thread(row.text(1), row.text(2), row.text(3)));
    }));
    std::map<Thread, const Delivery*> ordered;  // one message of a thread is claimed at a time
    for (const Delivery& delivery : deliveries)
      if (const auto at = threads.find(delivery.id); at != threads.end()) ordered[at->second] = &delivery;
    for (const auto& [thread, delivery] : ordered) CARAVAN_CHECK(settle(holder, thread, *delivery));
    crash_point("notify_settle_inside");
    return {};
  });
}

Status SqlNotifyStore::drop_message_claims(const std::string& holder) {
  return execute("UPDATE outbox_thread SET holder = '' WHERE holder = $1", {holder});
}

Result<std::vector<OutboxMessage>> SqlNotifyStore::messages(const std::string& state, const Address& mailbox,
                                                            std::size_t limit) {
  static const std::string kSelect = "SELECT " + kMessageColumns + " FROM outbox ";
  static const std::string kAll = kSelect + "WHERE $1 = '' AND $2 = '' ORDER BY id DESC LIMIT $3";
  static const std::string kState = kSelect + "WHERE state = $1 AND $2 = '' ORDER BY id DESC LIMIT $3";
  static const std::string kMailbox =
      kSelect + "WHERE ($1 = '' OR state = $1) AND mailbox = $2 ORDER BY id DESC LIMIT $3";
  std::vector<OutboxMessage> out;
  CARAVAN_CHECK(query(!mailbox.empty() ? kMailbox
                      : state.empty()  ? kAll
                                       : kState,
                      {state, mailbox.value, static_cast<std::int64_t>(limit)},
                      [&](const Row& row) { out.push_back(read_message(row)); }));
  return out;
}

Result<std::vector<OutboxMessage>> SqlNotifyStore::messages_of(const Address& mailbox, const Uid& uid,
                                                               std::size_t limit) {
  static const std::string kSql =
      "SELECT " + kMessageColumns + " FROM outbox WHERE mailbox = $1 AND thread = $2 ORDER BY id DESC LIMIT $3";
  std::vector<OutboxMessage> out;
  CARAVAN_CHECK(query(kSql, {mailbox.value, uid.value, static_cast<std::int64_t>(limit)},
                      [&](const Row& row) { out.push_back(read_message(row)); }));
  std::reverse(out.begin(), out.end());
  return out;
}

/// Attempts begin at one: it may have been sent before.
Result<std::size_t> SqlNotifyStore::requeue(const Thread& thread, std::int64_t id) {
  const auto& [channel, mailbox, name] = thread;
  CARAVAN_CHECK(execute(
      "INSERT INTO outbox_thread (channel, mailbox, thread, head, due, holder, claimed_ms) VALUES ($1, $2, $3, 0, "
      "0, '', 0) ON CONFLICT (channel, mailbox, thread) DO UPDATE SET head = outbox_thread.head",
      {channel, mailbox, name}));
  const Value dead[] = {channel, mailbox, name, id};
  CARAVAN_TRY(count,
              database_.execute(
                  "UPDATE outbox SET state = 'queued', due = {now_ms} / 1000, attempts = 1, settled = NULL "
                  "WHERE mailbox = $2 AND thread = $3 AND channel = $1 AND state = 'dead' AND ($4 = 0 OR id = $4)",
                  dead));
  bool held = false;
  CARAVAN_CHECK(
      query("SELECT 1 FROM outbox_thread WHERE channel = $1 AND mailbox = $2 AND thread = $3 AND holder <> ''",
            {channel, mailbox, name}, [&](const Row&) { held = true; }));
  if (!held) CARAVAN_CHECK(advance(thread));
  return static_cast<std::size_t>(count);
}

Result<std::size_t> SqlNotifyStore::retry_dead(std::int64_t id) {
  std::size_t count = 0;
  Status done = transact(database_, Database::Purpose::write, [&]() -> Status {
    std::set<Thread> threads;
    CARAVAN_CHECK(
        query("SELECT DISTINCT channel, mailbox, thread FROM outbox WHERE state = 'dead' AND ($1 = 0 OR id = $1)", {id},
              [&](const Row& row) { threads.emplace(row.text(0), row.text(1), row.text(2)); }));
    for (const Thread& thread : threads) {
      CARAVAN_TRY(queued, requeue(thread, id));
      count += queued;
    }
    return {};
  });
  CARAVAN_CHECK(std::move(done));
  return count;
}

Result<std::vector<NotifyStore::OutboxSize>> SqlNotifyStore::outbox_sizes() {
  std::vector<OutboxSize> out;
  CARAVAN_CHECK(
      query("SELECT channel, state, COUNT(*), MIN(due) FROM outbox WHERE state IN ('queued', 'dead') GROUP BY channel, "
            "state ORDER BY channel, state",
            {}, [&](const Row& row) {
              out.push_back({row.text(0), row.text(1), static_cast<std::size_t>(row.integer(2)),
                             row.null(3) ? std::nullopt : std::optional(instant(row.integer(3)))});
            }));
  return out;
}

}  // namespace caravan::store
