// SPDX-License-Identifier: GPL-3.0-or-later
#include "ical/lines.hpp"

#include <algorithm>

#include "util/text.hpp"

namespace caravan::ical::detail {
namespace {

constexpr std::size_t kDeepest = 16;

std::string upper(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return out;
}

/// The offset after the line that starts at `at`, continuation lines included.
std::size_t logical_end(std::string_view text, std::size_t at) noexcept {
  for (;;) {
    const auto newline = text.find('\n', at);
    if (newline == std::string_view::npos) return text.size();
    at = newline + 1;
    if (at >= text.size() || (text[at] != ' ' && text[at] != '\t')) return at;
  }
}

/// Length of a fold (line end and one blank) at `at`, 0 where there is none.
std::size_t fold_length(std::string_view raw, std::size_t at) noexcept {
  std::size_t i = at;
  while (i < raw.size() && raw[i] == '\r') ++i;
  if (i >= raw.size() || raw[i] != '\n') return 0;
  ++i;
  return i < raw.size() && (raw[i] == ' ' || raw[i] == '\t') ? i + 1 - at : 0;
}

bool is_name_char(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

std::string name_of(std::string_view raw) {
  std::string name;
  for (std::size_t at = 0; at < raw.size() && name.size() < 200;) {
    if (const auto skip = fold_length(raw, at)) {
      at += skip;
      continue;
    }
    const char c = raw[at++];
    if (c == ':' || c == ';') return upper(name);
    if (is_name_char(c))
      name += c;
    else if (c != '\0' && !(c == ' ' && (name.empty() || at < raw.size())))
      return {};
    else if (c == ' ' && !name.empty())
      return {};
  }
  return {};
}

/// Reads parameters from the unfolded head ("NAME;P=v;Q=\"w\""), which ends before the colon.
Parameters read_parameters(std::string_view head) {
  Parameters out;
  std::size_t at = head.find(';');
  while (at != std::string_view::npos && at < head.size()) {
    std::size_t end = at + 1;
    bool quoted = false;
    for (; end < head.size() && (quoted || head[end] != ';'); ++end)
      if (head[end] == '"') quoted = !quoted;
    const auto piece = head.substr(at + 1, end - at - 1);
    const auto equals = piece.find('=');
    if (!text::trim(piece.substr(0, equals)).empty()) {
      auto value = equals == std::string_view::npos ? std::string_view() : piece.substr(equals + 1);
      if (value.size() >= 2 && value.front() == '"' && value.find('"', 1) == value.size() - 1)
        value = value.substr(1, value.size() - 2);
      out.emplace_back(upper(text::trim(piece.substr(0, equals))), std::string(value));
    }
    at = end;
  }
  return out;
}

/// Offset of the colon before the value in the raw line; a colon in an unclosed quotation counts if there is no other.
std::size_t colon_of(std::string_view raw) noexcept {
  bool quoted = false;
  std::size_t first = std::string_view::npos;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] == '"') quoted = !quoted;
    if (raw[i] != ':') continue;
    if (!quoted) return i;
    if (first == std::string_view::npos) first = i;
  }
  return first;
}

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) { stack_.emplace_back(); }

  Component run() {
    std::size_t at = text_.substr(0, 3) == "\xEF\xBB\xBF" ? 3 : 0;
    while (at < text_.size()) {
      const auto end = logical_end(text_, at);
      take(at, end);
      at = end;
    }
    while (stack_.size() > 1) close(text_.size(), text_.size());
    stack_.front().end = stack_.front().inner_end = text_.size();
    return std::move(stack_.front());
  }

 private:
  void take(std::size_t begin, std::size_t end) {
    const auto raw = text_.substr(begin, end - begin);
    std::string name = name_of(raw);
    if (name == "BEGIN") return open(begin, end);
    if (name == "END") return end_line(begin, end);
    if (skipped_ > 0 || (name.empty() && text::trim(raw).empty())) return;
    stack_.back().lines.push_back({begin, end, std::move(name)});
  }

  std::string value_of(std::size_t begin, std::size_t end) const {
    const auto line = unfold(text_.substr(begin, std::min<std::size_t>(end - begin, 400)));
    const auto colon = line.find(':');
    return colon == std::string::npos ? std::string() : upper(text::trim(std::string_view(line).substr(colon + 1)));
  }

  void open(std::size_t begin, std::size_t end) {
    if (skipped_ > 0 || stack_.size() > kDeepest) {
      ++skipped_;
      return;
    }
    stack_.emplace_back();
    stack_.back().name = value_of(begin, end);
    stack_.back().begin = begin;
  }

  void end_line(std::size_t begin, std::size_t end) {
    if (skipped_ > 0) {
      --skipped_;
      return;
    }
    const auto name = value_of(begin, end);
    std::size_t depth = stack_.size();
    while (depth > 1 && stack_[depth - 1].name != name) --depth;
    if (depth <= 1) return;
    while (stack_.size() > depth) close(begin, begin);
    close(begin, end);
  }

  void close(std::size_t inner_end, std::size_t end) {
    stack_.back().inner_end = inner_end;
    stack_.back().end = end;
    Component done = std::move(stack_.back());
    stack_.pop_back();
    stack_.back().children.push_back(std::move(done));
  }

  std::string_view text_;
  std::vector<Component> stack_;
  std::size_t skipped_ = 0;
};

}  // namespace

std::string_view ContentLine::parameter(std::string_view wanted) const noexcept {
  for (const auto& [key, content] : parameters)
    if (key == wanted) return content;
  return {};
}

Component scan(std::string_view text) { return Scanner(text).run(); }

std::string unfold(std::string_view raw) {
  std::string out;
  out.reserve(raw.size());
  for (std::size_t i = 0; i < raw.size();) {
    if (raw[i] == '\r' || raw[i] == '\n') {
      const auto skip = fold_length(raw, i);
      i += skip > 0 ? skip : 1;
      continue;
    }
    const auto c = static_cast<unsigned char>(raw[i++]);
    if (c >= 0x20 ? c != 0x7F : c == '\t') out += static_cast<char>(c);
  }
  return text::is_valid_utf8(out) ? out : text::sanitize(out);
}

ContentLine read_head(std::string_view text, const Span& span, std::size_t& value_begin) {
  const auto raw = text.substr(span.begin, span.end - span.begin);
  const auto colon = colon_of(raw);
  ContentLine line;
  line.name = span.name;
  value_begin = colon == std::string_view::npos ? span.end : span.begin + colon + 1;
  line.parameters = read_parameters(unfold(raw.substr(0, std::min(colon, raw.size()))));
  return line;
}

ContentLine read_line(std::string_view text, const Span& span) {
  std::size_t value_begin = 0;
  ContentLine line = read_head(text, span, value_begin);
  line.value = unfold(text.substr(value_begin, span.end - value_begin));
  return line;
}

std::string decode_caret(std::string_view value) {
  std::string out;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char next = i + 1 < value.size() ? value[i + 1] : '\0';
    if (value[i] == '^' && (next == 'n' || next == '\'' || next == '^')) {
      out += next == 'n' ? '\n' : next == '\'' ? '"' : '^';
      ++i;
    } else {
      out += value[i];
    }
  }
  return out;
}

std::string encode_caret(std::string_view value) {
  std::string out;
  for (const char c : value) {
    if (c == '^')
      out += "^^";
    else if (c == '\n')
      out += "^n";
    else if (c == '"')
      out += "^'";
    else if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F)
      out += c;
  }
  return out;
}

void append_parameter(std::string& out, std::string_view name, std::string_view value) {
  const auto quotes = std::count(value.begin(), value.end(), '"');
  const bool list = quotes > 0 && quotes % 2 == 0;  // several quoted values, kept as they came
  const bool quote = !list && value.find_first_of(":;,") != std::string_view::npos;
  out += ';';
  out += name;
  out += '=';
  if (quote) out += '"';
  for (const char c : value)
    if ((static_cast<unsigned char>(c) >= 0x20 || c == '\t') && c != 0x7F && (list || c != '"')) out += c;
  if (quote) out += '"';
}

void append_folded(std::string& out, std::string_view line) {
  constexpr std::size_t kOctets = 75;
  std::size_t room = kOctets;
  while (line.size() > room) {
    std::size_t cut = room;
    while (cut > 1 && (static_cast<unsigned char>(line[cut]) & 0xC0U) == 0x80U) --cut;
    out += line.substr(0, cut);
    out += "\r\n ";
    line.remove_prefix(cut);
    room = kOctets - 1;
  }
  out += line;
  out += "\r\n";
}

bool has_scheme(std::string_view text) noexcept {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || text[0] == '-' || text[0] == '.') return false;
  return std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(colon),
                     [](char c) { return c == '+' || (c != '_' && is_name_char(c)); });
}

std::vector<std::string> split_list(std::string_view value) {
  std::vector<std::string> parts(1);
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] == '\\' && i + 1 < value.size()) {
      parts.back() += value[i];
      parts.back() += value[++i];
    } else if (value[i] == ',') {
      parts.emplace_back();
    } else {
      parts.back() += value[i];
    }
  }
  return parts;
}

}  // namespace caravan::ical::detail
