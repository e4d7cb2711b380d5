// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/canonical.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

namespace caravan::model {
namespace {

EventTime utc(int day, int hour) {
  return {{2026, 3, static_cast<std::uint8_t>(day), static_cast<std::uint8_t>(hour), 0, 0}, TimeKind::utc, {}, 0};
}

Series sample() {
  Series series;
  series.uid = Uid("u");
  Event event;
  event.start = utc(1, 9);
  event.end = utc(1, 10);
  event.summary = "Tea";
  event.categories = {"a", "b"};
  event.attendees = {{.address = "a@x.y", .name = {}, .extra = {}}, {.address = "b@x.y", .name = {}, .extra = {}}};
  event.extra = {{"X-A", {{"P", "1"}, {"Q", "2"}}, "v"}, {"X-B", {}, "w"}};
  for (const char* uri : {"https://a", "https://b"}) event.attachments.emplace_back().uri = uri;
  series.master = event;
  series.rules = {Rule{}};
  series.excluded = {utc(2, 9), utc(3, 9)};
  Event moved = event;
  moved.recurrence_id = utc(4, 9);
  series.overrides = {moved};
  normalize(series);
  return series;
}

std::string text_of(const Delta& delta) {
  std::string out;
  for (const auto& change : delta)
    out += "[" + change.occurrence + " " + std::string(to_string(change.field)) + " " + change.key + "]";
  return out;
}

TEST(Digest, DoesNotDependOnOrder) {
  Series shuffled = sample();
  for (auto* event : {&*shuffled.master, &shuffled.overrides[0]}) {
    std::reverse(event->categories.begin(), event->categories.end());
    std::reverse(event->attendees.begin(), event->attendees.end());
    std::reverse(event->extra.begin(), event->extra.end());
    std::reverse(event->attachments.begin(), event->attachments.end());
  }
  std::reverse(shuffled.excluded.begin(), shuffled.excluded.end());
  normalize(shuffled);
  EXPECT_EQ(digest(shuffled), digest(sample()));
  EXPECT_EQ(difference(sample(), shuffled), Delta{});
}

TEST(Digest, DoesNotDependOnTheOrderOfParameters) {
  Series shuffled = sample();
  std::reverse(shuffled.master->extra[0].parameters.begin(), shuffled.master->extra[0].parameters.end());
  EXPECT_EQ(digest(shuffled), digest(sample()));
}

TEST(Digest, LeavesBookkeepingOut) {
  Series other = sample();
  other.master->sequence = 9;
  other.master->created = other.master->last_modified = other.master->stamp = Instant{};
  EXPECT_EQ(digest(other), digest(sample()));
}

TEST(Digest, TextsCanNotFlowIntoOneAnother) {
  Series one = sample(), two = sample();
  one.master->description = "a";
  one.master->html = "bc";
  two.master->description = "ab";
  two.master->html = "c";
  EXPECT_NE(digest(one), digest(two));
}

struct Case {
  const char* name;
  std::function<void(Series&)> change;
  const char* expected;
};
class Difference : public ::testing::TestWithParam<Case> {};
TEST_P(Difference, NamesExactlyTheUnitThatChanged) {
  Series now = sample();
  GetParam().change(now);
  normalize(now);
  EXPECT_EQ(text_of(difference(sample(), now)), GetParam().expected);
  EXPECT_NE(digest(now), digest(sample()));
}
INSTANTIATE_TEST_SUITE_P(
    Model, Difference,
    ::testing::Values(
        Case{"summary", [](Series& s) { s.master->summary = "x"; }, "[ summary ]"},
        Case{"start", [](Series& s) { s.master->start = utc(1, 8); }, "[ schedule ]"},
        Case{"no_end", [](Series& s) { s.master->has_end = false; }, "[ schedule ]"},
        Case{"rule", [](Series& s) { s.rules[0].count = 3; }, "[ schedule ]"},
        Case{"extra_date", [](Series& s) { s.extra_dates.push_back(utc(20, 9)); }, "[ schedule ]"},
        Case{"body", [](Series& s) { s.master->html = "x"; }, "[ body ]"},
        Case{"location", [](Series& s) { s.master->location = "x"; }, "[ location ]"},
        Case{"busy", [](Series& s) { s.master->busy = BusyStatus::free; }, "[ busy ]"},
        Case{"status", [](Series& s) { s.master->status = EventStatus::cancelled; }, "[ status ]"},
        Case{"sensitivity", [](Series& s) { s.master->sensitivity = Sensitivity::private_; }, "[ sensitivity ]"},
        Case{"priority", [](Series& s) { s.master->priority = 1; }, "[ priority ]"},
        Case{"categories", [](Series& s) { s.master->categories.push_back("c"); }, "[ categories ]"},
        Case{"link", [](Series& s) { s.master->conference = "https://x"; }, "[ link ]"},
        Case{"alarms", [](Series& s) { s.master->alarms.emplace_back(); }, "[ alarms ]"},
        Case{"organizer",
             [](Series& s) {
               s.master->organizer = Organizer{"o@x.y", {}, {}};
             },
             "[ organizer ]"},
        Case{"attachments", [](Series& s) { s.master->attachments.pop_back(); }, "[ attachments ]"},
        Case{"extra", [](Series& s) { s.master->extra.pop_back(); }, "[ extra ]"},
        Case{"attendee_answers", [](Series& s) { s.master->attendees[0].participation = Participation::accepted; },
             "[ attendee a@x.y]"},
        Case{"attendee_goes", [](Series& s) { s.master->attendees.pop_back(); }, "[ attendee b@x.y]"},
        Case{"attendee_comes",
             [](Series& s) { s.master->attendees.push_back({.address = "c@x.y", .name = {}, .extra = {}}); },
             "[ attendee c@x.y]"},
        Case{"exclusion_comes", [](Series& s) { s.excluded.push_back(utc(9, 9)); }, "[ excluded 20260309T090000Z]"},
        Case{"exclusion_goes", [](Series& s) { s.excluded.erase(s.excluded.begin()); }, "[ excluded 20260302T090000Z]"},
        Case{"override_changes", [](Series& s) { s.overrides[0].summary = "x"; }, "[20260304T090000Z summary ]"},
        Case{"override_goes", [](Series& s) { s.overrides.clear(); }, "[20260304T090000Z presence ]"},
        Case{"master_goes",
             [](Series& s) {
               s.master.reset();
               s.rules.clear();
               s.excluded.clear();
             },
             "[ presence ]"}),
    [](const ::testing::TestParamInfo<Case>& of) { return std::string(of.param.name); });

TEST(Difference, OfTwoAttendeesAreTwoUnits) {
  Series now = sample();
  for (auto& attendee : now.master->attendees) attendee.rsvp = true;
  EXPECT_EQ(text_of(difference(sample(), now)), "[ attendee a@x.y][ attendee b@x.y]");
}

}  // namespace
}  // namespace caravan::model
