// SPDX-License-Identifier: GPL-3.0-or-later
// Content lines and components of iCalendar text as spans of the text (RFC 5545 3.1), private to this folder. Spans are
// what lets `patch` leave the rest byte for byte, and what keeps inline attachments out of libical. Values stay as they
// are on the wire. Parameters are read and written here because libical 3.0.16 decodes RFC 6868 but does not encode
// '^'.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace caravan::ical::detail {

using Parameters = std::vector<std::pair<std::string, std::string>>;

/// A logical line: [begin, end) of the text, folds and line end included.
struct Span {
  std::size_t begin = 0, end = 0;
  std::string name;  ///< upper case; empty for what is no content line
};

/// An unfolded line. A parameter's value is as on the wire, without the quotes of a single quoted value.
struct ContentLine {
  std::string name;
  Parameters parameters;
  std::string value;
  /// The parameter's value, empty if it is absent. `parameter` in upper case.
  [[nodiscard]] std::string_view parameter(std::string_view parameter) const noexcept;
};

struct Component {
  std::string name;
  std::size_t begin = 0, end = 0;  ///< of the whole, BEGIN and END lines included
  std::size_t inner_end = 0;       ///< where the END line begins
  std::vector<Span> lines;         ///< its own properties
  std::vector<Component> children;
};

/// The text's components as children of a nameless root. Never fails: unmatched ENDs are ignored, missing ones implied,
/// components nested deeper than 16 dropped.
Component scan(std::string_view text);

/// The line without its folds; control characters and NULs are dropped, invalid UTF-8 becomes U+FFFD.
std::string unfold(std::string_view raw);
/// Name and parameters only; `value_begin` gets the offset in `text` at which the raw value begins.
ContentLine read_head(std::string_view text, const Span& span, std::size_t& value_begin);
ContentLine read_line(std::string_view text, const Span& span);

/// RFC 6868: ^n ^' ^^.
std::string decode_caret(std::string_view value);
std::string encode_caret(std::string_view value);

/// Appends ";NAME=value", quoted where it must be.
void append_parameter(std::string& out, std::string_view name, std::string_view value);
/// Appends the logical line folded at 75 octets, never within a UTF-8 sequence, with CRLF.
void append_folded(std::string& out, std::string_view line);

/// True where the text begins as a URI does ("urn:", "https:").
bool has_scheme(std::string_view text) noexcept;

/// Splits a list value at commas that no backslash escapes.
std::vector<std::string> split_list(std::string_view value);

}  // namespace caravan::ical::detail
