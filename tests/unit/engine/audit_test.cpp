// SPDX-License-Identifier: GPL-3.0-or-later
// An audit: what no list of changes names is found, counted and repaired; what is well costs a request a side.
#include <gtest/gtest.h>

#include <algorithm>

#include "support/world/world.hpp"

namespace caravan::world {
namespace {

const Uid kStandup = uid_of("Standup"), kLunch = uid_of("Lunch"), kDentist = uid_of("Dentist");

/// "Standup" and a weekly "Jour fixe" come from Exchange, "Lunch" from CalDAV; both sides agree.
struct InStep : World {
  explicit InStep(const Manners& manners = {}) : World(manners) {
    standup = exchange().add("Standup");
    exchange().add(weekly("Jour fixe"));
    caldav().put(event("Lunch"));
    for (int i = 0; i < 3; ++i) sync();
    lunch = exchange().item_of(kLunch).value();
    writes();
  }
  [[nodiscard]] std::uint64_t drift(Side side, const std::string& kind) const {
    const auto found = report().drift.find({side, kind});
    return found == report().drift.end() ? 0 : found->second;
  }
  [[nodiscard]] bool explains(const Uid& uid, const std::string& event, const std::string& reason) {
    const auto rows = store().audit(mailbox(), uid, 100);
    return rows && std::any_of(rows->begin(), rows->end(),
                               [&](const auto& row) { return row.event == event && row.reason == reason; });
  }
  ItemId standup, lunch;
};

TEST(AnAudit, WhereAllIsWellCostsOneRequestASideAndFindsNothing) {
  InStep world;
  world.exchange().calls = world.caldav().requests = 0;
  world.audit();
  EXPECT_EQ(world.exchange().calls, 1);
  EXPECT_EQ(world.caldav().requests, 1);
  EXPECT_TRUE(world.report().drift.empty());
  EXPECT_EQ(world.writes(), 0);
}

TEST(AnAudit, OfAStoreThatLostRowsDoublesNothing) {
  InStep world;
  world.lose_mapping(kStandup);
  world.lose_mapping(kLunch);
  world.audit();
  EXPECT_FALSE(world.report().error) << world.report().error->what;
  EXPECT_EQ(world.drift(Side::caldav, "unknown"), 2U);
  EXPECT_TRUE(world.explains(kStandup, "drift", "caldav_unknown"));
  EXPECT_EQ(world.exchange().count(kStandup), 1U);
  EXPECT_EQ(world.exchange().count(kLunch), 1U);
  EXPECT_EQ(world.caldav().size(), 3U);
  EXPECT_EQ(world.writes(), 0);
  EXPECT_EQ(world.counts().active, 3U);
  world.exchange().edit(world.standup, title("Stand-up"));
  world.caldav().edit(kLunch, place("Canteen"));
  world.sync();
  EXPECT_EQ(world.caldav().series(kStandup).master->summary, "Stand-up");
  EXPECT_EQ(world.exchange().series(world.lunch).master->location, "Canteen");
}

TEST(AnAudit, OfAStoreThatLostARowFindsTheEditsMadeMeanwhile) {
  InStep world;
  world.lose_mapping(kLunch);
  world.caldav().edit(kLunch, place("Canteen"));
  world.audit();
  EXPECT_EQ(world.exchange().count(kLunch), 1U);
  EXPECT_EQ(world.exchange().series(world.lunch).master->location, "Canteen");
  EXPECT_TRUE(world.conflicts().empty());
}

TEST(AWholeAudit, FindsAnItemOfWhichNothingElseIsLeft) {
  InStep world;
  world.lose_mapping(kStandup);
  world.caldav().remove(kStandup);
  world.sync();
  world.audit();
  EXPECT_FALSE(world.caldav().has(kStandup));
  world.audit(sync::Audit::whole);
  EXPECT_EQ(world.drift(Side::exchange, "unknown"), 1U);
  EXPECT_TRUE(world.caldav().has(kStandup));
  EXPECT_EQ(world.exchange().count(kStandup), 1U);
}

TEST(AWholeAudit, WhereAllIsWellWritesNothing) {
  InStep world;
  world.audit(sync::Audit::whole);
  EXPECT_TRUE(world.report().drift.empty());
  EXPECT_EQ(world.writes(), 0);
  EXPECT_EQ(world.counts().pending, 0U);
}

TEST(AnAudit, CountsAndBringsWhatNobodyTold) {
  InStep world;
  world.exchange().edit(world.standup, title("Stand-up"));
  world.caldav().edit(kLunch, place("Canteen"));
  world.caldav().remove(uid_of("Jour fixe"));
  world.audit();
  EXPECT_EQ(world.drift(Side::exchange, "changed"), 1U);
  EXPECT_EQ(world.drift(Side::caldav, "changed"), 1U);
  EXPECT_EQ(world.drift(Side::caldav, "missing"), 1U);
  EXPECT_TRUE(world.explains(kLunch, "drift", "caldav_changed"));
  EXPECT_EQ(world.caldav().series(kStandup).master->summary, "Stand-up");
  EXPECT_EQ(world.exchange().series(world.lunch).master->location, "Canteen");
  EXPECT_FALSE(world.exchange().holds(uid_of("Jour fixe")));
  world.audit();
  EXPECT_TRUE(world.report().drift.empty());
}

TEST(AnAudit, FindsWhatCameOfAStateOrATokenThatIsNoneAnyMore) {
  InStep world;
  world.exchange().edit(world.standup, title("Stand-up"));
  world.caldav().edit(kLunch, place("Canteen"));
  world.exchange().lose_every_state();
  world.caldav().lose_every_token();
  world.audit();
  EXPECT_EQ(world.drift(Side::exchange, "sync_state"), 1U);
  EXPECT_EQ(world.caldav().series(kStandup).master->summary, "Stand-up");
  EXPECT_EQ(world.exchange().series(world.lunch).master->location, "Canteen");
  EXPECT_EQ(world.writes(), 2);
}

TEST(AnAudit, BringsWhatNoListOfCaldavsNames) {
  InStep world;
  world.caldav().untold([&] {
    world.caldav().edit(kLunch, place("Canteen"));
    world.caldav().remove(kStandup);
  });
  world.sync();
  EXPECT_EQ(world.writes(), 0);
  world.audit();
  EXPECT_EQ(world.exchange().series(world.lunch).master->location, "Canteen");
  EXPECT_FALSE(world.exchange().has(world.standup));
}

TEST(AnAudit, BringsWhatAPassHadJustSeenWhenItDied) {
  for (int n = 1;; ++n) {
    InStep world;
    world.caldav().put(event("Dentist"));
    world.kill_at(Place::store, n);
    world.sync();
    if (!world.was_killed()) break;
    world.audit();
    world.audit();
    EXPECT_EQ(world.exchange().count(kDentist), 1U) << "killed at passage " << n;
  }
}

TEST(AWholeAudit, BringsWhatNoListOfExchangesNames) {
  InStep world;
  world.exchange().untold([&] {
    world.exchange().edit(world.lunch, place("Canteen"));
    world.exchange().remove(world.standup);
  });
  world.audit();
  EXPECT_EQ(world.writes(), 0);
  world.audit(sync::Audit::whole);
  EXPECT_EQ(world.drift(Side::exchange, "changed"), 1U);
  EXPECT_EQ(world.drift(Side::exchange, "missing"), 1U);
  EXPECT_EQ(world.caldav().series(kLunch).master->location, "Canteen");
  EXPECT_FALSE(world.caldav().has(kStandup));
}

TEST(AnAudit, DoesNotLookAgainAtWhatWaitsForAPerson) {
  InStep world;
  world.caldav().put_text(kDentist, "BEGIN:VCALENDAR\r\nnonsense");
  world.sync();
  ASSERT_EQ(world.parked().size(), 1U);
  const auto attempts = world.parked().front().attempts;
  for (int i = 0; i < 3; ++i) world.audit();
  EXPECT_EQ(world.parked().front().attempts, attempts);
  EXPECT_TRUE(world.report().drift.empty());
  world.caldav().put_text(kDentist, {});
  world.caldav().remove(kDentist);
  world.caldav().put(event("Dentist"));
  world.audit();
  EXPECT_EQ(world.exchange().count(kDentist), 1U);
}

TEST(AnAudit, DoesNotAddToAPlanOfDeletesThatWaits) {
  InStep world;
  for (int i = 0; i < 30; ++i) world.exchange().add("Event " + std::to_string(i));
  world.sync();
  world.sync();
  for (int i = 0; i < 20; ++i) world.caldav().remove(uid_of("Event " + std::to_string(i)));
  world.audit();
  ASSERT_TRUE(world.report().stopped);
  const auto pending = world.counts().pending;
  world.audit();
  EXPECT_EQ(world.counts().pending, pending);
  EXPECT_TRUE(world.report().drift.empty());
  EXPECT_EQ(world.exchange().size(), 33U);
}

TEST(ATwinOfOurOwnMaking, IsRemovedOnCaldavAndCanBeGivenBack) {
  Manners lenient;
  lenient.one_uid_once = false;
  InStep world(lenient);
  world.caldav().double_resource(kStandup);
  ASSERT_EQ(world.caldav().count(kStandup), 2U);
  world.audit();
  EXPECT_EQ(world.drift(Side::caldav, "twin"), 1U);
  EXPECT_TRUE(world.explains(kStandup, "twin_removed", "caldav_twin"));
  EXPECT_EQ(world.caldav().count(kStandup), 1U);
  EXPECT_EQ(world.exchange().count(kStandup), 1U);
  ASSERT_EQ(world.undo().size(), 1U);
  EXPECT_TRUE(world.undo().front().before_text);
  EXPECT_TRUE(world.parked().empty());
  world.sync();
  world.audit();
  EXPECT_EQ(world.exchange().count(kStandup), 1U);
  EXPECT_EQ(world.counts().pending, 0U);
}

TEST(ATwinOfOurOwnMaking, IsRemovedOnExchange) {
  InStep world;
  const ItemId twin = world.exchange().double_item(world.lunch);
  world.sync();
  EXPECT_FALSE(world.exchange().has(twin));
  EXPECT_TRUE(world.exchange().has(world.lunch));
  EXPECT_TRUE(world.caldav().has(kLunch));
  EXPECT_TRUE(world.parked().empty());
  world.sync();
  world.audit();
  EXPECT_TRUE(world.exchange().has(world.lunch));
  EXPECT_TRUE(world.caldav().has(kLunch));
  EXPECT_EQ(world.counts().pending, 0U);
}

TEST(ATwin, ThatSomebodyChangedIsKeptAndParked) {
  Manners lenient;
  lenient.one_uid_once = false;
  InStep world(lenient);
  world.caldav().double_resource(kStandup);
  world.caldav().edit(kStandup, place("Room 7"));
  const ItemId twin = world.exchange().double_item(world.lunch);
  world.exchange().edit(twin, place("Canteen"));
  world.audit();
  EXPECT_EQ(world.caldav().count(kStandup), 2U);
  EXPECT_EQ(world.exchange().count(kLunch), 2U);
  EXPECT_EQ(world.parked().size(), 2U);
}

TEST(ATwin, WithoutOurMarkIsKeptAndParked) {
  Manners lenient;
  lenient.one_uid_once = false;
  InStep world(lenient);
  world.caldav().put_beside(event("Lunch"));
  const ItemId twin = world.exchange().add("Standup");
  world.audit();
  EXPECT_EQ(world.caldav().count(kLunch), 2U);
  EXPECT_TRUE(world.exchange().has(twin));
  EXPECT_EQ(world.parked().size(), 2U);
}

TEST(ATwinOfOurOwnMaking, StaysWhereTheOtherWentMeanwhile) {
  InStep world;
  const ItemId twin = world.exchange().double_item(world.lunch);
  world.exchange().vanish_before_it_is_read(world.lunch);
  world.exchange().touch(world.lunch);
  for (int i = 0; i < 3; ++i) world.sync();
  EXPECT_TRUE(world.exchange().has(twin));
  EXPECT_TRUE(world.caldav().has(kLunch));
}

}  // namespace
}  // namespace caravan::world
