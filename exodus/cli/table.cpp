// SPDX-License-Identifier: GPL-3.0-or-later
#include "exodus/cli/table.hpp"

#include <algorithm>

#include "util/text.hpp"

namespace caravan::exodus::cli {

namespace {

/// Split at blanks; a `command in back quotes` stays whole, so that it can be copied.
std::vector<std::string> words_of(const std::string& paragraph) {
  std::vector<std::string> out(1);
  bool quoted = false;
  for (const char each : paragraph) {
    if (each == '`') quoted = !quoted;
    if (each != ' ' || quoted)
      out.back() += each;
    else if (!out.back().empty())
      out.emplace_back();
  }
  if (out.back().empty()) out.pop_back();
  return out;
}

}  // namespace

void Table::row(const std::vector<std::string>& cells) {
  std::vector<std::string> shown;
  for (std::size_t i = 0; i < headings_.size(); ++i)
    shown.push_back(i < cells.size() ? app::fit(app::printable(cells[i]), headings_[i].most) : std::string());
  rows_.push_back(std::move(shown));
}

std::string Table::str(std::string_view indent) const {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < headings_.size(); ++i) {
    std::size_t width = app::display_width(headings_[i].words);
    for (const auto& row : rows_) width = std::max(width, app::display_width(row[i]));
    widths.push_back(width);
  }
  std::string out;
  const auto line = [&](const auto& cell) {
    std::string text(indent);
    for (std::size_t i = 0; i < headings_.size(); ++i) {
      if (i > 0) text += "  ";
      text += app::pad(cell(i), widths[i], headings_[i].align);
    }
    text.erase(text.find_last_not_of(' ') + 1);
    out += text + "\n";
  };
  line([&](std::size_t i) { return headings_[i].words; });
  for (const auto& row : rows_) line([&](std::size_t i) { return row[i]; });
  return out;
}

std::string moment_words(const std::string& rfc3339) {
  if (rfc3339.size() != 20) return rfc3339;
  return rfc3339.substr(0, 10) + " " + rfc3339.substr(11, 8) + " UTC";
}

std::string wrapped(const std::string& text, std::size_t width, std::string_view indent) {
  std::string out, line;
  const std::size_t most = std::max<std::size_t>(width, indent.size() + 20) - indent.size();
  const auto flush = [&] {
    if (!line.empty()) out.append(indent).append(line).append("\n");
    line.clear();
  };
  for (const std::string& paragraph : text::split(text, '\n')) {
    for (const std::string& word : words_of(app::printable(paragraph))) {
      if (!line.empty() && app::display_width(line) + 1 + app::display_width(word) > most) flush();
      if (!line.empty()) line += ' ';
      line += word;
    }
    flush();
  }
  return out;
}

}  // namespace caravan::exodus::cli
