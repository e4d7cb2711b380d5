// SPDX-License-Identifier: GPL-3.0-or-later
// A token bucket over all requests, and the record of back-offs announced to each account: who sends
// inside one is counted (ews-facts 10.2).
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace exchange_sim {

class Throttle {
 public:
  using Clock = std::chrono::steady_clock;

  Throttle(double rate, double burst) : rate_(rate), burst_(std::max(1.0, burst)) { reset(); }

  /// Milliseconds to wait, or nothing when the request may pass. Also notes a request that began
  /// more than 50 ms after an announcement and before its end.
  std::optional<long> admit(const std::string& account, Clock::time_point began) {
    std::lock_guard lock(mutex_);
    auto& announced = announced_[account];
    if (began > announced.at + std::chrono::milliseconds(50) && began < announced.until) ++inside_back_off_;
    if (rate_ <= 0) return std::nullopt;
    refill(began);
    if (tokens_ >= 1) {
      tokens_ -= 1;
      ++spent_;
      return std::nullopt;
    }
    double wanted = std::max(1.0, burst_ / 4) - tokens_;
    auto wait = static_cast<long>(std::ceil(wanted / rate_ * 1000));
    announce_locked(account, wait);
    return wait;
  }

  void announce(const std::string& account, long milliseconds) {
    std::lock_guard lock(mutex_);
    announce_locked(account, milliseconds);
  }

  std::uint64_t inside_back_off() const {
    std::lock_guard lock(mutex_);
    return inside_back_off_;
  }
  double offered() const {
    std::lock_guard lock(mutex_);
    if (rate_ <= 0) return 0;
    return burst_ + rate_ * std::chrono::duration<double>(Clock::now() - since_).count();
  }
  std::uint64_t spent() const {
    std::lock_guard lock(mutex_);
    return spent_;
  }
  void reset() {
    std::lock_guard lock(mutex_);
    since_ = filled_ = Clock::now();
    tokens_ = burst_;
    spent_ = 0;
    inside_back_off_ = 0;
  }

 private:
  struct Announcement {
    Clock::time_point at;
    Clock::time_point until;
  };
  void refill(Clock::time_point now) {
    if (now <= filled_) return;
    tokens_ = std::min(burst_, tokens_ + rate_ * std::chrono::duration<double>(now - filled_).count());
    filled_ = now;
  }
  void announce_locked(const std::string& account, long milliseconds) {
    auto now = Clock::now();
    auto until = now + std::chrono::milliseconds(milliseconds);
    auto& announced = announced_[account];
    if (now >= announced.until) announced.at = now;
    announced.until = std::max(announced.until, until);
  }

  mutable std::mutex mutex_;
  double rate_;
  double burst_;
  double tokens_ = 0;
  Clock::time_point since_;
  Clock::time_point filled_;
  std::uint64_t spent_ = 0;
  std::uint64_t inside_back_off_ = 0;
  std::map<std::string, Announcement> announced_;
};

}  // namespace exchange_sim
