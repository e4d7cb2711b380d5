// SPDX-License-Identifier: GPL-3.0-or-later
// Exit codes by precedence, sums, and the JSON documents against the keys that docs/interface.md publishes.
#include "exodus/outcome.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "exodus/document.hpp"
#include "unit/exodus/samples.hpp"

namespace caravan::exodus {
namespace {

using Json = nlohmann::json;

TEST(ExitCode, InterruptedWinsOverEverything) {
  EXPECT_EQ(worse(Exit::interrupted, Exit::usage), Exit::interrupted);
  EXPECT_EQ(worse(Exit::some_failed, Exit::interrupted), Exit::interrupted);
}

TEST(ExitCode, TheOrderIsThatOfTheInterface) {
  EXPECT_EQ(worse(Exit::nothing_possible, Exit::usage), Exit::usage);
  EXPECT_EQ(worse(Exit::delete_brake, Exit::nothing_possible), Exit::nothing_possible);
  EXPECT_EQ(worse(Exit::some_failed, Exit::delete_brake), Exit::delete_brake);
  EXPECT_EQ(worse(Exit::differences, Exit::some_failed), Exit::some_failed);
  EXPECT_EQ(worse(Exit::done, Exit::differences), Exit::differences);
  EXPECT_EQ(worse(Exit::done, Exit::done), Exit::done);
}

TEST(Outcome, TotalsAreTheSumOfAllPairs) {
  const Counts totals = samples::migrate().totals();
  EXPECT_EQ(totals.series, 1703U);
  EXPECT_EQ(totals.created, 1687U);
  EXPECT_EQ(totals.parked, 1U);
  EXPECT_EQ(totals.losses, 2U);
}

TEST(Document, MigrateHasEveryPublishedKey) {
  const Json document = Json::parse(to_document(samples::migrate()));
  EXPECT_EQ(document.at("command"), "migrate");
  EXPECT_EQ(document.at("exit"), 1);
  EXPECT_EQ(document.at("run"), "r-0123456789ab");
  EXPECT_EQ(document.at("state"), "failed");
  EXPECT_EQ(document.at("seconds"), 754.25);
  EXPECT_FALSE(document.contains("error"));
  const Json& totals = document.at("totals");
  EXPECT_EQ(totals.at("mailboxes"), 3);
  EXPECT_EQ(totals.at("done"), 2);
  EXPECT_EQ(totals.at("failed"), 1);
  EXPECT_EQ(totals.at("created"), 1687);
  EXPECT_EQ(totals.at("requests").at("exchange").at("total"), 40);
  EXPECT_EQ(totals.at("requests").at("exchange").at("GetItem"), 34);
  EXPECT_EQ(totals.at("requests").at("caldav").at("PUT"), 1695);
  EXPECT_EQ(document.at("losses").at("attachment_too_large"), 1);
}

TEST(Document, MigrateListsMailboxesWithTheirPairsAndErrors) {
  const Json mailboxes = Json::parse(to_document(samples::migrate())).at("mailboxes");
  EXPECT_EQ(mailboxes[0].at("address"), "anna@example.org");
  EXPECT_EQ(mailboxes[0].at("state"), "done");
  EXPECT_EQ(mailboxes[0].at("created"), 1287);
  EXPECT_EQ(mailboxes[0].at("pairs")[1].at("collection"), "/anna/team-vertrieb/");
  EXPECT_EQ(mailboxes[0].at("pairs")[1].at("created"), 87);
  EXPECT_EQ(mailboxes[2].at("state"), "failed");
  EXPECT_EQ(mailboxes[2].at("error").at("code"), "ErrorImpersonateUserDenied");
  EXPECT_EQ(mailboxes[2].at("error").at("fault"), "denied");
  EXPECT_FALSE(mailboxes[2].at("error").at("remedy").get<std::string>().empty());
}

TEST(Document, ParkedItemsAndPlansStandInMigrate) {
  const Json parked = Json::parse(to_document(samples::migrate())).at("parked")[0];
  EXPECT_EQ(parked.at("id"), "p-7f3a");
  EXPECT_EQ(parked.at("code"), "ErrorItemCorrupt");
  EXPECT_TRUE(parked.contains("mailbox") && parked.contains("uid") && parked.contains("object") &&
              parked.contains("reason"));
  const Json braked = Json::parse(to_document(samples::braked()));
  EXPECT_EQ(braked.at("state"), "stopped");
  EXPECT_EQ(braked.at("plans")[0].at("hash"), "5d41402abc4b2a76");
  EXPECT_EQ(braked.at("plans")[0].at("deletes"), 400);
  EXPECT_EQ(braked.at("plans")[0].at("total"), 400);
}

TEST(Document, VerifyListsEveryDifference) {
  const Json document = Json::parse(to_document(samples::verify()));
  EXPECT_EQ(document.at("exit"), 5);
  EXPECT_EQ(document.at("checked").at("series"), 1000);
  EXPECT_EQ(document.at("checked").at("occurrences"), 5120);
  ASSERT_EQ(document.at("differences").size(), 3U);
  const Json& first = document.at("differences")[0];
  EXPECT_EQ(first.at("kind"), "field");
  EXPECT_EQ(first.at("field"), "location");
  EXPECT_EQ(first.at("exchange"), "Room 4");
  EXPECT_EQ(first.at("caldav"), "Room 5");
  EXPECT_EQ(first.at("occurrence"), "2026-03-04T09:00:00");
  EXPECT_TRUE(document.contains("mailboxes"));
}

TEST(Document, ARunThatParkedAnEventIsDone) {
  RunOutcome run = samples::migrate();
  run.mailboxes.pop_back();
  EXPECT_EQ(run_state(run), "done");
}

TEST(Document, BrokenTextFromOutsideStillMakesADocument) {
  RunOutcome run = samples::migrate();
  run.parked[0].reason = "bad \xFF\xFE bytes";
  EXPECT_TRUE(Json::accept(to_document(run)));
}

TEST(Document, WhatWasWrittenIsReadBack) {
  const RunOutcome before = samples::migrate();
  const auto after = from_document(to_document(before, Layout::one_line));
  ASSERT_TRUE(after);
  EXPECT_EQ(to_document(*after), to_document(before));
}

TEST(Document, ASummaryThatIsNoDocumentIsAnErrorAndNoCrash) {
  EXPECT_FALSE(from_document("{\"command\": 7"));
  EXPECT_FALSE(from_document("[1]"));
  EXPECT_FALSE(from_document("{\"mailboxes\": 3, \"command\": []}"));
}

}  // namespace
}  // namespace caravan::exodus
