// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/format.hpp"

#include <cmath>
#include <cstdio>

namespace caravan::app {

namespace {
std::string one_decimal(double value) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.1f", value);
  return buffer;
}
}  // namespace

std::string number(std::uint64_t value) {
  std::string digits = std::to_string(value);
  for (std::size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, ",");
  }
  return digits;
}

std::string duration(std::chrono::duration<double> elapsed) {
  const double seconds = std::isfinite(elapsed.count()) && elapsed.count() > 0 ? elapsed.count() : 0;
  if (seconds < 9.95) return one_decimal(seconds) + " s";
  const auto whole = static_cast<std::uint64_t>(std::llround(seconds));
  const auto two = [](std::uint64_t big, const char* big_unit, std::uint64_t small, const char* small_unit) {
    std::string out = std::to_string(big) + " " + big_unit;
    if (small > 0) out += " " + std::to_string(small) + " " + small_unit;
    return out;
  };
  if (whole < 60) return std::to_string(whole) + " s";
  if (whole < 3600) return two(whole / 60, "min", whole % 60, "s");
  if (whole < 86400) return two(whole / 3600, "h", whole % 3600 / 60, "min");
  return two(whole / 86400, "d", whole % 86400 / 3600, "h");
}

std::string count(std::uint64_t value, std::string_view singular, std::string_view plural) {
  std::string out = number(value) + " ";
  if (value == 1) return out.append(singular);
  return plural.empty() ? out.append(singular).append("s") : out.append(plural);
}

std::string rate(double per_second) {
  if (!std::isfinite(per_second) || per_second <= 0) return "0/s";
  if (per_second >= 9.95) return number(static_cast<std::uint64_t>(std::llround(per_second))) + "/s";
  if (per_second >= 0.995) return one_decimal(per_second) + "/s";
  return number(static_cast<std::uint64_t>(std::llround(per_second * 60))) + "/min";
}

}  // namespace caravan::app
