// SPDX-License-Identifier: GPL-3.0-or-later
// Somebody else's invitation to single occurrences: an item each on Exchange, one resource on CalDAV.
#include <gtest/gtest.h>

#include "support/world/world.hpp"

namespace caravan::world {
namespace {

const Uid kBoard = uid_of("Board");

/// Two occurrences of "Board", which both sides hold unanswered.
struct Invited : World {
  explicit Invited(const ExchangeManners& manners = {}) {
    exchange().manners = manners;
    for (const int week : {1, 2}) {
      model::Series one = orphan("Board", week);
      invitation_of(mailbox())(one);
      exchange().add(one);
    }
    for (int i = 0; i < 3; ++i) sync();
    writes();
  }
  void decline_on_caldav() { caldav().edit(kBoard, invitation_of(mailbox(), model::Participation::declined)); }
};

/// How the declined pair ended, in words.
std::string end_of(Invited& world) {
  for (int i = 0; i < 3; ++i) world.sync();
  std::string out = std::to_string(world.exchange().count(kBoard)) + " items, " +
                    std::to_string(world.exchange().deleted_items().size()) + " in the bin, " +
                    std::to_string(world.conflicts().size()) + " conflicts, " + std::to_string(world.parked().size()) +
                    " parked, CalDAV says";
  for (const auto& occurrence : world.caldav().series(kBoard).overrides)
    out +=
        occurrence.attendees.front().participation == model::Participation::declined ? " declined" : " something else";
  return out;
}
constexpr const char* kDeclined = "0 items, 2 in the bin, 0 conflicts, 0 parked, CalDAV says declined declined";

TEST(APairOfOrphans, DeclinedOnCaldavLeavesExchange) {
  Invited world;
  ASSERT_EQ(world.caldav().series(kBoard).overrides.size(), 2U);
  world.decline_on_caldav();
  EXPECT_EQ(end_of(world), kDeclined);
  world.writes();
  world.sync();
  EXPECT_EQ(world.writes(), 0);
}

TEST(APairOfOrphans, OfWhichTheSecondDeclineWasLostIsDeclinedAllTheSame) {
  Invited world;
  world.decline_on_caldav();
  world.exchange().trouble_next_write(Trouble::lost_midway);
  EXPECT_EQ(end_of(world), kDeclined);
}

TEST(APairOfOrphans, OfWhichTheSecondWasTouchedBetweenTheDeclinesIsDeclinedAllTheSame) {
  Invited world;
  world.decline_on_caldav();
  world.exchange().midway_in_next_write([&] { world.exchange().touch(world.exchange().item_of(kBoard).value()); });
  EXPECT_EQ(end_of(world), kDeclined);
}

class ADeclineOfAPairOfOrphans : public testing::TestWithParam<std::tuple<Place, bool, bool>> {};

TEST_P(ADeclineOfAPairOfOrphans, IsEndedWhereverTheProcessDies) {
  const auto [place, rewrites, reads_back] = GetParam();
  for (int n = 1;; ++n) {
    Invited world({rewrites, reads_back});
    world.decline_on_caldav();
    world.kill_at(place, n);
    world.sync();
    if (!world.was_killed()) break;
    EXPECT_EQ(end_of(world), kDeclined) << "killed at passage " << n;
  }
}
INSTANTIATE_TEST_SUITE_P(APlaceToDie, ADeclineOfAPairOfOrphans,
                         testing::Combine(testing::Values(Place::exchange, Place::store, Place::caldav),
                                          testing::Bool(), testing::Bool()));

}  // namespace
}  // namespace caravan::world
