// SPDX-License-Identifier: GPL-3.0-or-later
// First meetings: a calendar that holds something already, a lost store, a rehearsal.
#include <gtest/gtest.h>

#include "support/world/world.hpp"

namespace caravan::world {
namespace {

TEST(FirstRun, LinksEqualEventsWithoutAWrite) {
  World world;
  world.exchange().add("Standup");
  world.exchange().add(weekly("Jour fixe"));
  world.caldav().put(event("Standup"));
  world.caldav().put(weekly("Jour fixe"));
  world.migrate();
  EXPECT_EQ(world.writes(), 0);
  EXPECT_EQ(world.report().linked, 2U);
}

TEST(FirstRun, UpdatesALinkedEventInItsOwnResource) {
  World world;
  const ItemId standup = world.exchange().add("Standup");
  world.caldav().put(event("Standup"));
  world.migrate();
  world.exchange().edit(standup, place("Room 7"));
  world.migrate();
  EXPECT_EQ(world.caldav().count(uid_of("Standup")), 1U);
  EXPECT_EQ(world.caldav().series(uid_of("Standup")).master->location, "Room 7");
}

TEST(FirstRun, KeepsADifferentEventOfTheSameUidAndListsAConflict) {
  World world;
  world.exchange().add("Standup");
  model::Series other = event("Standup");
  title("Something else")(other);
  world.caldav().put(other);
  world.migrate();
  EXPECT_EQ(world.caldav().series(uid_of("Standup")).master->summary, "Something else");
  EXPECT_EQ(world.conflicts().size(), 1U);
}

TEST(FirstRun, LeavesEventsOfOthersAlone) {
  World world;
  world.exchange().add("Standup");
  world.caldav().put(event("Dentist"));
  world.migrate();
  EXPECT_TRUE(world.caldav().has(uid_of("Dentist")));
  EXPECT_TRUE(world.caldav().has(uid_of("Standup")));
}

TEST(FirstRun, MeetsAnEventThatComesWhileItRuns) {
  World world;
  world.exchange().add("Standup");
  world.caldav().before_next_write([&] { world.caldav().put(event("Standup")); });
  world.migrate();
  EXPECT_EQ(world.caldav().count(uid_of("Standup")), 1U);
}

TEST(FirstRun, MeetsAnEventThatComesWhileItRunsWithoutBeingToldWhere) {
  World world(Manners{.names_the_other = false});
  world.exchange().add("Standup");
  world.caldav().before_next_write([&] { world.caldav().put(event("Standup")); });
  world.migrate();
  world.pass_time(std::chrono::hours(7));
  world.migrate();
  world.migrate();
  EXPECT_EQ(world.caldav().count(uid_of("Standup")), 1U);
  EXPECT_TRUE(world.parked().empty());
}

TEST(FirstRun, DoesNotDoubleWhatItFindsInAListingThatWasCutShort) {
  World world(Manners{.one_uid_once = false});
  world.exchange().add("Standup");
  world.caldav().put(event("Standup"));
  world.caldav().cut_next_read(1);
  world.migrate();
  world.migrate();
  EXPECT_EQ(world.caldav().count(uid_of("Standup")), 1U);
}

TEST(FirstRun, WithoutItsStoreDoublesNothing) {
  World world(Manners{.one_uid_once = false});
  world.exchange().add("Standup");
  world.exchange().add(weekly("Jour fixe"));
  world.migrate();
  world.lose_the_store();
  world.writes();
  world.migrate();
  EXPECT_EQ(world.writes(), 0);
  EXPECT_EQ(world.caldav().size(), 2U);
}

TEST(Rebuild, LinksWithoutAWrite) {
  World world;
  world.exchange().add("Standup");
  world.exchange().add(weekly("Jour fixe"));
  world.migrate();
  world.lose_the_store();
  world.writes();
  world.rebuild();
  EXPECT_EQ(world.writes(), 0);
  EXPECT_EQ(world.report().linked, 2U);
}

TEST(Rebuild, LeavesWhatStandsOnExchangeOnlyToTheNextRun) {
  World world;
  world.exchange().add("Standup");
  world.rebuild();
  EXPECT_EQ(world.writes(), 0);
  world.migrate();
  EXPECT_TRUE(world.caldav().has(uid_of("Standup")));
}

TEST(Rebuild, ListsADifferenceAndWritesNothing) {
  World world;
  const ItemId standup = world.exchange().add("Standup");
  world.migrate();
  world.lose_the_store();
  world.exchange().edit(standup, title("Changed meanwhile"));
  world.writes();
  world.rebuild();
  EXPECT_EQ(world.writes(), 0);
  EXPECT_EQ(world.conflicts().size(), 1U);
}

TEST(Rebuild, LetsTheNextRunWriteNothing) {
  World world;
  world.exchange().add("Standup");
  world.migrate();
  world.lose_the_store();
  world.rebuild();
  world.writes();
  world.migrate();
  EXPECT_EQ(world.writes(), 0);
}

TEST(DryRun, LeavesStoreAndCaldavAsTheyAre) {
  World world;
  world.exchange().add("Standup");
  const ItemId second = world.exchange().add("Second");
  const ItemId third = world.exchange().add("Third");
  world.migrate();
  world.exchange().remove(second);
  world.exchange().edit(third, place("Room 7"));
  world.exchange().add("Fourth");
  world.writes();
  const std::string before = world.store_as_text();
  world.dry_run();
  EXPECT_EQ(world.writes(), 0);
  EXPECT_EQ(world.store_as_text(), before);
}

TEST(DryRun, CountsWhatARealRunWouldDo) {
  World world;
  world.exchange().add("Standup");
  const ItemId second = world.exchange().add("Second");
  const ItemId third = world.exchange().add("Third");
  world.migrate();
  world.exchange().remove(second);
  world.exchange().edit(third, place("Room 7"));
  world.exchange().add("Fourth");
  const sync::PassReport& report = world.dry_run();
  EXPECT_EQ(report.created, 1U);
  EXPECT_EQ(report.updated, 1U);
  EXPECT_EQ(report.deleted, 1U);
}

TEST(DryRun, OfAFirstRunCountsAndWritesNothing) {
  World world(Manners{.exists = false});
  world.exchange().add("Standup");
  const sync::PassReport& report = world.dry_run();
  EXPECT_EQ(report.created, 1U);
  EXPECT_EQ(world.writes(), 0);
}

TEST(DryRun, OverALostSyncStateChangesNothing) {
  World world;
  world.exchange().add("Standup");
  world.migrate();
  world.exchange().lose_every_state();
  const std::string before = world.store_as_text();
  const sync::PassReport& report = world.dry_run();
  EXPECT_EQ(report.created + report.updated + report.deleted, 0U);
  EXPECT_EQ(world.store_as_text(), before);
}

TEST(DryRun, LinksEqualEventsOfAFirstMeeting) {
  World world;
  world.exchange().add("Standup");
  world.caldav().put(event("Standup"));
  const sync::PassReport& report = world.dry_run();
  EXPECT_EQ(report.linked, 1U);
  EXPECT_EQ(report.created, 0U);
}

TEST(Lease, ThatWasTakenOverWritesNothingToTheStore) {
  World world;
  world.exchange().add("Standup");
  const std::string before = world.store_as_text();
  const sync::PassReport& report = world.migrate_with_a_stale_lease();
  ASSERT_TRUE(report.error);
  EXPECT_EQ(report.error->code, "stale_lease");
  EXPECT_EQ(world.store_as_text(), before);
}

TEST(Lease, ThatWasTakenOverWritesNothingToCaldav) {
  World world;
  world.exchange().add("Standup");
  world.migrate_with_a_stale_lease();
  EXPECT_EQ(world.writes(), 0);
}

/// The store's time of the whole series, by which what lies in a window is found.
std::pair<Instant, Instant> kept_extent(World& world, const std::string& name) {
  const auto mapping = world.store().mapping(world.pair().id, uid_of(name)).value();
  return {mapping->starts, mapping->ends};
}

TEST(FirstRun, KeepsTheEndOfTheLastOccurrence) {
  World world;
  world.exchange().add(weekly("Jour fixe"));
  world.migrate();
  EXPECT_EQ(kept_extent(world, "Jour fixe"),
            std::pair(occurrence(0).instant(), occurrence(9).instant() + std::chrono::hours(1)));
}

/// Such a rule is not walked: two days cover zones and an UNTIL that names a whole day.
TEST(FirstRun, KeepsAnEndThatNoOccurrencePassesWhereTheRuleEndsByADate) {
  World world;
  model::Series series = weekly("Jour fixe");
  series.rules.front().count = 0;
  series.rules.front().has_until = true;
  series.rules.front().until = model::utc_time(occurrence(9).instant());
  world.exchange().add(series);
  world.migrate();
  EXPECT_EQ(kept_extent(world, "Jour fixe").second, occurrence(9).instant() + std::chrono::hours(1 + 48));
}

TEST(FirstRun, KeepsThatAnEndlessSeriesDoesNotEnd) {
  World world;
  model::Series endless = weekly("Jour fixe");
  endless.rules.front().count = 0;
  world.exchange().add(endless);
  world.migrate();
  EXPECT_EQ(to_rfc3339(kept_extent(world, "Jour fixe").second), "9999-12-31T23:59:59Z");
}

TEST(FirstRun, KeepsTheTimesOfOccurrencesThatWereMovedOutOfTheSeries) {
  World world;
  model::Series series = weekly("Jour fixe");
  for (const int week : {0, 9}) {
    model::Event moved = *series.master;
    moved.recurrence_id = occurrence(week);
    moved.start = occurrence(week == 0 ? -1 : 11);
    moved.end = occurrence(week == 0 ? -1 : 11);
    series.overrides.push_back(moved);
  }
  world.exchange().add(series);
  world.migrate();
  EXPECT_EQ(kept_extent(world, "Jour fixe"), std::pair(occurrence(-1).instant(), occurrence(11).instant()));
}

}  // namespace
}  // namespace caravan::world
