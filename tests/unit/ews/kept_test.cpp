// SPDX-License-Identifier: GPL-3.0-or-later
// What Exchange has no field for: kept with the item, given back, and left out where somebody edited its field there.
#include <gtest/gtest.h>

#include "ews/mapping/kept_text.hpp"
#include "unit/ews/paper_exchange.hpp"

namespace caravan::ews::test {
namespace {

using model::Event;
using model::Field;
using model::Series;

constexpr const char* kTimes =
    "DTSTART;TZID=Europe/Berlin:20270301T090000\r\nDTEND;TZID=Europe/Berlin:20270301T100000\r\nSUMMARY:One\r\n";

Series event_with(const std::string& lines) { return series_of_event(kTimes + lines); }

/// Writes the series, lets `edit` change what Exchange answers, and reads it.
Series edited(const Series& series, const std::string& from, const std::string& to) {
  auto plan = mapping::plan_create(paper_context(), series);
  EXPECT_TRUE(plan);
  PaperExchange paper;
  paper.take(*plan, series);
  std::string answer = paper.answer();
  const auto found = answer.find(from);
  EXPECT_NE(found, std::string::npos) << answer;
  answer.replace(found, from.size(), to);
  auto fetched = map_answer(answer, {}, paper_mailbox());
  EXPECT_TRUE(fetched);
  return fetched ? fetched->series : Series{};
}

constexpr const char* kThreeAlarms =
    "BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:a\r\nTRIGGER:-PT15M\r\nEND:VALARM\r\n"
    "BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:b\r\nTRIGGER:-PT60M\r\nEND:VALARM\r\n"
    "BEGIN:VALARM\r\nACTION:EMAIL\r\nDESCRIPTION:c\r\nSUMMARY:c\r\nATTENDEE:mailto:a@example.org\r\nTRIGGER:-"
    "P1D\r\nEND:VALARM\r\n";

TEST(Kept, ThreeAlarmsGoToExchangeAndComeHome) {
  const Series series = event_with(kThreeAlarms);
  const Series back = edited(series, "<t:Subject>One", "<t:Subject>Two");
  EXPECT_EQ(back.master->alarms, series.master->alarms);
}

TEST(Kept, AReminderChangedOnExchangeTakesThePlaceOfTheOneItStoodFor) {
  const Series back =
      edited(event_with(kThreeAlarms), "<t:ReminderMinutesBeforeStart>60", "<t:ReminderMinutesBeforeStart>30");
  ASSERT_EQ(back.master->alarms.size(), 3U);
  const auto has = [&](std::int64_t offset) {
    return std::any_of(back.master->alarms.begin(), back.master->alarms.end(),
                       [&](const auto& alarm) { return alarm.offset_seconds == offset; });
  };
  EXPECT_TRUE(has(-30 * 60));
  EXPECT_TRUE(has(-15 * 60));
  EXPECT_FALSE(has(-60 * 60));
}

TEST(Kept, AReminderSwitchedOffOnExchangeTakesTheOtherDisplaysAlong) {
  const Series back = edited(event_with(kThreeAlarms), "<t:ReminderIsSet>true</t:ReminderIsSet>",
                             "<t:ReminderIsSet>false</t:ReminderIsSet>");
  ASSERT_EQ(back.master->alarms.size(), 1U);
  EXPECT_EQ(back.master->alarms[0].action, model::AlarmAction::email);
}

TEST(Kept, ADigitOfPriorityComesBackWhereTheImportanceIsTheSame) {
  EXPECT_EQ(edited(event_with("PRIORITY:3\r\n"), "Subject>One", "Subject>Two").master->priority, 3);
}

TEST(Kept, ADigitOfPriorityIsForgottenWhereTheImportanceWasChanged) {
  EXPECT_EQ(edited(event_with("PRIORITY:3\r\n"), "<t:Importance>High", "<t:Importance>Low").master->priority, 9);
}

TEST(Kept, PropertiesThatNobodyModelsComeBack) {
  const Series series =
      event_with("X-APPLE-TRAVEL-ADVISORY-BEHAVIOR:AUTOMATIC\r\nGEO:52.5;13.4\r\nCOMMENT;LANGUAGE=de:Hallo\r\n");
  EXPECT_EQ(edited(series, "Subject>One", "Subject>Two").master->extra, series.master->extra);
}

TEST(Kept, UrlAndStatusComeBack) {
  const Series series = event_with("URL:https://example.org/a?b=c&d=%22\r\nSTATUS:CANCELLED\r\n");
  const Series back = edited(series, "Subject>One", "Subject>Two");
  EXPECT_EQ(back.master->url, "https://example.org/a?b=c&d=%22");
  EXPECT_EQ(back.master->status, model::EventStatus::cancelled);
}

TEST(Kept, AnAddressToJoinThatExchangeHasItselfWins) {
  const Series back =
      edited(event_with("CONFERENCE;VALUE=URI:https://meet.example.org/x\r\n"), "<t:IsOrganizer>",
             "<t:JoinOnlineMeetingUrl>https://teams.example.org/y</t:JoinOnlineMeetingUrl><t:IsOrganizer>");
  EXPECT_EQ(back.master->conference, "https://teams.example.org/y");
}

TEST(Kept, AZoneComesBackUnderItsOwnName) {
  const Series series = series_of_event(
      "DTSTART;TZID=Europe/Vienna:20270301T090000\r\nDTEND;TZID=Europe/"
      "Vienna:20270301T100000\r\nRRULE:FREQ=WEEKLY\r\n");
  const Series back = edited(series, "<t:Subject/>", "<t:Subject>Two</t:Subject>");
  EXPECT_EQ(back.master->start.zone, "Europe/Vienna");
}

TEST(Kept, AZoneThatWasChangedOnExchangeStaysChanged) {
  const Series series = series_of_event(
      "DTSTART;TZID=Europe/Vienna:20270301T090000\r\nDTEND;TZID=Europe/"
      "Vienna:20270301T100000\r\nRRULE:FREQ=WEEKLY\r\n");
  const Series back = edited(series, "<t:StartTimeZone Id=\"W. Europe Standard Time\"",
                             "<t:StartTimeZone Id=\"Russian Standard Time\"");
  EXPECT_EQ(back.master->start.zone, "Europe/Moscow");
}

TEST(Kept, ARecurrenceThatWasChangedOnExchangeStaysChanged) {
  const Series series = event_with("RRULE:FREQ=DAILY;BYDAY=MO,WE;COUNT=6\r\n");
  const Series back = edited(series, "<t:Interval>1", "<t:Interval>2");
  EXPECT_EQ(to_string(back.rules.at(0)), "FREQ=WEEKLY;COUNT=6;INTERVAL=2;BYDAY=MO,WE");
}

TEST(Kept, AnAnswerOfAGuestIsGivenBackUntilExchangeKnowsOne) {
  const Series series = event_with(
      "ORGANIZER:mailto:owner@fixtures.example.org\r\nATTENDEE;PARTSTAT=ACCEPTED;ROLE=CHAIR;X-A=b:mailto:ben@example."
      "org\r\n");
  const Series same = edited(series, "Subject>One", "Subject>Two");
  EXPECT_EQ(same.master->attendees, series.master->attendees);
  const Series answered =
      edited(series, "</t:Mailbox></t:Attendee>", "</t:Mailbox><t:ResponseType>Decline</t:ResponseType></t:Attendee>");
  EXPECT_EQ(answered.master->attendees.at(0).participation, model::Participation::declined);
  EXPECT_EQ(answered.master->attendees.at(0).role, model::Role::chair);
}

TEST(Kept, AnOrganizerUnderAnAliasOfMineComesBackUnderIt) {
  const Series series =
      event_with("ORGANIZER;CN=Me:mailto:o.alias@fixtures.example.org\r\nATTENDEE:mailto:ben@example.org\r\n");
  EXPECT_EQ(edited(series, "Subject>One", "Subject>Two").master->organizer, series.master->organizer);
}

TEST(Kept, AGuestWhoIsNoAddressStaysInTheList) {
  const Series series = event_with(
      "ORGANIZER:mailto:owner@fixtures.example.org\r\nATTENDEE:mailto:ben@example.org\r\nATTENDEE:urn:uuid:1234\r\n");
  EXPECT_EQ(edited(series, "Subject>One", "Subject>Two").master->attendees, series.master->attendees);
}

TEST(Kept, TextThatCantBeReadIsALossAndNothingElse) {
  const Series series = event_with("PRIORITY:3\r\n");
  auto plan = mapping::plan_create(paper_context(), series);
  PaperExchange paper;
  paper.take(*plan, series);
  std::string answer = paper.answer();
  answer.replace(answer.find("{\"fields\""), 9, "{broken");
  const auto fetched = map_answer(answer, {}, paper_mailbox());
  ASSERT_TRUE(fetched);
  EXPECT_EQ(fetched->series.master->priority, 1);
  EXPECT_EQ(count(*fetched, model::LossReason::value_unreadable), 1);
}

TEST(KeptText, OfADifferentVersionIsReadAsNothing) { EXPECT_FALSE(mapping::kept_from(R"({"v":2,"url":"x"})")); }
TEST(KeptText, OfOtherTypesThanOursIsReadAsNothing) {
  EXPECT_FALSE(mapping::kept_from(R"({"v":1,"extra":[{"n":1,"v":2}]})"));
  EXPECT_FALSE(mapping::kept_from(R"({"v":1,"part":{"uid":"u","at":{"w":[2026,2,31,0,0,0],"k":2}}})"));
  EXPECT_FALSE(mapping::kept_from(R"({"v":1,"fields":{"busy":{"was":"x","is":99}}})"));
  EXPECT_FALSE(mapping::kept_from("[]"));
}
TEST(KeptText, OfAReferenceNamesItsDigest) {
  const Digest digest = sha256("long");
  EXPECT_EQ(mapping::reference_in(mapping::reference_to(digest)), digest);
  EXPECT_EQ(mapping::reference_in(R"({"v":1})"), std::nullopt);
}

}  // namespace
}  // namespace caravan::ews::test
