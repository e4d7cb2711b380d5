// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/proposal.hpp"
#include "unit/ical/support.hpp"

namespace caravan::ical::testing {
namespace {

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

model::Series simple() { return series_of(event("DTEND:20260301T100000Z\nSUMMARY:Tea\\, biscuits\n")); }

TEST(Write, MakesAWholeCalendar) {
  WriteOptions options;
  options.mark = "m-1";
  options.stamp = Instant(std::chrono::seconds(1767312000));
  EXPECT_EQ(
      write(simple(), options),
      "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Caravan//Caravan 0.1//EN\r\nBEGIN:VEVENT\r\nUID:u\r\n"
      "DTSTAMP:20260102T000000Z\r\nDTSTART:20260301T090000Z\r\nDTEND:20260301T100000Z\r\nSUMMARY:Tea\\, biscuits\r\n"
      "TRANSP:OPAQUE\r\nX-MICROSOFT-CDO-BUSYSTATUS:BUSY\r\nX-CARAVAN-ID:m-1\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n");
}

TEST(Write, TheMarkReadsBack) {
  WriteOptions options;
  options.mark = "a;b,c";
  EXPECT_EQ(parse_one(write(simple(), options))->mark, "a;b,c");
}

TEST(Write, IncludesTheZonesItUses) {
  const auto text = write(
      series_of(event("DTEND;TZID=Asia/Tokyo:20260301T200000\n", "DTSTART;TZID=Europe/Berlin:20260301T100000\n")));
  EXPECT_TRUE(contains(text, "TZID:Europe/Berlin\r\n"));
  EXPECT_TRUE(contains(text, "TZID:Asia/Tokyo\r\n"));
}

TEST(Write, FoldsBetweenCharactersAt75Octets) {
  auto series = simple();
  for (int i = 0; i < 40; ++i) series.master->summary += "äö€🎉";
  const auto text = write(series);
  for (const auto& line : text::split(text, '\n')) {
    EXPECT_LE(line.size(), 76U);
    EXPECT_TRUE(text::is_valid_utf8(line));
  }
  EXPECT_EQ(series_of(text).master->summary, series.master->summary);
}

TEST(Write, EveryTextReadsBack) {
  auto series = simple();
  series.master->summary = "a\\n;b,c\nd\te\"f:g";
  series.master->description = "\\, \\; \\\\ ;;,,\n\n\\N";
  series.master->categories = {"a,b", "c\\d;e"};
  series.master->organizer = model::Organizer{"x@y.z", "\"Bob\" ^n, the; 'builder': 1\n2", {}};
  model::normalize(series);
  const auto back = series_of(write(series));
  EXPECT_EQ(model::difference(series, back), model::Delta{});
}

TEST(Write, KeepsAGuestsProposalInOurOwnCopiesOnly) {
  auto series = simple();
  model::Attendee carol{.address = "carol@example.org", .name = "", .extra = {{"X-OTHER", "1"}}};
  model::set_proposal(carol, {Instant(std::chrono::seconds(1796306400)), Instant(std::chrono::seconds(1796310000))});
  series.master->attendees = {carol};
  WriteOptions own;
  own.keep_proposals = true;
  EXPECT_EQ(series_of(write(series, own)).master->attendees, series.master->attendees);
  const auto sent = write(series);
  EXPECT_FALSE(contains(sent, "PROPOSED"));
  EXPECT_TRUE(contains(sent, "X-OTHER=1"));
  auto renamed = series;
  renamed.master->attendees[0].name = "Carol";
  const auto patched = patch(sent, renamed, model::difference(series, renamed));
  ASSERT_TRUE(patched);
  EXPECT_TRUE(contains(*patched, "CN=Carol"));
  EXPECT_FALSE(contains(*patched, "PROPOSED"));
}

TEST(Write, OmitsTheEndOfAnEventWithoutLengthWhereTheServerWantsThat) {
  auto series = series_of(event("DTEND:20260301T090000Z\n"));
  WriteOptions options;
  options.zero_length_end = ZeroLengthEnd::omit;
  EXPECT_TRUE(contains(write(series), "DTEND"));
  EXPECT_FALSE(contains(write(series, options), "DTEND"));
}

TEST(Write, PutsTheScheduleAgentOnOrganizerAndAttendees) {
  WriteOptions options;
  options.schedule_agent = "CLIENT";
  const auto text = text::replace_all(
      write(series_of(event("ORGANIZER:mailto:a@b.c\nATTENDEE:mailto:d@e.f\n")), options), "\r\n ", "");
  EXPECT_TRUE(contains(text, "ORGANIZER;SCHEDULE-AGENT=CLIENT:mailto:a@b.c"));
  EXPECT_TRUE(contains(text, "PARTSTAT=NEEDS-ACTION;SCHEDULE-AGENT=CLIENT:mailto:d@e.f"));
}

TEST(Write, LetsOnlyTheTimesOfAPrivateEventOut) {
  const auto series =
      series_of(event("CLASS:PRIVATE\nSUMMARY:secret\nDESCRIPTION:secret\nLOCATION:secret\nX-FOO:secret\n"
                      "ATTENDEE:mailto:secret@b.c\nCATEGORIES:secret\nURL:https://secret\n"));
  WriteOptions options;
  options.private_policy = PrivatePolicy::busy;
  EXPECT_FALSE(contains(write(series, options), "secret"));
  EXPECT_TRUE(contains(write(series, options), "DTSTART:20260301T090000Z"));
}

TEST(Write, AcknowledgesTheAlarmsOfWhatIsOver) {
  WriteOptions options;
  options.acknowledge_alarms_before = Instant(std::chrono::seconds(1775000000));
  const std::string alarm = "BEGIN:VALARM\nTRIGGER:-PT5M\nACTION:DISPLAY\nEND:VALARM\n";
  EXPECT_TRUE(contains(write(series_of(event(alarm)), options), "ACKNOWLEDGED:20260331T233320Z"));
  EXPECT_FALSE(contains(write(series_of(event(alarm, "DTSTART:20300101T000000Z\n")), options), "ACKNOWLEDGED"));
}

TEST(Write, SendsASingleOrphanPlainWhereTheServerWantsAMaster) {
  const auto series = series_of(event("RECURRENCE-ID:20260301T090000Z\n"));
  WriteOptions options;
  options.orphan = OrphanForm::plain;
  EXPECT_TRUE(contains(write(series), "RECURRENCE-ID"));
  EXPECT_FALSE(contains(write(series, options), "RECURRENCE-ID"));
}

TEST(Write, StreamsAttachmentsIntoAFile) {
  auto series = simple();
  const auto directory = std::filesystem::temp_directory_path() / ("caravan_" + random_hex(6));
  std::filesystem::create_directory(directory);
  std::string bytes(200001, 'x');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 7);
  std::ofstream(directory / "content", std::ios::binary) << bytes;
  model::Attachment attachment;
  attachment.name = "größe, \"1\".bin";
  attachment.content_type = "application/octet-stream";
  attachment.size = bytes.size();
  attachment.content = sha256(bytes);
  series.master->attachments.push_back(attachment);
  const auto path = (directory / "out.ics").string();
  const auto status = fill_content(write(series), path, [&](const model::Attachment&) -> Result<std::string> {
    return (directory / "content").string();
  });
  EXPECT_TRUE(status.has_value());
  const auto text = read_file(path);
  EXPECT_EQ(model::difference(series, series_of(text)), model::Delta{});
  for (const auto& line : text::split(text, '\n')) EXPECT_LE(line.size(), 76U);
  std::filesystem::remove_all(directory);
}

TEST(Write, NamesWhereContentBelongs) {
  auto series = simple();
  model::Attachment attachment;
  attachment.content = sha256("x");
  series.master->attachments.push_back(attachment);
  const auto text = write(series);
  const auto spots = content_spots(text);
  ASSERT_EQ(spots.size(), 1U);
  EXPECT_EQ(text.substr(spots[0].offset, 6), "ATTACH");
  EXPECT_EQ(spots[0].attachment.content, sha256("x"));
}

TEST(Write, AZoneOfItsOwnGoesOutAndComesBack) {
  const auto series = series_of(
      read_file(std::filesystem::path(CARAVAN_SOURCE_DIR) / "tests/fixtures/ical/custom_zone_that_nobody_knows.ics"));
  EXPECT_EQ(model::digest(series_of(write(series))), model::digest(series));
}

}  // namespace
}  // namespace caravan::ical::testing
