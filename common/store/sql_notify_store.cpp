// SPDX-License-Identifier: GPL-3.0-or-later
// Journal, alerts, agreed copies, preferences, sealed secrets.
#include "store/sql_notify_store.hpp"

#include <limits>
#include <set>

#include "store/rows.hpp"
#include "util/crash_point.hpp"

namespace caravan::store {
namespace {

const std::string kJournalColumns =  // NOLINT(cert-err58-cpp)
    "j.id, j.mailbox, j.pair, j.uid, j.before_copy, j.after_copy, j.owner_units, j.modified_by, j.at";

JournalEntry read_entry(const Row& row) {
  JournalEntry out;
  out.id = row.integer(0);
  out.mailbox = Address(row.text(1));
  out.pair = PairId(row.text(2));
  out.uid = Uid(row.text(3));
  out.before = row.text(4);
  out.after = row.text(5);
  out.owner_units = row.text(6);
  out.modified_by = row.text(7);
  out.at = instant(row.integer(8));
  return out;
}

}  // namespace

Result<std::string> SqlNotifyStore::one_text(std::string_view sql, std::string_view parameter) {
  std::string out;
  CARAVAN_CHECK(query(sql, {parameter}, [&](const Row& row) { out = row.text(0); }));
  return out;
}

/// Walks along the index until `limit` series were met: a join that picked each series' first entry would be planned
/// badly where the table was filled faster than the database looks at it.
Result<std::vector<NotifyWindow>> SqlNotifyStore::due_windows(Instant opened_until, std::size_t limit) {
  static const std::string kEntries =
      "SELECT " + kJournalColumns + " FROM journal j WHERE j.mailbox = $1 AND j.uid = $2 AND j.told = 0 ORDER BY j.id";
  CARAVAN_TRY(series,
              first_series("SELECT mailbox, uid, at, id FROM journal WHERE told = 0 AND at <= $1 AND (at, id) > "
                           "($2, $3) ORDER BY at, id LIMIT $4",
                           seconds(opened_until), limit));
  std::vector<NotifyWindow> out;
  for (auto& [mailbox, uid] : series) {
    NotifyWindow window{Address(mailbox), Uid(uid), {}};
    CARAVAN_CHECK(query(kEntries, {mailbox, uid}, [&](const Row& row) { window.entries.push_back(read_entry(row)); }));
    if (!window.entries.empty()) out.push_back(std::move(window));  // else closed meanwhile
  }
  return out;
}

/// `sql` gets `bound`, the last row's two numbers and a page's size, and gives mailbox, uid and two ascending numbers.
Result<std::vector<std::pair<std::string, std::string>>> SqlNotifyStore::first_series(std::string_view sql,
                                                                                      std::int64_t bound,
                                                                                      std::size_t limit) {
  constexpr std::int64_t kPage = 1000;
  std::vector<std::pair<std::string, std::string>> out;
  std::set<std::pair<std::string, std::string>> seen;
  std::int64_t first = std::numeric_limits<std::int64_t>::min(), second = 0, rows = kPage;
  while (rows == kPage && out.size() < limit) {
    rows = 0;
    CARAVAN_CHECK(query(sql, {bound, first, second, kPage}, [&](const Row& row) {
      ++rows;
      first = row.integer(2);
      second = row.integer(3);
      std::pair name(row.text(0), row.text(1));
      if (out.size() < limit && seen.insert(name).second) out.push_back(std::move(name));
    }));
  }
  return out;
}

Result<bool> SqlNotifyStore::close_window(const std::vector<std::int64_t>& entries,
                                          const std::vector<OutboxMessage>& messages) {
  static const ListText kLock("SELECT id FROM journal WHERE told = 0 AND id IN (", 0, ") ORDER BY id{for_update}");
  static const ListText kDone("DELETE FROM journal WHERE planned = 1 AND id IN (", 0, ")");
  static const ListText kTold("UPDATE journal SET told = 1 WHERE id IN (", 0, ")");
  const std::set<std::int64_t> named(entries.begin(), entries.end());
  const Values ids(named.begin(), named.end());
  bool all = false;
  Status done = transact(database_, Database::Purpose::write, [&]() -> Status {
    std::size_t there = 0;
    CARAVAN_CHECK(for_values(kLock, {}, ids, [&](const Row&) { ++there; }));
    all = there == ids.size();
    if (!all) return {};
    CARAVAN_CHECK(for_values(kDone, {}, ids));
    CARAVAN_CHECK(for_values(kTold, {}, ids));
    CARAVAN_CHECK(insert_messages(messages));
    crash_point("notify_close_inside");
    return {};
  });
  CARAVAN_CHECK(std::move(done));
  return all;
}

Result<std::vector<JournalEntry>> SqlNotifyStore::unplanned(std::size_t limit) {
  static const std::string kNewest = "SELECT " + kJournalColumns +
                                     " FROM journal j WHERE j.mailbox = $1 AND j.uid = $2 AND j.planned = 0 ORDER BY "
                                     "j.id DESC LIMIT 1";
  CARAVAN_TRY(series,
              first_series("SELECT mailbox, uid, id, 0 FROM journal WHERE planned = $1 AND planned = 0 AND id > $2 AND "
                           "$3 = 0 ORDER BY id LIMIT $4",
                           0, limit));
  std::vector<JournalEntry> out;
  for (const auto& [mailbox, uid] : series)
    CARAVAN_CHECK(query(kNewest, {mailbox, uid}, [&](const Row& row) { out.push_back(read_entry(row)); }));
  return out;
}

Result<NotifyStore::JournalSize> SqlNotifyStore::journal_size() {
  JournalSize out;
  CARAVAN_CHECK(query("SELECT COUNT(*), MIN(at) FROM journal WHERE told = 0", {}, [&](const Row& row) {
    out.entries = static_cast<std::size_t>(row.integer(0));
    if (!row.null(1)) out.oldest = instant(row.integer(1));
  }));
  return out;
}

Status SqlNotifyStore::insert_alerts(const std::vector<Alert>& alerts) {
  static const RowsText kInsert("INSERT INTO alert (mailbox, pair, uid, kind, occurrence, due, payload) VALUES", 7, "");
  Values values;
  for (const Alert& a : alerts) {
    values.insert(values.end(),
                  {a.mailbox.value, a.pair.value, a.uid.value, a.kind, a.occurrence, seconds(a.due), a.payload});
  }
  return insert_rows(kInsert, values);
}

Status SqlNotifyStore::plan_alerts(const Address& mailbox, const Uid& uid, std::int64_t through,
                                   const std::vector<std::string>& kinds, const std::vector<Alert>& alerts) {
  static const ListText kOfKinds("DELETE FROM alert WHERE mailbox = $1 AND uid = $2 AND kind IN (", 2, ")");
  return transact(database_, Database::Purpose::write, [&]() -> Status {
    if (!kinds.empty()) {
      const Values values(kinds.begin(), kinds.end());
      CARAVAN_CHECK(for_values(kOfKinds, {mailbox.value, uid.value}, values));
    } else if (!uid.empty()) {
      CARAVAN_CHECK(execute("DELETE FROM alert WHERE mailbox = $1 AND uid = $2", {mailbox.value, uid.value}));
    }
    if (!uid.empty()) {
      CARAVAN_CHECK(
          execute("UPDATE journal SET planned = 1 WHERE mailbox = $1 AND uid = $2 AND id <= $3 AND planned = 0",
                  {mailbox.value, uid.value, through}));
      CARAVAN_CHECK(execute("DELETE FROM journal WHERE mailbox = $1 AND uid = $2 AND id <= $3 AND told = 1",
                            {mailbox.value, uid.value, through}));
    }
    return insert_alerts(alerts);
  });
}

Result<std::vector<Alert>> SqlNotifyStore::due_alerts(Instant until, std::size_t limit) {
  std::vector<Alert> out;
  CARAVAN_CHECK(
      query("SELECT id, mailbox, pair, uid, kind, occurrence, payload, due FROM alert WHERE due <= $1 ORDER BY due, id "
            "LIMIT $2",
            {seconds(until), static_cast<std::int64_t>(limit)}, [&](const Row& row) {
              out.push_back({row.integer(0), Address(row.text(1)), PairId(row.text(2)), Uid(row.text(3)), row.text(4),
                             row.text(5), row.text(6), instant(row.integer(7))});
            }));
  return out;
}

Result<std::optional<Instant>> SqlNotifyStore::next_alert() {
  std::optional<Instant> out;
  CARAVAN_CHECK(
      query("SELECT due FROM alert ORDER BY due LIMIT 1", {}, [&](const Row& row) { out = instant(row.integer(0)); }));
  return out;
}

Result<bool> SqlNotifyStore::has_alert(const Address& mailbox, const std::string& kind) {
  bool out = false;
  CARAVAN_CHECK(query("SELECT 1 FROM alert WHERE mailbox = $1 AND uid = '' AND kind = $2 LIMIT 1",
                      {mailbox.value, kind}, [&](const Row&) { out = true; }));
  return out;
}

Result<bool> SqlNotifyStore::fire_alert(std::int64_t id, const std::vector<OutboxMessage>& messages,
                                        const std::vector<Alert>& next) {
  bool ours = false;
  Status done = transact(database_, Database::Purpose::write, [&]() -> Status {
    const Value parameter = id;
    CARAVAN_TRY(removed, database_.execute("DELETE FROM alert WHERE id = $1", {&parameter, 1}));
    ours = removed > 0;
    if (!ours) return {};
    CARAVAN_CHECK(insert_messages(messages));
    CARAVAN_CHECK(insert_alerts(next));
    crash_point("notify_fire_inside");
    return {};
  });
  CARAVAN_CHECK(std::move(done));
  return ours;
}

Result<std::vector<NotifyStore::Agreed>> SqlNotifyStore::read_agreed(std::string_view sql,
                                                                     std::initializer_list<Value> parameters) {
  std::vector<Agreed> out;
  CARAVAN_CHECK(query(sql, parameters, [&](const Row& row) {
    out.push_back({PairId(row.text(0)), Uid(row.text(1)), row.text(2)});
  }));
  return out;
}

/// CROSS JOIN: SQLite then begins with the mailbox's pairs.
Result<std::vector<NotifyStore::Agreed>> SqlNotifyStore::agreed(const Address& mailbox, Instant from, Instant until,
                                                                const Uid& after, std::size_t limit) {
  return read_agreed(
      "SELECT m.pair, m.uid, CASE WHEN c.exchange <> '' THEN c.exchange ELSE c.caldav END FROM pair p CROSS JOIN "
      "mapping m CROSS JOIN base_copy c WHERE p.mailbox = $1 AND m.pair = p.id AND c.mapping = m.id AND m.state = "
      "'active' AND m.uid > $2 AND m.starts < $4 AND m.ends >= $3 AND m.uid IN (SELECT DISTINCT s.uid FROM pair q "
      "CROSS JOIN mapping s WHERE q.mailbox = $1 AND s.pair = q.id AND s.state = 'active' AND s.uid > $2 AND s.starts "
      "< $4 AND s.ends >= $3 ORDER BY s.uid LIMIT $5) ORDER BY m.uid, m.pair",
      {mailbox.value, after.value, seconds(from), seconds(until), static_cast<std::int64_t>(limit)});
}

Result<std::vector<NotifyStore::Agreed>> SqlNotifyStore::agreed_of(const Address& mailbox, const Uid& uid) {
  return read_agreed(
      "SELECT m.pair, m.uid, CASE WHEN c.exchange <> '' THEN c.exchange ELSE c.caldav END FROM pair p CROSS JOIN "
      "mapping m CROSS JOIN base_copy c WHERE p.mailbox = $1 AND m.pair = p.id AND c.mapping = m.id AND m.state = "
      "'active' AND m.uid = $2 ORDER BY m.pair",
      {mailbox.value, uid.value});
}

Result<std::string> SqlNotifyStore::preferences(const Address& mailbox) {
  return one_text("SELECT settings FROM preference WHERE mailbox = $1", mailbox.value);
}

Status SqlNotifyStore::set_preferences(const Address& mailbox, const std::string& text) {
  if (text.empty()) return execute("DELETE FROM preference WHERE mailbox = $1", {mailbox.value});
  return execute(
      "INSERT INTO preference (mailbox, settings) VALUES ($1, $2) ON CONFLICT (mailbox) DO UPDATE SET settings = "
      "excluded.settings",
      {mailbox.value, text});
}

Result<std::string> SqlNotifyStore::sealed(const std::string& name) {
  return one_text("SELECT value FROM sealed WHERE name = $1", name);
}

Result<std::vector<std::string>> SqlNotifyStore::sealed_names() {
  std::vector<std::string> out;
  CARAVAN_CHECK(
      query("SELECT name FROM sealed ORDER BY name", {}, [&](const Row& row) { out.push_back(row.text(0)); }));
  return out;
}

Status SqlNotifyStore::set_sealed(const std::vector<std::pair<std::string, std::string>>& rows) {
  return transact(database_, Database::Purpose::write, [&]() -> Status {
    for (const auto& [name, value] : rows) {
      if (value.empty()) {
        CARAVAN_CHECK(execute("DELETE FROM sealed WHERE name = $1", {name}));
      } else {
        CARAVAN_CHECK(execute(
            "INSERT INTO sealed (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            {name, value}));
      }
    }
    crash_point("secrets_inside");
    return {};
  });
}

}  // namespace caravan::store
