// SPDX-License-Identifier: GPL-3.0-or-later
// Content of events made harmless before it is shown: one place for what must not come out of it.
#pragma once
#include <string>
#include <string_view>

namespace caravan::notify {

/// One line: control characters, line ends and runs of blanks become one blank; invisible characters and those that
/// turn the direction of text go; at most `most` code points, then an ellipsis.
std::string one_line(std::string_view content, std::size_t most);
/// The same with LF line ends kept, at most two in a row.
std::string many_lines(std::string_view content, std::size_t most);
/// At most `most` code points, the last of them an ellipsis where something was cut.
std::string shortened(const std::string& text, std::size_t most);
/// Between FSI and PDI (UAX 9) where it has letters that run from right to left, so that what stands beside it stays in
/// its place.
std::string isolated(std::string text);

}  // namespace caravan::notify
