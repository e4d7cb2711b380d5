// SPDX-License-Identifier: GPL-3.0-or-later
// Which recurrences Exchange holds as they are, which as a larger pattern with exclusions, and which as single items.
#include <gtest/gtest.h>

#include "ews/mapping/shape.hpp"
#include "unit/ews/paper_exchange.hpp"

namespace caravan::ews::test {
namespace {

using mapping::Pattern;
using mapping::Shape;
using Kind = Shape::Kind;

/// From Monday, 1 March 2027, an hour from 9:00 in Berlin.
Result<Shape> shape(const std::string& lines, const std::string& start = "20270301T090000") {
  const std::string end = start.substr(0, 9) + "100000";
  return mapping::shape_of(paper_context(), series_of_event("DTSTART;TZID=Europe/Berlin:" + start +
                                                            "\r\nDTEND;TZID=Europe/Berlin:" + end + "\r\n" + lines));
}

/// The pattern as its element says it, without the range.
std::string pattern_text(const Result<Shape>& shape) {
  if (!shape || shape->kind != Kind::pattern) return "none";
  wire::Arena arena;
  const auto* out = mapping::write_pattern(arena, shape->pattern);
  if (out->DailyRecurrence != nullptr) return "daily " + out->DailyRecurrence->Interval;
  if (const auto* p = out->WeeklyRecurrence) return "weekly " + p->Interval + " " + p->DaysOfWeek;
  if (const auto* p = out->AbsoluteMonthlyRecurrence) return "monthly " + p->Interval + " day " + p->DayOfMonth;
  if (const auto* p = out->RelativeMonthlyRecurrence)
    return "monthly " + p->Interval + " " + p->DayOfWeekIndex + " " + p->DaysOfWeek;
  if (const auto* p = out->AbsoluteYearlyRecurrence) return "yearly day " + p->DayOfMonth + " " + p->Month;
  if (const auto* p = out->RelativeYearlyRecurrence)
    return "yearly " + p->DayOfWeekIndex + " " + p->DaysOfWeek + " " + p->Month;
  return "?";
}

struct Row {
  const char* rule;
  const char* start;
  const char* pattern;
};

class ARuleThatExchangeHas : public ::testing::TestWithParam<Row> {};
TEST_P(ARuleThatExchangeHas, IsThatPattern) {
  const auto found = shape("RRULE:" + std::string(GetParam().rule) + "\r\n", GetParam().start);
  EXPECT_EQ(pattern_text(found), GetParam().pattern);
  EXPECT_TRUE(found && found->surplus.empty());
}
INSTANTIATE_TEST_SUITE_P(
    Shapes, ARuleThatExchangeHas,
    ::testing::Values(
        Row{"FREQ=DAILY;INTERVAL=3", "20270301T090000", "daily 3"},
        Row{"FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR", "20270301T090000", "weekly 1 Monday Tuesday Wednesday Thursday Friday"},
        Row{"FREQ=WEEKLY", "20270301T090000", "weekly 1 Monday"},
        Row{"FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;WKST=SU", "20270301T090000", "weekly 2 Monday Sunday"},
        Row{"FREQ=MONTHLY", "20270301T090000", "monthly 1 day 1"},
        Row{"FREQ=MONTHLY;BYMONTHDAY=-1", "20270331T090000", "monthly 1 day 31"},
        Row{"FREQ=MONTHLY;BYMONTHDAY=28,29,30;BYSETPOS=-1", "20270330T090000", "monthly 1 day 30"},
        Row{"FREQ=MONTHLY;BYDAY=1MO", "20270301T090000", "monthly 1 First Monday"},
        Row{"FREQ=MONTHLY;BYDAY=MO;BYSETPOS=-1", "20270329T090000", "monthly 1 Last Monday"},
        Row{"FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1", "20270301T090000", "monthly 1 First Weekday"},
        Row{"FREQ=MONTHLY;BYDAY=SA,SU;BYSETPOS=2", "20270307T090000", "monthly 1 Second WeekendDay"},
        Row{"FREQ=YEARLY", "20270301T090000", "yearly day 1 March"},
        Row{"FREQ=YEARLY;BYMONTH=3;BYDAY=1MO", "20270301T090000", "yearly First Monday March"},
        Row{"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=28,29;BYSETPOS=-1", "20280229T090000", "yearly day 29 February"},
        Row{"FREQ=YEARLY;INTERVAL=2", "20270301T090000", "monthly 24 day 1"},
        Row{"FREQ=WEEKLY;BYHOUR=9;BYMINUTE=0", "20270301T090000", "weekly 1 Monday"}));

class ARuleThatALargerPatternContains : public ::testing::TestWithParam<Row> {};
TEST_P(ARuleThatALargerPatternContains, IsThatPatternWithExclusions) {
  const auto found = shape(std::string(GetParam().rule) + "\r\n", GetParam().start);
  EXPECT_EQ(pattern_text(found), GetParam().pattern);
  EXPECT_TRUE(found && !found->surplus.empty());
}
INSTANTIATE_TEST_SUITE_P(
    Shapes, ARuleThatALargerPatternContains,
    ::testing::Values(Row{"RRULE:FREQ=MONTHLY;BYMONTHDAY=31;COUNT=5", "20270131T090000", "monthly 1 day 31"},
                      Row{"RRULE:FREQ=MONTHLY;BYMONTHDAY=1,8;COUNT=6", "20270301T090000",
                          "weekly 1 Monday Thursday Saturday"},
                      Row{"RRULE:FREQ=YEARLY;BYMONTH=3,4;BYMONTHDAY=1;COUNT=4", "20270301T090000", "monthly 1 day 1"},
                      Row{"RRULE:FREQ=WEEKLY;COUNT=4\r\nRDATE;TZID=Europe/Berlin:20270303T090000", "20270301T090000",
                          "weekly 1 Monday Wednesday"},
                      Row{"RDATE;TZID=Europe/Berlin:20270315T090000,20270412T090000", "20270301T090000", "daily 14"}));

TEST(ARule, WithoutEndThatNoPatternIsBecomesSingleItems) {
  const auto found = shape("RRULE:FREQ=MONTHLY;BYDAY=1MO,3MO\r\n");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->kind, Kind::parts);
}
TEST(ARule, OfHoursBecomesSingleItems) {
  const auto found = shape("RRULE:FREQ=HOURLY;INTERVAL=5;COUNT=4\r\n");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->kind, Kind::parts);
}
TEST(ARule, ThatNeedsMoreThanFiftyExclusionsBecomesSingleItems) {
  const auto found = shape("RRULE:FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=1,17;COUNT=30\r\n");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->kind, Kind::parts);
}
TEST(ARule, WhoseStartIsNoneOfItsDaysIsNeverTakenForThePattern) {
  const auto found = shape("RRULE:FREQ=WEEKLY;BYDAY=WE;COUNT=3\r\n");  // from a Monday
  ASSERT_TRUE(found);
  EXPECT_EQ(pattern_text(found), "weekly 1 Monday Wednesday");
}
TEST(ARule, OfAMeetingThatExchangeCantHoldIsRefusedWithItsReason) {
  const auto found = shape("RRULE:FREQ=MONTHLY;BYDAY=1MO,3MO\r\nATTENDEE:mailto:ben@example.org\r\n");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().fault, Fault::unsupported);
}
TEST(ARule, WithMoreThan999OccurrencesEndsByDate) {
  const auto found = shape("RRULE:FREQ=DAILY;COUNT=1100\r\n");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->pattern.count, 0);
  EXPECT_EQ(found->pattern.end, mapping::day_of({2027, 3, 1}) + 1099);
}
TEST(ARule, EndsOnTheLocalDateOfItsLastOccurrence) {
  const auto early = shape("RRULE:FREQ=DAILY;UNTIL=20270305T075959Z\r\n");  // 8:59 in Berlin: before that day's
  ASSERT_TRUE(early);
  EXPECT_EQ(early->pattern.end, mapping::day_of({2027, 3, 4}));
  const auto late = shape("RRULE:FREQ=DAILY;UNTIL=20270305T080000Z\r\n");
  ASSERT_TRUE(late);
  EXPECT_EQ(late->pattern.end, mapping::day_of({2027, 3, 5}));
}
TEST(ARule, ThatGivesOneDayOnlyIsASingleEvent) {
  const auto found = shape("RRULE:FREQ=DAILY;COUNT=1\r\n");
  ASSERT_TRUE(found);
  EXPECT_NE(found->kind, Kind::parts);
}

TEST(Exclusions, AreSortedIntoThoseOfThePatternAndOthers) {
  const auto found = shape("RRULE:FREQ=DAILY;COUNT=4\r\nEXDATE;TZID=Europe/Berlin:20270302T090000,20280101T090000\r\n");
  ASSERT_TRUE(found);
  ASSERT_EQ(found->excluded.size(), 1U);
  EXPECT_EQ(to_string(found->excluded[0]), "Europe/Berlin:20270302T090000");
  EXPECT_EQ(found->off.size(), 1U);
}

TEST(Occurrences, ThatOverlapBecomeSingleItems) {
  const auto found = mapping::shape_of(
      paper_context(),
      series_of_event("DTSTART:20270301T090000Z\r\nDTEND:20270302T120000Z\r\nRRULE:FREQ=DAILY;COUNT=4\r\n"));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->kind, Kind::parts);
}
TEST(Occurrences, OfWholeDaysTouchEachOtherAndAreAPattern) {
  const auto found = mapping::shape_of(
      paper_context(), series_of_event("DTSTART;VALUE=DATE:20270301\r\nRRULE:FREQ=DAILY;COUNT=60\r\n"));  // over DST
  ASSERT_TRUE(found);
  EXPECT_EQ(found->kind, Kind::pattern);
}

TEST(APattern, IsReadAsItWasWritten) {
  Pattern pattern;
  pattern.kind = Pattern::Kind::weekly;
  pattern.interval = 3;
  pattern.days = 0x15;
  pattern.week_start = model::Weekday::sunday;
  pattern.start = mapping::day_of({2027, 3, 1});
  pattern.count = 17;
  wire::Arena arena;
  EXPECT_EQ(mapping::read_pattern(*mapping::write_pattern(arena, pattern)), pattern);
}
TEST(APattern, CountsItsDaysFromOne) {
  Pattern pattern;
  pattern.interval = 2;
  pattern.start = mapping::day_of({2027, 3, 1});
  int index = 0;
  EXPECT_TRUE(mapping::is_on(pattern, pattern.start + 8, &index));
  EXPECT_EQ(index, 5);
  EXPECT_FALSE(mapping::is_on(pattern, pattern.start + 7));
}
TEST(APattern, MeansTheLastDayByADayThatTheMonthLacks) {
  Pattern pattern;
  pattern.kind = Pattern::Kind::monthly_by_date;
  pattern.day_of_month = 31;
  pattern.start = mapping::day_of({2027, 1, 31});
  EXPECT_TRUE(mapping::is_on(pattern, mapping::day_of({2027, 2, 28})));
  EXPECT_TRUE(mapping::is_on(pattern, mapping::day_of({2027, 4, 30})));
}

}  // namespace
}  // namespace caravan::ews::test
