// SPDX-License-Identifier: GPL-3.0-or-later
// Windows zones, definitions with rules of their own, and the odd ids (ews-facts 7.3).
#include <gtest/gtest.h>

#include "ews/mapping/time_zone.hpp"
#include "unit/ews/samples.hpp"

namespace caravan::ews::test {
namespace {

std::string definition(const std::string& id, const std::string& standard, const std::string& daylight,
                       int spring_month) {
  return "Id=\"" + id + "\" Name=\"N\"><t:Periods><t:Period Bias=\"" + standard +
         "\" Name=\"Standard\" Id=\"S\"/><t:Period Bias=\"" + daylight +
         "\" Name=\"Daylight\" Id=\"D\"/></t:Periods><t:TransitionsGroups><t:TransitionsGroup Id=\"0\">"
         "<t:RecurringDayTransition><t:To Kind=\"Period\">D</t:To><t:TimeOffset>PT2H</t:TimeOffset><t:Month>" +
         std::to_string(spring_month) +
         "</t:Month><t:DayOfWeek>Sunday</t:DayOfWeek><t:Occurrence>-1</t:Occurrence></t:RecurringDayTransition>"
         "<t:RecurringDayTransition><t:To "
         "Kind=\"Period\">S</t:To><t:TimeOffset>PT3H</t:TimeOffset><t:Month>10</t:Month>"
         "<t:DayOfWeek>Sunday</t:DayOfWeek><t:Occurrence>5</t:Occurrence></t:RecurringDayTransition></"
         "t:TransitionsGroup>"
         "</t:TransitionsGroups><t:Transitions><t:Transition><t:To "
         "Kind=\"Group\">0</t:To></t:Transition></t:Transitions>";
}
model::EventTime start_of(const std::string& zones) { return map_item(basics(zones)).series.master->start; }
std::string start_zone(const std::string& content) { return "<t:StartTimeZone " + content + "</t:StartTimeZone>"; }

TEST(WindowsZones, HaveTheirIanaNames) {
  EXPECT_EQ(mapping::iana_of_windows("W. Europe Standard Time"), "Europe/Berlin");
  EXPECT_EQ(mapping::iana_of_windows("GMT Standard Time"), "Europe/London");
  EXPECT_EQ(mapping::iana_of_windows("Central Standard Time"), "America/Chicago");
  EXPECT_EQ(mapping::iana_of_windows("India Standard Time"), "Asia/Kolkata");
  EXPECT_EQ(mapping::iana_of_windows("No Such Time"), "");
}

TEST(AZone, WithoutRulesIsItsName) {
  EXPECT_EQ(model::to_string(start_of(R"(<t:StartTimeZone Id="Tokyo Standard Time"/>)")), "Asia/Tokyo:20260601T190000");
}
TEST(AZone, WithAgreeingRulesIsItsName) {
  EXPECT_EQ(start_of(start_zone(definition("W. Europe Standard Time", "-PT60M", "-PT2H", 3))).zone, "Europe/Berlin");
}
TEST(AZone, WithOtherRulesIsADefinition) {
  const Fetched fetched = map_item(basics(start_zone(definition("W. Europe Standard Time", "-PT60M", "-PT2H", 7))));
  const model::EventTime& start = fetched.series.master->start;
  ASSERT_EQ(fetched.series.zones.size(), 1U);
  EXPECT_EQ(start.zone, fetched.series.zones[0].id);
  EXPECT_EQ(model::wall_text(start), "20260601T110000");  // its summer begins in July only
  EXPECT_EQ(fetched.series.zones[0].observances.size(), 2U);
}
TEST(AZone, ThatIsCustomIsReadFromItsRules) {
  const Fetched fetched = map_item(basics(start_zone(definition("Customized Time Zone", "PT3H30M", "PT2H30M", 3))));
  EXPECT_EQ(model::wall_text(fetched.series.master->start), "20260601T073000");
  EXPECT_EQ(fetched.series.zones.size(), 1U);
  EXPECT_TRUE(fetched.losses.empty());
}
TEST(AZone, ThatIsUtcMakesUtcTimes) {
  EXPECT_EQ(start_of(R"(<t:StartTimeZone Id="UTC"/>)").kind, model::TimeKind::utc);
  EXPECT_EQ(start_of(R"(<t:StartTimeZone Id="tzone://Microsoft/Utc"/>)").kind, model::TimeKind::utc);
}
TEST(AZone, ThatIsMissingIsTheOtherEnds) {
  EXPECT_EQ(start_of(R"(<t:EndTimeZone Id="W. Europe Standard Time"/>)").zone, "Europe/Berlin");
  EXPECT_EQ(
      start_of(R"(<t:StartTimeZone Id="tzone://Microsoft/Custom"/><t:EndTimeZone Id="W. Europe Standard Time"/>)").zone,
      "Europe/Berlin");
}
TEST(AZone, ThatNobodyKnowsIsALossAndTheInstantStays) {
  const Fetched fetched = map_item(basics(R"(<t:StartTimeZone Id="No Such Time"/>)"));
  EXPECT_EQ(model::to_string(fetched.series.master->start), "20260601T100000Z");
  EXPECT_EQ(count(fetched, model::LossReason::zone_unknown), 1);
}
TEST(TwoZones, AreKept) {
  const Fetched fetched =
      map_item(basics(R"(<t:StartTimeZone Id="W. Europe Standard Time"/><t:EndTimeZone Id="Tokyo Standard Time"/>)"));
  EXPECT_EQ(fetched.series.master->start.zone, "Europe/Berlin");
  EXPECT_EQ(model::to_string(fetched.series.master->end), "Asia/Tokyo:20260601T200000");
}
TEST(TheRules, OfTwoErasChangeAtNewYear) {
  mapping::ZoneRules rules;
  mapping::RuleSpan fixed, summer;
  fixed.fixed = 3600;
  summer.from_year = 2030;
  mapping::YearlyChange spring, autumn;
  spring.offset_to = 7200, spring.month = 3, spring.by_weekday = true, spring.occurrence = -1,
  spring.time_of_day = 7200;
  autumn.offset_to = 3600, autumn.month = 10, autumn.by_weekday = true, autumn.occurrence = -1,
  autumn.time_of_day = 10800;
  summer.changes = {spring, autumn};
  rules.spans = {fixed, summer};
  const auto at = [&](const char* text) {
    Instant instant;
    EXPECT_TRUE(parse_rfc3339(text, instant));
    return rules.offset_at(instant);
  };
  EXPECT_EQ(at("2029-07-01T00:00:00Z"), 3600);
  EXPECT_EQ(at("2030-07-01T00:00:00Z"), 7200);
  EXPECT_EQ(at("2030-03-31T00:59:59Z"), 3600);
  EXPECT_EQ(at("2030-03-31T01:00:00Z"), 7200);
  EXPECT_EQ(at("2030-10-27T00:59:59Z"), 7200);
  EXPECT_EQ(at("2030-10-27T01:00:00Z"), 3600);
  EXPECT_EQ(rules.observances(1970).size(), 3U);
}

}  // namespace
}  // namespace caravan::ews::test
