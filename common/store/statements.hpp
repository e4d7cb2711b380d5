// SPDX-License-Identifier: GPL-3.0-or-later
// Running statements with lists of values: as many chunks as it takes, each text prepared once (sql_text.hpp).
#pragma once
#include <vector>

#include "store/database.hpp"
#include "store/sql_text.hpp"

namespace caravan::store {

/// `values` are whole rows one after another; an answer's rows (RETURNING) are shown to `visit`.
[[nodiscard]] Status insert_rows(Database& database, const RowsText& statement, const std::vector<Value>& values,
                                 const Visit& visit = {});
/// Runs `statement` for all of `values`, a chunk at a time, with `fixed` in front.
[[nodiscard]] Status for_values(Database& database, const ListText& statement, const std::vector<Value>& fixed,
                                const std::vector<Value>& values, const Visit& visit);

}  // namespace caravan::store
