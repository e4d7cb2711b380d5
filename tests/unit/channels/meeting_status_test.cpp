// SPDX-License-Identifier: GPL-3.0-or-later
#include "notify/channels/meeting_status.hpp"

#include <gtest/gtest.h>

namespace caravan::notify {
namespace {

using What = StatusStep::What;
using std::chrono::minutes;

constexpr Instant kStart{std::chrono::seconds(1'800'000'000)};
const CustomStatus kPalm{"palm_tree", "Отпуск", "", std::nullopt};
const StatusWords kWords;

/// Chat and memory of one person: a step is decided, remembered and done.
struct Person {
  std::optional<CustomStatus> shown;
  std::string remembered;

  StatusStep step(minutes at, std::optional<minutes> until) {
    std::optional<Instant> end;
    if (until) end = kStart + *until;
    auto step = next_status(remembered, shown, end, kWords, kStart + at);
    EXPECT_TRUE(step.has_value());
    EXPECT_EQ(step->what == What::nothing, step->remembered == step->afterwards);
    remembered = step->afterwards;
    if (step->what == What::set) shown = step->status;
    if (step->what == What::unset) shown.reset();
    return *step;
  }
  [[nodiscard]] std::string text() const { return shown ? shown->text : ""; }
};

TEST(MeetingStatus, IsSetUntilTheEndOfTheMeeting) {
  Person anna;
  EXPECT_EQ(anna.step(minutes(0), minutes(30)).what, What::set);
  EXPECT_EQ(anna.shown->expires, kStart + minutes(30));
  EXPECT_EQ(anna.text(), "In a meeting");
}

TEST(MeetingStatus, CostsNothingWhileNothingChanges) {
  Person anna;
  anna.step(minutes(0), minutes(30));
  EXPECT_EQ(anna.step(minutes(10), minutes(30)).what, What::nothing);
  EXPECT_EQ(Person{}.step(minutes(0), std::nullopt).what, What::nothing);
}

TEST(MeetingStatus, GivesTheEarlierOneBackWithAllOfIt) {
  Person anna{CustomStatus{"house", "дома", "today", kStart + minutes(300)}, ""};
  anna.step(minutes(0), minutes(30));
  anna.step(minutes(30), std::nullopt);
  EXPECT_EQ(anna.shown->duration, "today");
  EXPECT_EQ(anna.shown->expires, kStart + minutes(300));
  EXPECT_EQ(anna.remembered, "");
}

TEST(MeetingStatus, DoesNotGiveBackWhatIsOverMeanwhile) {
  Person anna{CustomStatus{"house", "дома", "today", kStart + minutes(20)}, ""};
  anna.step(minutes(0), minutes(30));
  EXPECT_EQ(anna.step(minutes(29), std::nullopt).what, What::unset);
  EXPECT_EQ(anna.text(), "");
}

TEST(MeetingStatus, GivesTheEarlierOneBackAfterItWentAwayByItself) {
  Person anna{kPalm, ""};
  anna.step(minutes(0), minutes(30));
  anna.shown.reset();
  anna.step(minutes(31), std::nullopt);
  EXPECT_EQ(anna.text(), "Отпуск");
}

TEST(MeetingStatus, IsTakenUpAgainWhereTheNextMeetingWasHeardOfLate) {
  Person anna{kPalm, ""};
  anna.step(minutes(0), minutes(30));
  anna.shown.reset();
  anna.step(minutes(31), minutes(60));
  EXPECT_EQ(anna.text(), "In a meeting");
  anna.step(minutes(60), std::nullopt);
  EXPECT_EQ(anna.text(), "Отпуск");
}

TEST(MeetingStatus, IsMovedOnByTheMeetingThatFollows) {
  Person anna{kPalm, ""};
  anna.step(minutes(0), minutes(30));
  EXPECT_EQ(anna.step(minutes(29), minutes(60)).what, What::set);
  EXPECT_EQ(anna.shown->expires, kStart + minutes(60));
  anna.step(minutes(60), std::nullopt);
  EXPECT_EQ(anna.text(), "Отпуск");
}

TEST(MeetingStatus, IsTakenBackWhenTheMeetingIsCancelled) {
  Person anna;
  anna.step(minutes(0), minutes(30));
  EXPECT_EQ(anna.step(minutes(5), std::nullopt).what, What::unset);
}

TEST(MeetingStatus, LeavesTheOneThatThePersonSetMeanwhile) {
  Person anna;
  anna.step(minutes(0), minutes(30));
  anna.shown = kPalm;
  EXPECT_EQ(anna.step(minutes(10), minutes(60)).what, What::nothing);
  EXPECT_EQ(anna.step(minutes(60), std::nullopt).what, What::nothing);
  EXPECT_EQ(anna.text(), "Отпуск");
  EXPECT_EQ(anna.remembered, "");
}

TEST(MeetingStatus, DoesNotComeBackInTheSameMeetingWhereThePersonTookItAway) {
  Person anna{kPalm, ""};
  anna.step(minutes(0), minutes(30));
  anna.shown.reset();
  EXPECT_EQ(anna.step(minutes(10), minutes(30)).what, What::nothing);
  EXPECT_EQ(anna.step(minutes(30), std::nullopt).what, What::nothing);
  EXPECT_EQ(anna.text(), "");
}

TEST(MeetingStatus, IsNotTakenForThePersonsOwnWhereTheMemoryWasLost) {
  Person anna;
  anna.step(minutes(0), minutes(30));
  anna.remembered.clear();
  anna.step(minutes(10), minutes(30));
  EXPECT_EQ(anna.step(minutes(29), std::nullopt).what, What::unset);
}

TEST(MeetingStatus, IsSetAgainWhereTheFirstTryFailed) {
  Person anna{kPalm, ""};
  anna.remembered = next_status("", anna.shown, kStart + minutes(30), kWords, kStart)->remembered;
  EXPECT_EQ(anna.step(minutes(1), minutes(30)).what, What::set);
  anna.step(minutes(30), std::nullopt);
  EXPECT_EQ(anna.text(), "Отпуск");
}

TEST(MeetingStatus, IsForgottenWhereItNeverCameToBeShown) {
  Person anna{kPalm, ""};
  anna.remembered = next_status("", anna.shown, kStart + minutes(30), kWords, kStart)->remembered;
  EXPECT_EQ(anna.step(minutes(30), std::nullopt).what, What::nothing);
  EXPECT_EQ(anna.remembered, "");
}

TEST(MeetingStatus, GivesTheEarlierOneBackAtTheSecondTryToo) {
  Person anna{kPalm, ""};
  anna.step(minutes(0), minutes(30));
  anna.remembered = next_status(anna.remembered, anna.shown, std::nullopt, kWords, kStart + minutes(30))->remembered;
  anna.step(minutes(31), std::nullopt);
  EXPECT_EQ(anna.text(), "Отпуск");
  EXPECT_EQ(anna.remembered, "");
}

TEST(MeetingStatus, IsMovedOnAtTheSecondTryToo) {
  Person anna;
  anna.step(minutes(0), minutes(30));
  anna.remembered =
      next_status(anna.remembered, anna.shown, kStart + minutes(60), kWords, kStart + minutes(29))->remembered;
  EXPECT_EQ(anna.step(minutes(29), minutes(60)).what, What::set);
  EXPECT_EQ(anna.shown->expires, kStart + minutes(60));
}

TEST(MeetingStatus, RefusesAMemoryThatIsNoneOfOurs) {
  EXPECT_EQ(next_status("{\"ours\": 1}", std::nullopt, std::nullopt, kWords, kStart).error().fault, Fault::malformed);
  EXPECT_EQ(next_status("x", std::nullopt, std::nullopt, kWords, kStart).error().fault, Fault::malformed);
}

TEST(BusyUntil, IsTheEndOfTheMeetingThatRuns) {
  EXPECT_EQ(busy_until({{kStart, kStart + minutes(30)}}, kStart), kStart + minutes(30));
  EXPECT_EQ(busy_until({{kStart, kStart + minutes(30)}}, kStart + minutes(30)), std::nullopt);
  EXPECT_EQ(busy_until({{kStart + minutes(1), kStart + minutes(30)}}, kStart), std::nullopt);
}

TEST(BusyUntil, TakesMeetingsOneAfterAnotherForOne) {
  EXPECT_EQ(busy_until({{kStart + minutes(30), kStart + minutes(60)},
                        {kStart, kStart + minutes(30)},
                        {kStart + minutes(61), kStart + minutes(90)}},
                       kStart),
            kStart + minutes(90));
}

TEST(BusyUntil, EndsAtAGap) {
  EXPECT_EQ(busy_until({{kStart, kStart + minutes(30)}, {kStart + minutes(35), kStart + minutes(60)}}, kStart),
            kStart + minutes(30));
}

TEST(BusyUntil, IsTheLaterEndWhereMeetingsOverlap) {
  EXPECT_EQ(busy_until({{kStart, kStart + minutes(60)}, {kStart + minutes(10), kStart + minutes(20)}}, kStart),
            kStart + minutes(60));
}

}  // namespace
}  // namespace caravan::notify
