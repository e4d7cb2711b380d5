// SPDX-License-Identifier: GPL-3.0-or-later
#include "ical/zone_repair.hpp"
#include "unit/ical/support.hpp"

namespace caravan::ical::testing {
namespace {

using model::Field;

std::string fixture(const std::string& name) {
  return read_file(std::filesystem::path(CARAVAN_SOURCE_DIR) / "tests/fixtures/ical" / (name + ".ics"));
}

/// `stored` brought to `target`, with everything that differs named.
std::string patched(const std::string& stored, const model::Series& target, const WriteOptions& options = {}) {
  auto result = patch(stored, target, model::difference(series_of(stored), target), options);
  EXPECT_TRUE(result.has_value()) << (result ? "" : result.error().what);
  return result ? *result : std::string();
}

/// The lines of `before` that are not in `after`, and the other way round.
std::pair<std::vector<std::string>, std::vector<std::string>> line_changes(const std::string& before,
                                                                           const std::string& after) {
  auto old_lines = text::split(before, '\n'), new_lines = text::split(after, '\n');
  std::sort(old_lines.begin(), old_lines.end());
  std::sort(new_lines.begin(), new_lines.end());
  std::pair<std::vector<std::string>, std::vector<std::string>> out;
  std::set_difference(old_lines.begin(), old_lines.end(), new_lines.begin(), new_lines.end(),
                      std::back_inserter(out.first));
  std::set_difference(new_lines.begin(), new_lines.end(), old_lines.begin(), old_lines.end(),
                      std::back_inserter(out.second));
  return out;
}

TEST(Patch, WithoutChangesEveryByteStays) {
  const auto text = fixture("three_alarms_and_apple_location");
  EXPECT_EQ(patch(text, series_of(text), {}).value(), text);
}

TEST(Patch, ChangesTheNamedLineOnly) {
  const auto text = fixture("three_alarms_and_apple_location");
  auto target = series_of(text);
  target.master->summary = "Flight, late";
  const auto [gone, added] = line_changes(text, patched(text, target));
  EXPECT_EQ(gone, std::vector<std::string>{"SUMMARY:Flight\r"});
  EXPECT_EQ(added, std::vector<std::string>{"SUMMARY:Flight\\, late\r"});
}

TEST(Patch, UpdatesStampAndSequenceOfTheTouchedEventAlone) {
  const auto text = fixture("outlook_series_with_windows_zone");
  auto target = series_of(text);
  target.master->sequence = 7;
  target.master->location = "Room 2";
  WriteOptions options;
  options.stamp = Instant(std::chrono::seconds(1790000000));
  const auto result = patched(text, target, options);
  EXPECT_NE(result.find("SEQUENCE:7\r\n"), std::string::npos);
  EXPECT_NE(result.find("SEQUENCE:3\r\n"), std::string::npos);
  EXPECT_NE(result.find("DTSTAMP:20260921T"), std::string::npos);
  EXPECT_NE(result.find("DTSTAMP:20261001T080000Z\r\nSEQUENCE:3"), std::string::npos);
}

TEST(Patch, NeverLowersTheSequence) {
  const auto text = fixture("outlook_series_with_windows_zone");
  auto target = series_of(text);
  target.master->sequence = 0;
  target.master->location = "Room 2";
  EXPECT_NE(patched(text, target).find("SEQUENCE:2\r\n"), std::string::npos);
}

TEST(Patch, ReplacesOneAttendeeAndLeavesTheOthers) {
  const auto text = fixture("outlook_series_with_windows_zone");
  auto target = series_of(text);
  target.master->attendees.at(0).participation = model::Participation::accepted;
  const auto result = patched(text, target);
  EXPECT_EQ(model::digest(series_of(result)), model::digest(target));
  EXPECT_NE(
      result.find("ATTENDEE;ROLE=NON-PARTICIPANT;CUTYPE=RESOURCE;PARTSTAT=ACCEPTED;CN=Room 1:MAILTO:room1@example.com"),
      std::string::npos);
}

TEST(Patch, TakesOneExclusionOutOfAList) {
  const auto text = fixture("outlook_series_with_windows_zone");
  auto target = series_of(text);
  target.excluded.erase(target.excluded.begin());
  const auto result = patched(text, target);
  EXPECT_NE(result.find("EXDATE;TZID=W. Europe Standard Time:20261110T100000\r\n"), std::string::npos);
  EXPECT_EQ(model::digest(series_of(result)), model::digest(target));
}

TEST(Patch, AddsAnExclusionOnALineOfItsOwn) {
  const auto text = fixture("outlook_series_with_windows_zone");
  auto target = series_of(text);
  target.excluded.push_back(model::at_wall(*system_zone_book(), "Europe/Berlin", {2026, 11, 17, 10, 0, 0}));
  const auto result = patched(text, target);
  EXPECT_NE(result.find("EXDATE;TZID=W. Europe Standard Time:20261103T100000,20261110T100000\r\n"), std::string::npos);
  EXPECT_NE(result.find("EXDATE;TZID=Europe/Berlin:20261117T100000\r\n"), std::string::npos);
  EXPECT_NE(result.find("TZID:Europe/Berlin\r\n"), std::string::npos);
  EXPECT_EQ(model::digest(series_of(result)), model::digest(target));
}

TEST(Patch, AddsAndRemovesOverrides) {
  const auto text = fixture("outlook_series_with_windows_zone");
  auto target = series_of(text);
  auto moved = target.overrides.at(0);
  moved.recurrence_id = model::at_wall(*system_zone_book(), "Europe/Berlin", {2026, 11, 24, 10, 0, 0});
  target.overrides = {moved};
  const auto result = patched(text, target);
  EXPECT_EQ(model::digest(series_of(result)), model::digest(target));
  EXPECT_EQ(result.find("RECURRENCE-ID:20261020T080000Z"), std::string::npos);
}

TEST(Patch, ChangesAFieldOfOneOverride) {
  const auto text = fixture("outlook_series_with_windows_zone");
  auto target = series_of(text);
  target.overrides.at(0).summary = "Moved again";
  const auto [gone, added] = line_changes(text, patched(text, target));
  EXPECT_EQ(gone, std::vector<std::string>{"SUMMARY:Weekly engine (moved)\r"});
  EXPECT_EQ(added, std::vector<std::string>{"SUMMARY:Moved again\r"});
}

TEST(Patch, AddsTheZoneThatANewStartNeeds) {
  const auto text = fixture("three_alarms_and_apple_location");
  auto target = series_of(text);
  target.master->start = model::at_wall(*system_zone_book(), "Asia/Tokyo", {2026, 3, 1, 9, 0, 0});
  const auto result = patched(text, target);
  EXPECT_NE(result.find("BEGIN:VTIMEZONE\r\nTZID:Asia/Tokyo\r\n"), std::string::npos);
  EXPECT_EQ(model::digest(series_of(result)), model::digest(target));
}

/// An event of `year` in Berlin, its VTIMEZONE with history back to `since`.
std::string summer_event(int year, int since) {
  const std::string day = std::to_string(year) + "0701T";
  return calendar_header() + vtimezone_text("Europe/Berlin", since) +
         "BEGIN:VEVENT\r\nUID:a\r\nDTSTAMP:20200101T000000Z\r\nDTSTART;TZID=Europe/Berlin:" + day +
         "100000\r\nDTEND;TZID=Europe/Berlin:" + day + "110000\r\nEND:VEVENT\r\n" + calendar_footer();
}

model::Series moved_to_year(const std::string& text, int year) {
  auto series = series_of(text);
  for (model::EventTime* time : {&series.master->start, &series.master->end}) {
    time->wall.year = year;
    *time = model::at_wall(*system_zone_book(), "Europe/Berlin", time->wall);
  }
  return series;
}

TEST(Patch, LengthensAZoneThatBeginsAfterTheNewStart) {
  const auto text = summer_event(2026, 2026);
  ASSERT_GT(zones_hold_from(text), 2015);
  const auto result = patched(text, moved_to_year(text, 2015));
  EXPECT_EQ(result.substr(0, result.find("BEGIN:VEVENT")), calendar_header() + vtimezone_text("Europe/Berlin", 2015));
  EXPECT_EQ(series_of(result).master->start.wall.year, 2015);
}

TEST(Patch, LeavesAZoneThatHoldsForTheNewStart) {
  const auto text = summer_event(2026, 2000);
  const auto result = patched(text, moved_to_year(text, 2015));
  EXPECT_EQ(result.substr(0, result.find("BEGIN:VEVENT")), calendar_header() + vtimezone_text("Europe/Berlin", 2000));
}

TEST(Patch, LeavesAZoneWhoseEventMovesOn) {
  const auto text = summer_event(2026, 2026);
  const auto result = patched(text, moved_to_year(text, 2027));
  EXPECT_EQ(result.substr(0, result.find("BEGIN:VEVENT")), calendar_header() + vtimezone_text("Europe/Berlin", 2026));
}

TEST(Patch, KeepsInlineAttachmentsThatStay) {
  const auto text = fixture("three_alarms_and_apple_location");
  auto target = series_of(text);
  target.master->attachments.erase(target.master->attachments.begin() + 1);
  model::Attachment link;
  link.uri = "https://example.com/other";
  target.master->attachments.push_back(link);
  const auto [gone, added] = line_changes(text, patched(text, target));
  EXPECT_EQ(gone, std::vector<std::string>{"ATTACH:https://example.com/ticket.pdf\r"});
  EXPECT_EQ(added, std::vector<std::string>{"ATTACH:https://example.com/other\r"});
}

TEST(Patch, ReplacesAllAlarms) {
  const auto text = fixture("three_alarms_and_apple_location");
  auto target = series_of(text);
  target.master->alarms.resize(1);
  EXPECT_EQ(model::digest(series_of(patched(text, target))), model::digest(target));
}

TEST(Patch, ANewStatusDoesNotChangeTheBusyTime) {
  const auto text = event("SUMMARY:x\n");
  auto target = series_of(text);
  target.master->status = model::EventStatus::tentative;
  EXPECT_EQ(series_of(patched(text, target)).master->busy, model::BusyStatus::busy);
}

TEST(Patch, KeepsOurMark) {
  const auto text = event("X-CARAVAN-ID:m\n");
  auto target = series_of(text);
  target.master->summary = "new";
  WriteOptions options;
  options.mark = "m";
  EXPECT_EQ(parse_one(patched(text, target, options))->mark, "m");
}

TEST(Patch, KeepsTheScheduleAgentOfAnAttendeeItRewrites) {
  const auto text = event("ATTENDEE;SCHEDULE-AGENT=CLIENT:mailto:a@b.c\n");
  auto target = series_of(text);
  target.master->attendees.at(0).participation = model::Participation::declined;
  EXPECT_NE(text::replace_all(patched(text, target), "\r\n ", "")
                .find("PARTSTAT=DECLINED;SCHEDULE-AGENT=CLIENT:mailto:a@b.c"),
            std::string::npos);
}

TEST(Patch, TakesTheLineEndsOfTheStoredText) {
  const auto text = text::replace_all(event("SUMMARY:x\n"), "\r\n", "\n");
  auto target = series_of(text);
  target.master->description = "new\nlines";
  const auto result = patched(text, target);
  EXPECT_EQ(result.find('\r'), std::string::npos);
  EXPECT_EQ(model::digest(series_of(result)), model::digest(target));
}

TEST(Patch, FindsTheOneOccurrenceThatWasStoredPlain) {
  WriteOptions options;
  options.orphan = OrphanForm::plain;
  const auto before = series_of(event("SUMMARY:x\nRECURRENCE-ID:20260301T090000Z\n"));
  auto target = before;
  target.overrides.at(0).summary = "new";
  const auto result = patch(write(before, options), target, model::difference(before, target), options);
  EXPECT_EQ(event_of(*result).summary, "new");
  EXPECT_EQ(result->find("RECURRENCE-ID"), std::string::npos);
}

TEST(Patch, RefusesTheTextOfAnotherSeries) {
  auto target = series_of(event("SUMMARY:x\n"));
  target.uid = Uid("other");
  EXPECT_FALSE(patch(event("SUMMARY:x\n"), target, {}));
}

/// Every series of the corpus changed in every unit of its first event: the patch must arrive at the target.
model::Series changed_everywhere(model::Series series) {
  auto& event = series.master ? *series.master : series.overrides.front();
  event.summary += " changed, truly; \\ yes";
  event.description += "\nnew line";
  event.html = "<p>a;b,c</p>";
  event.location += "!";
  event.busy = event.busy == model::BusyStatus::free ? model::BusyStatus::out_of_office : model::BusyStatus::free;
  event.status =
      event.status == model::EventStatus::confirmed ? model::EventStatus::tentative : model::EventStatus::confirmed;
  event.sensitivity = model::Sensitivity::confidential;
  event.priority = event.priority == 1 ? 9 : 1;
  event.categories.push_back("zz, new");
  event.url = "https://example.com/new";
  event.alarms.push_back({.offset_seconds = -60, .at = {}, .description = "new", .acknowledged = {}, .extra = {}});
  event.attendees.push_back({.address = "zz@example.com", .name = "New; One", .extra = {}});
  event.extra.push_back({"X-NEW", {{"X-P", "a:b"}}, "v;w,x"});
  if (series.master) {
    series.master->start = series.master->end =
        model::at_wall(*system_zone_book(), "Europe/Rome", {2026, 7, 1, 9, 0, 0});
    series.master->has_end = true;
    series.rules.clear();
    series.overrides.clear();
    series.excluded.clear();
    series.extra_dates.clear();
    series.zones.clear();
  }
  model::normalize(series);
  return series;
}

std::string patch_difference(const Sample& sample) {
  const auto stored = write(sample.series);
  ParseOptions own;
  own.own_content_references = true;
  const auto target = changed_everywhere(sample.series);
  const auto result = patch(stored, target, model::difference(*parse_one(stored)->series, target));
  if (!result) return sample.path + ": " + result.error().what + "\n";
  const auto back = parse_one(*result, own);
  if (!back) return sample.path + ": " + back.error().what + "\n";
  std::string out;
  for (const auto& change : model::difference(target, *back->series))
    out += sample.path + ": [" + change.occurrence + " " + std::string(model::to_string(change.field)) + " " +
           change.key + "]\n";
  return out;
}

TEST(Patch, ArrivesAtTheTargetForEverySeriesOfTheCorpus) {
  const auto samples = readable(corpus());
  if (samples.empty()) GTEST_SKIP() << "no corpus: set CARAVAN_ICS_CORPUS";
  std::string differences;
  for (const auto& sample : samples) differences += patch_difference(sample);
  EXPECT_EQ(differences, "");
}

TEST(Patch, LeavesEveryByteOfTheCorpusWhenNothingChanged) {
  const auto files = corpus();
  if (files.empty()) GTEST_SKIP() << "no corpus: set CARAVAN_ICS_CORPUS";
  std::size_t compared = 0, different = 0;
  for (const auto& path : files) {
    const auto text = read_file(path);
    const auto parsed = parse_one(text);
    if (!parsed) continue;
    const auto result = patch(text, *parsed->series, {});
    ++compared;
    if (result && *result != text) ++different;
  }
  EXPECT_GT(compared, 50U);
  EXPECT_EQ(different, 0U);
}

}  // namespace
}  // namespace caravan::ical::testing
