// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/statements.hpp"

#include <algorithm>

namespace caravan::store {

Status insert_rows(Database& database, const RowsText& statement, const std::vector<Value>& values,
                   const Visit& visit) {
  const std::size_t rows = values.size() / statement.columns();
  for (std::size_t done = 0; done < rows;) {
    std::size_t chunk = 0;
    while (kChunks[chunk] > std::min(rows - done, database.rows_at_once())) ++chunk;
    const std::span<const Value> part(values.data() + done * statement.columns(), kChunks[chunk] * statement.columns());
    if (visit) {
      CARAVAN_CHECK(database.query(statement.text(chunk), part, visit));
    } else {
      CARAVAN_CHECK(database.execute(statement.text(chunk), part));
    }
    done += kChunks[chunk];
  }
  return {};
}

Status for_values(Database& database, const ListText& statement, const std::vector<Value>& fixed,
                  const std::vector<Value>& values, const Visit& visit) {
  std::vector<Value> parameters;
  for (std::size_t done = 0; done < values.size();) {
    const std::size_t count = std::min(values.size() - done, kChunks[0]);
    std::size_t chunk = kChunks.size() - 1;
    while (kChunks[chunk] < count) --chunk;
    parameters = fixed;
    const auto first = values.begin() + static_cast<std::ptrdiff_t>(done);
    parameters.insert(parameters.end(), first, first + static_cast<std::ptrdiff_t>(count));
    parameters.resize(fixed.size() + kChunks[chunk], parameters.back());
    CARAVAN_CHECK(database.query(statement.text(chunk), parameters, visit));
    done += count;
  }
  return {};
}

}  // namespace caravan::store
