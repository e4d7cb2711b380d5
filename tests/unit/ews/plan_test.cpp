// SPDX-License-Identifier: GPL-3.0-or-later
// The steps by which a change of a series reaches Exchange, and that they lead there.
#include <gtest/gtest.h>

#include "unit/ews/paper_exchange.hpp"
#include "util/text.hpp"

namespace caravan::ews::test {
namespace {

using mapping::WritePlan;
using model::EventTime;
using model::Series;

constexpr const char* kHead = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n";
constexpr const char* kTail = "END:VCALENDAR\r\n";

std::string component(const std::string& lines) {
  return "BEGIN:VEVENT\r\nUID:one@example.org\r\n" + lines + "END:VEVENT\r\n";
}
/// Every Monday at 9:00 in Berlin, ten times from 1 March 2027; `more` in the master, then further components.
Series weekly(const std::string& more = {}, const std::string& components = {}) {
  return series_of_ics(
      kHead +
      component("DTSTART;TZID=Europe/Berlin:20270301T090000\r\nDTEND;TZID=Europe/Berlin:20270301T100000\r\n"
                "RRULE:FREQ=WEEKLY;COUNT=10\r\nSUMMARY:Round\r\n" +
                more) +
      components + kTail);
}
std::string changed(const std::string& day, const std::string& lines) {
  return component("RECURRENCE-ID;TZID=Europe/Berlin:" + day + "T090000\r\n" + lines);
}
std::string moved(const std::string& day, const std::string& from, const std::string& to,
                  const std::string& title = "Round") {
  return changed(day, "DTSTART;TZID=Europe/Berlin:" + from + "\r\nDTEND;TZID=Europe/Berlin:" + to +
                          "\r\nSUMMARY:" + title + "\r\n");
}

std::string steps(const Result<WritePlan>& plan) {
  if (!plan) return plan.error().what;
  std::vector<std::string> lines;
  for (const auto& step : plan->steps) lines.push_back(to_string(step));
  return text::join(lines, "\n");
}
std::string created(const Series& series) { return steps(mapping::plan_create(paper_context(), series)); }
std::string updated(const Series& before, const Series& wanted) {
  return steps(mapping::plan_update(paper_context(), before, wanted));
}

TEST(Creating, ASingleEventTakesOneStep) {
  EXPECT_EQ(created(series_of_event("DTSTART:20270301T090000Z\r\nDTEND:20270301T100000Z\r\nSUMMARY:a\r\n")),
            "create item");
}
TEST(Creating, ASeriesDeletesBeforeItChangesOccurrences) {
  EXPECT_EQ(created(weekly("EXDATE;TZID=Europe/Berlin:20270308T090000\r\n",
                           moved("20270315", "20270315T120000", "20270315T130000", "Other"))),
            "create item\n"
            "delete occurrence Europe/Berlin:20270308T090000\n"
            "update occurrence Europe/Berlin:20270315T090000: schedule, summary");
}
TEST(Creating, MovesLaterOccurrencesLastToFirst) {
  EXPECT_EQ(created(weekly({}, moved("20270308", "20270309T090000", "20270309T100000") +
                                   moved("20270315", "20270316T090000", "20270316T100000") +
                                   moved("20270322", "20270321T090000", "20270321T100000"))),
            "create item\n"
            "update occurrence Europe/Berlin:20270315T090000: schedule\n"
            "update occurrence Europe/Berlin:20270308T090000: schedule\n"
            "update occurrence Europe/Berlin:20270322T090000: schedule");
}
TEST(Creating, AMeetingOfAForeignOrganizerImportsItAndAnswers) {
  const std::string people =
      "ORGANIZER:mailto:boss@partner.example.com\r\nATTENDEE;PARTSTAT=TENTATIVE:mailto:owner@fixtures.example.org\r\n";
  EXPECT_EQ(
      created(series_of_event("DTSTART:20270301T090000Z\r\nDTEND:20270301T100000Z\r\n" + people)),
      "import item\nrespond: TENTATIVE\n"
      "update item: summary, body, location, busy, status, sensitivity, priority, categories, link, alarms, extra");
}
TEST(Creating, ADeclinedMeetingImportsItWithoutAnsweringSoThatItStays) {
  const std::string people =
      "ORGANIZER:mailto:boss@partner.example.com\r\nATTENDEE;PARTSTAT=DECLINED:mailto:owner@fixtures.example.org\r\n";
  EXPECT_EQ(
      created(series_of_event("DTSTART:20270301T090000Z\r\nDTEND:20270301T100000Z\r\n" + people)),
      "import item\n"
      "update item: summary, body, location, busy, status, sensitivity, priority, categories, link, alarms, extra");
}
TEST(Creating, ARuleThatExchangeLacksMakesAnItemOfEachOccurrenceInTheWindow) {
  Instant now{};
  ASSERT_TRUE(parse_rfc3339("2027-03-15T00:00:00Z", now));
  const Series series = series_of_event(
      "DTSTART;TZID=Europe/Berlin:20270301T090000\r\nDTEND;TZID=Europe/Berlin:20270301T100000\r\n"
      "RRULE:FREQ=MONTHLY;BYDAY=1MO,3MO;UNTIL=20310101T000000Z\r\n");
  const auto plan = mapping::plan_create(paper_context(now), series);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->steps.size(), 49U);  // two a month for two years, and today's month
  EXPECT_EQ(to_string(plan->steps.front()), "create part Europe/Berlin:20270301T090000");
}
TEST(Creating, TooManySingleEntriesIsRefused) {
  const auto plan = mapping::plan_create(
      paper_context(Instant{}),
      series_of_event("DTSTART:19700101T000000Z\r\nDTEND:19700101T000500Z\r\nRRULE:FREQ=HOURLY\r\n"));
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().fault, Fault::unsupported);
}

TEST(Updating, NothingTakesNoStep) { EXPECT_EQ(updated(weekly(), weekly()), ""); }
TEST(Updating, ATitleTakesOneStep) {
  Series wanted = weekly();
  wanted.master->summary = "New";
  EXPECT_EQ(updated(weekly(), wanted), "update item: summary");
}
TEST(Updating, ATitleOfASeriesWithChangedOccurrencesLooksAfterThoseToo) {
  const Series before = weekly({}, moved("20270315", "20270315T120000", "20270315T130000"));
  Series wanted = before;
  wanted.master->summary = "New";
  EXPECT_EQ(updated(before, wanted), "update item: summary\nupdate occurrence Europe/Berlin:20270315T090000: summary");
}
TEST(Updating, TheScheduleWritesAllOccurrencesAgain) {
  const Series before = weekly("EXDATE;TZID=Europe/Berlin:20270308T090000\r\n",
                               moved("20270315", "20270315T120000", "20270315T130000", "Other"));
  Series wanted = before;
  wanted.rules[0].count = 12;
  EXPECT_EQ(updated(before, wanted),
            "update item: schedule\n"
            "delete occurrence Europe/Berlin:20270308T090000\n"
            "update occurrence Europe/Berlin:20270315T090000: schedule, summary");
}
TEST(Updating, ADeletedOccurrenceTakesOneStep) {
  EXPECT_EQ(updated(weekly(), weekly("EXDATE;TZID=Europe/Berlin:20270308T090000\r\n")),
            "delete occurrence Europe/Berlin:20270308T090000");
}
TEST(Updating, AnOccurrenceThatComesBackRenewsThePattern) {
  EXPECT_EQ(updated(weekly("EXDATE;TZID=Europe/Berlin:20270308T090000,20270315T090000\r\n"),
                    weekly("EXDATE;TZID=Europe/Berlin:20270315T090000\r\n")),
            "renew pattern\nupdate item: schedule\ndelete occurrence Europe/Berlin:20270315T090000");
}
TEST(Updating, AnOverrideThatWentGetsTheMastersValuesAgain) {
  EXPECT_EQ(updated(weekly({}, moved("20270315", "20270315T120000", "20270315T130000", "Other")), weekly()),
            "update occurrence Europe/Berlin:20270315T090000: schedule, summary");
}
TEST(Updating, AnOverridesFieldTakesThatFieldOnly) {
  const Series before = weekly({}, moved("20270315", "20270315T120000", "20270315T130000", "Other"));
  Series wanted = before;
  wanted.overrides[0].location = "Room 5";
  EXPECT_EQ(updated(before, wanted), "update occurrence Europe/Berlin:20270315T090000: location");
}
TEST(Updating, MyAnswerToAnInvitationIsARespond) {
  const auto with = [](const char* answer) {
    return series_of_event(
        "DTSTART:20270301T090000Z\r\nDTEND:20270301T100000Z\r\nORGANIZER:mailto:boss@partner.example.com\r\n"
        "ATTENDEE;PARTSTAT=" +
        std::string(answer) + ":mailto:o.alias@fixtures.example.org\r\n");
  };
  EXPECT_EQ(updated(with("NEEDS-ACTION"), with("ACCEPTED")), "respond: ACCEPTED\nupdate item: attendee");
}
TEST(Updating, FilesComeAndGoByThemselves) {
  Series before = weekly(), wanted = weekly();
  before.master->attachments.push_back({"old.txt", "text/plain", {}, {}, false, 3, {}, "ID"});
  wanted.master->attachments.push_back({"new.txt", "text/plain", {}, {}, false, 4, {}, {}});
  EXPECT_EQ(updated(before, wanted), "update item: attachments\ndetach\nattach");
}
TEST(Updating, ASeriesThatExchangeHoldsInAFormOfItsOwnKeepsIt) {
  // Occurrences that overlap: Exchange would refuse them from us, but this series is its own.
  const Series before =
      series_of_event("DTSTART:20270301T090000Z\r\nDTEND:20270302T120000Z\r\nRRULE:FREQ=DAILY;COUNT=4\r\n");
  Series wanted = before;
  wanted.master->summary = "New";
  EXPECT_EQ(updated(before, wanted), "update item: summary");
}
TEST(Updating, ARuleThatExchangeLacksReplacesTheItemByItsOccurrences) {
  Instant now{};
  ASSERT_TRUE(parse_rfc3339("2027-03-01T00:00:00Z", now));
  Series wanted = weekly();
  wanted.rules[0] = {};
  wanted.rules[0].frequency = model::Frequency::hourly;
  wanted.rules[0].interval = 5;
  wanted.rules[0].count = 2;
  EXPECT_EQ(steps(mapping::plan_update(paper_context(now), weekly(), wanted)),
            "create part Europe/Berlin:20270301T090000\ncreate part Europe/Berlin:20270301T140000\ndelete item");
}

/// Takes `before` to Exchange, then the change to `wanted`, and gives what is read then.
Series after_update(const Series& before, const Series& wanted) {
  PaperExchange paper;
  auto create = mapping::plan_create(paper_context(), before);
  EXPECT_TRUE(create);
  paper.take(*create, before);
  auto update = mapping::plan_update(paper_context(), before, wanted);
  EXPECT_TRUE(update) << update.error().what;
  paper.take(*update, wanted);
  auto fetched = paper.read();
  EXPECT_TRUE(fetched) << fetched.error().what;
  return fetched ? fetched->series : Series{};
}
std::string what_differs(const Series& one, const Series& other) {
  std::string out;
  for (const auto& change : model::difference(one, other))
    out += change.occurrence + ' ' + std::string(to_string(change.field)) + ' ' + change.key + '\n';
  return out;
}

TEST(AnUpdate, LeadsToWhatIsWantedWhateverItWasBefore) {
  const std::vector<Series> states = {
      weekly(),
      weekly("LOCATION:Room 1\r\nCATEGORIES:Red,Blue\r\nPRIORITY:2\r\nURL:https://example.org\r\nX-A:1\r\n"),
      weekly("EXDATE;TZID=Europe/Berlin:20270308T090000\r\n"),
      weekly("EXDATE;TZID=Europe/Berlin:20270315T090000\r\nSTATUS:TENTATIVE\r\n",
             moved("20270322", "20270322T120000", "20270322T130000", "Other")),
      weekly("BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:x\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\n",
             moved("20270322", "20270323T120000", "20270323T130000") +
                 moved("20270329", "20270330T120000", "20270330T130000")),
      weekly("ORGANIZER;CN=The "
             "Owner:mailto:owner@fixtures.example.org\r\nATTENDEE;ROLE=OPT-PARTICIPANT:mailto:ben@example.org\r\n"
             "ATTENDEE;CUTYPE=ROOM:mailto:room@example.org\r\n"),
      series_of_event("DTSTART;VALUE=DATE:20270301\r\nRRULE:FREQ=DAILY;COUNT=3\r\nSUMMARY:Days\r\n"),
      series_of_event("DTSTART:20270301T090000\r\nSUMMARY:Floating\r\n"),
      series_of_event("DTSTART;TZID=Europe/Vienna:20270301T090000\r\nDTEND;TZID=Europe/London:20270301T120000\r\n"
                      "RRULE:FREQ=MONTHLY;BYMONTHDAY=1,8;COUNT=6\r\nDESCRIPTION:Text\r\n"),
  };
  std::string problems;
  for (std::size_t from = 0; from < states.size(); ++from)
    for (std::size_t to = 0; to < states.size(); ++to) {
      // An override that went stays on paper as one with the master's values, as on Exchange.
      Series read = after_update(states[from], states[to]);
      std::erase_if(read.overrides, [&](const model::Event& event) {
        return std::none_of(states[to].overrides.begin(), states[to].overrides.end(),
                            [&](const auto& each) { return each.recurrence_id == event.recurrence_id; });
      });
      const std::string delta = what_differs(states[to], read);
      if (!delta.empty()) problems += std::to_string(from) + " to " + std::to_string(to) + ":\n" + delta;
    }
  EXPECT_EQ(problems, "");
}

TEST(Folding, FindsWhatWasChangedAndDeletedAmongTheSingleItems) {
  const auto context = paper_context();
  const Series agreed = series_of_event(
      "DTSTART;TZID=Europe/Berlin:20270301T090000\r\nDTEND;TZID=Europe/Berlin:20270301T100000\r\nSUMMARY:a\r\n"
      "RRULE:FREQ=HOURLY;INTERVAL=5;COUNT=3\r\n");
  const auto held = context.expand(agreed, Instant{}, Instant(std::chrono::seconds(3000000000)), 10);
  ASSERT_EQ(held.size(), 3U);
  Series same, renamed;
  for (auto* part : {&same, &renamed}) {
    part->overrides.push_back(mapping::event_at(context, agreed, held[part == &same ? 0 : 1]));
    part->overrides[0].recurrence_id = held[part == &same ? 0 : 1];
  }
  renamed.overrides[0].summary = "b";
  const std::vector<Series> parts = {same, renamed};
  const Series folded = mapping::fold(context, agreed, held, parts);
  EXPECT_EQ(folded.rules, agreed.rules);
  ASSERT_EQ(folded.overrides.size(), 1U);
  EXPECT_EQ(folded.overrides[0].summary, "b");
  EXPECT_EQ(folded.excluded, std::vector<EventTime>{held[2]});
}

}  // namespace
}  // namespace caravan::ews::test
