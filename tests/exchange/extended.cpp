// SPDX-License-Identifier: GPL-3.0-or-later
// Names, checks and values of extended properties; see extended.hpp.
#include "extended.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <functional>

#include "bytes.hpp"
#include "soap.hpp"

namespace exchange_sim {
namespace {

constexpr std::size_t kLargestValue = 32 * 1024;  // ews-facts 5.4: larger ones are refused
constexpr std::string_view kAppointmentSet = "00062002-0000-0000-c000-000000000046";
constexpr std::string_view kCommonSet = "00062008-0000-0000-c000-000000000046";
constexpr std::string_view kMeetingSet = "6ed8da90-450b-101b-98da-00aa003f1305";
constexpr Response kStatus[] = {Response::unknown, Response::organizer, Response::tentative,
                                Response::accept,  Response::decline,   Response::no_response};

std::string distinguished_guid(const std::string& name) {
  static const std::map<std::string, std::string> table = {
      {"Meeting", std::string(kMeetingSet)},
      {"Appointment", std::string(kAppointmentSet)},
      {"Common", std::string(kCommonSet)},
      {"PublicStrings", "00020329-0000-0000-c000-000000000046"},
      {"Address", "00062004-0000-0000-c000-000000000046"},
      {"InternetHeaders", "00020386-0000-0000-c000-000000000046"},
      {"CalendarAssistant", "11000e07-b51b-40d6-af21-caa85edab1d0"},
      {"UnifiedMessaging", "4442858e-a9e3-4e80-b900-317a210cc15b"},
      {"Task", "00062003-0000-0000-c000-000000000046"},
      {"Sharing", "00062040-0000-0000-c000-000000000046"}};
  auto found = table.find(name);
  return found == table.end() ? std::string() : found->second;
}

bool is_guid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : std::isxdigit(static_cast<unsigned char>(text[i])) == 0) return false;
  }
  return true;
}

bool is_integer(const std::string& text, std::int64_t least, std::int64_t most) {
  std::int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && value >= least && value <= most;
}

bool is_number(const std::string& text) {
  double value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

/// As it is stored; nothing for text that is not of the type.
std::optional<std::string> value_of_type(const std::string& type, const std::string& text) {
  auto plain = trim(text);
  auto when = [&](bool good) { return good ? std::optional(plain) : std::nullopt; };
  if (type == "String") return text;
  if (type == "Integer") return when(is_integer(plain, INT32_MIN, UINT32_MAX));
  if (type == "Short") return when(is_integer(plain, INT16_MIN, UINT16_MAX));
  if (type == "Long" || type == "Currency") return when(is_integer(plain, INT64_MIN, INT64_MAX));
  if (type == "Double" || type == "Float" || type == "ApplicationTime") return when(is_number(plain));
  if (type == "CLSID") return when(is_guid(plain));
  if (type == "Boolean") {
    if (plain == "true" || plain == "1") return "true";
    if (plain == "false" || plain == "0") return "false";
    return std::nullopt;
  }
  if (type == "SystemTime") {
    auto instant = parse_date_time(plain, *utc_zone());
    return instant ? std::optional(format_utc(*instant)) : std::nullopt;
  }
  auto bytes = base64_decode(plain);
  return bytes ? std::optional(base64_encode(*bytes)) : std::nullopt;
}

bool is_known_type(std::string_view type) {
  static const std::set<std::string, std::less<>> types = {
      "ApplicationTime", "Binary",  "Boolean", "CLSID", "Currency", "Double",
      "Float",           "Integer", "Long",    "Short", "String",   "SystemTime"};
  if (type.ends_with("Array")) type.remove_suffix(5);
  return types.contains(type);
}

int response_status(Response response) {
  auto found = std::find(std::begin(kStatus), std::end(kStatus), response);
  return static_cast<int>(found - std::begin(kStatus));
}

std::string flag(bool value) { return value ? "true" : "false"; }

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
      return flag(content.all_day);
    case 0x8217:
      return std::to_string(content.state);
    case 0x8218:
      return std::to_string(content.state == 0 ? 0 : response_status(content.my_response));
    case 0x8223:
      return flag(view.item->is_master());
    case 0x8224:
      return std::to_string(static_cast<int>(content.intended.value_or(content.busy)));
    case 0x8229:
      return flag(content.request_was_sent);
    case 0x825A:
      return flag(!content.allow_new_time_proposal);
    default:
      return {};
  }
}

std::string common_property(const View& view, long id) {
  const auto& content = *view.content;
  if (id == 0x8501) return std::to_string(content.reminder_minutes);
  if (id == 0x8503) return flag(content.reminder_is_set);
  if (id == 0x8506) return flag(content.sensitivity == Sensitivity::private_);
  return {};
}

BusyStatus busy_of(const std::string& value) {
  int number = std::atoi(value.c_str());
  return number < 0 || number > 4 ? BusyStatus::busy : static_cast<BusyStatus>(number);
}

/// Properties that typed elements show too. False for any other.
bool set_appointment(EventContent& content, long id, const std::string& value) {
  switch (id) {
    case 0x8201:
      content.sequence = std::atoi(value.c_str());
      return true;
    case 0x8205:
      content.busy = busy_of(value);
      return true;
    case 0x8208:
      content.location = value;
      return true;
    case 0x8215:
      content.all_day = value == "true";
      return true;
    case 0x8217:
      content.state = std::atoi(value.c_str()) & (kStateMeeting | kStateReceived | kStateCancelled);
      return true;
    case 0x8218:
      if (is_integer(value, 0, 5)) content.my_response = kStatus[std::atoi(value.c_str())];
      return true;
    case 0x8224:
      content.intended = busy_of(value);
      return true;
    case 0x8229:
      content.request_was_sent = value == "true";
      return true;
    case 0x825A:
      content.allow_new_time_proposal = value != "true";
      return true;
    default:
      return false;
  }
}

bool set_common(EventContent& content, long id, const std::string& value) {
  if (id == 0x8501)
    content.reminder_minutes = std::atoi(value.c_str());
  else if (id == 0x8503)
    content.reminder_is_set = value == "true";
  else if (id == 0x8506)
    content.sensitivity = value == "true" ? Sensitivity::private_ : Sensitivity::normal;
  else
    return false;
  return true;
}

/// The global object id never changes once the item is stored (ews-facts 5.5).
void set_global_id(CalendarItem* item, const std::string& value, bool clean) {
  if (item == nullptr || item->number != 0) {
    throw ItemError{"ErrorInvalidPropertySet", "The global object id cannot be changed."};
  }
  auto blob = *base64_decode(value);
  auto uid = uid_of_global_object_id(blob);
  if (uid.empty()) throw ItemError{"ErrorInvalidExtendedPropertyValue", "Not a global object id."};
  item->uid = uid;
  if (!clean || item->global_object_id.empty()) item->global_object_id = blob;
}

/// The number behind "SET/#" where the key is of that set.
std::optional<long> number_in(const std::string& key, std::string_view set) {
  if (!key.starts_with(set) || key.compare(set.size(), 2, "/#") != 0) return std::nullopt;
  return std::strtol(key.c_str() + set.size() + 2, nullptr, 10);
}

/// On save the store writes the mailbox's owner into these (ews-facts 8.6, way C).
bool is_sender_tag(const std::string& key) {
  static const std::set<unsigned long> tags = {0x003B, 0x0041, 0x0042, 0x0064, 0x0065, 0x5D02};
  return key.starts_with("tag:") && tags.contains(std::strtoul(key.c_str() + 4, nullptr, 10));
}

std::vector<std::string> computed(const Mailbox& mailbox, const View& view, const std::string& key) {
  auto one = [](std::string value) {
    return value.empty() ? std::vector<std::string>() : std::vector<std::string>{std::move(value)};
  };
  if (auto id = number_in(key, kMeetingSet)) {
    std::string blob = view.item->global_object_id;
    if (*id == 3) return {base64_encode(view.day ? global_object_id(view.item->uid, *view.day) : blob)};
    if (*id == 35) return {base64_encode(clean_global_object_id(blob))};
  }
  if (auto id = number_in(key, kAppointmentSet)) return one(appointment_property(view, *id));
  if (auto id = number_in(key, kCommonSet)) return one(common_property(view, *id));
  if (key == "00020329-0000-0000-c000-000000000046/$urn:schemas:calendar:uid") return {view.item->uid};
  if (key == "tag:4340") return {"false"};  // PidTagAttributeHidden 0x10F4
  if (key == "tag:" + std::to_string(0x5D02)) {
    return {view.content->organizer ? view.content->organizer->address : mailbox.address};
  }
  return {};
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

void ExtendedField::check() const {
  bool named = (set.empty() != distinguished_set.empty()) && (id.empty() != name.empty()) && tag.empty();
  bool tagged = !tag.empty() && set.empty() && distinguished_set.empty() && id.empty() && name.empty() &&
                std::strtoul(tag.c_str(), nullptr, 0) < 0x8000;
  bool good_set =
      set.empty() ? distinguished_set.empty() || !distinguished_guid(distinguished_set).empty() : is_guid(set);
  bool good_id = id.empty() || is_integer(id, 0, INT32_MAX);
  if ((!named && !tagged) || !good_set || !good_id) {
    throw ItemError{"ErrorInvalidExtendedProperty", "The extended property attribute combination is invalid."};
  }
  if (!is_known_type(type)) {
    throw ItemError{"ErrorUnsupportedMapiPropertyType", "The property type " + type + " is not supported."};
  }
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

std::vector<std::string> extended_values(const Mailbox& mailbox, const View& view, const ExtendedField& field) {
  auto key = field.key();
  const auto& extended = view.content->extended;
  if (auto found = extended.find(key); found != extended.end()) {
    return found->second.type == field.type ? found->second.values : std::vector<std::string>();
  }
  return computed(mailbox, view, key);
}

void set_extended(CalendarItem* item, EventContent& content, const Node& element) {
  auto field = ExtendedField::read(element.child("ExtendedFieldURI"));
  field.check();
  bool several = field.type.ends_with("Array");
  if (several != static_cast<bool>(element.child("Values"))) {
    throw ItemError{"ErrorInvalidExtendedPropertyValue", "An array has Values, everything else one Value."};
  }
  auto type = several ? field.type.substr(0, field.type.size() - 5) : field.type;
  std::vector<std::string> values;
  for (const auto& node : several ? element.child("Values").children("Value") : element.children("Value")) {
    auto value = value_of_type(type, node.text());
    if (!value) throw ItemError{"ErrorInvalidExtendedPropertyValue", "The value is not of type " + type + "."};
    if (value->size() > kLargestValue) {
      throw ItemError{"ErrorDataSizeLimitExceeded", "The extended property is too large."};
    }
    values.push_back(std::move(*value));
  }
  if (values.empty()) throw ItemError{"ErrorInvalidExtendedPropertyValue", "A value is missing."};
  auto key = field.key();
  if (auto id = number_in(key, kMeetingSet); id && (*id == 3 || *id == 35)) {
    return set_global_id(item, values[0], *id == 35);
  }
  if (auto id = number_in(key, kAppointmentSet); id && set_appointment(content, *id, values[0])) return;
  if (auto id = number_in(key, kCommonSet); id && set_common(content, *id, values[0])) return;
  if (is_sender_tag(key)) return;
  content.extended[key] = {field.type, std::move(values)};
}

}  // namespace exchange_sim
