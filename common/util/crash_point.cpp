// SPDX-License-Identifier: GPL-3.0-or-later
#include "util/crash_point.hpp"

#ifdef CARAVAN_FAULT_POINTS
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <string>

namespace caravan {

void crash_point(const char* name) noexcept {
  static const char* const kOrder = std::getenv("CARAVAN_CRASH_AT");
  if (kOrder == nullptr) return;
  static const std::string kPoint = [] {
    const std::string order(kOrder);
    return order.substr(0, order.find(':'));
  }();
  static const long kWanted = [] {
    const std::string order(kOrder);
    const auto colon = order.find(':');
    return colon == std::string::npos ? 1L : std::strtol(order.c_str() + colon + 1, nullptr, 10);
  }();
  static std::atomic<long> passed{0};
  if (kPoint == name && ++passed == kWanted) std::raise(SIGKILL);
}

}  // namespace caravan
#endif
