// SPDX-License-Identifier: GPL-3.0-or-later
#include "exodus/report/html.hpp"

#include "app/format.hpp"
#include "app/terminal.hpp"
#include "util/text.hpp"

namespace caravan::exodus::html {

namespace {
std::string_view class_of(Tone tone) {
  switch (tone) {
    case Tone::good:
      return "good";
    case Tone::warn:
      return "warn";
    case Tone::bad:
      return "bad";
  }
  return "bad";
}
}  // namespace

std::string text(std::string_view raw, std::size_t most) {
  // Cut before the characters are examined one by one: a body of megabytes must not cost more than its first lines.
  const std::string clean = app::printable(raw.substr(0, most * 8));
  return caravan::text::escape_xml(app::fit(clean, most));
}

std::string code(std::string_view raw) { return raw.empty() ? std::string() : "<code>" + text(raw, 300) + "</code>"; }

std::string prose(std::string_view raw) {
  std::string out;
  bool in_code = false;
  for (const std::string& part : caravan::text::split(raw, '`')) {
    out += in_code ? "<code>" + text(part) + "</code>" : text(part, 2000);
    in_code = !in_code;
  }
  return out;
}

std::string Table::cells_of(const std::vector<std::string>& cells) const {
  std::string out;
  for (std::size_t i = 0; i < cells.size() && i < columns_.size(); ++i) {
    if (columns_[i].kind == Column::Kind::words)
      out += "<td>" + cells[i] + "</td>";
    else
      out += (cells[i] == "0" ? "<td class=\"n zero\">" : "<td class=\"n\">") + cells[i] + "</td>";
  }
  return out;
}

void Table::row(const std::vector<std::string>& cells, std::string_view row_class) {
  body_ += row_class.empty() ? "<tr>" : "<tr class=\"" + std::string(row_class) + "\">";
  body_ += cells_of(cells) + "</tr>\n";
}

void Table::foot(const std::vector<std::string>& cells) { foot_ = "<tfoot><tr>" + cells_of(cells) + "</tr></tfoot>\n"; }

std::string Table::str() const {
  std::string out = "<div class=\"table\"><table>\n<thead><tr>";
  for (const Column& column : columns_)
    out += (column.kind == Column::Kind::number ? "<th scope=\"col\" class=\"n\">" : "<th scope=\"col\">") +
           column.heading + "</th>";
  return out + "</tr></thead>\n<tbody>\n" + body_ + "</tbody>\n" + foot_ + "</table></div>\n";
}

std::string number(std::uint64_t value) { return app::number(value); }

std::string badge(std::string_view words, Tone tone) {
  return "<span class=\"badge " + std::string(class_of(tone)) + "\">" + text(words) + "</span>";
}

}  // namespace caravan::exodus::html
