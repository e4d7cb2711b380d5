// SPDX-License-Identifier: GPL-3.0-or-later
// Running statements over one Database connection; what the store's parts have in common.
#pragma once
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

#include "store/database.hpp"
#include "store/sql_text.hpp"

namespace caravan::store {

using Values = std::vector<Value>;

/// Base of whoever keeps part of the store's tables. Used by one thread at a time, as the Database is.
class Statements {
 protected:
  explicit Statements(Database& database) : database_(database) {}
  ~Statements() = default;
  Statements(const Statements&) = delete;
  Statements& operator=(const Statements&) = delete;

  [[nodiscard]] Status execute(std::string_view sql, std::initializer_list<Value> parameters);
  [[nodiscard]] Status query(std::string_view sql, std::initializer_list<Value> parameters, const Visit& visit);
  /// `values` are whole rows one after another, as many chunks as it takes, each text prepared once (sql_text.hpp); an
  /// answer's rows (RETURNING) are shown to `visit`.
  [[nodiscard]] Status insert_rows(const RowsText& statement, const Values& values, const Visit& visit = {});
  /// Runs `statement` for all of `values`, a chunk at a time, with `fixed` in front; rows are shown to `visit`.
  [[nodiscard]] Status for_values(const ListText& statement, const Values& fixed, std::span<const Value> values,
                                  const Visit& visit = {});

  Database& database_;

 private:
  [[nodiscard]] Status run_or_query(std::string_view sql, std::span<const Value> parameters, const Visit& visit);
};

}  // namespace caravan::store
