// SPDX-License-Identifier: GPL-3.0-or-later
// What is told of two states of a series. The builders' series is 2 June 2026, 10:00 in Berlin, a Tuesday.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/notify/support.hpp"

namespace caravan::notify::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

model::Series cancelled(model::Series series) {
  series.master->status = model::EventStatus::cancelled;
  return series;
}

/// The override of that week, moved to another hour of its day.
model::Series with_moved(model::Series series, int week, int hour) {
  const std::string title = series.master->summary;
  series = with_override(std::move(series), week, title);
  for (auto& event : series.overrides)
    if (event.recurrence_id->wall == at(6, 2 + 7 * week, 10).wall) {
      event.start = at(6, 2 + 7 * week, hour);
      event.end = at(6, 2 + 7 * week, hour + 1);
    }
  return series;
}

TEST(Told, ANewEventIsAdded) {
  EXPECT_THAT(told({}, single()), ElementsAre("added now Europe/Berlin:20260602T100000"));
}

TEST(Told, ANewEventThatIsCancelledIsNothing) { EXPECT_THAT(told({}, cancelled(single())), IsEmpty()); }

TEST(Told, AnEventThatIsGoneIsCancelled) {
  EXPECT_THAT(told(single(), {}), ElementsAre("cancelled was Europe/Berlin:20260602T100000"));
}

TEST(Told, AnEventThatWasCalledOffIsCancelledOnce) {
  EXPECT_THAT(told(single(), cancelled(single())), ElementsAre("cancelled was Europe/Berlin:20260602T100000"));
  EXPECT_THAT(told(cancelled(single()), {}), IsEmpty());
}

TEST(Told, WhatIsOverIsNothing) {
  EXPECT_THAT(differences({single(), {}}, me(), zones(), at(6, 2, 11).instant()), IsEmpty());
}

TEST(Told, AnotherTimeIsMovedAndSaysWhatElseChanged) {
  auto now = titled(single(), "Retro");
  now.master->start = at(6, 3, 9);
  now.master->end = at(6, 3, 10);
  EXPECT_THAT(told(single(), now), ElementsAre("moved schedule summary was Europe/Berlin:20260602T100000 now "
                                               "Europe/Berlin:20260603T090000"));
}

TEST(Told, TheSameMomentInAnotherZoneIsNothing) {
  auto now = single();
  now.master->start = at(6, 2, 8, 0, "");
  now.master->end = at(6, 2, 9, 0, "");
  EXPECT_THAT(told(single(), now), IsEmpty());
}

TEST(Told, ATitleAPlaceAndALinkAreChanged) {
  auto now = placed(titled(single(), "Retro"), "Room 2");
  now.master->conference = "https://meet.example.org/1";
  EXPECT_THAT(told(single(), now), ElementsAre("changed summary location link was Europe/Berlin:20260602T100000 now "
                                               "Europe/Berlin:20260602T100000"));
}

TEST(Told, AlarmsBusyCategoriesPriorityClassAndTheRestAreNothing) {
  auto now = single();
  now.master->alarms.push_back({});
  now.master->busy = model::BusyStatus::free;
  now.master->categories = {"red"};
  now.master->priority = 1;
  now.master->sensitivity = model::Sensitivity::private_;
  now.master->extra.push_back({"X-A", {}, "1"});
  EXPECT_THAT(told(single(), now), IsEmpty());
}

TEST(Told, GuestsComeAndGoByName) {
  const auto was = theirs(with_attendee(single(), "carol@example.org"));
  const auto now = theirs(with_attendee(single(), "dave@example.org"));
  const auto tellings = differences({was, now}, me(), zones(), before_all());
  ASSERT_EQ(tellings.size(), 1u);
  EXPECT_THAT(tellings[0].attendees_added, ElementsAre("dave@example.org"));
  EXPECT_THAT(tellings[0].attendees_removed, ElementsAre("carol@example.org"));
}

TEST(Told, AnAnswerGoesToTheOrganizerOnly) {
  const auto yes = model::Participation::accepted;
  EXPECT_THAT(told(mine(single()), mine(single(), yes)),
              ElementsAre("answered now Europe/Berlin:20260602T100000 carol@example.org:ACCEPTED"));
  EXPECT_THAT(told(theirs(with_attendee(single(), "carol@example.org")),
                   theirs(with_attendee(single(), "carol@example.org", yes))),
              IsEmpty());
}

model::Series proposing(model::Series series, const char* start, const char* end) {
  const auto instant = [](const char* text) {
    Instant out;
    return parse_rfc3339(text, out) ? std::optional(out) : std::nullopt;
  };
  for (auto& attendee : series.master->attendees)
    if (attendee.address == "carol@example.org") set_proposal(attendee, {instant(start), instant(end)});
  return series;
}
model::Series tentative() { return mine(single(), model::Participation::tentative); }
model::Series later() { return proposing(tentative(), "2026-06-02T12:00:00Z", "2026-06-02T13:00:00Z"); }

TEST(Proposal, IsToldWithTheAnswerThatItCameWith) {
  const auto tellings = differences({mine(single()), later()}, me(), zones(), before_all());
  ASSERT_EQ(tellings.size(), 1u);
  EXPECT_EQ(text_of(tellings[0]), "answered now Europe/Berlin:20260602T100000 carol@example.org:TENTATIVE");
  const Answer& answer = tellings[0].answers.front();
  ASSERT_TRUE(answer.proposed_start && answer.proposed_end);
  EXPECT_EQ(answer.proposed_start->instant(), at(6, 2, 14).instant());
  EXPECT_EQ(answer.proposed_end->instant(), at(6, 2, 15).instant());
}

TEST(Proposal, IsToldWhereTheAnswerIsTheSameOrAnotherTimeIsProposed) {
  EXPECT_THAT(told(tentative(), later()), SizeIs(1));
  EXPECT_THAT(told(later(), proposing(tentative(), "2026-06-03T12:00:00Z", "")), SizeIs(1));
}

TEST(Proposal, ThatIsKnownOrWithdrawnIsNoNews) {
  EXPECT_THAT(told(later(), later()), IsEmpty());
  EXPECT_THAT(told(later(), tentative()), IsEmpty());
  EXPECT_THAT(told(later(), titled(later(), "Retro")), ElementsAre(StartsWith("changed summary")));
}

TEST(Proposal, IsForTheOrganizerOnly) {
  const auto carols = theirs(with_attendee(single(), "carol@example.org", model::Participation::tentative));
  EXPECT_THAT(told(carols, proposing(carols, "2026-06-02T12:00:00Z", "")), IsEmpty());
}

TEST(Proposal, OfOneOccurrenceIsToldOnce) {
  const auto series = mine(weekly(), model::Participation::tentative);
  auto proposed = with_override(series, 1, "Standup");
  set_proposal(proposed.overrides.front().attendees.front(), {at(6, 9, 15).instant(), at(6, 9, 16).instant()});
  EXPECT_THAT(told(series, proposed), ElementsAre(StartsWith("answered @Europe/Berlin:20260609T100000")));
  auto elsewhere = placed(proposed, "Room 2");
  elsewhere.overrides.front().location = "Room 2";
  EXPECT_THAT(told(proposed, elsewhere), ElementsAre(StartsWith("changed location")));
}

TEST(Told, WhatTheReaderDeclinedIsNothing) {
  auto declined = theirs(single());
  declined.master->attendees.front().participation = model::Participation::declined;
  EXPECT_THAT(told(theirs(single()), declined), IsEmpty());
  EXPECT_THAT(told(declined, {}), IsEmpty());
}

TEST(Told, AnInvitationWantsAnAnswer) {
  EXPECT_TRUE(differences({{}, theirs(single())}, me(), zones(), before_all()).front().answer_wanted);
}

TEST(Occurrences, OneMovedSaysWhereItStood) {
  EXPECT_THAT(told(weekly(), with_moved(weekly(), 1, 15)),
              ElementsAre("moved @Europe/Berlin:20260609T100000 schedule was Europe/Berlin:20260609T100000 now "
                          "Europe/Berlin:20260609T150000"));
}

TEST(Occurrences, OneMovedAgainSaysItsLastPlace) {
  EXPECT_THAT(told(with_moved(weekly(), 1, 15), with_moved(weekly(), 1, 17)),
              ElementsAre("moved @Europe/Berlin:20260609T100000 schedule was Europe/Berlin:20260609T150000 now "
                          "Europe/Berlin:20260609T170000"));
}

TEST(Occurrences, OneMovedAndThenExcludedIsCancelledWhereItStoodLast) {
  EXPECT_THAT(told(with_moved(weekly(), 1, 15), with_exclusion(weekly(), 1)),
              ElementsAre("cancelled @Europe/Berlin:20260609T100000 was Europe/Berlin:20260609T150000"));
}

TEST(Occurrences, OneWhoseOverrideGoesIsMovedBack) {
  EXPECT_THAT(told(with_moved(weekly(), 1, 15), weekly()),
              ElementsAre("moved @Europe/Berlin:20260609T100000 schedule was Europe/Berlin:20260609T150000 now "
                          "Europe/Berlin:20260609T100000"));
}

TEST(Occurrences, OneCalledOffByItsStatusIsCancelled) {
  auto now = with_override(weekly(), 1, "Standup");
  now.overrides.front().status = model::EventStatus::cancelled;
  EXPECT_THAT(told(weekly(), now),
              ElementsAre("cancelled @Europe/Berlin:20260609T100000 was Europe/Berlin:20260609T100000"));
  EXPECT_THAT(told(now, with_exclusion(weekly(), 1)), IsEmpty());
}

TEST(Occurrences, OneThatIsTakenBackInIsAdded) {
  EXPECT_THAT(told(with_exclusion(weekly(), 1), weekly()),
              ElementsAre("added @Europe/Berlin:20260609T100000 now Europe/Berlin:20260609T100000"));
}

TEST(Occurrences, OneThatIsWrittenOutAsItWasIsNothing) {
  EXPECT_THAT(told(weekly(), with_override(weekly(), 1, "Standup")), IsEmpty());
}

TEST(Occurrences, OneThatFollowsItsSeriesIsNotToldBesideIt) {
  const auto was = with_moved(weekly(), 1, 15);
  const auto now = with_moved(titled(weekly(), "Retro"), 1, 15);
  EXPECT_THAT(told(was, now), ElementsAre("changed summary was Europe/Berlin:20260602T100000 now "
                                          "Europe/Berlin:20260602T100000"));
}

TEST(Occurrences, OfASeriesThatMovedAsAWholeAreNotTold) {
  const auto was = with_exclusion(with_override(weekly(), 1, "Guest"), 2);
  const auto now = sync::test::moved(was, 60);
  EXPECT_THAT(told(was, now), ElementsAre("moved schedule was Europe/Berlin:20260602T100000 now "
                                          "Europe/Berlin:20260602T110000"));
}

TEST(Occurrences, ThatTheSeriesDoesNotExplainAreToldAfterIt) {
  const auto now = with_exclusion(with_override(weekly(), 1, "Guest"), 2);
  EXPECT_THAT(told(weekly(), sync::test::moved(now, 60)),
              ElementsAre("moved schedule was Europe/Berlin:20260602T100000 now Europe/Berlin:20260602T110000",
                          "changed @Europe/Berlin:20260609T110000 summary was Europe/Berlin:20260609T110000 now "
                          "Europe/Berlin:20260609T110000",
                          "cancelled @Europe/Berlin:20260616T110000 was Europe/Berlin:20260616T110000"));
}

TEST(Occurrences, ThatAnotherRuleEndsAreExplainedByIt) {
  auto now = weekly();
  now.rules.front().count = 1;
  EXPECT_THAT(told(with_moved(weekly(), 1, 15), now), ElementsAre("moved schedule was Europe/Berlin:20260602T100000 "
                                                                  "now Europe/Berlin:20260602T100000"));
}

TEST(Occurrences, OfASeriesThatIsGoneAreToldWithIt) {
  EXPECT_THAT(told(with_moved(weekly(), 1, 15), {}), ElementsAre("cancelled was Europe/Berlin:20260602T100000"));
}

TEST(Occurrences, ThatTheRuleDoesNotPlaceAreNamedWithANewSeries) {
  const auto tellings = differences({{}, with_exclusion(with_moved(weekly(), 1, 15), 2)}, me(), zones(), before_all());
  ASSERT_EQ(tellings.size(), 1u);
  EXPECT_THAT(tellings[0].now->apart, ElementsAre(at(6, 9, 10), at(6, 16, 10)));
}

TEST(Occurrences, ToWhichAloneOneIsInvitedAreAddedAndCancelled) {
  auto orphan = theirs(with_override(weekly(), 1, "Guest"));
  orphan.master.reset();
  orphan.rules.clear();
  EXPECT_THAT(told({}, orphan), ElementsAre("added @Europe/Berlin:20260609T100000 now Europe/Berlin:20260609T100000"));
  EXPECT_THAT(told(orphan, {}),
              ElementsAre("cancelled @Europe/Berlin:20260609T100000 was Europe/Berlin:20260609T100000"));
}

TEST(Links, AreOfTheWebAndSafe) {
  model::Event event;
  event.conference = "javascript:alert(1)";
  event.location = "Room 5 (https://meet.example.org/a_b?x=(1)).";
  EXPECT_EQ(join_link(event), "https://meet.example.org/a_b?x=%281%29");
  event.location = "https://meet.example.org/\"><b>";
  EXPECT_EQ(join_link(event), "https://meet.example.org/%22%3E%3Cb");
}

}  // namespace
}  // namespace caravan::notify::test
