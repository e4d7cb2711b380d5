// SPDX-License-Identifier: GPL-3.0-or-later
#include "log/log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <mutex>
#include <thread>
#include <type_traits>
#include <vector>

#include "log/line.hpp"
#include "util/secret.hpp"

namespace caravan::log {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

const Instant kAt{std::chrono::seconds(1'795'225'267)};  // 2026-11-21T01:41:07Z

std::string text(Fields fields) { return format_line(Format::text, kAt, Level::info, "pair_done", fields); }
std::string json(Fields fields) { return format_line(Format::json, kAt, Level::info, "pair_done", fields); }

static_assert(!std::is_constructible_v<Field, std::string_view, Secret>, "a Secret must not be a field");

TEST(LogLine, TextIsTimeLevelEventAndFields) {
  EXPECT_EQ(text({{"mailbox", Address("anna@example.org")}, {"events", 12}, {"dry", true}, {"rate", 1.5}}),
            "2026-11-21T01:41:07Z info    pair_done mailbox=anna@example.org events=12 dry=true rate=1.5");
}
TEST(LogLine, JsonIsOneObject) {
  EXPECT_EQ(
      json({{"mailbox", "anna@example.org"}, {"events", 12}, {"dry", false}}),
      R"({"at":"2026-11-21T01:41:07Z","level":"info","event":"pair_done","mailbox":"anna@example.org","events":12,"dry":false})");
}
TEST(LogLine, NothingCanForgeASecondLine) {
  EXPECT_THAT(text({{"what", "a\nb"}}), EndsWith("what=\"a\\nb\""));
  EXPECT_THAT(json({{"what", "a\n\"b\\"}}), HasSubstr(R"("what":"a\n\"b\\")"));
}
TEST(LogLine, TextWithBlanksIsQuoted) {
  EXPECT_THAT(text({{"what", "two words"}, {"none", ""}}), EndsWith("what=\"two words\" none=\"\""));
}
TEST(LogLine, AFieldNamedLikeASecretIsHidden) {
  EXPECT_THAT(text({{"callback_token", "abc"}}), EndsWith("callback_token=***"));
}
TEST(LogLine, APasswordInAUrlIsHidden) {
  EXPECT_THAT(text({{"url", "postgresql://u:geheim@db:5432/x"}}), EndsWith("url=postgresql://***@db:5432/x"));
  EXPECT_THAT(text({{"url", "https://dav.example.org/anna@example.org/"}}),
              EndsWith("url=https://dav.example.org/anna@example.org/"));
}
TEST(LogLine, BadUtf8DoesNotBreakJson) { EXPECT_THAT(json({{"what", "a\xff"}}), HasSubstr("a\xef\xbf\xbd")); }
TEST(LogLine, AnInfiniteNumberIsNull) {
  EXPECT_THAT(json({{"rate", std::numeric_limits<double>::infinity()}}), HasSubstr("\"rate\":null"));
}
TEST(LogLine, AVeryLongTextIsCut) { EXPECT_LT(text({{"what", std::string(100'000, 'x')}}).size(), 5000U); }

class LogOutput : public ::testing::Test {
 protected:
  void SetUp() override {
    set_sink([this](std::string_view line) { lines_.emplace_back(line); });
  }
  void TearDown() override {
    set_sink({});
    configure(Level::info, Format::text);
  }
  std::vector<std::string> lines_;
};

TEST_F(LogOutput, WhatIsBelowTheLevelIsLeftOut) {
  configure(Level::warning, Format::text);
  info("quiet");
  warning("loud");
  ASSERT_EQ(lines_.size(), 1U);
  EXPECT_THAT(lines_[0], HasSubstr("loud"));
}
TEST_F(LogOutput, AnErrorBringsItsRemedy) {
  failure(Level::error, "pair_failed", make_error(Fault::denied, "no way", "E1", "ask"), {{"mailbox", "a@b.org"}});
  EXPECT_THAT(lines_.at(0), EndsWith("pair_failed mailbox=a@b.org what=\"no way\" fault=denied code=E1 remedy=ask"));
}
TEST_F(LogOutput, LinesOfSeveralThreadsStayWhole) {
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([] {
      for (int i = 0; i < 200; ++i) info("tick", {{"n", i}});
    });
  }
  threads.clear();
  EXPECT_EQ(lines_.size(), 800U);
  EXPECT_THAT(lines_, ::testing::Each(HasSubstr(" tick n=")));
}

}  // namespace
}  // namespace caravan::log
