// SPDX-License-Identifier: GPL-3.0-or-later
// Rows with aligned columns for the terminal. Every cell is made harmless; numbers stand to the right.
#pragma once
#include <string>
#include <vector>

#include "app/terminal.hpp"

namespace caravan::exodus::cli {

struct Heading {
  std::string words;
  app::Align align = app::Align::left;
  std::size_t most = 60;  ///< columns; longer cells are cut
};

class Table {
 public:
  explicit Table(std::vector<Heading> headings) : headings_(std::move(headings)) {}
  void row(const std::vector<std::string>& cells);
  [[nodiscard]] bool empty() const { return rows_.empty(); }
  /// Head and rows, each line with `indent` in front, no blanks at line ends.
  [[nodiscard]] std::string str(std::string_view indent = {}) const;

 private:
  std::vector<Heading> headings_;
  std::vector<std::vector<std::string>> rows_;
};

/// "2026-11-21 02:41:07 UTC".
std::string moment_words(const std::string& rfc3339);
/// Text broken at blanks into lines of at most `width` columns, each after `indent`.
std::string wrapped(const std::string& text, std::size_t width, std::string_view indent);

}  // namespace caravan::exodus::cli
