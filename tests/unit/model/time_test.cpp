// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/time.hpp"

#include <gtest/gtest.h>

namespace caravan::model {
namespace {

TEST(LocalTime, SecondsGoThereAndBack) {
  const LocalTime leap{2024, 2, 29, 23, 59, 58};
  EXPECT_EQ(from_seconds(to_seconds(leap)), leap);
  EXPECT_EQ(to_seconds({1970, 1, 1, 0, 0, 0}), 0);
  EXPECT_EQ(from_seconds(-1), (LocalTime{1969, 12, 31, 23, 59, 59}));
}

TEST(LocalTime, KnowsWhichDaysExist) {
  EXPECT_TRUE(is_valid({2024, 2, 29, 0, 0, 0}));
  EXPECT_FALSE(is_valid({2023, 2, 29, 0, 0, 0}));
  EXPECT_FALSE(is_valid({2023, 1, 1, 24, 0, 0}));
}

TEST(LocalTime, KnowsItsWeekday) { EXPECT_EQ(weekday_of({2026, 11, 21, 0, 0, 0}), Weekday::saturday); }

TEST(EventTime, PrintsEveryKind) {
  const LocalTime wall{2026, 11, 21, 10, 15, 0};
  EXPECT_EQ(to_string(EventTime{wall, TimeKind::date, {}, 0}), "20261121");
  EXPECT_EQ(to_string(EventTime{wall, TimeKind::floating, {}, 0}), "20261121T101500");
  EXPECT_EQ(to_string(EventTime{wall, TimeKind::utc, {}, 0}), "20261121T101500Z");
  EXPECT_EQ(to_string(EventTime{wall, TimeKind::zoned, "Europe/Berlin", 3600}), "Europe/Berlin:20261121T101500");
}

TEST(EventTime, ItsInstantCountsTheOffset) {
  EXPECT_EQ(to_rfc3339(EventTime{{2026, 11, 21, 10, 15, 0}, TimeKind::zoned, "Europe/Berlin", 3600}.instant()),
            "2026-11-21T09:15:00Z");
}

TEST(Rule, PrintsCanonically) {
  Rule rule;
  rule.frequency = Frequency::monthly;
  rule.interval = 2;
  rule.count = 5;
  rule.by_day = {{-1, Weekday::friday}, {2, Weekday::tuesday}};
  EXPECT_EQ(to_string(rule), "FREQ=MONTHLY;COUNT=5;INTERVAL=2;BYDAY=-1FR,2TU");
}

TEST(Rule, NamesTheWeeksStartOnlyWhereItMatters) {
  Rule rule;
  rule.frequency = Frequency::weekly;
  rule.week_start = Weekday::sunday;
  rule.by_day = {{0, Weekday::monday}};
  EXPECT_EQ(to_string(rule), "FREQ=WEEKLY;BYDAY=MO");
  rule.interval = 2;
  EXPECT_EQ(to_string(rule), "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;WKST=SU");
}

}  // namespace
}  // namespace caravan::model
