// SPDX-License-Identifier: GPL-3.0-or-later
// Poison, refusals, lost answers and lost states: nothing is lost, nothing is doubled, and it is told.
#include <gtest/gtest.h>

#include "support/world/world.hpp"

namespace caravan::world {
namespace {

TEST(Poison, IsParkedAndTheOthersGoOn) {
  World world;
  const ItemId bad = world.exchange().add("Bad");
  world.exchange().add("Good");
  world.exchange().poison(bad);
  world.migrate();
  EXPECT_TRUE(world.caldav().has(uid_of("Good")));
  ASSERT_EQ(world.parked().size(), 1U);
  EXPECT_EQ(world.parked().front().object, bad.value);
}

TEST(Poison, IsNeverDeleted) {
  World world;
  const ItemId standup = world.exchange().add("Standup");
  world.migrate();
  world.exchange().poison(standup);
  world.exchange().touch(standup);
  world.migrate();
  world.exchange().lose_every_state();
  world.migrate();
  EXPECT_TRUE(world.caldav().has(uid_of("Standup")));
}

TEST(Poison, IsReadAgainWhenAPersonAsks) {
  World world;
  const ItemId bad = world.exchange().add("Bad");
  world.exchange().poison(bad);
  world.migrate();
  world.exchange().cure();
  world.retry_parked();
  world.migrate();
  EXPECT_TRUE(world.caldav().has(uid_of("Bad")));
  EXPECT_TRUE(world.parked().empty());
}

TEST(Poison, IsReadAgainAfterSixHours) {
  World world;
  const ItemId bad = world.exchange().add("Bad");
  world.exchange().poison(bad);
  world.migrate();
  world.exchange().cure();
  world.pass_time(std::chrono::hours(7));
  world.migrate();
  EXPECT_TRUE(world.caldav().has(uid_of("Bad")));
}

TEST(Poison, IsNotReadInEveryRun) {
  World world;
  const ItemId bad = world.exchange().add("Bad");
  world.exchange().poison(bad);
  world.migrate();
  const int calls = world.exchange().calls;
  world.migrate();
  EXPECT_EQ(world.exchange().calls, calls + 1);  // the listing
}

TEST(Poison, ThatHealsWithoutAChangeIsNoLongerParked) {
  World world;
  const ItemId standup = world.exchange().add("Standup");
  world.migrate();
  world.exchange().poison(standup);
  world.exchange().touch(standup);
  world.migrate();
  world.exchange().cure();
  world.retry_parked();
  world.migrate();
  EXPECT_TRUE(world.parked().empty());
}

TEST(Poison, ThatIsDeletedOnExchangeIsNoLongerParked) {
  World world;
  const ItemId bad = world.exchange().add("Bad");
  world.exchange().poison(bad);
  world.migrate();
  world.exchange().remove(bad);
  world.migrate();
  EXPECT_TRUE(world.parked().empty());
}

TEST(Poison, ThatIsDeletedOnExchangeIsDeletedThoughItIsDueForAnotherTry) {
  World world;
  const ItemId standup = world.exchange().add("Standup");
  world.migrate();
  world.exchange().poison(standup);
  world.exchange().touch(standup);
  world.migrate();
  world.exchange().remove(standup);
  world.retry_parked();
  world.exchange().fail_next(make_error(Fault::retry_later, "The server is busy.", "ErrorServerBusy"), 1);
  world.migrate();
  world.migrate();
  EXPECT_FALSE(world.caldav().has(uid_of("Standup")));
}

TEST(AnItem, ThatIsGoneWhenItIsReadIsNoError) {
  World world;
  const ItemId gone = world.exchange().add("Gone");
  world.exchange().add("Standup");
  world.exchange().vanish_before_it_is_read(gone);
  world.migrate();
  EXPECT_FALSE(world.report().error);
  EXPECT_TRUE(world.parked().empty());
  EXPECT_TRUE(world.caldav().has(uid_of("Standup")));
}

TEST(AnItem, ThatVanishesBeforeItsChangeIsReadIsDeletedInTheNextRun) {
  World world;
  const ItemId standup = world.exchange().add("Standup");
  world.migrate();
  world.exchange().touch(standup);
  world.exchange().vanish_before_it_is_read(standup);
  world.migrate();
  world.migrate();
  EXPECT_FALSE(world.caldav().has(uid_of("Standup")));
}

TEST(AServerError, WhileReadingItemsEndsThePassAndLosesNothing) {
  World world;
  world.exchange().add("Standup");
  world.exchange().fail_next(make_error(Fault::retry_later, "The server is busy.", "ErrorServerBusy"), 1);
  world.migrate();
  EXPECT_TRUE(world.report().error);
  world.migrate();
  EXPECT_TRUE(world.caldav().has(uid_of("Standup")));
}

TEST(TwoItemsOfOneUid, AreOneResourceAndOneReport) {
  World world;
  world.exchange().add("Standup");
  world.pass_time(std::chrono::hours(1));
  model::Series second = event("Standup");
  title("Copy of Standup")(second);
  world.exchange().add(second);
  world.migrate();
  EXPECT_EQ(world.caldav().count(uid_of("Standup")), 1U);
  EXPECT_EQ(world.caldav().series(uid_of("Standup")).master->summary, "Copy of Standup");
  ASSERT_EQ(world.parked().size(), 1U);
  EXPECT_EQ(world.parked().front().code, "duplicate_uid");
}

TEST(TwoItemsOfOneUid, FallSilent) {
  World world;
  world.exchange().add("Standup");
  world.exchange().add("Standup");
  world.migrate();
  world.writes();
  world.exchange().lose_every_state();
  world.migrate();
  world.pass_time(std::chrono::hours(7));
  world.migrate();
  EXPECT_EQ(world.writes(), 0);
  EXPECT_EQ(world.caldav().size(), 1U);
}

TEST(ALostSyncState, CausesNoWriteForTheUnchanged) {
  World world;
  world.exchange().add("Standup");
  world.exchange().add(weekly("Jour fixe"));
  world.migrate();
  world.writes();
  const int reads = world.exchange().reads;
  world.exchange().lose_every_state();
  world.migrate();
  EXPECT_EQ(world.writes(), 0);
  EXPECT_EQ(world.exchange().reads, reads);
}

TEST(ALostSyncState, ShowsWhatWasDeletedMeanwhile) {
  World world;
  world.exchange().add("Standup");
  const ItemId second = world.exchange().add("Second");
  world.migrate();
  world.exchange().remove(second);
  world.exchange().lose_every_state();
  world.migrate();
  EXPECT_FALSE(world.caldav().has(uid_of("Second")));
  EXPECT_TRUE(world.caldav().has(uid_of("Standup")));
}

TEST(ALostSyncState, IsListedAnewAfterTheListingCouldNotEvenBegin) {
  World world;
  world.exchange().add("Standup");
  world.migrate();
  world.exchange().lose_every_state();
  world.exchange().add("Second");
  world.exchange().fail_next(make_error(Fault::retry_later, "The server is busy.", "ErrorServerBusy"), 1);
  world.migrate();
  world.migrate();
  EXPECT_FALSE(world.report().error);
  EXPECT_TRUE(world.caldav().has(uid_of("Second")));
}

TEST(ALostSyncState, ThatIsLostAgainShowsWhatWasDeletedInBetween) {
  World world;
  const ItemId first = world.exchange().add("First");
  world.exchange().add("Second");
  world.exchange().add("Third");
  world.migrate();
  world.exchange().answer_in_pages_of(1);
  world.exchange().lose_every_state();
  world.exchange().fail_next(make_error(Fault::retry_later, "The server is busy.", "ErrorServerBusy"), 2);
  world.migrate();
  world.exchange().remove(first);
  world.exchange().lose_every_state();
  world.migrate();
  EXPECT_FALSE(world.caldav().has(uid_of("First")));
  EXPECT_EQ(world.caldav().size(), 2U);
}

TEST(ALostSyncToken, CausesNoWrite) {
  World world;
  world.exchange().add("Standup");
  world.migrate();
  world.writes();
  world.caldav().lose_every_token();
  world.migrate();
  EXPECT_EQ(world.writes(), 0);
}

TEST(ALostSyncToken, ShowsWhatCaldavDeletedMeanwhile) {
  World world;
  const ItemId standup = world.exchange().add("Standup");
  world.migrate();
  world.caldav().remove(uid_of("Standup"));
  world.caldav().lose_every_token();
  world.migrate();
  world.exchange().touch(standup);
  world.migrate();
  EXPECT_FALSE(world.caldav().has(uid_of("Standup")));
}

TEST(ACollection, ThatVanishedIsAnErrorAndNothingIsForgotten) {
  World world;
  world.exchange().add("Standup");
  world.migrate();
  world.caldav().remove_collection();
  world.migrate();
  ASSERT_TRUE(world.report().error);
  EXPECT_EQ(world.report().error->code, sync::kContainerGone);
  EXPECT_EQ(world.counts().active, 1U);
}

TEST(ACreate, WhoseAnswerWasLostAfterItsEffectIsNotRepeated) {
  World world;
  world.exchange().add("Standup");
  world.caldav().trouble_next_write(Trouble::lost_after);
  world.migrate();
  world.migrate();
  EXPECT_EQ(world.caldav().puts, 1);
  EXPECT_EQ(world.caldav().size(), 1U);
}

TEST(ACreate, WhoseRequestWasLostIsMade) {
  World world;
  world.exchange().add("Standup");
  world.caldav().trouble_next_write(Trouble::lost_before);
  world.migrate();
  world.migrate();
  EXPECT_EQ(world.caldav().size(), 1U);
}

TEST(AnUpdate, WhoseAnswerWasLostAfterItsEffectIsNotRepeated) {
  World world;
  const ItemId standup = world.exchange().add("Standup");
  world.migrate();
  world.exchange().edit(standup, place("Room 7"));
  world.caldav().trouble_next_write(Trouble::lost_after);
  world.migrate();
  world.migrate();
  EXPECT_EQ(world.caldav().puts, 2);
  EXPECT_TRUE(world.conflicts().empty());
}

TEST(AnUpdate, WhoseAnswerWasLostLeavesRoomForAnEditOfAPerson) {
  World world;
  const ItemId standup = world.exchange().add("Standup");
  world.migrate();
  world.exchange().edit(standup, place("Room 7"));
  world.caldav().after_next_write([&] { world.caldav().edit(uid_of("Standup"), body("bring the figures")); });
  world.caldav().trouble_next_write(Trouble::lost_after);
  world.migrate();
  world.exchange().edit(standup, place("Room 8"));
  world.migrate();
  const model::Series stored = world.caldav().series(uid_of("Standup"));
  EXPECT_EQ(stored.master->description, "bring the figures");
  EXPECT_EQ(stored.master->location, "Room 8");
}

TEST(AnUpdate, ThatIsRefusedForALastTimeIsParked) {
  World world;
  const ItemId standup = world.exchange().add("Standup");
  world.migrate();
  world.exchange().edit(standup, place("Room 7"));
  world.caldav().trouble_next_write(Trouble::refused_412, 100);
  world.migrate();
  EXPECT_LE(world.caldav().puts, 1 + 5);
  EXPECT_EQ(world.parked().size(), 1U);
}

TEST(AnUpdate, ThatIsRefusedOnceIsMadeInTheSameRun) {
  World world;
  const ItemId standup = world.exchange().add("Standup");
  world.migrate();
  world.exchange().edit(standup, place("Room 7"));
  world.caldav().trouble_next_write(Trouble::refused_412);
  world.migrate();
  EXPECT_EQ(world.caldav().series(uid_of("Standup")).master->location, "Room 7");
}

TEST(AnUpdate, ThatMeetsABusyServerIsMadeInTheNextRun) {
  World world;
  const ItemId standup = world.exchange().add("Standup");
  world.migrate();
  world.exchange().edit(standup, place("Room 7"));
  world.caldav().trouble_next_write(Trouble::busy);
  world.migrate();
  world.migrate();
  EXPECT_EQ(world.caldav().series(uid_of("Standup")).master->location, "Room 7");
  EXPECT_EQ(world.counts().open_intents, 0U);
}

TEST(AnUpdate, WhoseCopyDidNotComeStaysPending) {
  World world;
  const ItemId standup = world.exchange().add("Standup");
  world.migrate();
  world.exchange().edit(standup, place("Room 7"));
  world.caldav().cut_next_read(1);
  world.migrate();
  world.migrate();
  EXPECT_EQ(world.caldav().series(uid_of("Standup")).master->location, "Room 7");
}

TEST(AWrite, ThatTheServerCannotReadIsParkedAndTheOthersGoOn) {
  World world;
  world.exchange().add("Bad");
  world.exchange().add("Good");
  world.caldav().refuse(uid_of("Bad"));
  world.migrate();
  EXPECT_TRUE(world.caldav().has(uid_of("Good")));
  EXPECT_EQ(world.parked().size(), 1U);
  EXPECT_FALSE(world.report().error);
}

TEST(AWrite, ThatWasParkedIsMadeWhenTheServerLearntToRead) {
  World world;
  world.exchange().add("Bad");
  world.caldav().refuse(uid_of("Bad"));
  world.migrate();
  world.caldav().refuse_nothing();
  world.retry_parked();
  world.migrate();
  EXPECT_TRUE(world.caldav().has(uid_of("Bad")));
  EXPECT_TRUE(world.parked().empty());
}

TEST(AnUpdate, ThatWasParkedIsMadeWhenAPersonAsksAgain) {
  World world;
  const ItemId standup = world.exchange().add("Standup");
  world.migrate();
  world.exchange().edit(standup, place("Room 7"));
  world.caldav().refuse(uid_of("Standup"));
  world.migrate();
  world.caldav().refuse_nothing();
  world.retry_parked();
  world.migrate();
  EXPECT_EQ(world.caldav().series(uid_of("Standup")).master->location, "Room 7");
  EXPECT_TRUE(world.parked().empty());
}

TEST(AUidThatIsTaken, IsMetAndNotDoubled) {
  World world;
  world.exchange().add("Standup");
  world.migrate();
  const ItemId second = world.exchange().add("Second");
  world.caldav().before_next_write([&] { world.caldav().put(event("Second")); });
  world.migrate();
  EXPECT_EQ(world.caldav().count(uid_of("Second")), 1U);
  world.exchange().edit(second, place("Room 7"));
  world.migrate();
  EXPECT_EQ(world.caldav().count(uid_of("Second")), 1U);
  EXPECT_EQ(world.caldav().series(uid_of("Second")).master->location, "Room 7");
}

TEST(AServerWithoutConditions, IsLookedAtBeforeACreate) {
  World world(Manners{.conditions_ignored = true});
  model::Series theirs = event("Standup");
  title("Theirs")(theirs);
  world.exchange().add("Standup");
  world.caldav().put(theirs);
  world.migrate();
  EXPECT_EQ(world.caldav().series(uid_of("Standup")).master->summary, "Theirs");
}

TEST(AServerWithWeakVersions, DoesNotHideAnEdit) {
  World world(Manners{.weak_versions = true});
  const ItemId standup = world.exchange().add("Standup");
  world.migrate();
  world.caldav().edit(uid_of("Standup"), body("bring the figures"));
  world.exchange().edit(standup, place("Room 7"));
  world.migrate();
  EXPECT_EQ(world.caldav().series(uid_of("Standup")).master->description, "bring the figures");
}

TEST(AServerWithWeakVersions, ThatRewritesIsNotTakenForAPersonWhoEdits) {
  World world(Manners{.read_back = true, .rewrites = true, .weak_versions = true});
  const ItemId standup = world.exchange().add("Standup");
  world.migrate();
  world.exchange().remove(standup);
  world.migrate();
  EXPECT_FALSE(world.caldav().has(uid_of("Standup")));
}

}  // namespace
}  // namespace caravan::world
