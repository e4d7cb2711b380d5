// SPDX-License-Identifier: GPL-3.0-or-later
// Two ways: deletes go both ways, recoverably and under one brake; an edit beats a delete; a move is no delete.
#include <gtest/gtest.h>

#include "support/world/world.hpp"

namespace caravan::world {
namespace {

int writes_of_ten_runs(World& world) {
  world.writes();
  for (int i = 0; i < 10; ++i) world.sync();
  return world.writes();
}

void agree_on(World& world, int events) {
  for (int i = 0; i < events; ++i) world.exchange().add("Event " + std::to_string(i));
  world.sync();
  world.writes();
}

TEST(ADeleteBothWays, OnCaldavIsARecoverableDeleteOnExchange) {
  World world;
  agree_on(world, 5);
  world.caldav().remove(uid_of("Event 1"));
  world.sync();
  EXPECT_FALSE(world.exchange().holds(uid_of("Event 1")));
  ASSERT_EQ(world.exchange().deleted_items().size(), 1U);
  EXPECT_EQ(world.exchange().deleted_items().front().uid, uid_of("Event 1"));
  EXPECT_EQ(world.report().exchange_deleted, 1U);
  EXPECT_EQ(writes_of_ten_runs(world), 0);
}

TEST(ADeleteBothWays, OnExchangeIsADeleteOnCaldav) {
  World world;
  agree_on(world, 5);
  world.exchange().remove(world.exchange().item_of(uid_of("Event 1")).value());
  world.sync();
  EXPECT_FALSE(world.caldav().has(uid_of("Event 1")));
  EXPECT_EQ(writes_of_ten_runs(world), 0);
}

TEST(ADeleteBothWays, OfBothSidesWritesNothing) {
  World world;
  agree_on(world, 5);
  world.caldav().remove(uid_of("Event 1"));
  world.exchange().remove(world.exchange().item_of(uid_of("Event 1")).value());
  world.sync();
  EXPECT_EQ(world.writes(), 0);
  EXPECT_EQ(world.counts().pending, 0U);
}

TEST(ADeleteBothWays, OnCaldavLosesAgainstAnEditOnExchange) {
  World world;
  agree_on(world, 5);
  world.caldav().remove(uid_of("Event 1"));
  world.exchange().edit(world.exchange().item_of(uid_of("Event 1")).value(), title("Still needed"));
  world.sync();
  ASSERT_TRUE(world.caldav().has(uid_of("Event 1")));
  EXPECT_EQ(world.caldav().series(uid_of("Event 1")).master->summary, "Still needed");
  EXPECT_EQ(world.exchange().size(), 5U);
  EXPECT_EQ(writes_of_ten_runs(world), 0);
}

TEST(ADeleteBothWays, OnExchangeLosesAgainstAnEditOnCaldav) {
  World world;
  agree_on(world, 5);
  world.exchange().remove(world.exchange().item_of(uid_of("Event 1")).value());
  world.caldav().edit(uid_of("Event 1"), title("Still needed"));
  world.sync();
  ASSERT_TRUE(world.exchange().holds(uid_of("Event 1")));
  EXPECT_EQ(world.exchange().series(uid_of("Event 1")).master->summary, "Still needed");
  EXPECT_EQ(world.caldav().size(), 5U);
  EXPECT_EQ(writes_of_ten_runs(world), 0);
}

TEST(ADeleteBothWays, OnCaldavOfWhatExchangeOnlyTouchedGoesThrough) {
  World world;
  agree_on(world, 5);
  world.caldav().remove(uid_of("Event 1"));
  world.exchange().touch(world.exchange().item_of(uid_of("Event 1")).value());
  world.sync();
  EXPECT_FALSE(world.exchange().holds(uid_of("Event 1")));
  EXPECT_EQ(world.counts().pending, 0U);
}

TEST(ADeleteBothWays, LosesAgainstAnEditThatComesBetweenTheLookAndTheDelete) {
  World world;
  agree_on(world, 5);
  const ItemId item = world.exchange().item_of(uid_of("Event 1")).value();
  world.caldav().remove(uid_of("Event 1"));
  world.exchange().before_next_write([&] { world.exchange().edit(item, title("Still needed")); });
  world.sync();
  world.sync();
  EXPECT_TRUE(world.exchange().holds(uid_of("Event 1")));
  ASSERT_TRUE(world.caldav().has(uid_of("Event 1")));
  EXPECT_EQ(world.caldav().series(uid_of("Event 1")).master->summary, "Still needed");
}

TEST(ADeleteBothWays, OfManyOnCaldavIsStoppedByTheBrake) {
  World world;
  agree_on(world, 20);
  for (int i = 0; i < 12; ++i) world.caldav().remove(uid_of("Event " + std::to_string(i)));
  world.sync();
  EXPECT_EQ(world.exchange().size(), 20U);
  ASSERT_TRUE(world.report().stopped.has_value());
  EXPECT_NE(world.report().stopped->deletes.find("\"exchange\""), std::string::npos);
}

TEST(ADeleteBothWays, OfAllOfThreeIsStoppedByTheBrake) {
  World world;
  agree_on(world, 3);
  for (int i = 0; i < 3; ++i) world.caldav().remove(uid_of("Event " + std::to_string(i)));
  world.sync();
  EXPECT_EQ(world.exchange().size(), 3U);
  EXPECT_TRUE(world.report().stopped.has_value());
}

TEST(ADeleteBothWays, GoesThroughWhenAPersonApprovesThePlan) {
  World world;
  agree_on(world, 20);
  for (int i = 0; i < 12; ++i) world.caldav().remove(uid_of("Event " + std::to_string(i)));
  world.sync();
  world.approve();
  world.sync();
  EXPECT_EQ(world.exchange().size(), 8U);
  EXPECT_EQ(writes_of_ten_runs(world), 0);
}

TEST(ADeleteBothWays, CountsBothSidesOverTheRollingDay) {
  World world;
  agree_on(world, 40);
  for (int i = 0; i < 6; ++i) world.caldav().remove(uid_of("Event " + std::to_string(i)));
  world.sync();
  for (int i = 6; i < 12; ++i)
    world.exchange().remove(world.exchange().item_of(uid_of("Event " + std::to_string(i))).value());
  world.sync();
  EXPECT_EQ(world.caldav().size(), 34U);
  EXPECT_TRUE(world.report().stopped.has_value());
}

TEST(ADeleteBothWays, IsNotTheVanishingOfTheWholeCollection) {
  World world;
  agree_on(world, 2);
  world.caldav().remove_collection();
  world.sync();
  EXPECT_EQ(world.exchange().size(), 2U);
  ASSERT_TRUE(world.report().error.has_value());
  EXPECT_EQ(world.report().error->code, sync::kContainerGone);
}

TEST(ADeleteBothWays, IsFoundByTheWholeListingWhenTheTokenWasLost) {
  World world;
  agree_on(world, 5);
  world.caldav().remove(uid_of("Event 1"));
  world.caldav().lose_every_token();
  world.sync();
  EXPECT_FALSE(world.exchange().holds(uid_of("Event 1")));
  EXPECT_EQ(world.exchange().size(), 4U);
}

TEST(ADeleteBothWays, StaysDeleted) {
  World world;
  agree_on(world, 5);
  world.caldav().remove(uid_of("Event 1"));
  world.sync();
  world.exchange().lose_every_state();
  world.caldav().lose_every_token();
  EXPECT_EQ(writes_of_ten_runs(world), 0);
  EXPECT_FALSE(world.caldav().has(uid_of("Event 1")));
}

TEST(ADeleteBothWays, IsUndoneWhenTheSeriesComesBackOnCaldav) {
  World world;
  agree_on(world, 5);
  const model::Series series = world.caldav().series(uid_of("Event 1"));
  world.caldav().remove(uid_of("Event 1"));
  world.sync();
  world.caldav().put(series);
  world.sync();
  EXPECT_TRUE(world.exchange().holds(uid_of("Event 1")));
  EXPECT_EQ(writes_of_ten_runs(world), 0);
}

TEST(ADeleteBothWays, RecordsWhatStoodOnExchangeForRollback) {
  World world;
  agree_on(world, 5);
  world.caldav().remove(uid_of("Event 1"));
  world.sync();
  const auto rows = world.undo();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_TRUE(rows.front().href.value.starts_with("exchange:"));
  EXPECT_NE(rows.front().before_text.value_or("").find("Event 1"), std::string::npos);
}

TEST(AMoveOnCaldav, IntoAnotherCollectionIsNoDeleteOfThePlan) {
  World world;
  const std::size_t other = world.add_calendar("other");
  agree_on(world, 3);
  for (int i = 0; i < 3; ++i) {
    const Uid uid = uid_of("Event " + std::to_string(i));
    world.caldav(other).put(world.caldav().series(uid));
    world.caldav().remove(uid);
  }
  world.sync();
  EXPECT_FALSE(world.report().stopped.has_value());
  EXPECT_EQ(world.exchange().size(), 0U);
  EXPECT_EQ(world.exchange(other).size(), 3U);
  EXPECT_EQ(writes_of_ten_runs(world), 0);
}

TEST(AMoveOnExchange, IntoAnotherFolderFollowsOnCaldav) {
  World world;
  const std::size_t other = world.add_calendar("other");
  agree_on(world, 3);
  for (const auto& item : world.exchange().ids()) (void)world.exchange().move_to(item, world.exchange(other));
  world.sync();
  EXPECT_FALSE(world.report().stopped.has_value());
  EXPECT_EQ(world.caldav().size(), 0U);
  EXPECT_EQ(world.caldav(other).size(), 3U);
  EXPECT_EQ(writes_of_ten_runs(world), 0);
}

TEST(APrivateEvent, ThatPolicyOmitsIsNotMadeOnExchangeAndNotDoubled) {
  World world;
  world.options.private_events = sync::PrivateEvents::omit;
  model::Series dentist = event("Dentist");
  private_one()(dentist);
  world.caldav().put(dentist);
  world.sync();
  EXPECT_EQ(world.exchange().size(), 0U);
  EXPECT_TRUE(world.caldav().has(uid_of("Dentist")));
}

TEST(APrivateEvent, ThatPolicyOmitsLeavesCaldavAndNothingIsMadeAnew) {
  World world;
  world.options.private_events = sync::PrivateEvents::omit;
  agree_on(world, 5);
  world.exchange().edit(world.exchange().item_of(uid_of("Event 1")).value(), private_one());
  world.sync();
  world.sync();
  EXPECT_FALSE(world.caldav().has(uid_of("Event 1")));
  EXPECT_EQ(world.exchange().size(), 5U);
}

TEST(AWindow, LeavesCaldavsEventsOutsideAlone) {
  World world;
  world.set_window("2026-06-01T00:00:00Z", "2026-07-01T00:00:00Z");
  model::Series later = event("Later");
  on_day(9, 1)(later);
  world.caldav().put(later);
  world.caldav().put(event("Now"));
  world.sync();
  EXPECT_TRUE(world.exchange().holds(uid_of("Now")));
  EXPECT_FALSE(world.exchange().holds(uid_of("Later")));
}

}  // namespace
}  // namespace caravan::world
