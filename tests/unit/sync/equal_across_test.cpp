// SPDX-License-Identifier: GPL-3.0-or-later
// The normalisations of docs/mapping.md ("What counts as equal"), row by row: what is equal, and its nearest neighbour
// that is not.
#include <gtest/gtest.h>

#include "sync/equal_across.hpp"
#include "unit/sync/builders.hpp"
#include "util/text.hpp"

namespace caravan::sync::test {
namespace {

struct Row {
  std::string description;
  model::Series exchange, caldav;
  std::string differences{};  ///< units; empty: equal
};
void PrintTo(const Row& row, std::ostream* out) { *out << row.description; }

template <class F>
model::Series with(model::Series series, F change) {
  change(*series.master);
  return series;
}
template <class F>
model::Series with(F change) {
  return with(single(), change);
}
template <class F>
model::Series ruled(F change) {
  auto series = weekly();
  change(series.rules[0]);
  return series;
}
using model::Event;
using model::Rule;

std::vector<Row> text_rows() {
  return {
      {"line ends", with([](Event& e) { e.description = "a\r\nb"; }), with([](Event& e) { e.description = "a\nb"; })},
      {"trailing white space", with([](Event& e) { e.description = "a  \nb\n\n"; }),
       with([](Event& e) { e.description = "a\nb"; })},
      {"no-break space", with([](Event& e) {
         e.description =
             "a\xC2\xA0"
             "b";
       }),
       with([](Event& e) { e.description = "a b"; })},
      {"another text", with([](Event& e) { e.description = "a"; }), with([](Event& e) { e.description = "b"; }),
       "body"},
      {"HTML by its text", with([](Event& e) { e.html = "<p>a &amp; b</p>"; }),
       with([](Event& e) { e.description = "a & b"; })},
      {"HTML with another text", with([](Event& e) { e.html = "<p>a</p>"; }),
       with([](Event& e) { e.description = "b"; }), "body"},
      {"title, trailing space", titled(single(), "Standup "), single()},
      {"title, line break", titled(single(), "A\nB"), titled(single(), "A B")},
      {"title, case", titled(single(), "standup"), single(), "summary"},
      {"place", placed(single(), "Room 1"), placed(single(), "Room 2"), "location"},
  };
}

std::vector<Row> time_rows() {
  const auto no_end = [](Event& e) {
    e.has_end = false;
    e.end = {};
  };
  const auto all_day = [](Event& e) {
    e.start = on(6, 2);
    e.end = on(6, 3);
  };
  const auto utc = [](Event& e) {
    e.start = at(6, 2, 8, 0, "");
    e.end = at(6, 2, 9, 0, "");
  };
  const auto floating = [](Event& e) {
    e.start = at(6, 2, 10, 0, "floating");
    e.end = at(6, 2, 11, 0, "floating");
  };
  auto custom = in_zone_named(weekly(), "Asia/Tokyo");
  model::Observance observance;
  observance.offset_to = 9 * 3600;
  custom.zones = {{"Customized Time Zone", {observance}}};
  custom.master->start.zone = custom.master->end.zone = "Customized Time Zone";
  return {
      {"no end is no time", with([](Event& e) { e.end = e.start; }), with(no_end)},
      {"no end of a date is a day", with(all_day), with([&](Event& e) {
         all_day(e);
         no_end(e);
       })},
      {"another end", single(), with(no_end), "schedule"},
      {"UTC for a single event", single(), with(utc)},
      {"UTC for a series", weekly(), with(weekly(), utc), "schedule"},
      {"a floating time reads as the wall clock", single(), with(floating)},
      {"a date is no midnight", with(all_day), with([](Event& e) {
         e.start = at(6, 2, 0);
         e.end = at(6, 3, 0);
       }),
       "schedule"},
      {"an alias of the zone", with_override(with_exclusion(weekly(), 1), 2, "A"),
       in_zone_named(with_override(with_exclusion(weekly(), 1), 2, "A"), "Europe/Vienna")},
      {"a zone by its own rules", custom, in_zone_named(weekly(), "Asia/Tokyo")},
      {"another zone", weekly(), in_zone_named(weekly(), "Asia/Tokyo"), "schedule"},
  };
}

std::vector<Row> rule_rows() {
  const auto until = [](const model::EventTime& time) {
    return ruled([&](Rule& r) {
      r.count = 0;
      r.has_until = true;
      r.until = time;
    });
  };
  const auto weekdays = [](Rule& r) {
    r.by_day.clear();
    for (int day = 0; day < 5; ++day) r.by_day.push_back({0, static_cast<model::Weekday>(day)});
  };
  const auto monthly = [](auto change) {
    return ruled([&](Rule& r) {
      r.frequency = model::Frequency::monthly;
      r.by_day.clear();
      change(r);
    });
  };
  return {
      {"BYDAY from the start", weekly(), ruled([](Rule& r) { r.by_day.clear(); })},
      {"another weekday", weekly(), ruled([](Rule& r) {
         r.by_day = {{0, model::Weekday::friday}};
       }),
       "schedule"},
      {"UNTIL as date and as instant", until(on(6, 30)), until(at(6, 30, 8, 0, ""))},
      {"UNTIL as date and at the day's end", until(on(6, 30)), until(at(6, 30, 21, 59, ""))},
      {"UNTIL before that day's occurrence", until(on(6, 29)), until(at(6, 30, 7, 0, ""))},
      {"another UNTIL", until(on(6, 30)), until(on(7, 7)), "schedule"},
      {"BYMONTHDAY from the start", monthly([](Rule& r) { r.by_month_day = {2}; }), monthly([](Rule&) {})},
      {"2TU and BYSETPOS", monthly([](Rule& r) {
         r.by_day = {{1, model::Weekday::tuesday}};
       }),
       monthly([](Rule& r) {
         r.by_day = {{0, model::Weekday::tuesday}};
         r.by_set_position = {1};
       })},
      {"every 12 months is every year", monthly([](Rule& r) { r.interval = 12; }), ruled([](Rule& r) {
         r.frequency = model::Frequency::yearly;
         r.by_day.clear();
       })},
      {"daily on weekdays is weekly", ruled([&](Rule& r) {
         r.frequency = model::Frequency::daily;
         weekdays(r);
       }),
       ruled(weekdays)},
      {"BYHOUR from the start", ruled([](Rule& r) { r.by_hour = {10}; }), weekly()},
      {"WKST of one weekday", ruled([](Rule& r) {
         r.interval = 2;
         r.week_start = model::Weekday::sunday;
       }),
       ruled([](Rule& r) { r.interval = 2; })},
      {"another count", weekly(), ruled([](Rule& r) { r.count = 9; }), "schedule"},
      {"a yearly BYMONTHDAY is every month's", ruled([](Rule& r) {
         r.frequency = model::Frequency::yearly;
         r.by_day.clear();
         r.by_month_day = {2};
       }),
       ruled([](Rule& r) {
         r.frequency = model::Frequency::yearly;
         r.by_day.clear();
       }),
       "schedule"},
  };
}

std::vector<Row> state_rows() {
  const auto alarm = [](int minutes, model::AlarmAction action = model::AlarmAction::display) {
    model::Alarm out;
    out.offset_seconds = -60 * minutes;
    out.action = action;
    return out;
  };
  auto acknowledged = alarm(15);
  acknowledged.acknowledged = Instant{};
  auto to_end = alarm(75);
  to_end.related_to_end = true;
  auto absolute = alarm(0);
  absolute.at = at(6, 2, 7, 45, "").instant();
  const auto alarms = [](std::vector<model::Alarm> list) { return with([&](Event& e) { e.alarms = list; }); };
  const auto priority = [](int n) { return with([n](Event& e) { e.priority = n; }); };
  return {
      {"PRIORITY 3 is high", priority(1), priority(3)},
      {"PRIORITY 5 is none", priority(0), priority(5)},
      {"PRIORITY 6 is low", priority(9), priority(6)},
      {"PRIORITY 5 is not high", priority(1), priority(5), "priority"},
      {"personal is private", with([](Event& e) { e.sensitivity = model::Sensitivity::personal; }),
       with([](Event& e) { e.sensitivity = model::Sensitivity::private_; })},
      {"confidential is not private", with([](Event& e) { e.sensitivity = model::Sensitivity::confidential; }),
       with([](Event& e) { e.sensitivity = model::Sensitivity::private_; }), "sensitivity"},
      {"STATUS confirmed is none", single(), with([](Event& e) { e.status = model::EventStatus::confirmed; })},
      {"STATUS tentative is tentatively busy", with([](Event& e) { e.busy = model::BusyStatus::tentative; }),
       with([](Event& e) { e.status = model::EventStatus::tentative; })},
      {"cancelled", single(), with([](Event& e) { e.status = model::EventStatus::cancelled; }), "status"},
      {"out of office", with([](Event& e) { e.busy = model::BusyStatus::out_of_office; }), single(), "busy"},
      {"ACKNOWLEDGED", alarms({alarm(15)}), alarms({acknowledged})},
      {"the earliest of three alarms", alarms({alarm(60)}),
       alarms({alarm(15), alarm(60), alarm(90, model::AlarmAction::email)})},
      {"an alarm related to the end", alarms({alarm(15)}), alarms({to_end})},
      {"an absolute alarm", alarms({alarm(15)}), alarms({absolute})},
      {"an alarm after the start", single(), alarms({alarm(-5)})},
      {"another alarm", alarms({alarm(15)}), alarms({alarm(10)}), "alarms"},
      {"CONFERENCE and URL", with([](Event& e) { e.conference = "https://meet/1"; }),
       with([](Event& e) { e.url = "https://meet/1"; })},
      {"another URL", with([](Event& e) { e.conference = "https://meet/1"; }),
       with([](Event& e) { e.url = "https://meet/2"; }), "link"},
      {"X- properties of CalDAV", single(), with([](Event& e) {
         e.extra = {{"X-APPLE", {}, "1"}};
       })},
      {"X-MICROSOFT- properties of Exchange", with([](Event& e) {
         e.extra = {{"X-MICROSOFT-A", {}, "1"}};
       }),
       single()},
      {"an X- property that Exchange holds", with([](Event& e) {
         e.extra = {{"X-A", {}, "1"}};
       }),
       with([](Event& e) {
         e.extra = {{"X-A", {}, "2"}};
       }),
       "extra"},
      {"categories", with([](Event& e) { e.categories = {"A"}; }), with([](Event& e) {
         e.categories = {"A", "B"};
       }),
       "categories"},
  };
}

std::vector<Row> people_rows() {
  const auto organized = [](model::Series series, const std::string& address) {
    series.master->organizer = model::Organizer{address, "", {{"SCHEDULE-AGENT", "CLIENT"}}};
    return series;
  };
  const auto bob = with_attendee(single(), "bob@example.org");
  auto chair = bob, agent = bob, room = bob, resource = bob, delegated = bob;
  chair.master->attendees[0].role = model::Role::chair;
  agent.master->attendees[0].extra = {{"SCHEDULE-AGENT", "CLIENT"}};
  room.master->attendees[0].kind = model::AttendeeKind::room;
  resource.master->attendees[0].kind = model::AttendeeKind::resource;
  delegated.master->attendees[0].participation = model::Participation::delegated;
  const auto invited = organized(with_attendee(single(), kMe), "boss@example.org");
  const auto invited_by_alias = organized(with_attendee(single(), "ally@example.org"), "boss@example.org");
  return {
      {"CHAIR is required", bob, chair},
      {"a room is a resource", room, resource},
      {"a room is no person", bob, room, "attendee bob@example.org"},
      {"delegated is no answer", bob, delegated},
      {"SCHEDULE-AGENT", bob, agent},
      {"an answer", bob, with_attendee(single(), "bob@example.org", model::Participation::accepted),
       "attendee bob@example.org"},
      {"an attendee less", bob, single(), "attendee bob@example.org"},
      {"me under an alias", invited, invited_by_alias},
      {"organizer of a plain appointment", single(), organized(single(), kMe)},
      {"organizer under an alias", organized(bob, kMe), organized(bob, "ally@example.org")},
      {"organizer among the attendees", organized(bob, kMe),
       organized(with_attendee(bob, kMe, model::Participation::accepted), kMe)},
      {"another organizer", organized(bob, kMe), organized(bob, "boss@example.org"), "organizer"},
  };
}

std::vector<Row> attachment_rows() {
  const auto file = [](const std::string& name, std::uint64_t size, const std::string& content) {
    return with([&](Event& e) {
      model::Attachment attachment;
      attachment.name = name;
      attachment.size = size;
      if (!content.empty()) attachment.content = sha256(content);
      e.attachments = {attachment};
    });
  };
  return {
      {"one content under two names", file("a.txt", 3, "abc"), file("b.txt", 3, "abc")},
      {"another content", file("a.txt", 3, "abc"), file("a.txt", 3, "xyz"), "attachments"},
      {"name and size without content", file("a.txt", 3, ""), file("a.txt", 3, "abc")},
      {"another size without content", file("a.txt", 3, ""), file("a.txt", 4, "abcd"), "attachments"},
      {"an unknown size", file("a.txt", 0, ""), file("a.txt", 3, "abc")},
  };
}

std::vector<Row> occurrence_rows() {
  auto plain = with_override(weekly(), 2, "Standup");
  const auto accepted = model::Participation::accepted;
  const auto stamped = [&](const std::string& name) {
    auto series = plain;
    series.master->extra = {{"X-STAMP", {}, "1"}};
    series.overrides.front().extra = {{name, {}, "2"}};
    return series;
  };
  const auto dismissed = [&](model::EventStatus status, model::Participation answer) {
    auto series = plain;
    model::Attendee me;
    me.address = kMe;
    me.participation = answer;
    series.overrides.front().attendees = {me};
    series.overrides.front().status = status;
    return series;
  };
  return {
      {"an override that says nothing", weekly(), plain},
      {"an override that says nothing but what its store stamps on it", weekly(), stamped("X-STAMP")},
      {"an override with a property that the master lacks", weekly(), stamped("X-NOTE"),
       "Europe/Berlin:20260616T100000 presence"},
      {"a cancelled occurrence", with_exclusion(weekly(), 2), dismissed(model::EventStatus::cancelled, accepted)},
      {"a declined occurrence", with_exclusion(weekly(), 2),
       dismissed(model::EventStatus::none, model::Participation::declined)},
      {"an occurrence that is neither", with_exclusion(weekly(), 2), dismissed(model::EventStatus::none, accepted),
       "excluded Europe/Berlin:20260616T100000, Europe/Berlin:20260616T100000 presence"},
      {"a cancelled occurrence that Exchange holds", weekly(), dismissed(model::EventStatus::cancelled, accepted),
       "Europe/Berlin:20260616T100000 presence"},
      {"an override that says something", weekly(), with_override(weekly(), 2, "A"),
       "Europe/Berlin:20260616T100000 presence"},
      {"a field of an override", with_override(weekly(), 2, "A"), with_override(weekly(), 2, "B"),
       "Europe/Berlin:20260616T100000 summary"},
      {"an exclusion", with_exclusion(weekly(), 2), weekly(), "excluded Europe/Berlin:20260616T100000"},
  };
}

class EqualAcross : public ::testing::TestWithParam<Row> {};

TEST_P(EqualAcross, Holds) {
  model::Delta units;
  for (const auto& difference : differences_across(GetParam().exchange, GetParam().caldav, two_way()))
    units.push_back(difference.unit);
  EXPECT_EQ(text_of(units), GetParam().differences);
}

std::string name_of(const ::testing::TestParamInfo<Row>& info) {
  std::string name;
  for (const char c : info.param.description) name += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  return name;
}
INSTANTIATE_TEST_SUITE_P(Text, EqualAcross, ::testing::ValuesIn(text_rows()), name_of);
INSTANTIATE_TEST_SUITE_P(Time, EqualAcross, ::testing::ValuesIn(time_rows()), name_of);
INSTANTIATE_TEST_SUITE_P(Rule, EqualAcross, ::testing::ValuesIn(rule_rows()), name_of);
INSTANTIATE_TEST_SUITE_P(State, EqualAcross, ::testing::ValuesIn(state_rows()), name_of);
INSTANTIATE_TEST_SUITE_P(People, EqualAcross, ::testing::ValuesIn(people_rows()), name_of);
INSTANTIATE_TEST_SUITE_P(Attachments, EqualAcross, ::testing::ValuesIn(attachment_rows()), name_of);
INSTANTIATE_TEST_SUITE_P(Occurrences, EqualAcross, ::testing::ValuesIn(occurrence_rows()), name_of);

}  // namespace
}  // namespace caravan::sync::test
