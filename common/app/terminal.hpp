// SPDX-License-Identifier: GPL-3.0-or-later
// What the terminal can do, and how wide a text is on it. Knows no command and no calendar.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace caravan::app {

/// True where a person sees what is written to the descriptor.
bool is_terminal(int descriptor);
/// Columns of the terminal; `fallback` where it is none.
std::size_t terminal_width(int descriptor, std::size_t fallback = 100);
/// Colours are used on terminals only, and not where NO_COLOR is set or TERM is "dumb" (https://no-color.org).
bool wants_colour(int descriptor);

/// Columns that the UTF-8 text takes: two for East Asian wide characters and emoji, none for combining marks.
std::size_t display_width(std::string_view text);
/// One line that can't do anything to a terminal: control characters, line ends and direction overrides become spaces
/// or go, so that the title of an event can't move the cursor or hide a row.
std::string printable(std::string_view text);
/// Cut to `width` columns with an ellipsis; never inside a character.
std::string fit(std::string_view text, std::size_t width);

enum class Align { left, right };
/// Filled with spaces to `width` columns (unchanged where it is wider).
std::string pad(std::string_view text, std::size_t width, Align align = Align::left);

}  // namespace caravan::app
