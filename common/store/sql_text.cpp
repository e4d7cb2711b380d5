// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/sql_text.hpp"

#include <utility>

#include "util/text.hpp"

namespace caravan::store {

std::string translate(std::string_view sql, const Dialect& dialect) {
  std::string out(sql);
  if (out.find('{') == std::string::npos) return out;
  const std::pair<std::string_view, std::string_view> words[] = {
      {"{serial}", dialect.serial},
      {"{row}", dialect.row},
      {"{key}", dialect.key},
      {"{bytes}", dialect.bytes},
      {"{clustered}", dialect.clustered},
      {"{now_ms}", dialect.now_ms},
      {"{skip_locked}", dialect.skip_locked},
      {"{for_share}", dialect.for_share},
      {"{for_update}", dialect.for_update},
  };
  for (const auto& [word, meaning] : words) out = text::replace_all(std::move(out), word, meaning);
  return out;
}

RowsText::RowsText(std::string_view head, std::size_t columns, std::string_view tail) : columns_(columns) {
  for (std::size_t chunk = 0; chunk < kChunks.size(); ++chunk) {
    std::string& out = texts_[chunk];
    out = head;
    std::size_t number = 0;
    for (std::size_t row = 0; row < kChunks[chunk]; ++row) {
      out += row == 0 ? " (" : ", (";
      for (std::size_t column = 0; column < columns; ++column) {
        if (column > 0) out += ", ";
        out += '$' + std::to_string(++number);
      }
      out += ')';
    }
    out += ' ';
    out += tail;
  }
}

ListText::ListText(std::string_view head, std::size_t fixed, std::string_view tail) {
  for (std::size_t chunk = 0; chunk < kChunks.size(); ++chunk) {
    std::string& out = texts_[chunk];
    out = head;
    for (std::size_t index = 0; index < kChunks[chunk]; ++index) {
      out += index == 0 ? " $" : ", $";
      out += std::to_string(fixed + index + 1);
    }
    out += ' ';
    out += tail;
  }
}

}  // namespace caravan::store
