// SPDX-License-Identifier: GPL-3.0-or-later
// A calendar that does not exist yet, made with all its events in one request.
#include <gtest/gtest.h>

#include "ical/write.hpp"
#include "ical/zone_book.hpp"
#include "ical/zone_repair.hpp"
#include "support/world/world.hpp"

namespace caravan::world {
namespace {

constexpr int kEnough = 60;

Manners empty_radicale() {
  Manners manners;
  manners.exists = false;
  manners.bulk_fill = true;
  return manners;
}

void add_many(World& world, int count) {
  for (int i = 0; i < count; ++i) world.exchange().add("Event " + std::to_string(i));
}

TEST(BulkFill, MakesTheCalendarInOneRequest) {
  World world(empty_radicale());
  add_many(world, kEnough);
  world.migrate();
  EXPECT_EQ(world.caldav().size(), 60U);
  EXPECT_EQ(world.caldav().fills, 1);
  EXPECT_EQ(world.caldav().puts, 0);
}

TEST(BulkFill, IsFollowedBySilence) {
  World world(empty_radicale());
  add_many(world, kEnough);
  world.migrate();
  world.writes();
  world.migrate();
  EXPECT_EQ(world.writes(), 0);
}

TEST(BulkFill, KnowsTheNamesThatTheServerGives) {
  Manners manners = empty_radicale();
  manners.fill_prefix = "filled-";
  World world(manners);
  add_many(world, kEnough);
  world.migrate();
  EXPECT_EQ(world.caldav().size(), 60U);
  EXPECT_EQ(world.caldav().reads, 1) << "the zones of one";
  world.writes();
  world.migrate();
  EXPECT_EQ(world.writes(), 0);
}

TEST(BulkFill, ReadsWhatTheServerNamedOtherwise) {
  Manners manners = empty_radicale();
  manners.fill_prefix = "filled-";
  manners.foretells_fill = false;
  World world(manners);
  const ItemId standup = world.exchange().add("Standup");
  add_many(world, kEnough);
  world.migrate();
  EXPECT_GT(world.caldav().reads, 60);
  EXPECT_EQ(world.caldav().fills, 1);
  world.exchange().edit(standup, place("Room 7"));
  world.writes();
  world.migrate();
  EXPECT_EQ(world.writes(), 1);
  EXPECT_EQ(world.caldav().size(), 61U);
  EXPECT_EQ(world.caldav().series(uid_of("Standup")).master->location, "Room 7");
}

TEST(BulkFill, IsFollowedByChanges) {
  World world(empty_radicale());
  const ItemId standup = world.exchange().add("Standup");
  add_many(world, kEnough);
  world.migrate();
  world.exchange().edit(standup, place("Room 7"));
  world.migrate();
  EXPECT_EQ(world.caldav().series(uid_of("Standup")).master->location, "Room 7");
}

TEST(BulkFill, DoesNotPayForAFew) {
  World world(empty_radicale());
  add_many(world, 10);
  world.migrate();
  EXPECT_EQ(world.caldav().fills, 0);
  EXPECT_EQ(world.caldav().size(), 10U);
}

TEST(BulkFill, IsNotUsedWhereACalendarExists) {
  Manners manners = empty_radicale();
  manners.exists = true;
  World world(manners);
  add_many(world, kEnough);
  world.migrate();
  EXPECT_EQ(world.caldav().fills, 0);
  EXPECT_EQ(world.caldav().size(), 60U);
}

TEST(BulkFill, NeverGoesIntoACalendarThatSomebodyMadeMeanwhile) {
  World world(empty_radicale());
  add_many(world, kEnough);
  world.caldav().before_next_write([&] {
    world.caldav().manners.exists = true;
    world.caldav().put(event("Dentist"));
  });
  world.migrate();
  world.migrate();
  EXPECT_TRUE(world.caldav().has(uid_of("Dentist")));
  EXPECT_EQ(world.caldav().size(), 61U);
}

TEST(BulkFill, MeetsAnEventOfACalendarThatSomebodyMadeMeanwhile) {
  World world(empty_radicale());
  add_many(world, kEnough);
  model::Series theirs = event("Event 3");
  title("Theirs")(theirs);
  world.caldav().before_next_write([&] {
    world.caldav().manners.exists = true;
    world.caldav().put(theirs);
  });
  world.migrate();
  world.migrate();
  EXPECT_EQ(world.caldav().count(uid_of("Event 3")), 1U);
  EXPECT_EQ(world.caldav().series(uid_of("Event 3")).master->summary, "Theirs");
  EXPECT_EQ(world.conflicts().size(), 1U);
}

TEST(BulkFill, ThatIsRefusedForOneEventIsDoneOneByOne) {
  World world(empty_radicale());
  add_many(world, kEnough);
  world.caldav().refuse(uid_of("Event 7"));
  world.migrate();
  EXPECT_EQ(world.caldav().size(), 59U);
  EXPECT_EQ(world.parked().size(), 1U);
}

TEST(BulkFill, ThatIsRefusedTellsEachLossOnce) {
  World world(empty_radicale());
  world.options.attachments = sync::AttachmentPolicy::skip;
  add_many(world, kEnough);
  model::Series series = event("Minutes");
  attachment("minutes", 12)(series);
  world.exchange().give_content("minutes", "some minutes");
  world.exchange().add(series);
  world.caldav().refuse(uid_of("Event 7"));
  world.migrate();
  EXPECT_EQ(world.caldav().size(), 60U);
  EXPECT_EQ(world.report().loss_counts.at("attachment_skipped"), 1U);
  EXPECT_EQ(world.report().losses.size(), 1U);
}

TEST(BulkFill, WhoseAnswerWasLostAfterItsEffectIsNotRepeated) {
  World world(empty_radicale());
  add_many(world, kEnough);
  world.caldav().trouble_next_write(Trouble::lost_after);
  world.migrate();
  world.migrate();
  EXPECT_EQ(world.caldav().size(), 60U);
  EXPECT_EQ(world.caldav().fills, 1);
  EXPECT_EQ(world.caldav().puts, 0);
}

TEST(BulkFill, WhoseRequestWasLostIsDone) {
  World world(empty_radicale());
  add_many(world, kEnough);
  world.caldav().trouble_next_write(Trouble::lost_before);
  world.migrate();
  world.migrate();
  EXPECT_EQ(world.caldav().size(), 60U);
}

TEST(BulkFill, ParksPoison) {
  World world(empty_radicale());
  add_many(world, kEnough);
  world.exchange().poison(world.exchange().add("Bad"));
  world.migrate();
  EXPECT_EQ(world.caldav().size(), 60U);
  EXPECT_EQ(world.parked().size(), 1U);
}

TEST(BulkFill, TakesSmallAttachmentsAlong) {
  World world(empty_radicale());
  add_many(world, kEnough);
  model::Series series = event("Minutes");
  attachment("minutes", 12)(series);
  world.exchange().give_content("minutes", "some minutes");
  world.exchange().add(series);
  world.migrate();
  EXPECT_EQ(world.caldav().puts, 0);
  // The fake keeps the hash of what was inline in the file.
  EXPECT_EQ(world.caldav().series(uid_of("Minutes")).master->attachments.front().uri,
            "x-caravan-content:" + sha256("some minutes").hex);
}

TEST(BulkFill, LeavesEventsWithLargeAttachmentsToSingleRequests) {
  World world(empty_radicale());
  add_many(world, kEnough);
  model::Series series = event("Minutes");
  attachment("minutes", 2 << 20)(series);
  world.exchange().give_content("minutes", std::string(2 << 20, 'm'));
  world.exchange().add(series);
  world.migrate();
  EXPECT_EQ(world.caldav().size(), 61U);
  EXPECT_EQ(world.caldav().puts, 1);
  EXPECT_EQ(world.caldav().series(uid_of("Minutes")).master->attachments.size(), 1U);
}

TEST(BulkFill, LeavesAUidThatIsTooLongForItToASingleRequest) {
  Manners manners = empty_radicale();
  manners.longest_fill_uid = 250;
  World world(manners);
  add_many(world, kEnough);
  model::Series series = event("Long");
  series.uid = Uid(std::string(251, 'u'));
  world.exchange().add(series);
  world.migrate();
  EXPECT_EQ(world.caldav().size(), 61U);
  EXPECT_EQ(world.caldav().fills, 1);
  EXPECT_EQ(world.caldav().puts, 1);
}

TEST(BulkFill, TakesTwoItemsOfOneUidOnce) {
  World world(empty_radicale());
  add_many(world, kEnough);
  world.exchange().add("Event 3");
  world.migrate();
  world.migrate();
  EXPECT_EQ(world.caldav().count(uid_of("Event 3")), 1U);
  EXPECT_EQ(world.caldav().size(), 60U);
  EXPECT_EQ(world.parked().size(), 1U);
}

TEST(BulkFill, ThatIsTooLargeGoesOnWithSingleRequests) {
  World world(empty_radicale());
  world.options.fill_limit_bytes = 20000;
  add_many(world, 200);
  world.migrate();
  EXPECT_EQ(world.caldav().size(), 200U);
  EXPECT_EQ(world.caldav().fills, 1);
}

/// A server that makes the zones of a fill by itself, by what it met earlier.
Manners radicale_with_zones_since(int year) {
  Manners manners = empty_radicale();
  manners.fill_zones_since = year;
  return manners;
}

int zones_hold_from(World& world, const Uid& uid) { return ical::zones_hold_from(world.caldav().text(uid)); }

model::Series in_year(const std::string& name, int year) {
  model::Series series = event(name);
  for (model::EventTime* time : {&series.master->start, &series.master->end})
    *time = model::at_wall(*ical::system_zone_book(), time->zone,
                           {year, time->wall.month, time->wall.day, time->wall.hour, time->wall.minute, 0});
  return series;
}

TEST(BulkFillOfZones, LooksAtOneEventAndLeavesGoodOnesAlone) {
  World world(radicale_with_zones_since(2020));
  add_many(world, kEnough);
  world.migrate();
  EXPECT_EQ(world.caldav().reads, 1);
  EXPECT_EQ(world.caldav().puts, 0);
}

TEST(BulkFillOfZones, MendsWhatIsOlderThanTheServersDefinition) {
  World world(radicale_with_zones_since(2030));
  add_many(world, kEnough);
  for (int i = 0; i < 5; ++i) world.exchange().add(in_year("Later " + std::to_string(i), 2033));
  world.migrate();
  EXPECT_EQ(world.caldav().size(), 65U);
  EXPECT_EQ(world.caldav().puts, kEnough);
  EXPECT_LE(zones_hold_from(world, uid_of("Event 3")), 2026);
  EXPECT_LE(zones_hold_from(world, uid_of("Later 3")), 2033);
  world.writes();
  world.migrate();
  EXPECT_EQ(world.writes(), 0);
}

TEST(BulkFillOfZones, MendsNothingThatSomebodyChangedMeanwhile) {
  World world(radicale_with_zones_since(2030));
  add_many(world, kEnough);
  world.caldav().before_next_write([&] {  // which is the fill
    world.caldav().before_next_write([&] { world.caldav().edit(uid_of("Event 0"), place("Room 7")); });
  });
  world.migrate();
  EXPECT_EQ(world.caldav().series(uid_of("Event 0")).master->location, "Room 7");
  EXPECT_LE(zones_hold_from(world, uid_of("Event 3")), 2026);
  world.migrate();
  EXPECT_EQ(world.caldav().series(uid_of("Event 0")).master->location, "Room 7");
}

TEST(BulkFillOfZones, IsMendedAlsoWhereTheAnswerWasLost) {
  World world(radicale_with_zones_since(2030));
  add_many(world, kEnough);
  world.caldav().trouble_next_write(Trouble::lost_after);
  world.migrate();
  world.migrate();
  for (const Uid& uid : world.caldav().uids()) EXPECT_LE(zones_hold_from(world, uid), 2026);
}

TEST(BulkFillOfZones, TouchesNothingOfAPersonsInACalendarThatSomebodyMadeMeanwhile) {
  World world(radicale_with_zones_since(2030));
  add_many(world, kEnough);
  const std::string theirs = ical::with_zones_of_database(ical::write(event("Dentist")), 2030);
  world.caldav().before_next_write([&] {
    world.caldav().manners.exists = true;
    world.caldav().put_text(uid_of("Dentist"), theirs);
  });
  world.migrate();
  EXPECT_EQ(world.caldav().text(uid_of("Dentist")), theirs);
}

TEST(BulkFillOfZones, LeavesAZoneOfItsOwnToASingleRequest) {
  World world(empty_radicale());
  add_many(world, kEnough);
  model::Series series = event("Abroad");
  series.zones.push_back({"Our Zone", {{false, {2000, 1, 1, 0, 0, 0}, 5400, 5400, "OZ", {}, {}}}});
  for (model::EventTime* time : {&series.master->start, &series.master->end})
    *time = model::at_wall(*ical::system_zone_book(), "Our Zone", time->wall, series.zones);
  world.exchange().add(series);
  world.migrate();
  EXPECT_EQ(world.caldav().size(), 61U);
  EXPECT_EQ(world.caldav().puts, 1);
  EXPECT_EQ(world.caldav().series(uid_of("Abroad")).zones, series.zones);
}

}  // namespace
}  // namespace caravan::world
