// SPDX-License-Identifier: GPL-3.0-or-later
// The offsets of one zone as a table of transitions 1900..2100, made from its observances or its file. Private to this
// folder.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "model/time.hpp"

namespace caravan::ical::detail {

struct Transition {
  std::int64_t at = 0;  ///< UTC seconds
  std::int32_t before = 0, after = 0;
  bool daylight = false;
  std::string name;  ///< TZNAME after it
};

/// Immutable after construction; all lookups are a binary search.
class ZoneTable {
 public:
  explicit ZoneTable(const std::vector<model::Observance>& observances);
  ZoneTable(std::int32_t first_offset, std::vector<Transition> transitions);
  [[nodiscard]] std::int32_t offset_at(std::int64_t utc) const noexcept;
  [[nodiscard]] std::int32_t offset_at_wall(const model::LocalTime& wall) const noexcept;
  [[nodiscard]] const std::string& fingerprint() const noexcept { return fingerprint_; }
  [[nodiscard]] const std::vector<Transition>& transitions() const noexcept { return transitions_; }
  [[nodiscard]] std::int32_t first_offset() const noexcept { return first_offset_; }

 private:
  void index();
  void make_fingerprint();
  std::vector<Transition> transitions_;
  std::vector<std::int64_t> at_, passed_at_wall_;  ///< the wall clock from which each transition counts as passed
  std::int32_t first_offset_ = 0;
  std::string fingerprint_;
};

/// The wall-clock onsets of an observance from 1900 to 2100, at most 3,000.
std::vector<model::LocalTime> onsets(const model::Observance& observance);

}  // namespace caravan::ical::detail
