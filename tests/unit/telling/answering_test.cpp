// SPDX-License-Identifier: GPL-3.0-or-later
// An answer given by a button, put into the copy on CalDAV.
#include "app/notify/answering.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ical/zone_book.hpp"
#include "support/world/events.hpp"

namespace caravan::app {
namespace {

using model::Participation;

const Address kAnna("anna@example.org");

model::Series invitation(model::Series series) {
  series.master->organizer = model::Organizer{"chair@example.org", "Chair", {}};
  model::Attendee anna;
  anna.address = kAnna.value;
  series.master->attendees = {anna};
  return series;
}

Answering answer(Participation participation, const std::string& occurrence = {}) {
  Answering out;
  out.reader.address = kAnna;
  out.occurrence = occurrence;
  out.participation = participation;
  return out;
}

Result<model::Delta> put(model::Series& series, const Answering& answering) {
  return put_answer(series, answering, *ical::system_zone_book());
}

TEST(AnAnswer, IsPutIntoTheSeriesAndEachOfItsOccurrences) {
  auto series = invitation(world::weekly("Planning"));
  world::title_of_occurrence(2, "Planning, elsewhere")(series);
  ASSERT_TRUE(put(series, answer(Participation::accepted)));
  EXPECT_EQ(series.master->attendees.front().participation, Participation::accepted);
  EXPECT_EQ(series.overrides.front().attendees.front().participation, Participation::accepted);
}

TEST(AnAnswer, ToOneOccurrenceMakesAnOverrideOfIt) {
  auto series = invitation(world::weekly("Planning"));
  const std::string id = model::to_string(world::occurrence(3));
  const auto changes = put(series, answer(Participation::declined, id));
  ASSERT_TRUE(changes);
  ASSERT_EQ(series.overrides.size(), 1U);
  EXPECT_EQ(model::to_string(*series.overrides.front().recurrence_id), id);
  EXPECT_EQ(series.overrides.front().attendees.front().participation, Participation::declined);
  EXPECT_EQ(series.master->attendees.front().participation, Participation::needs_action);
  EXPECT_EQ(*changes, (model::Delta{{id, model::Field::presence, {}}}));
}

TEST(AnAnswer, FindsItsReaderHoweverTheAddressIsSpelled) {
  auto series = invitation(world::event("Planning"));
  series.master->attendees.front().address = "Anna@Example.ORG";
  ASSERT_TRUE(put(series, answer(Participation::accepted)));
  EXPECT_EQ(series.master->attendees.front().participation, Participation::accepted);
}

TEST(AnAnswer, ThatStandsThereAlreadyChangesNothing) {
  auto series = invitation(world::event("Planning"));
  series.master->attendees.front().participation = Participation::accepted;
  EXPECT_TRUE(put(series, answer(Participation::accepted)).value().empty());
}

TEST(AnAnswer, OfSomebodyWhoIsNotInvitedIsRefused) {
  auto series = world::event("Planning");
  EXPECT_EQ(put(series, answer(Participation::accepted)).error().fault, Fault::not_found);
}

TEST(AnAnswer, ToAnOccurrenceThatTheRuleDoesNotMakeIsRefused) {
  auto series = invitation(world::weekly("Planning"));
  EXPECT_EQ(put(series, answer(Participation::accepted, "20300101T000000Z")).error().fault, Fault::not_found);
}

}  // namespace
}  // namespace caravan::app
