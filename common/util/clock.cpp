// SPDX-License-Identifier: GPL-3.0-or-later
#include "util/clock.hpp"

#include <condition_variable>
#include <cstdio>
#include <mutex>

namespace caravan {
namespace {

class SystemClock final : public Clock {
 public:
  Instant now() const override { return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()); }
  std::chrono::sys_time<std::chrono::milliseconds> now_ms() const override {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  }
  std::chrono::steady_clock::time_point monotonic() const override { return std::chrono::steady_clock::now(); }
};

class SystemSleeper final : public Sleeper {
 public:
  bool sleep_for(std::chrono::milliseconds duration, std::stop_token stop) override {
    std::mutex mutex;
    std::condition_variable_any condition;
    std::unique_lock lock(mutex);
    condition.wait_for(lock, stop, duration, [] { return false; });
    return !stop.stop_requested();
  }
};

}  // namespace

std::shared_ptr<Clock> system_clock() { return std::make_shared<SystemClock>(); }
std::shared_ptr<Sleeper> system_sleeper() { return std::make_shared<SystemSleeper>(); }

std::string to_rfc3339(Instant instant) {
  const auto day = std::chrono::floor<std::chrono::days>(instant);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss time{instant - day};
  char text[40];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                static_cast<int>(time.seconds().count()));
  return text;
}

bool parse_rfc3339(const std::string& text, Instant& out) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, used = 0;
  if (std::sscanf(text.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d%n", &year, &month, &day, &hour, &minute, &second, &used) < 6)
    return false;
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || hour > 24 || minute > 59 || second > 60) return false;
  std::size_t at = static_cast<std::size_t>(used);
  if (at < text.size() && text[at] == '.') {
    ++at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
  }
  int offset_minutes = 0;
  if (at >= text.size()) return false;
  if (text[at] == 'Z') {
    if (at + 1 != text.size()) return false;
  } else {
    int off_hour = 0, off_minute = 0, used_offset = 0;
    if (std::sscanf(text.c_str() + at + 1, "%2d:%2d%n", &off_hour, &off_minute, &used_offset) < 2) return false;
    if ((text[at] != '+' && text[at] != '-') || at + 1 + static_cast<std::size_t>(used_offset) != text.size())
      return false;
    offset_minutes = (text[at] == '-' ? -1 : 1) * (off_hour * 60 + off_minute);
  }
  out = std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute - offset_minutes) +
        std::chrono::seconds(second);
  return true;
}

}  // namespace caravan
