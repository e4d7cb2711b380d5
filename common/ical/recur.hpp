// SPDX-License-Identifier: GPL-3.0-or-later
// Walks a recurrence rule on wall-clock readings with libical's iterator. Private to this folder; knows no zones.
#pragma once
#include <memory>
#include <optional>

#include "model/time.hpp"

namespace caravan::ical::detail {

/// Yields the rule's starts in order. UNTIL is left to the caller, who knows the zone. Ends after the rule's COUNT, at
/// the year 2500, and for rules libical can't hold at once.
class RuleWalker {
 public:
  /// With `not_before`, a rule without COUNT may begin there instead of walking all the way (sub-daily rules only).
  RuleWalker(const model::Rule& rule, const model::LocalTime& start, bool is_date,
             std::optional<model::LocalTime> not_before = std::nullopt);
  ~RuleWalker();
  RuleWalker(const RuleWalker&) = delete;
  RuleWalker& operator=(const RuleWalker&) = delete;
  std::optional<model::LocalTime> next();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace caravan::ical::detail
