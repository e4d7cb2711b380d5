// SPDX-License-Identifier: GPL-3.0-or-later
#include "caldav/silence.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "caldav/quirks.hpp"

namespace caravan::caldav {
namespace {

constexpr const char* kMeeting =
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VTIMEZONE\r\nTZID:X\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\n"
    "RRULE:FREQ=YEARLY\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
    "BEGIN:VEVENT\r\nUID:m\r\nX-CARAVAN-ID:mark\r\nSEQUENCE:3\r\nDTSTART;TZID=X:20300101T090000\r\n"
    "DTEND;TZID=X:20300101T100000\r\nRRULE:FREQ=WEEKLY;COUNT=9\r\nEXDATE;TZID=X:20300108T090000\r\n"
    "ORGANIZER;CN=A very long name that makes this line of the organizer longer\r\n  than a line may be:mailto:o@x\r\n"
    "ATTENDEE;PARTSTAT=ACCEPTED;RSVP=TRUE:mailto:me@x\r\n"
    "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT15M\r\nEND:VALARM\r\nEND:VEVENT\r\n"
    "BEGIN:VEVENT\r\nUID:m\r\nRECURRENCE-ID;TZID=X:20300115T090000\r\nDTSTART;VALUE=DATE:20300115\r\n"
    "DTEND;VALUE=DATE:20300116\r\nORGANIZER:mailto:o@x\r\nATTENDEE;PARTSTAT=DECLINED:mailto:me@x\r\nEND:VEVENT\r\n"
    "END:VCALENDAR\r\n";

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(Defused, TheTimesAreInThePastAndTheSeriesIsOneEvent) {
  const std::string text = defused(kMeeting, Etag("\"1\""));
  EXPECT_NE(text.find("\r\nDTSTART:20000101T000000Z\r\nX-CARAVAN-WAS"), std::string::npos) << text;
  EXPECT_NE(text.find("\r\nDTSTART;VALUE=DATE:20000101\r\n"), std::string::npos) << text;
  EXPECT_NE(text.find("\r\nDTEND;VALUE=DATE:20000102\r\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("2030010"), text.find("20300108T090000")) << text;  // only what says which occurrences there are
  EXPECT_EQ(text.find("WEEKLY"), std::string::npos);
  EXPECT_EQ(text.find("TRIGGER:-PT15M"), std::string::npos);
}
TEST(Defused, PeopleAnswersOccurrencesAndTheMarkStay) {
  const std::string text = defused(kMeeting, Etag("\"1\""));
  EXPECT_FALSE(answers_differ(kMeeting, text));
  EXPECT_NE(text.find("\r\nX-CARAVAN-ID:mark\r\n"), std::string::npos);
  EXPECT_NE(text.find("\r\nSEQUENCE:3\r\n"), std::string::npos);
  EXPECT_NE(text.find("ATTENDEE;SCHEDULE-AGENT=CLIENT\r\n ;PARTSTAT=ACCEPTED"), std::string::npos) << text;
}
TEST(Defused, TheZoneIsLeftAlone) {
  EXPECT_NE(defused(kMeeting, Etag()).find("DTSTART:19700101T000000\r\nRRULE:FREQ=YEARLY\r\n"), std::string::npos);
}
TEST(Defused, NoLineIsLongerThan75Octets) {
  const std::string text = defused(kMeeting, Etag("\"1\""));
  for (std::size_t at = 0; at < text.size();) {
    const auto end = text.find("\r\n", at);
    EXPECT_LE(end - at, 75U) << text.substr(at, end - at);
    at = end + 2;
  }
}
TEST(Restored, ItIsWhatItWasWithItsEtag) {
  const Restored before = restored(defused(kMeeting, Etag("\"gcs0001\"")));
  EXPECT_EQ(before.etag, Etag("\"gcs0001\""));
  EXPECT_FALSE(is_defused(before.text));
  for (const char* part : {"DTSTART;TZID=X:20300101T090000\r\n", "RRULE:FREQ=WEEKLY;COUNT=9\r\n", "SEQUENCE:3\r\n",
                           "TRIGGER:-PT15M\r\n", "DTSTART;VALUE=DATE:20300115\r\n", "\r\nATTENDEE;PARTSTAT=DECLINED:"})
    EXPECT_NE(before.text.find(part), std::string::npos) << part << before.text;
  EXPECT_EQ(before.text.find("2000010"), std::string::npos);
  EXPECT_EQ(before.text.find("SCHEDULE-AGENT"), std::string::npos);
  EXPECT_EQ(restored(defused(before.text, Etag())).text, before.text);
}
TEST(Restored, WhatAServerChangedOnItsOwnComesBackToo) {
  std::string stored = replaced(defused(kMeeting, Etag("\"1\"")), "\r\nSEQUENCE:3\r\n", "\r\nSEQUENCE:4\r\n");
  stored = replaced(stored, "PARTSTAT=ACCEPTED;RSVP=TRUE:", "PARTSTAT=ACCEPTED:");
  const std::string before = restored(stored).text;
  EXPECT_EQ(highest_sequence(before), 3);
  EXPECT_NE(before.find("ATTENDEE;PARTSTAT=ACCEPTED;RSVP=TRUE:mailto:me@x"), std::string::npos) << before;
}
TEST(Restored, AnotherTextStaysAsItIs) {
  EXPECT_EQ(restored(kMeeting).text, kMeeting);
  EXPECT_EQ(restored(kMeeting).etag, std::nullopt);
  EXPECT_FALSE(is_defused("DESCRIPTION:about X-CARAVAN-WAS\r\n"));
}

TEST(Answers, OtherPropertiesSayNothing) {
  EXPECT_FALSE(answers_differ(kMeeting, replaced(kMeeting, "20300101T090000", "20300102T090000")));
  EXPECT_FALSE(answers_differ(kMeeting, replaced(kMeeting, "RSVP=TRUE", "RSVP=FALSE")));
}
TEST(Answers, AnAnswerAGuestAnOrganizerAndAnOccurrenceDo) {
  EXPECT_TRUE(answers_differ(kMeeting, replaced(kMeeting, "PARTSTAT=ACCEPTED", "PARTSTAT=DECLINED")));
  EXPECT_TRUE(answers_differ(kMeeting, replaced(kMeeting, "PARTSTAT=DECLINED", "PARTSTAT=TENTATIVE")));
  EXPECT_TRUE(answers_differ(kMeeting, replaced(kMeeting, "mailto:me@x", "mailto:you@x")));
  EXPECT_TRUE(answers_differ(kMeeting, replaced(kMeeting, "mailto:o@x", "mailto:p@x")));
  EXPECT_TRUE(answers_differ(kMeeting, replaced(kMeeting, "20300108T090000", "20300108T090000,20300122T090000")));
  EXPECT_TRUE(answers_differ(kMeeting, replaced(kMeeting, "20300115T090000", "20300129T090000")));
}
TEST(Answers, WithoutPeopleThereAreNone) {
  EXPECT_FALSE(has_people("BEGIN:VEVENT\r\nSUMMARY:x\r\nEND:VEVENT\r\n"));
  EXPECT_FALSE(answers_differ("BEGIN:VEVENT\r\nEXDATE:20300101\r\nEND:VEVENT\r\n", "BEGIN:VEVENT\r\nEND:VEVENT\r\n"));
  EXPECT_FALSE(has_people(without_people(kMeeting)));
  EXPECT_TRUE(has_people(without_attendees(kMeeting)));
}

TEST(Sequence, ItIsRaisedInEachEventAndNeverLowered) {
  const std::string raised = with_sequence(kMeeting, 2);
  EXPECT_NE(raised.find("SEQUENCE:3\r\nEND:VEVENT"), std::string::npos) << raised;
  EXPECT_NE(raised.find("SEQUENCE:2\r\nEND:VEVENT"), std::string::npos) << raised;
  EXPECT_EQ(highest_sequence(with_sequence(kMeeting, 7)), 7);
}

TEST(SilencedFile, ItIsTheSilencedTextAndGoesAway) {
  const auto folder = std::filesystem::temp_directory_path() / ("caravan-silence-" + std::to_string(::getpid()));
  std::filesystem::create_directory(folder);
  const std::string path = (folder / "event.ics").string();
  const std::string text = replaced(kMeeting, "ACTION:DISPLAY\r\n",
                                    "ATTACH;ENCODING=BASE64;VALUE=BINARY:QUJD\r\n QUJD\r\nACTION:DISPLAY\r\n") +
                           "ATTEN\r\n DEE:mailto:last@x";
  std::ofstream(path, std::ios::binary) << text;
  std::string copy;
  {
    const auto file = SilencedFile::make(path);
    ASSERT_TRUE(file) << file.error().what;
    copy = file->path();
    std::ifstream in(copy, std::ios::binary);
    const std::string found{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    EXPECT_EQ(found, silenced(text, quirks_of(Server::sogo)));
    EXPECT_EQ(found.size(), file->size());
  }
  EXPECT_FALSE(std::filesystem::exists(copy));
  EXPECT_FALSE(SilencedFile::make((folder / "none.ics").string()));
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace caravan::caldav
