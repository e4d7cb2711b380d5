// SPDX-License-Identifier: GPL-3.0-or-later
// What changes on Exchange, and CalDAV after the next run.
#include <gtest/gtest.h>

#include "support/world/world.hpp"

namespace caravan::world {
namespace {

TEST(Migrate, BringsANewEvent) {
  World world;
  world.exchange().add("Standup");
  world.migrate();
  EXPECT_EQ(world.caldav().series(uid_of("Standup")).master->summary, "Standup");
}

TEST(Migrate, MakesACollectionThatIsNotThere) {
  World world(Manners{.exists = false});
  world.exchange().add("Standup");
  world.migrate();
  EXPECT_TRUE(world.caldav().has(uid_of("Standup")));
}

TEST(Migrate, MarksWhatItWrites) {
  World world;
  world.exchange().add("Standup");
  world.migrate();
  EXPECT_NE(world.caldav().text(uid_of("Standup")).find(sync::mark_for(world.mailbox(), uid_of("Standup"))),
            std::string::npos);
}

TEST(Migrate, WritesNothingTheSecondTime) {
  World world;
  world.exchange().add("Standup");
  world.exchange().add(weekly("Jour fixe"));
  world.migrate();
  world.writes();
  world.migrate();
  EXPECT_EQ(world.writes(), 0);
}

TEST(Migrate, ReadsNothingTheSecondTime) {
  World world;
  world.exchange().add("Standup");
  world.migrate();
  const int reads = world.exchange().reads;
  world.migrate();
  EXPECT_EQ(world.exchange().reads, reads);
}

TEST(Migrate, BringsAChange) {
  World world;
  const ItemId standup = world.exchange().add("Standup");
  world.migrate();
  world.exchange().edit(standup, place("Room 7"));
  world.migrate();
  EXPECT_EQ(world.caldav().series(uid_of("Standup")).master->location, "Room 7");
}

TEST(Migrate, WritesOnceForAChange) {
  World world;
  const ItemId standup = world.exchange().add("Standup");
  world.migrate();
  world.writes();
  world.exchange().edit(standup, place("Room 7"));
  world.migrate();
  EXPECT_EQ(world.writes(), 1);
}

TEST(Migrate, BringsTheChangeOfAnException) {
  World world;
  const ItemId weekly_one = world.exchange().add(weekly("Jour fixe"));
  world.exchange().edit(weekly_one, title_of_occurrence(2, "With guests"));
  world.migrate();
  world.exchange().edit(weekly_one, title_of_occurrence(2, "Without guests"));
  world.migrate();
  const model::Series stored = world.caldav().series(uid_of("Jour fixe"));
  EXPECT_EQ(find_occurrence(stored, 2)->summary, "Without guests");
}

TEST(Migrate, BringsANewException) {
  World world;
  const ItemId weekly_one = world.exchange().add(weekly("Jour fixe"));
  world.migrate();
  world.exchange().edit(weekly_one, title_of_occurrence(3, "Anniversary"));
  world.migrate();
  const model::Series stored = world.caldav().series(uid_of("Jour fixe"));
  ASSERT_NE(find_occurrence(stored, 3), nullptr);
  EXPECT_EQ(find_occurrence(stored, 3)->summary, "Anniversary");
}

TEST(Migrate, BringsAnExclusion) {
  World world;
  const ItemId weekly_one = world.exchange().add(weekly("Jour fixe"));
  world.migrate();
  world.exchange().edit(weekly_one, without_occurrence(4));
  world.migrate();
  EXPECT_EQ(world.caldav().series(uid_of("Jour fixe")).excluded, std::vector{occurrence(4)});
}

TEST(Migrate, BringsAMoveOfTheWholeSeries) {
  World world;
  const ItemId weekly_one = world.exchange().add(weekly("Jour fixe"));
  world.migrate();
  world.exchange().edit(weekly_one, at_hour(15));
  world.migrate();
  EXPECT_EQ(world.caldav().series(uid_of("Jour fixe")).master->start.wall.hour, 15);
}

TEST(Migrate, BringsADeletion) {
  World world;
  const ItemId standup = world.exchange().add("Standup");
  world.migrate();
  world.exchange().remove(standup);
  world.migrate();
  EXPECT_FALSE(world.caldav().has(uid_of("Standup")));
}

TEST(Migrate, WritesNothingForAnEventThatCameAndWentBetweenTwoRuns) {
  World world;
  world.exchange().add("Standup");
  world.migrate();
  world.writes();
  world.exchange().remove(world.exchange().add("Ghost"));
  world.migrate();
  EXPECT_EQ(world.writes(), 0);
}

TEST(Migrate, BringsAChangeThatFollowsOneItKnowsAlready) {
  World world;
  const ItemId standup = world.exchange().add("Standup");
  world.kill_at(Place::store, 9);
  world.migrate();
  world.exchange().edit(standup, place("Room 7"));
  world.migrate();
  EXPECT_EQ(world.caldav().series(uid_of("Standup")).master->location, "Room 7");
}

TEST(Migrate, WritesNothingForAVersionWithoutAChange) {
  World world;
  const ItemId standup = world.exchange().add("Standup");
  world.migrate();
  world.writes();
  world.exchange().touch(standup);
  world.migrate();
  EXPECT_EQ(world.writes(), 0);
}

TEST(Migrate, TakesRowsThatComeTwiceOnce) {
  World world;
  world.exchange().tell_every_row_twice();
  world.exchange().add("Standup");
  world.migrate();
  EXPECT_EQ(world.caldav().puts, 1);
}

TEST(Migrate, WalksThroughPages) {
  World world;
  world.exchange().answer_in_pages_of(2);
  world.exchange().add("One");
  world.exchange().add("Two");
  world.exchange().add("Three");
  world.exchange().add("Four");
  world.exchange().add("Five");
  world.migrate();
  EXPECT_EQ(world.caldav().size(), 5U);
}

TEST(Migrate, TakesAnEventThatMovedToAnotherFolderAlong) {
  World world;
  const std::size_t team = world.add_calendar("team");
  const ItemId standup = world.exchange().add("Standup");
  world.migrate();
  world.exchange().move_to(standup, world.exchange(team));
  world.migrate();
  EXPECT_FALSE(world.caldav().has(uid_of("Standup")));
  EXPECT_TRUE(world.caldav(team).has(uid_of("Standup")));
}

TEST(Migrate, TakesAWholeFolderThatMovedForNoLoss) {
  World world;
  const std::size_t team = world.add_calendar("team");
  const ItemId one = world.exchange().add("One");
  const ItemId two = world.exchange().add("Two");
  const ItemId three = world.exchange().add("Three");
  world.migrate();
  world.exchange().move_to(one, world.exchange(team));
  world.exchange().move_to(two, world.exchange(team));
  world.exchange().move_to(three, world.exchange(team));
  world.migrate();
  EXPECT_FALSE(world.report().stopped);
  EXPECT_EQ(world.caldav(team).size(), 3U);
  EXPECT_EQ(world.caldav().size(), 0U);
}

TEST(Migrate, WritesNothingForAnEventThatCameBackFromTheBin) {
  World world;
  const ItemId standup = world.exchange().add("Standup");
  world.migrate();
  world.writes();
  world.exchange().remove_and_restore(standup);
  world.migrate();
  EXPECT_EQ(world.writes(), 0);
  EXPECT_TRUE(world.caldav().has(uid_of("Standup")));
}

TEST(Migrate, KeepsAnEventThatCameBackFromTheBinInTheRunsAfter) {
  World world;
  const ItemId standup = world.exchange().add("Standup");
  world.migrate();
  world.exchange().remove_and_restore(standup);
  world.migrate();
  world.migrate();
  EXPECT_TRUE(world.caldav().has(uid_of("Standup")));
}

TEST(Migrate, BringsAnEventBackThatWasDeletedInAnEarlierRun) {
  World world;
  const ItemId standup = world.exchange().add("Standup");
  world.migrate();
  world.exchange().remove(standup);
  world.migrate();
  world.exchange().add("Standup");
  world.migrate();
  EXPECT_TRUE(world.caldav().has(uid_of("Standup")));
}

TEST(Migrate, FallsSilentWithAServerThatRewritesWhatItStores) {
  World world(Manners{.rewrites = true});
  const ItemId standup = world.exchange().add("Standup");
  world.migrate();
  world.exchange().edit(standup, place("Room 7"));
  world.migrate();
  world.writes();
  world.exchange().touch(standup);
  world.migrate();
  EXPECT_EQ(world.writes(), 0);
  EXPECT_EQ(world.caldav().series(uid_of("Standup")).master->location, "Room 7");
}

TEST(Migrate, KnowsWhatAServerStoredThatTellsNoEtag) {
  World world(Manners{.tells_etag = false, .rewrites = true});
  const ItemId standup = world.exchange().add("Standup");
  world.migrate();
  world.exchange().edit(standup, place("Room 7"));
  world.migrate();
  world.writes();
  world.migrate();
  EXPECT_EQ(world.writes(), 0);
  EXPECT_EQ(world.caldav().series(uid_of("Standup")).master->location, "Room 7");
}

TEST(Migrate, BringsAnInvitationToSingleOccurrencesAsOneResource) {
  World world;
  world.exchange().add(orphan("Jour fixe", 1));
  world.exchange().add(orphan("Jour fixe", 3));
  world.migrate();
  EXPECT_EQ(world.caldav().count(uid_of("Jour fixe")), 1U);
  EXPECT_EQ(world.caldav().series(uid_of("Jour fixe")).overrides.size(), 2U);
}

TEST(Migrate, AddsASecondInvitationToAnOccurrenceToTheFirst) {
  World world;
  world.exchange().add(orphan("Jour fixe", 1));
  world.migrate();
  world.exchange().add(orphan("Jour fixe", 3));
  world.migrate();
  EXPECT_EQ(world.caldav().series(uid_of("Jour fixe")).overrides.size(), 2U);
}

TEST(Migrate, KeepsTheOtherOccurrenceWhenOneInvitationIsDeleted) {
  World world;
  const ItemId first = world.exchange().add(orphan("Jour fixe", 1));
  world.exchange().add(orphan("Jour fixe", 3));
  world.migrate();
  world.exchange().remove(first);
  world.migrate();
  ASSERT_TRUE(world.caldav().has(uid_of("Jour fixe")));
  const model::Series stored = world.caldav().series(uid_of("Jour fixe"));
  EXPECT_EQ(find_occurrence(stored, 1), nullptr);
  EXPECT_NE(find_occurrence(stored, 3), nullptr);
}

TEST(Migrate, LetsTheMasterJoinItsOccurrences) {
  World world;
  world.exchange().add(orphan("Jour fixe", 1));
  world.migrate();
  world.exchange().add(weekly("Jour fixe"));
  world.migrate();
  const model::Series stored = world.caldav().series(uid_of("Jour fixe"));
  EXPECT_TRUE(stored.recurring());
  EXPECT_EQ(world.caldav().count(uid_of("Jour fixe")), 1U);
}

TEST(Migrate, SendsASingleOccurrencePlainWhereTheServerWantsAMaster) {
  World world(Manners{.orphans_refused = true});
  world.exchange().add(orphan("Jour fixe", 1));
  world.migrate();
  EXPECT_EQ(world.caldav().text(uid_of("Jour fixe")).find("RECURRENCE-ID"), std::string::npos);
}

TEST(Migrate, BringsAnEditOfAPlainOccurrence) {
  World world(Manners{.orphans_refused = true});
  const ItemId only = world.exchange().add(orphan("Jour fixe", 1));
  world.migrate();
  world.exchange().edit(only, [](model::Series& series) { series.overrides.front().location = "Room 7"; });
  world.migrate();
  EXPECT_EQ(world.caldav().series(uid_of("Jour fixe")).master->location, "Room 7");
}

TEST(Migrate, FallsSilentAfterAPlainOccurrence) {
  World world(Manners{.orphans_refused = true});
  const ItemId only = world.exchange().add(orphan("Jour fixe", 1));
  world.migrate();
  world.writes();
  world.exchange().touch(only);
  world.migrate();
  EXPECT_EQ(world.writes(), 0);
}

}  // namespace
}  // namespace caravan::world
