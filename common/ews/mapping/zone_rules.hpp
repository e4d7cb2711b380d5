// SPDX-License-Identifier: GPL-3.0-or-later
// A t:TimeZoneDefinition's Periods, TransitionsGroups and Transitions as rules that can be asked for an offset and
// written as a VTIMEZONE. Pure; knows no names of zones. Private to common/ews.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/time.hpp"

namespace ewswire {
class t__TimeZoneDefinitionType;
}

namespace caravan::ews::mapping {

/// A change that comes back every year.
struct YearlyChange {
  std::int32_t offset_to = 0;  ///< seconds east of UTC
  int month = 1;
  bool by_weekday = false;
  model::Weekday weekday = model::Weekday::sunday;
  int occurrence = 1;            ///< 1..4, -1 for the last; with by_weekday
  int day = 1;                   ///< of the month; without
  std::int64_t time_of_day = 0;  ///< seconds, in the wall clock before the change
  /// The wall clock before the change, in seconds, in that year.
  [[nodiscard]] std::int64_t wall_in(int year) const noexcept;
};

/// Rules that hold from a year on.
struct RuleSpan {
  int from_year = 0;                  ///< 0: always
  std::int32_t fixed = 0;             ///< the offset where there are no changes
  std::vector<YearlyChange> changes;  ///< in the order of the year; none or two, as a rule
};

struct ZoneRules {
  std::vector<RuleSpan> spans;  ///< by from_year; never empty
  [[nodiscard]] std::int32_t offset_at(Instant instant) const noexcept;
  /// The instants of the changes in that year.
  [[nodiscard]] std::vector<Instant> changes_in(int year) const;
  /// As the components of a VTIMEZONE, from `first_year` on.
  [[nodiscard]] std::vector<model::Observance> observances(int first_year) const;

 private:
  [[nodiscard]] const RuleSpan& span_of(int year) const noexcept;
  [[nodiscard]] std::int32_t offset_before(int year) const noexcept;
};

/// Nullopt where the definition holds no rules, or rules that can't be read.
std::optional<ZoneRules> read_rules(const ewswire::t__TimeZoneDefinitionType& definition);
/// The rules by which a zone of the book changes its clock in these years; the last year's hold for ever. A year with a
/// single change, which no yearly rule can say, has one offset: that of `around` in its year, else that of its end.
ZoneRules rules_of(const model::ZoneBook& book, const std::string& zone,
                   const std::vector<model::ZoneDefinition>& custom, int from_year, int to_year, Instant around);
/// Equal for equal rules: a key for caches and for ids.
std::string rules_text(const ewswire::t__TimeZoneDefinitionType& definition);

}  // namespace caravan::ews::mapping
