// SPDX-License-Identifier: GPL-3.0-or-later
#include "notify/calendar_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ical/parse.hpp"
#include "unit/notify/support.hpp"

namespace caravan::notify::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string text_of_change(std::optional<model::Series> was, const model::Series& now) {
  return calendar_text(now, differences({std::move(was), now}, me(), zones(), before_all()).at(0));
}

TEST(CalendarText, IsPublishedWithoutAlarms) {
  auto series = theirs(single());
  series.master->alarms.push_back({});
  const auto text = text_of_change({}, series);
  EXPECT_THAT(text, HasSubstr("METHOD:PUBLISH\r\n"));
  EXPECT_THAT(text, Not(HasSubstr("VALARM")));
  EXPECT_EQ(ical::parse_one(text)->uid, series.uid);
}

TEST(CalendarText, KeepsToItselfWhatGuestsPropose) {
  auto series = mine(single());
  set_proposal(series.master->attendees.front(), {at(6, 2, 15).instant(), {}});
  EXPECT_THAT(text_of_change({}, series), Not(HasSubstr("PROPOSED")));
}

TEST(CalendarText, OfAnOccurrenceIsOnlyThat) {
  const auto was = with_override(weekly(), 2, "Two");
  const auto now = with_override(was, 1, "One");
  const auto read = ical::parse_one(text_of_change(was, now));
  ASSERT_TRUE(read && read->series);
  EXPECT_FALSE(read->series->master);
  ASSERT_EQ(read->series->overrides.size(), 1u);
  EXPECT_EQ(read->series->overrides.front().summary, "One");
}

TEST(CalendarText, OfAnOccurrenceThatCameBackIsThatOccurrence) {
  const auto read = ical::parse_one(text_of_change(with_exclusion(weekly(), 1), weekly()));
  ASSERT_TRUE(read && read->series);
  ASSERT_EQ(read->series->overrides.size(), 1u);
  EXPECT_EQ(read->series->overrides.front().start.wall, at(6, 9, 10).wall);
}

TEST(CalendarText, OfAnOccurrenceThatIsNotThereIsEmpty) {
  const auto telling = differences({weekly(), with_override(weekly(), 1, "One")}, me(), zones(), before_all()).at(0);
  EXPECT_EQ(calendar_text(with_exclusion(weekly(), 1), telling), "");
}

}  // namespace
}  // namespace caravan::notify::test
