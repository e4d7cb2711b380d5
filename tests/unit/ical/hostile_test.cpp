// SPDX-License-Identifier: GPL-3.0-or-later
// Text that wants to do harm: nothing may crash, hang or eat memory, whatever it is read as.
#include <atomic>
#include <chrono>
#include <random>
#include <thread>

#include "unit/ical/support.hpp"

namespace caravan::ical::testing {
namespace {

/// Reads, writes and patches whatever comes of the text.
std::size_t exercise(const std::string& text) {
  const auto all = parse(text);
  if (!all) return 0;
  std::size_t bytes = 0;
  for (const auto& one : *all) {
    if (!one.series) continue;
    bytes += write(*one.series).size();
    (void)expand(*one.series, Instant(std::chrono::seconds(1767225600)), Instant(std::chrono::seconds(1798761600)),
                 *system_zone_book(), 100);
  }
  (void)content_spots(text);
  return bytes;
}

TEST(Hostile, NulsAndControlCharactersAreDropped) {
  std::string text = event("SUMMARY:a#b%c\n");
  text[text.find('#')] = '\0';
  text[text.find('%')] = '\x01';
  EXPECT_EQ(event_of(text).summary, "abc");
}

TEST(Hostile, InvalidUtf8IsReplaced) {
  EXPECT_TRUE(text::is_valid_utf8(event_of(event("SUMMARY:a\xFF\xC3(b\n")).summary));
}

TEST(Hostile, DeepNestingIsCutOff) {
  std::string text;
  for (int i = 0; i < 200000; ++i) text += "BEGIN:VCALENDAR\r\n";
  EXPECT_EQ(exercise(text), 0U);
  std::string inside;
  for (int i = 0; i < 50000; ++i) inside += "BEGIN:X\n";
  EXPECT_EQ(exercise(event("SUMMARY:x\n" + inside)), 0U + write(series_of(event("SUMMARY:x\n" + inside))).size());
}

TEST(Hostile, AnEndlessLineIsOnlyLong) {
  EXPECT_EQ(event_of(event("SUMMARY:" + std::string(5000000, 'a') + "\n")).summary.size(), 5000000U);
}

TEST(Hostile, EndlessFoldsAreJoined) {
  std::string folds;
  for (int i = 0; i < 300000; ++i) folds += "\n a";
  EXPECT_EQ(event_of(event("SUMMARY:" + folds + "\n")).summary.size(), 300000U);
}

TEST(Hostile, ManyParametersAndAttendeesStayQuick) {
  std::string lines = "X-P";
  for (int i = 0; i < 20000; ++i) lines += ";P" + std::to_string(i) + "=\"v\"";
  lines += ":x\n";
  for (int i = 0; i < 3000; ++i) lines += "ATTENDEE:mailto:" + std::to_string(i) + "@x.y\n";
  EXPECT_EQ(event_of(event(lines)).attendees.size(), 3000U);
}

TEST(Hostile, AbsurdRulesAndTimesEndSoon) {
  for (const char* line : {"RRULE:FREQ=SECONDLY\n",
                           "RRULE:FREQ=DAILY;INTERVAL=0\n",
                           "RRULE:FREQ=DAILY;COUNT=99999999999999\n",
                           "RRULE:FREQ=YEARLY;BYDAY=99999MO\n",
                           "RRULE:\n",
                           "RRULE:FREQ=MONTHLY;BYSETPOS=400\n",
                           "RRULE:FREQ=YEARLY;INTERVAL=32767;BYWEEKNO=53\n",
                           "DURATION:P99999999999999D\n",
                           "DURATION:-P1D\n",
                           "DTEND:99999999T999999Z\n",
                           "DTEND:00000000\n",
                           "EXDATE:,,,,\n",
                           "RDATE;VALUE=PERIOD:/\n",
                           "SEQUENCE:99999999999999999999\n",
                           "PRIORITY:-5\n",
                           "ATTACH;ENCODING=BASE64:!!!!\n",
                           "ATTACH;VALUE=BINARY:\n",
                           "ATTENDEE:\n",
                           "ATTENDEE;CN=\":\n",
                           "CATEGORIES:,,\\\n",
                           ":\n",
                           ";\n",
                           "X-:\n"})
    (void)exercise(event(line));
  SUCCEED();
}

TEST(Hostile, AZoneThatChangesEverySecondIsNotExpanded) {
  const auto text = calendar(
      "BEGIN:VTIMEZONE\nTZID:Evil\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:+0000\n"
      "TZOFFSETTO:+0137\nRRULE:FREQ=SECONDLY\nEND:STANDARD\nEND:VTIMEZONE\n"
      "BEGIN:VEVENT\nUID:u\nDTSTART;TZID=Evil:20260101T000000\nEND:VEVENT\n");
  EXPECT_EQ(series_of(text).master->start.utc_offset, 97 * 60);
}

TEST(Hostile, NoValueCanBreakItsLine) {
  auto series = series_of(event("SUMMARY:x\n"));
  series.master->summary = "x\r\nATTENDEE:mailto:evil@x.y";
  series.master->url = "https://x\r\nATTENDEE:mailto:evil@x.y";
  series.master->organizer = model::Organizer{"a@b.c\r\nX-EVIL:1", "n\r\nX-EVIL:1", {{"X-P", "v\r\nX-EVIL:1"}}};
  EXPECT_TRUE(series_of(write(series)).master->attendees.empty());
  EXPECT_EQ(write(series).find("\r\nX-EVIL"), std::string::npos);
}

TEST(Hostile, MutatedFilesNeverCrash) {
  std::mt19937 random(20261121);
  constexpr char kBytes[] = "\0\r\n\t :;,\"\\^=ABEGINDTZ0123456789\xFF\xC3";
  const std::string alphabet(kBytes, sizeof kBytes - 1);
  std::size_t runs = 0;
  for (const auto& path : fixtures()) {
    const auto original = read_file(path);
    for (int i = 0; i < 400; ++i, ++runs) {
      auto text = original;
      for (int change = 0; change < 1 + i % 8; ++change) {
        const auto where = random() % text.size();
        if (random() % 3 == 0)
          text.erase(where, random() % 60);
        else
          text.insert(where, 1 + random() % 3, alphabet[random() % alphabet.size()]);
        if (text.empty()) text = "x";
      }
      (void)exercise(text);
    }
  }
  EXPECT_GT(runs, 1000U);
}

TEST(Hostile, FiftyMegabytesOfAttachmentAreHashedInPieces) {
  std::string text =
      "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:u\r\nDTSTART:20260101T000000Z\r\nATTACH;ENCODING=BASE64;VALUE=BINARY:";
  const std::string line = std::string(74, 'A') + "\r\n ";
  while (text.size() < 50000000) text += line;
  while ((text.size() - 103) % 4 != 0) text += 'A';
  text += "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
  EXPECT_GT(event_of(text).attachments.size() + 1, 0U);
}

TEST(Hostile, ManyThreadsMayReadAndWriteAtOnce) {
  const auto text =
      read_file(std::filesystem::path(CARAVAN_SOURCE_DIR) / "tests/fixtures/ical/outlook_series_with_windows_zone.ics");
  const auto expected = write(series_of(text));
  std::vector<std::jthread> threads;
  std::atomic<int> wrong = 0;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int round = 0; round < 50; ++round)
        if (write(*parse_one(text)->series) != expected) ++wrong;
    });
  threads.clear();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace caravan::ical::testing
