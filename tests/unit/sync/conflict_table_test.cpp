// SPDX-License-Identifier: GPL-3.0-or-later
// Edit against edit: every merge unit, on the master and on an occurrence, under every conflict policy, both ways and
// one way. One value wins, and the copy that loses is kept whole.
#include <gtest/gtest.h>

#include <functional>

#include "sync/equal_across.hpp"
#include "sync/reconcile.hpp"
#include "unit/sync/builders.hpp"

namespace caravan::sync::test {
namespace {

using model::Series;

using Edit = std::function<void(model::Event&)>;
/// Two edits of one unit that mean different things on both sides.
struct Clash {
  std::string unit;
  Edit on_exchange, on_caldav;
};

model::Attendee guest(model::Role role) {
  model::Attendee attendee;
  attendee.address = "bob@example.org";
  attendee.role = role;
  return attendee;
}
model::Alarm alarm(int minutes) {
  model::Alarm alarm;
  alarm.offset_seconds = -60 * minutes;
  return alarm;
}
model::Attachment link(const std::string& address) {
  model::Attachment attachment;
  attachment.uri = address;
  return attachment;
}
void move(model::Event& event, int minutes) {
  for (auto* time : {&event.start, &event.end})
    *time = model::at_wall(zones(), time->zone, model::from_seconds(to_seconds(time->wall) + minutes * 60));
}

std::vector<Clash> clashes() {
  using model::BusyStatus;
  using model::EventStatus;
  using model::Sensitivity;
  return {
      {"schedule", [](auto& e) { move(e, 60); }, [](auto& e) { move(e, 90); }},
      {"summary", [](auto& e) { e.summary = "A"; }, [](auto& e) { e.summary = "B"; }},
      {"body", [](auto& e) { e.description = "A"; }, [](auto& e) { e.description = "B"; }},
      {"location", [](auto& e) { e.location = "A"; }, [](auto& e) { e.location = "B"; }},
      {"busy", [](auto& e) { e.busy = BusyStatus::free; }, [](auto& e) { e.busy = BusyStatus::out_of_office; }},
      {"status", [](auto& e) { e.status = EventStatus::cancelled; },
       [](auto& e) { e.status = EventStatus::confirmed; }},
      {"sensitivity", [](auto& e) { e.sensitivity = Sensitivity::private_; },
       [](auto& e) { e.sensitivity = Sensitivity::confidential; }},
      {"priority", [](auto& e) { e.priority = 1; }, [](auto& e) { e.priority = 9; }},
      {"categories", [](auto& e) { e.categories = {"A"}; }, [](auto& e) { e.categories = {"B"}; }},
      {"link", [](auto& e) { e.url = "https://a.example"; }, [](auto& e) { e.url = "https://b.example"; }},
      {"alarms", [](auto& e) { e.alarms = {alarm(5)}; }, [](auto& e) { e.alarms = {alarm(10)}; }},
      {"organizer",
       [](auto& e) {
         e.organizer = model::Organizer{"a@example.org", "", {}};
       },
       [](auto& e) {
         e.organizer = model::Organizer{"b@example.org", "", {}};
       }},
      {"attendee bob@example.org", [](auto& e) { e.attendees = {guest(model::Role::required)}; },
       [](auto& e) { e.attendees = {guest(model::Role::optional)}; }},
      {"attachments", [](auto& e) { e.attachments = {link("https://a.example")}; },
       [](auto& e) { e.attachments = {link("https://b.example")}; }},
      {"extra",
       [](auto& e) {
         e.extra = {{"X-NOTE", {}, "A"}};
       },
       [](auto& e) {
         e.extra = {{"X-NOTE", {}, "B"}};
       }},
  };
}

constexpr const char* kOccurrence = "Europe/Berlin:20260616T100000";

/// A clash at one place of a series.
struct Meeting {
  std::string name, units;
  Series base, on_exchange, on_caldav;
};

/// How the conflict is decided.
struct Rule {
  std::string name;
  Policy policy;
  int caldav_minutes;  ///< how much younger CalDAV's copy is
  Side winner;
};

struct Case {
  Meeting meeting;
  Rule rule;
};
void PrintTo(const Case& each, std::ostream* out) { *out << each.meeting.name << ", " << each.rule.name; }

Meeting on_master(const Clash& clash) {
  Meeting meeting{clash.unit, clash.unit, single(), single(), single()};
  clash.on_exchange(*meeting.on_exchange.master);
  clash.on_caldav(*meeting.on_caldav.master);
  return meeting;
}
Meeting on_occurrence(const Clash& clash) {
  const Series base = with_override(weekly(), 2, "Offsite");
  Meeting meeting{"occurrence " + clash.unit, std::string(kOccurrence) + " " + clash.unit, base, base, base};
  clash.on_exchange(meeting.on_exchange.overrides.front());
  clash.on_caldav(meeting.on_caldav.overrides.front());
  return meeting;
}

std::vector<Meeting> meetings() {
  std::vector<Meeting> out;
  for (const auto& clash : clashes()) {
    out.push_back(on_master(clash));
    out.push_back(on_occurrence(clash));
  }
  const std::string occurrence = kOccurrence;
  const Series edited = with_override(weekly(), 2, "Retreat"), base = with_override(weekly(), 2, "Offsite");
  const Series removed = with_exclusion(weekly(), 2);
  out.push_back({"removed there, edited here",
                 "excluded " + occurrence + ", " + occurrence + " summary, " + occurrence + " presence", base, removed,
                 edited});
  out.push_back({"edited there, removed here",
                 "excluded " + occurrence + ", " + occurrence + " summary, " + occurrence + " presence", base, edited,
                 removed});
  out.push_back({"made on both", occurrence + " presence", weekly(), base, edited});
  return out;
}

std::vector<Rule> rules(bool one) {
  const auto policy = [&](ConflictPolicy conflict) {
    Policy out = one ? one_way() : two_way();
    out.conflict = conflict;
    return out;
  };
  const std::string way = one ? "one way" : "two way";
  return {{way + ", newest, there", policy(ConflictPolicy::newest), 0, Side::exchange},
          {way + ", newest, here", policy(ConflictPolicy::newest), 3, Side::caldav},
          {way + ", exchange", policy(ConflictPolicy::exchange), 3, Side::exchange},
          {way + ", caldav", policy(ConflictPolicy::caldav), 0, Side::caldav}};
}

std::vector<Case> cases(bool one) {
  std::vector<Case> out;
  for (const auto& meeting : meetings())
    for (const auto& rule : rules(one)) out.push_back({meeting, rule});
  return out;
}

Decision decide(const Case& each) {
  const Item item{base_of(each.meeting.base), copy_of(each.meeting.on_exchange),
                  copy_of(each.meeting.on_caldav, "v1", each.rule.caldav_minutes)};
  return reconcile(item, each.rule.policy);
}

std::string letters(const std::string& text) {
  std::string name;
  for (const char c : text) name += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  return name;
}
std::string name_of(const ::testing::TestParamInfo<Case>& info) {
  return letters(info.param.meeting.name + " " + info.param.rule.name);
}

class EditAgainstEdit : public ::testing::TestWithParam<Case> {};

TEST_P(EditAgainstEdit, KeepsTheLosingCopyWhole) {
  const auto& [meeting, rule] = GetParam();
  const Decision decision = decide(GetParam());
  EXPECT_EQ(to_string(decision.reason), "both_changed_conflict");
  ASSERT_TRUE(decision.conflict);
  EXPECT_EQ(text_of(decision.conflict->units), meeting.units);
  EXPECT_EQ(decision.conflict->winner, rule.winner);
  EXPECT_EQ(decision.conflict->losing, rule.winner == Side::exchange ? meeting.on_caldav : meeting.on_exchange);
}

class TwoWayConflict : public EditAgainstEdit {};

TEST_P(TwoWayConflict, BringsTheWinnersValueToTheLoser) {
  const auto& [meeting, rule] = GetParam();
  const Decision decision = decide(GetParam());
  ASSERT_EQ(decision.actions.size(), 1U);
  const auto& update = std::get<Update>(decision.actions.front());
  EXPECT_NE(update.target, rule.winner);
  EXPECT_TRUE(equal_across(rule.winner == Side::exchange ? meeting.on_exchange : update.series,
                           rule.winner == Side::exchange ? update.series : meeting.on_caldav, rule.policy));
}

class OneWayConflict : public EditAgainstEdit {};

TEST_P(OneWayConflict, WritesToCaldavOnlyAndKeepsWhatItWins) {
  const auto& [meeting, rule] = GetParam();
  const Decision decision = decide(GetParam());
  ASSERT_EQ(decision.actions.size(), 1U);
  const auto* update = std::get_if<Update>(&decision.actions.front());
  EXPECT_EQ(update != nullptr && update->target == Side::caldav, rule.winner == Side::exchange);
  EXPECT_EQ(text_of(decision.kept), rule.winner == Side::caldav ? meeting.units : "");
}

INSTANTIATE_TEST_SUITE_P(TwoWay, EditAgainstEdit, ::testing::ValuesIn(cases(false)), name_of);
INSTANTIATE_TEST_SUITE_P(OneWay, EditAgainstEdit, ::testing::ValuesIn(cases(true)), name_of);
INSTANTIATE_TEST_SUITE_P(Units, TwoWayConflict, ::testing::ValuesIn(cases(false)), name_of);
INSTANTIATE_TEST_SUITE_P(Units, OneWayConflict, ::testing::ValuesIn(cases(true)), name_of);

class ParkedConflict : public ::testing::TestWithParam<Meeting> {};

TEST_P(ParkedConflict, WritesNothingAndKeepsCaldavsCopyToBeShown) {
  const Meeting& meeting = GetParam();
  const Decision decision =
      reconcile(Item{base_of(meeting.base), copy_of(meeting.on_exchange), copy_of(meeting.on_caldav, "v1", 9)},
                two_way(ConflictPolicy::park));
  EXPECT_EQ(text_of(decision.actions), "park");
  ASSERT_TRUE(decision.conflict);
  EXPECT_TRUE(decision.conflict->parked);
  EXPECT_EQ(text_of(decision.conflict->units), meeting.units);
  EXPECT_EQ(decision.conflict->losing, meeting.on_caldav);
}
void PrintTo(const Meeting& meeting, std::ostream* out) { *out << meeting.name; }
std::string meeting_name_of(const ::testing::TestParamInfo<Meeting>& info) { return letters(info.param.name); }
INSTANTIATE_TEST_SUITE_P(Units, ParkedConflict, ::testing::ValuesIn(meetings()), meeting_name_of);

}  // namespace
}  // namespace caravan::sync::test
