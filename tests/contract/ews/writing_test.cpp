// SPDX-License-Identifier: GPL-3.0-or-later
// ExchangeWriter against exchange-sim: whole series created, changed, removed, found; silently, and on condition.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "contract/ews/writing_world.hpp"

namespace caravan::ews::test {
namespace {

using model::Series;

class WritingTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!simulator_is_built()) GTEST_SKIP() << "exchange-sim is not built";
    world = std::make_unique<WritingWorld>();
  }
  std::unique_ptr<WritingWorld> world;
};

constexpr const char* kSingle =
    "DTSTART;TZID=Europe/Berlin:20270301T090000\r\nDTEND;TZID=Europe/Berlin:20270301T100000\r\nSUMMARY:One\r\n";

Series weekly(const std::string& more = {}, const std::string& components = {}) {
  auto all = series_of_ics(
      "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:weekly@example.org\r\n"
      "DTSTART;TZID=Europe/Berlin:20270301T090000\r\nDTEND;TZID=Europe/Berlin:20270301T100000\r\n"
      "RRULE:FREQ=WEEKLY;COUNT=10\r\nSUMMARY:Round\r\n" +
      more + "END:VEVENT\r\n" + components + "END:VCALENDAR\r\n");
  return all.empty() ? Series{} : all.front();
}
std::string changed(const std::string& day, const std::string& lines) {
  return "BEGIN:VEVENT\r\nUID:weekly@example.org\r\nRECURRENCE-ID;TZID=Europe/Berlin:" + day + "T090000\r\n" + lines +
         "END:VEVENT\r\n";
}
std::string moved(const std::string& day, const std::string& from, const std::string& to, const std::string& title) {
  return changed(day, "DTSTART;TZID=Europe/Berlin:" + from + "\r\nDTEND;TZID=Europe/Berlin:" + to +
                          "\r\nSUMMARY:" + title + "\r\n");
}
Series full_week() {
  return weekly(
      "EXDATE;TZID=Europe/Berlin:20270308T090000\r\nLOCATION:Room 1\r\nURL:https://example.org\r\n"
      "BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:x\r\nTRIGGER:-PT10M\r\nEND:VALARM\r\n",
      moved("20270315", "20270316T120000", "20270316T130000", "Other"));
}

TEST_F(WritingTest, ASingleEventIsOneRequestAndReadsAsItWasWritten) {
  const Series series = series_of_event(std::string(kSingle) + "DESCRIPTION:Text\\nmore\r\nCATEGORIES:Red\r\n");
  world->writer();
  world->simulator.post("requests/reset");
  const Written written = world->create(series);
  EXPECT_TRUE(written.exact);
  EXPECT_EQ(world->simulator.get("requests").at("total"), 1);
  const Fetched fetched = world->read(written);
  EXPECT_EQ(what_differs(series, fetched.series), "");
  EXPECT_EQ(fetched.mark, "mark of one@example.org");
  EXPECT_EQ(fetched.change_key, written.parts.at(0).change_key);
}

TEST_F(WritingTest, ManySingleEventsShareRequests) {
  std::vector<Creation> creations;
  for (int i = 0; i < 25; ++i) {
    const std::string uid = "many-" + std::to_string(i) + "@example.org";
    creations.push_back({series_of_event(kSingle, uid), uid});
  }
  world->writer();
  world->simulator.post("requests/reset");
  const auto rows = world->writer().create(creations, Attempt::first);
  EXPECT_TRUE(std::all_of(rows.begin(), rows.end(), [](const auto& row) { return row.has_value(); }));
  EXPECT_EQ(world->simulator.requests("CreateItem"), 3);
  EXPECT_EQ(world->items().size(), 25U);
}

TEST_F(WritingTest, ASeriesGetsItsChangedAndDeletedOccurrences) {
  const Written written = world->create(full_week());
  EXPECT_EQ(what_differs(full_week(), world->read(written).series), "");
}

TEST_F(WritingTest, AnUpdateSendsTheChangedFieldOnly) {
  const Series before = series_of_event(std::string(kSingle) + "LOCATION:Room 1\r\nX-A:1\r\n");
  const Written written = world->create(before);
  Series wanted = before;
  wanted.master->summary = "New";
  const auto done = world->apply(written, before, wanted);
  ASSERT_TRUE(done) << done.error().what;
  EXPECT_TRUE(done->exact);
  EXPECT_EQ(done->parts.at(0).item, written.parts.at(0).item);
  EXPECT_EQ(what_differs(wanted, world->read(*done).series), "");
}

TEST_F(WritingTest, AnUpdateOfWhatWasChangedMeanwhileIsRefused) {
  const Series before = series_of_event(kSingle);
  const Written written = world->create(before);
  world->simulator.post("mailboxes/anna@example.com/touch", {{"uid", "one@example.org"}});
  Series wanted = before;
  wanted.master->summary = "New";
  const auto done = world->apply(written, before, wanted);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().fault, Fault::precondition_failed);
  EXPECT_EQ(world->read(written).series.master->summary, "One");
}

TEST_F(WritingTest, EveryChangeOfASeriesArrives) {
  const std::vector<Series> states = {
      weekly(),
      full_week(),
      weekly("EXDATE;TZID=Europe/Berlin:20270315T090000\r\nSTATUS:TENTATIVE\r\n",
             moved("20270322", "20270323T120000", "20270323T130000", "Third") +
                 changed("20270329",
                         "DTSTART;TZID=Europe/Berlin:20270329T090000\r\n"
                         "DTEND;TZID=Europe/Berlin:20270329T100000\r\nSUMMARY:Round\r\nPRIORITY:1\r\n")),
      weekly("DESCRIPTION:Text\r\n", moved("20270315", "20270316T080000", "20270316T083000", "Fourth")),
  };
  Series shown = states[0];
  Written written = world->create(shown);
  for (const std::size_t next : {1U, 2U, 3U, 1U, 0U, 2U, 0U}) {
    auto done = world->apply(written, world->read(written).series, states[next]);
    ASSERT_TRUE(done) << next << ": " << done.error().what;
    written = std::move(*done);
    Series read = world->read(written).series;
    // What was an override stays an exception on Exchange, with the series' values.
    std::erase_if(read.overrides, [&](const model::Event& event) {
      return std::none_of(states[next].overrides.begin(), states[next].overrides.end(),
                          [&](const auto& each) { return each.recurrence_id == event.recurrence_id; });
    });
    EXPECT_EQ(what_differs(states[next], read), "") << next;
  }
}

TEST_F(WritingTest, AnOccurrenceThatWasDeletedComesBack) {
  const Series before = weekly("EXDATE;TZID=Europe/Berlin:20270308T090000,20270315T090000\r\n");
  const Series wanted = weekly("EXDATE;TZID=Europe/Berlin:20270315T090000\r\n");
  const auto done = world->apply(world->create(before), before, wanted);
  ASSERT_TRUE(done) << done.error().what;
  EXPECT_EQ(what_differs(wanted, world->read(*done).series), "");
}

TEST_F(WritingTest, AnEditOfAnOccurrenceThatTheDecisionDidNotSeeIsNotWrittenOver) {
  const Series before = weekly();
  const Written written = world->create(before);
  const Series theirs = weekly({}, moved("20270315", "20270315T120000", "20270315T130000", "Theirs"));
  const auto other = world->apply(written, before, theirs);
  ASSERT_TRUE(other);
  const Series ours = weekly({}, moved("20270315", "20270315T140000", "20270315T150000", "Ours"));
  const auto done = world->apply(written, before, ours);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().fault, Fault::precondition_failed);
  EXPECT_EQ(what_differs(theirs, world->read(*other).series), "");
}

TEST_F(WritingTest, WhatExchangeCantHoldBecomesSingleItemsThatReadAsOccurrences) {
  const Series series = series_of_event(
      "DTSTART;TZID=Europe/Berlin:20270301T090000\r\nDTEND;TZID=Europe/Berlin:20270301T100000\r\nSUMMARY:Odd\r\n"
      "RRULE:FREQ=HOURLY;INTERVAL=30;COUNT=4\r\n",
      "odd@example.org");
  const Written written = world->create(series);
  ASSERT_EQ(written.parts.size(), 4U);
  const Fetched part = world->read(written.parts[1].item);
  EXPECT_EQ(part.series.uid.value, "odd@example.org");
  EXPECT_FALSE(part.series.master);
  EXPECT_EQ(to_string(*part.series.overrides.at(0).recurrence_id), written.parts[1].occurrence);
}

TEST_F(WritingTest, SingleItemsOfASeriesAreChangedDeletedAndFoldedAgain) {
  const Series before = series_of_event(
      "DTSTART;TZID=Europe/Berlin:20270301T090000\r\nDTEND;TZID=Europe/Berlin:20270301T100000\r\nSUMMARY:Odd\r\n"
      "RRULE:FREQ=HOURLY;INTERVAL=30;COUNT=4\r\n",
      "odd@example.org");
  const Written written = world->create(before);
  Series wanted = before;
  wanted.master->location = "Room 9";
  wanted.excluded.push_back(before.master->start);
  const auto done = world->apply(written, before, wanted);
  ASSERT_TRUE(done) << done.error().what;
  ASSERT_EQ(done->parts.size(), 3U);
  std::vector<Series> parts;
  for (const auto& part : done->parts) parts.push_back(world->read(part.item).series);
  EXPECT_EQ(what_differs(wanted, world->writer().fold(wanted, done->parts, parts)), "");
}

TEST_F(WritingTest, ASeriesThatExchangeCanHoldAgainBecomesOneItem) {
  const Series before = series_of_event(
      "DTSTART;TZID=Europe/Berlin:20270301T090000\r\nDTEND;TZID=Europe/Berlin:20270301T100000\r\nSUMMARY:Odd\r\n"
      "RRULE:FREQ=HOURLY;INTERVAL=30;COUNT=4\r\n",
      "odd@example.org");
  Series wanted = before;
  wanted.rules[0].frequency = model::Frequency::daily;
  wanted.rules[0].interval = 2;
  const auto done = world->apply(world->create(before), before, wanted);
  ASSERT_TRUE(done) << done.error().what;
  ASSERT_EQ(done->parts.size(), 1U);
  EXPECT_EQ(world->items().size(), 1U);
  EXPECT_EQ(what_differs(wanted, world->read(*done).series), "");
}

TEST_F(WritingTest, RemovingTakesAnItemToDeletedItemsAndTwiceIsOnce) {
  const Written written = world->create(full_week());
  EXPECT_TRUE(world->writer().remove(written.parts));
  EXPECT_EQ(world->items().size(), 0U);
  EXPECT_TRUE(world->writer().remove(written.parts));
}

TEST_F(WritingTest, RemovingWhatWasChangedMeanwhileIsRefused) {
  const Written written = world->create(full_week());
  world->simulator.post("mailboxes/anna@example.com/touch", {{"uid", "weekly@example.org"}});
  const auto done = world->writer().remove(written.parts);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().fault, Fault::precondition_failed);
  EXPECT_EQ(world->items().size(), 1U);
}

TEST_F(WritingTest, ItemsAreFoundByMarkAndByUid) {
  const std::string long_uid = std::string(300, 'u') + "@example.org";
  const Written one = world->create(series_of_event(kSingle));
  const Written two = world->create(series_of_event(kSingle, long_uid));
  const auto by_mark = world->writer().find_by_mark("mark of one@example.org");
  ASSERT_TRUE(by_mark && by_mark->size() == 1);
  EXPECT_EQ(by_mark->front().item, one.parts[0].item);
  const auto any = world->writer().find_by_mark("");
  ASSERT_TRUE(any);
  EXPECT_EQ(any->size(), 2U);
  const auto by_uid = world->writer().find_by_uid(Uid(long_uid));
  ASSERT_TRUE(by_uid && by_uid->size() == 1);
  EXPECT_EQ(by_uid->front().item, two.parts[0].item);
  EXPECT_EQ(world->read(two).series.uid.value, long_uid);
  const auto none = world->writer().find_by_uid(Uid("nobody@example.org"));
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->empty());
}

TEST_F(WritingTest, StrippingTakesOurTracesOff) {
  const Written written = world->create(series_of_event(std::string(kSingle) + "X-A:1\r\n"));
  const Saved saved{written.parts[0].item, written.parts[0].change_key};
  const auto done = world->writer().strip(std::span(&saved, 1));
  ASSERT_TRUE(done.front());
  const Fetched fetched = world->read(written);
  EXPECT_EQ(fetched.mark, "");
  EXPECT_TRUE(fetched.series.master->extra.empty());
}

TEST_F(WritingTest, AttachmentsComeGoAndStayWithTheirOccurrences) {
  const auto attached = [&](Series series, const std::string& content) {
    series.master->attachments.push_back(
        {"plan.txt", "text/plain", {}, {}, false, content.size(), Digest{world->file(content)}, {}});
    return series;
  };
  const Series before = attached(full_week(), "the first plan");
  const Written written = world->create(before);
  const Series shown = world->read(written).series;
  ASSERT_EQ(shown.master->attachments.size(), 1U);
  std::string content;
  const AttachmentId id(shown.master->attachments[0].source_id);
  ASSERT_TRUE(world->client().get_attachment(world->mailbox(), id, [&](std::string_view piece) -> Status {
    content.append(piece);
    return {};
  }));
  EXPECT_EQ(content, "the first plan");
  const auto done = world->apply(written, shown, attached(full_week(), "another"));
  ASSERT_TRUE(done) << done.error().what;
  const Series after = world->read(*done).series;
  ASSERT_EQ(after.master->attachments.size(), 1U);
  EXPECT_EQ(after.master->attachments[0].size, 7U);
}

TEST_F(WritingTest, NothingThatIsWrittenSendsAMail) {
  const Series meeting = series_of_event(std::string(kSingle) +
                                         "ORGANIZER:mailto:anna@example.com\r\nATTENDEE:mailto:ben@example.com\r\n");
  Series wanted = meeting;
  wanted.master->summary = "New";
  const auto done = world->apply(world->create(meeting), meeting, wanted);
  ASSERT_TRUE(done) << done.error().what;
  ASSERT_TRUE(world->writer().remove(done->parts));
  EXPECT_EQ(world->mails(), 0U);
  EXPECT_EQ(world->items("ben@example.com").size(), 0U);
}

TEST_F(WritingTest, GuestsAreToldOnceAndOfTheWholeWhereExchangeIsTheOneThatSends) {
  auto& writer = world->writer("anna@example.com", Mail::to_changed);
  Series meeting = series_of_event(std::string(kSingle) +
                                   "ORGANIZER:mailto:anna@example.com\r\nATTENDEE:mailto:ben@example.com\r\n");
  meeting.master->attachments.push_back({"plan.txt", "text/plain", {}, {}, false, 4, Digest{world->file("plan")}, {}});
  const Creation creation{meeting, "m"};
  const auto rows = writer.create(std::span(&creation, 1), Attempt::first);
  ASSERT_TRUE(rows.front()) << rows.front().error().what;
  const Json mails = world->simulator.get("mails");
  ASSERT_EQ(mails.size(), 1U) << mails.dump();
  EXPECT_EQ(mails[0].at("kind"), "invitation");
  EXPECT_EQ(world->items("ben@example.com").size(), 1U);
  ASSERT_TRUE(writer.remove(rows.front()->parts));
  EXPECT_EQ(world->simulator.get("mails").back().at("kind"), "cancellation");
}

TEST_F(WritingTest, APlainAppointmentStaysOneWhereExchangeIsTheOneThatSends) {
  auto& writer = world->writer("anna@example.com", Mail::to_changed);
  const Creation creation{series_of_event(kSingle), "m"};
  const auto rows = writer.create(std::span(&creation, 1), Attempt::first);
  ASSERT_TRUE(rows.front());
  EXPECT_FALSE(world->read(*rows.front()).is_meeting);
  EXPECT_EQ(world->mails(), 0U);
}

constexpr const char* kForeign =
    "ORGANIZER;CN=Boss:mailto:boss@partner.example.com\r\nATTENDEE:mailto:ben@example.com\r\n";

TEST_F(WritingTest, AMeetingOfAForeignOrganizerKeepsHimAndMyAnswer) {
  const Series meeting = series_of_event(std::string(kSingle) + "DESCRIPTION:Text\r\nX-A:1\r\n" + kForeign +
                                         "ATTENDEE;PARTSTAT=TENTATIVE;RSVP=TRUE:mailto:anna@example.com\r\n");
  const Written written = world->create(meeting);
  const Fetched fetched = world->read(written);
  EXPECT_FALSE(fetched.is_organizer);
  EXPECT_EQ(fetched.series.master->organizer->address, "boss@partner.example.com");
  EXPECT_EQ(what_differs(meeting, fetched.series), "");
  EXPECT_EQ(world->mails(), 0U);
}

TEST_F(WritingTest, ADeclinedMeetingOfAForeignOrganizerStaysInTheCalendar) {
  const Series meeting =
      series_of_event(std::string(kSingle) + kForeign + "ATTENDEE;PARTSTAT=DECLINED:mailto:anna@example.com\r\n");
  const Fetched fetched = world->read(world->create(meeting));
  EXPECT_EQ(what_differs(meeting, fetched.series), "");
}

TEST_F(WritingTest, ASeriesOfAForeignOrganizerBringsItsOccurrencesAlong) {
  const std::string people = std::string(kForeign) + "ATTENDEE;PARTSTAT=ACCEPTED:mailto:anna@example.com\r\n";
  const Series meeting = weekly("EXDATE;TZID=Europe/Berlin:20270308T090000\r\n" + people,
                                changed("20270315",
                                        "DTSTART;TZID=Europe/Berlin:20270316T120000\r\n"
                                        "DTEND;TZID=Europe/Berlin:20270316T130000\r\nSUMMARY:Other\r\nX-B:2\r\n" +
                                            people));
  EXPECT_EQ(what_differs(meeting, world->read(world->create(meeting)).series), "");
}

TEST_F(WritingTest, AnAnswerGivenOnCaldavIsRecordedSilently) {
  const auto with = [](const char* answer) {
    return series_of_event(std::string(kSingle) + kForeign + "ATTENDEE;PARTSTAT=" + answer +
                           ":mailto:anna@example.com\r\n");
  };
  const Written written = world->create(with("NEEDS-ACTION"));
  Series before = world->read(written).series, wanted = before;
  for (auto& person : wanted.master->attendees)
    if (person.address == "anna@example.com") person.participation = model::Participation::accepted;
  const auto done = world->apply(written, before, wanted);
  ASSERT_TRUE(done) << done.error().what;
  EXPECT_FALSE(done->exact);
  const Series after = world->read(*done).series;
  const auto& people = after.master->attendees;
  const auto me =
      std::find_if(people.begin(), people.end(), [](const auto& p) { return p.address == "anna@example.com"; });
  ASSERT_NE(me, people.end());
  EXPECT_EQ(me->participation, model::Participation::accepted);
  EXPECT_EQ(world->mails(), 0U);
}

TEST_F(WritingTest, ADeclineTakesTheItemAwayAndSaysSo) {
  const Series meeting = series_of_event(std::string(kSingle) + kForeign + "ATTENDEE:mailto:anna@example.com\r\n");
  const Written written = world->create(meeting);
  Series before = world->read(written).series, wanted = before;
  for (auto& person : wanted.master->attendees)
    if (person.address == "anna@example.com") person.participation = model::Participation::declined;
  const auto done = world->apply(written, before, wanted);
  ASSERT_TRUE(done) << done.error().what;
  EXPECT_TRUE(done->gone);
  EXPECT_EQ(world->items().size(), 0U);
}

TEST_F(WritingTest, ADeclineOfEveryOccurrenceTakesThemAwayAndSaysSo) {
  std::string text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n";
  for (const std::string day : {"20270308", "20270315"})
    text +=
        "BEGIN:VEVENT\r\nUID:orphans@example.org\r\nDTSTAMP:20270101T000000Z\r\nSUMMARY:Invited "
        "once\r\nRECURRENCE-ID;TZID=Europe/Berlin:" +
        day + "T090000\r\nDTSTART;TZID=Europe/Berlin:" + day + "T090000\r\nDTEND;TZID=Europe/Berlin:" + day +
        "T100000\r\n" + kForeign + "ATTENDEE:mailto:anna@example.com\r\nEND:VEVENT\r\n";
  const Series before = series_of_ics(text + "END:VCALENDAR\r\n").front();
  const Written written = world->create(before);
  ASSERT_EQ(world->items().size(), 2U);
  const auto declined = [](Series series, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
      for (auto& person : series.overrides[i].attendees)
        if (person.address == "anna@example.com") person.participation = model::Participation::declined;
    return series;
  };
  const auto first = world->apply(written, before, declined(before, 1));
  ASSERT_TRUE(first) << first.error().what;
  EXPECT_FALSE(first->gone);
  EXPECT_EQ(first->parts.size(), 1U);
  Series left = before;
  left.overrides.erase(left.overrides.begin());
  const auto second = world->apply(*first, left, declined(left, 1));
  ASSERT_TRUE(second) << second.error().what;
  EXPECT_TRUE(second->gone);
  EXPECT_EQ(world->items().size(), 0U);
}

TEST_F(WritingTest, TheOrganizerIsToldOfAnAnswerWhereExchangeIsTheOneThatSends) {
  world->simulator.put(
      "mailboxes/anna@example.com/items/told%40example.org",
      "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:told@example.org\r\nDTSTAMP:20270101T000000Z\r\n" +
          std::string(kSingle) +
          "ORGANIZER:mailto:ben@example.com\r\n"
          "ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:anna@example.com\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n");
  auto& writer = world->writer("anna@example.com", Mail::to_changed);
  const auto found = writer.find_by_uid(Uid("told@example.org"));
  ASSERT_TRUE(found && found->size() == 1);
  Series before = world->read(found->front().item).series, wanted = before;
  for (auto& person : wanted.master->attendees)
    if (person.address == "anna@example.com") person.participation = model::Participation::accepted;
  const auto done =
      writer.apply({{{"", found->front().item, found->front().change_key}}, before, wanted, "m"}, Attempt::first);
  ASSERT_TRUE(done) << done.error().what;
  const Json mails = world->simulator.get("mails");
  ASSERT_EQ(mails.size(), 1U) << mails.dump();
  EXPECT_EQ(mails[0].at("answer"), "Accept");
}

TEST_F(WritingTest, MoreThanThePropertyHoldsIsKeptElsewhere) {
  auto shelf = std::make_shared<std::map<std::string, std::string>>();
  auto elsewhere = std::make_shared<KeptElsewhere>();
  elsewhere->save = [shelf](const Digest& digest, const std::string& text) -> Status {
    (*shelf)[digest.hex] = text;
    return {};
  };
  elsewhere->find = [shelf](const Digest& digest) -> Result<std::string> {
    const auto found = shelf->find(digest.hex);
    return found != shelf->end() ? Result<std::string>(found->second) : make_error(Fault::not_found, "nothing");
  };
  Options options = service_options(world->simulator.url());
  options.elsewhere = elsewhere;
  Client client(options);
  WriterOptions writing;
  writing.expand = [](const Series&, Instant, Instant, std::size_t) { return std::vector<model::EventTime>{}; };
  ExchangeWriter writer(client, world->mailbox(), world->folder(), writing);
  const Series series = series_of_event(std::string(kSingle) + "X-LONG:" + std::string(40000, 'x') + "\r\n");
  const Creation creation{series, "m"};
  const auto rows = writer.create(std::span(&creation, 1), Attempt::first);
  ASSERT_TRUE(rows.front()) << rows.front().error().what;
  EXPECT_EQ(shelf->size(), 1U);
  const auto read = client.get_series(world->mailbox(), std::span(&rows.front()->parts[0].item, 1));
  ASSERT_TRUE(read.front().second);
  EXPECT_EQ(what_differs(series, read.front().second->series), "");
}

TEST_F(WritingTest, PastEventsGetNoReminderAndGiveItBack) {
  const Series series = series_of_event(
      "DTSTART:20200301T090000Z\r\nDTEND:20200301T100000Z\r\nSUMMARY:Old\r\n"
      "BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:x\r\nTRIGGER:-PT10M\r\nEND:VALARM\r\n");
  EXPECT_EQ(what_differs(series, world->read(world->create(series)).series), "");
}

std::vector<std::filesystem::path> fixtures() {
  std::vector<std::filesystem::path> out;
  for (const char* folder : {"series", "ical"})
    for (const auto& entry :
         std::filesystem::directory_iterator(std::string(CARAVAN_SOURCE_DIR) + "/tests/fixtures/" + folder))
      if (entry.path().extension() == ".ics") out.push_back(entry.path());
  std::sort(out.begin(), out.end());
  return out;
}

class AFixtureOnExchange : public ::testing::TestWithParam<std::filesystem::path> {};

TEST_P(AFixtureOnExchange, ComesBackAsItWas) {
  if (!simulator_is_built()) GTEST_SKIP() << "exchange-sim is not built";
  WritingWorld world({"--mailbox", "owner@fixtures.example.org"});
  const std::string owner = "owner@fixtures.example.org";
  std::ifstream file(GetParam(), std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  std::string problems;
  for (const Series& series : series_of_ics(text.str(), world.files())) {
    const Creation creation{series, series.uid.value};
    auto rows = world.writer(owner).create(std::span(&creation, 1), Attempt::first);
    if (!rows.front()) {
      problems += series.uid.value + ": " + rows.front().error().what + "\n";
      continue;
    }
    std::string differs;
    if (series.master && rows.front()->parts.size() == 1 && rows.front()->parts[0].occurrence.empty()) {
      differs = what_differs(series, world.read(rows.front()->parts[0].item, owner).series);
    } else {
      std::vector<Series> parts;
      for (const auto& part : rows.front()->parts) parts.push_back(world.read(part.item, owner).series);
      differs = what_differs(series, world.writer(owner).fold(series, rows.front()->parts, parts));
    }
    if (!differs.empty()) problems += series.uid.value + ": " + differs + "\n";
  }
  EXPECT_EQ(problems, "");
}

std::string name_of(const ::testing::TestParamInfo<std::filesystem::path>& info) {
  std::string name = info.param.stem().string();
  std::replace_if(
      name.begin(), name.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Writing, AFixtureOnExchange, ::testing::ValuesIn(fixtures()), name_of);

}  // namespace
}  // namespace caravan::ews::test
