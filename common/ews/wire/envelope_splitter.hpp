// SPDX-License-Identifier: GPL-3.0-or-later
// Cuts a stream of SOAP envelopes, one behind the other in one HTTP answer (ews-facts 9.5), at the end tag whose name
// is Envelope. Knows nothing else of XML: what is between is the parser's. Private to common/ews.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace caravan::ews::wire {

class EnvelopeSplitter {
 public:
  /// More than this between two ends is no stream of Exchange's: feed() gives false then.
  static constexpr std::size_t kMostBytes = 16U << 20U;

  bool feed(std::string_view piece);
  /// The next whole envelope, if there is one.
  std::optional<std::string> next();
  /// Whether something that is no white space waits for its end.
  [[nodiscard]] bool has_rest() const;

 private:
  std::string waiting_;
  std::size_t searched_ = 0;  ///< no end tag begins before this
};

}  // namespace caravan::ews::wire
