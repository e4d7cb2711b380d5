// SPDX-License-Identifier: GPL-3.0-or-later
// A TOML text as a flat list of keys with their places: "exchange.url" at line 3, column 1. The only file that sees
// toml++ is document.cpp.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "util/result.hpp"

namespace caravan::config {

struct Entry {
  struct Table {};                         ///< [name], perhaps empty
  struct Other {};                         ///< a list, a date, a decimal: nothing that a key takes
  using Texts = std::vector<std::string>;  ///< a list that holds nothing but texts
  std::variant<std::string, std::int64_t, bool, Texts, Table, Other> value;
  std::size_t line = 0, column = 0;
};
using Document = std::map<std::string, Entry>;

/// Fails with "name:line:column: ..." where the text is no TOML.
[[nodiscard]] Result<Document> parse_document(std::string_view text, const std::string& name);

}  // namespace caravan::config
