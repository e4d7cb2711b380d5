// SPDX-License-Identifier: GPL-3.0-or-later
// A reader's language and clock: sentences of the catalogue, dates, times and recurrences in words. Internal to
// rendering; cheap to make, one per message.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "notify/preferences.hpp"
#include "notify/telling.hpp"

namespace caravan::notify {

class Words {
 public:
  using Argument = std::pair<const char*, std::variant<std::string, std::int64_t>>;
  enum class Style : std::uint8_t {
    full,   ///< "Tuesday, 2 June"
    brief,  ///< "Tue, 2 Jun"
  };

  /// `now` decides which year need not be said.
  Words(const Preferences& reader, const model::ZoneBook& zones, Instant now);

  std::string say(std::string_view key, std::initializer_list<Argument> arguments = {}) const;
  /// A date in the reader's zone, the year only where it is not this one.
  std::string date(const model::EventTime& time, Style style = Style::full) const;
  std::string time(const model::EventTime& time) const;
  /// "Tuesday, 2 June, 10:00–11:00"; the date once where it is one.
  std::string range(const model::EventTime& start, const model::EventTime& end, Style style = Style::full) const;
  /// Only the times of a range: "10:00–11:00", "all day".
  std::string times(const model::EventTime& start, const model::EventTime& end) const;
  /// A series by its rule, else the range.
  std::string when(const Shown& event, Style style = Style::full) const;
  /// "every week on Tuesday and Thursday".
  std::string rule(const model::Rule& rule, const model::EventTime& start) const;
  /// "A, B and C".
  std::string list(const std::vector<std::string>& parts) const;
  /// As the reader's wall clock shows it; dates and floating times as they are.
  model::LocalTime local(const model::EventTime& time) const;

 private:
  std::string formatted(const model::LocalTime& wall, std::string_view skeleton) const;
  std::string formatted_date(const model::EventTime& time) const;
  std::string nth(std::int32_t ordinal, model::Weekday day) const;
  std::string days(const model::Rule& rule, const model::EventTime& start) const;
  const Preferences& reader_;
  const model::ZoneBook& zones_;
  model::LocalTime today_;
};

}  // namespace caravan::notify
