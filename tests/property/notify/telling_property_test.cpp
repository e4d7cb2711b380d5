// SPDX-License-Identifier: GPL-3.0-or-later
// A telling comes out of the outbox as it went in.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "notify/telling.hpp"

namespace caravan::notify::test {
namespace {

template <class T>
T any() {
  return *rc::gen::arbitrary<T>();
}
int below(int bound) { return *rc::gen::inRange(0, bound); }
/// ASCII with all its control characters, and some of what is beyond it.
std::string any_text() {
  std::string out;
  for (const char c : any<std::string>()) out += static_cast<char>(c & 0x7f);
  return out + (any<bool>() ? "Ж🎉\u202e" : "");
}
model::EventTime any_time() {
  model::EventTime out;
  out.wall = model::from_seconds(*rc::gen::inRange<std::int64_t>(-4000000000, 8000000000));
  out.kind = static_cast<model::TimeKind>(below(4));
  out.zone = any_text();
  out.utc_offset = any<std::int32_t>();
  return out;
}
template <class F>
auto any_list(F one) {
  std::vector<decltype(one())> out;
  for (int i = below(4); i > 0; --i) out.push_back(one());
  return out;
}
template <class F>
auto maybe(F one) {
  return any<bool>() ? std::optional(one()) : std::nullopt;
}
model::Rule any_rule() {
  model::Rule out;
  out.frequency = static_cast<model::Frequency>(below(7));
  out.interval = any<std::int32_t>();
  out.count = any<std::int32_t>();
  out.has_until = any<bool>();
  if (out.has_until) out.until = any_time();
  out.week_start = static_cast<model::Weekday>(below(7));
  out.by_day = any_list([] {
    return model::WeekdayPosition{any<std::int32_t>(), static_cast<model::Weekday>(below(7))};
  });
  for (auto* list : {&out.by_month_day, &out.by_year_day, &out.by_week, &out.by_month, &out.by_set_position,
                     &out.by_hour, &out.by_minute, &out.by_second})
    *list = any_list(any<std::int32_t>);
  return out;
}
Shown any_shown() {
  return {any_text(),      any_text(),         any_text(), any_text(),         any_time(), any_time(),
          maybe(any_rule), any_list(any_time), any_text(), any_list(any_text), any<bool>()};
}
Answer any_answer() {
  return {any_text(), static_cast<model::Participation>(below(5)), maybe(any_time), maybe(any_time)};
}
Telling any_telling() {
  Telling out;
  out.kind = static_cast<Kind>(below(11));
  out.mailbox = Address(any_text());
  out.uid = Uid(any_text());
  out.occurrence = any_text();
  out.was = maybe(any_shown);
  out.now = maybe(any_shown);
  out.changed = any_list([] { return static_cast<model::Field>(below(17)); });
  out.attendees_added = any_list(any_text);
  out.attendees_removed = any_list(any_text);
  out.answers = any_list(any_answer);
  out.answer_wanted = any<bool>();
  out.agenda = any_list([] { return AgendaLine{Uid(any_text()), any_shown(), any<bool>()}; });
  out.day = maybe(any_time);
  out.topic = any_text();
  out.detail = any_text();
  out.count = any<std::uint64_t>();
  return out;
}

TEST(Telling, ComesBackFromJsonAsItWent) {
  EXPECT_TRUE(rc::check([] {
    const Telling telling = any_telling();
    RC_ASSERT(from_json(to_json(telling)).value() == telling);
  }));
}

}  // namespace
}  // namespace caravan::notify::test
