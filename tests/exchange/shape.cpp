// SPDX-License-Identifier: GPL-3.0-or-later
// Reading of ItemShape; see shape.hpp.
#include "shape.hpp"

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

}  // namespace

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
      out.extended.back().check();
    }
  }
  return out;
}

}  // namespace exchange_sim
