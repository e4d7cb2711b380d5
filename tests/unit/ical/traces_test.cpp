// SPDX-License-Identifier: GPL-3.0-or-later
#include "ical/traces.hpp"

#include <gtest/gtest.h>

namespace caravan::ical {
namespace {

std::string event(const std::string& lines) {
  return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:a\r\n" + lines + "END:VEVENT\r\nEND:VCALENDAR\r\n";
}

TEST(WithoutTraces, TakesOurMarkOffEveryEventOfASeries) {
  const std::string marked =
      event("X-CARAVAN-ID:0123\r\nSUMMARY:One\r\n") + event("SUMMARY:Two\r\nX-CARAVAN-ID:0123\r\n");
  EXPECT_EQ(without_traces(marked), event("SUMMARY:One\r\n") + event("SUMMARY:Two\r\n"));
}

TEST(WithoutTraces, TakesOurAgentOffEverybodyAndKeepsTheirOtherParameters) {
  EXPECT_EQ(
      without_traces(event("ORGANIZER;SCHEDULE-AGENT=CLIENT\r\n ;CN=\"Meier, Anna\":mailto:anna@example.org\r\n"
                           "ATTENDEE;PARTSTAT=ACCEPTED;SCHEDULE-AGENT=client;RSVP=TRUE:mailto:b@example.org\r\n")),
      event("ORGANIZER;CN=\"Meier, Anna\":mailto:anna@example.org\r\n"
            "ATTENDEE;PARTSTAT=ACCEPTED;RSVP=TRUE:mailto:b@example.org\r\n"));
}

TEST(WithoutTraces, LeavesAnotherAgentAlone) {
  const std::string text = event("ATTENDEE;SCHEDULE-AGENT=NONE:mailto:b@example.org\r\nX-OTHER-ID:1\r\n");
  EXPECT_EQ(without_traces(text), text);
}

TEST(WithoutTraces, KeepsTheLineEndsOfTheText) {
  EXPECT_EQ(
      without_traces("BEGIN:VEVENT\nX-CARAVAN-ID:1\nATTENDEE;SCHEDULE-AGENT=CLIENT:mailto:b@example.org\nEND:VEVENT\n"),
      "BEGIN:VEVENT\nATTENDEE:mailto:b@example.org\nEND:VEVENT\n");
}

}  // namespace
}  // namespace caravan::ical
