// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include "sync/merge.hpp"
#include "sync/occurrence.hpp"
#include "unit/sync/builders.hpp"

namespace caravan::sync::test {
namespace {

using model::Series;

TEST(PlainOccurrence, KeepsTheWallClockOverTheChangeOfClocks) {
  Series series = weekly();
  const model::Event event = plain_occurrence(series, at(11, 3, 10), zones());
  EXPECT_EQ(to_string(event.start), "Europe/Berlin:20261103T100000");
  EXPECT_EQ(to_string(event.end), "Europe/Berlin:20261103T110000");
  EXPECT_EQ(event.start.utc_offset, 3600);
  EXPECT_EQ(event.end.utc_offset, 3600);
}
TEST(PlainOccurrence, OfAnAllDaySeriesIsDays) {
  Series series = weekly();
  series.master->start = on(6, 2);
  series.master->end = on(6, 4);
  const model::Event event = plain_occurrence(series, on(6, 9), zones());
  EXPECT_EQ(to_string(event.start), "20260609");
  EXPECT_EQ(to_string(event.end), "20260611");
}
TEST(PlainOccurrence, SaysNothing) {
  const Series series = with_attendee(placed(weekly(), "Room 1"), "bob@example.org");
  EXPECT_EQ(text_of(said_by(plain_occurrence(series, at(6, 16, 10), zones()), series, zones())), "");
}
TEST(SaidBy, NamesTheUnitsInWhichAnOverrideDiffers) {
  const Series series = with_override(weekly(), 2, "Offsite");
  EXPECT_EQ(text_of(said_by(series.overrides.front(), series, zones())), "Europe/Berlin:20260616T100000 summary");
}

struct Four {
  Series exchange_base = weekly(), exchange = weekly(), caldav_base = weekly(), caldav = weekly();
  SpelledOut spelled_out(const Policy& policy) {
    return SpelledOut({exchange_base, exchange}, {caldav_base, caldav}, ScheduleMeets::schedule, policy);
  }
};

TEST(SpelledOut, WritesAnOverrideOutInAllCopies) {
  const Policy policy = two_way();
  Four four;
  four.caldav = with_override(weekly(), 2, "Offsite");
  four.spelled_out(policy);
  EXPECT_EQ(text_of(difference(four.caldav_base, four.caldav)), "Europe/Berlin:20260616T100000 summary");
  EXPECT_EQ(four.exchange, four.caldav_base);
}
TEST(SpelledOut, LeavesAloneWhatOneOfThemExcludes) {
  const Policy policy = two_way();
  Four four;
  four.caldav = with_override(weekly(), 2, "Offsite");
  four.exchange = with_exclusion(weekly(), 2);
  four.spelled_out(policy);
  EXPECT_EQ(four.exchange, with_exclusion(weekly(), 2));
  EXPECT_EQ(four.caldav_base, weekly());
}
TEST(SpelledOut, LeavesASeriesWithoutMasterAlone) {
  const Policy policy = two_way();
  Four four;
  four.exchange = with_override(weekly(), 2, "Offsite");
  four.exchange.master.reset();
  four.spelled_out(policy);
  EXPECT_EQ(four.caldav, weekly());
}
TEST(SpelledOut, TidiesWhatWasOnlySpelledOut) {
  const Policy policy = two_way();
  Four four;
  four.caldav = with_override(weekly(), 2, "Offsite");
  const SpelledOut spelled = four.spelled_out(policy);
  Series desired = four.exchange;
  spelled.tidy(desired, Side::exchange, {});
  EXPECT_EQ(desired, weekly());
}
TEST(SpelledOut, KeepsAnOverrideThatSaysSomething) {
  const Policy policy = two_way();
  Four four;
  four.caldav = with_override(weekly(), 2, "Offsite");
  const SpelledOut spelled = four.spelled_out(policy);
  Series desired = four.caldav;
  spelled.tidy(desired, Side::exchange, {});
  EXPECT_EQ(desired, with_override(weekly(), 2, "Offsite"));
}
TEST(SpelledOut, TakesOutWhatExchangeWipedAndCaldavLeftAlone) {
  const Policy policy = two_way();
  Four four;
  four.exchange_base = four.caldav_base = four.caldav = with_override(weekly(), 2, "Offsite");
  const SpelledOut spelled = four.spelled_out(policy);
  Series desired = four.caldav;
  spelled.tidy(desired, Side::caldav, {});
  EXPECT_EQ(desired, weekly());
}

}  // namespace
}  // namespace caravan::sync::test
