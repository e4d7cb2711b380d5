// SPDX-License-Identifier: GPL-3.0-or-later
// SQL texts for several rows at once. Only a few sizes are used, so that each is prepared once per connection.
#pragma once
#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace caravan::store {

/// Replaces the words in braces that database.hpp names.
struct Dialect {
  std::string_view serial, row, key, bytes, clustered, now_ms, skip_locked, for_share, for_update;
};
std::string translate(std::string_view sql, const Dialect& dialect);

/// The sizes of a chunk of rows, largest first; the last is 1.
inline constexpr std::array<std::size_t, 4> kChunks{64, 16, 4, 1};

/// A statement with a list of row tuples in the middle: `head ($1, $2), ($3, $4) tail`.
class RowsText {
 public:
  RowsText(std::string_view head, std::size_t columns, std::string_view tail);
  [[nodiscard]] std::size_t columns() const noexcept { return columns_; }
  /// The text for kChunks[chunk] rows.
  [[nodiscard]] const std::string& text(std::size_t chunk) const { return texts_[chunk]; }

 private:
  std::size_t columns_;
  std::array<std::string, kChunks.size()> texts_;
};

/// A statement with a list of single values after some fixed parameters: `head $2, $3, $4 tail`. Shorter lists are
/// filled up with their last value, which changes no IN.
class ListText {
 public:
  ListText(std::string_view head, std::size_t fixed, std::string_view tail);
  [[nodiscard]] const std::string& text(std::size_t chunk) const { return texts_[chunk]; }

 private:
  std::array<std::string, kChunks.size()> texts_;
};

}  // namespace caravan::store
