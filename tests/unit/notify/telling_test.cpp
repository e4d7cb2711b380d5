// SPDX-License-Identifier: GPL-3.0-or-later
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/notify/support.hpp"

namespace caravan::notify::test {
namespace {

Telling full() {
  Telling out;
  out.kind = Kind::moved;
  out.mailbox = Address(kMe);
  out.uid = Uid("u@example.org");
  out.occurrence = "Europe/Berlin:20260609T100000";
  Shown was;
  was.summary = "Планёрка \"A\" 🎉\n\x01";
  was.location = "Room <1>";
  was.description = "line\nline";
  was.link = "https://meet.example.org/1";
  was.start = at(6, 9, 10);
  was.end = at(6, 9, 11);
  was.rule = weekly().rules.front();
  was.rule->has_until = true;
  was.rule->until = on(12, 1);
  was.rule->by_day = {{0, model::Weekday::tuesday}, {-1, model::Weekday::friday}};
  was.apart = {at(6, 16, 10)};
  was.organizer = "Bob";
  was.attendees = {"Carol", "dave@example.org"};
  was.is_private = true;
  out.was = was;
  out.now = was;
  out.now->rule.reset();
  out.changed = {model::Field::schedule, model::Field::attendee};
  out.attendees_added = {"E"};
  out.attendees_removed = {"F"};
  out.answers = {{"Carol", model::Participation::tentative, at(6, 9, 12), at(6, 9, 13)}};
  out.answer_wanted = true;
  out.agenda = {{Uid("x"), was, true}};
  out.day = on(6, 9);
  out.topic = "brake";
  out.detail = "d";
  out.count = 7;
  return out;
}

TEST(Telling, ComesBackFromJsonAsItWas) {
  const auto back = from_json(to_json(full()));
  ASSERT_TRUE(back) << back.error().what;
  EXPECT_EQ(*back, full());
}

TEST(Telling, ThatSaysNothingComesBack) { EXPECT_EQ(*from_json(to_json(Telling{})), Telling{}); }

TEST(Telling, OfALaterVersionIsUnsupported) {
  EXPECT_EQ(from_json(R"({"version": 2})").error().fault, Fault::unsupported);
}

TEST(Telling, ThatIsNoJsonIsMalformedAndNotRepeated) {
  const auto error = from_json("{\"version\":1,\"kind\":\"secret\"}").error();
  EXPECT_EQ(error.fault, Fault::malformed);
  EXPECT_THAT(error.what, ::testing::Not(::testing::HasSubstr("secret")));
}

TEST(Telling, WithATimeThatIsNoneIsMalformed) {
  std::string text = to_json(full());
  text.replace(text.find("[2026,6,9"), 9, "[2026,6,31");
  EXPECT_EQ(from_json(text).error().fault, Fault::malformed);
}

TEST(Telling, WithBytesThatAreNoUtf8IsWrittenAllTheSame) {
  Telling telling = full();
  telling.now->summary = "a\xff";
  EXPECT_EQ(from_json(to_json(telling))->now->summary, "a\uFFFD");
}

TEST(Kinds, AreReadByTheirNames) {
  EXPECT_EQ(kind_from("answered"), Kind::answered);
  EXPECT_EQ(kind_from("Answered"), std::nullopt);
}

}  // namespace
}  // namespace caravan::notify::test
