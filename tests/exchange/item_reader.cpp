// SPDX-License-Identifier: GPL-3.0-or-later
// Properties from XML into the model; see item_reader.hpp. Recurrences and zones are in pattern_reader.cpp.
#include "item_reader.hpp"

#include <algorithm>
#include <cstdlib>
#include <functional>

#include "bytes.hpp"
#include "mime_import.hpp"

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

[[noreturn]] void against_schema(const Node& element) {
  throw SoapFault{"ErrorSchemaValidation", "The request failed schema validation: " + std::string(element.name()), {}};
}

std::vector<Attendee> attendees_of(const Node& element) {
  std::vector<Attendee> out;
  if (element.children("Attendee").empty()) against_schema(element);
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

/// A list replaces the old one; who stays keeps his answer.
void set_attendees(const Target& target, std::vector<Attendee> EventContent::*list, const Node& element) {
  auto made = attendees_of(element);
  for (auto& attendee : made) {
    for (const auto& before : target.content->*list) {
      if (equal_ignoring_case(before.person.address, attendee.person.address)) {
        attendee.response = before.response;
        attendee.last_response = before.last_response;
        attendee.proposed_start = before.proposed_start;
        attendee.proposed_end = before.proposed_end;
      }
    }
  }
  target.content->*list = std::move(made);
  become_meeting(*target.content);
}

void set_categories(const Target& target, const Node& element) {
  auto names = element.children("String");
  if (names.empty()) against_schema(element);
  target.content->categories.clear();
  for (const auto& name : names) target.content->categories.push_back(name.text());
}

void set_minutes(const Target& target, const Node& element) {
  int minutes = std::atoi(element.text().c_str());
  if (minutes < 0 || minutes > 2629800) {
    throw ItemError{"ErrorInvalidValueForProperty", "ReminderMinutesBeforeStart is out of range."};
  }
  target.content->reminder_minutes = minutes;
}

void keep(const Target& target, const Node& element) {
  target.content->kept[std::string(element.name())] = trim(element.text());
}

void keep_below(EventContent& content, const std::string& path, const Node& element) {
  auto children = element.children();
  if (children.empty()) content.kept[path] = element.text();
  for (const auto& child : children) keep_below(content, path + "/" + std::string(child.name()), child);
}

constexpr std::string_view kEnhanced = "EnhancedLocation/";

void forget_enhanced_location(EventContent& content) {
  std::erase_if(content.kept, [](const auto& entry) { return entry.first.starts_with(kEnhanced); });
}

void set_location(const Target& target, const Node& element) {
  if (target.content->location == element.text()) return;
  forget_enhanced_location(*target.content);
  target.content->location = element.text();
}

void set_enhanced_location(const Target& target, const Node& element) {
  forget_enhanced_location(*target.content);
  target.content->location = element.text("DisplayName");
  for (const auto& child : element.children()) {
    if (child.name() != "DisplayName")
      keep_below(*target.content, std::string(kEnhanced) + std::string(child.name()), child);
  }
}

/// Replaces everything but the identity.
void set_mime(const Target& target, const Node& element) {
  auto& item = series_of(target, "MimeContent");
  auto made = item_from_mime(element.text(), *target.mailbox);
  item.content = std::move(made->content);
  item.recurrence = made->recurrence;
  item.exceptions = std::move(made->exceptions);
  item.deleted = std::move(made->deleted);
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
      {"Categories", set_categories},
      {"Importance",
       [](const Target& t, const Node& e) { t.content->importance = enum_of<Importance>(kImportanceWords, e); }},
      {"ReminderDueBy", [](const Target&, const Node&) {}},
      {"ReminderIsSet", [](const Target& t, const Node& e) { t.content->reminder_is_set = truth(e); }},
      {"ReminderMinutesBeforeStart", set_minutes},
      {"ExtendedProperty", [](const Target& t, const Node& e) { set_extended(t.item, *t.content, e); }},
      {"MimeContent", set_mime},
      {"Culture", [](const Target& t, const Node& e) { t.content->culture = e.text(); }},
      {"UID",
       [](const Target& t, const Node& e) {
         auto& item = series_of(t, "UID");
         if (item.number != 0) throw ItemError{"ErrorInvalidPropertySet", "UID cannot be changed."};
         item.uid = e.text();
         item.global_object_id = global_object_id(item.uid, std::nullopt);
       }},
      {"Start", [](const Target& t, const Node& e) { t.content->start = instant_of(t, e); }},
      {"End", [](const Target& t, const Node& e) { t.content->end = instant_of(t, e); }},
      {"IsAllDayEvent", [](const Target& t, const Node& e) { t.content->all_day = truth(e); }},
      {"LegacyFreeBusyStatus",
       [](const Target& t, const Node& e) { t.content->busy = enum_of<BusyStatus>(kBusyWords, e); }},
      {"Location", set_location},
      {"When", keep},
      {"IsResponseRequested", [](const Target& t, const Node& e) { t.content->response_requested = truth(e); }},
      {"RequiredAttendees", [](const Target& t, const Node& e) { set_attendees(t, &EventContent::required, e); }},
      {"OptionalAttendees", [](const Target& t, const Node& e) { set_attendees(t, &EventContent::optional, e); }},
      {"Resources", [](const Target& t, const Node& e) { set_attendees(t, &EventContent::resources, e); }},
      {"Recurrence",
       [](const Target& t, const Node& e) { series_of(t, "Recurrence").recurrence = read_recurrence_element(e); }},
      {"MeetingTimeZone", [](const Target&, const Node&) {}},
      {"StartTimeZone", [](const Target& t, const Node& e) { set_zone(t.content->start_zone, t.content->start, e); }},
      {"EndTimeZone", [](const Target& t, const Node& e) { set_zone(t.content->end_zone, t.content->end, e); }},
      {"ConferenceType", keep},
      {"AllowNewTimeProposal", [](const Target& t, const Node& e) { t.content->allow_new_time_proposal = truth(e); }},
      {"IsOnlineMeeting", keep},
      {"MeetingWorkspaceUrl", keep},
      {"NetShowUrl", keep},
      {"EnhancedLocation", set_enhanced_location},
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

void append_property(const Target& target, const std::string& uri, const Node& element) {
  auto& content = *target.content;
  auto append_to = [&](std::vector<Attendee>& list) {
    for (auto& attendee : attendees_of(element)) list.push_back(std::move(attendee));
    become_meeting(content);
  };
  if (uri == "item:Body")
    content.body = std::make_shared<const std::string>((content.body ? *content.body : std::string()) + element.text());
  else if (uri == "calendar:RequiredAttendees")
    append_to(content.required);
  else if (uri == "calendar:OptionalAttendees")
    append_to(content.optional);
  else if (uri == "calendar:Resources")
    append_to(content.resources);
  else
    throw ItemError{"ErrorInvalidPropertyAppend", "Append action is invalid for property " + uri + "."};
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
  else if (uri == "calendar:Location" || uri == "calendar:EnhancedLocation") {
    forget_enhanced_location(content);
    content.location.clear();
  } else if (uri == "calendar:RequiredAttendees")
    content.required.clear();
  else if (uri == "calendar:OptionalAttendees")
    content.optional.clear();
  else if (uri == "calendar:Resources")
    content.resources.clear();
  else if (uri == "calendar:Recurrence")
    series_of(target, "Recurrence").recurrence.reset();
  else if (uri == "calendar:When" || uri == "calendar:MeetingWorkspaceUrl" || uri == "calendar:NetShowUrl")
    content.kept.erase(uri.substr(uri.find(':') + 1));
  else
    throw ItemError{"ErrorInvalidPropertyDelete", "Delete action is invalid for property " + uri + "."};
  bool own = (content.state & kStateReceived) == 0;
  if (own && !content.has_attendees() && !content.request_was_sent) content.state &= ~kStateMeeting;
}

void read_new_item(CalendarItem& item, const Node& element, const Zone& fallback, const ZonePtr& default_zone,
                   const Mailbox& mailbox) {
  auto& content = item.content;
  bool imported = static_cast<bool>(element.child("MimeContent"));
  // Who is silent about the reminder gets the server's default (ews-facts 5.2).
  if (!imported) content.reminder_is_set = true;
  if (!content.start_zone) content.start_zone = content.end_zone = default_zone;
  if (auto zone = element.child("StartTimeZone")) content.start_zone = read_zone_element(zone);
  if (auto zone = element.child("EndTimeZone"))
    content.end_zone = read_zone_element(zone);
  else if (element.child("StartTimeZone"))
    content.end_zone = content.start_zone;
  const Zone& zone_for_times = element.child("StartTimeZone") ? *content.start_zone : fallback;
  const Zone& zone_for_end = element.child("EndTimeZone") ? *content.end_zone : zone_for_times;
  for (const auto& child : element.children()) {
    auto name = child.name();
    if (name == "StartTimeZone" || name == "EndTimeZone" || name == "MimeContent") continue;
    set_property({&item, &content, name == "End" ? &zone_for_end : &zone_for_times, &mailbox}, child);
  }
  if (!element.child("Start") && !imported)
    throw ItemError{"ErrorCalendarInvalidPropertyState", "A calendar item needs a start."};
  if (element.child("Start") && !element.child("End")) content.end = content.start + 1800;
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
