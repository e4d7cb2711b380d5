// SPDX-License-Identifier: GPL-3.0-or-later
// The few shapes that the report is made of. Everything that goes through text() is escaped; nothing else may hold
// text from outside.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace caravan::exodus::html {

/// Escaped, on one line, without control characters and direction overrides, at most `most` columns long.
std::string text(std::string_view raw, std::size_t most = 600);
std::string code(std::string_view raw);
/// Sentences of ours with `commands` in back quotes, escaped; the commands become <code>.
std::string prose(std::string_view raw);

/// A column: its heading, and whether it holds numbers.
struct Column {
  std::string heading;
  enum class Kind { words, number } kind = Kind::words;
};

/// A table that scrolls by itself on a narrow screen and repeats its head on paper.
class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  /// Cells are HTML already (text(), code(), number()).
  void row(const std::vector<std::string>& cells, std::string_view row_class = {});
  void foot(const std::vector<std::string>& cells);
  [[nodiscard]] bool empty() const { return body_.empty(); }
  [[nodiscard]] std::string str() const;

 private:
  [[nodiscard]] std::string cells_of(const std::vector<std::string>& cells) const;
  std::vector<Column> columns_;
  std::string body_, foot_;
};

/// A cell of a number column; zero is shown faintly.
std::string number(std::uint64_t value);
enum class Tone { good, warn, bad };
std::string badge(std::string_view words, Tone tone);

}  // namespace caravan::exodus::html
