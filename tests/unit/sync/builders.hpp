// SPDX-License-Identifier: GPL-3.0-or-later
// Series, copies and zones for the tests of the pure decision, and decisions as one line of text.
#pragma once
#include <string>
#include <utility>

#include "sync/change.hpp"

namespace caravan::sync::test {

/// Four zones: Etc/UTC, Europe/Berlin and its alias Europe/Vienna (summer time from April to October), Asia/Tokyo. A
/// custom zone has the offset of its first observance.
class FourZones final : public model::ZoneBook {
 public:
  bool knows(std::string_view zone) const override;
  std::int32_t offset_at_wall(std::string_view zone, const model::LocalTime& wall,
                              const std::vector<model::ZoneDefinition>& custom) const override;
  std::int32_t offset_at(std::string_view zone, Instant instant,
                         const std::vector<model::ZoneDefinition>& custom) const override;
  std::string fingerprint(std::string_view zone, const std::vector<model::ZoneDefinition>& custom) const override;
};
const model::ZoneBook& zones();

inline constexpr const char* kMe = "alice@example.org";

/// A wall-clock time of 2026; `zone` "" is UTC, "floating" floating.
model::EventTime at(int month, int day, int hour, int minute = 0, const std::string& zone = "Europe/Berlin");
model::EventTime on(int month, int day);  ///< a date of 2026

/// 2 June 2026, 10:00 to 11:00 in Berlin, titled "Standup".
model::Series single();
/// The same every week (Tuesdays), ten times.
model::Series weekly();
/// Adds an override of the occurrence `week` weeks after the first, with a title of its own.
model::Series with_override(model::Series series, int week, const std::string& title);
model::Series with_exclusion(model::Series series, int week);
model::Series with_attendee(model::Series series, const std::string& address,
                            model::Participation answer = model::Participation::needs_action);
model::Series titled(model::Series series, const std::string& title);
model::Series placed(model::Series series, const std::string& location);
/// The whole series by that many minutes, its recurrence ids along with it.
model::Series moved(model::Series series, int minutes);
model::Series in_zone_named(model::Series series, const std::string& zone);

Copy copy_of(model::Series series, const std::string& version = "v1", int modified_minute = 0);
Base base_of(const model::Series& exchange, const model::Series& caldav);
Base base_of(const model::Series& both);
Policy one_way(Occasion occasion = Occasion::migrate);
Policy two_way(ConflictPolicy conflict = ConflictPolicy::newest);

/// "update caldav: summary, attendee bob@example.org; link"
std::string text_of(const std::vector<Action>& actions);
/// "exchange wins: summary", or "" without a conflict.
std::string text_of(const std::optional<Conflict>& conflict);
std::string text_of(const model::Delta& delta);

}  // namespace caravan::sync::test
