// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include "sync/rebase.hpp"
#include "sync/reconcile.hpp"
#include "unit/sync/builders.hpp"

namespace caravan::sync::test {
namespace {

using model::Field;

TEST(BaseCopy, IsWhatStandsThereNow) {
  const Copy now = copy_of(titled(single(), "Daily"), "v2");
  EXPECT_EQ(base_copy(Side::caldav, Decision{}, now, one_way()).series, now.series);
}
TEST(BaseCopy, LeavesOutWhatCaldavKeptForItself) {
  const Item item{base_of(single()), copy_of(titled(single(), "Daily")), copy_of(placed(single(), "Room 1"))};
  const Decision decision = reconcile(item, one_way());
  const Copy base = base_copy(Side::caldav, decision, copy_of(placed(titled(single(), "Daily"), "Room 1")), one_way());
  EXPECT_EQ(base.series, titled(single(), "Daily"));
  EXPECT_EQ(base.digest, digest(base.series));
}
TEST(BaseCopy, SoALaterEditOnExchangeMeetsItAsAConflict) {
  const Copy caldav = copy_of(placed(single(), "Room 1"));
  const Decision first = reconcile(Item{base_of(single()), copy_of(titled(single(), "Daily")), caldav}, one_way());
  const Copy stored = copy_of(placed(titled(single(), "Daily"), "Room 1"));
  const Base base{copy_of(titled(single(), "Daily")), base_copy(Side::caldav, first, stored, one_way())};
  const Decision second =
      reconcile(Item{base, copy_of(placed(titled(single(), "Daily"), "Room 2")), stored}, one_way());
  EXPECT_EQ(text_of(second.conflict), "exchange wins: location");
}
TEST(BaseCopy, CountsOccurrencesByTheScheduleThatWasKeptBack) {
  const auto before = with_override(weekly(), 2, "Offsite");
  const auto caldav = moved(before, 60);
  const Decision decision =
      reconcile(Item{base_of(before), copy_of(titled(before, "Daily")), copy_of(caldav)}, one_way());
  const Copy base = base_copy(Side::caldav, decision, copy_of(titled(caldav, "Daily")), one_way());
  EXPECT_EQ(base.series, titled(before, "Daily"));
}

TEST(BaseCopy, CountsOccurrencesOfAFirstMeetingByExchangesSchedule) {
  const auto exchange = with_override(moved(weekly(), 60), 2, "Offsite");
  const Decision decision = reconcile(Item{std::nullopt, copy_of(exchange), copy_of(weekly())}, one_way());
  const Copy base = base_copy(Side::caldav, decision, copy_of(weekly()), one_way());
  EXPECT_EQ(base.series, exchange);
}

TEST(RacingWrite, TakesTheServersNormalisationOfWhatWasWritten) {
  const Copy written = copy_of(titled(single(), "Daily "), "w");
  const Copy read_back = copy_of(titled(single(), "Daily"), "later");
  const Copy base = after_racing_write(Side::caldav, written, {{{}, Field::summary, {}}}, read_back, two_way());
  EXPECT_EQ(base.series, titled(single(), "Daily"));
  EXPECT_EQ(base.version.value, "w");
}
TEST(RacingWrite, LeavesAnEditOfAnotherFieldADelta) {
  const Copy written = copy_of(titled(single(), "Daily"));
  const Copy read_back = copy_of(placed(titled(single(), "Daily"), "Room 1"));
  const Copy base = after_racing_write(Side::caldav, written, {{{}, Field::summary, {}}}, read_back, two_way());
  EXPECT_EQ(text_of(difference(base.series, read_back.series)), "location");
}
TEST(RacingWrite, LeavesAnEditOfTheSameFieldADelta) {
  const Copy written = copy_of(titled(single(), "Daily"));
  const Copy read_back = copy_of(titled(single(), "Weekly"));
  const Copy base = after_racing_write(Side::caldav, written, {{{}, Field::summary, {}}}, read_back, two_way());
  EXPECT_EQ(text_of(difference(base.series, read_back.series)), "summary");
}

}  // namespace
}  // namespace caravan::sync::test
