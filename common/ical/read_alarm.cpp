// SPDX-License-Identifier: GPL-3.0-or-later
#include "ical/read_alarm.hpp"

#include <algorithm>

#include "ical/read_event.hpp"
#include "ical/render.hpp"
#include "ical/values.hpp"
#include "util/text.hpp"

namespace caravan::ical::detail {
namespace {

/// An action that the model has no word for stays as a property.
void read_action(model::Alarm& alarm, const ContentLine& line) {
  const auto value = text::trim(line.value);
  if (text::equal_ignoring_case(value, "DISPLAY"))
    alarm.action = model::AlarmAction::display;
  else if (text::equal_ignoring_case(value, "AUDIO"))
    alarm.action = model::AlarmAction::audio;
  else if (text::equal_ignoring_case(value, "EMAIL"))
    alarm.action = model::AlarmAction::email;
  else {
    alarm.action = model::AlarmAction::other;
    alarm.extra.push_back(raw_property(line));
  }
}

bool read_trigger(model::Alarm& alarm, const ContentLine& line) {
  if (const auto duration = duration_from_wire(line.value)) {
    alarm.offset_seconds = duration->total();
    alarm.related_to_end = text::equal_ignoring_case(line.parameter("RELATED"), "END");
    return true;
  }
  const auto time = time_from_wire(line.value);
  if (time) alarm.at = time->instant();
  return time.has_value();
}

}  // namespace

std::optional<model::Alarm> read_alarm(std::string_view text, const Component& component) {
  model::Alarm alarm;
  bool triggered = false, described = false;
  for (const auto& span : component.lines) {
    if (span.name.empty()) continue;
    const auto line = read_line(text, span);
    if (line.name == "ACTION") {
      read_action(alarm, line);
    } else if (line.name == "TRIGGER") {
      triggered = read_trigger(alarm, line);
    } else if (line.name == "DESCRIPTION" && !described) {
      alarm.description = text_from_wire(line.value);
      described = true;
    } else if (line.name == "ACKNOWLEDGED") {
      if (const auto time = time_from_wire(line.value)) alarm.acknowledged = time->instant();
    } else {
      alarm.extra.push_back(raw_property(line));
    }
  }
  std::sort(alarm.extra.begin(), alarm.extra.end());
  if (!triggered) return std::nullopt;
  return alarm;
}

void append_alarm(std::string& out, const model::Alarm& alarm) {
  out += "BEGIN:VALARM\r\n";
  switch (alarm.action) {
    case model::AlarmAction::display:
      out += "ACTION:DISPLAY\r\n";
      break;
    case model::AlarmAction::audio:
      out += "ACTION:AUDIO\r\n";
      break;
    case model::AlarmAction::email:
      out += "ACTION:EMAIL\r\n";
      break;
    case model::AlarmAction::other:
      break;  // stands among the other properties
  }
  if (alarm.at)
    out += "TRIGGER;VALUE=DATE-TIME:" + utc_to_wire(*alarm.at) + "\r\n";
  else
    out += std::string("TRIGGER") + (alarm.related_to_end ? ";RELATED=END:" : ":") +
           duration_to_wire(alarm.offset_seconds) + "\r\n";
  if (!alarm.description.empty() || alarm.action == model::AlarmAction::display)
    append_text(out, "DESCRIPTION", alarm.description);
  if (alarm.acknowledged) out += "ACKNOWLEDGED:" + utc_to_wire(*alarm.acknowledged) + "\r\n";
  for (const auto& property : alarm.extra) append_raw(out, property);
  out += "END:VALARM\r\n";
}

}  // namespace caravan::ical::detail
