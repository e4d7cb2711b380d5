// SPDX-License-Identifier: GPL-3.0-or-later
#include "ical/read_event.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <unordered_map>

#include "ical/attachment.hpp"
#include "ical/read_alarm.hpp"
#include "ical/values.hpp"
#include "ical/write.hpp"
#include "ical/zone_book.hpp"
#include "util/text.hpp"

namespace caravan::ical::detail {
namespace {

using model::BusyStatus;
using model::EventStatus;
using model::TimeKind;
using text::equal_ignoring_case;

/// What must be known of the whole component before a value can be decided.
struct Draft {
  explicit Draft(ReadEvent& read) : out(read) {}
  ReadEvent& out;
  std::string transparency, busy, html_styled;
  std::optional<std::int32_t> importance, priority;
  std::optional<model::EventTime> end;
  std::optional<Duration> duration;
  bool has_start = false;
  std::optional<Error> error;
};

std::string plain(const ContentLine& line) { return text_from_wire(line.value); }

void warn(Draft& draft, std::string what) { draft.out.warnings.push_back(std::move(what)); }

std::optional<Instant> read_instant(const ContentLine& line) {
  const auto time = time_from_wire(line.value);
  return time ? std::optional(time->instant()) : std::nullopt;
}

std::int32_t read_number(const std::string& text) {
  const auto digits = text::trim(text);
  std::int32_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

/// The address without what a broken writer put around it, so that it reads back as it is written.
std::string own_part(std::string_view address) {
  const auto first = address.find_first_not_of(" \t<\"'"), last = address.find_last_not_of(" \t>\"'");
  return first == std::string_view::npos ? std::string() : text::lower(address.substr(first, last - first + 1));
}

/// "mailto:" in any case is cut off and the address lower-cased; another URI gives way to the EMAIL parameter
/// (ews-facts 13.5), else stays whole.
std::string read_address(const ContentLine& line) {
  const std::string uri(text::trim(line.value));
  if (equal_ignoring_case(std::string_view(uri).substr(0, 7), "mailto:")) return own_part(uri.substr(7));
  auto email = line.parameter("EMAIL");
  if (equal_ignoring_case(email.substr(0, 7), "mailto:")) email.remove_prefix(7);
  if (email.find('@') != std::string_view::npos) return text::lower(text::trim(email));
  return has_scheme(uri) ? uri : own_part(uri);
}

std::string read_name(std::string_view common_name) {
  return text::replace_all(text::replace_all(decode_caret(common_name), "\\,", ","), "\\;", ";");
}

/// Scheduling state belongs to the server and to `WriteOptions::schedule_agent`, not to the meaning.
bool is_scheduling_parameter(std::string_view name) {
  return name == "SCHEDULE-AGENT" || name == "SCHEDULE-STATUS" || name == "SCHEDULE-FORCE-SEND";
}

Parameters other_parameters(const ContentLine& line, std::initializer_list<std::string_view> known,
                            std::string_view address) {
  Parameters out;
  for (const auto& [name, value] : line.parameters) {
    if (is_scheduling_parameter(name) || std::find(known.begin(), known.end(), name) != known.end()) continue;
    if (name == "EMAIL" && text::lower(value) == address) continue;
    out.emplace_back(name, value);
  }
  return out;
}

void read_organizer(Draft& draft, const ContentLine& line) {
  model::Organizer organizer;
  organizer.address = read_address(line);
  organizer.name = read_name(line.parameter("CN"));
  organizer.extra = other_parameters(line, {"CN"}, organizer.address);
  if (organizer.address.empty()) return warn(draft, "An ORGANIZER without address was left out.");
  draft.out.event.organizer = std::move(organizer);
}

void read_attendee_line(Draft& draft, const ContentLine& line) {
  auto attendee = read_attendee(line);
  auto& list = draft.out.event.attendees;
  if (attendee.address.empty()) return warn(draft, "An ATTENDEE without address was left out.");
  const auto same = std::find_if(list.begin(), list.end(),
                                 [&](const model::Attendee& other) { return other.address == attendee.address; });
  if (same == list.end()) return list.push_back(std::move(attendee));
  warn(draft, "An attendee is listed twice.");
  if (same->participation == model::Participation::needs_action) same->participation = attendee.participation;
}

void read_end(Draft& draft, const ContentLine& line, ZoneContext& zones) {
  draft.end = read_time(line, line.value, zones, draft.out);
  if (!draft.end) warn(draft, "An unreadable DTEND was ignored.");
}

void read_rule(Draft& draft, const ContentLine& line) {
  auto rule = rule_from_wire(line.value, &draft.out.dropped_until);
  if (!rule)
    draft.error = std::move(rule).error();
  else
    draft.out.rules.push_back(std::move(*rule));
}

/// EXDATE and RDATE: lists; a PERIOD counts with its start.
void read_dates(Draft& draft, const ContentLine& line, ZoneContext& zones, std::vector<model::EventTime>& list) {
  for (auto part : text::split(line.value, ',')) {
    if (text::trim(part).empty()) continue;
    const auto slash = part.find('/');
    if (slash != std::string::npos) {
      part.resize(slash);
      warn(draft, "The length of an RDATE period was left out.");
    }
    if (const auto time = read_time(line, part, zones, draft.out))
      list.push_back(*time);
    else
      warn(draft, "An unreadable " + line.name + " was ignored.");
  }
}

void read_body(Draft& draft, const ContentLine& line) {
  auto& event = draft.out.event;
  if (line.name == "DESCRIPTION") {
    if (event.description.empty()) event.description = plain(line);
  } else if (line.name == "X-ALT-DESC") {
    if (event.html.empty()) event.html = plain(line);
  } else if (draft.html_styled.empty()) {
    draft.html_styled = plain(line);
  }
}

void read_class(model::Event& event, const std::string& value) {
  if (equal_ignoring_case(value, "PRIVATE"))
    event.sensitivity = model::Sensitivity::private_;
  else if (equal_ignoring_case(value, "CONFIDENTIAL"))
    event.sensitivity = model::Sensitivity::confidential;
  else if (equal_ignoring_case(value, "PERSONAL") || equal_ignoring_case(value, "X-PERSONAL"))
    event.sensitivity = model::Sensitivity::personal;
}

void read_status(model::Event& event, const std::string& value) {
  for (const auto status : {EventStatus::confirmed, EventStatus::tentative, EventStatus::cancelled})
    if (equal_ignoring_case(value, to_string(status))) event.status = status;
}

using Reader = void (*)(Draft&, const ContentLine&, ZoneContext&);
const std::unordered_map<std::string_view, Reader>& readers() {
  using D = Draft;
  using L = ContentLine;
  using Z = ZoneContext;
  static const std::unordered_map<std::string_view, Reader> table = {
      {"UID", [](D&, const L&, Z&) {}},
      {"DTSTAMP", [](D& d, const L& l, Z&) { d.out.event.stamp = read_instant(l); }},
      {"CREATED", [](D& d, const L& l, Z&) { d.out.event.created = read_instant(l); }},
      {"LAST-MODIFIED", [](D& d, const L& l, Z&) { d.out.event.last_modified = read_instant(l); }},
      {"SEQUENCE", [](D& d, const L& l, Z&) { d.out.event.sequence = std::max(read_number(l.value), 0); }},
      {kMarkProperty, [](D& d, const L& l, Z&) { d.out.mark = plain(l); }},
      {"DTSTART",
       [](D& d, const L& l, Z& z) {
         const auto time = read_time(l, l.value, z, d.out);
         if (time) d.out.event.start = *time;
         d.has_start = time.has_value();
       }},
      {"DTEND", read_end},
      {"DURATION", [](D& d, const L& l, Z&) { d.duration = duration_from_wire(l.value); }},
      {"RECURRENCE-ID",
       [](D& d, const L& l, Z& z) {
         d.out.event.recurrence_id = read_time(l, l.value, z, d.out);
         if (!d.out.event.recurrence_id) d.error = make_error(Fault::malformed, "RECURRENCE-ID can't be read.", l.name);
         if (!l.parameter("RANGE").empty()) warn(d, "RECURRENCE-ID;RANGE is taken for the one occurrence.");
       }},
      {"RRULE", [](D& d, const L& l, Z&) { read_rule(d, l); }},
      {"RDATE", [](D& d, const L& l, Z& z) { read_dates(d, l, z, d.out.extra_dates); }},
      {"EXDATE", [](D& d, const L& l, Z& z) { read_dates(d, l, z, d.out.excluded); }},
      {"SUMMARY", [](D& d, const L& l, Z&) { d.out.event.summary = plain(l); }},
      {"DESCRIPTION", [](D& d, const L& l, Z&) { read_body(d, l); }},
      {"X-ALT-DESC", [](D& d, const L& l, Z&) { read_body(d, l); }},
      {"STYLED-DESCRIPTION", [](D& d, const L& l, Z&) { read_body(d, l); }},
      {"LOCATION", [](D& d, const L& l, Z&) { d.out.event.location = plain(l); }},
      {"TRANSP", [](D& d, const L& l, Z&) { d.transparency = text::trim(l.value); }},
      {"X-MICROSOFT-CDO-BUSYSTATUS", [](D& d, const L& l, Z&) { d.busy = text::trim(l.value); }},
      {"X-MICROSOFT-CDO-IMPORTANCE", [](D& d, const L& l, Z&) { d.importance = read_number(l.value); }},
      {"STATUS", [](D& d, const L& l, Z&) { read_status(d.out.event, std::string(text::trim(l.value))); }},
      {"CLASS", [](D& d, const L& l, Z&) { read_class(d.out.event, std::string(text::trim(l.value))); }},
      {"PRIORITY", [](D& d, const L& l, Z&) { d.priority = std::clamp(read_number(l.value), 0, 9); }},
      {"CATEGORIES",
       [](D& d, const L& l, Z&) {
         for (const auto& part : split_list(l.value))
           if (std::string name(text::trim(text_from_wire(part))); !name.empty())
             d.out.event.categories.push_back(std::move(name));
       }},
      {"URL", [](D& d, const L& l, Z&) { d.out.event.url = text::trim(l.value); }},
      {"CONFERENCE", [](D& d, const L& l, Z&) { d.out.event.conference = text::trim(l.value); }},
      {"ORGANIZER", [](D& d, const L& l, Z&) { read_organizer(d, l); }},
      {"ATTENDEE", [](D& d, const L& l, Z&) { read_attendee_line(d, l); }}};
  return table;
}

/// ews-facts 13.4: X-MICROSOFT-CDO-BUSYSTATUS, then TRANSP, then STATUS. Where the first two contradict each other, a
/// person changed "show as" in a program that knows only TRANSP: that edit must not be lost.
void decide_busy(Draft& draft) {
  auto& event = draft.out.event;
  const bool transparent = equal_ignoring_case(draft.transparency, "TRANSPARENT");
  const bool opaque = equal_ignoring_case(draft.transparency, "OPAQUE");
  event.busy = BusyStatus::busy;
  if (transparent)
    event.busy = BusyStatus::free;
  else if (event.status == EventStatus::tentative)
    event.busy = BusyStatus::tentative;
  else if (event.status == EventStatus::cancelled && !opaque)
    event.busy = BusyStatus::free;
  for (const auto value : {BusyStatus::free, BusyStatus::tentative, BusyStatus::busy, BusyStatus::out_of_office,
                           BusyStatus::working_elsewhere}) {
    if (!equal_ignoring_case(draft.busy, to_string(value))) continue;
    const bool says_free = value == BusyStatus::free, either = value == BusyStatus::working_elsewhere;
    if (either || !((says_free && opaque) || (!says_free && transparent))) event.busy = value;
  }
}

/// X-MICROSOFT-CDO-IMPORTANCE tells where PRIORITY is silent; where both speak, PRIORITY is what programs edit.
void decide_priority(Draft& draft) {
  auto& event = draft.out.event;
  if (draft.priority)
    event.priority = *draft.priority;
  else if (draft.importance)
    event.priority = *draft.importance == 2 ? 1 : *draft.importance == 0 ? 9 : 0;
}

model::EventTime plus(const model::EventTime& start, const Duration& duration,
                      const std::vector<model::ZoneDefinition>& custom) {
  const auto& book = *system_zone_book();
  model::EventTime end = start;
  end.wall = model::from_seconds(model::to_seconds(start.wall) + duration.days * 86400);
  if (start.kind == TimeKind::date) return end;
  if (start.kind != TimeKind::zoned) {
    end.wall = model::from_seconds(model::to_seconds(end.wall) + duration.seconds);
    return end;
  }
  end = model::at_wall(book, start.zone, end.wall, custom);
  if (duration.seconds == 0) return end;
  return model::in_zone(book, start.zone, end.instant() + std::chrono::seconds(duration.seconds), custom);
}

void decide_end(Draft& draft) {
  auto& event = draft.out.event;
  const bool date = event.start.kind == TimeKind::date;
  const Duration nothing_said{date ? 1 : 0, 0};
  event.has_end = draft.end || draft.duration;
  if (draft.end) {
    event.end = *draft.end;
    if (date != (event.end.kind == TimeKind::date)) event.end = like_start(event.end, event.start, draft.out.zones);
  } else {
    Duration length = draft.duration.value_or(nothing_said);
    if (date) length = {length.days + length.seconds / 86400, 0};
    event.end = plus(event.start, length, draft.out.zones);
  }
  if (date && event.end.wall == event.start.wall) event.end = plus(event.start, {1, 0}, {});
  if (event.end.instant() >= event.start.instant()) return;
  warn(draft, "The end lay before the start; the start was taken.");
  event.end = date ? plus(event.start, {1, 0}, {}) : event.start;
}

}  // namespace

std::optional<model::EventTime> read_time(const ContentLine& line, const std::string& value, ZoneContext& zones,
                                          ReadEvent& out) {
  auto time = time_from_wire(value);
  if (!time) return std::nullopt;
  if (equal_ignoring_case(line.parameter("VALUE"), "DATE") && time->kind != TimeKind::date) {
    time->kind = TimeKind::date;
    time->wall.hour = time->wall.minute = time->wall.second = 0;
  }
  const auto tzid = line.parameter("TZID");
  if (time->kind != TimeKind::floating || tzid.empty()) return time;
  const auto& meaning = zones.meaning(std::string(tzid));
  const std::string& zone = meaning.zone.empty() ? zones.default_zone() : meaning.zone;
  if (meaning.zone.empty()) ++out.unknown_zones;
  if (zone.empty()) return time;
  if (meaning.custom && std::find(out.zones.begin(), out.zones.end(), *meaning.custom) == out.zones.end())
    out.zones.push_back(*meaning.custom);
  return model::at_wall(*system_zone_book(), zone, time->wall, out.zones);
}

model::Attendee read_attendee(const ContentLine& line) {
  using enum model::Role;
  model::Attendee out;
  out.address = read_address(line);
  out.name = read_name(line.parameter("CN"));
  for (const auto role : {required, optional, non_participant, chair})
    if (equal_ignoring_case(line.parameter("ROLE"), to_string(role))) out.role = role;
  for (const auto kind : {model::AttendeeKind::individual, model::AttendeeKind::group, model::AttendeeKind::resource,
                          model::AttendeeKind::room, model::AttendeeKind::unknown})
    if (equal_ignoring_case(line.parameter("CUTYPE"), to_string(kind))) out.kind = kind;
  for (const auto answer : {model::Participation::accepted, model::Participation::declined,
                            model::Participation::tentative, model::Participation::delegated})
    if (equal_ignoring_case(line.parameter("PARTSTAT"), to_string(answer))) out.participation = answer;
  out.rsvp = equal_ignoring_case(line.parameter("RSVP"), "TRUE");
  out.extra = other_parameters(line, {"CN", "ROLE", "CUTYPE", "PARTSTAT", "RSVP"}, out.address);
  return out;
}

model::RawProperty raw_property(const ContentLine& line) { return {line.name, line.parameters, line.value}; }

bool is_modelled(const ContentLine& line) {
  const bool html = equal_ignoring_case(line.parameter("FMTTYPE"), "text/html");
  if (line.name == "X-ALT-DESC") return html || line.parameter("FMTTYPE").empty();
  if (line.name == "STYLED-DESCRIPTION") return html;
  return line.name == "ATTACH" || readers().contains(line.name);
}

model::EventTime like_start(const model::EventTime& time, const model::EventTime& start,
                            const std::vector<model::ZoneDefinition>& custom) {
  if (time.kind == start.kind && time.zone == start.zone) return time;
  const auto& book = *system_zone_book();
  model::EventTime out = start;
  out.wall = time.wall;
  switch (start.kind) {
    case TimeKind::date:
      out.wall.hour = out.wall.minute = out.wall.second = 0;
      return out;
    case TimeKind::floating:
    case TimeKind::utc:
    case TimeKind::zoned:
      break;
  }
  if (time.kind == TimeKind::date) {
    out.wall.hour = start.wall.hour;
    out.wall.minute = start.wall.minute;
    out.wall.second = start.wall.second;
  }
  const bool absolute = time.kind == TimeKind::utc || time.kind == TimeKind::zoned;
  if (start.kind == TimeKind::zoned)
    return absolute ? model::in_zone(book, start.zone, time.instant(), custom)
                    : model::at_wall(book, start.zone, out.wall, custom);
  if (start.kind == TimeKind::utc && absolute) return model::utc_time(time.instant());
  return out;
}

std::string read_uid(std::string_view text, const Component& component) {
  for (const auto& span : component.lines)
    if (span.name == "UID" && span.end - span.begin < 20000)
      return std::string(text::trim(text_from_wire(read_line(text, span).value)));
  return {};
}

Result<ReadEvent> read_event(std::string_view text, const Component& component, ZoneContext& zones,
                             const ParseOptions& options) {
  ReadEvent out;
  out.component = &component;
  Draft draft(out);
  std::size_t conferences = 0;
  for (const auto& span : component.lines) {
    if (span.name == "ATTACH") {
      auto attachment = read_attachment(text, span, options);
      if (attachment)
        out.event.attachments.push_back(std::move(*attachment));
      else if (attachment.error().fault == Fault::malformed)
        warn(draft, attachment.error().what);
      else
        return std::move(attachment).error();
      continue;
    }
    if (span.name.empty()) {
      warn(draft, "A line that is no property was ignored.");
      continue;
    }
    const auto line = read_line(text, span);
    const auto reader = readers().find(line.name);
    const bool further = line.name == "CONFERENCE" && conferences++ > 0;
    if (reader != readers().end() && is_modelled(line) && !further)
      reader->second(draft, line, zones);
    else if (line.name != "X-LIC-ERROR")
      out.event.extra.push_back(raw_property(line));
    if (draft.error) return *std::move(draft.error);
  }
  if (!draft.has_start) return make_error(Fault::malformed, "An event has no readable DTSTART.", "DTSTART");
  if (out.event.html.empty()) out.event.html = std::move(draft.html_styled);
  decide_busy(draft);
  decide_priority(draft);
  decide_end(draft);
  for (const auto& child : component.children) {
    if (child.name != "VALARM")
      warn(draft, "A component inside the event was left out.");
    else if (auto alarm = read_alarm(text, child))
      out.event.alarms.push_back(std::move(*alarm));
    else
      warn(draft, "An alarm without readable TRIGGER was left out.");
  }
  return out;
}

}  // namespace caravan::ical::detail
