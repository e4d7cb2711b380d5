// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include "sync/guard.hpp"

namespace caravan::sync {
namespace {

Plan plan_of(std::size_t deletes, std::size_t total, std::size_t before = 0) {
  Plan plan;
  for (std::size_t i = 0; i < deletes; ++i)
    plan.deletes.push_back({Side::caldav, "uid-" + std::to_string(i), "href-" + std::to_string(i), "title"});
  plan.total = total;
  plan.deleted_in_window = before;
  return plan;
}

TEST(DeleteBrake, LetsAPlanWithoutDeletesPass) { EXPECT_TRUE(admit(plan_of(0, 0), {})); }
TEST(DeleteBrake, LetsTenOfManyPass) { EXPECT_TRUE(admit(plan_of(10, 40), {})); }
TEST(DeleteBrake, StopsElevenOfForty) { EXPECT_FALSE(admit(plan_of(11, 40), {})); }
TEST(DeleteBrake, LetsTwentyPercentPass) { EXPECT_TRUE(admit(plan_of(80, 400), {})); }
TEST(DeleteBrake, StopsMoreThanTwentyPercent) { EXPECT_FALSE(admit(plan_of(81, 400), {})); }
TEST(DeleteBrake, StopsAllOfThree) { EXPECT_FALSE(admit(plan_of(3, 3), {})); }
TEST(DeleteBrake, LetsAllOfTwoPass) { EXPECT_TRUE(admit(plan_of(2, 2), {})); }
TEST(DeleteBrake, CountsWhatWentInTheLastDay) { EXPECT_FALSE(admit(plan_of(6, 34, 5), {})); }
TEST(DeleteBrake, StopsTheLastOneOfThreeDeletedInTurn) { EXPECT_FALSE(admit(plan_of(1, 1, 2), {})); }
TEST(DeleteBrake, IsAnErrorThatNamesThePlan) {
  const Plan plan = plan_of(3, 3);
  const auto stopped = admit(plan, {});
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().fault, Fault::denied);
  EXPECT_EQ(stopped.error().code, "delete_brake");
  EXPECT_NE(stopped.error().remedy.find(plan_hash(plan)), std::string::npos);
}
TEST(DeleteBrake, IsReleasedByTheHashOfThisPlan) {
  Limits limits;
  limits.approved_hash = plan_hash(plan_of(3, 3));
  EXPECT_TRUE(admit(plan_of(3, 3), limits));
}
TEST(DeleteBrake, IsNotReleasedByTheHashOfAnotherPlan) {
  Limits limits;
  limits.approved_hash = plan_hash(plan_of(4, 4));
  EXPECT_FALSE(admit(plan_of(3, 3), limits));
}
TEST(PlanHash, DoesNotDependOnTheOrder) {
  Plan plan = plan_of(3, 3);
  const std::string hash = plan_hash(plan);
  std::swap(plan.deletes[0], plan.deletes[2]);
  EXPECT_EQ(plan_hash(plan), hash);
}
TEST(PlanHash, TellsTheSidesApart) {
  Plan plan = plan_of(1, 9);
  const std::string hash = plan_hash(plan);
  plan.deletes[0].target = Side::exchange;
  EXPECT_NE(plan_hash(plan), hash);
}

}  // namespace
}  // namespace caravan::sync
