// SPDX-License-Identifier: GPL-3.0-or-later
// Lives that went wrong once, as the properties found them; each is named for what was at fault.
#include <gtest/gtest.h>

#include "property/sync/world.hpp"
#include "unit/sync/builders.hpp"

namespace caravan::sync::test {
namespace {

using What = Step::What;

/// What is wrong at the end of the life, in words; empty where nothing is.
std::string wrong_after(Policy policy, Scene scene, const std::vector<Step>& steps) {
  World world(std::move(policy), scene, true, false);
  for (const auto& step : steps) world.take(step);
  std::string out = world.settle() ? "" : "it does not settle; ";
  for (const auto& each : world.lost()) out += "lost " + each + "; ";
  for (const auto& each : world.lost_answers()) out += "lost " + each + "; ";
  if (!world.converged()) out += "apart; ";
  out += world.broken;
  return out.empty() ? out : out + world.describe();
}

TEST(ARecordedMeeting, IsMovedOnExchangeWhileItsSeriesIsAnsweredAsAnOccurrenceWas) {
  EXPECT_EQ(wrong_after(two_way(ConflictPolicy::caldav), Scene::attendee,
                        {{What::answer, Side::exchange, 0},
                         {What::pass, Side::caldav, 0},
                         {What::answer_occurrence, Side::caldav, 3},
                         {What::pass, Side::exchange, 0},
                         {What::answer, Side::caldav, 3},
                         {What::move_series, Side::exchange, 0}}),
            "");
}

TEST(ARecordedMeeting, ThatWasMadeAnewOnExchangeIsMovedBeforeItsOccurrenceIsAnswered) {
  Policy policy = two_way(ConflictPolicy::newest);
  policy.scheduling = Scheduling::exchange;
  EXPECT_EQ(wrong_after(policy, Scene::attendee,
                        {{What::answer_occurrence, Side::exchange, 0},
                         {What::pass_is_raced, Side::exchange, 0},
                         {What::answer_occurrence, Side::caldav, 1},
                         {What::delete_series, Side::exchange, 0},
                         {What::pass_crashes, Side::caldav, 1},
                         {What::move_series, Side::exchange, 0}}),
            "");
}

TEST(ARecordedMeeting, IsDeclinedOnExchangeAroundAnOccurrenceThatWasCalledOff) {
  EXPECT_EQ(wrong_after(one_way(), Scene::room,
                        {{What::call_off, Side::exchange, 0},
                         {What::edit_override, Side::exchange, 8},
                         {What::pass, Side::exchange, 0},
                         {What::exclude, Side::exchange, 11},
                         {What::call_off, Side::exchange, 0},
                         {What::pass, Side::exchange, 0},
                         {What::answer, Side::exchange, 6}}),
            "");
}

}  // namespace
}  // namespace caravan::sync::test
