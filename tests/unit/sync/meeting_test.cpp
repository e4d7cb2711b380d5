// SPDX-License-Identifier: GPL-3.0-or-later
// Whose meeting it is, whose unit, and who is told; what the table of meetings has no row for.
#include <gtest/gtest.h>

#include "sync/equal_across.hpp"
#include "sync/meeting.hpp"
#include "sync/reconcile.hpp"
#include "unit/sync/builders.hpp"

namespace caravan::sync::test {
namespace {

using model::Participation;
using model::Series;

constexpr const char* kBoss = "boss@example.org";
constexpr const char* kBob = "bob@example.org";

Series organized(const std::string& address, Series series = weekly()) {
  series.master->organizer = model::Organizer{address, "", {}};
  return series;
}
Series invited(Participation answer = Participation::needs_action) {
  Series series = with_attendee(with_attendee(organized(kBoss), kMe, answer), kBob);
  for (auto& attendee : series.master->attendees) attendee.rsvp = true;
  return series;
}
Series mine() { return with_attendee(organized(kMe), kBob); }
Series with_answer_in_week(Series series, int week, Participation answer) {
  series = with_override(series, week, series.master->summary);
  series.overrides.back().attendees.front().participation = answer;
  return series;
}
Policy sending(Scheduling scheduling) {
  Policy policy = two_way();
  policy.scheduling = scheduling;
  return policy;
}
std::string decided(const Item& item, const Policy& policy = two_way()) {
  const Decision decision = reconcile(item, policy);
  return text_of(decision.actions) + (decision.conflict ? " / " + text_of(decision.conflict) : "");
}

TEST(KindOf, AnAliasIsMe) {
  EXPECT_EQ(kind_of(with_attendee(organized(kBoss), "Ally@example.org"), two_way()), MeetingKind::attendee);
  EXPECT_EQ(kind_of(with_attendee(organized("ally@example.org"), kBob), two_way()), MeetingKind::organizer);
}
TEST(KindOf, ExchangeKnowsAddressesOfMineThatWeDoNot) {
  const Series meeting = with_attendee(organized("alice@old.example.org"), kBob);
  EXPECT_EQ(kind_of(meeting, two_way(), false), MeetingKind::foreign_organizer);
  EXPECT_EQ(kind_of(meeting, two_way(), true), MeetingKind::organizer);
}
TEST(KindOf, ABareOrganizerIsAPublishedEventOfOnesOwn) {
  EXPECT_EQ(kind_of(organized("holidays@example.org"), two_way()), MeetingKind::own_appointment);
}
TEST(KindOf, PeopleWithoutAnOrganizerAreNotInvited) {
  EXPECT_EQ(kind_of(with_attendee(weekly(), kBob), two_way()), MeetingKind::own_appointment);
}
TEST(KindOf, MyselfAloneOnMyListIsNoMeeting) {
  EXPECT_EQ(kind_of(with_attendee(organized(kMe), kMe), two_way()), MeetingKind::own_appointment);
}
TEST(KindOf, WithoutAnyAddressOfTheMailboxNothingIsSomebodyElses) {
  Policy policy = two_way();
  policy.mailbox = {};
  EXPECT_FALSE(is_theirs(invited(), policy));
}
TEST(KindOf, EveryKindHasAName) { EXPECT_EQ(to_string(MeetingKind::foreign_organizer), "foreign_organizer"); }

TEST(OwnAnswer, OfOneWhoDelegatedIsNone) {
  EXPECT_EQ(own_answer(*invited(Participation::delegated).master, two_way()), Participation::needs_action);
}
TEST(Dismissed, IsASeriesOnlyWhenEveryAnswerDeclines) {
  EXPECT_TRUE(is_dismissed(invited(Participation::declined), two_way()));
  EXPECT_FALSE(
      is_dismissed(with_answer_in_week(invited(Participation::declined), 2, Participation::accepted), two_way()));
}
TEST(Dismissed, IsASeriesAlsoAroundAnOccurrenceThatWasCalledOffUnanswered) {
  Series series = with_answer_in_week(invited(Participation::declined), 2, Participation::needs_action);
  EXPECT_FALSE(is_dismissed(series, two_way()));
  series.overrides.front().status = model::EventStatus::cancelled;
  EXPECT_TRUE(is_dismissed(series, two_way()));
  series.master.reset();
  EXPECT_FALSE(is_dismissed(series, two_way()));
}
TEST(Dismissed, IsNoAppointmentWithoutGuests) {
  Series series = weekly();
  series.master->status = model::EventStatus::cancelled;
  EXPECT_FALSE(is_dismissed(series, two_way()));
}

TEST(TheirMeeting, MyAnswerIsGivenUnderTheAddressThatExchangeInvited) {
  const Series exchange = invited();
  Series caldav = with_attendee(with_attendee(organized(kBoss), "ally@example.org"), kBob);
  const Base base = base_of(exchange, caldav);
  caldav.master->attendees.front().participation = Participation::accepted;
  const Decision decision = reconcile(Item{base, copy_of(exchange), copy_of(caldav)}, two_way());
  EXPECT_EQ(text_of(decision.actions), "answer accepted");
  EXPECT_EQ(std::get<Respond>(decision.actions.front()).attendee, kMe);
}
TEST(TheirMeeting, AnAnswerNamesTheVersionAndTheItemThatWereSeen) {
  const Decision decision = reconcile(
      Item{base_of(invited()), copy_of(invited(), "key-7"), copy_of(invited(Participation::tentative))}, two_way());
  const auto& respond = std::get<Respond>(decision.actions.at(0));
  EXPECT_EQ(respond.expected.value, "key-7");
  EXPECT_EQ(respond.parts, copy_of(invited()).parts);
}
TEST(TheirMeeting, AnswerAndCategoryGoSideBySide) {
  Series edited = invited(Participation::accepted);
  edited.master->categories = {"Mine"};
  EXPECT_EQ(decided(Item{base_of(invited()), copy_of(invited()), copy_of(edited)}),
            "update exchange: categories; answer accepted");
}
TEST(TheirMeeting, WhatIDeclineWholeGetsNoOtherWrite) {
  Series edited = invited(Participation::declined);
  edited.master->categories = {"Mine"};
  EXPECT_EQ(decided(Item{base_of(invited()), copy_of(invited()), copy_of(edited)}), "answer declined; dismiss");
}
TEST(TheirMeeting, ASeriesIsNotDeclinedAroundAnAcceptedOccurrence) {
  const Series agreed = with_answer_in_week(invited(), 2, Participation::accepted);
  Series edited = agreed;
  edited.master->attendees.front().participation = Participation::declined;
  EXPECT_EQ(decided(Item{base_of(agreed), copy_of(agreed), copy_of(edited)}),
            "update caldav: attendee alice@example.org / exchange wins: attendee alice@example.org");
}
TEST(TheirMeeting, AnOccurrenceThatIAnswerBringsNothingOfTheOrganizersAlong) {
  Series edited = with_answer_in_week(invited(), 2, Participation::tentative);
  edited.overrides.front().summary = "Mine";
  EXPECT_EQ(
      decided(Item{base_of(invited()), copy_of(invited()), copy_of(edited)}),
      "update caldav: Europe/Berlin:20260616T100000 summary; answer tentative for Europe/Berlin:20260616T100000 / "
      "exchange wins: Europe/Berlin:20260616T100000 summary");
}
/// Every second week only, with a category and an occurrence of its own.
Series counted_otherwise(Series series) {
  series.rules[0].interval = 2;
  series.master->categories = {"Mine"};
  return with_override(series, 2, "Mine");
}
TEST(TheirMeeting, AnOccurrenceThatCaldavCountedOtherwiseGoesWithItsSchedule) {
  EXPECT_EQ(decided(Item{base_of(invited()), copy_of(invited()), copy_of(counted_otherwise(invited()))}),
            "update caldav: schedule, Europe/Berlin:20260616T100000 presence; update exchange: categories / "
            "exchange wins: schedule, Europe/Berlin:20260616T100000 summary, Europe/Berlin:20260616T100000 categories");
}
TEST(TheirMeeting, AnOccurrenceThatCaldavCountedOtherwiseIsNotWrittenToExchange) {
  Series edited = counted_otherwise(invited());
  edited.overrides.front().categories.clear();
  EXPECT_EQ(decided(Item{base_of(invited()), copy_of(invited()), copy_of(edited)}),
            "update caldav: schedule, Europe/Berlin:20260616T100000 presence; update exchange: categories / "
            "exchange wins: schedule, Europe/Berlin:20260616T100000 summary");
}
TEST(TheirMeeting, AnOccurrenceThatCaldavCountedOtherwiseGoesAtTheFirstMeeting) {
  EXPECT_EQ(decided(Item{std::nullopt, copy_of(invited()), copy_of(counted_otherwise(invited()))}),
            "update caldav: schedule, Europe/Berlin:20260616T100000 presence; update exchange: categories / "
            "exchange wins: schedule, Europe/Berlin:20260616T100000 summary, Europe/Berlin:20260616T100000 categories");
}
TEST(TheirMeeting, AnOccurrenceThatKeepsItsAnswerIsAnsweredAgainAfterTheSeries) {
  const Series agreed = invited(Participation::accepted);
  const Series edited = with_answer_in_week(invited(Participation::tentative), 2, Participation::accepted);
  EXPECT_EQ(decided(Item{base_of(agreed), copy_of(agreed), copy_of(edited)}),
            "answer tentative; answer accepted for Europe/Berlin:20260616T100000");
}
TEST(TheirMeeting, AnAnswerThatCantBeGivenToWhatComesBackIsKeptWhateverElseClashes) {
  Policy policy = two_way(ConflictPolicy::caldav);
  policy.mailbox_kind = MailboxKind::room;
  Series there = with_exclusion(invited(), 2), here = with_answer_in_week(invited(), 2, Participation::tentative);
  there.master->categories = {"Theirs"};
  here.master->categories = {"Mine"};
  const Decision decision =
      reconcile(Item{base_of(with_exclusion(invited(), 2)), copy_of(there), copy_of(here)}, policy);
  ASSERT_TRUE(decision.conflict);
  EXPECT_EQ(text_of(decision.conflict),
            "exchange wins: categories, Europe/Berlin:20260616T100000 attendee " + std::string(kMe));
  EXPECT_EQ(decision.conflict->losing, here);
  EXPECT_EQ(text_of(decision.actions),
            "update caldav: categories, Europe/Berlin:20260616T100000 attendee alice@example.org; update exchange: "
            "excluded Europe/Berlin:20260616T100000, Europe/Berlin:20260616T100000 presence");
}
TEST(TheirMeeting, BothAnswersFollowThePolicy) {
  const Item item{base_of(invited()), copy_of(invited(Participation::accepted)),
                  copy_of(invited(Participation::tentative))};
  EXPECT_EQ(decided(item, two_way(ConflictPolicy::caldav)),
            "answer tentative / caldav wins: attendee alice@example.org");
  EXPECT_EQ(decided(item, two_way(ConflictPolicy::exchange)),
            "update caldav: attendee alice@example.org / exchange wins: attendee alice@example.org");
  EXPECT_EQ(decided(item, two_way(ConflictPolicy::park)), "park / parked: attendee alice@example.org");
}
TEST(TheirMeeting, WhereAnOrganizersUnitClashesExchangeWinsAll) {
  Series there = titled(invited(Participation::accepted), "Theirs"),
         here = titled(invited(Participation::tentative), "Mine");
  EXPECT_EQ(decided(Item{base_of(invited()), copy_of(there), copy_of(here)}, two_way(ConflictPolicy::caldav)),
            "update caldav: summary, attendee alice@example.org / exchange wins: summary, attendee alice@example.org");
}
TEST(TheirMeeting, AnAnswerMeetsNoAnswerAtTheFirstMeeting) {
  EXPECT_EQ(decided(Item{std::nullopt, copy_of(invited()), copy_of(invited(Participation::accepted))}),
            "answer accepted");
  EXPECT_EQ(decided(Item{std::nullopt, copy_of(invited(Participation::accepted)), copy_of(invited())}),
            "update caldav: attendee alice@example.org");
}
TEST(TheirMeeting, ANewCopyIsCreatedWithTheAnswersToItsOccurrences) {
  const Series here = with_answer_in_week(invited(Participation::accepted), 2, Participation::declined);
  EXPECT_EQ(decided(Item{std::nullopt, Absent{}, copy_of(here)}),
            "create exchange; answer accepted; answer declined for Europe/Berlin:20260616T100000");
}
TEST(TheirMeeting, ADeclineOfAllButSomeOccurrencesIsTakenBackWhereItWouldBeGoneAgain) {
  const Series here = with_answer_in_week(invited(Participation::declined), 2, Participation::accepted);
  EXPECT_EQ(decided(Item{std::nullopt, Absent{}, copy_of(here)}),
            "update caldav: attendee alice@example.org; create exchange; answer accepted for "
            "Europe/Berlin:20260616T100000 / exchange wins: attendee alice@example.org");
}
TEST(TheirMeeting, AnOrganizersEditDoesNotBeatADelete) {
  EXPECT_EQ(decided(Item{base_of(invited()), Absent{}, copy_of(titled(invited(), "Mine"))}),
            "delete caldav / exchange wins: summary");
}
TEST(TheirMeeting, AnEditOfMineBeatsADeleteAndComesWithTheOrganizersValues) {
  Series edited = titled(invited(), "Mine");
  edited.master->categories = {"Mine"};
  const Decision decision = reconcile(Item{base_of(invited()), Absent{}, copy_of(edited)}, two_way());
  EXPECT_EQ(text_of(decision.actions), "update caldav: summary; create exchange");
  EXPECT_EQ(std::get<Create>(decision.actions.at(1)).series.master->summary, "Standup");
}
TEST(TheirMeeting, ADeclineThatAKillLeftUncommittedIsNoDelete) {
  EXPECT_EQ(decided(Item{base_of(invited()), Absent{}, copy_of(invited(Participation::declined))}), "dismiss");
}
TEST(TheirMeeting, ADeclinedOccurrenceThatAKillLeftUncommittedIsTheSame) {
  EXPECT_EQ(decided(Item{base_of(invited()), copy_of(with_exclusion(invited(), 2)),
                         copy_of(with_answer_in_week(invited(), 2, Participation::declined))}),
            "link");
}
TEST(TheirMeeting, AnAnswerToAnOccurrenceThatExchangeRemovedIsNoDecline) {
  Series agreed = invited();
  agreed.master->status = model::EventStatus::cancelled;  // the override says so, too
  EXPECT_EQ(decided(Item{base_of(agreed), copy_of(with_exclusion(agreed, 2)),
                         copy_of(with_answer_in_week(agreed, 2, Participation::accepted))}),
            "update caldav: excluded Europe/Berlin:20260616T100000, Europe/Berlin:20260616T100000 presence / exchange "
            "wins: excluded Europe/Berlin:20260616T100000, Europe/Berlin:20260616T100000 presence");
}
TEST(TheirMeeting, ADeclineWithACategoryOfAnOccurrenceThatExchangeRemovedIsMoreThanADecline) {
  const Series agreed = with_answer_in_week(invited(), 2, Participation::needs_action);
  Series here = with_answer_in_week(invited(), 2, Participation::declined);
  here.overrides.front().categories = {"Mine"};
  const Decision decision =
      reconcile(Item{base_of(agreed), copy_of(with_exclusion(invited(), 2)), copy_of(here)}, two_way());
  ASSERT_TRUE(decision.conflict);
  EXPECT_EQ(decision.conflict->losing, here);
}
TEST(TheirMeeting, AnOccurrenceThatIAcceptAfterAllIsBroughtBack) {
  const Series exchange = with_exclusion(invited(), 2);
  const Base base = base_of(exchange, with_answer_in_week(invited(), 2, Participation::declined));
  EXPECT_EQ(decided(Item{base, copy_of(exchange), copy_of(with_answer_in_week(invited(), 2, Participation::accepted))}),
            "update exchange: excluded Europe/Berlin:20260616T100000, Europe/Berlin:20260616T100000 presence; answer "
            "accepted for Europe/Berlin:20260616T100000");
}
TEST(TheirMeeting, AnOccurrenceThatExchangeBringsBackIsDeclinedNoMore) {
  const Base base = base_of(with_exclusion(invited(), 2), with_answer_in_week(invited(), 2, Participation::declined));
  EXPECT_EQ(decided(Item{base, copy_of(invited()), base.caldav}),
            "update caldav: Europe/Berlin:20260616T100000 presence");
}

TEST(DeclinedOnExchange, AgainstAnAnswerOnCaldavFollowsThePolicy) {
  const Item item{base_of(invited()), Absent{true}, copy_of(invited(Participation::accepted))};
  EXPECT_EQ(decided(item, two_way(ConflictPolicy::exchange)),
            "update caldav: attendee alice@example.org; dismiss / exchange wins: attendee alice@example.org");
  EXPECT_EQ(decided(item, two_way(ConflictPolicy::caldav)),
            "create exchange; answer accepted / caldav wins: attendee alice@example.org");
}
TEST(DeclinedOnExchange, AgainstAnOccurrenceThatCaldavTookBackFollowsThePolicy) {
  const Item item{base_of(with_exclusion(invited(), 2), with_answer_in_week(invited(), 2, Participation::declined)),
                  Absent{true}, copy_of(with_answer_in_week(invited(), 2, Participation::accepted))};
  EXPECT_EQ(decided(item, two_way(ConflictPolicy::exchange)),
            "update caldav: attendee alice@example.org, Europe/Berlin:20260616T100000 attendee alice@example.org; "
            "dismiss / exchange wins: attendee alice@example.org");
  EXPECT_EQ(decided(item, two_way(ConflictPolicy::caldav)),
            "create exchange; answer accepted for Europe/Berlin:20260616T100000 / caldav wins: attendee "
            "alice@example.org");
  EXPECT_EQ(decided(item, two_way(ConflictPolicy::park)), "park / parked: attendee alice@example.org");
}
TEST(DeclinedOnExchange, AgainstAnAnswerToAllCoversTheOccurrenceThatCaldavTookBack) {
  const Item item{base_of(with_exclusion(invited(), 2), with_answer_in_week(invited(), 2, Participation::declined)),
                  Absent{true},
                  copy_of(with_answer_in_week(invited(Participation::accepted), 2, Participation::accepted))};
  EXPECT_EQ(decided(item, two_way(ConflictPolicy::exchange)),
            "update caldav: attendee alice@example.org, Europe/Berlin:20260616T100000 attendee alice@example.org; "
            "dismiss / exchange wins: attendee alice@example.org");
}
TEST(DeclinedOnExchange, AroundAnOccurrenceThatWasCalledOffIsNoConflict) {
  Series caldav = with_answer_in_week(invited(), 2, Participation::needs_action);
  caldav.overrides.front().status = model::EventStatus::cancelled;
  const Item item{base_of(with_exclusion(invited(), 2), caldav), Absent{true}, copy_of(caldav)};
  EXPECT_EQ(decided(item, two_way(ConflictPolicy::park)), "update caldav: attendee alice@example.org; dismiss");
  EXPECT_EQ(decided(item, one_way()), "update caldav: attendee alice@example.org; dismiss");
}
TEST(DeclinedOnExchange, OneWayIsNoDeleteEither) {
  EXPECT_EQ(decided(Item{base_of(invited()), Absent{true}, copy_of(invited())}, one_way()),
            "update caldav: attendee alice@example.org; dismiss");
}
TEST(DeclinedOnExchange, WithoutALineOfMyOwnPutsOneThere) {
  const Series forwarded = with_attendee(organized(kBoss), kBob);
  EXPECT_EQ(decided(Item{base_of(forwarded), Absent{true}, copy_of(forwarded)}),
            "update caldav: attendee alice@example.org; dismiss");
}

Base dismissed(const Series& caldav) {
  Base base = base_of(invited(), caldav);
  base.exchange_removed = true;
  return base;
}
TEST(DismissedMeeting, RestsUntilItIsTakenBack) {
  const Series declined = invited(Participation::declined);
  EXPECT_EQ(decided(Item{dismissed(declined), Absent{}, copy_of(declined)}), "");
  EXPECT_EQ(decided(Item{dismissed(declined), Absent{}, copy_of(placed(declined, "Mine"))}), "dismiss");
}
TEST(DismissedMeeting, DeletedOnCaldavIsGone) {
  EXPECT_EQ(decided(Item{dismissed(invited(Participation::declined)), Absent{}, Absent{}}), "forget");
}
TEST(DismissedMeeting, ThatTheOrganizerBringsBackLearnsWhatCaldavDidMeanwhile) {
  Series here = invited(Participation::declined);
  here.master->categories = {"Mine"};
  EXPECT_EQ(decided(Item{dismissed(here), copy_of(titled(invited(), "New")), copy_of(here)}),
            "update caldav: summary, attendee alice@example.org; update exchange: categories");
}
TEST(DismissedMeeting, CalledOffByMeComesBackWithExchangesItem) {
  Series here = mine();
  here.master->status = model::EventStatus::cancelled;
  Base base = base_of(mine(), here);
  base.exchange_removed = true;
  EXPECT_EQ(decided(Item{base, copy_of(mine()), copy_of(here)}), "update caldav: status");
}

TEST(WhoIsTold, NobodyAtAFirstMeeting) {
  EXPECT_EQ(
      decided(Item{std::nullopt, copy_of(mine()), copy_of(placed(mine(), "Room 1"))}, sending(Scheduling::exchange)),
      "update exchange: location");
}
TEST(WhoIsTold, NobodyOneWay) {
  Policy policy = one_way();
  policy.scheduling = Scheduling::caldav;
  EXPECT_EQ(decided(Item{base_of(mine()), copy_of(titled(mine(), "New")), copy_of(mine())}, policy),
            "update caldav: summary");
}
TEST(WhoIsTold, NotAnOrganizerWhoAskedForNoAnswer) {
  Series quiet = invited();
  for (auto& attendee : quiet.master->attendees) attendee.rsvp = false;
  Series accepted = quiet;
  accepted.master->attendees.front().participation = Participation::accepted;
  EXPECT_EQ(decided(Item{base_of(quiet), copy_of(quiet), copy_of(accepted)}, sending(Scheduling::exchange)),
            "answer accepted");
  EXPECT_EQ(decided(Item{base_of(quiet), copy_of(quiet), Absent{}}, sending(Scheduling::exchange)), "delete exchange");
}
TEST(WhoIsTold, NotAgainWhereAnOldAnswerIsGivenToANewItem) {
  Series edited = invited(Participation::accepted);
  edited.master->categories = {"Mine"};
  EXPECT_EQ(decided(Item{base_of(invited(Participation::accepted)), Absent{}, copy_of(edited)},
                    sending(Scheduling::exchange)),
            "create exchange; answer accepted");
}
TEST(WhoIsTold, NotAgainOfAnOccurrenceUnderAnotherNameOfItsZone) {
  const Series agreed = with_answer_in_week(invited(), 2, Participation::accepted);
  Series edited = in_zone_named(agreed, "Europe/Vienna");
  edited.master->categories = {"Mine"};
  EXPECT_EQ(decided(Item{base_of(agreed), Absent{}, copy_of(edited)}, sending(Scheduling::exchange)),
            "create exchange; answer accepted for Europe/Vienna:20260616T100000");
}
TEST(WhoIsTold, NotOfADeleteWhoWasToldOfTheDecline) {
  const Series declined = invited(Participation::declined);
  EXPECT_EQ(decided(Item{base_of(declined), copy_of(declined), Absent{}}, sending(Scheduling::exchange)),
            "delete exchange");
}
TEST(WhoIsTold, TheLastGuestThatHeIsOneNoMore) {
  Series alone = mine();
  alone.master->attendees.clear();
  EXPECT_EQ(decided(Item{base_of(mine()), copy_of(mine()), copy_of(alone)}, sending(Scheduling::exchange)),
            "update exchange to guests: attendee bob@example.org");
}
TEST(WhoIsTold, OfAnOccurrenceWhatTheMasterDoesNotSay) {
  Series marked = with_override(mine(), 2, "Standup"), renamed = with_override(mine(), 2, "Offsite");
  marked.overrides.front().categories = {"Mine"};
  EXPECT_EQ(decided(Item{base_of(mine()), copy_of(mine()), copy_of(marked)}, sending(Scheduling::exchange)),
            "update exchange: Europe/Berlin:20260616T100000 presence");
  EXPECT_EQ(decided(Item{base_of(mine()), copy_of(mine()), copy_of(renamed)}, sending(Scheduling::exchange)),
            "update exchange to guests: Europe/Berlin:20260616T100000 presence");
}
TEST(WhoIsTold, OfACancellationAndOfTheRestApart) {
  Series edited = titled(with_override(mine(), 2, "Standup"), "New");
  edited.overrides.front().status = model::EventStatus::cancelled;
  EXPECT_EQ(decided(Item{base_of(mine()), copy_of(mine()), copy_of(edited)}, sending(Scheduling::exchange)),
            "update exchange to guests: summary; cancel Europe/Berlin:20260616T100000 to guests");
}
TEST(WhoIsTold, NotTwiceOfASeriesThatWasCalledOff) {
  Series off = mine();
  off.master->status = model::EventStatus::cancelled;
  EXPECT_EQ(decided(Item{base_of(off), copy_of(off), copy_of(titled(off, "Cancelled: Standup"))},
                    sending(Scheduling::exchange)),
            "update exchange to guests: summary");
}

TEST(RuleThatExchangeLacks, ParksAMeetingBeforeAnythingOfItIsWritten) {
  Policy policy = two_way();
  policy.exchange_holds_rule = [](const Series& series) { return series.rules.front().interval < 5; };
  Series here = mine();
  here.rules.front().interval = 5;
  const Decision decision = reconcile(Item{base_of(mine()), copy_of(placed(mine(), "Room 1")), copy_of(here)}, policy);
  EXPECT_EQ(text_of(decision.actions), "park");
  EXPECT_EQ(decision.reason, Reason::rule_unsupported);
}
TEST(RuleThatExchangeLacks, DoesNotKeepOtherEditsOfTheMeetingBack) {
  Policy policy = two_way();
  policy.exchange_holds_rule = [](const Series&) { return false; };
  EXPECT_EQ(decided(Item{base_of(mine()), copy_of(mine()), copy_of(titled(mine(), "New"))}, policy),
            "update exchange: summary");
}

TEST(RedundantOverride, ChangesAlongWithItsMaster) {
  const Series written_out = with_override(weekly(), 2, "Standup");
  EXPECT_EQ(decided(Item{base_of(weekly(), written_out), copy_of(titled(weekly(), "New")), copy_of(written_out)}),
            "update caldav: summary, Europe/Berlin:20260616T100000 summary");
}
TEST(RedundantOverride, ThatIsNewChangesAlongUnlessItIsCarriedOver) {
  const Series written_out = with_override(weekly(), 2, "Standup");
  EXPECT_EQ(decided(Item{base_of(weekly()), copy_of(titled(weekly(), "New")), copy_of(written_out)}),
            "update caldav: summary; update exchange: Europe/Berlin:20260616T100000 presence");
}
TEST(RedundantOverride, ThatItsMasterLeftBehindIsBroughtOver) {
  const Series written_out = with_override(weekly(), 2, "Standup");
  EXPECT_EQ(decided(Item{base_of(written_out, weekly()), copy_of(titled(written_out, "New")), copy_of(weekly())}),
            "update caldav: summary, Europe/Berlin:20260616T100000 presence");
}

}  // namespace
}  // namespace caravan::sync::test
