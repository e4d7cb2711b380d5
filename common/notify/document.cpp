// SPDX-License-Identifier: GPL-3.0-or-later
#include "notify/document.hpp"

#include "notify/render.hpp"
#include "notify/text.hpp"
#include "util/text.hpp"

namespace caravan::notify {
namespace {

std::string html(const std::string& text) { return text::replace_all(text::escape_xml(isolated(text)), "\n", "<br>"); }

std::string html_link(const std::string& address, const std::string& text) {
  return "<a href=\"" + text::escape_xml(address) + "\">" + html(text) + "</a>";
}

std::string markdown(const std::string& text) {
  return text::replace_all(escape_markdown(isolated(text)), "\n", "\n> ");
}

/// join_link() left nothing in an address that Markdown would read, but for what is taken out here.
std::string markdown_link(const std::string& address, const std::string& text) {
  return "[" + markdown(text) + "](" + text::replace_all(address, "@", "%40") + ")";
}

std::string html_cell(const char* tag, const std::string& inner) {
  return std::string("<") + tag + " style=\"text-align:left;vertical-align:top;padding:2px 12px 2px 0\">" + inner +
         "</" + tag + ">";
}

}  // namespace

std::string as_text(const Document& document) {
  std::string out = isolated(document.heading) + "\n";
  if (!document.rows.empty()) out += "\n";
  for (const auto& row : document.rows) {
    out += row.label + ": " + isolated(row.link.empty() ? row.now : row.link);
    if (!row.was.empty()) out += " (" + text::replace_all(document.was_pattern, "{text}", isolated(row.was)) + ")";
    out += "\n";
  }
  if (!document.table.rows.empty()) out += "\n";
  for (const auto& row : document.table.rows) {
    std::vector<std::string> parts;
    for (const auto& cell : row) {
      if (!cell.text.empty() && cell.link.empty()) parts.push_back(isolated(cell.text));
      if (!cell.link.empty()) parts.push_back(cell.link);
    }
    out += text::join(parts, "  ") + "\n";
  }
  if (!document.body.empty()) out += "\n" + isolated(document.body) + "\n";
  if (!document.notes.empty()) out += "\n";
  for (const auto& note : document.notes) out += note + "\n";
  return out;
}

std::string as_html(const Document& document) {
  std::string out = "<div style=\"font-family:sans-serif;font-size:14px\">\n<p style=\"font-size:16px\"><b>" +
                    html(document.heading) + "</b></p>\n";
  if (!document.rows.empty()) {
    out += "<table style=\"border-collapse:collapse;font-size:14px\">\n";
    for (const auto& row : document.rows) {
      std::string value = row.link.empty() ? html(row.now) : html_link(row.link, row.link);
      if (!row.was.empty()) value = "<s>" + html(row.was) + "</s> \u2192 <b>" + value + "</b>";
      out += "<tr>" + html_cell("th", html(row.label)) + html_cell("td", value) + "</tr>\n";
    }
    out += "</table>\n";
  }
  if (!document.table.rows.empty()) {
    out += "<table style=\"border-collapse:collapse;font-size:14px\">\n<tr>";
    for (const auto& head : document.table.head) out += html_cell("th", html(head));
    out += "</tr>\n";
    for (const auto& row : document.table.rows) {
      out += "<tr>";
      for (const auto& cell : row)
        out += html_cell("td", cell.link.empty() ? html(cell.text) : html_link(cell.link, cell.text));
      out += "</tr>\n";
    }
    out += "</table>\n";
  }
  if (!document.body.empty()) out += "<p>" + html(document.body) + "</p>\n";
  for (const auto& note : document.notes) out += "<p style=\"color:#666\">" + html(note) + "</p>\n";
  return out + "</div>\n";
}

std::string as_markdown(const Table& table) {
  if (table.rows.empty()) return {};
  std::string out = "|", rule = "|";
  for (const auto& head : table.head) {
    out += " " + markdown(head) + " |";
    rule += ":--|";
  }
  out += "\n" + rule + "\n";
  for (const auto& row : table.rows) {
    out += "|";
    for (const auto& cell : row)
      out += " " + (cell.link.empty() ? markdown(cell.text) : markdown_link(cell.link, cell.text)) + " |";
    out += "\n";
  }
  return out;
}

std::string as_markdown(const Document& document) {
  std::string out = "**" + markdown(document.heading) + "**\n";
  for (const auto& row : document.rows) {
    out += markdown(row.label) + ": ";
    if (!row.was.empty()) out += "~~" + markdown(row.was) + "~~ \u2192 ";
    out += (row.link.empty() ? markdown(row.now) : markdown_link(row.link, row.link)) + "\n";
  }
  if (!document.table.rows.empty()) out += "\n" + as_markdown(document.table);
  if (!document.body.empty()) out += "\n> " + markdown(document.body) + "\n";
  for (const auto& note : document.notes) out += "\n" + markdown(note) + "\n";
  return out;
}

}  // namespace caravan::notify
