// SPDX-License-Identifier: GPL-3.0-or-later
// The one HTML-to-text function of the project: bodies of Exchange are HTML, DESCRIPTION is text, and both must be
// compared without playing ping-pong. Pure; never fails; linear in its input.
#pragma once
#include <string>
#include <string_view>

namespace caravan::model {

/// Readable plain text: blocks and <br> break lines, list items get "- ", a link's address follows its text in angle
/// brackets where it differs, entities are decoded, white space collapses, style and script vanish. LF line ends; no
/// blank lines at either end, never two in a row.
std::string html_to_text(std::string_view html);

}  // namespace caravan::model
