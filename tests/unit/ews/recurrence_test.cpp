// SPDX-License-Identifier: GPL-3.0-or-later
// EWS recurrence -> RRULE, the table of ews-facts 6.3 row by row; original starts in the master's zone.
#include <gtest/gtest.h>

#include "unit/ews/samples.hpp"

namespace caravan::ews::test {
namespace {

const char* const kBerlin =
    R"(<t:StartTimeZone Id="W. Europe Standard Time"/><t:EndTimeZone Id="W. Europe Standard Time"/>)";
const char* const kNoEnd = "<t:NoEndRecurrence><t:StartDate>2026-06-01</t:StartDate></t:NoEndRecurrence>";

std::string master(const std::string& recurrence, const std::string& more = {}, const char* zone = kBerlin) {
  return basics("<t:Recurrence>" + recurrence + "</t:Recurrence>" + more + zone);
}

std::string rule_of(const std::string& recurrence) {
  const Fetched fetched = map_item(master(recurrence));
  return fetched.series.rules.size() == 1 ? model::to_string(fetched.series.rules[0]) : "no rule";
}

struct Row {
  const char* name;
  const char* pattern;
  const char* rrule;
};
void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

class EachPattern : public ::testing::TestWithParam<Row> {};

TEST_P(EachPattern, BecomesItsRule) { EXPECT_EQ(rule_of(GetParam().pattern + std::string(kNoEnd)), GetParam().rrule); }

INSTANTIATE_TEST_SUITE_P(
    Patterns, EachPattern,
    ::testing::Values(
        Row{"daily", "<t:DailyRecurrence><t:Interval>3</t:Interval></t:DailyRecurrence>", "FREQ=DAILY;INTERVAL=3"},
        Row{"interval zero is one", "<t:DailyRecurrence><t:Interval>0</t:Interval></t:DailyRecurrence>", "FREQ=DAILY"},
        Row{"weekly with week start",
            "<t:WeeklyRecurrence><t:Interval>2</t:Interval><t:DaysOfWeek>Friday Monday</t:DaysOfWeek>"
            "<t:FirstDayOfWeek>Saturday</t:FirstDayOfWeek></t:WeeklyRecurrence>",
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR;WKST=SA"},
        Row{"weekly without week start",
            "<t:WeeklyRecurrence><t:Interval>2</t:Interval><t:DaysOfWeek>Friday</t:DaysOfWeek>"
            "</t:WeeklyRecurrence>",
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=FR;WKST=SU"},
        Row{"monthly on the 15th",
            "<t:AbsoluteMonthlyRecurrence><t:Interval>1</t:Interval><t:DayOfMonth>15</t:DayOfMonth>"
            "</t:AbsoluteMonthlyRecurrence>",
            "FREQ=MONTHLY;BYMONTHDAY=15"},
        Row{"monthly on the 29th clamps",
            "<t:AbsoluteMonthlyRecurrence><t:Interval>1</t:Interval><t:DayOfMonth>29</t:DayOfMonth>"
            "</t:AbsoluteMonthlyRecurrence>",
            "FREQ=MONTHLY;BYMONTHDAY=28,29;BYSETPOS=-1"},
        Row{"monthly on the 30th clamps",
            "<t:AbsoluteMonthlyRecurrence><t:Interval>1</t:Interval><t:DayOfMonth>30</t:DayOfMonth>"
            "</t:AbsoluteMonthlyRecurrence>",
            "FREQ=MONTHLY;BYMONTHDAY=28,29,30;BYSETPOS=-1"},
        Row{"monthly on the 31st is the last day",
            "<t:AbsoluteMonthlyRecurrence><t:Interval>12</t:Interval>"
            "<t:DayOfMonth>31</t:DayOfMonth></t:AbsoluteMonthlyRecurrence>",
            "FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=-1"},
        Row{"second tuesday",
            "<t:RelativeMonthlyRecurrence><t:Interval>1</t:Interval><t:DaysOfWeek>Tuesday</t:DaysOfWeek>"
            "<t:DayOfWeekIndex>Second</t:DayOfWeekIndex></t:RelativeMonthlyRecurrence>",
            "FREQ=MONTHLY;BYDAY=2TU"},
        Row{"last weekday",
            "<t:RelativeMonthlyRecurrence><t:Interval>1</t:Interval><t:DaysOfWeek>Weekday</t:DaysOfWeek>"
            "<t:DayOfWeekIndex>Last</t:DayOfWeekIndex></t:RelativeMonthlyRecurrence>",
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"},
        Row{"first weekend day",
            "<t:RelativeMonthlyRecurrence><t:Interval>1</t:Interval><t:DaysOfWeek>WeekendDay</t:DaysOfWeek>"
            "<t:DayOfWeekIndex>First</t:DayOfWeekIndex></t:RelativeMonthlyRecurrence>",
            "FREQ=MONTHLY;BYDAY=SA,SU;BYSETPOS=1"},
        Row{"last day",
            "<t:RelativeMonthlyRecurrence><t:Interval>1</t:Interval><t:DaysOfWeek>Day</t:DaysOfWeek>"
            "<t:DayOfWeekIndex>Last</t:DayOfWeekIndex></t:RelativeMonthlyRecurrence>",
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYSETPOS=-1"},
        Row{"yearly",
            "<t:AbsoluteYearlyRecurrence><t:DayOfMonth>24</t:DayOfMonth><t:Month>December</t:Month>"
            "</t:AbsoluteYearlyRecurrence>",
            "FREQ=YEARLY;BYMONTHDAY=24;BYMONTH=12"},
        Row{"leap day",
            "<t:AbsoluteYearlyRecurrence><t:DayOfMonth>29</t:DayOfMonth><t:Month>February</t:Month>"
            "</t:AbsoluteYearlyRecurrence>",
            "FREQ=YEARLY;BYMONTHDAY=28,29;BYMONTH=2;BYSETPOS=-1"},
        Row{"relative yearly",
            "<t:RelativeYearlyRecurrence><t:DaysOfWeek>Thursday</t:DaysOfWeek>"
            "<t:DayOfWeekIndex>Fourth</t:DayOfWeekIndex><t:Month>November</t:Month></t:RelativeYearlyRecurrence>",
            "FREQ=YEARLY;BYDAY=4TH;BYMONTH=11"}));

const std::string kDaily = "<t:DailyRecurrence><t:Interval>1</t:Interval></t:DailyRecurrence>";

TEST(Range, ANumberOfOccurrencesIsACount) {
  EXPECT_EQ(rule_of(kDaily + "<t:NumberedRecurrence><t:StartDate>2026-06-01</t:StartDate>"
                             "<t:NumberOfOccurrences>7</t:NumberOfOccurrences></t:NumberedRecurrence>"),
            "FREQ=DAILY;COUNT=7");
}

TEST(Range, AnEndDateIsTheLastSecondOfThatDayInTheSeriesZone) {
  EXPECT_EQ(rule_of(kDaily + "<t:EndDateRecurrence><t:StartDate>2026-06-01+02:00</t:StartDate>"
                             "<t:EndDate>2026-06-30+02:00</t:EndDate></t:EndDateRecurrence>"),
            "FREQ=DAILY;UNTIL=20260630T215959Z");
}

TEST(Range, AnEndDateOfAnAllDaySeriesIsADate) {
  const Fetched fetched = map_item(
      R"(<t:ItemId Id="I"/><t:UID>u</t:UID><t:Start>2026-05-31T22:00:00Z</t:Start><t:End>2026-06-01T22:00:00Z</t:End>)"
      "<t:IsAllDayEvent>true</t:IsAllDayEvent><t:CalendarItemType>RecurringMaster</t:CalendarItemType><t:Recurrence>" +
      kDaily +
      "<t:EndDateRecurrence><t:StartDate>2026-06-01</t:StartDate><t:EndDate>2026-06-30</t:EndDate>"
      "</t:EndDateRecurrence></t:Recurrence>" +
      kBerlin);
  ASSERT_EQ(fetched.series.rules.size(), 1U);
  EXPECT_EQ(model::to_string(fetched.series.rules[0]), "FREQ=DAILY;UNTIL=20260630");
}

TEST(Range, AnUnknownPatternIsMalformedAndNeverASingleEvent) {
  const auto fetched = map_answer(answer_of(master("<t:LunarRecurrence/>" + std::string(kNoEnd))));
  ASSERT_FALSE(fetched);
  EXPECT_EQ(fetched.error().fault, Fault::malformed);
}

TEST(Range, AMasterWithoutItsPatternIsMalformed) {
  const auto fetched = map_answer(
      answer_of(R"(<t:ItemId Id="I"/><t:Start>2026-06-01T10:00:00Z</t:Start><t:End>2026-06-01T11:00:00Z</t:End>)"
                "<t:CalendarItemType>RecurringMaster</t:CalendarItemType>"));
  EXPECT_FALSE(fetched);
}

TEST(Exclusion, StandsInTheZoneOfTheMasterOnBothSidesOfTheChangeOfTheClocks) {
  const Fetched fetched = map_item(master(
      kDaily + kNoEnd,
      "<t:DeletedOccurrences><t:DeletedOccurrence><t:Start>2026-12-01T11:00:00Z</t:Start></t:DeletedOccurrence>"
      "<t:DeletedOccurrence><t:Start>2026-06-10T10:00:00Z</t:Start></t:DeletedOccurrence></t:DeletedOccurrences>"));
  ASSERT_EQ(fetched.series.excluded.size(), 2U);
  EXPECT_EQ(model::to_string(fetched.series.excluded[0]), "Europe/Berlin:20260610T120000");
  EXPECT_EQ(model::to_string(fetched.series.excluded[1]), "Europe/Berlin:20261201T120000");
}

TEST(Exclusion, ThatIsAnHourOffIsSnappedToThePattern) {
  const Fetched fetched = map_item(
      master(kDaily + kNoEnd,
             "<t:DeletedOccurrences><t:DeletedOccurrence><t:Start>2026-12-01T10:00:00Z</t:Start></t:DeletedOccurrence>"
             "</t:DeletedOccurrences>"));
  ASSERT_EQ(fetched.series.excluded.size(), 1U);
  EXPECT_EQ(model::to_string(fetched.series.excluded[0]), "Europe/Berlin:20261201T120000");
  EXPECT_TRUE(fetched.losses.empty());
}

TEST(Exclusion, ThatIsFarOffIsKeptAndCounted) {
  const Fetched fetched = map_item(
      master(kDaily + kNoEnd,
             "<t:DeletedOccurrences><t:DeletedOccurrence><t:Start>2026-12-01T19:00:00Z</t:Start></t:DeletedOccurrence>"
             "</t:DeletedOccurrences>"));
  ASSERT_EQ(fetched.series.excluded.size(), 1U);
  EXPECT_EQ(count(fetched, model::LossReason::occurrence_off_pattern), 1);
}

TEST(Exclusion, ThatCannotBeReadParksTheSeries) {
  EXPECT_FALSE(map_answer(
      answer_of(master(kDaily + kNoEnd,
                       "<t:DeletedOccurrences><t:DeletedOccurrence><t:Start>tomorrow</t:Start></t:DeletedOccurrence>"
                       "</t:DeletedOccurrences>"))));
}

TEST(Exceptions, BecomeOverridesInTheMastersZone) {
  auto fetched = map_answer(fixture("weekly_with_exceptions.xml"));
  ASSERT_TRUE(fetched) << fetched.error().what;
  const model::Series& series = fetched->series;
  ASSERT_EQ(series.overrides.size(), 2U);
  EXPECT_EQ(model::to_string(*series.overrides[0].recurrence_id), "Europe/Berlin:20260608T093000");
  EXPECT_EQ(series.overrides[0].summary, "Planning, moved");
  EXPECT_EQ(model::to_string(series.overrides[0].start), "Europe/Berlin:20260609T140000");
  EXPECT_EQ(model::to_string(*series.overrides[1].recurrence_id), "Europe/Berlin:20261102T093000");
  EXPECT_EQ(model::to_string(series.overrides[1].start), "America/New_York:20261102T040000");
  ASSERT_EQ(series.excluded.size(), 1U);
  EXPECT_EQ(model::to_string(series.excluded[0]), "Europe/Berlin:20260615T093000");
}

}  // namespace
}  // namespace caravan::ews::test
