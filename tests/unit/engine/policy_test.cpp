// SPDX-License-Identifier: GPL-3.0-or-later
// Windows and private events.
#include <gtest/gtest.h>

#include "support/world/world.hpp"

namespace caravan::world {
namespace {

model::Series in_july(const std::string& name) {
  model::Series series = event(name);
  on_day(7, 15)(series);
  return series;
}
model::Series private_event(const std::string& name) {
  model::Series series = event(name);
  private_one()(series);
  body("the diagnosis")(series);
  return series;
}

TEST(Window, TakesWhatLiesInside) {
  World world;
  world.set_window("2026-07-01T00:00:00Z", "2026-08-01T00:00:00Z");
  world.exchange().add("June");
  world.exchange().add(in_july("July"));
  world.migrate();
  EXPECT_FALSE(world.caldav().has(uid_of("June")));
  EXPECT_TRUE(world.caldav().has(uid_of("July")));
}

TEST(Window, TakesASeriesWholeOfWhichOneOccurrenceLiesInside) {
  World world;
  world.set_window("2026-07-01T00:00:00Z", "2026-07-08T00:00:00Z");
  world.exchange().add(weekly("Jour fixe"));
  world.migrate();
  EXPECT_EQ(world.caldav().series(uid_of("Jour fixe")).rules.front().count, 10);
}

TEST(Window, ThatIsWidenedBringsMore) {
  World world;
  world.set_window("2026-07-01T00:00:00Z", "");
  world.exchange().add("June");
  world.exchange().add(in_july("July"));
  world.migrate();
  world.set_window("2026-05-01T00:00:00Z", "");
  world.migrate();
  EXPECT_TRUE(world.caldav().has(uid_of("June")));
  EXPECT_EQ(world.caldav().puts, 2);
}

TEST(Window, ThatIsNarrowedDeletesNothing) {
  World world;
  world.exchange().add("June");
  world.exchange().add(in_july("July"));
  world.migrate();
  world.set_window("2026-07-01T00:00:00Z", "");
  world.migrate();
  EXPECT_TRUE(world.caldav().has(uid_of("June")));
}

TEST(Window, KeepsWhatMovedOutUpToDate) {
  World world;
  world.set_window("", "2026-07-01T00:00:00Z");
  const ItemId june = world.exchange().add("June");
  world.migrate();
  world.exchange().edit(june, on_day(7, 15));
  world.migrate();
  EXPECT_EQ(world.caldav().series(uid_of("June")).master->start.wall.month, 7);
}

TEST(Private, IsKeptByDefault) {
  World world;
  world.exchange().add(private_event("Doctor"));
  world.migrate();
  const model::Series stored = world.caldav().series(uid_of("Doctor"));
  EXPECT_EQ(stored.master->sensitivity, model::Sensitivity::private_);
  EXPECT_EQ(stored.master->description, "the diagnosis");
}

TEST(Private, StaysAtHomeWhereOmitted) {
  World world;
  world.options.private_events = sync::PrivateEvents::omit;
  world.exchange().add(private_event("Doctor"));
  world.exchange().add("Standup");
  world.migrate();
  EXPECT_FALSE(world.caldav().has(uid_of("Doctor")));
  EXPECT_TRUE(world.caldav().has(uid_of("Standup")));
}

TEST(Private, ComesWhenItIsNoLongerPrivate) {
  World world;
  world.options.private_events = sync::PrivateEvents::omit;
  const ItemId doctor = world.exchange().add(private_event("Doctor"));
  world.migrate();
  world.exchange().edit(doctor, public_one());
  world.migrate();
  EXPECT_TRUE(world.caldav().has(uid_of("Doctor")));
}

TEST(Private, LeavesCaldavWhenItBecomesPrivate) {
  World world;
  world.options.private_events = sync::PrivateEvents::omit;
  const ItemId doctor = world.exchange().add("Doctor");
  world.migrate();
  world.exchange().edit(doctor, private_one());
  world.migrate();
  EXPECT_FALSE(world.caldav().has(uid_of("Doctor")));
}

TEST(Private, ComesBackWhenItIsPublicAgain) {
  World world;
  world.options.private_events = sync::PrivateEvents::omit;
  const ItemId doctor = world.exchange().add("Doctor");
  world.migrate();
  world.exchange().edit(doctor, private_one());
  world.migrate();
  world.exchange().edit(doctor, public_one());
  world.migrate();
  EXPECT_TRUE(world.caldav().has(uid_of("Doctor")));
}

TEST(Private, ShowsItsTimesOnlyWhereBusy) {
  World world;
  world.options.private_events = sync::PrivateEvents::busy;
  world.exchange().add(private_event("Doctor"));
  world.migrate();
  const std::string text = world.caldav().text(uid_of("Doctor"));
  EXPECT_EQ(text.find("SUMMARY:Doctor"), std::string::npos);
  EXPECT_EQ(text.find("the diagnosis"), std::string::npos);
  EXPECT_NE(text.find("DTSTART"), std::string::npos);
}

TEST(Private, ShowsItsNewTimesOnlyWhereBusy) {
  World world;
  world.options.private_events = sync::PrivateEvents::busy;
  const ItemId doctor = world.exchange().add(private_event("Doctor"));
  world.migrate();
  world.exchange().edit(doctor, at_hour(16));
  world.migrate();
  EXPECT_EQ(world.caldav().series(uid_of("Doctor")).master->start.wall.hour, 16);
  EXPECT_EQ(world.caldav().text(uid_of("Doctor")).find("the diagnosis"), std::string::npos);
}

TEST(Private, TellsNoNewTextWhereBusy) {
  World world;
  world.options.private_events = sync::PrivateEvents::busy;
  const ItemId doctor = world.exchange().add(private_event("Doctor"));
  world.migrate();
  world.exchange().edit(doctor, title("The surgeon"));
  world.migrate();
  EXPECT_EQ(world.caldav().text(uid_of("Doctor")).find("The surgeon"), std::string::npos);
}

TEST(Private, HidesItsTextWhenItBecomesPrivateWhereBusy) {
  World world;
  world.options.private_events = sync::PrivateEvents::busy;
  model::Series series = event("Doctor");
  body("the diagnosis")(series);
  const ItemId doctor = world.exchange().add(series);
  world.migrate();
  world.exchange().edit(doctor, private_one());
  world.migrate();
  EXPECT_EQ(world.caldav().text(uid_of("Doctor")).find("the diagnosis"), std::string::npos);
}

}  // namespace
}  // namespace caravan::world
