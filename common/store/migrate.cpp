// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/migrate.hpp"

#include <string>

namespace caravan::store {
namespace {

Error newer(int found, int known) {
  return make_error(
      Fault::unsupported,
      "the store has schema version " + std::to_string(found) + ", this program knows version " + std::to_string(known),
      "store_newer",
      "install the Caravan version that wrote it, or restore the copy FILE.bak-N made before the upgrade");
}

Status apply(Database& database, std::span<const Migration> steps, int from) {
  for (const Migration& step : steps) {
    if (step.version <= from) continue;
    if (Status done = database.script(step.sql); !done) {
      Error error = done.error();
      error.what = "migration " + std::string(step.name) + ": " + error.what;
      return error;
    }
  }
  const Value version = static_cast<std::int64_t>(steps.back().version);
  CARAVAN_CHECK(database.execute("DELETE FROM schema_info", {}));
  CARAVAN_CHECK(database.execute("INSERT INTO schema_info (version) VALUES ($1)", {&version, 1}));
  return {};
}

}  // namespace

Result<int> read_schema_version(Database& database) {
  CARAVAN_TRY(known, database.has_table("schema_info"));
  if (!known) {
    CARAVAN_TRY(filled, database.has_table("mailbox"));
    CARAVAN_TRY(made_meanwhile, database.has_table("schema_info"));  // by another process, between the questions
    if (made_meanwhile) return read_schema_version(database);
    if (filled) {
      return make_error(Fault::unsupported, "the database holds tables that are not Caravan's", "store_foreign",
                        "name a file or a database of its own in store.url");
    }
    return 0;
  }
  int version = 0;
  CARAVAN_CHECK(database.query("SELECT version FROM schema_info", {},
                               [&](const Row& row) { version = static_cast<int>(row.integer(0)); }));
  return version;
}

Status migrate(Database& database, std::span<const Migration> steps, Upgrade upgrade) {
  const int wanted = steps.back().version;
  CARAVAN_TRY(found, read_schema_version(database));
  if (found == wanted) return {};
  if (found > wanted) return newer(found, wanted);
  if (found > 0 && upgrade == Upgrade::refused) {
    return make_error(Fault::unsupported,
                      "the store has schema version " + std::to_string(found) + ", this program needs version " +
                          std::to_string(wanted),
                      "store_older", "stop all Caravan programs and run `exodus-cli store upgrade`");
  }
  return transact(database, Database::Purpose::schema, [&]() -> Status {
    CARAVAN_TRY(now_found, read_schema_version(database));  // somebody may have been faster
    if (now_found == wanted) return {};
    if (now_found > wanted) return newer(now_found, wanted);
    if (now_found > 0) {
      CARAVAN_CHECK(database.keep_copy(now_found));
    } else {
      CARAVAN_CHECK(database.script("CREATE TABLE schema_info (version BIGINT NOT NULL);"));
    }
    return apply(database, steps, now_found);
  });
}

}  // namespace caravan::store
