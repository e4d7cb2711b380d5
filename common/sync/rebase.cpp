// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/rebase.hpp"

#include <algorithm>

#include "sync/equal_across.hpp"
#include "sync/frame.hpp"
#include "sync/merge.hpp"

namespace caravan::sync {

Copy base_copy(Side side, const Decision& decision, Copy now, const Policy& policy) {
  if (side == Side::exchange || decision.kept.empty()) return now;
  // Where the schedule is kept back, the decision counts occurrences by CalDAV's schedule and the base by the old one;
  // but at a first meeting both by Exchange's.
  std::optional<Shift> shift;
  const bool met = decision.reason == Reason::met_different;
  if (!met && contains(decision.kept, {{}, model::Field::schedule, {}}))
    shift = uniform_shift(decision.kept_values, now.series);
  const model::Series values = shift ? rekeyed(decision.kept_values, *shift, *policy.zones) : decision.kept_values;
  model::Series kept = apply(decision.kept, values, now.series, &now.series);
  if (shift) kept = rekeyed(std::move(kept), shift->reversed(), *policy.zones);
  return copy_holding(std::move(kept), std::move(now));
}

Copy after_racing_write(Side side, const Copy& written, const model::Delta& touched, const Copy& read_back,
                        const Policy& policy) {
  const auto edits = side == Side::exchange ? differences_across(read_back.series, written.series, policy)
                                            : differences_across(written.series, read_back.series, policy);
  model::Delta normalised;
  for (const auto& unit : touched)
    if (std::none_of(edits.begin(), edits.end(), [&](const Difference& edit) {
          return edit.unit == unit || (edit.unit.occurrence == unit.occurrence && !unit.occurrence.empty());
        }))
      normalised.push_back(unit);
  return copy_holding(apply(normalised, read_back.series, written.series, &written.series), written);
}

}  // namespace caravan::sync
