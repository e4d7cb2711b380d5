// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/sql_text.hpp"

#include "util/text.hpp"

namespace caravan::store {

std::string translate(std::string_view sql, const Dialect& dialect) {
  std::string out(sql);
  if (out.find('{') == std::string::npos) return out;
  out = text::replace_all(std::move(out), "{serial}", dialect.serial);
  out = text::replace_all(std::move(out), "{key}", dialect.key);
  out = text::replace_all(std::move(out), "{now_ms}", dialect.now_ms);
  out = text::replace_all(std::move(out), "{skip_locked}", dialect.skip_locked);
  out = text::replace_all(std::move(out), "{for_share}", dialect.for_share);
  return text::replace_all(std::move(out), "{for_update}", dialect.for_update);
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
