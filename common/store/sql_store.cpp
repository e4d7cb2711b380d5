// SPDX-License-Identifier: GPL-3.0-or-later
// What the other files of SqlStore share, and mailboxes, pairs, settings.
#include "store/sql_store.hpp"

#include "store/migrate.hpp"
#include "store/rows.hpp"

namespace caravan::store {

Status SqlStore::change_one(std::string_view sql, std::initializer_list<Value> parameters, const std::string& what) {
  CARAVAN_TRY(changed, database_.execute(sql, {parameters.begin(), parameters.size()}));
  if (changed == 0) return make_error(Fault::not_found, what + " is not in the store", "not_found");
  return {};
}

Result<std::optional<Mailbox>> SqlStore::mailbox(const Address& address) {
  static const std::string kSql = "SELECT " + kMailboxColumns + " FROM mailbox WHERE address = $1";
  std::optional<Mailbox> out;
  CARAVAN_CHECK(query(kSql, {address.value}, [&](const Row& row) { out = read_mailbox(row); }));
  return out;
}

Result<std::vector<Mailbox>> SqlStore::mailboxes() {
  static const std::string kSql = "SELECT " + kMailboxColumns + " FROM mailbox ORDER BY address";
  std::vector<Mailbox> out;
  CARAVAN_CHECK(query(kSql, {}, [&](const Row& row) { out.push_back(read_mailbox(row)); }));
  return out;
}

Result<std::vector<Pair>> SqlStore::pairs(const Address& mailbox) {
  static const std::string kOf = "SELECT " + kPairColumns + " FROM pair WHERE mailbox = $1 ORDER BY folder_name, id";
  static const std::string kAll = "SELECT " + kPairColumns + " FROM pair ORDER BY mailbox, folder_name, id";
  std::vector<Pair> out;
  const auto visit = [&](const Row& row) { out.push_back(read_pair(row)); };
  if (mailbox.empty()) {
    CARAVAN_CHECK(query(kAll, {}, visit));
  } else {
    CARAVAN_CHECK(query(kOf, {mailbox.value}, visit));
  }
  return out;
}

Result<std::optional<Pair>> SqlStore::pair(const PairId& id) {
  static const std::string kSql = "SELECT " + kPairColumns + " FROM pair WHERE id = $1";
  std::optional<Pair> out;
  CARAVAN_CHECK(query(kSql, {id.value}, [&](const Row& row) { out = read_pair(row); }));
  return out;
}

Status SqlStore::forget_mailbox(const Address& address) {
  static const char* const kByPair[] = {
      "DELETE FROM base_copy WHERE mapping IN (SELECT m.id FROM pair p JOIN mapping m ON m.pair = p.id WHERE p.mailbox "
      "= $1)",
      "DELETE FROM mapping_item WHERE mapping IN (SELECT m.id FROM pair p JOIN mapping m ON m.pair = p.id WHERE "
      "p.mailbox = $1)",
      "DELETE FROM mapping WHERE pair IN (SELECT id FROM pair WHERE mailbox = $1)",
      "DELETE FROM pending_change WHERE pair IN (SELECT id FROM pair WHERE mailbox = $1)",
      "DELETE FROM intent WHERE pair IN (SELECT id FROM pair WHERE mailbox = $1)",
      "DELETE FROM lease WHERE pair IN (SELECT id FROM pair WHERE mailbox = $1)",
      "DELETE FROM parked WHERE mailbox = $1",
      "DELETE FROM conflict WHERE mailbox = $1",
      "DELETE FROM loss WHERE mailbox = $1",
      "DELETE FROM audit WHERE mailbox = $1",
      "DELETE FROM undo WHERE mailbox = $1",
      "DELETE FROM stopped_plan WHERE mailbox = $1",
      "DELETE FROM job WHERE mailbox = $1",
      "DELETE FROM live_mailbox WHERE mailbox = $1",
      "DELETE FROM wake WHERE mailbox = $1",
      "DELETE FROM subscription WHERE mailbox = $1",
      "DELETE FROM journal WHERE mailbox = $1",
      "DELETE FROM outbox_thread WHERE mailbox = $1",
      "DELETE FROM outbox WHERE mailbox = $1",
      "DELETE FROM alert WHERE mailbox = $1",
      "DELETE FROM preference WHERE mailbox = $1",
      "DELETE FROM pair WHERE mailbox = $1",
      "DELETE FROM mailbox WHERE address = $1",
  };
  return transact(database_, Database::Purpose::write, [&]() -> Status {
    for (const char* sql : kByPair) CARAVAN_CHECK(execute(sql, {address.value}));
    const std::string suffix = ":" + address.value;
    return execute("DELETE FROM setting WHERE substr(name, length(name) - length($1) + 1) = $1", {suffix});
  });
}

Result<std::string> SqlStore::setting(const std::string& name) {
  std::string out;
  CARAVAN_CHECK(query("SELECT value FROM setting WHERE name = $1", {name}, [&](const Row& row) { out = row.text(0); }));
  return out;
}

Status SqlStore::set_setting(const std::string& name, const std::string& value) {
  if (value.empty()) return execute("DELETE FROM setting WHERE name = $1", {name});
  return execute(
      "INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
      {name, value});
}

Result<int> SqlStore::schema_version() { return read_schema_version(database_); }

}  // namespace caravan::store
