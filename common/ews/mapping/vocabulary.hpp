// SPDX-License-Identifier: GPL-3.0-or-later
// EWS's enumerated texts <-> the model's enumerations. Nullopt for a text that the schema of 2017 does not know. Pure.
#pragma once
#include <optional>
#include <string_view>

#include "model/series.hpp"
#include "model/time.hpp"

namespace caravan::ews::mapping {

/// t:DayOfWeekType: "Monday"; not "Day", "Weekday", "WeekendDay".
std::optional<model::Weekday> weekday_from(std::string_view text) noexcept;
/// t:MonthNamesType: "January" -> 1.
std::optional<int> month_from(std::string_view text) noexcept;
/// t:DayOfWeekIndexType: "First" -> 1, "Last" -> -1.
std::optional<int> position_from(std::string_view text) noexcept;
/// t:LegacyFreeBusyType; "NoData" is nullopt as well.
std::optional<model::BusyStatus> busy_from(std::string_view text) noexcept;
/// t:SensitivityChoicesType.
std::optional<model::Sensitivity> sensitivity_from(std::string_view text) noexcept;
/// t:ImportanceChoicesType as PRIORITY: Low 9, Normal 0, High 1.
std::optional<int> priority_from(std::string_view text) noexcept;
/// t:ResponseTypeType; "Organizer" counts as accepted, "Unknown" and "NoResponseReceived" as no answer.
std::optional<model::Participation> participation_from(std::string_view text) noexcept;

const char* to_text(model::Weekday day) noexcept;
/// 1 -> "January".
const char* month_text(int month) noexcept;
/// 1 -> "First", -1 -> "Last".
const char* position_text(int position) noexcept;
const char* to_text(model::BusyStatus status) noexcept;
const char* to_text(model::Sensitivity sensitivity) noexcept;
const char* to_text(model::Importance importance) noexcept;

}  // namespace caravan::ews::mapping
