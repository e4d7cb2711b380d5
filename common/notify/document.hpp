// SPDX-License-Identifier: GPL-3.0-or-later
// What a message says, before it is text, HTML or Markdown: the three are written from it, so that they say the same
// and escape in one place each. Internal to rendering. All texts in it are plain.
#pragma once
#include <string>
#include <vector>

#include "notify/telling.hpp"
#include "notify/words.hpp"

namespace caravan::notify {

/// A labelled line. With `was`, what it was stands before what it is.
struct Row {
  std::string label, was, now;
  std::string link;  ///< instead of `now`: an address of the web to click on
};

struct Cell {
  std::string text, link;  ///< with `link` the text leads there
};
struct Table {
  std::vector<std::string> head;
  std::vector<std::vector<Cell>> rows;
};

struct Document {
  std::string heading;
  std::vector<Row> rows;
  std::string body;  ///< several lines, of the event
  Table table;
  std::vector<std::string> notes;
  std::string was_pattern;  ///< how plain text says what it was, with "{text}": "was: {text}"
};

/// A list of occurrences: time, title, place, link. `with_day` where it is of several days.
Table agenda_table(const std::vector<AgendaLine>& lines, const Words& words, bool with_day);

std::string as_text(const Document& document);
std::string as_html(const Document& document);
std::string as_markdown(const Document& document);
/// Only the table, as Markdown.
std::string as_markdown(const Table& table);

}  // namespace caravan::notify
