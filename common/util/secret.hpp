// SPDX-License-Identifier: GPL-3.0-or-later
// A Secret can't be printed, formatted or compared by accident; its memory is wiped when it goes.
#pragma once
#include <string>
#include <utility>

namespace caravan {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}
  Secret(const Secret&) = default;
  Secret(Secret&&) = default;
  Secret& operator=(const Secret&) = default;
  Secret& operator=(Secret&&) = default;
  ~Secret() { wipe(); }
  /// The one way to the text. Call it where the text is handed to a library, and keep no copy.
  [[nodiscard]] const std::string& reveal() const noexcept { return text_; }
  [[nodiscard]] bool empty() const noexcept { return text_.empty(); }

 private:
  void wipe() noexcept {
    volatile char* at = text_.data();
    for (std::size_t i = 0; i < text_.size(); ++i) at[i] = 0;
  }
  std::string text_;
};

}  // namespace caravan
