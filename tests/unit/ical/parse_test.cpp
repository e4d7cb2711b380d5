// SPDX-License-Identifier: GPL-3.0-or-later
#include "unit/ical/support.hpp"

namespace caravan::ical::testing {
namespace {

using model::BusyStatus;
using model::TimeKind;

std::string fixture(const std::string& name) {
  return read_file(std::filesystem::path(CARAVAN_SOURCE_DIR) / "tests/fixtures/ical" / (name + ".ics"));
}

TEST(Parse, ReadsAnOutlookSeriesWithAWindowsZone) {
  const auto series = series_of(fixture("outlook_series_with_windows_zone"));
  EXPECT_EQ(to_string(series.master->start), "Europe/Berlin:20261006T100000");
  EXPECT_EQ(series.master->start.utc_offset, 7200);
  EXPECT_EQ(model::to_string(series.rules.at(0)), "FREQ=WEEKLY;UNTIL=20261230T090000Z;BYDAY=TU");
  EXPECT_EQ(series.master->busy, BusyStatus::out_of_office);
  EXPECT_EQ(series.master->organizer->address, "ada@example.com");
  EXPECT_EQ(series.master->attendees.at(0).name, "Babbage, Charles");
  EXPECT_EQ(series.master->attendees.at(1).kind, model::AttendeeKind::resource);
  EXPECT_EQ(series.master->description, "Agenda\n1. Engine\n2. Tea, biscuits\n");
  EXPECT_EQ(series.master->alarms.at(0).offset_seconds, -900);
  EXPECT_TRUE(series.zones.empty());
}

TEST(Parse, BringsRecurrenceIdAndExdateToTheMastersZone) {
  const auto series = series_of(fixture("outlook_series_with_windows_zone"));
  EXPECT_EQ(to_string(*series.overrides.at(0).recurrence_id), "Europe/Berlin:20261020T100000");
  EXPECT_EQ(to_string(series.excluded.at(0)), "Europe/Berlin:20261103T100000");
  EXPECT_EQ(to_string(series.excluded.at(1)), "Europe/Berlin:20261110T100000");
}

TEST(Parse, KeepsTheDefinitionOfAZoneThatNobodyKnows) {
  const auto series = series_of(fixture("custom_zone_that_nobody_knows"));
  ASSERT_EQ(series.zones.size(), 1U);
  EXPECT_EQ(series.zones[0].id, "Customized Time Zone");
  EXPECT_EQ(series.master->start.utc_offset, 4 * 3600 + 900);
}

TEST(Parse, RecognizesAKnownZoneByItsRules) {
  const auto text =
      text::replace_all(fixture("outlook_series_with_windows_zone"), "W. Europe Standard Time", "Customized");
  EXPECT_EQ(series_of(text).master->start.zone, "Europe/Berlin");
}

TEST(Parse, TakesTheLocationOfAnUnknownZone) {
  const auto text = calendar(
      "BEGIN:VTIMEZONE\nTZID:Mine\nX-LIC-LOCATION:Asia/Tokyo\nBEGIN:STANDARD\nDTSTART:19700101T000000\n"
      "TZOFFSETFROM:+0900\nTZOFFSETTO:+0900\nEND:STANDARD\nEND:VTIMEZONE\n"
      "BEGIN:VEVENT\nUID:u\nDTSTART;TZID=Mine:20260101T100000\nEND:VEVENT\n");
  EXPECT_EQ(series_of(text).master->start.zone, "Asia/Tokyo");
}

TEST(Parse, CountsTimesOfAZoneWithoutDefinitionAndLeavesThemFloating) {
  const auto parsed = parse_one(event("", "DTSTART;TZID=Nowhere:20260101T100000\n"));
  EXPECT_EQ(parsed->unknown_zones, 1U);
  EXPECT_EQ(parsed->series->master->start.kind, TimeKind::floating);
}

TEST(Parse, PutsTimesOfAnUnknownZoneIntoTheDefaultZone) {
  ParseOptions options;
  options.default_zone = "Europe/Paris";
  const auto parsed = parse_one(event("", "DTSTART;TZID=Nowhere:20260101T100000\n"), options);
  EXPECT_EQ(to_string(parsed->series->master->start), "Europe/Paris:20260101T100000");
}

TEST(Parse, LeavesGenuineFloatingTimesFloating) {
  EXPECT_EQ(event_of(event("", "DTSTART:20260101T100000\n")).start.kind, TimeKind::floating);
}

TEST(Parse, OneBadEventNeverHidesTheOthers) {
  const auto all =
      parse(calendar("BEGIN:VEVENT\nUID:good\nDTSTART:20260101T100000Z\nEND:VEVENT\n"
                     "BEGIN:VEVENT\nUID:bad\nSUMMARY:no start\nEND:VEVENT\n"
                     "BEGIN:VEVENT\nDTSTART:20260101T100000Z\nEND:VEVENT\n"
                     "BEGIN:VEVENT\nUID:also good\nDTSTART:20260101T100000Z\nEND:VEVENT\n"));
  ASSERT_EQ(all->size(), 4U);
  EXPECT_TRUE((*all)[0].series.has_value());
  EXPECT_EQ((*all)[1].uid.value, "bad");
  EXPECT_FALSE((*all)[1].series.has_value());
  EXPECT_FALSE((*all)[2].series.has_value());
  EXPECT_TRUE((*all)[3].series.has_value());
}

TEST(Parse, AnUnreadableOverrideMakesItsSeriesUnreadable) {
  const auto all =
      parse(calendar("BEGIN:VEVENT\nUID:u\nDTSTART:20260101T100000Z\nRRULE:FREQ=DAILY\nEND:VEVENT\n"
                     "BEGIN:VEVENT\nUID:u\nRECURRENCE-ID:rubbish\nDTSTART:20260101T100000Z\nEND:VEVENT\n"));
  ASSERT_EQ(all->size(), 1U);
  EXPECT_FALSE(all->front().series.has_value());
}

TEST(Parse, RefusesAResourceWithTwoUids) {
  EXPECT_FALSE(
      parse_one(calendar("BEGIN:VEVENT\nUID:a\nDTSTART:20260101T100000Z\nEND:VEVENT\n"
                         "BEGIN:VEVENT\nUID:b\nDTSTART:20260101T100000Z\nEND:VEVENT\n")));
}

TEST(Parse, AnEmptyCalendarIsNoError) { EXPECT_TRUE(parse(calendar(""))->empty()); }
TEST(Parse, ATextWithoutCalendarIsAnError) { EXPECT_FALSE(parse("hello")); }

TEST(Parse, TurnsADurationIntoAnEnd) {
  const auto read = event_of(event("DURATION:P1DT2H\n", "DTSTART;TZID=Europe/Berlin:20260328T120000\n"));
  EXPECT_EQ(to_string(read.end), "Europe/Berlin:20260329T140000");
  EXPECT_TRUE(read.has_end);
}

TEST(Parse, ADateWithoutEndLastsADay) {
  const auto read = event_of(event("", "DTSTART;VALUE=DATE:20260301\n"));
  EXPECT_EQ(to_string(read.end), "20260302");
  EXPECT_FALSE(read.has_end);
  EXPECT_TRUE(read.all_day());
}

TEST(Parse, ATimeWithoutEndHasNoLength) {
  const auto read = event_of(event(""));
  EXPECT_EQ(read.end, read.start);
  EXPECT_FALSE(read.has_end);
}

TEST(Parse, AnEndBeforeTheStartIsRepairedAndReported) {
  const auto parsed = parse_one(event("DTEND:20260301T080000Z\n"));
  EXPECT_EQ(parsed->series->master->end, parsed->series->master->start);
  EXPECT_EQ(parsed->warnings.size(), 1U);
}

TEST(Parse, TakesABackslashThatEscapesNothingAsText) {
  EXPECT_EQ(event_of(event("SUMMARY:C:\\temp\\Öl\\, \\\\x\\: end\\\n")).summary, "C:\\temp\\Öl, \\x\\: end\\");
}

TEST(Parse, CollectsAllCategoriesLinesAndUnescapesCommas) {
  const auto read = event_of(fixture("three_alarms_and_apple_location"));
  EXPECT_EQ(read.categories, (std::vector<std::string>{"Air", "Travel", "Work, paid"}));
}

TEST(Parse, KeepsWhatItDoesNotModelAsItCame) {
  const auto read = event_of(fixture("three_alarms_and_apple_location"));
  const auto found = std::find_if(read.extra.begin(), read.extra.end(), [](const model::RawProperty& property) {
    return property.name == "X-APPLE-STRUCTURED-LOCATION";
  });
  ASSERT_NE(found, read.extra.end());
  EXPECT_EQ(found->value, "geo:40.641311,-73.778139");
  EXPECT_EQ(found->parameters.at(1), (std::pair<std::string, std::string>{"X-ADDRESS", "JFK\\nNew York, NY"}));
}

TEST(Parse, ReadsThreeAlarmsOfThreeKinds) {
  const auto read = event_of(fixture("three_alarms_and_apple_location"));
  ASSERT_EQ(read.alarms.size(), 3U);
  EXPECT_EQ(std::count_if(read.alarms.begin(), read.alarms.end(),
                          [](const model::Alarm& a) { return a.acknowledged.has_value(); }),
            1);
  EXPECT_EQ(
      std::count_if(read.alarms.begin(), read.alarms.end(), [](const model::Alarm& a) { return a.at.has_value(); }), 1);
  EXPECT_EQ(
      std::count_if(read.alarms.begin(), read.alarms.end(), [](const model::Alarm& a) { return a.related_to_end; }), 1);
}

TEST(Parse, HashesInlineAttachmentsAndKeepsLinks) {
  const auto read = event_of(fixture("three_alarms_and_apple_location"));
  ASSERT_EQ(read.attachments.size(), 2U);
  EXPECT_EQ(read.attachments[0].content, sha256("Hello, world!"));
  EXPECT_EQ(read.attachments[0].size, 13U);
  EXPECT_EQ(read.attachments[0].name, "hello.txt");
  EXPECT_EQ(read.attachments[1].uri, "https://example.com/ticket.pdf");
}

class Collecting final : public ContentSink {
 public:
  Status write(std::string_view piece) override {
    bytes += piece;
    return {};
  }
  Status finish(const Digest& digest, std::uint64_t) override {
    digests.push_back(digest.hex);
    return {};
  }
  std::string bytes;
  std::vector<std::string> digests;
};

TEST(Parse, HandsTheContentOfAttachmentsToTheSink) {
  Collecting sink;
  ParseOptions options;
  options.content = &sink;
  (void)parse_one(fixture("three_alarms_and_apple_location"), options);
  EXPECT_EQ(sink.bytes, "Hello, world!");
  EXPECT_EQ(sink.digests, std::vector<std::string>{sha256("Hello, world!").hex});
}

TEST(Parse, DoesNotBelieveAContentReferenceOfAStranger) {
  const auto read = event_of(event("ATTACH:x-caravan-content:" + std::string(64, 'a') + "\n"));
  EXPECT_TRUE(read.attachments.at(0).content.empty());
}

TEST(Parse, OurMarkIsNoPartOfTheMeaning) {
  const auto parsed = parse_one(event("X-CARAVAN-ID:abc\n"));
  EXPECT_EQ(parsed->mark, "abc");
  EXPECT_TRUE(parsed->series->master->extra.empty());
}

struct BusyCase {
  const char* lines;
  BusyStatus expected;
};
class Busy : public ::testing::TestWithParam<BusyCase> {};
TEST_P(Busy, FollowsTheOrderOfPrecedence) { EXPECT_EQ(event_of(event(GetParam().lines)).busy, GetParam().expected); }
INSTANTIATE_TEST_SUITE_P(
    Parse, Busy,
    ::testing::Values(BusyCase{"", BusyStatus::busy}, BusyCase{"TRANSP:TRANSPARENT\n", BusyStatus::free},
                      BusyCase{"TRANSP:OPAQUE\nX-MICROSOFT-CDO-BUSYSTATUS:OOF\n", BusyStatus::out_of_office},
                      BusyCase{"X-MICROSOFT-CDO-BUSYSTATUS:WORKINGELSEWHERE\nTRANSP:TRANSPARENT\n",
                               BusyStatus::working_elsewhere},
                      BusyCase{"STATUS:TENTATIVE\n", BusyStatus::tentative},
                      BusyCase{"STATUS:CANCELLED\n", BusyStatus::free},
                      BusyCase{"STATUS:TENTATIVE\nX-MICROSOFT-CDO-BUSYSTATUS:BUSY\n", BusyStatus::busy},
                      // "Show as free" set in a program that knows only TRANSP must not be lost.
                      BusyCase{"X-MICROSOFT-CDO-BUSYSTATUS:BUSY\nTRANSP:TRANSPARENT\n", BusyStatus::free},
                      BusyCase{"X-MICROSOFT-CDO-BUSYSTATUS:FREE\nTRANSP:OPAQUE\n", BusyStatus::busy}));

TEST(Parse, ImportanceSpeaksWherePriorityIsSilent) {
  EXPECT_EQ(event_of(event("X-MICROSOFT-CDO-IMPORTANCE:2\n")).priority, 1);
  EXPECT_EQ(event_of(event("X-MICROSOFT-CDO-IMPORTANCE:0\n")).priority, 9);
  EXPECT_EQ(event_of(event("PRIORITY:3\nX-MICROSOFT-CDO-IMPORTANCE:2\n")).priority, 3);
}

TEST(Parse, TakesTheEmailParameterOfAnAttendeeThatIsNoMailAddress) {
  const auto read = event_of(event("ATTENDEE;EMAIL=Bob@Example.com:urn:uuid:1234\nATTENDEE:urn:uuid:5678\n"));
  EXPECT_EQ(read.attendees.at(0).address, "bob@example.com");
  EXPECT_EQ(read.attendees.at(1).address, "urn:uuid:5678");
}

TEST(Parse, ListsAnAttendeeOnce) {
  const auto parsed = parse_one(event("ATTENDEE:mailto:a@b.c\nATTENDEE;PARTSTAT=ACCEPTED:MAILTO:A@B.C\n"));
  ASSERT_EQ(parsed->series->master->attendees.size(), 1U);
  EXPECT_EQ(parsed->series->master->attendees[0].participation, model::Participation::accepted);
}

TEST(Parse, SchedulingParametersAreNoPartOfTheMeaning) {
  EXPECT_TRUE(event_of(event("ATTENDEE;SCHEDULE-AGENT=CLIENT;SCHEDULE-STATUS=\"1.2\":mailto:a@b.c\n"))
                  .attendees.at(0)
                  .extra.empty());
}

TEST(Parse, DecodesQuotesAndLineEndsInNames) {
  EXPECT_EQ(event_of(event("ORGANIZER;CN=^'Bob^' ^^ x^ny:mailto:a@b.c\n")).organizer->name, "\"Bob\" ^ x\ny");
}

TEST(Parse, APeriodInRdateCountsWithItsStart) {
  const auto series = series_of(event("RDATE;VALUE=PERIOD:20260302T090000Z/PT1H,20260303T090000Z/20260303T100000Z\n"));
  ASSERT_EQ(series.extra_dates.size(), 2U);
  EXPECT_EQ(to_string(series.extra_dates[1]), "20260303T090000Z");
}

TEST(Parse, ACountThatEndsFirstBeatsTheForbiddenUntil) {
  EXPECT_EQ(model::to_string(series_of(event("RRULE:FREQ=DAILY;COUNT=3;UNTIL=20270101T000000Z\n")).rules.at(0)),
            "FREQ=DAILY;COUNT=3");
  EXPECT_EQ(model::to_string(series_of(event("RRULE:FREQ=DAILY;COUNT=30;UNTIL=20260303T090000Z\n")).rules.at(0)),
            "FREQ=DAILY;UNTIL=20260303T090000Z");
}

TEST(Parse, ARuleOfAnotherCalendarIsUnsupportedNotLost) {
  const auto all = parse(event("RRULE:RSCALE=HEBREW;FREQ=YEARLY;BYMONTH=5;BYMONTHDAY=8\n"));
  EXPECT_EQ(all->front().series.error().fault, Fault::unsupported);
}

TEST(Parse, AcceptsUnixLineEndsAndAByteOrderMark) {
  EXPECT_EQ(event_of("\xEF\xBB\xBF" + text::replace_all(event("SUMMARY:one\n  two\n"), "\r\n", "\n")).summary,
            "one two");
}

TEST(Parse, JoinsACharacterThatAFoldCutInTwo) { EXPECT_EQ(event_of(event("SUMMARY:\xC3\n \xA4\n")).summary, "ä"); }

TEST(Parse, ReadsAStyledDescriptionAsTheBody) {
  EXPECT_EQ(event_of(event("STYLED-DESCRIPTION;VALUE=TEXT;FMTTYPE=text/html:<b>a\\, b</b>\n")).html, "<b>a, b</b>");
}

}  // namespace
}  // namespace caravan::ical::testing
