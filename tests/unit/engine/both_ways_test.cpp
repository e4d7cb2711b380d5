// SPDX-License-Identifier: GPL-3.0-or-later
// Two ways: what either side's people do appears on the other, once, and then it is silent.
#include <gtest/gtest.h>

#include "ical/zone_book.hpp"
#include "support/world/world.hpp"
#include "sync/equal_across.hpp"

namespace caravan::world {
namespace {

/// Ten runs in which nobody does anything.
int writes_of_ten_runs(World& world) {
  world.writes();
  for (int i = 0; i < 10; ++i) world.sync();
  return world.writes();
}

/// A world in which both sides hold "Standup" and agree.
struct Agreed : World {
  explicit Agreed(const Manners& manners = {}) : World(manners) {
    standup = exchange().add("Standup");
    sync();
    writes();
  }
  ItemId standup;
  [[nodiscard]] const model::Event& on_exchange() { return *exchange().series(uid_of("Standup")).master; }
  [[nodiscard]] model::Event on_caldav() { return *caldav().series(uid_of("Standup")).master; }
};

TEST(BothWays, WhatIsNewOnCaldavAppearsOnExchange) {
  World world;
  world.caldav().put(event("Dentist"));
  world.sync();
  ASSERT_TRUE(world.exchange().holds(uid_of("Dentist")));
  EXPECT_EQ(world.exchange().series(uid_of("Dentist")).master->summary, "Dentist");
}

TEST(BothWays, WhatIsNewOnCaldavIsCreatedOnceUnderItsUidAndOurMark) {
  World world;
  world.caldav().put(event("Dentist"));
  world.sync();
  world.sync();
  EXPECT_EQ(world.exchange().creates, 1);
  EXPECT_FALSE(world.exchange().mark(world.exchange().item_of(uid_of("Dentist")).value()).empty());
  EXPECT_EQ(world.report().exchange_created, 0U);
}

TEST(BothWays, WhatIsNewOnExchangeAppearsOnCaldav) {
  World world;
  world.exchange().add("Standup");
  world.sync();
  EXPECT_TRUE(world.caldav().has(uid_of("Standup")));
  EXPECT_EQ(world.exchange().writes(), 0);
}

TEST(BothWays, AnEditOnCaldavIsOneWriteToExchangeAndThenItIsSilent) {
  Agreed world;
  world.caldav().edit(uid_of("Standup"), title("Stand-up"));
  world.sync();
  EXPECT_EQ(world.on_exchange().summary, "Stand-up");
  EXPECT_EQ(world.writes(), 1);
  EXPECT_EQ(writes_of_ten_runs(world), 0);
}

TEST(BothWays, AnEditOnExchangeIsOneWriteToCaldavAndThenItIsSilent) {
  Agreed world;
  world.exchange().edit(world.standup, place("Room 7"));
  world.sync();
  EXPECT_EQ(world.on_caldav().location, "Room 7");
  EXPECT_EQ(world.writes(), 1);
  EXPECT_EQ(writes_of_ten_runs(world), 0);
}

TEST(BothWays, ServersThatRewriteWhatTheyAreGivenCauseNoFurtherWrites) {
  World world(Manners{.tells_etag = false, .rewrites = true});
  world.exchange().manners.rewrites = true;
  model::Series dentist = event("Dentist");
  title(" Dentist\nat ten ")(dentist);
  dentist.master->extra.push_back({"X-NOTE", {}, "kept on CalDAV"});
  model::Alarm first, second;
  first.offset_seconds = -600;
  second.offset_seconds = -60;
  dentist.master->alarms = {first, second};
  world.caldav().put(dentist);
  world.exchange().add("Standup");
  world.sync();
  EXPECT_EQ(world.writes(), 2);
  EXPECT_EQ(writes_of_ten_runs(world), 0);
  EXPECT_EQ(world.exchange().series(uid_of("Dentist")).master->summary, "Dentist at ten");
  EXPECT_EQ(world.caldav().series(uid_of("Dentist")).master->alarms.size(), 2U);
}

TEST(BothWays, AnEditOnARewriterIsOneWriteAndThenItIsSilent) {
  Agreed world(Manners{.tells_etag = false, .rewrites = true});
  world.exchange().manners.rewrites = true;
  world.caldav().edit(uid_of("Standup"), title("  Stand-up  "));
  world.sync();
  EXPECT_EQ(world.writes(), 1);
  EXPECT_EQ(writes_of_ten_runs(world), 0);
}

TEST(BothWays, EditsOfDifferentFieldsOnBothSidesBothGoThrough) {
  Agreed world;
  world.caldav().edit(uid_of("Standup"), title("Stand-up"));
  world.exchange().edit(world.standup, place("Room 7"));
  world.sync();
  EXPECT_EQ(world.on_exchange().summary, "Stand-up");
  EXPECT_EQ(world.on_caldav().location, "Room 7");
  EXPECT_EQ(world.writes(), 2);
  EXPECT_TRUE(world.conflicts().empty());
  EXPECT_EQ(writes_of_ten_runs(world), 0);
}

TEST(BothWays, TheSameEditOnBothSidesWritesNothing) {
  Agreed world;
  world.caldav().edit(uid_of("Standup"), title("Stand-up"));
  world.exchange().edit(world.standup, title("Stand-up"));
  world.sync();
  EXPECT_EQ(world.writes(), 0);
  EXPECT_TRUE(world.conflicts().empty());
}

TEST(BothWays, AConflictThatExchangeWinsKeepsCaldavsCopy) {
  Agreed world;
  world.options.policy.conflict = sync::ConflictPolicy::exchange;
  world.caldav().edit(uid_of("Standup"), title("From CalDAV"));
  world.exchange().edit(world.standup, title("From Exchange"));
  world.sync();
  EXPECT_EQ(world.on_caldav().summary, "From Exchange");
  ASSERT_EQ(world.conflicts().size(), 1U);
  EXPECT_NE(world.conflicts().front().losing_copy.find("From CalDAV"), std::string::npos);
}

TEST(BothWays, AConflictThatCaldavWinsChangesExchangeAndKeepsItsCopy) {
  Agreed world;
  world.options.policy.conflict = sync::ConflictPolicy::caldav;
  world.caldav().edit(uid_of("Standup"), title("From CalDAV"));
  world.exchange().edit(world.standup, title("From Exchange"));
  world.sync();
  EXPECT_EQ(world.on_exchange().summary, "From CalDAV");
  ASSERT_EQ(world.conflicts().size(), 1U);
  EXPECT_NE(world.conflicts().front().losing_copy.find("From Exchange"), std::string::npos);
  EXPECT_EQ(writes_of_ten_runs(world), 0);
}

TEST(BothWays, APolicyThatAsksWritesNothingAndParks) {
  Agreed world;
  world.options.policy.conflict = sync::ConflictPolicy::park;
  world.caldav().edit(uid_of("Standup"), title("From CalDAV"));
  world.exchange().edit(world.standup, title("From Exchange"));
  world.sync();
  EXPECT_EQ(world.writes(), 0);
  EXPECT_FALSE(world.parked().empty());
}

TEST(BothWays, AnOverrideMadeOnCaldavIsAnExceptionOnExchange) {
  World world;
  world.exchange().add(weekly("Jour fixe"));
  world.sync();
  world.caldav().edit(uid_of("Jour fixe"), title_of_occurrence(2, "With guests"));
  world.caldav().edit(uid_of("Jour fixe"), without_occurrence(3));
  world.sync();
  const auto& series = world.exchange().series(uid_of("Jour fixe"));
  ASSERT_NE(find_occurrence(series, 2), nullptr);
  EXPECT_EQ(find_occurrence(series, 2)->summary, "With guests");
  EXPECT_EQ(series.excluded.size(), 1U);
  EXPECT_EQ(writes_of_ten_runs(world), 0);
}

TEST(BothWays, ASeriesMovedOnCaldavTakesItsOverridesAlongOnExchange) {
  World world;
  world.exchange().add(weekly("Jour fixe"));
  world.sync();
  world.caldav().edit(uid_of("Jour fixe"), title_of_occurrence(2, "With guests"));
  world.sync();
  world.caldav().edit(uid_of("Jour fixe"), [](model::Series& series) {
    const auto guests = *find_occurrence(series, 2);
    series.overrides.clear();
    at_hour(15)(series);
    title_of_occurrence(2, guests.summary)(series);
  });
  world.sync();
  const auto& series = world.exchange().series(uid_of("Jour fixe"));
  EXPECT_EQ(series.master->start.wall.hour, 15);
  ASSERT_NE(find_occurrence(series, 2), nullptr);
  EXPECT_EQ(find_occurrence(series, 2)->summary, "With guests");
  EXPECT_EQ(writes_of_ten_runs(world), 0);
}

TEST(BothWays, AnEditOfALoneOccurrenceThatCaldavHoldsPlainReachesExchange) {
  World world(Manners{.orphans_refused = true});
  const ItemId only = world.exchange().add(orphan("Jour fixe", 1));
  world.sync();
  world.caldav().edit(uid_of("Jour fixe"), place("Room 7"));
  world.sync();
  EXPECT_EQ(world.exchange().series(only).overrides.front().location, "Room 7");
  EXPECT_EQ(writes_of_ten_runs(world), 0);
}

TEST(BothWays, EditsOfOrphanOccurrencesReachTheirItems) {
  World world;
  const ItemId first = world.exchange().add(orphan("Jour fixe", 1));
  const ItemId second = world.exchange().add(orphan("Jour fixe", 2));
  world.sync();
  world.caldav().edit(uid_of("Jour fixe"), [](model::Series& series) {
    series.overrides.front().location = "Room 1";
    series.overrides.back().location = "Room 2";
  });
  world.sync();
  EXPECT_EQ(world.exchange().series(first).overrides.front().location, "Room 1");
  EXPECT_EQ(world.exchange().series(second).overrides.front().location, "Room 2");
  EXPECT_EQ(writes_of_ten_runs(world), 0);
}

TEST(BothWays, AnAttachmentMadeOnCaldavReachesExchangeWithItsContent) {
  Agreed world;
  std::string text = world.caldav().text(uid_of("Standup"));
  const auto end = text.find("END:VEVENT");
  text.insert(end, "ATTACH;VALUE=BINARY;ENCODING=BASE64;FMTTYPE=text/plain;FILENAME=agenda.txt:aGVsbG8=\r\n");
  world.caldav().put_text(uid_of("Standup"), text);
  world.sync();
  ASSERT_EQ(world.on_exchange().attachments.size(), 1U);
  EXPECT_EQ(world.exchange().content(world.on_exchange().attachments.front().source_id), "hello");
  EXPECT_EQ(writes_of_ten_runs(world), 0);
  EXPECT_EQ(world.exchange().attachments_read, 0);
}

TEST(BothWays, AnAttachmentThatIsTooLargeStaysOnCaldavAndIsReported) {
  Agreed world;
  world.options.max_attachment_bytes = 3;
  std::string text = world.caldav().text(uid_of("Standup"));
  text.insert(text.find("END:VEVENT"), "ATTACH;VALUE=BINARY;ENCODING=BASE64;FILENAME=agenda.txt:aGVsbG8=\r\n");
  world.caldav().put_text(uid_of("Standup"), text);
  world.sync();
  EXPECT_TRUE(world.on_exchange().attachments.empty());
  EXPECT_EQ(world.report().loss_counts.count("attachment_too_large"), 1U);
  EXPECT_EQ(writes_of_ten_runs(world), 0);
}

TEST(BothWays, ANewVersionOfTheSameMeaningCostsNoRequestToExchangeButItsList) {
  Agreed world;
  world.caldav().touch(uid_of("Standup"));
  world.exchange().calls = 0;
  world.sync();
  EXPECT_EQ(world.writes(), 0);
  EXPECT_EQ(world.exchange().calls, 1);
}

TEST(BothWays, AnItemThatChangedSinceItsChangeKeyWasSeenIsDecidedAgain) {
  Agreed world;
  world.caldav().edit(uid_of("Standup"), title("Stand-up"));
  world.exchange().before_next_write([&] { world.exchange().edit(world.standup, place("Room 7")); });
  world.sync();
  EXPECT_EQ(world.on_exchange().summary, "Stand-up");
  EXPECT_EQ(world.on_exchange().location, "Room 7");
  EXPECT_EQ(world.on_caldav().location, "Room 7");
}

TEST(BothWays, AnEditOnExchangeBetweenOurWriteAndTheReadBackReachesCaldav) {
  Agreed world;
  world.caldav().edit(uid_of("Standup"), title("Stand-up"));
  world.exchange().after_next_write([&] { world.exchange().edit(world.standup, place("Room 7")); });
  world.sync();
  world.sync();
  EXPECT_EQ(world.on_caldav().location, "Room 7");
  EXPECT_EQ(world.on_exchange().summary, "Stand-up");
  EXPECT_TRUE(world.conflicts().empty());
}

TEST(BothWays, AnEditOfTheSameFieldBetweenOurWriteAndTheReadBackReachesCaldav) {
  Agreed world;
  world.caldav().edit(uid_of("Standup"), title("Stand-up"));
  world.exchange().after_next_write([&] { world.exchange().edit(world.standup, title("Sit-down")); });
  world.sync();
  world.sync();
  EXPECT_EQ(world.on_caldav().summary, "Sit-down");
  EXPECT_TRUE(world.conflicts().empty());
}

TEST(BothWays, WhenCaldavRefusesItsShareExchangesShareIsNoConflictLater) {
  Agreed world;
  world.caldav().edit(uid_of("Standup"), title("Stand-up"));
  world.exchange().edit(world.standup, place("Room 7"));
  world.caldav().before_next_write([&] { world.caldav().edit(uid_of("Standup"), title("Stand-up!")); });
  world.sync();
  world.sync();
  EXPECT_EQ(world.on_exchange().summary, "Stand-up!");
  EXPECT_EQ(world.on_caldav().location, "Room 7");
  EXPECT_TRUE(world.conflicts().empty());
  EXPECT_EQ(writes_of_ten_runs(world), 0);
}

TEST(BothWays, WhatExchangeCantHoldIsParkedWithTheReason) {
  World world;
  world.exchange().refuse(uid_of("Moon phases"));
  world.caldav().put(event("Moon phases"));
  world.caldav().put(event("Dentist"));
  world.sync();
  EXPECT_TRUE(world.exchange().holds(uid_of("Dentist")));
  ASSERT_EQ(world.parked().size(), 1U);
  EXPECT_EQ(world.parked().front().code, "recurrence_unsupported");
  EXPECT_EQ(world.parked().front().side, Side::caldav);
  EXPECT_EQ(writes_of_ten_runs(world), 0);
}

TEST(BothWays, WhatExchangeCantHoldStillGetsWhatExchangeChanges) {
  Agreed world;
  world.exchange().refuse(uid_of("Standup"));
  world.caldav().edit(uid_of("Standup"), body("in a rule that Exchange lacks"));
  world.exchange().edit(world.standup, place("Room 7"));
  world.sync();
  EXPECT_EQ(world.on_caldav().location, "Room 7");
  EXPECT_EQ(world.on_caldav().description, "in a rule that Exchange lacks");
  EXPECT_EQ(world.on_exchange().description, "");
  EXPECT_EQ(world.parked().size(), 1U);
}

TEST(BothWays, WhatExchangeCouldNotHoldIsWrittenWhenItCan) {
  Agreed world;
  world.exchange().refuse(uid_of("Standup"));
  world.caldav().edit(uid_of("Standup"), body("bring the figures"));
  world.sync();
  world.exchange().refuse_nothing();
  world.retry_parked();
  world.sync();
  EXPECT_EQ(world.on_exchange().description, "bring the figures");
  EXPECT_TRUE(world.parked().empty());
  EXPECT_EQ(writes_of_ten_runs(world), 0);
}

TEST(BothWays, AnItemThatCantBeReadIsNotWrittenOver) {
  Agreed world;
  world.exchange().poison(world.standup);
  world.caldav().edit(uid_of("Standup"), title("Stand-up"));
  world.sync();
  EXPECT_EQ(world.writes(), 0);
  EXPECT_EQ(world.parked().size(), 1U);
  world.exchange().cure();
  world.retry_parked();
  world.sync();
  EXPECT_EQ(world.on_exchange().summary, "Stand-up");
  EXPECT_TRUE(world.parked().empty());
}

TEST(BothWays, AResourceThatCantBeReadIsNeitherDeletedNorWrittenOver) {
  Agreed world;
  world.caldav().put_text(
      uid_of("Standup"),
      "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:uid-Standup\r\nDTSTART:nonsense\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n");
  world.sync();
  world.exchange().edit(world.standup, place("Room 7"));
  world.sync();
  EXPECT_EQ(world.writes(), 0);
  EXPECT_TRUE(world.exchange().holds(uid_of("Standup")));
  EXPECT_FALSE(world.parked().empty());
}

TEST(BothWays, ASecondResourceOfOneUidIsParkedAndNotDoubledOnExchange) {
  Agreed world(Manners{.one_uid_once = false});
  model::Series twin = world.caldav().series(uid_of("Standup"));
  title("A copy")(twin);
  world.caldav().put_beside(twin);
  world.sync();
  EXPECT_EQ(world.exchange().size(), 1U);
  EXPECT_EQ(world.on_exchange().summary, "Standup");
  ASSERT_EQ(world.parked().size(), 1U);
  EXPECT_EQ(world.parked().front().code, "duplicate_uid");
}

TEST(BothWays, AResourceThatMovedWithinTheCollectionIsTheSameSeries) {
  Agreed world;
  model::Series series = world.caldav().series(uid_of("Standup"));
  world.caldav().remove(uid_of("Standup"));
  title("Stand-up")(series);
  world.caldav().put(series);
  world.sync();
  EXPECT_EQ(world.on_exchange().summary, "Stand-up");
  EXPECT_EQ(world.exchange().deletes, 0);
  EXPECT_EQ(world.exchange().creates, 0);
  EXPECT_EQ(writes_of_ten_runs(world), 0);
}

TEST(FirstTwoWayPass, TakesUpAMigratedMailboxWithoutWritingAnything) {
  World world;
  for (int i = 0; i < 20; ++i) world.exchange().add("Event " + std::to_string(i));
  world.migrate();
  world.writes();
  world.sync();
  world.sync();
  EXPECT_EQ(world.writes(), 0);
}

TEST(FirstTwoWayPass, BringsWhatCaldavEditedWhileItWasOnlyWrittenTo) {
  World world;
  world.exchange().add("Standup");
  world.migrate();
  world.caldav().edit(uid_of("Standup"), title("Stand-up"));
  world.migrate();
  world.sync();
  EXPECT_EQ(world.exchange().series(uid_of("Standup")).master->summary, "Stand-up");
}

TEST(FirstTwoWayPass, BringsWhatCaldavEditedAndMigrateMerged) {
  World world;
  const ItemId standup = world.exchange().add("Standup");
  world.migrate();
  world.caldav().edit(uid_of("Standup"), title("Stand-up"));
  world.exchange().edit(standup, place("Room 7"));
  world.migrate();
  world.sync();
  EXPECT_EQ(world.exchange().series(standup).master->summary, "Stand-up");
  EXPECT_EQ(writes_of_ten_runs(world), 0);
}

TEST(FirstTwoWayPass, BringsWhatOnlyCaldavHolds) {
  World world;
  world.caldav().put(event("Dentist"));
  world.exchange().add("Standup");
  world.migrate();
  world.sync();
  EXPECT_TRUE(world.exchange().holds(uid_of("Dentist")));
}

TEST(FirstTwoWayPass, DeletesOnExchangeWhatCaldavDeletedBefore) {
  World world;
  world.exchange().add("Standup");
  world.exchange().add("Jour fixe");
  world.migrate();
  world.caldav().remove(uid_of("Standup"));
  world.migrate();
  world.sync();
  EXPECT_FALSE(world.exchange().holds(uid_of("Standup")));
  EXPECT_TRUE(world.exchange().holds(uid_of("Jour fixe")));
}

TEST(FirstTwoWayPass, DoublesNothingThatCaldavDeletedAndPutBack) {
  World world;
  world.exchange().add("Standup");
  world.migrate();
  model::Series series = world.caldav().series(uid_of("Standup"));
  world.caldav().remove(uid_of("Standup"));
  world.migrate();
  world.caldav().put(series);
  world.migrate();
  world.sync();
  world.sync();
  EXPECT_EQ(world.exchange().size(), 1U);
  EXPECT_EQ(world.caldav().size(), 1U);
}

TEST(FirstTwoWayPass, AfterMigrateRanInBetweenTakesUpAgain) {
  Agreed world;
  world.caldav().edit(uid_of("Standup"), title("Stand-up"));
  world.migrate();
  world.sync();
  EXPECT_EQ(world.on_exchange().summary, "Stand-up");
}

TEST(FirstTwoWayPass, MeetsWhatStandsOnBothSidesWithoutDoublingIt) {
  World world;
  model::Series here = event("Standup"), there = event("Standup");
  place("Room 7")(here);
  body("bring the figures")(there);
  world.exchange().add(here);
  world.caldav().put(there);
  world.sync();
  EXPECT_EQ(world.exchange().size(), 1U);
  EXPECT_EQ(world.exchange().series(uid_of("Standup")).master->description, "bring the figures");
  EXPECT_EQ(world.caldav().series(uid_of("Standup")).master->location, "Room 7");
  EXPECT_EQ(writes_of_ten_runs(world), 0);
}

TEST(AQuietSide, IsNotAskedWhereTheOtherSideAloneHasNews) {
  Agreed world;
  world.exchange().calls = 0;
  world.options.observe = sync::Observe::caldav_only;
  world.sync();
  EXPECT_EQ(world.exchange().calls, 0);
}

TEST(AQuietSide, OfCaldavIsNotAskedEither) {
  Agreed world;
  const int before = world.caldav().requests;
  world.options.observe = sync::Observe::exchange_only;
  world.sync();
  EXPECT_EQ(world.caldav().requests, before);
}

TEST(AQuietSide, CostsOneRequestOnEachSideWhenBothAreAsked) {
  Agreed world;
  world.exchange().calls = 0;
  const int before = world.caldav().requests;
  world.sync();
  EXPECT_EQ(world.exchange().calls, 1);
  EXPECT_EQ(world.caldav().requests, before + 1);
}

TEST(AQuietSide, IsListedAllTheSameWhereItWasNeverListed) {
  World world;
  world.exchange().add("Standup");
  world.options.observe = sync::Observe::caldav_only;
  world.sync();
  EXPECT_TRUE(world.caldav().has(uid_of("Standup")));
}

TEST(AQuietSide, IsSearchedBeforeSomethingIsMadeOnIt) {
  Agreed world;
  world.exchange().add("Invitation");
  world.caldav().put(event("Invitation"));
  world.options.observe = sync::Observe::caldav_only;
  world.sync();
  EXPECT_EQ(world.exchange().count(uid_of("Invitation")), 1U);
  world.options.observe = sync::Observe::both_sides;
  world.sync();
  EXPECT_EQ(world.exchange().count(uid_of("Invitation")), 1U);
  EXPECT_EQ(writes_of_ten_runs(world), 0);
}

TEST(AQuietSide, DoesNotKeepAnEditFromBeingWritten) {
  Agreed world;
  world.caldav().edit(uid_of("Standup"), title("Stand-up"));
  world.options.observe = sync::Observe::caldav_only;
  world.sync();
  EXPECT_EQ(world.on_exchange().summary, "Stand-up");
}

TEST(AServerWithWeakVersions, IsLookedAtAndCausesNoWrites) {
  Agreed world(Manners{.weak_versions = true});
  world.caldav().edit(uid_of("Standup"), title("Stand-up"));
  world.sync();
  EXPECT_EQ(world.on_exchange().summary, "Stand-up");
  EXPECT_EQ(writes_of_ten_runs(world), 0);
}

TEST(ADryRun, InBothDirectionsSaysWhatWouldBeWrittenAndWritesNothing) {
  Agreed world;
  world.caldav().edit(uid_of("Standup"), title("Stand-up"));
  world.caldav().put(event("Dentist"));
  world.exchange().add("Jour fixe");
  const std::string before = world.store_as_text();
  world.dry_run_both_ways();
  EXPECT_EQ(world.report().exchange_updated, 1U);
  EXPECT_EQ(world.report().exchange_created, 1U);
  EXPECT_EQ(world.report().created, 1U);
  EXPECT_EQ(world.writes(), 0);
  EXPECT_EQ(world.store_as_text(), before);
}

}  // namespace
}  // namespace caravan::world
