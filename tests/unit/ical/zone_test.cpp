// SPDX-License-Identifier: GPL-3.0-or-later
// Zones: against Python's zoneinfo over the same system files, and the names and texts of other programs.
#include <cstdio>
#include <map>

#include "unit/ical/support.hpp"

namespace caravan::ical::testing {
namespace {

using model::LocalTime;

constexpr const char* kScript = R"(import zoneinfo, datetime as d
names = sorted(n for n in zoneinfo.available_timezones() if n not in ('Factory', 'localtime'))
for n in names:
    z = zoneinfo.ZoneInfo(n)
    for y in range(1970, 2061, 3):
        for m in (1, 4, 7, 10):
            t = d.datetime(y, m, 15, 12, 30, tzinfo=d.timezone.utc)
            print(n, 'i', int(t.timestamp()), int(t.astimezone(z).utcoffset().total_seconds()))
        for m, day in ((3, 29), (10, 26)):
            for h in (1, 2, 3):
                w = d.datetime(y, m, day, h, 30, tzinfo=z)
                print(n, 'w', f'{y} {m} {day} {h}', int(w.utcoffset().total_seconds()), sep='|')
)";

struct Comparison {
  std::size_t zones = 0, instants = 0, walls = 0;
  std::vector<std::string> differences;
};

void compare_line(const std::string& line, Comparison& out) {
  const auto book = system_zone_book();
  if (line.find('|') != std::string::npos) {
    const auto parts = text::split(line, '|');
    const auto wall = text::split(parts[2], ' ');
    const LocalTime local{std::stoi(wall[0]),
                          static_cast<std::uint8_t>(std::stoi(wall[1])),
                          static_cast<std::uint8_t>(std::stoi(wall[2])),
                          static_cast<std::uint8_t>(std::stoi(wall[3])),
                          30,
                          0};
    ++out.walls;
    if (book->offset_at_wall(parts[0], local) != std::stoi(parts[3]))
      out.differences.push_back(line + " ours " + std::to_string(book->offset_at_wall(parts[0], local)));
    return;
  }
  const auto parts = text::split(line, ' ');
  ++out.instants;
  const auto ours = book->offset_at(parts[0], Instant(std::chrono::seconds(std::stoll(parts[2]))));
  if (ours != std::stoi(parts[3])) out.differences.push_back(line + " ours " + std::to_string(ours));
}

Comparison compare_with_python() {
  Comparison out;
  const auto script = std::filesystem::temp_directory_path() / ("caravan_zones_" + random_hex(6) + ".py");
  std::ofstream(script) << kScript;
  FILE* pipe =
      popen(("PYTHONTZPATH=/usr/share/zoneinfo /usr/bin/python3 " + script.string() + " 2>/dev/null").c_str(), "r");
  char buffer[256];
  std::map<std::string, int> seen;
  while (pipe != nullptr && std::fgets(buffer, sizeof buffer, pipe) != nullptr) {
    const std::string line(text::trim(buffer));
    ++seen[line.substr(0, line.find_first_of("| "))];
    compare_line(line, out);
  }
  if (pipe != nullptr) pclose(pipe);
  std::filesystem::remove(script);
  out.zones = seen.size();
  return out;
}

TEST(ZoneBook, AgreesWithPythonAboutEveryZoneFrom1970To2060) {
  if (!std::filesystem::exists("/usr/bin/python3")) GTEST_SKIP() << "no /usr/bin/python3 to compare with";
  const auto comparison = compare_with_python();
  if (comparison.zones == 0) GTEST_SKIP() << "Python's zoneinfo is missing";
  EXPECT_GT(comparison.zones, 400U);
  EXPECT_TRUE(comparison.differences.empty())
      << comparison.differences.size() << " of " << comparison.instants + comparison.walls << ", as in\n"
      << text::join({comparison.differences.begin(),
                     comparison.differences.begin() +
                         static_cast<std::ptrdiff_t>(std::min<std::size_t>(40, comparison.differences.size()))},
                    "\n");
}

TEST(ZoneBook, TakesTheFirstOfTwoReadingsWhenTheClockIsSetBack) {
  EXPECT_EQ(system_zone_book()->offset_at_wall("Europe/Berlin", {2026, 10, 25, 2, 30, 0}), 7200);
}

TEST(ZoneBook, TakesTheOffsetBeforeTheChangeInAGap) {
  EXPECT_EQ(system_zone_book()->offset_at_wall("Europe/Berlin", {2026, 3, 29, 2, 30, 0}), 3600);
}

TEST(ZoneBook, KeepsTheRulesAfterTheYear2100) {
  EXPECT_EQ(system_zone_book()->offset_at_wall("Europe/Berlin", {2150, 7, 1, 12, 0, 0}), 7200);
  EXPECT_EQ(system_zone_book()->offset_at_wall("Europe/Berlin", {2150, 12, 1, 12, 0, 0}), 3600);
}

TEST(ZoneBook, KnowsAliases) {
  EXPECT_TRUE(system_zone_book()->knows("US/Eastern"));
  EXPECT_TRUE(system_zone_book()->knows("Europe/Kiev"));
}

TEST(ZoneBook, GivesAliasesTheFingerprintOfTheirZone) {
  EXPECT_EQ(system_zone_book()->fingerprint("US/Eastern"), system_zone_book()->fingerprint("America/New_York"));
  EXPECT_NE(system_zone_book()->fingerprint("US/Eastern"), system_zone_book()->fingerprint("Europe/Berlin"));
}

TEST(ZoneBook, OpensNoFileOutsideTheDatabase) {
  EXPECT_FALSE(system_zone_book()->knows("../../../etc/passwd"));
  EXPECT_FALSE(system_zone_book()->knows("Europe/../Europe/Berlin"));
  EXPECT_FALSE(system_zone_book()->knows(std::string("Europe/Berlin\0x", 15)));
  EXPECT_FALSE(system_zone_book()->knows("zone.tab"));
  EXPECT_FALSE(system_zone_book()->knows("Europe"));
}

TEST(ZoneName, StripsThePrefixesOfOtherPrograms) {
  EXPECT_EQ(zone_name("/freeassociation.sourceforge.net/Europe/Berlin"), "Europe/Berlin");
  EXPECT_EQ(zone_name("/mozilla.org/20050126_1/America/New_York"), "America/New_York");
  EXPECT_EQ(zone_name("/softwarestudio.org/Tzfile/America/Argentina/Buenos_Aires"), "America/Argentina/Buenos_Aires");
}

TEST(ZoneName, KnowsWindowsNames) {
  EXPECT_EQ(zone_name("W. Europe Standard Time"), "Europe/Berlin");
  EXPECT_EQ(zone_name("\"Eastern Standard Time\""), "America/New_York");
  EXPECT_EQ(zone_name("tzone://Microsoft/Utc"), "UTC");
}

TEST(ZoneName, IsEmptyForWhatNobodyKnows) {
  EXPECT_EQ(zone_name("Customized Time Zone"), "");
  EXPECT_EQ(zone_name(""), "");
}

TEST(ZoneText, NeedsOnlyTwoRulesForAZoneThatDidNotChange) {
  EXPECT_EQ(vtimezone_text("Europe/Berlin", 2026),
            "BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\n"
            "BEGIN:DAYLIGHT\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nTZNAME:CEST\r\nDTSTART:20250330T020000\r\n"
            "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\r\nEND:DAYLIGHT\r\n"
            "BEGIN:STANDARD\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nTZNAME:CET\r\nDTSTART:20251026T030000\r\n"
            "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n");
}

/// Reads the zone's own VTIMEZONE under a name nobody knows and counts hours at which the two disagree.
int disagreements(const std::string& zone, int year) {
  const auto book = system_zone_book();
  auto body = text::replace_all(vtimezone_text(zone, year), "TZID:" + zone, "TZID:Nowhere");
  const auto whole = "BEGIN:VCALENDAR\r\n" + body +
                     "BEGIN:VEVENT\r\nUID:u\r\nDTSTART;TZID=Nowhere:20260101T000000\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
  const auto series = series_of(whole);
  const auto read_as = series.master->start.zone;
  int wrong = 0;
  for (std::int64_t at = model::to_seconds({year, 1, 2, 0, 0, 0}); at < model::to_seconds({2090, 1, 1, 0, 0, 0});
       at += 86400 * 5 + 3600) {
    const Instant instant{std::chrono::seconds(at)};
    if (book->offset_at(read_as, instant, series.zones) != book->offset_at(zone, instant)) ++wrong;
  }
  return wrong;
}

TEST(ZoneText, SaysTheSameAsTheDatabaseForEveryKindOfZone) {
  EXPECT_EQ(disagreements("Europe/Berlin", 1975), 0);
  EXPECT_EQ(disagreements("America/New_York", 1985), 0);
  EXPECT_EQ(disagreements("Europe/Moscow", 1995), 0);
  EXPECT_EQ(disagreements("Africa/Casablanca", 2005), 0);
  EXPECT_EQ(disagreements("Asia/Gaza", 2010), 0);
  EXPECT_EQ(disagreements("Europe/Dublin", 1990), 0);
  EXPECT_EQ(disagreements("America/Sao_Paulo", 2000), 0);
  EXPECT_EQ(disagreements("Asia/Kolkata", 2000), 0);
  EXPECT_EQ(disagreements("Australia/Lord_Howe", 1990), 0);
  EXPECT_EQ(disagreements("Pacific/Apia", 2005), 0);
  EXPECT_EQ(disagreements("UTC", 2000), 0);
}

TEST(ZoneText, IsEmptyForAnUnknownZone) { EXPECT_EQ(vtimezone_text("No/Where", 2000), ""); }

}  // namespace
}  // namespace caravan::ical::testing
