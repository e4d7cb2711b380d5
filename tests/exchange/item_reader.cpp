// SPDX-License-Identifier: GPL-3.0-or-later
// Properties from XML into the model; see item_reader.hpp. Recurrences and zones are in pattern_reader.cpp.
#include "item_reader.hpp"

#include <algorithm>
#include <cstdlib>
#include <functional>

#include "bytes.hpp"

namespace exchange_sim {
namespace {

using Setter = std::function<void(const Target&, const Node&)>;

bool truth(const Node& element) {
  auto text = trim(element.text());
  return text == "true" || text == "1";
}

Instant instant_of(const Target& target, const Node& element) {
  auto instant = parse_date_time(trim(element.text()), *target.fallback);
  if (!instant) throw ItemError{"ErrorInvalidPropertyForOperation", "Not a date and time: " + element.text()};
  return *instant;
}

template <typename Enum, typename Words>
Enum enum_of(const Words& words, const Node& element) {
  auto value = from_word<Enum>(words, trim(element.text()));
  if (!value) throw SoapFault{"ErrorSchemaValidation", "The request failed schema validation: " + element.text(), {}};
  return *value;
}

std::vector<Attendee> attendees_of(const Node& element) {
  std::vector<Attendee> out;
  for (const auto& node : element.children("Attendee")) {
    Attendee made;
    made.person.address = trim(node.child("Mailbox").text("EmailAddress"));
    made.person.name = node.child("Mailbox").text("Name");
    if (made.person.address.find('@') == std::string::npos) {
      throw ItemError{"ErrorInvalidRecipients", "At least one recipient is not valid."};
    }
    if (made.person.name.empty()) made.person.name = made.person.address;
    out.push_back(std::move(made));
  }
  return out;
}

void become_meeting(EventContent& content) {
  if (content.has_attendees()) content.state |= kStateMeeting;
}

void set_zone(ZonePtr& zone, Instant& instant, const Node& element) {
  auto made = read_zone_element(element);
  LocalTime local = zone ? zone->to_local(instant) : instant;
  if (zone) instant = made->to_instant(local);
  zone = made;
}

CalendarItem& series_of(const Target& target, const char* what) {
  if (target.item == nullptr) {
    throw ItemError{"ErrorInvalidPropertySet", std::string(what) + " cannot be set on an occurrence."};
  }
  return *target.item;
}

void set_extended(const Target& target, const Node& element) {
  auto field = ExtendedField::read(element.child("ExtendedFieldURI"));
  if (field.type.empty() || field.key().empty()) {
    throw ItemError{"ErrorInvalidExtendedProperty", "The extended property attribute combination is invalid."};
  }
  std::vector<std::string> values;
  if (auto list = element.child("Values")) {
    for (const auto& value : list.children("Value")) values.push_back(value.text());
  } else {
    values.push_back(element.text("Value"));
  }
  auto key = field.key();
  auto& content = *target.content;
  if (key == "00062002-0000-0000-c000-000000000046/#33303") {
    content.state = std::atoi(values.at(0).c_str());
  } else if (key == "00062002-0000-0000-c000-000000000046/#33304") {
    static constexpr Response kStatus[] = {Response::unknown, Response::organizer, Response::tentative,
                                           Response::accept,  Response::decline,   Response::no_response};
    int status = std::atoi(values.at(0).c_str());
    if (status >= 0 && status < 6) content.my_response = kStatus[status];
  } else {
    content.extended[key] = std::move(values);
  }
}

void set_attachments(const Target& target, const Node& element) {
  for (const auto& node : element.children()) {
    auto number = static_cast<std::uint32_t>(target.content->attachments.size() + 1);
    target.content->attachments.push_back(read_attachment_element(node, number));
  }
}

const std::map<std::string, Setter, std::less<>>& setters() {
  static const std::map<std::string, Setter, std::less<>> table = {
      {"ItemClass",
       [](const Target& t, const Node& e) {
         if (t.item != nullptr) t.item->item_class = e.text();
       }},
      {"Subject", [](const Target& t, const Node& e) { t.content->subject = e.text(); }},
      {"Sensitivity",
       [](const Target& t, const Node& e) { t.content->sensitivity = enum_of<Sensitivity>(kSensitivityWords, e); }},
      {"Body",
       [](const Target& t, const Node& e) {
         t.content->body = std::make_shared<const std::string>(e.text());
         t.content->body_is_html = e.attribute("BodyType") == "HTML";
       }},
      {"Attachments", set_attachments},
      {"Categories",
       [](const Target& t, const Node& e) {
         t.content->categories.clear();
         for (const auto& name : e.children("String")) t.content->categories.push_back(name.text());
       }},
      {"Importance",
       [](const Target& t, const Node& e) { t.content->importance = enum_of<Importance>(kImportanceWords, e); }},
      {"ReminderDueBy", [](const Target&, const Node&) {}},
      {"ReminderIsSet", [](const Target& t, const Node& e) { t.content->reminder_is_set = truth(e); }},
      {"ReminderMinutesBeforeStart",
       [](const Target& t, const Node& e) { t.content->reminder_minutes = std::atoi(e.text().c_str()); }},
      {"ExtendedProperty", set_extended},
      {"Culture", [](const Target& t, const Node& e) { t.content->culture = e.text(); }},
      {"UID",
       [](const Target& t, const Node& e) {
         auto& item = series_of(t, "UID");
         item.uid = e.text();
         item.global_object_id = global_object_id(item.uid, std::nullopt);
       }},
      {"Start", [](const Target& t, const Node& e) { t.content->start = instant_of(t, e); }},
      {"End", [](const Target& t, const Node& e) { t.content->end = instant_of(t, e); }},
      {"IsAllDayEvent", [](const Target& t, const Node& e) { t.content->all_day = truth(e); }},
      {"LegacyFreeBusyStatus",
       [](const Target& t, const Node& e) { t.content->busy = enum_of<BusyStatus>(kBusyWords, e); }},
      {"Location", [](const Target& t, const Node& e) { t.content->location = e.text(); }},
      {"When", [](const Target&, const Node&) {}},
      {"IsResponseRequested", [](const Target& t, const Node& e) { t.content->response_requested = truth(e); }},
      {"RequiredAttendees",
       [](const Target& t, const Node& e) {
         t.content->required = attendees_of(e);
         become_meeting(*t.content);
       }},
      {"OptionalAttendees",
       [](const Target& t, const Node& e) {
         t.content->optional = attendees_of(e);
         become_meeting(*t.content);
       }},
      {"Resources",
       [](const Target& t, const Node& e) {
         t.content->resources = attendees_of(e);
         become_meeting(*t.content);
       }},
      {"Recurrence",
       [](const Target& t, const Node& e) { series_of(t, "Recurrence").recurrence = read_recurrence_element(e); }},
      {"MeetingTimeZone", [](const Target&, const Node&) {}},
      {"StartTimeZone", [](const Target& t, const Node& e) { set_zone(t.content->start_zone, t.content->start, e); }},
      {"EndTimeZone", [](const Target& t, const Node& e) { set_zone(t.content->end_zone, t.content->end, e); }},
      {"ConferenceType", [](const Target&, const Node&) {}},
      {"AllowNewTimeProposal", [](const Target& t, const Node& e) { t.content->allow_new_time_proposal = truth(e); }},
      {"IsOnlineMeeting", [](const Target&, const Node&) {}},
      {"MeetingWorkspaceUrl", [](const Target&, const Node&) {}},
      {"NetShowUrl", [](const Target&, const Node&) {}},
      {"EnhancedLocation", [](const Target& t, const Node& e) { t.content->location = e.text("DisplayName"); }},
  };
  return table;
}

}  // namespace

void set_property(const Target& target, const Node& element) {
  auto found = setters().find(element.name());
  if (found == setters().end()) {
    throw ItemError{"ErrorInvalidPropertySet",
                    "Set action is invalid for property " + std::string(element.name()) + "."};
  }
  found->second(target, element);
}

void clear_property(const Target& target, const std::string& uri) {
  auto& content = *target.content;
  if (uri == "item:Subject")
    content.subject.clear();
  else if (uri == "item:Body")
    content.body.reset();
  else if (uri == "item:Categories")
    content.categories.clear();
  else if (uri == "item:Culture")
    content.culture.clear();
  else if (uri == "calendar:Location" || uri == "calendar:EnhancedLocation")
    content.location.clear();
  else if (uri == "calendar:RequiredAttendees")
    content.required.clear();
  else if (uri == "calendar:OptionalAttendees")
    content.optional.clear();
  else if (uri == "calendar:Resources")
    content.resources.clear();
  else if (uri == "calendar:Recurrence")
    series_of(target, "Recurrence").recurrence.reset();
  else if (uri == "calendar:When" || uri == "calendar:MeetingWorkspaceUrl" || uri == "calendar:NetShowUrl")
    return;
  else
    throw ItemError{"ErrorInvalidPropertyDelete", "Delete action is invalid for property " + uri + "."};
  if (!content.has_attendees() && !content.request_was_sent) content.state &= ~kStateMeeting;
}

void read_new_item(CalendarItem& item, const Node& element, const Zone& fallback, const ZonePtr& default_zone) {
  auto& content = item.content;
  if (!content.start_zone) content.start_zone = content.end_zone = default_zone;
  if (auto zone = element.child("StartTimeZone")) content.start_zone = read_zone_element(zone);
  if (auto zone = element.child("EndTimeZone"))
    content.end_zone = read_zone_element(zone);
  else if (element.child("StartTimeZone"))
    content.end_zone = content.start_zone;
  const Zone& zone_for_times = element.child("StartTimeZone") ? *content.start_zone : fallback;
  Target target{&item, &content, &zone_for_times};
  for (const auto& child : element.children()) {
    auto name = child.name();
    if (name == "StartTimeZone" || name == "EndTimeZone" || name == "MimeContent") continue;
    set_property(target, child);
  }
  bool has_start = element.child("Start") || element.child("MimeContent");
  if (!has_start) throw ItemError{"ErrorCalendarInvalidPropertyState", "A calendar item needs a start."};
  if (element.child("Start") && !element.child("End")) content.end = content.start + 1800;
}

namespace {

void snap_to_days(EventContent& content) {
  Day first = day_of(content.start_zone->to_local(content.start));
  LocalTime end = content.end_zone->to_local(content.end);
  Day last = day_of(end);
  if (last * kDaySeconds != end) ++last;
  content.start = content.start_zone->midnight(first);
  content.end = content.end_zone->midnight(std::max(last, first + 1));
}

/// The series begins at its pattern's first day, not at a start outside of it.
void align_series(CalendarItem& item) {
  auto& rule = *item.recurrence;
  LocalTime local = item.content.start_zone->to_local(item.content.start);
  Day start = day_of(local);
  if (rule.start < start) rule.start = start;
  RecurrenceWalk walk(rule);
  auto first = walk.next();
  if (!first) throw ItemError{"ErrorRecurrenceHasNoOccurrence", "The recurrence has no occurrences in its range."};
  rule.start = *first;
  if (*first == start) return;
  LocalTime length = item.content.end_zone->to_local(item.content.end) - local;
  LocalTime moved = local + (*first - start) * kDaySeconds;
  item.content.start = item.content.start_zone->to_instant(moved);
  item.content.end = item.content.end_zone->to_instant(moved + length);
}

void check_overlap(const CalendarItem& item) {
  RecurrenceWalk walk(*item.recurrence);
  auto before = walk.next();
  for (int i = 0; i < 60; ++i) {
    auto day = walk.next();
    if (!day) return;
    if (item.original_start(*day) < item.occurrence_end(*before)) {
      throw ItemError{"ErrorOccurrenceTimeSpanTooBig",
                      "The time span is longer than the distance between occurrences."};
    }
    before = day;
  }
}

}  // namespace

void check_item(CalendarItem& item) {
  auto& content = item.content;
  if (content.all_day) snap_to_days(content);
  if (content.end < content.start) {
    throw ItemError{"ErrorCalendarEndDateIsEarlierThanStartDate", "EndDate is earlier than StartDate."};
  }
  if (content.end - content.start > 5 * 366 * kDaySeconds) {
    throw ItemError{"ErrorCalendarDurationIsTooLong", "The duration is longer than five years."};
  }
  if (!item.recurrence) return;
  align_series(item);
  check_overlap(item);
}

Attachment read_attachment_element(const Node& element, std::uint32_t number) {
  Attachment made;
  made.number = number;
  made.name = element.text("Name");
  made.content_type = element.text("ContentType");
  made.content_id = element.text("ContentId");
  made.is_inline = element.text("IsInline") == "true";
  if (made.name.empty()) throw ItemError{"ErrorRequiredPropertyMissing", "An attachment needs a name."};
  if (element.name() == "FileAttachment") {
    auto content = base64_decode(element.text("Content"));
    if (!content) throw ItemError{"ErrorInvalidArgument", "The attachment's content is not base64."};
    made.content = std::make_shared<const std::string>(std::move(*content));
    return made;
  }
  if (element.name() == "ReferenceAttachment") {
    made.kind = AttachmentKind::reference;
    made.url = element.text("AttachLongPathName");
    return made;
  }
  made.kind = AttachmentKind::item;
  CalendarItem inner;
  for (const char* name : {"CalendarItem", "Message", "Item"}) {
    auto node = element.child(name);
    if (!node) continue;
    inner.content.subject = node.text("Subject");
    inner.content.body = std::make_shared<const std::string>(node.text("Body"));
  }
  inner.content.start_zone = inner.content.end_zone = utc_zone();
  made.item = std::make_shared<const EventContent>(inner.content);
  return made;
}

}  // namespace exchange_sim
