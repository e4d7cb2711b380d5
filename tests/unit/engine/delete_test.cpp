// SPDX-License-Identifier: GPL-3.0-or-later
// The delete brake, and what must never be taken for a deletion.
#include <gtest/gtest.h>

#include "support/world/world.hpp"

namespace caravan::world {
namespace {

std::vector<ItemId> add_many(World& world, int count) {
  std::vector<ItemId> out;
  for (int i = 0; i < count; ++i) out.push_back(world.exchange().add("Event " + std::to_string(i)));
  return out;
}
void remove_first(World& world, const std::vector<ItemId>& items, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) world.exchange().remove(items[i]);
}

TEST(DeleteBrake, HoldsWhenAFolderOf400IsSuddenlyEmpty) {
  World world;
  const auto items = add_many(world, 400);
  world.migrate();
  remove_first(world, items, 400);
  world.migrate();
  EXPECT_EQ(world.caldav().size(), 400U);
  EXPECT_TRUE(world.report().stopped);
}

TEST(DeleteBrake, HoldsWhenHalfOfAFolderIsGone) {
  World world;
  const auto items = add_many(world, 40);
  world.migrate();
  remove_first(world, items, 20);
  world.migrate();
  EXPECT_EQ(world.caldav().size(), 40U);
  EXPECT_EQ(world.caldav().deletes, 0);
}

TEST(DeleteBrake, HoldsWhenALostSyncStateShowsAnEmptyFolder) {
  World world;
  const auto items = add_many(world, 40);
  world.migrate();
  remove_first(world, items, 40);
  world.exchange().lose_every_state();
  world.migrate();
  EXPECT_EQ(world.caldav().size(), 40U);
}

TEST(DeleteBrake, GoesOnHoldingInTheNextRun) {
  World world;
  const auto items = add_many(world, 40);
  world.migrate();
  remove_first(world, items, 20);
  world.migrate();
  world.migrate();
  EXPECT_EQ(world.caldav().size(), 40U);
  EXPECT_TRUE(world.report().stopped);
}

TEST(DeleteBrake, LetsNewEventsThrough) {
  World world;
  const auto items = add_many(world, 40);
  world.migrate();
  remove_first(world, items, 20);
  world.exchange().add("New");
  world.migrate();
  EXPECT_TRUE(world.caldav().has(uid_of("New")));
}

TEST(DeleteBrake, IsReleasedByApproval) {
  World world;
  const auto items = add_many(world, 40);
  world.migrate();
  remove_first(world, items, 20);
  world.migrate();
  world.approve();
  world.migrate();
  EXPECT_EQ(world.caldav().size(), 20U);
}

TEST(DeleteBrake, OfAnApprovedPlanHoldsAnotherPlan) {
  World world;
  const auto items = add_many(world, 40);
  world.migrate();
  remove_first(world, items, 20);
  world.migrate();
  world.approve();
  world.exchange().remove(items[30]);
  world.migrate();
  EXPECT_EQ(world.caldav().size(), 40U);
}

TEST(DeleteBrake, CountsOverADay) {
  World world;
  const auto items = add_many(world, 40);
  world.migrate();
  remove_first(world, {items.begin(), items.begin() + 8}, 8);
  world.migrate();
  remove_first(world, {items.begin() + 8, items.begin() + 16}, 8);
  world.migrate();
  EXPECT_EQ(world.caldav().size(), 32U);
}

TEST(DeleteBrake, ForgetsAfterADay) {
  World world;
  const auto items = add_many(world, 40);
  world.migrate();
  remove_first(world, {items.begin(), items.begin() + 8}, 8);
  world.migrate();
  world.pass_time(std::chrono::hours(25));
  remove_first(world, {items.begin() + 8, items.begin() + 12}, 4);
  world.migrate();
  EXPECT_EQ(world.caldav().size(), 28U);
}

TEST(DeleteBrake, LetsAFewGo) {
  World world;
  const auto items = add_many(world, 40);
  world.migrate();
  remove_first(world, items, 3);
  world.migrate();
  EXPECT_EQ(world.caldav().size(), 37U);
}

TEST(Deletion, IsNotDerivedFromAListingThatBreaksOff) {
  World world;
  add_many(world, 6);
  world.migrate();
  world.exchange().lose_every_state();
  world.exchange().answer_in_pages_of(2);
  world.exchange().fail_next(make_error(Fault::retry_later, "The connection broke."), 2);
  world.migrate();
  EXPECT_EQ(world.caldav().deletes, 0);
  EXPECT_TRUE(world.report().error);
}

TEST(Deletion, IsDerivedFromTheListingThatIsFinishedLater) {
  World world;
  const auto items = add_many(world, 6);
  world.migrate();
  world.exchange().remove(items[0]);
  world.exchange().lose_every_state();
  world.exchange().answer_in_pages_of(2);
  world.exchange().fail_next(make_error(Fault::retry_later, "The connection broke."), 2);
  world.migrate();
  world.migrate();
  EXPECT_EQ(world.caldav().size(), 5U);
}

TEST(Deletion, IsNotDerivedFromALostSyncState) {
  World world;
  add_many(world, 6);
  world.migrate();
  world.writes();
  world.exchange().lose_every_state();
  world.migrate();
  EXPECT_EQ(world.writes(), 0);
  EXPECT_EQ(world.caldav().size(), 6U);
}

TEST(Deletion, IsNotDerivedFromAFolderThatIsGone) {
  World world;
  add_many(world, 2);
  world.migrate();
  world.exchange().fail_next(make_error(Fault::not_found, "There is no such folder.", sync::kContainerGone));
  world.migrate();
  EXPECT_EQ(world.caldav().size(), 2U);
}

TEST(Deletion, OfWhatIsThereInTwoItemsKeepsTheOther) {
  World world;
  const ItemId first = world.exchange().add("Standup");
  model::Series second = event("Standup");
  title("Copy of Standup")(second);
  world.pass_time(std::chrono::hours(1));
  const ItemId newest = world.exchange().add(second);
  world.migrate();
  ASSERT_EQ(world.caldav().series(uid_of("Standup")).master->summary, "Copy of Standup");
  world.exchange().remove(newest);
  world.migrate();
  world.retry_parked();
  world.migrate();
  EXPECT_TRUE(world.exchange().has(first));
  EXPECT_TRUE(world.caldav().has(uid_of("Standup")));
}

TEST(Deletion, WhoseAnswerWasLostIsNotRepeatedOnSomebodysNewEvent) {
  World world;
  const ItemId standup = world.exchange().add("Standup");
  world.migrate();
  world.exchange().remove(standup);
  world.caldav().trouble_next_write(Trouble::lost_after);
  world.migrate();
  model::Series anew = event("Standup");
  title("Made anew on CalDAV")(anew);
  world.caldav().put(anew);
  world.migrate();
  EXPECT_TRUE(world.caldav().has(uid_of("Standup")));
}

TEST(Deletion, WhoseAnswerWasLostIsKnownInTheNextRun) {
  World world;
  const ItemId standup = world.exchange().add("Standup");
  world.migrate();
  world.exchange().remove(standup);
  world.caldav().trouble_next_write(Trouble::lost_before);
  world.migrate();
  world.migrate();
  EXPECT_FALSE(world.caldav().has(uid_of("Standup")));
}

TEST(Deletion, ThatMeetsABusyServerHappensLater) {
  World world;
  const ItemId standup = world.exchange().add("Standup");
  world.migrate();
  world.exchange().remove(standup);
  world.caldav().trouble_next_write(Trouble::busy);
  world.migrate();
  world.migrate();
  EXPECT_FALSE(world.caldav().has(uid_of("Standup")));
  EXPECT_EQ(world.counts().open_intents, 0U);
}

}  // namespace
}  // namespace caravan::world
