// SPDX-License-Identifier: GPL-3.0-or-later
// Reading of ItemShape and the values of extended (MAPI) properties; see shape.hpp.
#include "shape.hpp"

#include <cstdlib>

#include "bytes.hpp"

namespace exchange_sim {
namespace {

const std::set<std::string, std::less<>> kDefaultFields = {
    "Subject",          "Start",          "End",           "Location",  "LegacyFreeBusyStatus",
    "CalendarItemType", "HasAttachments", "IsAllDayEvent", "IsMeeting", "IsRecurring",
    "MyResponseType",   "Organizer",      "IsCancelled"};

const std::set<std::string, std::less<>> kOnlyWhenAsked = {
    "MimeContent",         "UniqueBody",       "NormalizedBody",          "TextBody",
    "ConflictingMeetings", "AdjacentMeetings", "ConflictingMeetingCount", "AdjacentMeetingCount",
    "FirstOccurrence",     "LastOccurrence"};

const std::set<std::string, std::less<>> kNotInLists = {"Body",
                                                        "TextBody",
                                                        "NormalizedBody",
                                                        "UniqueBody",
                                                        "Attachments",
                                                        "RequiredAttendees",
                                                        "OptionalAttendees",
                                                        "Resources",
                                                        "Recurrence",
                                                        "ModifiedOccurrences",
                                                        "DeletedOccurrences",
                                                        "FirstOccurrence",
                                                        "LastOccurrence",
                                                        "StartTimeZone",
                                                        "EndTimeZone",
                                                        "EnhancedLocation"};

BodyWish wish_of(const std::string& text, BodyWish otherwise) {
  if (text == "HTML") return BodyWish::html;
  if (text == "Text") return BodyWish::text;
  if (text == "Best") return BodyWish::best;
  return otherwise;
}

std::string distinguished_guid(const std::string& name) {
  if (name == "Meeting") return "6ed8da90-450b-101b-98da-00aa003f1305";
  if (name == "Appointment") return "00062002-0000-0000-c000-000000000046";
  if (name == "Common") return "00062008-0000-0000-c000-000000000046";
  if (name == "PublicStrings") return "00020329-0000-0000-c000-000000000046";
  if (name == "Address") return "00062004-0000-0000-c000-000000000046";
  if (name == "InternetHeaders") return "00020386-0000-0000-c000-000000000046";
  if (name == "CalendarAssistant") return "11000e07-b51b-40d6-af21-caa85edab1d0";
  if (name == "UnifiedMessaging") return "4442858e-a9e3-4e80-b900-317a210cc15b";
  if (name == "Task") return "00062003-0000-0000-c000-000000000046";
  if (name == "Sharing") return "00062040-0000-0000-c000-000000000046";
  return name;
}

int response_status(Response response) {
  switch (response) {
    case Response::organizer:
      return 1;
    case Response::tentative:
      return 2;
    case Response::accept:
      return 3;
    case Response::decline:
      return 4;
    case Response::no_response:
      return 5;
    case Response::unknown:
      return 0;
  }
  return 0;
}

std::string appointment_property(const View& view, long id) {
  const auto& content = *view.content;
  switch (id) {
    case 0x8201:
      return std::to_string(content.sequence);
    case 0x8205:
      return std::to_string(static_cast<int>(content.busy));
    case 0x8208:
      return content.location;
    case 0x820D:
      return format_utc(view.start);
    case 0x820E:
      return format_utc(view.end);
    case 0x8215:
      return content.all_day ? "true" : "false";
    case 0x8217:
      return std::to_string(content.state);
    case 0x8218:
      return std::to_string(content.state == 0 ? 0 : response_status(content.my_response));
    case 0x8223:
      return view.item->is_master() ? "true" : "false";
    case 0x8229:
      return content.request_was_sent ? "true" : "false";
    case 0x825A:
      return content.allow_new_time_proposal ? "false" : "true";
    default:
      return {};
  }
}

}  // namespace

std::string ExtendedField::key() const {
  if (!tag.empty()) {
    auto number = std::strtoul(tag.c_str(), nullptr, 0);
    return "tag:" + std::to_string(number);
  }
  auto guid = to_lower(set.empty() ? distinguished_guid(distinguished_set) : set);
  return guid + "/" + (name.empty() ? "#" + id : "$" + name);
}

ExtendedField ExtendedField::read(const Node& node) {
  return {node.attribute("PropertyTag"), node.attribute("PropertySetId"), node.attribute("DistinguishedPropertySetId"),
          node.attribute("PropertyId"),  node.attribute("PropertyName"),  node.attribute("PropertyType")};
}

void ExtendedField::write(XmlWriter& out) const {
  std::string xml = "<t:ExtendedFieldURI";
  out.raw(xml);
  auto put = [&](const char* attribute, const std::string& value) {
    if (value.empty()) return;
    out.raw(std::string(" ") + attribute + "=\"");
    out.content(value);
    out.raw("\"");
  };
  put("DistinguishedPropertySetId", distinguished_set);
  put("PropertySetId", set);
  put("PropertyTag", tag);
  put("PropertyName", name);
  put("PropertyId", id);
  put("PropertyType", type);
  out.raw("/>");
}

bool Shape::wants(std::string_view field) const {
  if (!bodies_allowed && kNotInLists.contains(field)) return false;
  if (fields.contains(field)) return true;
  if (base == BaseShape::default_) return kDefaultFields.contains(field);
  return base == BaseShape::all && !kOnlyWhenAsked.contains(field);
}

Shape Shape::read(const Node& node) {
  Shape out;
  auto base = node.text("BaseShape");
  if (base == "Default") out.base = BaseShape::default_;
  if (base == "AllProperties") out.base = BaseShape::all;
  out.body = wish_of(node.text("BodyType"), BodyWish::best);
  out.normalized_body = wish_of(node.text("NormalizedBodyType"), BodyWish::html);
  for (const auto& field : node.child("AdditionalProperties").children()) {
    if (field.name() == "FieldURI") {
      auto uri = field.attribute("FieldURI");
      auto colon = uri.find(':');
      out.fields.insert(colon == std::string::npos ? uri : uri.substr(colon + 1));
    } else if (field.name() == "ExtendedFieldURI") {
      out.extended.push_back(ExtendedField::read(field));
    }
  }
  return out;
}

std::vector<std::string> extended_values(const Mailbox& mailbox, const View& view, const ExtendedField& field) {
  auto key = field.key();
  const auto& extended = view.content->extended;
  if (auto found = extended.find(key); found != extended.end()) return found->second;
  if (key == "6ed8da90-450b-101b-98da-00aa003f1305/#3") {
    std::string blob = view.item->global_object_id;
    if (view.day) blob = global_object_id(view.item->uid, *view.day);
    return {base64_encode(blob)};
  }
  if (key == "6ed8da90-450b-101b-98da-00aa003f1305/#35") {
    return {base64_encode(clean_global_object_id(view.item->global_object_id))};
  }
  if (key.starts_with("00062002-0000-0000-c000-000000000046/#")) {
    auto value = appointment_property(view, std::strtol(key.c_str() + 38, nullptr, 10));
    if (!value.empty()) return {value};
  }
  if (key == "00020329-0000-0000-c000-000000000046/$urn:schemas:calendar:uid") return {view.item->uid};
  if (key == "tag:4340") return {"false"};  // PidTagAttributeHidden 0x10F4
  if (key == "tag:" + std::to_string(0x5D02)) {
    return {view.content->organizer ? view.content->organizer->address : mailbox.address};
  }
  return {};
}

}  // namespace exchange_sim
