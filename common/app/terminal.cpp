// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/terminal.hpp"

#include <locale.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cwchar>

#include "util/text.hpp"

namespace caravan::app {

namespace {

/// glibc's width table of C.UTF-8, without touching the process's locale.
class WidthTable {
 public:
  WidthTable() : locale_(newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)) {}
  [[nodiscard]] int width(char32_t character) const {
    if (locale_ == nullptr) return 1;
    const locale_t before = uselocale(locale_);
    const int columns = wcwidth(static_cast<wchar_t>(character));
    uselocale(before);
    return columns;
  }

 private:
  locale_t locale_;  // lives as long as the process
};

int width_of(char32_t character) {
  if (character >= 0x20 && character < 0x7F) return 1;
  static const WidthTable table;
  return std::max(0, table.width(character));
}

/// The character that starts at `at` and how many bytes it takes; a bad byte counts as one character.
char32_t decode(std::string_view text, std::size_t at, std::size_t& length) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const unsigned char first = byte(0);
  length = 1;
  const std::size_t wanted = first < 0x80 ? 1 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 1;
  if (wanted == 1 || at + wanted > text.size()) return first < 0x80 ? first : 0xFFFD;
  auto character = static_cast<char32_t>(first & (0xFF >> (wanted + 1)));
  for (std::size_t i = 1; i < wanted; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0xFFFD;
    character = (character << 6) | (byte(i) & 0x3F);
  }
  length = wanted;
  return character;
}

bool is_line_or_space(char32_t character) { return character == '\t' || character == '\n' || character == '\r'; }

/// C0, DEL, C1, and the marks that reorder or hide text.
bool is_dangerous(char32_t character) {
  return character < 0x20 || (character >= 0x7F && character < 0xA0) || (character >= 0x202A && character <= 0x202E) ||
         (character >= 0x2066 && character <= 0x2069) || character == 0x2028 || character == 0x2029;
}

}  // namespace

bool is_terminal(int descriptor) { return isatty(descriptor) == 1; }

std::size_t terminal_width(int descriptor, std::size_t fallback) {
  winsize size{};
  if (ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return fallback;
}

bool wants_colour(int descriptor) {
  const char* no_colour = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  if (no_colour != nullptr && *no_colour != '\0') return false;
  return is_terminal(descriptor) && term != nullptr && std::string_view(term) != "dumb";
}

std::size_t display_width(std::string_view text) {
  std::size_t columns = 0, length = 0;
  for (std::size_t at = 0; at < text.size(); at += length)
    columns += static_cast<std::size_t>(width_of(decode(text, at, length)));
  return columns;
}

std::string printable(std::string_view raw) {
  const std::string text = text::sanitize(raw);
  std::string out;
  out.reserve(text.size());
  std::size_t length = 0;
  for (std::size_t at = 0; at < text.size(); at += length) {
    const char32_t character = decode(text, at, length);
    if (is_line_or_space(character)) {
      if (!out.empty() && out.back() != ' ') out += ' ';
    } else if (!is_dangerous(character)) {
      out.append(text, at, length);
    }
  }
  return out;
}

std::string fit(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string(text);
  if (width == 0) return {};
  std::string out;
  std::size_t columns = 0, length = 0;
  for (std::size_t at = 0; at < text.size(); at += length) {
    const auto more = static_cast<std::size_t>(width_of(decode(text, at, length)));
    if (columns + more > width - 1) break;
    columns += more;
    out.append(text.substr(at, length));
  }
  return out + "…";
}

std::string pad(std::string_view text, std::size_t width, Align align) {
  const std::size_t columns = display_width(text);
  const std::string space(columns < width ? width - columns : 0, ' ');
  return align == Align::left ? std::string(text) + space : space + std::string(text);
}

}  // namespace caravan::app
