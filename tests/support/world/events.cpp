// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/world/events.hpp"

#include <algorithm>

#include "ical/zone_book.hpp"

namespace caravan::world {
namespace {

constexpr const char* kZone = "Europe/Berlin";
constexpr std::int64_t kWeek = 7 * 86400;

model::EventTime berlin(const model::LocalTime& wall) {
  static const auto zones = ical::system_zone_book();
  return model::at_wall(*zones, kZone, wall);
}
model::EventTime later(const model::EventTime& time, std::int64_t seconds) {
  return berlin(model::from_seconds(to_seconds(time.wall) + seconds));
}

}  // namespace

Uid uid_of(const std::string& name) { return Uid("uid-" + name); }

model::Series event(const std::string& title) {
  model::Series series;
  series.uid = uid_of(title);
  series.master.emplace();
  series.master->start = berlin({2026, 6, 2, 10, 0, 0});
  series.master->end = berlin({2026, 6, 2, 11, 0, 0});
  series.master->summary = title;
  return series;
}

model::Series weekly(const std::string& title) {
  model::Series series = event(title);
  model::Rule rule;
  rule.frequency = model::Frequency::weekly;
  rule.count = 10;
  rule.by_day = {{0, model::Weekday::tuesday}};
  series.rules = {rule};
  return series;
}

model::EventTime occurrence(int week) { return later(berlin({2026, 6, 2, 10, 0, 0}), week * kWeek); }

model::Series orphan(const std::string& title, int week) {
  model::Series series = event(title);
  model::Event only = *series.master;
  only.recurrence_id = occurrence(week);
  only.start = occurrence(week);
  only.end = later(only.start, 3600);
  series.master.reset();
  series.overrides = {only};
  return series;
}

Edit title(const std::string& text) {
  return [text](model::Series& series) { series.master->summary = text; };
}
Edit place(const std::string& text) {
  return [text](model::Series& series) { series.master->location = text; };
}
Edit body(const std::string& text) {
  return [text](model::Series& series) { series.master->description = text; };
}
Edit at_hour(int hour) {
  return [hour](model::Series& series) {
    model::LocalTime wall = series.master->start.wall;
    wall.hour = static_cast<std::uint8_t>(hour);
    series.master->start = berlin(wall);
    series.master->end = later(series.master->start, 3600);
  };
}
Edit on_day(int month, int day) {
  return [month, day](model::Series& series) {
    model::LocalTime wall = series.master->start.wall;
    wall.month = static_cast<std::uint8_t>(month);
    wall.day = static_cast<std::uint8_t>(day);
    series.master->start = berlin(wall);
    series.master->end = later(series.master->start, 3600);
  };
}
Edit private_one() {
  return [](model::Series& series) { series.master->sensitivity = model::Sensitivity::private_; };
}
Edit public_one() {
  return [](model::Series& series) { series.master->sensitivity = model::Sensitivity::normal; };
}

Edit title_of_occurrence(int week, const std::string& text) {
  return [week, text](model::Series& series) {
    if (const auto* there = find_occurrence(series, week)) {
      const auto index = static_cast<std::size_t>(there - series.overrides.data());
      series.overrides[index].summary = text;
      return;
    }
    model::Event event = *series.master;
    event.recurrence_id = later(series.master->start, week * kWeek);
    event.start = *event.recurrence_id;
    event.end = later(event.start, 3600);
    event.summary = text;
    series.overrides.push_back(event);
    normalize(series);
  };
}

Edit without_occurrence(int week) {
  return [week](model::Series& series) {
    const model::EventTime time = later(series.master->start, week * kWeek);
    std::erase_if(series.overrides, [&](const model::Event& event) { return event.recurrence_id == time; });
    series.excluded.push_back(time);
    normalize(series);
  };
}

Edit invitation_of(const Address& guest, model::Participation answer) {
  return [guest, answer](model::Series& series) {
    const auto invite = [&](model::Event& event) {
      event.organizer.emplace();
      event.organizer->address = "boss@partner.example.com";
      model::Attendee attendee;
      attendee.address = guest.value;
      attendee.participation = answer;
      event.attendees = {attendee};
    };
    if (series.master) invite(*series.master);
    for (auto& event : series.overrides) invite(event);
  };
}

Edit attachment(const std::string& id, std::uint64_t size) {
  return [id, size](model::Series& series) {
    model::Attachment attachment;
    attachment.name = id + ".bin";
    attachment.content_type = "application/octet-stream";
    attachment.size = size;
    attachment.source_id = id;
    series.master->attachments.push_back(attachment);
  };
}

const model::Event* find_occurrence(const model::Series& series, int week) {
  const model::EventTime time = series.master ? later(series.master->start, week * kWeek) : occurrence(week);
  for (const auto& event : series.overrides)
    if (event.recurrence_id == time) return &event;
  return nullptr;
}

}  // namespace caravan::world
