// SPDX-License-Identifier: GPL-3.0-or-later
#include "notify/preferences.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/notify/support.hpp"

namespace caravan::notify::test {
namespace {

using std::chrono::minutes;
using ::testing::HasSubstr;

/// Sets one, reads it back, and shows it.
std::string set_and_shown(const std::string& name, const std::string& value) {
  const auto text = set_preference("", name, value, zones());
  if (!text) return "error: " + text.error().remedy;
  return shown_preference(read_preferences({}, *text).value(), name);
}

TEST(Preferences, AreShownAsTheyAreSet) {
  EXPECT_EQ(set_and_shown("channels", "chat, mail"), "mail,chat");
  EXPECT_EQ(set_and_shown("kinds", "moved,reminder"), "moved,reminder");
  EXPECT_EQ(set_and_shown("kinds", "none"), "none");
  EXPECT_EQ(set_and_shown("lead", "15"), "15");
  EXPECT_EQ(set_and_shown("daily", "7:30"), "07:30");
  EXPECT_EQ(set_and_shown("weekly", "Mon 08:00"), "monday 08:00");
  EXPECT_EQ(set_and_shown("weekly", "off"), "off");
  EXPECT_EQ(set_and_shown("zone", "Europe/Berlin"), "Europe/Berlin");
  EXPECT_EQ(set_and_shown("language", "RU"), "ru");
  EXPECT_EQ(set_and_shown("quiet", "22:00-7:00"), "22:00-07:00");
  EXPECT_EQ(set_and_shown("working", "off"), "off");
  EXPECT_EQ(set_and_shown("working_days", "sun,mon"), "mon,sun");
  EXPECT_EQ(set_and_shown("chat_status", "off"), "off");
}

TEST(Preferences, OfWhichEachNameCanBeShown) {
  for (const auto& name : preference_names()) EXPECT_NE(shown_preference({}, name.name), "") << name.name;
}

TEST(Preferences, ThatCannotBeTakenSayWhatCan) {
  EXPECT_THAT(set_and_shown("lead", "-1"), HasSubstr("0 to 1440"));
  EXPECT_THAT(set_and_shown("lead", "ten"), HasSubstr("0 to 1440"));
  EXPECT_THAT(set_and_shown("daily", "24:00"), HasSubstr("07:30"));
  EXPECT_THAT(set_and_shown("kinds", "admin"), HasSubstr("added"));
  EXPECT_THAT(set_and_shown("zone", "Europe/Nowhere"), HasSubstr("Europe/Berlin"));
  EXPECT_THAT(set_and_shown("quiet", "22:00"), HasSubstr("22:00-07:00"));
  EXPECT_THAT(set_and_shown("colour", "red"), HasSubstr("lead"));
}

TEST(Preferences, GoBackToTheDefaultByAnEmptyValue) {
  const auto text = set_preference(R"({"lead":"5"})", "lead", "", zones());
  EXPECT_EQ(*text, "");
}

TEST(Preferences, KeepWhatIsSetBeside) {
  const auto text = set_preference(R"({"lead":"5"})", "language", "ru", zones());
  EXPECT_EQ(read_preferences({}, *text)->lead, minutes(5));
}

TEST(Preferences, OfALaterVersionAreIgnored) { EXPECT_TRUE(read_preferences({}, R"({"colour":"red"})")); }

TEST(Preferences, ThatAreNoJsonAreMalformed) {
  EXPECT_EQ(read_preferences({}, "[1").error().fault, Fault::malformed);
  EXPECT_EQ(read_preferences({}, R"({"lead":5})").error().fault, Fault::malformed);
}

std::string next(Instant after, int minute, std::optional<model::Weekday> day = std::nullopt) {
  return to_rfc3339(next_at(berlin(), minutes(minute), day, after, zones()));
}

TEST(TheNextTime, IsTodayOrTomorrow) {
  EXPECT_EQ(next(at(6, 2, 7).instant(), 7 * 60 + 30), "2026-06-02T05:30:00Z");
  EXPECT_EQ(next(at(6, 2, 7, 30).instant(), 7 * 60 + 30), "2026-06-03T05:30:00Z");
}

TEST(TheNextTime, IsOnTheWeekday) {
  EXPECT_EQ(next(at(6, 2, 7).instant(), 7 * 60, model::Weekday::monday), "2026-06-08T05:00:00Z");
  EXPECT_EQ(next(at(6, 1, 7).instant(), 7 * 60, model::Weekday::monday), "2026-06-08T05:00:00Z");
}

TEST(TheNextTime, InAGapIsTheMomentAfterIt) {
  // 29 March 2026: 02:00 becomes 03:00 in Berlin, which is 01:00 UTC.
  EXPECT_EQ(next(model::at_wall(zones(), "Europe/Berlin", {2026, 3, 29, 0, 0, 0}).instant(), 150),
            "2026-03-29T01:00:00Z");
}

TEST(TheNextTime, InAFoldComesOnce) {
  // 25 October 2026: 03:00 becomes 02:00 in Berlin; 02:30 is 00:30 and 01:30 UTC.
  const auto evening = model::at_wall(zones(), "Europe/Berlin", {2026, 10, 24, 20, 0, 0}).instant();
  EXPECT_EQ(next(evening, 150), "2026-10-25T00:30:00Z");
  EXPECT_EQ(next(evening + std::chrono::hours(8), 150), "2026-10-26T01:30:00Z");
}

std::string after(Instant at, int from, int until) {
  Preferences reader = berlin();
  reader.quiet = {minutes(from), minutes(until)};
  return to_rfc3339(after_quiet(reader, at, zones()));
}

TEST(QuietHours, PutOffToTheirEnd) {
  EXPECT_EQ(after(at(6, 2, 23).instant(), 22 * 60, 7 * 60), "2026-06-03T05:00:00Z");
  EXPECT_EQ(after(at(6, 2, 3).instant(), 22 * 60, 7 * 60), "2026-06-02T05:00:00Z");
  EXPECT_EQ(after(at(6, 2, 22).instant(), 22 * 60, 7 * 60), "2026-06-03T05:00:00Z");
}

TEST(QuietHours, LetTheRestOfTheDayBe) {
  EXPECT_EQ(after(at(6, 2, 7).instant(), 22 * 60, 7 * 60), "2026-06-02T05:00:00Z");
  EXPECT_EQ(after(at(6, 2, 21, 59).instant(), 22 * 60, 7 * 60), "2026-06-02T19:59:00Z");
  EXPECT_EQ(after(at(6, 2, 12).instant(), 0, 0), "2026-06-02T10:00:00Z");
}

TEST(QuietHours, AreOverOnceAtAFold) {
  // The second 02:10 of the night: quiet was over at the first 02:30.
  const auto second =
      model::at_wall(zones(), "Europe/Berlin", {2026, 10, 25, 2, 10, 0}).instant() + std::chrono::hours(1);
  EXPECT_EQ(after(second, 22 * 60, 150), to_rfc3339(second));
}

}  // namespace
}  // namespace caravan::notify::test
