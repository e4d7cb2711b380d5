// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/canonical.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "model/proposal.hpp"
#include "util/text.hpp"

namespace caravan::model {
namespace {

/// Length-prefixed, so that no two different lists of texts give the same bytes.
void put(std::string& out, std::string_view text) {
  out += std::to_string(text.size());
  out += ':';
  out += text;
}

void put_parameters(std::string& out, std::vector<std::pair<std::string, std::string>> parameters) {
  std::sort(parameters.begin(), parameters.end());
  for (const auto& [name, value] : parameters) {
    put(out, name);
    put(out, value);
  }
}

void put(std::string& out, const RawProperty& property) {
  put(out, property.name);
  put_parameters(out, property.parameters);
  put(out, property.value);
}

std::string canonical_schedule(const Event& event) {
  std::string out = to_string(event.start);
  out += event.has_end ? "/" + to_string(event.end) : "/";
  return out;
}

std::string canonical_alarms(const Event& event) {
  std::string out;
  for (const auto& alarm : event.alarms) {
    out += "alarm " + std::to_string(static_cast<int>(alarm.action)) + ' ';
    out += alarm.at ? to_rfc3339(*alarm.at)
                    : std::to_string(alarm.offset_seconds) + (alarm.related_to_end ? " end" : " start");
    if (alarm.acknowledged) out += " ack " + to_rfc3339(*alarm.acknowledged);
    put(out, alarm.description);
    for (const auto& property : alarm.extra) put(out, property);
  }
  return out;
}

std::string canonical_attachments(const Event& event) {
  std::vector<std::string> parts;
  for (const auto& attachment : event.attachments) {
    std::string part;
    put(part, attachment.name);
    put(part, attachment.content_type);
    put(part, attachment.content_id);
    put(part, attachment.uri);
    put(part, attachment.content.empty() ? std::to_string(attachment.size) : attachment.content.hex);
    parts.push_back(std::move(part));
  }
  std::sort(parts.begin(), parts.end());
  return text::join(parts, ";");
}

std::string recurrence_text(const Series& series) {
  std::string out;
  for (const auto& rule : series.rules) out += "RRULE " + to_string(rule) + '\n';
  for (const auto& date : series.extra_dates) out += "RDATE " + to_string(date) + '\n';
  return out;
}

std::string zones_text(const Series& series) {
  std::string out;
  for (const auto& zone : series.zones) {
    put(out, zone.id);
    for (const auto& observance : zone.observances) {
      out += observance.daylight ? "D" : "S";
      out += std::to_string(to_seconds(observance.start)) + ',' + std::to_string(observance.offset_from) + ',' +
             std::to_string(observance.offset_to);
      for (const auto& rule : observance.rules) put(out, to_string(rule));
      for (const auto& start : observance.extra_starts) out += ',' + std::to_string(to_seconds(start));
    }
  }
  return out;
}

/// The keyed units of one event: everything but presence.
using Units = std::map<std::pair<Field, std::string>, std::string>;
Units units_of(const Event& event) {
  Units units;
  for (const Field field : kEventFields) units[{field, {}}] = canonical(event, field);
  for (const auto& attendee : event.attendees) units[{Field::attendee, attendee.address}] = canonical(attendee);
  return units;
}

void compare_events(const std::string& occurrence, const Units& before, const Units& now, Delta& delta) {
  for (const auto& [key, value] : before) {
    const auto other = now.find(key);
    if (other == now.end() || other->second != value) delta.push_back({occurrence, key.first, key.second});
  }
  for (const auto& [key, value] : now)
    if (!before.contains(key)) delta.push_back({occurrence, key.first, key.second});
}

std::map<std::string, const Event*> overrides_by_id(const Series& series) {
  std::map<std::string, const Event*> out;
  for (const auto& event : series.overrides)
    if (event.recurrence_id) out.emplace(to_string(*event.recurrence_id), &event);
  return out;
}

void compare_masters(const Series& before, const Series& now, Delta& delta) {
  if (before.master.has_value() != now.master.has_value()) delta.push_back({{}, Field::presence, {}});
  if (!before.master || !now.master) return;
  Units old_units = units_of(*before.master);
  Units new_units = units_of(*now.master);
  old_units[{Field::schedule, {}}] += recurrence_text(before) + zones_text(before);
  new_units[{Field::schedule, {}}] += recurrence_text(now) + zones_text(now);
  for (const auto& time : before.excluded) old_units[{Field::excluded, to_string(time)}] = "x";
  for (const auto& time : now.excluded) new_units[{Field::excluded, to_string(time)}] = "x";
  compare_events({}, old_units, new_units, delta);
}

}  // namespace

std::string_view to_string(Field field) noexcept {
  switch (field) {
    case Field::schedule:
      return "schedule";
    case Field::excluded:
      return "excluded";
    case Field::summary:
      return "summary";
    case Field::body:
      return "body";
    case Field::location:
      return "location";
    case Field::busy:
      return "busy";
    case Field::status:
      return "status";
    case Field::sensitivity:
      return "sensitivity";
    case Field::priority:
      return "priority";
    case Field::categories:
      return "categories";
    case Field::link:
      return "link";
    case Field::alarms:
      return "alarms";
    case Field::organizer:
      return "organizer";
    case Field::attendee:
      return "attendee";
    case Field::attachments:
      return "attachments";
    case Field::extra:
      return "extra";
    case Field::presence:
      return "presence";
  }
  return "?";
}

std::string canonical(const Attendee& attendee) {
  std::string out;
  put(out, attendee.address);
  put(out, attendee.name);
  put(out, to_string(attendee.role));
  put(out, to_string(attendee.kind));
  put(out, to_string(attendee.participation));
  out += attendee.rsvp ? "R" : "-";
  auto parameters = attendee.extra;
  std::erase_if(parameters, [](const auto& parameter) { return parameter.first == kProposedParameter; });
  put_parameters(out, std::move(parameters));
  return out;
}

std::string canonical(const Event& event, Field field) {
  std::string out;
  switch (field) {
    case Field::schedule:
      return canonical_schedule(event);
    case Field::summary:
      return event.summary;
    case Field::body:
      put(out, event.description);
      put(out, event.html);
      return out;
    case Field::location:
      return event.location;
    case Field::busy:
      return std::string(to_string(event.busy));
    case Field::status:
      return std::string(to_string(event.status));
    case Field::sensitivity:
      return std::to_string(static_cast<int>(event.sensitivity));
    case Field::priority:
      return std::to_string(event.priority);
    case Field::categories:
      for (const auto& category : event.categories) put(out, category);
      return out;
    case Field::link:
      put(out, event.url);
      put(out, event.conference);
      return out;
    case Field::alarms:
      return canonical_alarms(event);
    case Field::organizer:
      if (event.organizer) {
        put(out, event.organizer->address);
        put(out, event.organizer->name);
        put_parameters(out, event.organizer->extra);
      }
      return out;
    case Field::attachments:
      return canonical_attachments(event);
    case Field::extra:
      for (const auto& property : event.extra) put(out, property);
      return out;
    case Field::attendee:
      for (const auto& attendee : event.attendees) put(out, canonical(attendee));
      return out;
    case Field::excluded:
    case Field::presence:
      return {};
  }
  return {};
}

std::string canonical(const Series& series) {
  std::string out;
  out.reserve(1024);
  put(out, series.uid.value);
  put(out, recurrence_text(series));
  put(out, zones_text(series));
  for (const auto& time : series.excluded) put(out, to_string(time));
  const auto put_event = [&](const Event& event) {
    put(out, event.recurrence_id ? to_string(*event.recurrence_id) : std::string("master"));
    for (const Field field : kEventFields) put(out, canonical(event, field));
    put(out, canonical(event, Field::attendee));
  };
  if (series.master) put_event(*series.master);
  for (const auto& event : series.overrides) put_event(event);
  return out;
}

Digest digest(const Series& series) { return sha256(canonical(series)); }

Delta difference(const Series& before, const Series& now) {
  Delta delta;
  compare_masters(before, now, delta);
  const auto old_overrides = overrides_by_id(before);
  const auto new_overrides = overrides_by_id(now);
  for (const auto& [id, event] : old_overrides) {
    const auto other = new_overrides.find(id);
    if (other == new_overrides.end())
      delta.push_back({id, Field::presence, {}});
    else
      compare_events(id, units_of(*event), units_of(*other->second), delta);
  }
  for (const auto& [id, event] : new_overrides)
    if (!old_overrides.contains(id)) delta.push_back({id, Field::presence, {}});
  std::sort(delta.begin(), delta.end());
  return delta;
}

}  // namespace caravan::model
