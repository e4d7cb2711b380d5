// SPDX-License-Identifier: GPL-3.0-or-later
// Both calendars have their users: what CalDAV's did survives the next run, or is told.
#include <gtest/gtest.h>

#include "support/world/world.hpp"

namespace caravan::world {
namespace {

TEST(BothSides, AnEditOnCaldavSurvivesALaterEditOfAnotherField) {
  World world;
  const ItemId standup = world.exchange().add("Standup");
  world.migrate();
  world.caldav().edit(uid_of("Standup"), body("bring the figures"));
  world.exchange().edit(standup, place("Room 7"));
  world.migrate();
  const model::Series stored = world.caldav().series(uid_of("Standup"));
  EXPECT_EQ(stored.master->description, "bring the figures");
  EXPECT_EQ(stored.master->location, "Room 7");
}

TEST(BothSides, AnEditOnCaldavSurvivesManyLaterEdits) {
  World world;
  const ItemId standup = world.exchange().add("Standup");
  world.migrate();
  world.caldav().edit(uid_of("Standup"), body("bring the figures"));
  world.exchange().edit(standup, place("Room 7"));
  world.migrate();
  world.exchange().edit(standup, place("Room 8"));
  world.migrate();
  const model::Series stored = world.caldav().series(uid_of("Standup"));
  EXPECT_EQ(stored.master->description, "bring the figures");
  EXPECT_EQ(stored.master->location, "Room 8");
}

TEST(BothSides, AnEditOnCaldavThatWasMergedStillBeatsADelete) {
  World world;
  const ItemId standup = world.exchange().add("Standup");
  world.migrate();
  world.caldav().edit(uid_of("Standup"), body("bring the figures"));
  world.exchange().edit(standup, place("Room 7"));
  world.migrate();
  world.exchange().remove(standup);
  world.migrate();
  EXPECT_TRUE(world.caldav().has(uid_of("Standup")));
}

TEST(BothSides, AnEditOnCaldavThatWasMergedStillMeetsALaterEditOfTheSameFieldAsAConflict) {
  World world;
  const ItemId standup = world.exchange().add("Standup");
  world.migrate();
  world.caldav().edit(uid_of("Standup"), body("bring the figures"));
  world.exchange().edit(standup, place("Room 7"));
  world.migrate();
  world.pass_time(std::chrono::hours(1));
  world.exchange().edit(standup, body("from Exchange"));
  world.migrate();
  ASSERT_EQ(world.conflicts().size(), 1U);
  EXPECT_NE(world.conflicts().front().losing_copy.find("bring the figures"), std::string::npos);
}

TEST(BothSides, ACopyThatWasKeptAtAFirstMeetingMeetsALaterEditAsAConflict) {
  World world;
  const ItemId standup = world.exchange().add("Standup");
  model::Series other = event("Standup");
  title("Something else")(other);
  world.caldav().put(other);
  world.migrate();
  world.pass_time(std::chrono::hours(1));
  world.exchange().edit(standup, title("Edited later"));
  world.migrate();
  EXPECT_EQ(world.conflicts().size(), 2U);
  EXPECT_NE(world.conflicts().back().losing_copy.find("Something else"), std::string::npos);
}

TEST(BothSides, AnEditOnCaldavAloneIsLeftAlone) {
  World world;
  world.exchange().add("Standup");
  world.migrate();
  world.writes();
  world.caldav().edit(uid_of("Standup"), title("Stand-up"));
  world.migrate();
  EXPECT_EQ(world.writes(), 0);
}

TEST(BothSides, AConflictKeepsTheLoser) {
  World world;
  const ItemId standup = world.exchange().add("Standup");
  world.migrate();
  world.caldav().edit(uid_of("Standup"), title("From CalDAV"));
  world.pass_time(std::chrono::hours(1));
  world.exchange().edit(standup, title("From Exchange"));
  world.migrate();
  ASSERT_EQ(world.conflicts().size(), 1U);
  EXPECT_EQ(world.conflicts().front().winner, "exchange");
  EXPECT_NE(world.conflicts().front().losing_copy.find("From CalDAV"), std::string::npos);
  EXPECT_EQ(world.caldav().series(uid_of("Standup")).master->summary, "From Exchange");
}

TEST(BothSides, AConflictIsToldOnce) {
  World world;
  const ItemId standup = world.exchange().add("Standup");
  world.migrate();
  world.caldav().edit(uid_of("Standup"), title("From CalDAV"));
  world.exchange().edit(standup, title("From Exchange"));
  world.migrate();
  world.migrate();
  world.exchange().touch(standup);
  world.migrate();
  EXPECT_EQ(world.conflicts().size(), 1U);
}

TEST(BothSides, AConflictThatCaldavWinsKeepsExchangesCopy) {
  World world;
  world.options.policy.conflict = sync::ConflictPolicy::caldav;
  const ItemId standup = world.exchange().add("Standup");
  world.migrate();
  world.caldav().edit(uid_of("Standup"), title("From CalDAV"));
  world.exchange().edit(standup, title("From Exchange"));
  world.migrate();
  ASSERT_EQ(world.conflicts().size(), 1U);
  EXPECT_NE(world.conflicts().front().losing_copy.find("From Exchange"), std::string::npos);
  EXPECT_EQ(world.caldav().series(uid_of("Standup")).master->summary, "From CalDAV");
}

TEST(BothSides, TheSameEditOnBothIsNoConflict) {
  World world;
  const ItemId standup = world.exchange().add("Standup");
  world.migrate();
  world.writes();
  world.caldav().edit(uid_of("Standup"), title("Stand-up"));
  world.exchange().edit(standup, title("Stand-up"));
  world.migrate();
  EXPECT_TRUE(world.conflicts().empty());
  EXPECT_EQ(world.writes(), 0);
}

TEST(BothSides, AnEditOnCaldavBeatsADeleteOnExchange) {
  World world;
  const ItemId standup = world.exchange().add("Standup");
  world.migrate();
  world.caldav().edit(uid_of("Standup"), title("Still needed"));
  world.exchange().remove(standup);
  world.migrate();
  world.migrate();
  EXPECT_EQ(world.caldav().series(uid_of("Standup")).master->summary, "Still needed");
}

TEST(BothSides, AnEditThatComesBetweenTheLookAndTheDeleteBeatsIt) {
  World world;
  const ItemId standup = world.exchange().add("Standup");
  world.migrate();
  world.exchange().remove(standup);
  world.caldav().before_next_write([&] { world.caldav().edit(uid_of("Standup"), title("Still needed")); });
  world.migrate();
  world.migrate();
  EXPECT_EQ(world.caldav().series(uid_of("Standup")).master->summary, "Still needed");
}

TEST(BothSides, AnEditThatComesBetweenTheLookAndTheUpdateSurvives) {
  World world;
  const ItemId standup = world.exchange().add("Standup");
  world.migrate();
  world.exchange().edit(standup, place("Room 7"));
  world.caldav().before_next_write([&] { world.caldav().edit(uid_of("Standup"), body("bring the figures")); });
  world.migrate();
  const model::Series stored = world.caldav().series(uid_of("Standup"));
  EXPECT_EQ(stored.master->description, "bring the figures");
  EXPECT_EQ(stored.master->location, "Room 7");
}

TEST(BothSides, AnEditThatComesBetweenTheUpdateAndTheReadBackSurvives) {
  World world(Manners{.read_back = true});
  const ItemId standup = world.exchange().add("Standup");
  world.migrate();
  world.exchange().edit(standup, place("Room 7"));
  world.caldav().after_next_write([&] { world.caldav().edit(uid_of("Standup"), body("bring the figures")); });
  world.migrate();
  world.exchange().edit(standup, body("from Exchange"));
  world.migrate();
  ASSERT_EQ(world.conflicts().size(), 1U);
  EXPECT_NE(world.conflicts().front().losing_copy.find("bring the figures"), std::string::npos);
}

TEST(BothSides, WhatCaldavDeletedStaysDeleted) {
  World world;
  const ItemId standup = world.exchange().add("Standup");
  world.migrate();
  world.caldav().remove(uid_of("Standup"));
  world.migrate();
  world.exchange().touch(standup);
  world.migrate();
  world.migrate();
  EXPECT_FALSE(world.caldav().has(uid_of("Standup")));
}

TEST(BothSides, WhatCaldavDeletedComesBackWhenExchangeEditsIt) {
  World world;
  const ItemId standup = world.exchange().add("Standup");
  world.migrate();
  world.caldav().remove(uid_of("Standup"));
  world.migrate();
  world.exchange().edit(standup, place("Room 7"));
  world.migrate();
  ASSERT_TRUE(world.caldav().has(uid_of("Standup")));
  EXPECT_EQ(world.caldav().series(uid_of("Standup")).master->location, "Room 7");
}

TEST(BothSides, WhatCaldavDeletedAndExchangeEditedInOneGoIsBroughtBack) {
  World world;
  const ItemId standup = world.exchange().add("Standup");
  world.migrate();
  world.caldav().remove(uid_of("Standup"));
  world.exchange().edit(standup, place("Room 7"));
  world.migrate();
  EXPECT_TRUE(world.caldav().has(uid_of("Standup")));
}

TEST(BothSides, WhatCaldavDeletedStaysDeletedWhenTheSyncStateIsLost) {
  World world;
  world.exchange().add("Standup");
  world.migrate();
  world.caldav().remove(uid_of("Standup"));
  world.migrate();
  world.exchange().lose_every_state();
  world.migrate();
  EXPECT_FALSE(world.caldav().has(uid_of("Standup")));
}

TEST(BothSides, WhatBothDeletedIsGone) {
  World world;
  const ItemId standup = world.exchange().add("Standup");
  world.migrate();
  world.writes();
  world.caldav().remove(uid_of("Standup"));
  world.exchange().remove(standup);
  world.migrate();
  EXPECT_EQ(world.writes(), 0);
  EXPECT_FALSE(world.caldav().has(uid_of("Standup")));
}

TEST(BothSides, WhatCaldavMadeIsLeftAlone) {
  World world;
  world.exchange().add("Standup");
  world.migrate();
  world.caldav().put(event("Dentist"));
  world.migrate();
  world.migrate();
  EXPECT_TRUE(world.caldav().has(uid_of("Dentist")));
  EXPECT_EQ(world.exchange().size(), 1U);
}

TEST(BothSides, AVersionWithoutAChangeOnCaldavCausesNoWrite) {
  World world;
  world.exchange().add("Standup");
  world.migrate();
  world.writes();
  world.caldav().touch(uid_of("Standup"));
  world.migrate();
  EXPECT_EQ(world.writes(), 0);
}

TEST(BothSides, AnUnreadableCopyOnCaldavIsNotWrittenOver) {
  World world;
  const ItemId standup = world.exchange().add("Standup");
  world.migrate();
  world.writes();
  world.caldav().put_text(
      uid_of("Standup"),
      "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:uid-Standup\r\nDTSTART:nonsense\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n");
  world.exchange().edit(standup, place("Room 7"));
  world.migrate();
  EXPECT_EQ(world.writes(), 0);
  EXPECT_EQ(world.parked().size(), 1U);
}

}  // namespace
}  // namespace caravan::world
