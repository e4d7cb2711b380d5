// SPDX-License-Identifier: GPL-3.0-or-later
#include "ical/zone_repair.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "ical/zone_book.hpp"

namespace caravan::ical {
namespace {

/// An event at ten in the morning of 1 July, as a server keeps it that defines the zone so.
std::string event_of(int year, const std::string& zones) {
  const auto day = std::to_string(year) + "0701T";
  return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//a//b//EN\r\n" + zones +
         "BEGIN:VEVENT\r\nUID:a\r\nDTSTAMP:20200101T000000Z\r\nDTSTART;TZID=Europe/Berlin:" + day +
         "100000\r\nDTEND;TZID=Europe/Berlin:" + day + "110000\r\nX-KEPT;A=b:as it\r\n  was\r\nEND:VEVENT\r\n" +
         "END:VCALENDAR\r\n";
}

/// As Radicale 3.1.8 stored it after it had met the zone with rules from 2024 on (seen on the wire).
constexpr const char* kFrom2024 =
    "BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\nBEGIN:STANDARD\r\nDTSTART:20000101T000000\r\n"
    "RRULE:FREQ=YEARLY;BYMONTH=1;UNTIL=20221231T230000Z\r\nTZNAME:CET\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0100\r\n"
    "END:STANDARD\r\nBEGIN:STANDARD\r\nDTSTART:20241027T040000\r\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\r\n"
    "TZNAME:CET\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\nBEGIN:DAYLIGHT\r\n"
    "DTSTART:20240331T020000\r\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\r\nTZNAME:CEST\r\nTZOFFSETFROM:+0100\r\n"
    "TZOFFSETTO:+0200\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE\r\n";

TEST(ZonesThatAServerMade, HoldFromTheYearOfTheirFirstRule) {
  EXPECT_EQ(zones_hold_from(event_of(2026, kFrom2024)), 2024);
  EXPECT_EQ(zones_hold_from(event_of(2026, kFrom2024)), 2024) << "remembered";
}

TEST(ZonesThatAServerMade, HoldAsWrittenByOurselves) {
  EXPECT_LE(zones_hold_from(event_of(2012, vtimezone_text("Europe/Berlin", 2012))), 2012);
  EXPECT_LE(zones_hold_from(event_of(2012, vtimezone_text("Europe/Berlin", 1970))), 1970);
  EXPECT_LE(zones_hold_from(event_of(2012, vtimezone_text("Europe/Moscow", 2009))), 2009);
  EXPECT_LE(zones_hold_from(event_of(2012, vtimezone_text("Africa/Casablanca", 2012))), 2012);
}

TEST(ZonesThatAServerMade, HoldWhereThereIsNoneOrOnlyOneThatNobodyKnows) {
  EXPECT_EQ(zones_hold_from(event_of(2026, "")), kZonesHold);
  EXPECT_EQ(zones_hold_from("no calendar"), kZonesHold);
  std::string own = kFrom2024;
  own.replace(own.find("Europe/Berlin"), 13, "Our Own Zone");
  EXPECT_EQ(zones_hold_from(event_of(2026, own)), kZonesHold);
}

TEST(ZonesThatAServerMade, NeverHoldWithAnotherRule) {
  std::string wrong = kFrom2024;
  wrong.replace(wrong.find("BYMONTH=10"), 10, "BYMONTH=11");
  EXPECT_EQ(zones_hold_from(event_of(2026, wrong)), 2038);
}

TEST(ZonesThatAServerMade, AreMadeAnewAndTheRestStays) {
  const std::string mended = with_zones_of_database(event_of(2011, kFrom2024), 2011);
  EXPECT_EQ(mended, event_of(2011, vtimezone_text("Europe/Berlin", 2011)));
  EXPECT_LE(zones_hold_from(mended), 2011);
}

TEST(ZonesThatAServerMade, AreAllMadeAnew) {
  const std::string other = vtimezone_text("America/New_York", 2024);
  EXPECT_EQ(with_zones_of_database(event_of(2011, kFrom2024 + other), 2011),
            event_of(2011, vtimezone_text("Europe/Berlin", 2011) + vtimezone_text("America/New_York", 2011)));
}

TEST(ZonesThatAServerMade, HoldForEachZoneOfTheDatabaseAsWeWriteIt) {
  std::ifstream table("/usr/share/zoneinfo/zone1970.tab");
  std::size_t seen = 0;
  for (std::string line; std::getline(table, line);) {
    if (line.empty() || line.front() == '#') continue;
    std::istringstream fields(line);
    std::string countries, place, zone;
    std::getline(fields, countries, '\t');
    std::getline(fields, place, '\t');
    std::getline(fields, zone, '\t');
    for (const int year : {1970, 2000, 2015, 2025})
      EXPECT_LE(zones_hold_from(event_of(year, vtimezone_text(zone, year))), year) << zone;
    ++seen;
  }
  EXPECT_GT(seen, 300U);
}

}  // namespace
}  // namespace caravan::ical
