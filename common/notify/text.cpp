// SPDX-License-Identifier: GPL-3.0-or-later
#include "notify/text.hpp"

#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include "notify/render.hpp"
#include "util/text.hpp"

namespace caravan::notify {
namespace {

/// Marks, embeddings, overrides and isolates of direction, what is not seen, and what nobody may use in text.
bool is_dropped(UChar32 c) {
  switch (u_charType(c)) {
    case U_FORMAT_CHAR:
      return c != 0x200c && c != 0x200d && !(c >= 0xe0020 && c <= 0xe007f);  // joiners of scripts and emoji, flags
    case U_SURROGATE:
    case U_UNASSIGNED:
    case U_PRIVATE_USE_CHAR:
      return true;
    default:
      return c == 0x115f || c == 0x1160 || c == 0x3164 || c == 0xffa0 || c == 0x034f;  // letters without a shape
  }
}

std::string cleaned(std::string_view content, std::size_t most, bool lines) {
  const auto in = icu::UnicodeString::fromUTF8(text::sanitize(text::unix_line_ends(content)));
  icu::UnicodeString out;
  std::size_t count = 0;
  int blanks = 0, ends = 0;
  for (std::int32_t i = 0; i < in.length(); i = in.moveIndex32(i, 1)) {
    const UChar32 c = in.char32At(i);
    if (is_dropped(c)) continue;
    if (lines && c == '\n') {
      ++ends;
      continue;
    }
    if (u_isUWhiteSpace(c) || u_charType(c) == U_CONTROL_CHAR) {
      ++blanks;
      continue;
    }
    if (!out.isEmpty() && ends > 0) out.append(ends > 1 ? u"\n\n" : u"\n", ends > 1 ? 2 : 1);
    if (!out.isEmpty() && ends == 0 && blanks > 0) out.append(u' ');
    ends = blanks = 0;
    if (++count > most) {
      out.append(u'\u2026');
      break;
    }
    out.append(c);
  }
  std::string utf8;
  return out.toUTF8String(utf8);
}

}  // namespace

std::string one_line(std::string_view content, std::size_t most) { return cleaned(content, most, false); }

std::string many_lines(std::string_view content, std::size_t most) { return cleaned(content, most, true); }

std::string shortened(const std::string& text, std::size_t most) {
  auto all = icu::UnicodeString::fromUTF8(text);
  if (static_cast<std::size_t>(all.countChar32()) <= most) return text;
  all.truncate(all.moveIndex32(0, static_cast<std::int32_t>(most) - 1));
  std::string utf8;
  return all.append(u'\u2026').toUTF8String(utf8);
}

std::string isolated(std::string text) {
  const auto all = icu::UnicodeString::fromUTF8(text);
  for (std::int32_t i = 0; i < all.length(); i = all.moveIndex32(i, 1)) {
    const auto direction = u_charDirection(all.char32At(i));
    if (direction == U_RIGHT_TO_LEFT || direction == U_RIGHT_TO_LEFT_ARABIC)
      return "\u2068" + std::move(text) + "\u2069";
  }
  return text;
}

namespace {

bool is_digit(std::string_view text, std::size_t at) { return at < text.size() && text[at] >= '0' && text[at] <= '9'; }

/// A colon that can't begin a short name or follow a scheme: before a blank, or inside a time of day.
bool is_harmless_colon(std::string_view text, std::size_t at) {
  if (at + 1 == text.size() || text[at + 1] == ' ' || text[at + 1] == '\n') return true;
  return at > 0 && is_digit(text, at - 1) && is_digit(text, at + 1) && is_digit(text, at + 2) &&
         !is_digit(text, at + 3);
}

}  // namespace

std::string escape_markdown(std::string_view text) {
  // Backslashes where Mattermost's parser knows them; elsewhere a word joiner, which is not seen, parts what it would
  // read as a mention, a hashtag, a channel, a short name, a scheme, a tag or an entity.
  static constexpr std::string_view kSlashed = "\\`*_{}[]()#+-.!>|~";
  static constexpr std::string_view kParted = "@#:&<~";
  static constexpr std::string_view kJoiner = "\u2060";
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (kSlashed.find(c) != std::string_view::npos) out += '\\';
    out += c;
    const bool parted = kParted.find(c) != std::string_view::npos && !(c == ':' && is_harmless_colon(text, i));
    // A link needs no scheme where it begins with "www.".
    const bool www = c == '.' && i >= 3 && text::equal_ignoring_case(text.substr(i - 3, 3), "www");
    // A line of nothing but "=" would make a heading of the line above.
    const bool underline = c == '=' && (i == 0 || text[i - 1] == '\n');
    if (parted || www || underline) out += kJoiner;
  }
  return out;
}

}  // namespace caravan::notify
