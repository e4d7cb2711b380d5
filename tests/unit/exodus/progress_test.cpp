// SPDX-License-Identifier: GPL-3.0-or-later
// Progress, tables and the text of a run, as a person sees them.
#include "exodus/cli/progress.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "app/terminal.hpp"
#include "exodus/cli/run_text.hpp"
#include "exodus/cli/table.hpp"
#include "unit/exodus/samples.hpp"

namespace caravan::exodus::cli {
namespace {

using std::chrono::duration;
using ::testing::HasSubstr;
using ::testing::Not;

class HandClock : public Clock {
 public:
  [[nodiscard]] Instant now() const override { return {}; }
  [[nodiscard]] std::chrono::steady_clock::time_point monotonic() const override { return at; }
  std::chrono::steady_clock::time_point at{};
};

Progress some(std::uint64_t done) {
  Progress progress;
  progress.mailboxes = 10;
  progress.mailboxes_done = 3;
  progress.done = done;
  progress.total = 12000;
  progress.errors = 2;
  progress.current = "anna@example.org";
  return progress;
}

TEST(Progress, SaysEventsMailboxesRateRestAndErrors) {
  EXPECT_EQ(progress_words(some(4200), 310),
            "35%  4,200 of 12,000 events · 3 of 10 mailboxes · 310/s · 25 s left · 2 errors");
}

TEST(Progress, SaysNoRateAndNoRestBeforeItKnowsThem) {
  EXPECT_EQ(progress_words(Progress{1, 0, 0, 0, 0, 0, ""}, 0), "0 events · 0 of 1 mailbox");
}

TEST(Progress, TheBarNeverLeavesItsLine) {
  EXPECT_LE(app::display_width(progress_bar(some(11999), 310, 60)), 60U);
  EXPECT_THAT(progress_bar(some(6000), 310, 200), HasSubstr("████████████░░░░░░░░░░░░"));
}

TEST(Progress, MoreDoneThanExpectedIsNotMoreThanAll) {
  EXPECT_THAT(progress_words(some(13000), 10), HasSubstr("100%"));
}

TEST(Pace, IsThatOfTheLastHalfMinute) {
  Pace pace;
  pace.add(duration<double>(0), 0);
  pace.add(duration<double>(100), 10000);
  pace.add(duration<double>(110), 10100);
  pace.add(duration<double>(120), 10200);
  EXPECT_DOUBLE_EQ(pace.per_second(), 10);
}

TEST(Pace, IsNotKnownFromOneSample) {
  Pace pace;
  pace.add(duration<double>(1), 100);
  EXPECT_DOUBLE_EQ(pace.per_second(), 0);
}

TEST(ProgressView, WithoutATerminalItPrintsAPlainLineEveryFewSeconds) {
  std::ostringstream err;
  auto clock = std::make_shared<HandClock>();
  ProgressView view(err, ProgressView::Style::lines, 80, clock);
  view.update(some(1));
  EXPECT_EQ(err.str(), "");
  clock->at += std::chrono::seconds(6);
  view.update(some(601));
  EXPECT_THAT(err.str(), HasSubstr("601 of 12,000 events"));
  EXPECT_THAT(err.str(), HasSubstr("100/s"));
  EXPECT_THAT(err.str(), Not(HasSubstr("\033")));
}

TEST(ProgressView, ALogLineStandsAboveTheBar) {
  std::ostringstream err;
  ProgressView view(err, ProgressView::Style::bar, 80, std::make_shared<HandClock>());
  view.update(some(1));
  err.str("");
  view.log_line("something happened");
  EXPECT_THAT(err.str(), HasSubstr("\r\033[Ksomething happened\n"));
}

TEST(ProgressView, QuietPrintsNothing) {
  std::ostringstream err;
  ProgressView view(err, ProgressView::Style::none, 80, std::make_shared<HandClock>());
  view.update(some(1));
  view.finish();
  EXPECT_EQ(err.str(), "");
}

TEST(Table, AlignsByColumnsOfTheTerminal) {
  Table table({{"Name"}, {"N", app::Align::right}});
  table.row({"Календарь", "7"});
  table.row({"会議", "1,200"});
  EXPECT_EQ(table.str(), "Name           N\nКалендарь      7\n会議       1,200\n");
}

TEST(Table, ACellCanNotBreakItsRow) {
  Table table({{"Name"}});
  table.row({"a\nb\x1b[2J"});
  EXPECT_EQ(table.str(), "Name\na b[2J\n");
}

TEST(Wrapped, BreaksAtBlanksAndKeepsTheIndent) {
  EXPECT_EQ(wrapped("one two three four five six", 22, "  "), "  one two three four\n  five six\n");
}

TEST(RunText, SaysWhatHappenedWhereAndWhatToDoNext) {
  const std::string text = run_text(samples::migrate(), {});
  EXPECT_THAT(text, HasSubstr("Migration: done in part, 2 of 3 mailboxes in 12 min 34 s (run r-0123456789ab)"));
  EXPECT_THAT(text, HasSubstr("1,687 created"));
  EXPECT_THAT(text, HasSubstr("carla@example.org: Exchange denies access to the mailbox (ErrorImpersonateUserDenied)"));
  EXPECT_THAT(text, HasSubstr("ApplicationImpersonation"));
  EXPECT_THAT(text, HasSubstr("p-7f3a"));
  EXPECT_THAT(text, HasSubstr("Next: "));
}

TEST(RunText, AStoppedPlanNamesItsHashAndTheCommand) {
  EXPECT_THAT(run_text(samples::braked(), {}), HasSubstr("exodus-cli approve 5d41402abc4b2a76"));
}

TEST(RunText, VerifyListsItsDifferences) {
  const std::string text = run_text(samples::verify(), {});
  EXPECT_THAT(text, HasSubstr("1,000 series and 5,120 occurrences compared, 3 differences"));
  EXPECT_THAT(text, HasSubstr("Room 4"));
  EXPECT_THAT(text, HasSubstr("Missing on CalDAV"));
}

TEST(RunText, QuietSaysNothingWhereAllIsWell) {
  RunOutcome run = samples::migrate();
  run.exit = Exit::done;
  EXPECT_EQ(run_text(run, {100, Verbosity::quiet, ""}), "");
}

}  // namespace
}  // namespace caravan::exodus::cli
