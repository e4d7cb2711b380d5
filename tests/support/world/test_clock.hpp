// SPDX-License-Identifier: GPL-3.0-or-later
// A clock that stands still until a test lets time pass. It begins on 1 June 2026, the day before the builders' events.
#pragma once
#include "util/clock.hpp"

namespace caravan::world {

class TestClock final : public Clock {
 public:
  [[nodiscard]] Instant now() const override { return now_; }
  [[nodiscard]] std::chrono::steady_clock::time_point monotonic() const override {
    return std::chrono::steady_clock::time_point(now_.time_since_epoch());
  }
  void advance(std::chrono::seconds duration) { now_ += duration; }

 private:
  Instant now_{std::chrono::seconds(1780300800)};
};

}  // namespace caravan::world
