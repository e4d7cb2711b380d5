// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/series.hpp"

#include <gtest/gtest.h>

namespace caravan::model {
namespace {

TEST(Normalize, SortsAndDropsRepeats) {
  Series series;
  Event event;
  event.categories = {"b", "a", "b"};
  event.attendees = {{.address = "b@x", .name = {}, .extra = {}},
                     {.address = "a@x", .name = {}, .extra = {}},
                     {.address = "b@x", .name = "again", .extra = {}}};
  series.master = event;
  normalize(series);
  EXPECT_EQ(series.master->categories, (std::vector<std::string>{"a", "b"}));
  ASSERT_EQ(series.master->attendees.size(), 2U);
  EXPECT_EQ(series.master->attendees[1].name, "");
}

TEST(Representative, IsTheFirstOverrideWhereThereIsNoMaster) {
  Series series;
  Event event;
  event.summary = "only";
  series.overrides.push_back(event);
  EXPECT_EQ(representative(series).summary, "only");
}

TEST(Importance, HasThreeClassesOfPriority) {
  EXPECT_EQ(importance_of(0), Importance::normal);
  EXPECT_EQ(importance_of(1), Importance::high);
  EXPECT_EQ(importance_of(4), Importance::high);
  EXPECT_EQ(importance_of(5), Importance::normal);
  EXPECT_EQ(importance_of(6), Importance::low);
  EXPECT_EQ(importance_of(9), Importance::low);
}

}  // namespace
}  // namespace caravan::model
