// SPDX-License-Identifier: GPL-3.0-or-later
// Who did what within a window, and what therefore is told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/notify/support.hpp"

namespace caravan::notify::test {
namespace {

using model::Field;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using State = std::optional<model::Series>;

Step by_exchange(State before, State after, std::string modified_by = {}) {
  return {"p", std::move(before), std::move(after), {}, std::move(modified_by)};
}
Step by_caldav(State before, State after) {
  model::Delta units = {{{}, Field::presence, {}}};
  if (before && after) units = difference(*before, *after);
  return {"p", std::move(before), std::move(after), std::move(units), {}};
}
Step in_pair(Step step, std::string pair) {
  step.pair = std::move(pair);
  return step;
}
std::vector<std::string> told_of(const std::vector<Step>& steps) {
  return texts_of(differences(replay(steps, me(), zones()), me(), zones(), before_all()));
}

const std::string kRetitled = "changed summary was Europe/Berlin:20260602T100000 now Europe/Berlin:20260602T100000";

TEST(Author, OfWhatCameFromCalDavIsTheOwner) {
  EXPECT_THAT(told_of({by_caldav({}, single())}), IsEmpty());
  EXPECT_THAT(told_of({by_caldav(single(), titled(single(), "Retro"))}), IsEmpty());
  EXPECT_THAT(told_of({by_caldav(single(), {})}), IsEmpty());
}

TEST(Author, OfOnesOwnEventsIsOneselfUnlessSomebodyElseIsNamed) {
  EXPECT_THAT(told_of({by_exchange(single(), titled(single(), "Retro"))}), IsEmpty());
  EXPECT_THAT(told_of({by_exchange(single(), titled(single(), "Retro"), "alice")}), IsEmpty());
  EXPECT_THAT(told_of({by_exchange(single(), titled(single(), "Retro"), "Bob")}), ElementsAre(kRetitled));
}

TEST(Author, OfOthersMeetingsIsTheOrganizer) {
  EXPECT_THAT(told_of({by_exchange(theirs(single()), theirs(titled(single(), "Retro")), "Alice")}),
              ElementsAre(kRetitled));
}

TEST(Author, OfAnAnswerIsNeverTheOrganizer) {
  EXPECT_THAT(told_of({by_caldav(mine(single()), mine(single(), model::Participation::declined))}),
              ElementsAre("answered now Europe/Berlin:20260602T100000 carol@example.org:DECLINED"));
}

TEST(Author, OfAProposalIsTheGuestWhateverBroughtIt) {
  const auto before = mine(weekly(), model::Participation::tentative);
  auto after = titled(before, "Retro");
  set_proposal(after.master->attendees.front(), {at(6, 2, 15).instant(), {}});
  EXPECT_THAT(told_of({by_exchange(before, after)}),
              ElementsAre("answered now Europe/Berlin:20260602T100000 carol@example.org:TENTATIVE"));
}

TEST(Author, WhoAnswersIsNotToldThatHeDeclined) {
  auto declined = theirs(single());
  declined.master->attendees.front().participation = model::Participation::declined;
  EXPECT_THAT(told_of({by_exchange(theirs(single()), declined), by_exchange(declined, {})}), IsEmpty());
}

TEST(Window, ThereAndBackSaysNothing) {
  EXPECT_THAT(told_of({by_exchange(theirs(single()), theirs(titled(single(), "Retro"))),
                       by_exchange(theirs(titled(single(), "Retro")), theirs(single()))}),
              IsEmpty());
}

TEST(Window, ComeAndGoneSaysNothing) {
  EXPECT_THAT(told_of({by_exchange({}, theirs(single())), by_exchange(theirs(single()), {})}), IsEmpty());
}

TEST(Window, GoneAndBackIsNoNews) {
  EXPECT_THAT(told_of({by_exchange(theirs(single()), {}), by_exchange({}, theirs(single()))}), IsEmpty());
}

TEST(Window, AMoveToAnotherCalendarIsNoNewsInEitherOrder) {
  const auto gone = by_exchange(theirs(single()), {});
  const auto come = in_pair(by_exchange({}, theirs(titled(single(), "Retro"))), "q");
  EXPECT_THAT(told_of({gone, come}), ElementsAre(kRetitled));
  EXPECT_THAT(told_of({come, gone}), ElementsAre(kRetitled));
}

TEST(Window, OnesOwnChangeAmongOthersIsNotTold) {
  const auto first = titled(single(), "Retro");
  EXPECT_THAT(told_of({by_exchange(single(), first, "Bob"), by_caldav(first, placed(first, "Room 2"))}),
              ElementsAre(kRetitled));
}

TEST(Window, OnesOwnChangeOfAnOccurrenceThatAnotherMovedIsNotTold) {
  auto moved = with_override(weekly(), 1, "Standup");
  moved.overrides.front().start = at(6, 9, 15);
  moved.overrides.front().end = at(6, 9, 16);
  auto retitled = moved;
  retitled.overrides.front().summary = "Guest";
  const std::string expected =
      "moved @Europe/Berlin:20260609T100000 schedule was Europe/Berlin:20260609T100000 now "
      "Europe/Berlin:20260609T150000";
  EXPECT_THAT(told_of({by_exchange(weekly(), moved, "Bob"), by_caldav(moved, retitled)}), ElementsAre(expected));
  const auto titled_first = with_override(weekly(), 1, "Guest");
  EXPECT_THAT(told_of({by_caldav(weekly(), titled_first), by_exchange(titled_first, retitled, "Bob")}),
              ElementsAre(expected));
}

TEST(Window, OnesOwnChangeOfAnOccurrenceAfterAnotherMovedTheSeriesIsNotTold) {
  const auto moved = sync::test::moved(weekly(), 60);
  auto retitled = sync::test::moved(with_override(weekly(), 1, "Guest"), 60);
  EXPECT_THAT(told_of({by_exchange(weekly(), moved, "Bob"), by_caldav(moved, retitled)}),
              ElementsAre("moved schedule was Europe/Berlin:20260602T100000 now Europe/Berlin:20260602T110000"));
}

TEST(Window, OnesOwnMoveOfTheSeriesDoesNotHideAnothersOccurrence) {
  const auto moved = sync::test::moved(weekly(), 60);
  const auto excluded = sync::test::moved(with_exclusion(weekly(), 1), 60);
  EXPECT_THAT(told_of({by_caldav(weekly(), moved), by_exchange(moved, excluded, "Bob")}),
              ElementsAre("cancelled @Europe/Berlin:20260609T110000 was Europe/Berlin:20260609T110000"));
}

// An occurrence can be off in two ways: excluded, or by an override that says so. The reader takes back the one that he
// finds; what he believed may be the other one.
struct TakenBack {
  const char* name;
  model::Series believed;  ///< which the reader called off so
  model::Series found;     ///< which somebody made of it
  model::Series now;
  std::vector<std::string> told;
};
void PrintTo(const TakenBack& row, std::ostream* out) { *out << row.name; }
model::Series with_cancelled(model::Series series) {
  series = with_override(std::move(series), 1, series.master->summary);
  series.overrides.front().status = model::EventStatus::cancelled;
  return series;
}
class WhatTheReaderTakesBack : public ::testing::TestWithParam<TakenBack> {};

TEST_P(WhatTheReaderTakesBack, IsNoNewsToHim) {
  const auto& row = GetParam();
  const std::vector<Step> before = {by_caldav(weekly(), row.believed), by_exchange(row.believed, row.found, "Bob")};
  auto steps = before;
  steps.push_back(by_exchange(row.found, row.now));
  EXPECT_EQ(told_of(steps), row.told);
  steps = before;
  steps.push_back(by_caldav(row.found, row.now));
  EXPECT_EQ(told_of(steps), row.told);
}

INSTANTIATE_TEST_SUITE_P(
    Table, WhatTheReaderTakesBack,
    ::testing::Values(
        TakenBack{
            "AnExclusionOverACancelledOverride", with_cancelled(weekly()), with_exclusion(weekly(), 1), weekly(), {}},
        TakenBack{
            "ACancelledOverrideOverAnExclusion", with_exclusion(weekly(), 1), with_cancelled(weekly()), weekly(), {}},
        TakenBack{"ACancelledOverrideIsConfirmed",
                  with_exclusion(weekly(), 1),
                  with_cancelled(weekly()),
                  with_override(weekly(), 1, "Standup"),
                  {}},
        TakenBack{"AnExclusionIsMadeAnOverride",
                  with_cancelled(weekly()),
                  with_exclusion(weekly(), 1),
                  with_override(weekly(), 1, "Guest"),
                  {}},
        TakenBack{"AnExclusionOfASeriesThatMoved",
                  with_cancelled(weekly()),
                  sync::test::moved(with_exclusion(weekly(), 1), 60),
                  sync::test::moved(weekly(), 60),
                  {"moved schedule was Europe/Berlin:20260602T100000 now Europe/Berlin:20260602T110000"}},
        TakenBack{"WhatSomebodyElseTookBackBeforeIsNews",
                  with_cancelled(weekly()),
                  weekly(),
                  titled(weekly(), "Retro"),
                  {"added @Europe/Berlin:20260609T100000 now Europe/Berlin:20260609T100000"}}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace caravan::notify::test
