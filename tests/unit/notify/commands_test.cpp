// SPDX-License-Identifier: GPL-3.0-or-later
// What people type and what they are answered. It is Tuesday, 2 June 2026, noon in Berlin.
#include "notify/commands.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/notify/support.hpp"

namespace caravan::notify::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Instant noon() { return at(6, 2, 12).instant(); }

Command parsed(std::string_view text) { return parse_command(text, berlin(), zones(), noon()); }

/// "agenda 2026-06-02T22:00 2026-06-03T22:00"
std::string span(std::string_view text) {
  static const char* kWhat[] = {"agenda", "free", "settings", "status", "help", "unknown"};
  const Command command = parsed(text);
  std::string out = kWhat[static_cast<int>(command.what)];
  if (command.from) out += " " + to_rfc3339(*command.from).substr(0, 16);
  if (command.until) out += " " + to_rfc3339(*command.until).substr(0, 16);
  return out + (command.cut ? " cut" : "");
}

TEST(Commands, NameDaysInBothLanguages) {
  EXPECT_EQ(span("today"), "agenda 2026-06-01T22:00 2026-06-02T22:00");
  EXPECT_EQ(span("  Сегодня "), span("today"));
  EXPECT_EQ(span("/today"), span("today"));
  EXPECT_EQ(span("@caravan today"), span("today"));
  EXPECT_EQ(span("ЗАВТРА"), "agenda 2026-06-02T22:00 2026-06-03T22:00");
  EXPECT_EQ(span("date 2026-06-03"), span("tomorrow"));
  EXPECT_EQ(span("дата 03.06.2026"), span("tomorrow"));
  EXPECT_EQ(span("date 3.6"), span("tomorrow"));
  EXPECT_EQ(span("date среду"), span("tomorrow"));
  EXPECT_EQ(span("wed"), span("tomorrow"));
}

TEST(Commands, TakeADateWithoutItsYearForTheNearest) {
  EXPECT_EQ(span("date 30.5"), "agenda 2026-05-29T22:00 2026-05-30T22:00");
  EXPECT_EQ(parse_command("date 21.1", berlin(), zones(), at(11, 21, 12).instant()).day.wall.year, 2027);
}

TEST(Commands, NameSpans) {
  EXPECT_EQ(span("week"), "agenda 2026-06-01T22:00 2026-06-08T22:00");
  EXPECT_EQ(span("месяц"), "agenda 2026-06-01T22:00 2026-07-01T22:00");
  EXPECT_EQ(span("range 3.6 5.6"), "agenda 2026-06-02T22:00 2026-06-05T22:00");
  EXPECT_EQ(span("range 5.6 3.6"), span("range 3.6 5.6"));
  EXPECT_EQ(span("range 2026-01-01 2026-12-31"), "agenda 2025-12-31T23:00 2026-03-03T23:00 cut");
}

TEST(Commands, ThatAreNotUnderstoodSaySo) {
  EXPECT_EQ(span("date 31.6"), "unknown");
  EXPECT_EQ(span("date 2026-02-30"), "unknown");
  EXPECT_EQ(span("range 3.6"), "unknown");
  EXPECT_EQ(span("free sometime"), "unknown");
  EXPECT_EQ(parsed("dance").problem, "dance");
  EXPECT_EQ(span(""), "help");
}

TEST(Commands, SetWhatIsNamedAsItIsWritten) {
  EXPECT_FALSE(parsed("settings").sets);
  EXPECT_FALSE(parsed("settings zone").sets);
  EXPECT_TRUE(parsed("Settings Zone  Europe/Berlin ").sets);
  EXPECT_EQ(parsed("Settings Zone  Europe/Berlin ").setting, "zone");
  EXPECT_EQ(parsed("Settings Zone  Europe/Berlin ").value, "Europe/Berlin");
  EXPECT_EQ(parsed("настройки weekly monday 07:30").value, "monday 07:30");
  EXPECT_TRUE(parsed("settings lead \"\"").sets);
  EXPECT_EQ(parsed("settings lead \"\"").value, "");
}

std::string answer(std::string_view text, const CommandFacts& facts, Preferences reader = berlin()) {
  return answer_command(parse_command(text, reader, zones(), noon()), facts, reader, zones(), noon());
}

CommandFacts with(const model::Series& series) {
  CommandFacts facts;
  facts.entries = entries(series, me(), berlin(), zones(), at(6, 1, 0).instant(), at(12, 1, 0).instant());
  return facts;
}

TEST(Answers, ListTheDayWithPlaceAndLink) {
  auto series = placed(titled(single(), "A|b @channel"), "Room 1");
  series.master->conference = "https://meet.example.org/1";
  const auto out = answer("today", with(series));
  EXPECT_THAT(out, HasSubstr("**Your calendar: Tuesday, 2 June**"));
  EXPECT_THAT(out, HasSubstr("| 10:00–11:00 | A\\|b @\u2060channel | Room 1 | [Join](https://meet.example.org/1) |"));
  EXPECT_THAT(out, HasSubstr("Europe/Berlin"));
}

TEST(Answers, OfSeveralDaysNameTheDay) {
  EXPECT_THAT(answer("week", with(weekly())), HasSubstr("| Tue, 2 Jun, 10:00–11:00 | Standup |"));
}

TEST(Answers, OfAnEmptyDaySaySo) {
  Preferences reader = berlin();
  reader.language = Language::russian;
  EXPECT_THAT(answer("today", {}, reader), HasSubstr("Ничего не запланировано"));
}

TEST(Answers, AreCutAtThreeHundredLines) {
  CommandFacts facts;
  facts.entries.assign(301, with(single()).entries.at(0));
  const auto out = answer("week", facts);
  EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 308);
  EXPECT_THAT(out, HasSubstr("more than is shown"));
  facts.entries.pop_back();
  EXPECT_THAT(answer("week", facts), Not(HasSubstr("more than is shown")));
}

TEST(Answers, NameFreeTime) {
  EXPECT_THAT(answer("free today", with(single())), HasSubstr("- 09:00–10:00\n- 11:00–18:00\n"));
  EXPECT_THAT(answer("free saturday", {}), HasSubstr("no working day"));
}

TEST(Answers, ShowSettings) {
  EXPECT_THAT(answer("settings", {}), HasSubstr("| lead | 10 | 0 to 1440"));
  EXPECT_THAT(answer("settings lead", {}), Not(HasSubstr("language")));
  EXPECT_THAT(answer("settings colour", {}), HasSubstr("no such setting"));
  EXPECT_THAT(answer("settings lead 5", {}), HasSubstr("Done."));
  CommandFacts facts;
  facts.problem = "The value of lead can't be taken. Allowed: 0 to 1440";
  EXPECT_THAT(answer("settings lead x", facts), HasSubstr("Allowed: 0 to 1440"));
}

TEST(Answers, SayWhetherTheCalendarIsInStep) {
  CommandFacts facts;
  EXPECT_THAT(answer("status", facts), HasSubstr("not compared yet"));
  facts.in_step = true;
  facts.last_success = noon();
  EXPECT_EQ(answer("status", facts), "Your calendar is in step. Last compared: Tuesday, 2 June, 12:00.\n");
}

TEST(Answers, RepeatNothingHarmful) {
  EXPECT_THAT(answer("<b>@all **x**", {}), Not(HasSubstr("@all")));
  EXPECT_THAT(answer("**x**", {}), HasSubstr("\\*\\*x\\*\\*"));
}

TEST(Answers, ToAPressAndToAStranger) {
  EXPECT_EQ(answer_noted(model::Participation::accepted, berlin()), "You accepted.");
  EXPECT_EQ(not_known(Language::russian), "Для Вашего адреса у меня нет календаря.");
}

}  // namespace
}  // namespace caravan::notify::test
