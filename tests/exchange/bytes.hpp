// SPDX-License-Identifier: GPL-3.0-or-later
// Small byte and text routines every part of the simulator uses: base64, case, trimming,
// hexadecimal, UTF-8 repair, HTML to plain text. Knows nothing of Exchange.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace exchange_sim {

std::string base64_encode(std::string_view bytes);
/// Tolerates white space; nothing for anything else that is not base64.
std::optional<std::string> base64_decode(std::string_view text);
std::string hex_upper(std::string_view bytes);
std::optional<std::string> hex_decode(std::string_view text);
std::string to_lower(std::string_view text);
std::string trim(std::string_view text);
bool starts_with_ignoring_case(std::string_view text, std::string_view prefix);
bool equal_ignoring_case(std::string_view one, std::string_view two);
/// The text itself where it is UTF-8, else read as Windows-1252.
std::string as_utf8(std::string text);
/// What Exchange's TextBody shows of an HTML body: tags removed, entities resolved.
std::string html_to_text(std::string_view html);
/// Lower-case letters, digits and dashes, for addresses made from file names.
std::string slug(std::string_view text);
std::uint64_t fnv1a(std::string_view bytes);

}  // namespace exchange_sim
