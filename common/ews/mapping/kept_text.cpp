// SPDX-License-Identifier: GPL-3.0-or-later
#include "ews/mapping/kept_text.hpp"

#include <array>
#include <nlohmann/json.hpp>

namespace caravan::ews::mapping {
namespace {

using Json = nlohmann::json;
using model::Event;
using model::EventTime;
using model::Field;

constexpr int kVersion = 1;

// Writing: one function a type. Enumerations are numbers of our own model, whose order is part of the format.

template <class Enum>
int number(Enum value) {
  return static_cast<int>(value);
}

Json json(const model::LocalTime& local) {
  return Json::array({local.year, local.month, local.day, local.hour, local.minute, local.second});
}

Json json(const EventTime& time) {
  Json out = {{"w", json(time.wall)}, {"k", number(time.kind)}};
  if (!time.zone.empty()) out["z"] = time.zone;
  if (time.utc_offset != 0) out["o"] = time.utc_offset;
  return out;
}

template <class T>
Json json(const std::vector<T>& values);

Json json(const model::WeekdayPosition& day) { return Json::array({day.ordinal, number(day.day)}); }

Json json(const model::Rule& rule) {
  Json out = {{"f", number(rule.frequency)}, {"i", rule.interval}};
  if (rule.count != 0) out["c"] = rule.count;
  if (rule.has_until) out["u"] = json(rule.until);
  if (rule.week_start != model::Weekday::monday) out["ws"] = number(rule.week_start);
  if (!rule.by_day.empty()) out["d"] = json(rule.by_day);
  const std::pair<const char*, const std::vector<std::int32_t>*> lists[] = {
      {"md", &rule.by_month_day},    {"yd", &rule.by_year_day}, {"w", &rule.by_week},    {"m", &rule.by_month},
      {"sp", &rule.by_set_position}, {"h", &rule.by_hour},      {"mi", &rule.by_minute}, {"s", &rule.by_second}};
  for (const auto& [name, list] : lists)
    if (!list->empty()) out[name] = *list;
  return out;
}

Json json(const model::Observance& part) {
  Json out = {{"d", part.daylight}, {"s", json(part.start)}, {"f", part.offset_from}, {"t", part.offset_to}};
  if (!part.name.empty()) out["n"] = part.name;
  if (!part.rules.empty()) out["r"] = json(part.rules);
  if (!part.extra_starts.empty()) out["x"] = json(part.extra_starts);
  return out;
}

Json json(const KeptZone& zone) {
  Json out = {{"n", zone.name}};
  if (zone.definition) out["d"] = json(zone.definition->observances);
  return out;
}

Json json(const std::pair<std::string, std::string>& parameter) {
  return Json::array({parameter.first, parameter.second});
}

Json json(const model::RawProperty& property) {
  Json out = {{"n", property.name}, {"v", property.value}};
  if (!property.parameters.empty()) out["p"] = json(property.parameters);
  return out;
}

Json json(const model::Alarm& alarm) {
  Json out = {{"a", number(alarm.action)}};
  if (alarm.offset_seconds != 0) out["o"] = alarm.offset_seconds;
  if (alarm.related_to_end) out["e"] = true;
  if (alarm.at) out["at"] = alarm.at->time_since_epoch().count();
  if (!alarm.description.empty()) out["d"] = alarm.description;
  if (alarm.acknowledged) out["ack"] = alarm.acknowledged->time_since_epoch().count();
  if (!alarm.extra.empty()) out["x"] = json(alarm.extra);
  return out;
}

Json json(const model::Attendee& person) {
  Json out = {{"a", person.address}};
  if (!person.name.empty()) out["n"] = person.name;
  if (number(person.role) != 0) out["r"] = number(person.role);
  if (number(person.kind) != 0) out["k"] = number(person.kind);
  if (number(person.participation) != 0) out["p"] = number(person.participation);
  if (person.rsvp) out["y"] = true;
  if (!person.extra.empty()) out["x"] = json(person.extra);
  return out;
}

Json json(const KeptAttendee& person) {
  Json out = {{"is", json(person.attendee)}};
  if (person.was) out["was"] = json(*person.was);
  return out;
}

Json json(const model::Attachment& file) {
  Json out = Json::object();
  if (!file.name.empty()) out["n"] = file.name;
  if (!file.content_type.empty()) out["t"] = file.content_type;
  if (!file.content_id.empty()) out["c"] = file.content_id;
  if (!file.uri.empty()) out["u"] = file.uri;
  if (file.is_inline) out["i"] = true;
  return out;
}

Json json(const KeptFile& file) { return {{"as", file.stored_as}, {"size", file.size}, {"is", json(file.attachment)}}; }

template <class T>
Json json(const std::vector<T>& values) {
  Json out = Json::array();
  for (const auto& value : values) out.push_back(json(value));
  return out;
}

Json json_value(Field field, const Event& event) {
  switch (field) {
    case Field::summary:
      return event.summary;
    case Field::body:
      return Json::array({event.description, event.html});
    case Field::location:
      return event.location;
    case Field::busy:
      return number(event.busy);
    case Field::status:
      return number(event.status);
    case Field::sensitivity:
      return number(event.sensitivity);
    case Field::priority:
      return event.priority;
    case Field::categories:
      return event.categories;
    case Field::schedule:
    case Field::excluded:
    case Field::link:
    case Field::alarms:
    case Field::organizer:
    case Field::attendee:
    case Field::attachments:
    case Field::extra:
    case Field::presence:
      return nullptr;
  }
  return nullptr;
}

Json json(const KeptRules& rules) {
  return {{"was", rules.was},
          {"rules", json(rules.rules)},
          {"dates", json(rules.dates)},
          {"surplus", json(rules.surplus)},
          {"off", json(rules.off)}};
}

void put_people(const Kept& kept, Json& out) {
  if (kept.organizer) {
    out["organizer"] = {{"was", kept.organizer->was}};
    if (const auto& is = kept.organizer->organizer)
      out["organizer"]["is"] = {{"a", is->address}, {"n", is->name}, {"x", json(is->extra)}};
  }
  if (!kept.attendees.empty()) out["attendees"] = json(kept.attendees);
  if (!kept.uninvited.empty()) out["uninvited"] = kept.uninvited;
}

// Reading. nlohmann throws where a value is missing or of another type; kept_from() catches.

template <class Enum>
Enum enumerated(const Json& value, Enum last) {
  const int at = value.get<int>();
  if (at < 0 || at > number(last)) throw Json::other_error::create(501, "not in the enumeration", nullptr);
  return static_cast<Enum>(at);
}

void read(const Json& in, model::LocalTime& local) {
  local.year = in.at(0).get<std::int32_t>();
  std::array<std::uint8_t*, 5> parts = {&local.month, &local.day, &local.hour, &local.minute, &local.second};
  for (std::size_t i = 0; i < parts.size(); ++i) *parts[i] = in.at(i + 1).get<std::uint8_t>();
  if (!model::is_valid(local)) throw Json::other_error::create(501, "no time", nullptr);
}

void read(const Json& in, EventTime& time) {
  read(in.at("w"), time.wall);
  time.kind = enumerated(in.at("k"), model::TimeKind::zoned);
  time.zone = in.value("z", std::string());
  time.utc_offset = in.value("o", 0);
}

template <class T>
void read(const Json& in, std::vector<T>& values);
template <class T>
void read_if(const Json& in, const char* name, T& to);

void read(const Json& in, std::int32_t& value) { value = in.get<std::int32_t>(); }
void read(const Json& in, model::WeekdayPosition& day) {
  day.ordinal = in.at(0).get<std::int32_t>();
  day.day = enumerated(in.at(1), model::Weekday::sunday);
}

void read(const Json& in, model::Rule& rule) {
  rule.frequency = enumerated(in.at("f"), model::Frequency::yearly);
  rule.interval = in.at("i").get<std::int32_t>();
  rule.count = in.value("c", 0);
  rule.has_until = in.contains("u");
  read_if(in, "u", rule.until);
  if (in.contains("ws")) rule.week_start = enumerated(in.at("ws"), model::Weekday::sunday);
  read_if(in, "d", rule.by_day);
  read_if(in, "md", rule.by_month_day);
  read_if(in, "yd", rule.by_year_day);
  read_if(in, "w", rule.by_week);
  read_if(in, "m", rule.by_month);
  read_if(in, "sp", rule.by_set_position);
  read_if(in, "h", rule.by_hour);
  read_if(in, "mi", rule.by_minute);
  read_if(in, "s", rule.by_second);
}

void read(const Json& in, model::Observance& part) {
  part.daylight = in.at("d").get<bool>();
  read(in.at("s"), part.start);
  part.offset_from = in.at("f").get<std::int32_t>();
  part.offset_to = in.at("t").get<std::int32_t>();
  part.name = in.value("n", std::string());
  read_if(in, "r", part.rules);
  read_if(in, "x", part.extra_starts);
}

void read(const Json& in, KeptZone& zone) {
  zone.name = in.at("n").get<std::string>();
  if (!in.contains("d")) return;
  zone.definition.emplace();
  zone.definition->id = zone.name;
  read(in.at("d"), zone.definition->observances);
}

void read(const Json& in, std::pair<std::string, std::string>& parameter) {
  parameter = {in.at(0).get<std::string>(), in.at(1).get<std::string>()};
}

void read(const Json& in, model::RawProperty& property) {
  property.name = in.at("n").get<std::string>();
  property.value = in.at("v").get<std::string>();
  read_if(in, "p", property.parameters);
}

std::optional<Instant> instant_in(const Json& in, const char* name) {
  if (!in.contains(name)) return std::nullopt;
  return Instant(std::chrono::seconds(in.at(name).get<std::int64_t>()));
}

void read(const Json& in, model::Alarm& alarm) {
  alarm.action = enumerated(in.at("a"), model::AlarmAction::other);
  alarm.offset_seconds = in.value("o", std::int64_t{0});
  alarm.related_to_end = in.value("e", false);
  alarm.at = instant_in(in, "at");
  alarm.description = in.value("d", std::string());
  alarm.acknowledged = instant_in(in, "ack");
  read_if(in, "x", alarm.extra);
}

void read(const Json& in, model::Attendee& person) {
  person.address = in.at("a").get<std::string>();
  person.name = in.value("n", std::string());
  if (in.contains("r")) person.role = enumerated(in.at("r"), model::Role::chair);
  if (in.contains("k")) person.kind = enumerated(in.at("k"), model::AttendeeKind::unknown);
  if (in.contains("p")) person.participation = enumerated(in.at("p"), model::Participation::delegated);
  person.rsvp = in.value("y", false);
  read_if(in, "x", person.extra);
}

void read(const Json& in, KeptAttendee& person) {
  read(in.at("is"), person.attendee);
  if (in.contains("was")) read(in.at("was"), person.was.emplace());
}

void read(const Json& in, model::Attachment& file) {
  file.name = in.value("n", std::string());
  file.content_type = in.value("t", std::string());
  file.content_id = in.value("c", std::string());
  file.uri = in.value("u", std::string());
  file.is_inline = in.value("i", false);
}

void read(const Json& in, KeptFile& file) {
  file.stored_as = in.at("as").get<std::string>();
  file.size = in.at("size").get<std::uint64_t>();
  read(in.at("is"), file.attachment);
}

template <class T>
void read(const Json& in, std::vector<T>& values) {
  for (const Json& each : in) read(each, values.emplace_back());
}

template <class T>
void read_if(const Json& in, const char* name, T& to) {
  if (const auto found = in.find(name); found != in.end()) read(*found, to);
}

void read_value(Field field, const Json& in, Event& event) {
  switch (field) {
    case Field::summary:
      event.summary = in.get<std::string>();
      return;
    case Field::body:
      event.description = in.at(0).get<std::string>();
      event.html = in.at(1).get<std::string>();
      return;
    case Field::location:
      event.location = in.get<std::string>();
      return;
    case Field::busy:
      event.busy = enumerated(in, model::BusyStatus::working_elsewhere);
      return;
    case Field::status:
      event.status = enumerated(in, model::EventStatus::cancelled);
      return;
    case Field::sensitivity:
      event.sensitivity = enumerated(in, model::Sensitivity::confidential);
      return;
    case Field::priority:
      event.priority = in.get<std::int32_t>();
      return;
    case Field::categories:
      event.categories = in.get<std::vector<std::string>>();
      return;
    case Field::schedule:
    case Field::excluded:
    case Field::link:
    case Field::alarms:
    case Field::organizer:
    case Field::attendee:
    case Field::attachments:
    case Field::extra:
    case Field::presence:
      return;
  }
}

void read_fields(const Json& in, Kept& kept) {
  for (const Field field : model::kEventFields) {
    const auto found = in.find(std::string(to_string(field)));
    if (found == in.end()) continue;
    read_value(field, found->at("is"), kept.values);
    kept.was[field] = found->at("was").get<std::string>();
  }
}

void read(const Json& in, KeptRules& rules) {
  rules.was = in.at("was").get<std::string>();
  read(in.at("rules"), rules.rules);
  read(in.at("dates"), rules.dates);
  read(in.at("surplus"), rules.surplus);
  read(in.at("off"), rules.off);
}

void read_people(const Json& in, Kept& kept) {
  if (const auto found = in.find("organizer"); found != in.end()) {
    kept.organizer.emplace().was = found->at("was").get<std::string>();
    if (const auto is = found->find("is"); is != found->end()) {
      auto& organizer = kept.organizer->organizer.emplace();
      organizer.address = is->at("a").get<std::string>();
      organizer.name = is->at("n").get<std::string>();
      read(is->at("x"), organizer.extra);
    }
  }
  read_if(in, "attendees", kept.attendees);
  if (in.contains("uninvited")) kept.uninvited = in.at("uninvited").get<std::vector<std::string>>();
}

Kept read_all(const Json& in) {
  Kept kept;
  kept.uid = in.value("uid", std::string());
  if (const auto found = in.find("part"); found != in.end()) {
    kept.part.emplace().uid = Uid(found->at("uid").get<std::string>());
    read(found->at("at"), kept.part->occurrence);
  }
  read_if(in, "start_zone", kept.start_zone);
  read_if(in, "end_zone", kept.end_zone);
  kept.floating = in.value("floating", std::string());
  kept.no_end = in.value("no_end", false);
  if (in.contains("rules")) read(in.at("rules"), kept.rules.emplace());
  if (in.contains("fields")) read_fields(in.at("fields"), kept);
  kept.body_end = in.value("body_end", std::string());
  if (const auto found = in.find("alarms"); found != in.end()) {
    kept.alarms.emplace();
    if (!found->at("was").is_null()) kept.alarms->was = found->at("was").get<std::int64_t>();
    read(found->at("is"), kept.alarms->alarms);
  }
  read_if(in, "extra", kept.extra);
  kept.url = in.value("url", std::string());
  kept.conference = in.value("conference", std::string());
  read_people(in, kept);
  read_if(in, "links", kept.links);
  read_if(in, "files", kept.files);
  return kept;
}

Json parsed(std::string_view text) { return Json::parse(text, nullptr, false); }

}  // namespace

std::string to_text(const Kept& kept) {
  Json out = {{"v", kVersion}};
  if (!kept.uid.empty()) out["uid"] = kept.uid;
  if (kept.part) out["part"] = {{"uid", kept.part->uid.value}, {"at", json(kept.part->occurrence)}};
  if (!kept.start_zone.name.empty()) out["start_zone"] = json(kept.start_zone);
  if (!kept.end_zone.name.empty()) out["end_zone"] = json(kept.end_zone);
  if (!kept.floating.empty()) out["floating"] = kept.floating;
  if (kept.no_end) out["no_end"] = true;
  if (kept.rules) out["rules"] = json(*kept.rules);
  for (const auto& [field, was] : kept.was)
    out["fields"][std::string(to_string(field))] = {{"was", was}, {"is", json_value(field, kept.values)}};
  if (!kept.body_end.empty()) out["body_end"] = kept.body_end;
  if (kept.alarms) {
    out["alarms"] = {{"was", nullptr}, {"is", json(kept.alarms->alarms)}};
    if (kept.alarms->was) out["alarms"]["was"] = *kept.alarms->was;
  }
  if (!kept.extra.empty()) out["extra"] = json(kept.extra);
  if (!kept.url.empty()) out["url"] = kept.url;
  if (!kept.conference.empty()) out["conference"] = kept.conference;
  put_people(kept, out);
  if (!kept.links.empty()) out["links"] = json(kept.links);
  if (!kept.files.empty()) out["files"] = json(kept.files);
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::optional<Kept> kept_from(std::string_view text) {
  try {
    const Json in = parsed(text);
    if (!in.is_object() || in.value("v", 0) != kVersion) return std::nullopt;
    return read_all(in);
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

std::string reference_to(const Digest& text) { return Json({{"v", kVersion}, {"elsewhere", text.hex}}).dump(); }

std::optional<Digest> reference_in(std::string_view text) {
  const Json in = parsed(text);
  if (!in.is_object() || !in.contains("elsewhere") || !in["elsewhere"].is_string()) return std::nullopt;
  return Digest{in["elsewhere"].get<std::string>()};
}

}  // namespace caravan::ews::mapping
