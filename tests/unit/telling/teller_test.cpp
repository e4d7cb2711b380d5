// SPDX-License-Identifier: GPL-3.0-or-later
// What the clock and the store's troubles bring into the outbox: once, at its time, and only what still holds then.
#include "app/notify/teller.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/notify/replan.hpp"
#include "ical/zone_book.hpp"
#include "support/world/world.hpp"

namespace caravan::world {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

/// Anna's calendar under live sync, told by mail. It is 1 June 2026, 10:00 in Berlin; event() is a day later at 10:00.
class Told : public World {
 public:
  Told() {
    context.config.notify.mail_url = "smtp://mail.example.org";
    context.config.notify.mail_from = "calendar@example.org";
    context.config.notify.admins = {"admin@example.org"};
    context.clock = clock();
    people.emplace(app::People::from(context.config).value());
    begin();
    store::Batch batch;
    batch.mailboxes.emplace_back();
    batch.mailboxes.back().address = mailbox();
    batch.mailboxes.back().state = "subscribed";
    batch.mailboxes.back().zone = "Europe/Berlin";
    batch.mailboxes.back().last_success = clock()->now();
    EXPECT_TRUE(store().commit(batch));
    sync();
    options.journal = true;
  }
  /// As after a restart.
  void begin() { teller.emplace(context, *people); }
  void prefer(const std::string& name, const std::string& value) {
    auto text = store().notify().preferences(mailbox()).value();
    EXPECT_TRUE(store().notify().set_preferences(
        mailbox(), notify::set_preference(text, name, value, *ical::system_zone_book()).value()));
    EXPECT_TRUE(app::replan_soon(store(), *clock(), mailbox()));
  }
  void tell() { ASSERT_TRUE(teller->round(store())); }
  /// Minute by minute.
  void live_until(Instant until) {
    while (clock()->now() < until) {
      tell();
      pass_time_everywhere(minutes(1));
    }
    tell();
  }
  /// Kind and due time of what was put into the outbox for the address, oldest first.
  std::vector<std::string> told(const Address& address) {
    auto messages = store().notify().messages({}, address, 1000).value();
    std::vector<std::string> out;
    for (auto at = messages.rbegin(); at != messages.rend(); ++at)
      out.push_back(at->kind + " " + to_rfc3339(at->due).substr(5, 11));
    return out;
  }
  std::vector<std::string> told() { return told(mailbox()); }

  app::Context context;
  std::optional<app::People> people;
  std::optional<app::Teller> teller;
};

Instant at(const std::string& text) {
  Instant out{};
  EXPECT_TRUE(parse_rfc3339(text, out));
  return out;
}

TEST(Teller, RemindsAtThePersonsLeadAndSaysWhenItStarts) {
  Told world;
  world.caldav().put(event("Dentist"));
  world.sync();
  world.live_until(at("2026-06-02T09:30:00Z"));
  EXPECT_THAT(world.told(), ElementsAre("reminder 06-02T07:50", "starting 06-02T08:00"));
}

TEST(Teller, RemindsOnceThoughItIsStartedAnewEachMinute) {
  Told world;
  world.caldav().put(event("Dentist"));
  world.sync();
  while (world.clock()->now() < at("2026-06-02T09:00:00Z")) {
    world.begin();
    world.tell();
    world.pass_time_everywhere(minutes(1));
  }
  EXPECT_THAT(world.told(), ElementsAre("reminder 06-02T07:50", "starting 06-02T08:00"));
}

TEST(Teller, RemindsOfWhatCameDueWhileItWasDown) {
  Told world;
  world.caldav().put(event("Dentist"));
  world.sync();
  world.tell();
  world.pass_time_everywhere(at("2026-06-02T07:55:00Z") - world.clock()->now());
  world.begin();
  world.tell();  // the plan was to be made anew meanwhile, too
  world.tell();
  EXPECT_THAT(world.told(), ElementsAre("reminder 06-02T07:50"));
}

TEST(Teller, RemindsOfNothingThatMovedOrIsGone) {
  Told world;
  world.caldav().put(event("Dentist"));
  world.caldav().put(event("Lunch"));
  world.sync();
  world.live_until(at("2026-06-02T07:00:00Z"));
  world.caldav().edit(uid_of("Dentist"), at_hour(15));
  world.caldav().remove(uid_of("Lunch"));
  world.sync();
  world.live_until(at("2026-06-02T14:00:00Z"));
  EXPECT_THAT(world.told(), ElementsAre("reminder 06-02T12:50", "starting 06-02T13:00"));
}

TEST(Teller, PlansFurtherThanItsHorizon) {
  Told world;
  world.caldav().put(event("Dentist"));
  world.caldav().edit(uid_of("Dentist"), on_day(6, 9));
  world.sync();
  world.live_until(at("2026-06-09T09:00:00Z"));
  EXPECT_THAT(world.told(), ElementsAre("reminder 06-09T07:50", "starting 06-09T08:00"));
}

TEST(Teller, APreferenceThatChangedHoldsForWhatIsToCome) {
  Told world;
  world.caldav().put(event("Dentist"));
  world.sync();
  world.tell();
  world.prefer("lead", "30");
  world.live_until(at("2026-06-02T07:59:00Z"));
  EXPECT_THAT(world.told(), ElementsAre("reminder 06-02T07:30"));
}

TEST(Teller, SendsTheDigestOnceADayAtThePersonsHourWhereThereIsSomethingInIt) {
  Told world;
  world.prefer("daily", "07:30");
  world.prefer("kinds", "added");
  world.caldav().put(event("Dentist"));
  world.sync();
  world.live_until(at("2026-06-05T00:00:00Z"));
  EXPECT_THAT(world.told(), ElementsAre("daily 06-02T05:30"));
}

TEST(Teller, WhatIsNoReminderWaitsForTheEndOfTheQuietHours) {
  Told world;
  world.prefer("quiet", "09:00-13:00");
  model::Series meeting = event("Planning");
  meeting.master->organizer = model::Organizer{"chair@elsewhere.org", "Chair", {}};
  model::Attendee me;
  me.address = world.mailbox().value;
  meeting.master->attendees = {me};
  world.exchange().add(meeting);
  world.sync();
  world.live_until(world.clock()->now() + minutes(10));
  EXPECT_THAT(world.told(), ElementsAre("added 06-01T11:00"));
}

TEST(Teller, TellsAdministratorsOnceWhatWaitsForThem) {
  Told world;
  world.live_until(world.clock()->now() + hours(3));  // nothing succeeds meanwhile
  EXPECT_THAT(world.told(Address("admin@example.org")), SizeIs(1));
  store::Batch batch;
  batch.parked.emplace_back();
  batch.parked.back().pair = world.pair().id;
  batch.parked.back().mailbox = world.mailbox();
  batch.parked.back().object = "item";
  batch.parked.back().first_seen = world.clock()->now();
  ASSERT_TRUE(world.store().commit(batch));
  world.live_until(world.clock()->now() + hours(1));
  const auto told = world.told(Address("admin@example.org"));
  ASSERT_THAT(told, SizeIs(2));
  EXPECT_TRUE(told[0].starts_with("admin ")) << told[0];
}

TEST(Teller, SaysNothingWhereNoChannelIsConfigured) {
  Told world;
  world.context.config.notify.mail_url.clear();
  world.people.emplace(app::People::from(world.context.config).value());
  world.begin();
  world.caldav().put(event("Dentist"));
  world.sync();
  world.live_until(at("2026-06-02T09:30:00Z"));
  EXPECT_THAT(world.told(), IsEmpty());
}

}  // namespace
}  // namespace caravan::world
