// SPDX-License-Identifier: GPL-3.0-or-later
// Events as a test says them: event("Standup"), weekly("Standup"). The UID comes from the title, so that a test can
// name an event by it; later titles change, the UID stays.
#pragma once
#include <functional>
#include <string>

#include "model/series.hpp"

namespace caravan::world {

using Edit = std::function<void(model::Series&)>;

/// "Standup" -> "uid-Standup".
Uid uid_of(const std::string& name);

/// 2 June 2026, 10:00 to 11:00 in Berlin.
model::Series event(const std::string& title);
/// The same every week (Tuesdays), ten times.
model::Series weekly(const std::string& title);
/// An invitation to the occurrence `week` weeks after the first of weekly(title): an override without its master.
model::Series orphan(const std::string& title, int week);
/// That an invitation of boss@partner.example.com's to `guest`, and what the guest answered.
Edit invitation_of(const Address& guest, model::Participation answer = model::Participation::needs_action);
/// The recurrence id of that occurrence.
model::EventTime occurrence(int week);

Edit title(const std::string& text);
Edit place(const std::string& text);
Edit body(const std::string& text);
Edit at_hour(int hour);
Edit on_day(int month, int day);
Edit private_one();
Edit public_one();
/// Gives the occurrence `week` weeks after the first a title of its own.
Edit title_of_occurrence(int week, const std::string& text);
Edit without_occurrence(int week);
/// An attachment of 1 KB as Exchange lists it; its content is FakeExchange's to give.
Edit attachment(const std::string& id, std::uint64_t size = 1024);

/// The event that a test looks at: the master, or the first override.
const model::Event* find_occurrence(const model::Series& series, int week);

}  // namespace caravan::world
