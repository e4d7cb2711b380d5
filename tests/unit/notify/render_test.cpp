// SPDX-License-Identifier: GPL-3.0-or-later
// Tellings in words. The builders' event is Tuesday, 2 June 2026, 10:00 in Berlin.
#include "notify/render.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "notify/text.hpp"
#include "unit/notify/support.hpp"

namespace caravan::notify::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Preferences russian() {
  Preferences out = berlin();
  out.language = Language::russian;
  return out;
}

Rendered words(const Telling& telling, const Preferences& reader = berlin()) {
  return render(telling, reader, zones(), before_all());
}
Rendered words(std::optional<model::Series> was, std::optional<model::Series> now,
               const Preferences& reader = berlin()) {
  return words(differences({std::move(was), std::move(now)}, me(), zones(), before_all()).at(0), reader);
}

model::Series later() {
  auto now = single();
  now.master->start = at(6, 2, 14);
  now.master->end = at(6, 2, 15, 30);
  return now;
}

TEST(Words, OfAMoveSayWhatItWas) {
  const auto out = words(single(), later());
  EXPECT_EQ(out.subject, "Moved: Standup, Tue, 2 Jun, 14:00–15:30");
  EXPECT_THAT(out.text, HasSubstr("When: Tuesday, 2 June, 14:00–15:30 (was: Tuesday, 2 June, 10:00–11:00)"));
  EXPECT_THAT(out.html, HasSubstr("<s>Tuesday, 2 June, 10:00–11:00</s> → <b>Tuesday, 2 June, 14:00–15:30</b>"));
  EXPECT_THAT(out.markdown, HasSubstr("~~Tuesday, 2 June, 10:00–11:00~~ → Tuesday, 2 June, 14:00–15:30"));
}

TEST(Words, OfTheButtonsAreInTheReadersLanguage) {
  EXPECT_EQ(words(single(), later()).accept, "Accept");
  EXPECT_EQ(words(single(), later(), russian()).maybe, "Под вопросом");
}

TEST(Words, AreInRussian) {
  const auto out = words(single(), later(), russian());
  EXPECT_EQ(out.subject, "Перенесено: Standup, вт, 2 июн., 14:00–15:30");
  EXPECT_THAT(out.text, HasSubstr("Когда: вторник, 2 июня, 14:00–15:30 (было: вторник, 2 июня, 10:00–11:00)"));
}

TEST(Words, AreInTheReadersZone) {
  Preferences tokyo = berlin();
  tokyo.zone = "Asia/Tokyo";
  EXPECT_THAT(words(single(), later(), tokyo).text, HasSubstr("21:00–22:30 (was: Tuesday, 2 June, 17:00–18:00)"));
}

TEST(Words, NameTheYearWhereItIsAnother) {
  auto next = later();
  next.master->start.wall.year = next.master->end.wall.year = 2027;
  EXPECT_THAT(words(single(), next).text,
              HasSubstr("When: Wednesday, 2 June 2027, 14:00–15:30 (was: Tuesday, 2 June,"));
}

TEST(Words, OfAWholeDayNameNoHour) {
  auto day = single();
  day.master->start = on(6, 2);
  day.master->end = on(6, 3);
  EXPECT_THAT(words({}, day).text, HasSubstr("When: Tuesday, 2 June, all day\n"));
  day.master->end = on(6, 5);
  EXPECT_THAT(words({}, day).text, HasSubstr("When: Tuesday, 2 June – Thursday, 4 June, all day\n"));
}

model::Series repeated(const std::vector<model::WeekdayPosition>& days, model::Frequency frequency, int interval = 1) {
  auto out = weekly();
  auto& rule = out.rules.front();
  rule.by_day = days;
  rule.frequency = frequency;
  rule.interval = interval;
  rule.count = 0;
  return out;
}

TEST(Recurrence, IsInWords) {
  using model::Frequency;
  using model::Weekday;
  const auto tuesday_thursday = repeated({{0, Weekday::tuesday}, {0, Weekday::thursday}}, Frequency::weekly);
  EXPECT_THAT(words({}, tuesday_thursday).text,
              HasSubstr("When: every week on Tuesday and Thursday, 10:00–11:00, from 2 June\n"));
  EXPECT_THAT(words({}, tuesday_thursday, russian()).text,
              HasSubstr("Когда: каждую неделю по вторникам и четвергам, 10:00–11:00, с 2 июня\n"));
  EXPECT_THAT(words({}, repeated({}, Frequency::weekly, 3), russian()).text,
              HasSubstr("каждые 3 недели по вторникам,"));
  EXPECT_THAT(words({}, repeated({}, Frequency::daily, 5), russian()).text, HasSubstr("каждые 5 дней,"));
  EXPECT_THAT(words({}, repeated({}, Frequency::daily, 21), russian()).text, HasSubstr("каждый 21 день,"));
  EXPECT_THAT(words({}, repeated({{2, Weekday::tuesday}}, Frequency::monthly)).text,
              HasSubstr("every month on the second Tuesday,"));
  EXPECT_THAT(words({}, repeated({{2, Weekday::tuesday}}, Frequency::monthly), russian()).text,
              HasSubstr("каждый месяц во второй вторник,"));
  EXPECT_THAT(words({}, repeated({{-1, Weekday::friday}}, Frequency::monthly), russian()).text,
              HasSubstr("каждый месяц в последнюю пятницу,"));
  EXPECT_THAT(words({}, repeated({{1, Weekday::sunday}}, Frequency::monthly), russian()).text,
              HasSubstr("каждый месяц в первое воскресенье,"));
  EXPECT_THAT(words({}, repeated({}, Frequency::monthly)).text, HasSubstr("every month on day 2,"));
  EXPECT_THAT(words({}, repeated({}, Frequency::yearly)).text, HasSubstr("every year on 2 June,"));
  EXPECT_THAT(words({}, repeated({}, Frequency::yearly), russian()).text, HasSubstr("каждый год 2 июня,"));
  const auto workdays = repeated({{0, Weekday::monday},
                                  {0, Weekday::tuesday},
                                  {0, Weekday::wednesday},
                                  {0, Weekday::thursday},
                                  {0, Weekday::friday}},
                                 Frequency::weekly);
  EXPECT_THAT(words({}, workdays, russian()).text, HasSubstr("по рабочим дням,"));
}

TEST(Recurrence, SaysItsEnd) {
  EXPECT_THAT(words({}, weekly()).text, HasSubstr("from 2 June (10 times)\n"));
  auto until = repeated({}, model::Frequency::weekly);
  until.rules.front().has_until = true;
  until.rules.front().until = at(7, 7, 8, 0, "");
  EXPECT_THAT(words({}, until).text, HasSubstr("from 2 June until 7 July\n"));
}

Telling answers(int count) {
  Telling out;
  out.kind = Kind::answered;
  out.now = shown(*single().master, me());
  for (int i = 0; i < count; ++i) out.answers.push_back({"Carol", model::Participation::accepted, {}, {}});
  return out;
}

TEST(Answers, AreCountedByTheLanguagesRules) {
  EXPECT_THAT(words(answers(1)).subject, HasSubstr("An answer: Standup"));
  EXPECT_THAT(words(answers(3)).subject, HasSubstr("3 answers: Standup"));
  EXPECT_THAT(words(answers(2), russian()).subject, HasSubstr("2 ответа: "));
  EXPECT_THAT(words(answers(5), russian()).subject, HasSubstr("5 ответов: "));
  EXPECT_THAT(words(answers(21), russian()).subject, HasSubstr("21 ответ: "));
}

TEST(Answers, SayTheTimeThatIsProposedByTheReadersClock) {
  Telling out = answers(1);
  out.answers.front().participation = model::Participation::tentative;
  out.answers.front().proposed_start = at(12, 3, 14, 0, "");
  out.answers.front().proposed_end = at(12, 3, 15, 0, "");
  EXPECT_THAT(words(out).text, HasSubstr("tentative, proposes Thursday, 3 December, 15:00–16:00 instead"));
  EXPECT_THAT(words(out).html, HasSubstr("proposes Thursday, 3 December, 15:00–16:00 instead"));
  EXPECT_THAT(words(out).markdown, HasSubstr("proposes Thursday, 3 December, 15:00–16:00 instead"));
  EXPECT_THAT(words(out, russian()).text, HasSubstr("предлагает вместо этого четверг, 3 декабря, 15:00–16:00"));
}

TEST(ADigest, IsATable) {
  Telling out;
  out.kind = Kind::daily;
  out.day = on(6, 2);
  auto event = placed(single(), "Room | 1");
  event.master->conference = "https://meet.example.org/1";
  out.agenda = {{Uid("u"), shown(*event.master, me()), true}};
  EXPECT_EQ(words(out).subject, "Your day: Tuesday, 2 June");
  EXPECT_THAT(words(out).markdown, HasSubstr("| 10:00–11:00 |"));
  EXPECT_THAT(words(out).markdown, HasSubstr("Room \\| 1 |"));
  EXPECT_THAT(words(out).markdown, HasSubstr("[Join](https://meet.example.org/1) |"));
  EXPECT_THAT(words(out).html, HasSubstr("<a href=\"https://meet.example.org/1\">Join</a>"));
  EXPECT_THAT(words(out).text, HasSubstr("Standup (not answered)"));
  out.agenda.clear();
  EXPECT_THAT(words(out, russian()).text, HasSubstr("Ничего не запланировано."));
}

// ---- hostile content

Rendered hostile(const std::string& title) { return words({}, placed(titled(single(), title), title)); }

TEST(HostileText, NeverBreaksTheSubject) {
  const auto subject = hostile("a\r\nBcc: x@example.org\x01\x7f\u0085\u2028z").subject;
  EXPECT_EQ(subject, "New: a Bcc: x@example.org z, Tue, 2 Jun, 10:00–11:00");
}

TEST(HostileText, IsNoHtml) {
  const auto html = hostile("<img src=x onerror=alert(1)>&amp;\"'").html;
  EXPECT_THAT(html, Not(HasSubstr("<img")));
  EXPECT_THAT(html, HasSubstr("&lt;img src=x onerror=alert(1)&gt;&amp;amp;&quot;"));
}

TEST(HostileText, IsNoMarkdown) {
  EXPECT_EQ(escape_markdown("**a** [b](c) `d` | ![e](f)"),
            "\\*\\*a\\*\\* \\[b\\]\\(c\\) \\`d\\` \\| \\!\\[e\\]\\(f\\)");
}

TEST(HostileText, MentionsNobody) {
  for (const char* text : {"@channel", "@all", "@here", "~town", "#tag", ":smile:", "https://x", "www.x.org", "&lt;"})
    EXPECT_THAT(escape_markdown(text), HasSubstr("\u2060")) << text;
  EXPECT_THAT(hostile("@channel @all").markdown, Not(HasSubstr("@channel")));
}

TEST(HostileText, MakesNoHeadingOfTheLineAboveIt) {
  EXPECT_EQ(escape_markdown("Pay now\n==="), "Pay now\n=\u2060==");
  EXPECT_EQ(escape_markdown("a == b"), "a == b");
}

TEST(HostileText, StaysInItsLine) {
  const auto markdown = hostile("a\n# b\n- c").markdown;
  EXPECT_THAT(markdown, Not(HasSubstr("\n#")));
  EXPECT_THAT(markdown, Not(HasSubstr("\n-")));
}

TEST(HostileText, TurnsNoDirection) {
  EXPECT_EQ(one_line("a\u202egnp.exe\u2066b\u200f", 100), "agnp.exeb");
  EXPECT_EQ(isolated("שלום"), "\u2068שלום\u2069");
  EXPECT_EQ(isolated("Привет"), "Привет");
  EXPECT_THAT(hostile("שלום").subject, HasSubstr("New: \u2068שלום\u2069, Tue"));
}

TEST(HostileText, HidesNothing) { EXPECT_EQ(one_line("a\u200bb\ufeffc\u00add\u2060e\U000e0001f", 100), "abcdef"); }

TEST(HostileText, KeepsEmoji) {
  EXPECT_EQ(one_line("👩‍💻 🏴󠁧󠁢󠁥󠁮󠁧󠁿", 100), "👩‍💻 🏴󠁧󠁢󠁥󠁮󠁧󠁿");
}

TEST(HostileText, OfTenThousandCharactersIsCut) {
  const auto out = hostile(std::string(10000, 'x'));
  EXPECT_LT(out.subject.size(), 210u);
  EXPECT_THAT(out.subject, HasSubstr("x…, Tue, 2 Jun"));
  EXPECT_LT(out.markdown.size(), 2000u);
}

TEST(APrivateEvent, IsShownToItsOwner) {
  auto event = titled(single(), "Doctor");
  event.master->sensitivity = model::Sensitivity::private_;
  EXPECT_THAT(words({}, event).text, HasSubstr("Doctor"));
}

}  // namespace
}  // namespace caravan::notify::test
