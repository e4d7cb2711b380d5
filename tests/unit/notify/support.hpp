// SPDX-License-Identifier: GPL-3.0-or-later
// Readers, moments and short texts of tellings for the tests of notifications.
#pragma once
#include <string>
#include <vector>

#include "ical/zone_book.hpp"
#include "model/canonical.hpp"
#include "model/proposal.hpp"
#include "notify/agenda.hpp"
#include "notify/differences.hpp"
#include "notify/render.hpp"
#include "unit/sync/builders.hpp"

namespace caravan::notify::test {

using sync::test::at;
using sync::test::kMe;
using sync::test::on;
using sync::test::placed;
using sync::test::single;
using sync::test::titled;
using sync::test::weekly;
using sync::test::with_attendee;
using sync::test::with_exclusion;
using sync::test::with_override;

inline const model::ZoneBook& zones() { return *ical::system_zone_book(); }
inline Reader me() { return {Address(kMe), {}, "Alice"}; }
inline Preferences berlin() {
  Preferences out;
  out.zone = "Europe/Berlin";
  return out;
}
/// 1 June 2026, noon in Berlin: before everything that the builders make.
inline Instant before_all() { return at(6, 1, 12).instant(); }

/// Somebody else's meeting to which the reader is invited.
inline model::Series theirs(model::Series series) {
  const auto invite = [](model::Event& event) {
    event.organizer = model::Organizer{"bob@example.org", "Bob", {}};
    model::Attendee me;
    me.address = kMe;
    event.attendees.push_back(me);
  };
  if (series.master) invite(*series.master);
  for (auto& event : series.overrides) invite(event);
  model::normalize(series);
  return series;
}
/// The reader's meeting with Carol.
inline model::Series mine(model::Series series, model::Participation answer = model::Participation::needs_action) {
  series = with_attendee(std::move(series), "carol@example.org", answer);
  const auto organize = [](model::Event& event) { event.organizer = model::Organizer{kMe, "Alice", {}}; };
  organize(*series.master);
  for (auto& event : series.overrides) organize(event);
  return series;
}

inline std::string text_of(const Telling& telling) {
  std::string out(to_string(telling.kind));
  if (!telling.occurrence.empty()) out += " @" + telling.occurrence;
  for (const auto field : telling.changed) out += " " + std::string(model::to_string(field));
  if (telling.was) out += " was " + to_string(telling.was->start);
  if (telling.now) out += " now " + to_string(telling.now->start);
  for (const auto& answer : telling.answers)
    out += " " + answer.who + ":" + std::string(model::to_string(answer.participation));
  return out;
}
inline std::vector<std::string> texts_of(const std::vector<Telling>& tellings) {
  std::vector<std::string> out;
  for (const auto& telling : tellings) out.push_back(text_of(telling));
  return out;
}
inline std::vector<std::string> told(std::optional<model::Series> was, std::optional<model::Series> now) {
  return texts_of(differences({std::move(was), std::move(now)}, me(), zones(), before_all()));
}

}  // namespace caravan::notify::test
