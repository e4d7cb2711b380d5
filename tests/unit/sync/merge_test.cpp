// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include <set>

#include "sync/frame.hpp"
#include "sync/merge.hpp"
#include "unit/sync/builders.hpp"

namespace caravan::sync::test {
namespace {

using model::Change;
using model::Delta;
using model::Field;

const std::string kSecond = "Europe/Berlin:20260616T100000";

/// A series in which every unit differs from weekly().
model::Series all_different() {
  auto series = with_attendee(with_exclusion(with_override(moved(weekly(), 30), 1, "Offsite"), 2), "bob@example.org");
  model::Event& event = *series.master;
  event.summary = "Daily";
  event.description = "text";
  event.location = "Room 1";
  event.busy = model::BusyStatus::free;
  event.status = model::EventStatus::cancelled;
  event.sensitivity = model::Sensitivity::private_;
  event.priority = 1;
  event.categories = {"Work"};
  event.url = "https://example.org/";
  event.alarms = {model::Alarm{}};
  event.organizer = model::Organizer{"bob@example.org", "Bob", {}};
  event.attachments.push_back({"a.txt", "text/plain", "", "", false, 3, {}, ""});
  event.extra.push_back({"X-A", {}, "1"});
  return series;
}

class EveryUnit : public ::testing::TestWithParam<Change> {};

TEST_P(EveryUnit, IsTakenAlone) {
  const auto source = all_different();
  const auto result = apply({GetParam()}, source, weekly());
  EXPECT_EQ(text_of(difference(weekly(), result)), text_of(Delta{GetParam()}));
}
TEST_P(EveryUnit, OfEqualValueIsNoConflict) {
  const auto now = all_different();
  const Overlap parts = overlap({GetParam()}, now, {GetParam()}, now);
  EXPECT_EQ(text_of(parts.same), text_of(Delta{GetParam()}));
  EXPECT_TRUE(parts.conflicting.empty());
}
TEST_P(EveryUnit, OfDifferentValuesIsAConflict) {
  const Overlap parts = overlap({GetParam()}, all_different(), {GetParam()}, weekly());
  EXPECT_EQ(text_of(parts.conflicting), text_of(Delta{GetParam()}));
}
TEST_P(EveryUnit, ChangedByOneSideIsItsOwn) {
  const Overlap parts = overlap({GetParam()}, all_different(), {}, weekly());
  EXPECT_EQ(text_of(parts.first_only), text_of(Delta{GetParam()}));
}

std::vector<Change> every_unit() { return difference(weekly(), all_different()); }
std::string unit_name(const ::testing::TestParamInfo<Change>& info) {
  return std::string(to_string(info.param.field)) + std::to_string(info.index);
}
INSTANTIATE_TEST_SUITE_P(Units, EveryUnit, ::testing::ValuesIn(every_unit()), unit_name);

TEST(EveryUnit, IsInTheListAbove) {
  std::set<Field> fields;
  for (const auto& change : every_unit()) fields.insert(change.field);
  EXPECT_EQ(fields.size(), model::kEventFields.size() + 3);  // attendee, excluded, presence
}

TEST(Applying, AFieldOfAnOverrideLeavesTheRest) {
  const auto source = with_override(weekly(), 2, "Retreat");
  auto onto = placed(with_override(weekly(), 2, "Offsite"), "Room 1");
  const auto result = apply({{kSecond, Field::summary, {}}}, source, onto);
  onto.overrides[0].summary = "Retreat";
  EXPECT_EQ(result, onto);
}
TEST(Applying, AnExclusionRemovesTheOverrideOfThatOccurrence) {
  const auto result =
      apply({{{}, Field::excluded, kSecond}}, with_exclusion(weekly(), 2), with_override(weekly(), 2, "A"));
  EXPECT_EQ(result, with_exclusion(weekly(), 2));
}
TEST(Applying, AnOverrideRemovesTheExclusionOfThatOccurrence) {
  const auto result =
      apply({{kSecond, Field::presence, {}}}, with_override(weekly(), 2, "A"), with_exclusion(weekly(), 2));
  EXPECT_EQ(result, with_override(weekly(), 2, "A"));
}
TEST(Applying, AnAttendeeKeepsTheParametersTheSourceDoesNotHold) {
  auto onto = with_attendee(single(), "bob@example.org");
  onto.master->attendees[0].extra = {{"SCHEDULE-AGENT", "CLIENT"}};
  onto.master->attendees[0].role = model::Role::chair;
  const auto source = with_attendee(single(), "bob@example.org", model::Participation::accepted);
  const auto result = apply({{{}, Field::attendee, "bob@example.org"}}, source, onto);
  onto.master->attendees[0].participation = model::Participation::accepted;
  EXPECT_EQ(result, onto);
}
TEST(Applying, OneAlarmKeepsTheAlarmsExchangeCantShow) {
  auto onto = single(), source = single();
  model::Alarm early, late, mail;
  early.offset_seconds = -3600;
  late.offset_seconds = -600;
  mail.action = model::AlarmAction::email;
  onto.master->alarms = {early, late, mail};
  model::Alarm changed;
  changed.offset_seconds = -1800;
  source.master->alarms = {changed};
  const auto result = apply({{{}, Field::alarms, {}}}, source, onto);
  onto.master->alarms = {changed, late, mail};
  normalize(onto);
  EXPECT_EQ(result, onto);
}
TEST(Applying, ExtraKeepsPropertiesTheSourceNeverHeld) {
  auto source = single(), source_base = single(), onto = single();
  source.master->extra = {{"X-A", {}, "2"}};
  source_base.master->extra = {{"X-A", {}, "1"}, {"X-GONE", {}, "1"}};
  onto.master->extra = {{"X-A", {}, "1"}, {"X-GONE", {}, "1"}, {"X-OWN", {}, "1"}};
  const auto result = apply({{{}, Field::extra, {}}}, source, onto, &source_base);
  onto.master->extra = {{"X-A", {}, "2"}, {"X-OWN", {}, "1"}};
  EXPECT_EQ(result, onto);
}
TEST(Applying, ANewScheduleDropsTheZoneNobodyUsesAnyMore) {
  auto onto = single();
  onto.zones = {{"Own", {model::Observance{}}}};
  onto.master->start.zone = onto.master->end.zone = "Own";
  EXPECT_TRUE(apply({{{}, Field::schedule, {}}}, single(), onto).zones.empty());
}

TEST(Overlapping, PresenceMeetsEveryUnitOfTheOverride) {
  const Delta removed{{kSecond, Field::presence, {}}}, edited{{kSecond, Field::location, {}}};
  const auto parts = overlap(removed, weekly(), edited, with_override(weekly(), 2, "A"));
  EXPECT_EQ(parts.conflicting.size(), 2U);
}
TEST(Overlapping, AnExclusionMeetsEveryUnitOfTheOverride) {
  const Delta excluded{{{}, Field::excluded, kSecond}}, edited{{kSecond, Field::location, {}}};
  const auto parts = overlap(excluded, with_exclusion(weekly(), 2), edited, with_override(weekly(), 2, "A"));
  EXPECT_EQ(parts.conflicting.size(), 2U);
}
TEST(Overlapping, TwoOverridesStandApart) {
  const Delta first{{kSecond, Field::presence, {}}}, second{{"Europe/Berlin:20260623T100000", Field::presence, {}}};
  EXPECT_TRUE(
      overlap(first, with_override(weekly(), 2, "A"), second, with_override(weekly(), 3, "B")).conflicting.empty());
}
TEST(Overlapping, ScheduleMeetsOccurrencesOnlyWhereAsked) {
  const Delta schedule{{{}, Field::schedule, {}}}, edited{{kSecond, Field::location, {}}};
  const auto series = with_override(weekly(), 2, "A");
  EXPECT_TRUE(overlap(schedule, weekly(), edited, series).conflicting.empty());
  EXPECT_EQ(overlap(schedule, weekly(), edited, series, ScheduleMeets::occurrences_too).conflicting.size(), 2U);
}

struct ShiftRow {
  std::string description;
  model::Series before, now;
  std::optional<std::int64_t> seconds;
};
void PrintTo(const ShiftRow& row, std::ostream* out) { *out << row.description; }
model::Series daily() {
  auto series = weekly();
  series.rules[0].frequency = model::Frequency::daily;
  series.rules[0].by_day.clear();
  return series;
}
model::Series monthly() {
  auto series = daily();
  series.rules[0].frequency = model::Frequency::monthly;
  return series;
}
std::vector<ShiftRow> shift_rows() {
  auto wednesdays = moved(weekly(), 24 * 60);
  wednesdays.rules[0].by_day = {{0, model::Weekday::wednesday}};
  auto longer = weekly();
  longer.rules[0].count = 20;
  auto biweekly = weekly();
  biweekly.rules[0].interval = 2;
  auto all_day = weekly();
  all_day.master->start = on(6, 2);
  auto tokyo = in_zone_named(weekly(), "Asia/Tokyo");
  return {{"an hour later", weekly(), moved(weekly(), 60), 3600},
          {"weekly, a day later with its weekday", weekly(), wednesdays, 86400},
          {"weekly, a day later without its weekday", weekly(), moved(weekly(), 24 * 60), std::nullopt},
          {"daily, a day later", daily(), moved(daily(), 24 * 60), 86400},
          {"monthly, an hour later", monthly(), moved(monthly(), 60), 3600},
          {"monthly, a day later", monthly(), moved(monthly(), 24 * 60), std::nullopt},
          {"longer", weekly(), longer, 0},
          {"another interval", weekly(), biweekly, std::nullopt},
          {"made all-day", weekly(), all_day, std::nullopt},
          {"another zone", weekly(), tokyo, 0}};
}
class UniformShift : public ::testing::TestWithParam<ShiftRow> {};
TEST_P(UniformShift, IsFound) {
  const auto shift = uniform_shift(GetParam().before, GetParam().now);
  EXPECT_EQ(shift ? std::optional(shift->seconds) : std::nullopt, GetParam().seconds);
}
INSTANTIATE_TEST_SUITE_P(Rows, UniformShift, ::testing::ValuesIn(shift_rows()));

TEST(Rekeying, MovesIdsExclusionsAndOverridesThatStoodAtTheirStart) {
  const auto before = with_exclusion(with_override(weekly(), 1, "A"), 2);
  const auto shift = uniform_shift(weekly(), moved(weekly(), 60));
  auto expected = moved(before, 60);
  expected.master = before.master;
  EXPECT_EQ(rekeyed(before, *shift, zones()), expected);
}
TEST(Rekeying, LeavesAnOverrideWithATimeOfItsOwnThere) {
  auto before = with_override(weekly(), 1, "A");
  before.overrides[0].start = at(6, 9, 15);
  const auto shift = uniform_shift(weekly(), moved(weekly(), 60));
  EXPECT_EQ(to_string(rekeyed(before, *shift, zones()).overrides[0].start), "Europe/Berlin:20260609T150000");
}

}  // namespace
}  // namespace caravan::sync::test
