// SPDX-License-Identifier: GPL-3.0-or-later
#include "unit/ical/support.hpp"

namespace caravan::ical::testing {
namespace {

Instant at(const std::string& rfc3339) {
  Instant out;
  EXPECT_TRUE(parse_rfc3339(rfc3339, out));
  return out;
}

/// The starts in the window, as UTC.
std::vector<std::string> starts(const model::Series& series, const std::string& from, const std::string& until,
                                std::size_t limit = 1000) {
  std::vector<std::string> out;
  for (const auto& occurrence : expand(series, at(from), at(until), *system_zone_book(), limit))
    out.push_back(to_rfc3339(occurrence.start.instant()));
  return out;
}
using Texts = std::vector<std::string>;

const char* const kBerlin = "DTSTART;TZID=Europe/Berlin:20260301T090000\nDTEND;TZID=Europe/Berlin:20260301T100000\n";

TEST(Expand, ASeriesKeepsItsWallTimeOverTheChangeOfClocks) {
  EXPECT_EQ(starts(series_of(event("RRULE:FREQ=WEEKLY\n", kBerlin)), "2026-03-20T00:00:00Z", "2026-04-06T00:00:00Z"),
            (Texts{"2026-03-22T08:00:00Z", "2026-03-29T07:00:00Z", "2026-04-05T07:00:00Z"}));
}

TEST(Expand, CountsExcludedOccurrences) {
  const auto series =
      series_of(event("RRULE:FREQ=DAILY;COUNT=3\nEXDATE;TZID=Europe/Berlin:20260302T090000\n", kBerlin));
  EXPECT_EQ(starts(series, "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"),
            (Texts{"2026-03-01T08:00:00Z", "2026-03-03T08:00:00Z"}));
}

TEST(Expand, UntilInUtcMeansTheInstantInTheSeriesZone) {
  const auto series = series_of(event("RRULE:FREQ=DAILY;UNTIL=20260303T080000Z\n", kBerlin));
  EXPECT_EQ(starts(series, "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z").size(), 3U);
}

TEST(Expand, UntilAsADateIncludesThatDay) {
  const auto series = series_of(event("RRULE:FREQ=DAILY;UNTIL=20260303\n", kBerlin));
  EXPECT_EQ(starts(series, "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z").size(), 3U);
}

TEST(Expand, TakesExtraDates) {
  const auto series = series_of(event("RDATE;TZID=Europe/Berlin:20260701T120000\n", kBerlin));
  EXPECT_EQ(starts(series, "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"),
            (Texts{"2026-03-01T08:00:00Z", "2026-07-01T10:00:00Z"}));
}

std::string with_override(const std::string& start) {
  return calendar("BEGIN:VEVENT\nUID:u\n" + std::string(kBerlin) +
                  "RRULE:FREQ=DAILY;COUNT=5\nEND:VEVENT\n"
                  "BEGIN:VEVENT\nUID:u\nRECURRENCE-ID;TZID=Europe/Berlin:20260302T090000\nSUMMARY:moved\n"
                  "DTSTART;TZID=Europe/Berlin:" +
                  start + "\nDURATION:PT1H\nEND:VEVENT\n");
}

TEST(Expand, AnOverrideMovesItsOccurrenceOutOfTheWindow) {
  EXPECT_EQ(starts(series_of(with_override("20260601T090000")), "2026-03-01T00:00:00Z", "2026-03-04T00:00:00Z"),
            (Texts{"2026-03-01T08:00:00Z", "2026-03-03T08:00:00Z"}));
}

TEST(Expand, AnOverrideMovesItsOccurrenceIntoTheWindow) {
  const auto series = series_of(with_override("20260601T090000"));
  const auto found = expand(series, at("2026-06-01T00:00:00Z"), at("2026-06-02T00:00:00Z"), *system_zone_book());
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].event->summary, "moved");
  EXPECT_EQ(to_string(found[0].original_start), "Europe/Berlin:20260302T090000");
}

TEST(Expand, OverridesWithoutMasterAreOccurrences) {
  const auto series = series_of(
      read_file(std::filesystem::path(CARAVAN_SOURCE_DIR) / "tests/fixtures/ical/invited_to_two_occurrences_only.ics"));
  EXPECT_EQ(starts(series, "2026-03-01T00:00:00Z", "2026-05-01T00:00:00Z"),
            (Texts{"2026-03-10T09:00:00Z", "2026-03-31T10:00:00Z"}));
}

TEST(Expand, LeapDaysComeEveryFourYears) {
  const auto series = series_of(
      read_file(std::filesystem::path(CARAVAN_SOURCE_DIR) / "tests/fixtures/ical/all_day_series_with_override.ics"));
  EXPECT_EQ(starts(series, "2024-01-01T00:00:00Z", "2045-01-01T00:00:00Z"),
            (Texts{"2024-02-29T00:00:00Z", "2032-03-01T00:00:00Z", "2036-02-29T00:00:00Z", "2040-02-29T00:00:00Z",
                   "2044-02-29T00:00:00Z"}));
}

TEST(Expand, FindsTheLastWorkdayOfTheMonth) {
  const auto series =
      series_of(event("RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=3\n", "DTSTART:20260130T090000Z\n"));
  EXPECT_EQ(starts(series, "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"),
            (Texts{"2026-01-30T09:00:00Z", "2026-02-27T09:00:00Z", "2026-03-31T09:00:00Z"}));
}

TEST(Expand, ATimeInTheGapIsReadWithTheOffsetBeforeIt) {
  const auto series = series_of(event("RRULE:FREQ=DAILY;COUNT=3\n", "DTSTART;TZID=Europe/Berlin:20260328T023000\n"));
  EXPECT_EQ(starts(series, "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"),
            (Texts{"2026-03-28T01:30:00Z", "2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z"}));
}

TEST(Expand, TheFirstOfTwoReadingsIsTaken) {
  const auto series = series_of(event("RRULE:FREQ=DAILY;COUNT=2\n", "DTSTART;TZID=Europe/Berlin:20261025T023000\n"));
  EXPECT_EQ(starts(series, "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"),
            (Texts{"2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"}));
}

TEST(Expand, AnEventThatReachesIntoTheWindowCounts) {
  EXPECT_EQ(starts(series_of(event("", kBerlin)), "2026-03-01T08:30:00Z", "2026-03-01T08:40:00Z").size(), 1U);
  EXPECT_EQ(starts(series_of(event("", kBerlin)), "2026-03-01T09:00:00Z", "2026-03-01T10:00:00Z").size(), 0U);
}

TEST(Expand, StopsAtTheLimit) {
  EXPECT_EQ(starts(series_of(event("RRULE:FREQ=DAILY\n")), "2026-01-01T00:00:00Z", "2100-01-01T00:00:00Z", 7).size(),
            7U);
}

TEST(Expand, GivesUpRulesThatNeverYield) {
  EXPECT_EQ(starts(series_of(event("RRULE:FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30\n")), "2026-01-01T00:00:00Z",
                   "2100-01-01T00:00:00Z")
                .size(),
            1U);
  EXPECT_EQ(starts(series_of(event("RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30\n")), "2026-01-01T00:00:00Z",
                   "2100-01-01T00:00:00Z")
                .size(),
            1U);
  EXPECT_EQ(starts(series_of(event("RRULE:FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30\n")), "2026-01-01T00:00:00Z",
                   "2100-01-01T00:00:00Z")
                .size(),
            1U);
}

TEST(Expand, AnHourlySeriesIsFoundYearsAfterItsStart) {
  EXPECT_EQ(starts(series_of(event("RRULE:FREQ=HOURLY;INTERVAL=6\n", "DTSTART:19990101T030000Z\n")),
                   "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"),
            (Texts{"2026-01-01T03:00:00Z", "2026-01-01T09:00:00Z", "2026-01-01T15:00:00Z", "2026-01-01T21:00:00Z"}));
}

TEST(Expand, AMovedSeriesOfACustomZoneFollowsItsRules) {
  const auto series = series_of(
      read_file(std::filesystem::path(CARAVAN_SOURCE_DIR) / "tests/fixtures/ical/custom_zone_that_nobody_knows.ics"));
  EXPECT_EQ(starts(series, "2026-03-01T00:00:00Z", "2026-05-01T00:00:00Z"),
            (Texts{"2026-03-15T05:45:00Z", "2026-04-15T04:45:00Z"}));
}

TEST(LastEnd, IsNothingForAnEndlessSeries) {
  EXPECT_FALSE(last_end(series_of(event("RRULE:FREQ=DAILY\n")), *system_zone_book()));
}

TEST(LastEnd, IsTheEndOfTheLastOccurrence) {
  EXPECT_EQ(last_end(series_of(event("RRULE:FREQ=DAILY;COUNT=3\n", kBerlin)), *system_zone_book()),
            at("2026-03-03T09:00:00Z"));
}

}  // namespace
}  // namespace caravan::ical::testing
