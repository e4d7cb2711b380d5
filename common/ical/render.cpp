// SPDX-License-Identifier: GPL-3.0-or-later
#include "ical/render.hpp"

#include "ical/attachment.hpp"
#include "ical/read_alarm.hpp"
#include "ical/values.hpp"
#include "model/proposal.hpp"
#include "util/text.hpp"

namespace caravan::ical::detail {
namespace {

using model::Field;

/// A value that is no TEXT (URL, address): as it is, but for what would break the line.
void append_plain(std::string& out, std::string_view head, std::string_view value) {
  std::string line(head);
  line += ':';
  for (const char c : value)
    if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F) line += c;
  append_folded(out, line);
}

/// mailto: for an address; what is a URI already stays one.
std::string address_uri(const std::string& address) { return has_scheme(address) ? address : "mailto:" + address; }

void append_parameters(std::string& out, const Parameters& parameters) {
  for (const auto& [name, value] : parameters) append_parameter(out, name, value);
}

void append_organizer(std::string& out, const model::Event& event, std::string_view schedule_agent) {
  if (!event.organizer) return;
  std::string head = "ORGANIZER";
  if (!event.organizer->name.empty()) append_parameter(head, "CN", encode_caret(event.organizer->name));
  append_parameters(head, event.organizer->extra);
  if (!schedule_agent.empty()) append_parameter(head, "SCHEDULE-AGENT", schedule_agent);
  append_plain(out, head, address_uri(event.organizer->address));
}

void append_body(std::string& out, const model::Event& event) {
  if (!event.description.empty()) append_text(out, "DESCRIPTION", event.description);
  if (!event.html.empty()) append_text(out, "X-ALT-DESC;FMTTYPE=text/html", event.html);
}

void append_priority(std::string& out, const model::Event& event) {
  if (event.priority == 0) return;
  out += "PRIORITY:" + std::to_string(event.priority) + "\r\n";
  const auto importance = model::importance_of(event.priority);
  if (importance != model::Importance::normal)
    out += std::string("X-MICROSOFT-CDO-IMPORTANCE:") + (importance == model::Importance::high ? "2\r\n" : "0\r\n");
}

void append_categories(std::string& out, const model::Event& event) {
  if (event.categories.empty()) return;
  std::string line = "CATEGORIES:";
  for (const auto& category : event.categories) {
    if (&category != &event.categories.front()) line += ',';
    line += text_to_wire(category);
  }
  append_folded(out, line);
}

void append_schedule(std::string& out, const model::Event& event, const WriteOptions& options) {
  append_time(out, "DTSTART", event.start);
  const bool no_length = event.end.instant() == event.start.instant();
  if (event.has_end && !(no_length && options.zero_length_end == ZeroLengthEnd::omit))
    append_time(out, "DTEND", event.end);
}

const char* class_text(model::Sensitivity sensitivity) noexcept {
  switch (sensitivity) {
    case model::Sensitivity::normal:
      return nullptr;
    case model::Sensitivity::personal:
      return "X-PERSONAL";  // every reader takes an unknown CLASS as PRIVATE
    case model::Sensitivity::private_:
      return "PRIVATE";
    case model::Sensitivity::confidential:
      return "CONFIDENTIAL";
  }
  return nullptr;
}

/// Only what a stranger may see: when, how often, and that the time is taken.
model::Event only_busy(const model::Event& event) {
  model::Event out;
  out.recurrence_id = event.recurrence_id;
  out.start = event.start;
  out.end = event.end;
  out.has_end = event.has_end;
  out.summary = "Private appointment";
  out.busy = event.busy;
  out.status = event.status;
  out.sensitivity = event.sensitivity;
  out.sequence = event.sequence;
  out.created = event.created;
  out.last_modified = event.last_modified;
  out.stamp = event.stamp;
  return out;
}

/// True where the alarms of the event were due: it is over, or it is a series that has begun (RFC 9074 6.1: only what
/// was due before ACKNOWLEDGED is silenced, so the occurrences to come still ring).
bool is_past(const model::Event& event, const model::Series& series, Instant limit) {
  const bool recurring_master = !event.recurrence_id && series.recurring();
  return recurring_master ? event.start.instant() < limit : event.end.instant() <= limit;
}

bool is_hidden(const model::Event& event, const WriteOptions& options) {
  return options.private_policy == PrivatePolicy::busy && event.sensitivity != model::Sensitivity::normal;
}

std::vector<model::Alarm> prepared_alarms(const model::Event& event, const model::Series& series,
                                          const WriteOptions& options) {
  std::vector<model::Alarm> out = event.alarms;
  if (const auto limit = options.acknowledge_alarms_before; limit && is_past(event, series, *limit))
    for (auto& alarm : out)
      if (!alarm.acknowledged || *alarm.acknowledged < *limit) alarm.acknowledged = limit;
  return out;
}

}  // namespace

void append_text(std::string& out, std::string_view name, const std::string& text) {
  std::string line;
  line.reserve(name.size() + 1 + text.size() + text.size() / 16);
  line.append(name).append(1, ':');
  append_wire(line, text);
  append_folded(out, line);
}

void append_time(std::string& out, std::string_view name, const model::EventTime& time) {
  std::string line(name);
  if (time.kind == model::TimeKind::date) line += ";VALUE=DATE";
  if (time.kind == model::TimeKind::zoned) append_parameter(line, "TZID", time.zone);
  line += ':';
  line += model::wall_text(time);
  if (time.kind == model::TimeKind::utc) line += 'Z';
  append_folded(out, line);
}

void append_raw(std::string& out, const model::RawProperty& property) {
  std::string head = property.name;
  append_parameters(head, property.parameters);
  append_plain(out, head, property.value);
}

void append_attendee(std::string& out, const model::Attendee& attendee, std::string_view schedule_agent,
                     bool keep_proposal) {
  std::string head = "ATTENDEE";
  if (!attendee.name.empty()) append_parameter(head, "CN", encode_caret(attendee.name));
  append_parameter(head, "ROLE", model::to_string(attendee.role));
  if (attendee.kind != model::AttendeeKind::individual)
    append_parameter(head, "CUTYPE", model::to_string(attendee.kind));
  append_parameter(head, "PARTSTAT", model::to_string(attendee.participation));
  if (attendee.rsvp) append_parameter(head, "RSVP", "TRUE");
  for (const auto& parameter : attendee.extra)
    if (keep_proposal || parameter.first != model::kProposedParameter)
      append_parameter(head, parameter.first, parameter.second);
  if (!schedule_agent.empty()) append_parameter(head, "SCHEDULE-AGENT", schedule_agent);
  append_plain(out, head, address_uri(attendee.address));
}

void append_busy(std::string& out, const model::Event& event) {
  out += event.busy == model::BusyStatus::free ? "TRANSP:TRANSPARENT\r\n" : "TRANSP:OPAQUE\r\n";
  out += "X-MICROSOFT-CDO-BUSYSTATUS:";
  out += model::to_string(event.busy);
  out += "\r\n";
}

void append_field(std::string& out, const model::Event& event, Field field, const WriteOptions& options) {
  switch (field) {
    case Field::schedule:
      return append_schedule(out, event, options);
    case Field::summary:
      if (!event.summary.empty()) append_text(out, "SUMMARY", event.summary);
      return;
    case Field::body:
      return append_body(out, event);
    case Field::location:
      if (!event.location.empty()) append_text(out, "LOCATION", event.location);
      return;
    case Field::busy:
      return append_busy(out, event);
    case Field::status:
      if (event.status != model::EventStatus::none) append_plain(out, "STATUS", model::to_string(event.status));
      return;
    case Field::sensitivity:
      if (const char* text = class_text(event.sensitivity)) append_plain(out, "CLASS", text);
      return;
    case Field::priority:
      return append_priority(out, event);
    case Field::categories:
      return append_categories(out, event);
    case Field::link:
      if (!event.url.empty()) append_plain(out, "URL", event.url);
      if (!event.conference.empty()) append_plain(out, "CONFERENCE;VALUE=URI", event.conference);
      return;
    case Field::alarms:
      for (const auto& alarm : event.alarms) append_alarm(out, alarm);
      return;
    case Field::organizer:
      return append_organizer(out, event, options.schedule_agent);
    case Field::attendee:
      for (const auto& attendee : event.attendees)
        append_attendee(out, attendee, options.schedule_agent, options.keep_proposals);
      return;
    case Field::attachments:
      for (const auto& attachment : event.attachments) out += attachment_line(attachment);
      return;
    case Field::extra:
      for (const auto& property : event.extra) append_raw(out, property);
      return;
    case Field::excluded:
    case Field::presence:
      return;
  }
}

void append_recurrence(std::string& out, const model::Series& series) {
  for (const auto& rule : series.rules) append_plain(out, "RRULE", model::to_string(rule));
  for (const auto& date : series.extra_dates) append_time(out, "RDATE", date);
}

Instant stamp_of(const model::Event& event, const WriteOptions& options) {
  if (options.stamp) return *options.stamp;
  if (event.stamp) return *event.stamp;
  return event.last_modified.value_or(Instant{});
}

model::Event prepared(const model::Event& event, const model::Series& series, const WriteOptions& options) {
  model::Event out = is_hidden(event, options) ? only_busy(event) : event;
  out.alarms = prepared_alarms(out, series, options);
  return out;
}

std::string event_text(const model::Event& given, const model::Series& series, const WriteOptions& options) {
  // Not prepared(): an event is a large thing to copy, and nearly all of them go out as they are.
  const bool hidden = is_hidden(given, options);
  const model::Event stranger = hidden ? only_busy(given) : model::Event{};
  const model::Event& event = hidden ? stranger : given;
  const bool plain_orphan = options.orphan == OrphanForm::plain && !series.master && series.overrides.size() == 1;
  std::string out;
  out.reserve(512 + event.description.size() * 5 / 4 + event.html.size() * 5 / 4 + event.attendees.size() * 128);
  out += "BEGIN:VEVENT\r\n";
  append_text(out, "UID", series.uid.value);
  out += "DTSTAMP:" + utc_to_wire(stamp_of(event, options)) + "\r\n";
  if (event.created) out += "CREATED:" + utc_to_wire(*event.created) + "\r\n";
  if (event.last_modified) out += "LAST-MODIFIED:" + utc_to_wire(*event.last_modified) + "\r\n";
  if (event.sequence > 0) out += "SEQUENCE:" + std::to_string(event.sequence) + "\r\n";
  if (event.recurrence_id && !plain_orphan) append_time(out, "RECURRENCE-ID", *event.recurrence_id);
  append_schedule(out, event, options);
  if (!event.recurrence_id) {
    append_recurrence(out, series);
    for (const auto& time : series.excluded) append_time(out, "EXDATE", time);
  }
  for (const Field field :
       {Field::summary, Field::body, Field::location, Field::busy, Field::status, Field::sensitivity, Field::priority,
        Field::categories, Field::link, Field::organizer, Field::attendee, Field::attachments, Field::extra})
    append_field(out, event, field, options);
  if (!options.mark.empty()) append_text(out, kMarkProperty, options.mark);
  for (const auto& alarm : prepared_alarms(event, series, options)) append_alarm(out, alarm);
  out += "END:VEVENT\r\n";
  return out;
}

}  // namespace caravan::ical::detail
