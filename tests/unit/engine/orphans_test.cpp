// SPDX-License-Identifier: GPL-3.0-or-later
// Somebody else's invitation to single occurrences: an item each on Exchange, one resource on CalDAV.
#include <gtest/gtest.h>

#include "support/world/world.hpp"

namespace caravan::world {
namespace {

using model::Participation;
using Answers = std::pair<Participation, Participation>;

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
  void answer_on_caldav(Participation first, Participation second) {
    caldav().edit(kBoard, [&](model::Series& series) {
      series.overrides.at(0).attendees.front().participation = first;
      series.overrides.at(1).attendees.front().participation = second;
    });
  }
  void decline_on_caldav() { answer_on_caldav(Participation::declined, Participation::declined); }
};

/// How the answered pair ended, in words.
std::string end_of(Invited& world) {
  for (int i = 0; i < 3; ++i) world.sync();
  std::string out = std::to_string(world.exchange().count(kBoard)) + " items, " +
                    std::to_string(world.exchange().deleted_items().size()) + " in the bin, " +
                    std::to_string(world.conflicts().size()) + " conflicts, " + std::to_string(world.parked().size()) +
                    " parked, CalDAV says";
  for (const auto& occurrence : world.caldav().series(kBoard).overrides)
    out += " " + std::string(model::to_string(occurrence.attendees.front().participation));
  return out;
}
constexpr const char* kDeclined = "0 items, 2 in the bin, 0 conflicts, 0 parked, CalDAV says DECLINED DECLINED";

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

TEST(APairOfOrphans, AnsweredApartKeepsBothAnswersThoughWhatIsLeftIsTouchedAtOnce) {
  Invited world;
  world.answer_on_caldav(Participation::declined, Participation::accepted);
  world.exchange().after_next_write([&] { world.exchange().touch(world.exchange().item_of(kBoard).value()); });
  EXPECT_EQ(end_of(world), "1 items, 1 in the bin, 0 conflicts, 0 parked, CalDAV says DECLINED ACCEPTED");
}

class AnAnsweredPairOfOrphans : public testing::TestWithParam<std::tuple<Answers, Place, bool, bool>> {};

TEST_P(AnAnsweredPairOfOrphans, EndsAlikeWhereverTheProcessDies) {
  const auto& [answers, place, rewrites, reads_back] = GetParam();
  Invited calm({rewrites, reads_back});
  calm.answer_on_caldav(answers.first, answers.second);
  const std::string end = end_of(calm);
  EXPECT_NE(end.find(" 0 conflicts, 0 parked"), std::string::npos) << end;
  for (int n = 1;; ++n) {
    Invited world({rewrites, reads_back});
    world.answer_on_caldav(answers.first, answers.second);
    world.kill_at(place, n);
    world.sync();
    if (!world.was_killed()) break;
    EXPECT_EQ(end_of(world), end) << "killed at passage " << n;
  }
}
INSTANTIATE_TEST_SUITE_P(APlaceToDie, AnAnsweredPairOfOrphans,
                         testing::Combine(testing::Values(Answers{Participation::declined, Participation::declined},
                                                          Answers{Participation::declined, Participation::accepted},
                                                          Answers{Participation::accepted, Participation::declined},
                                                          Answers{Participation::tentative, Participation::accepted}),
                                          testing::Values(Place::exchange, Place::store, Place::caldav),
                                          testing::Bool(), testing::Bool()));

}  // namespace
}  // namespace caravan::world
