// SPDX-License-Identifier: GPL-3.0-or-later
// The content of one VEVENT as Exchange holds it: texts, state, reminder, people, attachments
// (ews-facts 13), with every loss noted.
#include <algorithm>
#include <cctype>

#include "bytes.hpp"
#include "ics_internal.hpp"

namespace exchange_sim {
namespace {

std::string text_or_empty(const char* text) { return text == nullptr ? std::string() : std::string(text); }

void read_times(IcsContext& context, icalcomponent* event, EventContent& out) {
  auto start = read_start(context, event);
  out.start = start.instant();
  out.start_zone = start.zone.zone;
  out.all_day = start.is_date;
  out.end = out.start;
  out.end_zone = out.start_zone;
  if (auto* end = first_property(event, ICAL_DTEND_PROPERTY)) {
    if (auto time = read_time(context, end, icalproperty_get_dtend(end))) {
      out.end = time->instant();
      out.end_zone = time->zone.zone;
    }
  } else if (auto* length = first_property(event, ICAL_DURATION_PROPERTY)) {
    auto duration = icalproperty_get_duration(length);
    auto days = static_cast<LocalTime>(duration.days + 7 * duration.weeks) * kDaySeconds;
    auto seconds = duration.hours * 3600 + duration.minutes * 60 + duration.seconds;
    if (duration.is_neg) throw Refused{Refusal::end_before_start, "DURATION"};
    out.end = out.start_zone->to_instant(start.local + days) + seconds;
  } else if (start.is_date) {
    out.end = out.start_zone->to_instant(start.local + kDaySeconds);
  }
  if (out.all_day && out.end == out.start) out.end = out.start_zone->to_instant(start.local + kDaySeconds);
  if (out.end < out.start) throw Refused{Refusal::end_before_start, "DTEND"};
  if (out.end - out.start > 5 * 366 * kDaySeconds) throw Refused{Refusal::duration_too_long, "DTEND"};
}

std::string same_words(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (!std::isspace(static_cast<unsigned char>(c))) out += c;
  }
  return out;
}

void read_texts(IcsContext& context, icalcomponent* event, EventContent& out) {
  if (auto* p = first_property(event, ICAL_SUMMARY_PROPERTY)) out.subject = text_or_empty(icalproperty_get_summary(p));
  if (auto* p = first_property(event, ICAL_LOCATION_PROPERTY))
    out.location = text_or_empty(icalproperty_get_location(p));
  std::string text;
  if (auto* p = first_property(event, ICAL_DESCRIPTION_PROPERTY)) text = text_or_empty(icalproperty_get_description(p));
  std::string html;
  for (auto* p : properties(event, ICAL_X_PROPERTY)) {
    if (!equal_ignoring_case(text_or_empty(icalproperty_get_x_name(p)), "X-ALT-DESC")) continue;
    auto type = parameter_text(p, "FMTTYPE");
    if (type.empty() || equal_ignoring_case(type, "text/html")) html = text_or_empty(icalproperty_get_x(p));
  }
  if (!trim(html).empty()) {
    if (!text.empty() && same_words(html_to_text(html)) != same_words(text)) context.lose(Loss::html_replaces_text);
    out.body = std::make_shared<const std::string>(html);
    out.body_is_html = true;
  } else {
    out.body = std::make_shared<const std::string>(text);
  }
  for (auto* p : properties(event, ICAL_CATEGORIES_PROPERTY)) {
    auto name = trim(text_or_empty(icalproperty_get_categories(p)));
    if (!name.empty() && std::find(out.categories.begin(), out.categories.end(), name) == out.categories.end()) {
      out.categories.push_back(name);
    }
  }
}

void read_class_and_priority(IcsContext& context, icalcomponent* event, EventContent& out) {
  if (auto* p = first_property(event, ICAL_CLASS_PROPERTY)) {
    auto word = to_lower(value_text(p));
    if (word == "private")
      out.sensitivity = Sensitivity::private_;
    else if (word == "confidential")
      out.sensitivity = Sensitivity::confidential;
    else if (word == "personal")
      out.sensitivity = Sensitivity::personal;
    else if (word != "public")
      context.lose(Loss::class_unknown, "CLASS=" + word);
  }
  auto importance = x_value(event, "X-MICROSOFT-CDO-IMPORTANCE");
  int priority = 0;
  if (auto* p = first_property(event, ICAL_PRIORITY_PROPERTY)) priority = icalproperty_get_priority(p);
  if (importance == "0" || importance == "1" || importance == "2") {
    out.importance = static_cast<Importance>(importance[0] - '0');
  } else if (priority >= 1 && priority <= 4) {
    out.importance = Importance::high;
  } else if (priority >= 6) {
    out.importance = Importance::low;
  }
  int shown = out.importance == Importance::high ? 1 : out.importance == Importance::low ? 9 : 5;
  if (priority != 0 && priority != shown) context.lose(Loss::priority_granularity);
}

std::optional<BusyStatus> busy_of(const std::string& text) {
  auto word = to_lower(trim(text));
  if (word == "free") return BusyStatus::free;
  if (word == "tentative") return BusyStatus::tentative;
  if (word == "busy") return BusyStatus::busy;
  if (word == "oof") return BusyStatus::oof;
  if (word == "workingelsewhere") return BusyStatus::working_elsewhere;
  return std::nullopt;
}

void read_busy(IcsContext& context, icalcomponent* event, EventContent& out) {
  auto* status_property = first_property(event, ICAL_STATUS_PROPERTY);
  auto status = status_property != nullptr ? to_lower(value_text(status_property)) : std::string();
  auto* transp = first_property(event, ICAL_TRANSP_PROPERTY);
  bool transparent = transp != nullptr && to_lower(value_text(transp)) == "transparent";
  auto busy = busy_of(x_value(event, "X-MICROSOFT-CDO-BUSYSTATUS"));
  if (!busy) busy = busy_of(x_value(event, "X-MICROSOFT-MSNCALENDAR-BUSYSTATUS"));
  bool meeting = (out.state & kStateMeeting) != 0;
  if (busy) {
    out.busy = *busy;
  } else if (transparent) {
    out.busy = BusyStatus::free;
  } else if (status == "tentative") {
    out.busy = BusyStatus::tentative;
  } else {
    out.busy = BusyStatus::busy;
  }
  if (status == "tentative" && (meeting || out.busy != BusyStatus::tentative)) {
    context.lose(Loss::status_tentative_for_meeting);
  }
  if (status == "cancelled") {
    if (meeting)
      out.state |= kStateCancelled;
    else
      context.lose(Loss::status_cancelled_for_appointment);
  }
}

std::string address_of(icalproperty* property, const std::string& value) {
  if (starts_with_ignoring_case(value, "mailto:")) return trim(value.substr(7));
  auto email = parameter_text(property, "EMAIL");
  if (starts_with_ignoring_case(email, "mailto:")) email = email.substr(7);
  if (email.empty() && value.find('@') != std::string::npos && value.find(':') == std::string::npos) email = value;
  return trim(email);
}

Response response_of(IcsContext& context, const std::string& partstat) {
  auto word = to_lower(partstat);
  if (word == "accepted") return Response::accept;
  if (word == "declined") return Response::decline;
  if (word == "tentative") return Response::tentative;
  if (word == "delegated") context.lose(Loss::partstat_delegated);
  return Response::unknown;
}

struct People {
  std::optional<Person> organizer;
  Response mine = Response::no_response;
  bool any_rsvp = false;
  bool any_attendee = false;
};

void read_attendee(IcsContext& context, icalproperty* p, EventContent& out, People& people) {
  auto value = value_text(p);
  Attendee attendee;
  attendee.person.address = address_of(p, value);
  attendee.person.name = parameter_text(p, "CN");
  if (attendee.person.address.empty()) {
    context.lose(Loss::attendee_not_mailto, "ATTENDEE=" + value);
    return;
  }
  if (attendee.person.name.empty()) attendee.person.name = attendee.person.address;
  attendee.response = response_of(context, parameter_text(p, "PARTSTAT"));
  if (people.organizer && equal_ignoring_case(attendee.person.address, people.organizer->address)) {
    attendee.response = Response::organizer;
  }
  if (equal_ignoring_case(attendee.person.address, context.owner.address)) {
    people.mine = attendee.response == Response::unknown ? Response::no_response : attendee.response;
  }
  people.any_rsvp = people.any_rsvp || equal_ignoring_case(parameter_text(p, "RSVP"), "TRUE");
  people.any_attendee = true;
  auto role = to_lower(parameter_text(p, "ROLE"));
  auto type = to_lower(parameter_text(p, "CUTYPE"));
  if (type == "room" || type == "resource") {
    out.resources.push_back(std::move(attendee));
  } else if (role == "opt-participant" || role == "non-participant") {
    if (role == "non-participant") context.lose(Loss::attendee_role_non_participant);
    out.optional.push_back(std::move(attendee));
  } else {
    if (role == "chair") context.lose(Loss::attendee_role_chair);
    out.required.push_back(std::move(attendee));
  }
}

void read_people(IcsContext& context, icalcomponent* event, EventContent& out) {
  People people;
  if (auto* p = first_property(event, ICAL_ORGANIZER_PROPERTY)) {
    auto address = address_of(p, value_text(p));
    auto name = parameter_text(p, "CN");
    if (!address.empty())
      people.organizer = Person{name.empty() ? address : name, address};
    else
      context.lose(Loss::attendee_not_mailto, "ORGANIZER");
  }
  for (auto* p : properties(event, ICAL_ATTENDEE_PROPERTY)) read_attendee(context, p, out, people);
  bool mine = !people.organizer || equal_ignoring_case(people.organizer->address, context.owner.address);
  if (people.organizer) out.organizer = people.organizer;
  if (mine) {
    if (people.organizer && !people.any_attendee) context.lose(Loss::organizer_without_attendees);
    out.state = people.any_attendee ? kStateMeeting : 0;
    out.my_response = Response::organizer;
    out.request_was_sent = people.any_attendee;
  } else {
    out.state = kStateMeeting | kStateReceived;
    out.my_response = people.mine;
  }
  if (people.any_attendee) out.response_requested = people.any_rsvp;
  if (auto* p = first_property(event, ICAL_SEQUENCE_PROPERTY)) out.sequence = std::max(0, icalproperty_get_sequence(p));
}

std::optional<int> minutes_before(IcsContext& context, icalcomponent* alarm, const EventContent& out) {
  auto* p = first_property(alarm, ICAL_TRIGGER_PROPERTY);
  if (p == nullptr) return std::nullopt;
  auto trigger = icalproperty_get_trigger(p);
  LocalTime before = 0;
  if (!icaltime_is_null_time(trigger.time)) {
    before = out.start - local_of(trigger.time);
    context.lose(Loss::alarm_absolute);
  } else {
    before = -static_cast<LocalTime>(icaldurationtype_as_int(trigger.duration));
    if (equal_ignoring_case(parameter_text(p, "RELATED"), "END")) before -= out.end - out.start;
  }
  if (before < 0) {
    context.lose(Loss::alarm_after_start);
    return std::nullopt;
  }
  if (before % 60 != 0) context.lose(Loss::alarm_seconds);
  return static_cast<int>(std::min<LocalTime>(before / 60, 2629800));
}

void read_alarms(IcsContext& context, icalcomponent* event, EventContent& out) {
  for (auto* alarm = icalcomponent_get_first_component(event, ICAL_VALARM_COMPONENT); alarm != nullptr;
       alarm = icalcomponent_get_next_component(event, ICAL_VALARM_COMPONENT)) {
    auto* p = first_property(alarm, ICAL_ACTION_PROPERTY);
    auto action = p != nullptr ? to_lower(value_text(p)) : std::string("display");
    if (action == "none") continue;
    if (action != "display") context.lose(Loss::alarm_not_display, "ACTION=" + action);
    if (action != "display" && action != "audio") continue;
    if (out.reminder_is_set) {
      context.lose(Loss::extra_alarms);
      continue;
    }
    if (auto minutes = minutes_before(context, alarm, out)) {
      out.reminder_is_set = true;
      out.reminder_minutes = *minutes;
    }
  }
}

std::string file_name_of(icalproperty* p, std::size_t count) {
  for (const char* name :
       {"FILENAME", "X-FILENAME", "X-APPLE-FILENAME", "X-LABEL", "X-EVOLUTION-CALDAV-ATTACHMENT-NAME"}) {
    if (auto text = parameter_text(p, name); !text.empty()) return text;
  }
  return "attachment-" + std::to_string(count);
}

void read_attachments(IcsContext& context, icalcomponent* event, EventContent& out) {
  for (auto* p : properties(event, ICAL_ATTACH_PROPERTY)) {
    auto value = value_text(p);
    Attachment made;
    made.number = static_cast<std::uint32_t>(out.attachments.size() + 1);
    made.name = file_name_of(p, made.number);
    made.content_type = parameter_text(p, "FMTTYPE");
    bool binary = equal_ignoring_case(parameter_text(p, "ENCODING"), "BASE64") ||
                  equal_ignoring_case(parameter_text(p, "VALUE"), "BINARY");
    if (binary) {
      auto content = base64_decode(value);
      if (!content) {
        context.lose(Loss::attachment_uri, "ATTACH");
        continue;
      }
      made.content = std::make_shared<const std::string>(std::move(*content));
      made.content_id = parameter_text(p, "X-CONTENT-ID");
      if (made.content_id.empty()) made.content_id = parameter_text(p, "CID");
      made.is_inline = !made.content_id.empty();
    } else if (starts_with_ignoring_case(value, "http:") || starts_with_ignoring_case(value, "https:")) {
      made.kind = AttachmentKind::reference;
      made.url = value;
    } else {
      context.lose(Loss::attachment_uri, "ATTACH=" + value.substr(0, 40));
      continue;
    }
    out.attachments.push_back(std::move(made));
  }
}

void read_urls(IcsContext& context, icalcomponent* event, EventContent& out) {
  out.join_url = x_value(event, "X-MICROSOFT-SKYPETEAMSMEETINGURL");
  std::vector<std::string> urls;
  for (auto kind : {ICAL_CONFERENCE_PROPERTY, ICAL_URL_PROPERTY}) {
    for (auto* p : properties(event, kind)) urls.push_back(value_text(p));
  }
  for (const auto& url : urls) {
    if (url.empty()) continue;
    if (out.join_url.empty())
      out.join_url = url;
    else if (out.join_url != url)
      context.lose(Loss::url_dropped);
  }
}

bool x_is_kept(const std::string& name) {
  static const std::set<std::string> kept = {"X-ALT-DESC",
                                             "X-MICROSOFT-CDO-BUSYSTATUS",
                                             "X-MICROSOFT-CDO-IMPORTANCE",
                                             "X-MICROSOFT-CDO-ALLDAYEVENT",
                                             "X-MICROSOFT-DISALLOW-COUNTER",
                                             "X-MICROSOFT-MSNCALENDAR-ALLDAYEVENT",
                                             "X-MICROSOFT-MSNCALENDAR-BUSYSTATUS",
                                             "X-MICROSOFT-SKYPETEAMSMEETINGURL",
                                             "X-MICROSOFT-CDO-INSTTYPE",
                                             "X-MICROSOFT-CDO-APPT-SEQUENCE",
                                             "X-MICROSOFT-ISRESPONSEREQUESTED"};
  return kept.contains(name);
}

void note_other_properties(IcsContext& context, icalcomponent* event) {
  for (auto kind : {ICAL_COMMENT_PROPERTY, ICAL_CONTACT_PROPERTY, ICAL_GEO_PROPERTY, ICAL_RELATEDTO_PROPERTY,
                    ICAL_COLOR_PROPERTY, ICAL_IMAGE_PROPERTY, ICAL_RESOURCES_PROPERTY, ICAL_REQUESTSTATUS_PROPERTY}) {
    for (auto* p : properties(event, kind)) context.lose(Loss::component_property, icalproperty_get_property_name(p));
  }
  for (auto* p : properties(event, ICAL_X_PROPERTY)) {
    auto name = text_or_empty(icalproperty_get_x_name(p));
    for (auto& c : name) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    if (!x_is_kept(name)) context.lose(Loss::x_property, name);
  }
}

}  // namespace

EventContent read_content(IcsContext& context, icalcomponent* event) {
  EventContent out;
  read_times(context, event, out);
  read_texts(context, event, out);
  read_class_and_priority(context, event, out);
  read_people(context, event, out);
  read_busy(context, event, out);
  read_alarms(context, event, out);
  read_attachments(context, event, out);
  read_urls(context, event, out);
  out.allow_new_time_proposal = !equal_ignoring_case(x_value(event, "X-MICROSOFT-DISALLOW-COUNTER"), "TRUE");
  note_other_properties(context, event);
  return out;
}

}  // namespace exchange_sim
