// SPDX-License-Identifier: GPL-3.0-or-later
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/notify/support.hpp"

namespace caravan::notify::test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string text_of(const DueMoment& moment) {
  static const char* kWhat[] = {"reminder", "starting", "ended"};
  return kWhat[static_cast<int>(moment.what)] + (" " + to_rfc3339(moment.due)).substr(0, 17) + " of " +
         moment.occurrence;
}
std::vector<std::string> due(const model::Series& series, Instant from, Instant until) {
  std::vector<std::string> out;
  for (const auto& moment : moments(series, me(), berlin(), zones(), from, until)) out.push_back(text_of(moment));
  return out;
}
std::vector<std::string> due(const model::Series& series) { return due(series, before_all(), at(6, 3, 0).instant()); }

model::Alarm alarm(int minutes_before) {
  model::Alarm out;
  out.offset_seconds = -60 * minutes_before;
  return out;
}

TEST(Moments, ComeFromTheLeadWhereThereIsNoAlarm) {
  EXPECT_THAT(due(single()), ElementsAre("reminder 2026-06-02T07:50 of Europe/Berlin:20260602T100000",
                                         "starting 2026-06-02T08:00 of Europe/Berlin:20260602T100000",
                                         "ended 2026-06-02T09:00 of Europe/Berlin:20260602T100000"));
}

TEST(Moments, ComeFromEachAlarm) {
  auto series = single();
  series.master->alarms = {alarm(30), alarm(5)};
  EXPECT_THAT(due(series, at(6, 2, 9).instant(), at(6, 2, 10).instant()),
              ElementsAre("reminder 2026-06-02T07:30 of Europe/Berlin:20260602T100000",
                          "reminder 2026-06-02T07:55 of Europe/Berlin:20260602T100000"));
}

TEST(Moments, OfAnAlarmFarAheadAreFound) {
  auto series = single();
  series.master->alarms = {alarm(14 * 24 * 60)};
  EXPECT_THAT(due(series, at(5, 19, 9).instant(), at(5, 19, 11).instant()),
              ElementsAre("reminder 2026-05-19T08:00 of Europe/Berlin:20260602T100000"));
}

TEST(Moments, OfAnAllDayEventFollowTheReadersMidnight) {
  auto series = single();
  series.master->start = on(6, 2);
  series.master->end = on(6, 3);
  EXPECT_THAT(due(series), IsEmpty());
  series.master->alarms = {alarm(6 * 60)};
  EXPECT_THAT(due(series), ElementsAre("reminder 2026-06-01T16:00 of 20260602"));
}

TEST(Moments, AreNotOfWhatIsCancelledFreeOrDeclined) {
  auto free = single();
  free.master->busy = model::BusyStatus::free;
  EXPECT_THAT(due(free, at(6, 2, 9).instant(), at(6, 2, 10).instant()), IsEmpty());
  auto off = single();
  off.master->status = model::EventStatus::cancelled;
  EXPECT_THAT(due(off), IsEmpty());
  auto declined = theirs(single());
  declined.master->attendees.front().participation = model::Participation::declined;
  EXPECT_THAT(due(declined), IsEmpty());
}

TEST(Moments, OfAnAlarmThatWasDismissedElsewhereAreNone) {
  auto series = single();
  series.master->alarms = {alarm(30)};
  series.master->alarms.front().acknowledged = at(6, 2, 9, 31).instant();
  EXPECT_THAT(due(series, at(6, 2, 9).instant(), at(6, 2, 10).instant()), IsEmpty());
}

TEST(Moments, FollowAMovedOccurrence) {
  auto series = with_override(weekly(), 0, "Standup");
  series.overrides.front().start = at(6, 2, 15);
  series.overrides.front().end = at(6, 2, 16);
  EXPECT_THAT(due(series), ElementsAre("reminder 2026-06-02T12:50 of Europe/Berlin:20260602T100000",
                                       "starting 2026-06-02T13:00 of Europe/Berlin:20260602T100000",
                                       "ended 2026-06-02T14:00 of Europe/Berlin:20260602T100000"));
}

TEST(AMoment, IsToldFromThePresentState) {
  const auto moment = moments(weekly(), me(), berlin(), zones(), before_all(), at(6, 2, 9, 55).instant()).front();
  const auto telling = tell(moment, titled(weekly(), "Retro"), me(), berlin(), zones());
  ASSERT_TRUE(telling);
  EXPECT_EQ(telling->kind, Kind::reminder);
  EXPECT_EQ(telling->occurrence, "Europe/Berlin:20260602T100000");
  EXPECT_EQ(telling->now->summary, "Retro");
}

TEST(AMoment, OfWhatMovedOrIsGoneIsNotTold) {
  const auto moment = moments(weekly(), me(), berlin(), zones(), before_all(), at(6, 2, 9, 55).instant()).front();
  EXPECT_FALSE(tell(moment, sync::test::moved(weekly(), 60), me(), berlin(), zones()));
  EXPECT_FALSE(tell(moment, with_exclusion(weekly(), 0), me(), berlin(), zones()));
}

TEST(Entries, AreWithoutTheCancelledAndInOrder) {
  const auto series = with_exclusion(weekly(), 1);
  const auto lines = entries(series, me(), berlin(), zones(), at(6, 1, 0).instant(), at(6, 17, 0).instant());
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0].line.event.start, at(6, 2, 10));
  EXPECT_EQ(lines[1].line.event.start, at(6, 16, 10));
}

TEST(Entries, OfAWholeDayAreThoseOfTheReadersDay) {
  auto series = single();
  series.master->start = on(6, 2);
  series.master->end = on(6, 3);
  EXPECT_EQ(entries(series, me(), berlin(), zones(), at(6, 2, 0).instant(), at(6, 3, 0).instant()).size(), 1u);
  EXPECT_THAT(entries(series, me(), berlin(), zones(), at(6, 1, 0).instant(), at(6, 2, 0).instant()), IsEmpty());
  EXPECT_THAT(entries(series, me(), berlin(), zones(), at(6, 3, 0).instant(), at(6, 4, 0).instant()), IsEmpty());
}

std::vector<std::string> free_of(const std::vector<Entry>& busy) {
  std::vector<std::string> out;
  for (const auto& slot : free_slots(on(6, 2), busy, berlin(), zones()))
    out.push_back(to_rfc3339(slot.from).substr(11, 5) + "-" + to_rfc3339(slot.until).substr(11, 5));
  return out;
}
Entry busy(int from, int until, int from_minute = 0) {
  Entry out;
  out.start = at(6, 2, from, from_minute).instant();
  out.end = at(6, 2, until).instant();
  return out;
}

TEST(FreeSlots, AreTheWorkingHoursWithoutWhatIsBusy) {
  EXPECT_THAT(free_of({}), ElementsAre("07:00-16:00"));
  EXPECT_THAT(free_of({busy(8, 10), busy(9, 11), busy(17, 20)}), ElementsAre("09:00-15:00"));
  Entry free = busy(10, 12);
  free.busy = false;
  EXPECT_THAT(free_of({free}), ElementsAre("07:00-16:00"));
}

TEST(FreeSlots, ShorterThanAQuarterOfAnHourAreNone) {
  EXPECT_THAT(free_of({busy(9, 17), busy(17, 18, 10)}), IsEmpty());
  EXPECT_THAT(free_of({busy(9, 17), busy(17, 18, 15)}), ElementsAre("15:00-15:15"));
}

TEST(FreeSlots, AreNoneOnADayOff) { EXPECT_THAT(free_slots(on(6, 6), {}, berlin(), zones()), IsEmpty()); }

}  // namespace
}  // namespace caravan::notify::test
