// SPDX-License-Identifier: GPL-3.0-or-later
// What has to happen to Exchange's bytes before any XML parser sees them: it emits references and bytes that XML 1.0
// forbids (&#x1F;, raw 0x0B), for which a strict parser throws away the whole answer and a lax one cuts texts short.
// Works across the borders of pieces; knows nothing of XML's structure but the prolog.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace caravan::ews::wire {

/// Stands where a forbidden character stood (U+FDD0, a noncharacter that XML allows), so that the mapping can tell
/// which item lost one; it takes the mark out.
inline constexpr std::string_view kVanished = "\xEF\xB7\x90";

/// Replaces forbidden characters by kVanished. One per answer.
class Prefilter {
 public:
  /// Appends the clean form of `piece` to `out`. Up to 15 bytes may be kept back until the next piece.
  void feed(std::string_view piece, std::string& out);
  /// Appends what was kept back.
  void finish(std::string& out);
  /// How many characters were replaced so far.
  [[nodiscard]] std::size_t replaced() const noexcept { return replaced_; }

 private:
  void scan(std::string_view text, bool last, std::string& out);
  std::string kept_;
  std::size_t replaced_ = 0;
};

/// The whole of an answer in place: untouched (and not copied) where nothing is wrong. Returns the number of
/// replacements.
std::size_t clean(std::string& answer);

/// Whether the prolog holds a document type declaration: such an answer is refused (entity bombs, external entities).
bool has_doctype(std::string_view answer) noexcept;

}  // namespace caravan::ews::wire
