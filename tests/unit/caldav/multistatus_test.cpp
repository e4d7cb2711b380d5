// SPDX-License-Identifier: GPL-3.0-or-later
// Samples are answers as the named servers gave them, shortened.
#include "caldav/multistatus.hpp"

#include <gtest/gtest.h>

namespace caravan::caldav {
namespace {

std::vector<Row> rows_of(std::string_view xml, std::string* token = nullptr) {
  std::vector<Row> rows;
  auto end = parse_multistatus(xml, [&](Row&& row) { rows.push_back(std::move(row)); });
  EXPECT_TRUE(end) << (end ? "" : end.error().what);
  if (end && token != nullptr) *token = end->sync_token;
  return rows;
}
Fault fault_of(std::string_view xml) {
  const auto end = parse_multistatus(xml, [](Row&&) {});
  EXPECT_FALSE(end);
  return end ? Fault::cancelled : end.error().fault;
}

TEST(Multistatus, ASyncAnswerHasEtagsDeletionsAndAToken) {
  std::string token;
  const auto rows = rows_of(R"(<?xml version="1.0"?><multistatus xmlns="DAV:">
    <sync-token>http://radicale.org/ns/sync/abc</sync-token>
    <response><href>/a/c/1.ics</href><propstat><prop><getetag>"e1"</getetag></prop><status>HTTP/1.1 200 OK</status></propstat></response>
    <response><href>/a/c/2.ics</href><status>HTTP/1.1 404 Not Found</status></response></multistatus>)",
                            &token);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].find("{DAV:}getetag")->text, "\"e1\"");
  EXPECT_EQ(rows[1].status, 404);
  EXPECT_EQ(token, "http://radicale.org/ns/sync/abc");
}

TEST(Multistatus, APropertyWhosePropstatFailedIsNotThere) {
  const auto rows = rows_of(R"(<D:multistatus xmlns:D="DAV:"><D:response><D:href>/x</D:href>
    <D:propstat><D:prop><D:displayname>n</D:displayname></D:prop><D:status>HTTP/1.1 404 Not Found</D:status></D:propstat>
    </D:response></D:multistatus>)");
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].find("{DAV:}displayname"), nullptr);
  EXPECT_EQ(rows[0].worst_status(), 404);
}

TEST(Multistatus, AStatusThatIsNoneIsNoSuccess) {
  const auto rows = rows_of(R"(<D:multistatus xmlns:D="DAV:"><D:response><D:href>/x</D:href>
    <D:propstat><D:prop><D:displayname>n</D:displayname></D:prop><D:status>HTTP/1.1 -200 OK</D:status></D:propstat>
    </D:response></D:multistatus>)");
  EXPECT_EQ(rows.at(0).find("{DAV:}displayname"), nullptr);
  EXPECT_EQ(rows[0].worst_status(), 0);
}

TEST(Multistatus, ARowInsideARowLeavesNothingOpenForTheNext) {
  const auto rows = rows_of(R"(<D:multistatus xmlns:D="DAV:"><D:response><D:href>/x</D:href><D:propstat><D:error>
    <D:response/></D:error><D:prop><D:displayname>n</D:displayname></D:prop></D:propstat></D:response>
    <D:response><D:href>/y</D:href><D:status>HTTP/1.1 404 Not Found</D:status></D:response></D:multistatus>)");
  ASSERT_FALSE(rows.empty());
  EXPECT_EQ(rows.back().href, "/y");
  EXPECT_EQ(rows.back().status, 404);
  EXPECT_TRUE(rows.back().propstats.empty());
}

TEST(Multistatus, NestedPropertiesKeepTheirHrefsElementsAndNames) {
  const auto rows =
      rows_of(R"(<D:multistatus xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:response><D:href>/x</D:href>
    <D:propstat><D:prop><D:resourcetype><D:collection/><C:calendar/></D:resourcetype>
    <C:calendar-home-set><D:href> /home/ </D:href></C:calendar-home-set>
    <C:supported-calendar-component-set><C:comp name="VEVENT"/></C:supported-calendar-component-set>
    </D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response></D:multistatus>)");
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].href, "/x");
  EXPECT_EQ(rows[0].find("{DAV:}resourcetype")->elements,
            (std::vector<std::string>{"{DAV:}collection", "{urn:ietf:params:xml:ns:caldav}calendar"}));
  EXPECT_EQ(rows[0].find("{urn:ietf:params:xml:ns:caldav}calendar-home-set")->hrefs,
            std::vector<std::string>{"/home/"});
  EXPECT_EQ(rows[0].find("{urn:ietf:params:xml:ns:caldav}supported-calendar-component-set")->names,
            std::vector<std::string>{"VEVENT"});
}

TEST(Multistatus, SurrogateHalvesOfSogoBecomeOneCharacter) {
  const auto rows = rows_of(R"(<D:multistatus xmlns:D="DAV:"><D:response><D:href>/x</D:href><D:propstat><D:prop>
    <D:displayname>Party &#55356;&#57225;</D:displayname></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response></D:multistatus>)");
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].find("{DAV:}displayname")->text, "Party \xF0\x9F\x8E\x89");
}

TEST(Multistatus, CyrusAnnouncesMorePagesByARowOfTheCollection) {
  const auto rows = rows_of(R"(<D:multistatus xmlns:D="DAV:"><D:response><D:href>/c/</D:href>
    <D:status>HTTP/1.1 507 Insufficient Storage</D:status><D:error><D:number-of-matches-within-limits/></D:error></D:response>
    <D:sync-token>t2</D:sync-token></D:multistatus>)");
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].status, 507);
  EXPECT_EQ(rows[0].conditions, std::vector<std::string>{"{DAV:}number-of-matches-within-limits"});
}

TEST(Multistatus, ADoctypeIsRefused) {
  EXPECT_EQ(fault_of(R"(<!DOCTYPE m [<!ENTITY a "b">]><D:multistatus xmlns:D="DAV:">&a;</D:multistatus>)"),
            Fault::malformed);
}
TEST(Multistatus, ATruncatedAnswerIsMalformed) {
  EXPECT_EQ(fault_of(R"(<D:multistatus xmlns:D="DAV:"><D:response><D:href>/x</D:href></D:response>)"),
            Fault::malformed);
}
TEST(Multistatus, AnotherDocumentIsMalformed) {
  EXPECT_EQ(fault_of("<html><body>Login</body></html>"), Fault::malformed);
}
TEST(Multistatus, NothingIsMalformed) { EXPECT_EQ(fault_of(""), Fault::malformed); }
TEST(Multistatus, EndlessNestingIsRefused) {
  std::string xml = "<D:multistatus xmlns:D=\"DAV:\">";
  for (int i = 0; i < 500; ++i) xml += "<D:a>";
  EXPECT_EQ(fault_of(xml), Fault::malformed);
}

TEST(Multistatus, LargeTextsAreRead) {
  const std::string text(20'000'000, 'x');
  const auto rows =
      rows_of("<D:multistatus xmlns:D=\"DAV:\"><D:response><D:href>/x</D:href><D:propstat><D:prop><D:a>" + text +
              "</D:a></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response></D:multistatus>");
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].find("{DAV:}a")->text.size(), text.size());
}

TEST(References, OnlyForbiddenOnesAreTouched) {
  EXPECT_EQ(repair_references("a &#38; b &amp; &#x1F600; &#"), "a &#38; b &amp; &#x1F600; &#");
  EXPECT_EQ(repair_references("x&#xD83C;&#xDF89;y"), "x&#127881;y");
  EXPECT_EQ(repair_references("x&#55356;y"), "x\xEF\xBF\xBDy");
  EXPECT_EQ(repair_references("x&#1;&#0;y"), "xy");
}

TEST(ErrorBody, TheConditionAndTheOtherHrefAreRead) {
  const auto error = parse_error(R"(<D:error xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">
    <C:no-uid-conflict><D:href>/u/c/other.ics</D:href></C:no-uid-conflict></D:error>)");
  EXPECT_TRUE(error.says("no-uid-conflict"));
  EXPECT_EQ(error.href, "/u/c/other.ics");
}
TEST(ErrorBody, SogosNamespaceWithoutColonIsUnderstood) {
  EXPECT_TRUE(
      parse_error(R"(<D:error xmlns:D="DAV"><D:resource-must-be-null/></D:error>)").says("resource-must-be-null"));
}
TEST(ErrorBody, TextAndHtmlSayNothing) {
  EXPECT_TRUE(parse_error("Bad Request").conditions.empty());
  EXPECT_TRUE(parse_error("<html><p>unclosed").conditions.empty());
}

}  // namespace
}  // namespace caravan::caldav
