// SPDX-License-Identifier: GPL-3.0-or-later
// Single property values between wire and model, by libical: TEXT, DATE, DATE-TIME, DURATION, UTC-OFFSET, RECUR.
// Private to this folder. Zones are not resolved here.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "model/time.hpp"
#include "util/result.hpp"

namespace caravan::ical::detail {

/// Prepares libical; every entry of this folder calls it first.
void prepare_libical();

std::string text_from_wire(const std::string& wire);         ///< unescaped, LF line ends
std::string text_to_wire(std::string_view plain);            ///< escaped
void append_wire(std::string& out, std::string_view plain);  ///< escaped, at the end of `out`

/// DATE, floating or UTC, as the text says; nothing where it is none or no valid time. A leap second becomes second 59.
std::optional<model::EventTime> time_from_wire(const std::string& wire);
/// "-PT15M" in days (nominal) and seconds (exact).
struct Duration {
  std::int64_t days = 0, seconds = 0;
  [[nodiscard]] std::int64_t total() const noexcept { return days * 86400 + seconds; }
};
std::optional<Duration> duration_from_wire(const std::string& wire);
std::string duration_to_wire(std::int64_t seconds);
std::optional<std::int32_t> offset_from_wire(const std::string& wire);
std::string offset_to_wire(std::int32_t seconds);
/// unsupported for what Rule can't say (RSCALE), malformed else. COUNT with UNTIL, which RFC 5545 forbids, keeps COUNT;
/// `dropped_until` then gets the other.
Result<model::Rule> rule_from_wire(const std::string& wire, std::optional<model::EventTime>* dropped_until = nullptr);
std::string utc_to_wire(Instant instant);

}  // namespace caravan::ical::detail
