// SPDX-License-Identifier: GPL-3.0-or-later
// The command line: what is understood, and what each mistake is told.
#include "exodus/cli/arguments.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exodus/cli/completions.hpp"

namespace caravan::exodus::cli {
namespace {

using ::testing::HasSubstr;

Arguments understood(const std::vector<std::string>& words) {
  auto parsed = parse_arguments(words);
  if (const auto* ended = std::get_if<Ended>(&parsed)) ADD_FAILURE() << ended->text;
  return std::get<Arguments>(parsed);
}

Ended refused(const std::vector<std::string>& words) {
  auto parsed = parse_arguments(words);
  if (std::holds_alternative<Arguments>(parsed)) {
    ADD_FAILURE() << "was understood";
    return {};
  }
  return std::get<Ended>(parsed);
}

TEST(Arguments, MigrateTakesItsOptions) {
  const Arguments arguments =
      understood({"migrate", "list.csv", "anna@example.org", "--dry-run", "--since", "2026-01-31", "--until",
                  "2027-01-01T00:00:00+01:00", "--calendars", "all", "--jobs", "4", "--report", "r.html", "--local"});
  EXPECT_EQ(arguments.command, Command::migrate);
  EXPECT_EQ(arguments.list, (std::vector<std::string>{"list.csv", "anna@example.org"}));
  EXPECT_TRUE(arguments.dry_run);
  EXPECT_TRUE(arguments.local);
  EXPECT_EQ(arguments.since, "2026-01-31T00:00:00Z");
  EXPECT_EQ(arguments.until, "2026-12-31T23:00:00Z");
  EXPECT_EQ(arguments.all_calendars, true);
  EXPECT_EQ(arguments.jobs, 4U);
  EXPECT_EQ(arguments.report, "r.html");
}

TEST(Arguments, WithoutCalendarsTheConfigurationDecides) {
  EXPECT_EQ(understood({"migrate", "list.csv"}).all_calendars, std::nullopt);
  EXPECT_EQ(understood({"migrate", "list.csv", "--calendars", "default"}).all_calendars, false);
}

TEST(Arguments, GlobalOptionsMayStandBeforeAndAfterTheCommand) {
  const Arguments before = understood({"--json", "--config", "c.toml", "--quiet", "status"});
  const Arguments after = understood({"status", "--json", "--config", "c.toml", "--quiet"});
  EXPECT_TRUE(before.json && after.json);
  EXPECT_EQ(before.config, "c.toml");
  EXPECT_EQ(after.config, "c.toml");
  EXPECT_EQ(after.verbosity, Verbosity::quiet);
  EXPECT_TRUE(understood({"parked", "list", "--json"}).json);
}

TEST(Arguments, NestedCommandsAreKnown) {
  EXPECT_EQ(understood({"parked", "retry", "p-1"}).command, Command::parked_retry);
  EXPECT_EQ(understood({"parked", "retry", "--all"}).all, true);
  EXPECT_EQ(understood({"conflicts", "show", "c-1"}).id, "c-1");
  EXPECT_EQ(understood({"store", "upgrade"}).command, Command::store_upgrade);
}

TEST(Arguments, AMissingListNamesItAndTheHelpPage) {
  const Ended ended = refused({"migrate"});
  EXPECT_EQ(ended.exit, 2);
  EXPECT_THAT(ended.text, HasSubstr("LIST"));
  EXPECT_EQ(ended.see, "exodus-cli migrate --help");
}

TEST(Arguments, AnUnknownOptionIsNamed) {
  const Ended ended = refused({"migrate", "list.csv", "--frobnicate"});
  EXPECT_EQ(ended.exit, 2);
  EXPECT_THAT(ended.text, HasSubstr("--frobnicate"));
  EXPECT_EQ(ended.text.find('\n'), std::string::npos);
}

TEST(Arguments, AnUnknownCommandIsRefused) { EXPECT_EQ(refused({"migarte", "list.csv"}).exit, 2); }

TEST(Arguments, NoCommandIsRefused) {
  const Ended ended = refused({});
  EXPECT_EQ(ended.exit, 2);
  EXPECT_EQ(ended.see, "exodus-cli --help");
}

TEST(Arguments, ABadDateSaysHowADateIsWritten) {
  EXPECT_THAT(refused({"migrate", "l", "--since", "31.1.2026"}).text, HasSubstr("YYYY-MM-DD"));
  EXPECT_THAT(refused({"migrate", "l", "--since", "2026-02-30"}).text, HasSubstr("--since"));
}

TEST(Arguments, AWindowThatEndsBeforeItBeginsIsRefused) {
  EXPECT_THAT(refused({"migrate", "l", "--since", "2026-02-01", "--until", "2026-01-01"}).text, HasSubstr("before"));
}

TEST(Arguments, WrongValuesAreRefused) {
  EXPECT_EQ(refused({"migrate", "l", "--jobs", "0"}).exit, 2);
  EXPECT_EQ(refused({"migrate", "l", "--jobs", "many"}).exit, 2);
  EXPECT_EQ(refused({"migrate", "l", "--calendars", "some"}).exit, 2);
  EXPECT_EQ(refused({"completions", "tcsh"}).exit, 2);
  EXPECT_EQ(refused({"forget", "anna"}).exit, 2);
}

TEST(Arguments, QuietAndVerboseExcludeEachOther) { EXPECT_EQ(refused({"status", "--quiet", "--verbose"}).exit, 2); }

TEST(Arguments, WatchIsNoSingleDocument) { EXPECT_EQ(refused({"status", "--watch", "--json"}).exit, 2); }

TEST(Arguments, RetryWantsAnIdOrAll) { EXPECT_THAT(refused({"parked", "retry"}).text, HasSubstr("--all")); }

TEST(Arguments, CleanWantsTheWordMarked) { EXPECT_EQ(refused({"clean", "list.csv"}).exit, 2); }

TEST(Arguments, HelpOfACommandHasExamplesAndExitCodes) {
  const Ended ended = refused({"migrate", "--help"});
  EXPECT_EQ(ended.exit, 0);
  EXPECT_THAT(ended.text, HasSubstr("Examples:"));
  EXPECT_THAT(ended.text, HasSubstr("Exit codes:"));
  EXPECT_THAT(ended.text, HasSubstr("130"));
  EXPECT_THAT(ended.text, HasSubstr("midnight UTC"));
}

TEST(Arguments, HelpOfANestedCommandIsItsOwn) {
  EXPECT_THAT(refused({"parked", "accept", "--help"}).text, HasSubstr("parked accept p-"));
}

TEST(Moment, ADayIsMidnightInUtc) {
  EXPECT_EQ(parse_moment("2026-01-31"), "2026-01-31T00:00:00Z");
  EXPECT_EQ(parse_moment("2026-01-31T12:00:00+01:00"), "2026-01-31T11:00:00Z");
  EXPECT_EQ(parse_moment("yesterday"), std::nullopt);
  EXPECT_EQ(parse_moment("2026-13-01"), std::nullopt);
  EXPECT_EQ(parse_moment(""), std::nullopt);
}

TEST(Completions, EveryShellKnowsCommandsAndOptions) {
  EXPECT_THAT(completion_script("bash"), HasSubstr("--dry-run"));
  EXPECT_THAT(completion_script("zsh"), HasSubstr("'migrate:"));
  EXPECT_THAT(completion_script("fish"), HasSubstr("-a rollback"));
}

}  // namespace
}  // namespace caravan::exodus::cli
