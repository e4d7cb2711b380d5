// SPDX-License-Identifier: GPL-3.0-or-later
// The HTML report: complete, harmless with hostile text, fetched from nowhere, never half-written.
#include "exodus/report.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "exodus/plain_words.hpp"
#include "model/loss.hpp"
#include "unit/exodus/samples.hpp"

namespace caravan::exodus {
namespace {

using ::testing::Test;

ReportOptions options() {
  ReportOptions options;
  parse_rfc3339("2026-11-21T02:41:07Z", options.generated);
  options.exchange = "mail.example.org";
  options.caldav = "dav.example.org";
  options.version = "0.1.0";
  return options;
}

bool holds(const std::string& page, std::string_view words) { return page.find(words) != std::string::npos; }

class ReportFile : public Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "caravan-report-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::filesystem::path folder_;
};

TEST(Report, HoldsTotalsMailboxesAndRemedies) {
  const std::string page = report_page(samples::migrate(), options());
  EXPECT_TRUE(holds(page, "1,687"));
  EXPECT_TRUE(holds(page, "anna@example.org"));
  EXPECT_TRUE(holds(page, "Календарь"));
  EXPECT_TRUE(holds(page, "ErrorImpersonateUserDenied"));
  EXPECT_TRUE(holds(page, "ApplicationImpersonation"));
  EXPECT_TRUE(holds(page, "parked retry p-7f3a"));
  EXPECT_TRUE(holds(page, "12 min 34 s"));
}

TEST(Report, ExplainsEveryLossInPlainWords) {
  const std::string page = report_page(samples::migrate(), options());
  EXPECT_TRUE(holds(page, "Attachment too large"));
  EXPECT_TRUE(holds(page, "film.mov (81 MB)"));
  EXPECT_TRUE(holds(page, "2026-03-04T09:00:00"));
}

TEST(Report, HasWordsForEveryLossReasonThatThereIs) {
  std::string missing;
  for (const model::LossReason reason : model::kLossReasons) {
    const Words words = loss_words(model::to_string(reason));
    if (words.title.empty() || words.meaning.size() < 30) missing += std::string(model::to_string(reason)) + " ";
  }
  EXPECT_EQ(missing, "");
}

TEST(Report, AStoppedPlanSaysHowToReleaseIt) {
  const std::string page = report_page(samples::braked(), options());
  EXPECT_TRUE(holds(page, "400 of 400"));
  EXPECT_TRUE(holds(page, "exodus-cli approve 5d41402abc4b2a76"));
}

TEST(Report, ListsEveryDifferenceOfVerify) {
  const std::string page = report_page(samples::verify(), options());
  EXPECT_TRUE(holds(page, "Room 4"));
  EXPECT_TRUE(holds(page, "Room 5"));
  EXPECT_TRUE(holds(page, "Team lunch"));
  EXPECT_TRUE(holds(page, "(private)"));
}

TEST(Report, HostileTextIsEscaped) {
  RunOutcome run = samples::migrate();
  const std::string evil = "<script>alert(1)</script>\"'><img src=http://evil.example/x>";
  run.parked[0].summary = evil;
  run.parked[0].code = evil;
  run.mailboxes[0].address = evil;
  run.mailboxes[0].pairs[0].folder = evil;
  run.mailboxes[0].pairs[0].collection = evil;
  run.mailboxes[2].error->what = evil + "`" + evil;
  run.losses[0].reason = evil;
  run.loss_counts = {{evil, 1}};
  run.conflicts[0].units = evil;
  run.exchange_requests[evil] = 1;
  const std::string page = report_page(run, options());
  EXPECT_FALSE(holds(page, "<script"));
  EXPECT_FALSE(holds(page, "<img"));
  EXPECT_TRUE(holds(page, "&lt;script&gt;"));
}

TEST(Report, ControlCharactersAndDirectionOverridesDoNotReachThePage) {
  RunOutcome run = samples::migrate();
  run.parked[0].summary =
      "a\x1b[31mb\xE2\x80\xAE"
      "c\xFF";
  const std::string page = report_page(run, options());
  EXPECT_EQ(page.find('\x1b'), std::string::npos);
  EXPECT_FALSE(holds(page, "\xE2\x80\xAE"));
  EXPECT_EQ(page.find('\xFF'), std::string::npos);
}

TEST(Report, FetchesNothing) {
  const std::string page = report_page(samples::migrate(), options());
  EXPECT_FALSE(holds(page, "http://"));
  EXPECT_FALSE(holds(page, "https://"));
  EXPECT_FALSE(holds(page, "<link"));
  EXPECT_FALSE(holds(page, "url("));
}

TEST_F(ReportFile, IsWrittenWholeAndForItsOwnerOnly) {
  const auto path = folder_ / "report.html";
  ASSERT_TRUE(write_report(samples::migrate(), path, options()));
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  EXPECT_EQ(text.str(), report_page(samples::migrate(), options()));
  struct stat status {};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
}

TEST_F(ReportFile, AFolderThatIsNotThereIsOneClearError) {
  const Status written = write_report(samples::migrate(), folder_ / "none" / "report.html", options());
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, "report_not_written");
  EXPECT_FALSE(written.error().remedy.empty());
}

TEST_F(ReportFile, LeavesNoTemporaryFileBehindWhenItFails) {
  std::filesystem::create_directory(folder_ / "report.html");
  ASSERT_FALSE(write_report(samples::migrate(), folder_ / "report.html", options()));
  const auto files = std::distance(std::filesystem::directory_iterator(folder_), std::filesystem::directory_iterator());
  EXPECT_EQ(files, 1);
}

}  // namespace
}  // namespace caravan::exodus
