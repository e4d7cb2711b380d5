// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/statements.hpp"

#include <algorithm>

namespace caravan::store {

Status Statements::execute(std::string_view sql, std::initializer_list<Value> parameters) {
  return run_or_query(sql, {parameters.begin(), parameters.size()}, {});
}

Status Statements::query(std::string_view sql, std::initializer_list<Value> parameters, const Visit& visit) {
  return run_or_query(sql, {parameters.begin(), parameters.size()}, visit);
}

Status Statements::run_or_query(std::string_view sql, std::span<const Value> parameters, const Visit& visit) {
  if (visit) return database_.query(sql, parameters, visit);
  CARAVAN_CHECK(database_.execute(sql, parameters));
  return {};
}

Status Statements::insert_rows(const RowsText& statement, const Values& values, const Visit& visit) {
  const std::size_t rows = values.size() / statement.columns();
  for (std::size_t done = 0; done < rows;) {
    std::size_t chunk = 0;
    while (kChunks[chunk] > std::min(rows - done, database_.rows_at_once())) ++chunk;
    const std::span<const Value> part(values.data() + done * statement.columns(), kChunks[chunk] * statement.columns());
    CARAVAN_CHECK(run_or_query(statement.text(chunk), part, visit));
    done += kChunks[chunk];
  }
  return {};
}

Status Statements::for_values(const ListText& statement, const Values& fixed, std::span<const Value> values,
                              const Visit& visit) {
  Values parameters;
  while (!values.empty()) {
    const std::size_t count = std::min(values.size(), kChunks[0]);
    std::size_t chunk = kChunks.size() - 1;
    while (kChunks[chunk] < count) --chunk;
    parameters = fixed;
    parameters.insert(parameters.end(), values.begin(), values.begin() + static_cast<std::ptrdiff_t>(count));
    parameters.resize(fixed.size() + kChunks[chunk], parameters.back());
    CARAVAN_CHECK(run_or_query(statement.text(chunk), parameters, visit));
    values = values.subspan(count);
  }
  return {};
}

}  // namespace caravan::store
