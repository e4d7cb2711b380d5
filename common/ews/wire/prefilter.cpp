// SPDX-License-Identifier: GPL-3.0-or-later
#include "ews/wire/prefilter.hpp"

#include <array>
#include <cstdint>
#include <cstring>

#include "util/text.hpp"

namespace caravan::ews::wire {
namespace {

enum Class : std::uint8_t { plain, forbidden, ampersand, lead, lead_of_two };

constexpr std::array<std::uint8_t, 256> kClasses = [] {
  std::array<std::uint8_t, 256> table{};
  for (std::size_t c = 0; c < 0x20; ++c)
    table[c] = c == '\t' || c == '\n' || c == '\r' ? Class::plain : Class::forbidden;
  table['&'] = Class::ampersand;
  for (std::size_t c = 0x80; c < 0x100; ++c) table[c] = Class::lead;
  for (std::size_t c = 0xC2; c < 0xE0; ++c) table[c] = Class::lead_of_two;
  return table;
}();

constexpr std::size_t kLongestReference = 16;  // "&#x0000010FFFF;" and then some: longer ones are left to the parser

bool allowed(std::uint32_t code) noexcept {
  if (code < 0x20) return code == 9 || code == 10 || code == 13;
  return !(code >= 0xD800 && code <= 0xDFFF) && code != 0xFFFE && code != 0xFFFF && code <= 0x10FFFF;
}

/// Length of the UTF-8 sequence at the start of `text`, 0 where it is broken or stands for a forbidden character; -1
/// where `text` ends inside of it.
int sequence(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  std::size_t length = 0;
  std::uint32_t code = 0, least = 0;
  if ((first & 0xE0U) == 0xC0U)
    length = 2, code = first & 0x1FU, least = 0x80;
  else if ((first & 0xF0U) == 0xE0U)
    length = 3, code = first & 0x0FU, least = 0x800;
  else if ((first & 0xF8U) == 0xF0U)
    length = 4, code = first & 0x07U, least = 0x10000;
  else
    return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if (i >= text.size()) return -1;
    if ((byte(i) & 0xC0U) != 0x80U) return 0;
    code = (code << 6U) | (byte(i) & 0x3FU);
  }
  return code >= least && allowed(code) ? static_cast<int>(length) : 0;
}

/// Length of a numeric reference to a forbidden character at the start of `text`; 0 where it is none, -1 where `text`
/// ends before that is clear.
int bad_reference(std::string_view text) noexcept {
  if (text.size() < 2) return -1;
  if (text[1] != '#') return 0;
  if (text.size() < 3) return -1;
  const bool hex = text[2] == 'x' || text[2] == 'X';
  std::uint32_t code = 0;
  for (std::size_t i = hex ? 3 : 2; i < text.size() && i < kLongestReference; ++i) {
    const char c = text[i];
    if (c == ';') return allowed(code) ? 0 : static_cast<int>(i + 1);
    std::uint32_t digit = 99;
    if (c >= '0' && c <= '9')
      digit = static_cast<std::uint32_t>(c - '0');
    else if (hex && c >= 'a' && c <= 'f')
      digit = static_cast<std::uint32_t>(c - 'a' + 10);
    else if (hex && c >= 'A' && c <= 'F')
      digit = static_cast<std::uint32_t>(c - 'A' + 10);
    if (digit == 99) return 0;
    if (code <= 0x110000) code = code * (hex ? 16U : 10U) + digit;
  }
  return text.size() < kLongestReference ? -1 : 0;
}

/// Whether eight bytes are ASCII without control characters and without '&', as nearly all of an answer is.
bool are_plain(const char* bytes) noexcept {
  constexpr std::uint64_t ones = 0x0101010101010101U;
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof word);
  // A byte below the one that is taken off borrows, and its high bit is set.
  return ((word | (word - ones * 0x20U) | ((word ^ (ones * '&')) - ones)) & (ones * 0x80U)) == 0;
}

/// The first byte from `at` on that needs a look. Whole sequences of two bytes (no forbidden character is among them)
/// and references by name are passed over here: long texts are full of them.
std::size_t next_suspect(std::string_view text, std::size_t at) noexcept {
  while (at < text.size()) {
    while (text.size() - at >= 8 && are_plain(text.data() + at)) at += 8;
    if (at >= text.size()) break;
    const auto kind = kClasses[static_cast<unsigned char>(text[at])];
    if (kind == Class::plain) {
      ++at;
      continue;
    }
    if (at + 1 >= text.size()) break;
    const auto next = static_cast<unsigned char>(text[at + 1]);
    if (kind == Class::lead_of_two && (next & 0xC0U) == 0x80U) {
      at += 2;
    } else if (kind == Class::ampersand && next != '#') {
      ++at;
    } else {
      break;
    }
  }
  return at;
}

/// How the suspect byte at the start of `rest` is to be treated: `keep` bytes pass, or `drop` bytes become a mark; both
/// 0 where more input is needed.
struct Verdict {
  std::size_t keep = 0, drop = 0;
};
Verdict judge(std::string_view rest, bool last) noexcept {
  switch (kClasses[static_cast<unsigned char>(rest.front())]) {
    case Class::forbidden:
      return {0, 1};
    case Class::ampersand: {
      const int length = bad_reference(rest);
      if (length > 0) return {0, static_cast<std::size_t>(length)};
      if (length < 0 && !last) return {};
      return {1, 0};
    }
    case Class::lead:
    case Class::lead_of_two: {
      const int length = sequence(rest);
      if (length > 0) return {static_cast<std::size_t>(length), 0};
      if (length < 0 && !last) return {};
      return {0, 1};
    }
    default:
      return {1, 0};
  }
}

}  // namespace

void Prefilter::scan(std::string_view text, bool last, std::string& out) {
  std::size_t done = 0, at = 0;
  for (;;) {
    at = next_suspect(text, at);
    if (at >= text.size()) break;
    const Verdict verdict = judge(text.substr(at), last);
    if (verdict.keep > 0) {
      at += verdict.keep;
      continue;
    }
    if (verdict.drop == 0) break;  // more input is needed
    out.append(text.substr(done, at - done)).append(kVanished);
    ++replaced_;
    at += verdict.drop;
    done = at;
  }
  out.append(text.substr(done, at - done));
  kept_.assign(text.substr(at));
}

void Prefilter::feed(std::string_view piece, std::string& out) {
  if (kept_.empty()) {
    scan(piece, false, out);
    return;
  }
  const std::string joined = kept_.append(piece);
  kept_.clear();
  scan(joined, false, out);
}

void Prefilter::finish(std::string& out) {
  const std::string rest = std::move(kept_);
  kept_.clear();
  if (!rest.empty()) scan(rest, true, out);
}

std::size_t clean(std::string& answer) {
  std::size_t at = 0;
  for (;;) {  // the usual case: nothing to do, nothing copied
    at = next_suspect(answer, at);
    if (at >= answer.size()) return 0;
    const Verdict verdict = judge(std::string_view(answer).substr(at), true);
    if (verdict.keep == 0) break;
    at += verdict.keep;
  }
  Prefilter filter;
  std::string out;
  out.reserve(answer.size() + 64);
  filter.feed(answer, out);
  filter.finish(out);
  answer = std::move(out);
  return filter.replaced();
}

bool has_doctype(std::string_view answer) noexcept {
  if (answer.starts_with("\xEF\xBB\xBF")) answer.remove_prefix(3);
  for (;;) {
    answer = text::trim(answer);
    if (answer.starts_with("<?")) {
      const auto end = answer.find("?>");
      if (end == std::string_view::npos) return false;
      answer.remove_prefix(end + 2);
    } else if (answer.starts_with("<!--")) {
      const auto end = answer.find("-->", 4);
      if (end == std::string_view::npos) return false;
      answer.remove_prefix(end + 3);
    } else {
      return answer.starts_with("<!");
    }
  }
}

}  // namespace caravan::ews::wire
