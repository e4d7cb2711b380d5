// SPDX-License-Identifier: GPL-3.0-or-later
// Brings a database to the schema that this program writes. The steps are the files migrations/NNNN_name.sql, embedded
// when building; a released file is never changed, a new one is added.
#pragma once
#include <span>
#include <string_view>

#include "store/database.hpp"
#include "store/store.hpp"

namespace caravan::store {

struct Migration {
  int version;  ///< NNNN of the file's name, ascending from 1 without gaps
  std::string_view name;
  std::string_view sql;
};

/// The embedded steps.
std::span<const Migration> migrations() noexcept;

/// 0 for an empty database.
[[nodiscard]] Result<int> read_schema_version(Database& database);

/// Applies what is missing in one transaction, under a lock that keeps other processes from doing the same. Refuses a
/// newer schema ("store_newer"), an older one where `upgrade` says so ("store_older"), and a database that holds
/// something else ("store_foreign").
[[nodiscard]] Status migrate(Database& database, std::span<const Migration> steps, Upgrade upgrade);

}  // namespace caravan::store
