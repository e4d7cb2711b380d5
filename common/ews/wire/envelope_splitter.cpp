// SPDX-License-Identifier: GPL-3.0-or-later
#include "ews/wire/envelope_splitter.hpp"

#include "util/text.hpp"

namespace caravan::ews::wire {
namespace {

constexpr std::string_view kName = "Envelope";

/// Where the tag that begins at `at` ends, if it is the end tag of an envelope; 0: it is not; npos: not yet to be told.
std::size_t envelope_end(std::string_view text, std::size_t at) {
  const auto close = text.find('>', at);
  if (close == std::string_view::npos) return std::string_view::npos;
  std::string_view name = text::trim(text.substr(at + 2, close - at - 2));
  if (const auto colon = name.find(':'); colon != std::string_view::npos) name.remove_prefix(colon + 1);
  return name == kName ? close + 1 : 0;
}

}  // namespace

bool EnvelopeSplitter::feed(std::string_view piece) {
  waiting_ += piece;
  return waiting_.size() <= kMostBytes;
}

std::optional<std::string> EnvelopeSplitter::next() {
  while (true) {
    const auto at = waiting_.find("</", searched_);
    if (at == std::string::npos) {
      searched_ = waiting_.empty() ? 0 : waiting_.size() - 1;  // a '<' at the very end may be half of it
      return std::nullopt;
    }
    const auto end = envelope_end(waiting_, at);
    if (end == std::string::npos) {
      searched_ = at;
      return std::nullopt;
    }
    searched_ = at + 2;
    if (end == 0) continue;
    std::string envelope = waiting_.substr(0, end);
    waiting_.erase(0, end);
    searched_ = 0;
    return std::string(text::trim(envelope));
  }
}

bool EnvelopeSplitter::has_rest() const { return !text::trim(waiting_).empty(); }

}  // namespace caravan::ews::wire
