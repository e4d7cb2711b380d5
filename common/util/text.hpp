// SPDX-License-Identifier: GPL-3.0-or-later
// Small operations on text that several folders need. UTF-8 throughout; nothing here knows a protocol.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace caravan::text {

/// ASCII lower case; bytes above 127 are left alone.
std::string lower(std::string_view text);
bool equal_ignoring_case(std::string_view first, std::string_view second) noexcept;
std::string_view trim(std::string_view text) noexcept;
std::vector<std::string> split(std::string_view text, char separator);
std::string join(const std::vector<std::string>& parts, std::string_view separator);
std::string replace_all(std::string text, std::string_view from, std::string_view to);

/// Valid UTF-8 without characters that XML 1.0 forbids: each bad byte sequence or character becomes U+FFFD or is
/// dropped (control characters). Tab, LF and CR stay.
std::string sanitize(std::string_view text);
bool is_valid_utf8(std::string_view text) noexcept;

/// CRLF and CR become LF.
std::string unix_line_ends(std::string_view text);

/// Escapes & < > " ' for HTML and XML text and attributes.
std::string escape_xml(std::string_view text);

std::string base64_encode(std::string_view bytes);
/// False where the text is no base64 (white space is allowed).
bool base64_decode(std::string_view text, std::string& out);

/// RFC 3986: everything but unreserved characters is escaped; with `keep_slash`, '/' stays.
enum class Slash { escape, keep };
std::string percent_encode(std::string_view text, Slash slash = Slash::keep);
std::string percent_decode(std::string_view text);

/// ASCII slug of a calendar's name for a collection path: [a-z0-9-], at most 60 characters, never empty.
std::string slug(std::string_view name);

}  // namespace caravan::text
