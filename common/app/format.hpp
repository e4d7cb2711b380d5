// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers and durations for people: one way to print each, for the terminal and for reports. No locale, no clock.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace caravan::app {

/// "1,234,567".
std::string number(std::uint64_t value);
/// "0.8 s", "45 s", "12 min 5 s", "3 h 20 min", "2 d 4 h".
std::string duration(std::chrono::duration<double> elapsed);
/// "3 mailboxes", "1 mailbox", "2 series": `plural` is built with "s" where it is empty.
std::string count(std::uint64_t value, std::string_view singular, std::string_view plural = {});
/// "310/s", "4.2/s", "12/min".
std::string rate(double per_second);

}  // namespace caravan::app
