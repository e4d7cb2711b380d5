// SPDX-License-Identifier: GPL-3.0-or-later
// common/app: numbers, durations, widths, and signals as a stop token.
#include <gtest/gtest.h>
#include <unistd.h>

#include <condition_variable>
#include <csignal>
#include <mutex>

#include "app/format.hpp"
#include "app/signals.hpp"
#include "app/terminal.hpp"

namespace caravan::app {
namespace {

using std::chrono::duration;

TEST(Format, NumbersAreGroupedByThousands) {
  EXPECT_EQ(number(0), "0");
  EXPECT_EQ(number(999), "999");
  EXPECT_EQ(number(1000), "1,000");
  EXPECT_EQ(number(1234567), "1,234,567");
}

TEST(Format, DurationsUseTheTwoLargestUnits) {
  EXPECT_EQ(app::duration(duration<double>(0.84)), "0.8 s");
  EXPECT_EQ(app::duration(duration<double>(45)), "45 s");
  EXPECT_EQ(app::duration(duration<double>(725)), "12 min 5 s");
  EXPECT_EQ(app::duration(duration<double>(12000)), "3 h 20 min");
  EXPECT_EQ(app::duration(duration<double>(2 * 86400 + 4 * 3600)), "2 d 4 h");
  EXPECT_EQ(app::duration(duration<double>(-1)), "0.0 s");
}

TEST(Format, CountsKnowTheirPlural) {
  EXPECT_EQ(count(1, "mailbox", "mailboxes"), "1 mailbox");
  EXPECT_EQ(count(2, "mailbox", "mailboxes"), "2 mailboxes");
  EXPECT_EQ(count(1200, "event"), "1,200 events");
}

TEST(Format, SlowRatesAreGivenByTheMinute) {
  EXPECT_EQ(rate(310.4), "310/s");
  EXPECT_EQ(rate(4.21), "4.2/s");
  EXPECT_EQ(rate(0.2), "12/min");
  EXPECT_EQ(rate(0), "0/s");
}

TEST(Terminal, WidthIsThatOfColumnsAndNotOfBytes) {
  EXPECT_EQ(display_width("Budget"), 6U);
  EXPECT_EQ(display_width("Календарь"), 9U);
  EXPECT_EQ(display_width("会議"), 4U);
  EXPECT_EQ(display_width("e\xCC\x81"), 1U);
}

TEST(Terminal, TextFromOutsideCanNotControlTheTerminal) {
  EXPECT_EQ(printable("a\x1b[2Jb\r\nc\td"), "a[2Jb c d");
  EXPECT_EQ(printable("x\xE2\x80\xAEy\xC2\x9B"
                      "z"),
            "xyz");
}

TEST(Terminal, CutsBetweenCharacters) {
  EXPECT_EQ(fit("Календарь", 5), "Кале…");
  EXPECT_EQ(fit("会議室", 4), "会…");
  EXPECT_EQ(fit("short", 5), "short");
}

TEST(Terminal, PadsByColumns) {
  EXPECT_EQ(pad("会議", 6), "会議  ");
  EXPECT_EQ(pad("7", 3, Align::right), "  7");
}

TEST(Signals, TheFirstSignalRequestsAStop) {
  std::mutex mutex;
  std::condition_variable_any changed;
  SignalWatcher watcher(130);
  const std::stop_token token = watcher.token();
  kill(getpid(), SIGTERM);
  std::unique_lock lock(mutex);
  changed.wait_for(lock, token, std::chrono::seconds(10), [] { return false; });
  EXPECT_TRUE(token.stop_requested());
}

TEST(SignalsDeathTest, TheSecondSignalEndsTheProcessAtOnce) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        const SignalWatcher watcher(130, [] { kill(getpid(), SIGINT); });
        kill(getpid(), SIGINT);
        pause();
      },
      ::testing::ExitedWithCode(130), "");
}

}  // namespace
}  // namespace caravan::app
