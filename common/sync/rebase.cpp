// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/rebase.hpp"

#include <algorithm>

#include "sync/equal_across.hpp"
#include "sync/frame.hpp"
#include "sync/merge.hpp"

namespace caravan::sync {

Copy base_copy(Side side, const Decision& decision, const std::optional<Base>& old_base, Copy now, const Policy& policy) {
  if (side == Side::exchange || decision.kept.empty() || !old_base) return now;
  const model::Series& old_series = old_base->caldav.series;
  const bool schedule_kept = contains(decision.kept, {{}, model::Field::schedule, {}});
  // The occurrences are keyed by the schedule that is kept back: the base counts them by its own.
  if (schedule_kept)
    if (const auto shift = uniform_shift(now.series, old_series)) now.series = rekeyed(now.series, *shift, *policy.zones);
  now.series = apply(decision.kept, old_series, now.series, &now.series);
  now.digest = model::digest(now.series);
  return now;
}

Copy after_racing_write(Side side, const Copy& written, const model::Delta& touched, const Copy& read_back,
                        const Policy& policy) {
  Copy out = written;
  const auto edits = side == Side::exchange ? differences_across(read_back.series, written.series, policy)
                                            : differences_across(written.series, read_back.series, policy);
  model::Delta normalised;
  for (const auto& unit : touched)
    if (std::none_of(edits.begin(), edits.end(), [&](const Difference& edit) {
          return edit.unit == unit || (edit.unit.occurrence == unit.occurrence && !unit.occurrence.empty());
        }))
      normalised.push_back(unit);
  out.series = apply(normalised, read_back.series, out.series, &written.series);
  out.digest = model::digest(out.series);
  return out;
}

}  // namespace caravan::sync
