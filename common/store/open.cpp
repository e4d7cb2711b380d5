// SPDX-License-Identifier: GPL-3.0-or-later
// store.url to a Store: picks the driver and brings the schema up to date.
#include "store/migrate.hpp"
#include "store/sql_store.hpp"
#include "store/store.hpp"

namespace caravan::store {

Result<std::unique_ptr<Store>> open(const std::string& url, std::shared_ptr<Clock> clock, Upgrade upgrade) {
  constexpr std::string_view kSqlite = "sqlite:";
  std::unique_ptr<Database> database;
  if (url.starts_with(kSqlite) && url.size() > kSqlite.size()) {
    CARAVAN_TRY(opened, open_sqlite(url.substr(kSqlite.size()), std::move(clock)));
    database = std::move(opened);
  } else if (url.starts_with("postgresql://") || url.starts_with("postgres://")) {
    CARAVAN_TRY(opened, open_postgres(url));
    database = std::move(opened);
  } else {
    return make_error(Fault::malformed, "store.url is neither \"sqlite:PATH\" nor \"postgresql://...\"", "store_url",
                      "for example store.url = \"sqlite:/var/lib/caravan/caravan.db\"");
  }
  CARAVAN_CHECK(migrate(*database, migrations(), upgrade));
  return std::unique_ptr<Store>(std::make_unique<SqlStore>(std::move(database)));
}

int current_schema_version() noexcept { return migrations().back().version; }

}  // namespace caravan::store
