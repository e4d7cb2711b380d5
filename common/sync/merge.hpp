// SPDX-License-Identifier: GPL-3.0-or-later
// Applies one side's delta to the other side's copy, by merge units. Pure.
#pragma once
#include <utility>

#include "sync/change.hpp"

namespace caravan::sync {

/// `onto` with the units named by `changes` taken from `source`; everything else stays as `onto` has it. Inside a unit,
/// what `source` can't tell (parameters and X- properties it does not hold, CHAIR beside REQ-PARTICIPANT, further
/// alarms) stays too. With `source_base`, the source's earlier copy, X- properties that the source removed are removed.
model::Series apply(const model::Delta& changes, const model::Series& source, model::Series onto,
                    const model::Series* source_base = nullptr);

/// Splits two deltas into what only the first changed, what only the second changed, what both changed to the same
/// value, and what both changed differently. `presence` of an override meets every unit of that override; so does the
/// exclusion of that occurrence.
struct Overlap {
  model::Delta first_only, second_only, same, conflicting;
};
/// Whether a change of the schedule also meets the other side's changes of single occurrences: it does where no shift
/// of the whole series explains it, because their recurrence ids then mean other occurrences.
enum class ScheduleMeets { schedule, occurrences_too };
Overlap overlap(const model::Delta& first, const model::Series& first_series, const model::Delta& second,
                const model::Series& second_series, ScheduleMeets meets = ScheduleMeets::schedule);

/// The override whose recurrence id prints as `occurrence`, or null.
const model::Event* find_override(const model::Series& series, const std::string& occurrence) noexcept;
[[nodiscard]] bool excludes(const model::Series& series, const std::string& occurrence);
[[nodiscard]] bool contains(const model::Delta& delta, const model::Change& unit);

/// Role and kind as far as Exchange tells them apart: CHAIR is required, NON-PARTICIPANT optional, a room a resource.
bool is_optional(model::Role role) noexcept;
bool is_resource(model::AttendeeKind kind) noexcept;
bool same_part_played(const model::Attendee& first, const model::Attendee& second) noexcept;

/// The one alarm that both sides can hold: of the display and audio alarms that fire before the start, the earliest.
/// Null where there is none.
const model::Alarm* projected_alarm(const model::Event& event) noexcept;
/// Whole minutes before the start at which `alarm` fires; negative: after it.
std::int64_t minutes_before(const model::Event& event, const model::Alarm& alarm) noexcept;
/// True for a property that clients write without anybody editing: alarm acknowledgements, generations, snoozes.
bool is_client_noise(const model::RawProperty& property) noexcept;

}  // namespace caravan::sync
