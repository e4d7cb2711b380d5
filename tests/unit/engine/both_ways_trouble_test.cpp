// SPDX-License-Identifier: GPL-3.0-or-later
// Two ways, when things go wrong between us and Exchange: answers that never come, writes that end between two of their
// steps, refusals, deletions that no list names.
#include <gtest/gtest.h>

#include "support/world/world.hpp"

namespace caravan::world {
namespace {

int writes_of_ten_runs(World& world) {
  world.writes();
  for (int i = 0; i < 10; ++i) world.sync();
  return world.writes();
}

/// Both sides hold "Standup" and a weekly "Jour fixe" with a changed occurrence, and agree.
struct Agreed : World {
  explicit Agreed(const Manners& manners = {}) : World(manners) {
    standup = exchange().add("Standup");
    series = exchange().add(weekly("Jour fixe"));
    exchange().edit(series, title_of_occurrence(2, "With guests"));
    sync();
    sync();
    writes();
  }
  ItemId standup, series;
  [[nodiscard]] const model::Series& jour_fixe() { return exchange().series(series); }
};

/// CalDAV's user moves the whole series to the afternoon; its changed occurrence goes along.
void move_jour_fixe(World& world) {
  world.caldav().edit(uid_of("Jour fixe"), [](model::Series& stored) {
    stored.overrides.clear();
    at_hour(15)(stored);
    title_of_occurrence(2, "With guests")(stored);
  });
}

TEST(ALostAnswer, ThatTookNoEffectIsFollowedByTheWrite) {
  Agreed world;
  world.caldav().edit(uid_of("Standup"), title("Stand-up"));
  world.exchange().trouble_next_write(Trouble::lost_before);
  world.sync();
  EXPECT_EQ(world.exchange().series(world.standup).master->summary, "Stand-up");
  EXPECT_EQ(world.counts().open_intents, 0U);
}

TEST(ALostAnswer, ThatTookEffectIsNotFollowedByAnother) {
  Agreed world;
  world.caldav().edit(uid_of("Standup"), title("Stand-up"));
  world.exchange().trouble_next_write(Trouble::lost_after);
  world.sync();
  EXPECT_EQ(world.exchange().updates, 1);
  EXPECT_EQ(writes_of_ten_runs(world), 0);
  EXPECT_TRUE(world.conflicts().empty());
}

TEST(ALostAnswer, OfACreateDoublesNothing) {
  Agreed world;
  world.caldav().put(event("Dentist"));
  world.exchange().trouble_next_write(Trouble::lost_after);
  world.sync();
  EXPECT_EQ(world.exchange().count(uid_of("Dentist")), 1U);
  EXPECT_EQ(world.exchange().creates, 1);
  EXPECT_EQ(writes_of_ten_runs(world), 0);
}

TEST(ALostAnswer, OfACreateThatNeverArrivedIsFollowedByTheCreate) {
  Agreed world;
  world.caldav().put(event("Dentist"));
  world.exchange().trouble_next_write(Trouble::lost_before);
  world.sync();
  EXPECT_EQ(world.exchange().count(uid_of("Dentist")), 1U);
}

TEST(ALostAnswer, OfADeleteIsADelete) {
  Agreed world;
  world.caldav().remove(uid_of("Standup"));
  world.exchange().trouble_next_write(Trouble::lost_after);
  world.sync();
  EXPECT_FALSE(world.exchange().has(world.standup));
  EXPECT_EQ(writes_of_ten_runs(world), 0);
  EXPECT_EQ(world.counts().pending, 0U);
}

TEST(ALostAnswer, BesideAnEditOfSomebodysKeepsBoth) {
  Agreed world;
  world.caldav().edit(uid_of("Standup"), title("Stand-up"));
  world.exchange().trouble_next_write(Trouble::lost_after);
  world.exchange().after_next_write([&] { world.exchange().edit(world.standup, place("Room 7")); });
  world.sync();
  world.sync();
  EXPECT_EQ(world.exchange().series(world.standup).master->summary, "Stand-up");
  EXPECT_EQ(world.caldav().series(uid_of("Standup")).master->location, "Room 7");
  EXPECT_TRUE(world.conflicts().empty());
}

TEST(ALostAnswer, OfADecisionForBothSidesIsFollowedByCaldavsShare) {
  Agreed world;
  world.caldav().edit(uid_of("Standup"), title("Stand-up"));
  world.exchange().edit(world.standup, place("Room 7"));
  world.exchange().trouble_next_write(Trouble::lost_after);
  world.sync();
  EXPECT_EQ(world.caldav().series(uid_of("Standup")).master->location, "Room 7");
  EXPECT_EQ(world.exchange().updates, 1);
  EXPECT_TRUE(world.conflicts().empty());
  EXPECT_EQ(writes_of_ten_runs(world), 0);
}

TEST(AWriteCutInTwo, IsWrittenToItsEnd) {
  Agreed world;
  move_jour_fixe(world);
  world.exchange().trouble_next_write(Trouble::lost_midway);
  world.sync();
  EXPECT_EQ(world.jour_fixe().master->start.wall.hour, 15);
  ASSERT_NE(find_occurrence(world.jour_fixe(), 2), nullptr);
  EXPECT_EQ(find_occurrence(world.jour_fixe(), 2)->summary, "With guests");
  EXPECT_EQ(writes_of_ten_runs(world), 0);
}

TEST(AWriteCutInTwo, TakesNoExceptionAwayFromCaldav) {
  Agreed world;
  move_jour_fixe(world);
  world.exchange().trouble_next_write(Trouble::lost_midway, 20);
  world.sync();
  const model::Series stored = world.caldav().series(uid_of("Jour fixe"));
  ASSERT_NE(find_occurrence(stored, 2), nullptr);
  EXPECT_EQ(find_occurrence(stored, 2)->summary, "With guests");
  EXPECT_EQ(world.counts().open_intents, 1U);
}

TEST(AWriteCutInTwo, ByAProcessThatDiedIsWrittenToItsEndByTheNext) {
  Agreed world;
  move_jour_fixe(world);
  world.kill_at(Place::exchange, 4);  // list, read, the request, and its first step
  world.sync();
  ASSERT_TRUE(world.was_killed());
  EXPECT_EQ(find_occurrence(world.jour_fixe(), 2), nullptr);
  world.sync();
  ASSERT_NE(find_occurrence(world.jour_fixe(), 2), nullptr);
  ASSERT_NE(find_occurrence(world.caldav().series(uid_of("Jour fixe")), 2), nullptr);
  EXPECT_EQ(writes_of_ten_runs(world), 0);
}

TEST(AWriteCutInTwo, ByAnEditOfSomebodysKeepsTheEdit) {
  Agreed world;
  move_jour_fixe(world);
  world.exchange().midway_in_next_write([&] { world.exchange().edit(world.series, place("Room 7")); });
  world.sync();
  world.sync();
  EXPECT_EQ(world.jour_fixe().master->location, "Room 7");
  ASSERT_NE(find_occurrence(world.jour_fixe(), 2), nullptr);
  EXPECT_EQ(world.caldav().series(uid_of("Jour fixe")).master->location, "Room 7");
  EXPECT_EQ(writes_of_ten_runs(world), 0);
}

TEST(AWriteCutInTwo, OfAnItemThatCantBeReadLeavesItsSeriesAlone) {
  Agreed world;
  move_jour_fixe(world);
  world.exchange().trouble_next_write(Trouble::lost_midway);
  world.exchange().midway_in_next_write([&] { world.exchange().poison(world.series); });
  world.sync();
  world.writes();
  world.sync();
  EXPECT_EQ(world.writes(), 0);
  EXPECT_EQ(world.counts().open_intents, 1U);
  world.exchange().cure();
  world.sync();
  ASSERT_NE(find_occurrence(world.jour_fixe(), 2), nullptr);
  EXPECT_EQ(world.counts().open_intents, 0U);
}

TEST(AWriteCutInTwo, OfANewSeriesGetsItsExceptions) {
  Agreed world;
  model::Series series = weekly("Choir");
  title_of_occurrence(1, "Rehearsal")(series);
  without_occurrence(3)(series);
  world.caldav().put(series);
  world.exchange().trouble_next_write(Trouble::lost_midway);
  world.sync();
  const auto& stored = world.exchange().series(uid_of("Choir"));
  ASSERT_NE(find_occurrence(stored, 1), nullptr);
  EXPECT_EQ(stored.excluded.size(), 1U);
  EXPECT_EQ(world.exchange().creates, 1);
  EXPECT_EQ(writes_of_ten_runs(world), 0);
}

TEST(ABusyExchange, EndsThePassAndTheNextGoesOn) {
  Agreed world;
  world.caldav().edit(uid_of("Standup"), title("Stand-up"));
  world.exchange().trouble_next_write(Trouble::busy);
  world.sync();
  ASSERT_TRUE(world.report().error.has_value());
  EXPECT_EQ(world.report().error->fault, Fault::retry_later);
  world.sync();
  EXPECT_EQ(world.exchange().series(world.standup).master->summary, "Stand-up");
}

TEST(ARefusal, OfEveryTryIsShownToAPerson) {
  Agreed world;
  world.caldav().edit(uid_of("Standup"), title("Stand-up"));
  world.exchange().trouble_next_write(Trouble::refused_412, 100);
  world.sync();
  ASSERT_EQ(world.parked().size(), 1U);
  EXPECT_EQ(world.parked().front().code, "write_refused");
  EXPECT_EQ(world.exchange().series(world.standup).master->summary, "Standup");
  world.exchange().forget_troubles();
  world.retry_parked();
  world.sync();
  EXPECT_EQ(world.exchange().series(world.standup).master->summary, "Stand-up");
  EXPECT_TRUE(world.parked().empty());
}

TEST(ARefusal, OfACreateIsFollowedByALookForWhatStandsThereNow) {
  Agreed world;
  world.caldav().put(event("Dentist"));
  world.exchange().trouble_next_write(Trouble::refused_412);
  world.exchange().before_next_write([&] { world.exchange().add("Dentist"); });
  world.sync();
  EXPECT_EQ(world.exchange().count(uid_of("Dentist")), 1U);
}

/// A process died at its creates on Exchange. What it had sent for one of them arrives late: while the next process
/// writes the other.
struct DiedAtItsCreates : Agreed {
  DiedAtItsCreates() {
    caldav().put(event("Dentist"));
    caldav().put(event("Opera"));
    kill_at(Place::exchange, 2);  // list, the first request
    sync();
    EXPECT_TRUE(was_killed());
    EXPECT_EQ(counts().open_intents, 2U);
    options.batch = 1;
    exchange().before_next_write([this] { exchange().add("Opera"); });
  }
};

TEST(ACreateOfAProcessThatDied, IsLookedForOnceMoreBeforeItIsSentAgain) {
  DiedAtItsCreates world;
  world.sync();
  EXPECT_EQ(world.exchange().count(uid_of("Dentist")), 1U);
  EXPECT_EQ(world.exchange().count(uid_of("Opera")), 1U);
}

TEST(ACreateOfAProcessThatDied, IsLookedForAlsoWhereWhatItNotedCantBeRead) {
  DiedAtItsCreates world;
  store::Batch spoilt;
  auto open = world.store().open_intents(world.pair().id).value();
  for (auto& intent : open) {
    spoilt.close_intents.push_back(intent.id);
    intent.payload = "of a later version";
    spoilt.open_intents.push_back(intent);
  }
  ASSERT_EQ(spoilt.open_intents.size(), 2U);
  ASSERT_TRUE(world.store().commit(spoilt));
  world.sync();
  EXPECT_EQ(world.exchange().count(uid_of("Dentist")), 1U);
  EXPECT_EQ(world.exchange().count(uid_of("Opera")), 1U);
}

/// A process stands still at its sends: what it would have written is what the world's next pass finds to be open.
struct Stopped : Agreed {
  Stopped() {
    options.batch = 1;
    exchange().edit(standup, title("Stand-up"));
    kill_at(Place::caldav, 3);  // list, read, the request
    sync();
    EXPECT_EQ(counts().open_intents, 1U);
  }
  /// Now it goes on.
  void wakes() { caldav().edit(uid_of("Standup"), title("Stand-up")); }
};

TEST(AWriteOfAProcessThatStoodStill, IsNoEditThatBeatsTheDeletionThatCameMeanwhile) {
  Stopped world;
  world.exchange().remove(world.standup);
  world.exchange().edit(world.series, place("Room 7"));
  world.caldav().before_next_write([&] { world.wakes(); });
  world.sync();
  world.sync();
  EXPECT_FALSE(world.exchange().holds(uid_of("Standup")));
  EXPECT_FALSE(world.caldav().has(uid_of("Standup")));
}

TEST(AWriteOfAProcessThatStoodStill, IsKnownAlsoWhereTheNextProcessDied) {
  Stopped world;
  world.exchange().remove(world.standup);
  world.exchange().edit(world.series, place("Room 7"));
  world.kill_at(Place::caldav, 4);  // recovery, list, read, the request
  world.sync();
  ASSERT_TRUE(world.was_killed());
  world.wakes();
  world.sync();
  world.sync();
  EXPECT_FALSE(world.exchange().holds(uid_of("Standup")));
  EXPECT_FALSE(world.caldav().has(uid_of("Standup")));
  EXPECT_EQ(world.counts().open_intents, 0U);
}

TEST(AWriteOfAProcessThatStoodStill, IsKnownAlsoWhereTheNextOneStoodStillAtItsOwn) {
  Stopped world;
  world.exchange().edit(world.standup, title("Standing"));
  world.kill_at(Place::caldav, 5);  // recovery, list, read, once more, the request
  world.sync();
  ASSERT_EQ(world.counts().open_intents, 2U);
  world.wakes();
  world.exchange().remove(world.standup);
  world.sync();
  world.sync();
  EXPECT_FALSE(world.exchange().holds(uid_of("Standup")));
  EXPECT_FALSE(world.caldav().has(uid_of("Standup")));
  EXPECT_EQ(world.counts().open_intents, 0U);
}

TEST(AWriteOfAProcessThatStoodStill, IsNoEditThatContradictsALaterOne) {
  Stopped world;
  world.exchange().edit(world.standup, title("Standing"));
  world.caldav().before_next_write([&] { world.wakes(); });
  world.sync();
  world.sync();
  EXPECT_EQ(world.exchange().series(world.standup).master->summary, "Standing");
  EXPECT_EQ(world.caldav().series(uid_of("Standup")).master->summary, "Standing");
  EXPECT_TRUE(world.conflicts().empty());
}

TEST(AWriteOfAProcessThatStoodStill, ToExchangeIsNoEditThatBeatsTheDeletionThatCameMeanwhile) {
  Agreed world;
  world.caldav().edit(uid_of("Standup"), title("Stand-up"));
  world.kill_at(Place::exchange, 3);  // list, read, the request
  world.sync();
  ASSERT_EQ(world.counts().open_intents, 1U);
  world.caldav().remove(uid_of("Standup"));
  world.exchange().edit(world.series, place("Room 7"));
  world.caldav().before_next_write([&] { world.exchange().edit(world.standup, title("Stand-up")); });
  world.sync();
  world.sync();
  EXPECT_FALSE(world.exchange().holds(uid_of("Standup")));
  EXPECT_FALSE(world.caldav().has(uid_of("Standup")));
}

TEST(AWriteOfAProcessThatStoodStill, IsNoEditOneWayEither) {
  World world;
  const ItemId standup = world.exchange().add("Standup"), lunch = world.exchange().add("Lunch");
  world.migrate();
  world.options.batch = 1;
  world.exchange().edit(standup, title("Stand-up"));
  world.kill_at(Place::caldav, 3);  // is it there, read, the request
  world.migrate();
  ASSERT_EQ(world.counts().open_intents, 1U);
  world.exchange().remove(standup);
  world.exchange().edit(lunch, place("Room 7"));
  world.caldav().before_next_write([&] { world.caldav().edit(uid_of("Standup"), title("Stand-up")); });
  world.migrate();
  EXPECT_FALSE(world.caldav().has(uid_of("Standup")));
}

TEST(AWriteOfAProcessThatStoodStill, KeepsWhatSomebodyWroteOverIt) {
  Stopped world;
  world.exchange().remove(world.standup);
  world.exchange().edit(world.series, place("Room 7"));
  world.caldav().before_next_write([&] {
    world.wakes();
    world.caldav().edit(uid_of("Standup"), place("Room 8"));
  });
  world.sync();
  world.sync();
  EXPECT_TRUE(world.exchange().holds(uid_of("Standup")));
  EXPECT_EQ(world.caldav().series(uid_of("Standup")).master->location, "Room 8");
}

TEST(AResource, ThatIsNotFoundAndNotListedAsGoneIsNotMadeAgain) {
  Agreed world(Manners{.one_uid_once = false});
  world.options.batch = 1;
  world.exchange().edit(world.standup, title("Stand-up"));
  world.exchange().edit(world.series, place("Room 7"));
  world.caldav().before_next_write([&] {  // renamed between the list and our look
    const model::Series series = world.caldav().series(uid_of("Jour fixe"));
    world.caldav().remove(uid_of("Jour fixe"));
    world.caldav().put(series);
  });
  world.sync();
  world.sync();
  EXPECT_EQ(world.caldav().count(uid_of("Jour fixe")), 1U);
  EXPECT_EQ(world.caldav().series(uid_of("Jour fixe")).master->location, "Room 7");
}

TEST(ADeletionThatNoListNames, OnExchangeIsFoundAllTheSame) {
  Agreed world;
  world.caldav().put(event("Dentist"));
  world.sync();
  world.exchange().remove(world.exchange().item_of(uid_of("Dentist")).value());
  world.sync();
  EXPECT_FALSE(world.caldav().has(uid_of("Dentist")));
}

TEST(ADeletionThatNoListNames, OnCaldavIsFoundAllTheSame) {
  Agreed world(Manners{.forgets_short_lives = true});
  world.exchange().add("Dentist");
  world.sync();
  world.caldav().remove(uid_of("Dentist"));
  world.sync();
  EXPECT_FALSE(world.exchange().holds(uid_of("Dentist")));
}

TEST(WhatWeMade, IsExpectedInTheNextListAndNotLookedAtWhereItIsNamed) {
  Agreed world;
  world.caldav().put(event("Dentist"));
  world.sync();
  world.exchange().calls = 0;
  const int before = world.caldav().requests;
  world.sync();
  EXPECT_EQ(world.exchange().calls, 1);
  EXPECT_EQ(world.caldav().requests, before + 1);
  EXPECT_EQ(world.counts().pending, 0U);
}

}  // namespace
}  // namespace caravan::world
