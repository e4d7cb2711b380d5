// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/orphans.hpp"

#include <gtest/gtest.h>

namespace caravan::model {
namespace {

Event occurrence(std::uint8_t original_day, std::uint8_t hour) {
  Event event;
  EventTime original;
  original.wall = {2026, 3, original_day, 9, 0, 0};
  event.recurrence_id = original;
  event.start.wall = {2026, 3, original_day, hour, 0, 0};
  event.end.wall = {2026, 3, original_day, static_cast<std::uint8_t>(hour + 1), 0, 0};
  event.summary = "day " + std::to_string(original_day);
  return event;
}

Series orphans(std::vector<Event> events) {
  Series series;
  series.uid = Uid("u");
  series.overrides = std::move(events);
  return series;
}

TEST(WithOwnMaster, ASingleOrphanBecomesAPlainEvent) {
  const Series series = with_own_master(orphans({occurrence(3, 11)}));
  ASSERT_TRUE(series.master);
  EXPECT_FALSE(series.master->recurrence_id);
  EXPECT_EQ(series.master->start.wall.hour, 11);
  EXPECT_TRUE(series.overrides.empty());
}

TEST(WithOwnMaster, SeveralOrphansAreOverridesOfASeriesOfTheirOriginalStarts) {
  const Series series = with_own_master(orphans({occurrence(3, 11), occurrence(10, 9)}));
  ASSERT_TRUE(series.master);
  EXPECT_EQ(series.master->start.wall, (LocalTime{2026, 3, 3, 9, 0, 0}));
  ASSERT_EQ(series.extra_dates.size(), 1U);
  EXPECT_EQ(series.extra_dates.front().wall.day, 10);
  EXPECT_EQ(series.overrides.size(), 2U);
}

TEST(WithOwnMaster, ASeriesWithAMasterStaysAsItIs) {
  Series series;
  series.master = Event{};
  series.overrides = {occurrence(3, 11)};
  EXPECT_EQ(with_own_master(series), series);
}

}  // namespace
}  // namespace caravan::model
