// SPDX-License-Identifier: GPL-3.0-or-later
#include "notify/telling.hpp"

#include <array>
#include <nlohmann/json.hpp>

namespace caravan::notify {
namespace {

using Json = nlohmann::json;
using model::EventTime;

constexpr int kVersion = 1;
constexpr std::array kKinds = {Kind::added,    Kind::moved,    Kind::changed,  Kind::cancelled,
                               Kind::answered, Kind::reminder, Kind::starting, Kind::daily,
                               Kind::weekly,   Kind::summary,  Kind::admin};
constexpr std::array kParticipations = {model::Participation::needs_action, model::Participation::accepted,
                                        model::Participation::declined, model::Participation::tentative,
                                        model::Participation::delegated};

// Readers of JSON throw what nlohmann throws and std::invalid_argument; from_json() catches both.

template <class Enum, std::size_t N>
Enum enum_from(const std::array<Enum, N>& all, const std::string& text) {
  for (const Enum value : all)
    if (to_string(value) == text) return value;
  throw std::invalid_argument(text);
}

model::Field field_from(const std::string& text) {
  for (int i = 0; i <= static_cast<int>(model::Field::presence); ++i)
    if (model::to_string(static_cast<model::Field>(i)) == text) return static_cast<model::Field>(i);
  throw std::invalid_argument(text);
}

/// A number of an enum whose names JSON has no use for.
template <class Enum>
Enum enum_at(const Json& in, Enum last) {
  const int value = in.get<int>();
  if (value < 0 || value > static_cast<int>(last)) throw std::invalid_argument("enum");
  return static_cast<Enum>(value);
}

Json put(const EventTime& time) {
  const auto& wall = time.wall;
  return {{"wall", {wall.year, wall.month, wall.day, wall.hour, wall.minute, wall.second}},
          {"kind", static_cast<int>(time.kind)},
          {"zone", time.zone},
          {"offset", time.utc_offset}};
}

EventTime time_from(const Json& in) {
  EventTime time;
  const auto wall = in.at("wall").get<std::array<std::int32_t, 6>>();
  const auto small = [](std::int32_t value) {
    if (value < 0 || value > 60) throw std::invalid_argument("wall");
    return static_cast<std::uint8_t>(value);
  };
  time.wall = {wall[0], small(wall[1]), small(wall[2]), small(wall[3]), small(wall[4]), small(wall[5])};
  if (!model::is_valid(time.wall)) throw std::invalid_argument("wall");
  time.kind = enum_at(in.at("kind"), model::TimeKind::zoned);
  in.at("zone").get_to(time.zone);
  in.at("offset").get_to(time.utc_offset);
  return time;
}

template <class T, class F>
Json list(const std::vector<T>& values, F one) {
  Json out = Json::array();
  for (const auto& value : values) out.push_back(one(value));
  return out;
}

template <class F>
auto list_from(const Json& in, F one) {
  std::vector<decltype(one(in))> out;
  for (const auto& value : in) out.push_back(one(value));
  return out;
}

template <class F>
auto optional_from(const Json& in, const char* name, F one) {
  const auto found = in.find(name);
  return found == in.end() ? std::nullopt : std::optional(one(*found));
}

Json put(const model::Rule& rule) {
  Json out = {{"frequency", static_cast<int>(rule.frequency)},
              {"interval", rule.interval},
              {"count", rule.count},
              {"week_start", static_cast<int>(rule.week_start)},
              {"by_month_day", rule.by_month_day},
              {"by_year_day", rule.by_year_day},
              {"by_week", rule.by_week},
              {"by_month", rule.by_month},
              {"by_set_position", rule.by_set_position},
              {"by_hour", rule.by_hour},
              {"by_minute", rule.by_minute},
              {"by_second", rule.by_second}};
  out["by_day"] = list(rule.by_day, [](const auto& at) { return Json{at.ordinal, static_cast<int>(at.day)}; });
  if (rule.has_until) out["until"] = put(rule.until);
  return out;
}

model::Rule rule_from(const Json& in) {
  model::Rule rule;
  rule.frequency = enum_at(in.at("frequency"), model::Frequency::yearly);
  in.at("interval").get_to(rule.interval);
  in.at("count").get_to(rule.count);
  rule.week_start = enum_at(in.at("week_start"), model::Weekday::sunday);
  in.at("by_month_day").get_to(rule.by_month_day);
  in.at("by_year_day").get_to(rule.by_year_day);
  in.at("by_week").get_to(rule.by_week);
  in.at("by_month").get_to(rule.by_month);
  in.at("by_set_position").get_to(rule.by_set_position);
  in.at("by_hour").get_to(rule.by_hour);
  in.at("by_minute").get_to(rule.by_minute);
  in.at("by_second").get_to(rule.by_second);
  rule.by_day = list_from(in.at("by_day"), [](const Json& at) {
    return model::WeekdayPosition{at.at(0).get<std::int32_t>(), enum_at(at.at(1), model::Weekday::sunday)};
  });
  rule.has_until = in.contains("until");
  if (rule.has_until) rule.until = time_from(in.at("until"));
  return rule;
}

Json put(const Shown& event) {
  Json out = {{"summary", event.summary},     {"location", event.location},   {"description", event.description},
              {"link", event.link},           {"start", put(event.start)},    {"end", put(event.end)},
              {"organizer", event.organizer}, {"attendees", event.attendees}, {"private", event.is_private}};
  if (event.rule) out["rule"] = put(*event.rule);
  out["apart"] = list(event.apart, [](const EventTime& time) { return put(time); });
  return out;
}

Shown shown_from(const Json& in) {
  Shown event;
  in.at("summary").get_to(event.summary);
  in.at("location").get_to(event.location);
  in.at("description").get_to(event.description);
  in.at("link").get_to(event.link);
  event.start = time_from(in.at("start"));
  event.end = time_from(in.at("end"));
  event.rule = optional_from(in, "rule", rule_from);
  event.apart = list_from(in.at("apart"), time_from);
  in.at("organizer").get_to(event.organizer);
  in.at("attendees").get_to(event.attendees);
  in.at("private").get_to(event.is_private);
  return event;
}

Json put(const Answer& answer) {
  Json out = {{"who", answer.who}, {"participation", model::to_string(answer.participation)}};
  if (answer.proposed_start) out["proposed_start"] = put(*answer.proposed_start);
  if (answer.proposed_end) out["proposed_end"] = put(*answer.proposed_end);
  return out;
}

Answer answer_from(const Json& in) {
  Answer answer;
  in.at("who").get_to(answer.who);
  answer.participation = enum_from(kParticipations, in.at("participation").get<std::string>());
  answer.proposed_start = optional_from(in, "proposed_start", time_from);
  answer.proposed_end = optional_from(in, "proposed_end", time_from);
  return answer;
}

Json put(const AgendaLine& line) {
  return {{"uid", line.uid.value}, {"event", put(line.event)}, {"answer_wanted", line.answer_wanted}};
}

AgendaLine line_from(const Json& in) {
  return {Uid(in.at("uid").get<std::string>()), shown_from(in.at("event")), in.at("answer_wanted").get<bool>()};
}

Telling telling_from(const Json& in) {
  Telling telling;
  telling.kind = enum_from(kKinds, in.at("kind").get<std::string>());
  telling.mailbox = Address(in.at("mailbox").get<std::string>());
  telling.uid = Uid(in.at("uid").get<std::string>());
  in.at("occurrence").get_to(telling.occurrence);
  telling.was = optional_from(in, "was", shown_from);
  telling.now = optional_from(in, "now", shown_from);
  telling.changed = list_from(in.at("changed"), [](const Json& name) { return field_from(name.get<std::string>()); });
  in.at("attendees_added").get_to(telling.attendees_added);
  in.at("attendees_removed").get_to(telling.attendees_removed);
  telling.answers = list_from(in.at("answers"), answer_from);
  in.at("answer_wanted").get_to(telling.answer_wanted);
  telling.agenda = list_from(in.at("agenda"), line_from);
  telling.day = optional_from(in, "day", time_from);
  in.at("topic").get_to(telling.topic);
  in.at("detail").get_to(telling.detail);
  in.at("count").get_to(telling.count);
  return telling;
}

}  // namespace

std::string_view to_string(Kind kind) noexcept {
  switch (kind) {
    case Kind::added:
      return "added";
    case Kind::moved:
      return "moved";
    case Kind::changed:
      return "changed";
    case Kind::cancelled:
      return "cancelled";
    case Kind::answered:
      return "answered";
    case Kind::reminder:
      return "reminder";
    case Kind::starting:
      return "starting";
    case Kind::daily:
      return "daily";
    case Kind::weekly:
      return "weekly";
    case Kind::summary:
      return "summary";
    case Kind::admin:
      return "admin";
  }
  return "?";
}

std::optional<Kind> kind_from(std::string_view text) noexcept {
  for (const Kind kind : kKinds)
    if (to_string(kind) == text) return kind;
  return std::nullopt;
}

std::string_view answer_name(model::Participation participation) noexcept {
  switch (participation) {
    case model::Participation::needs_action:
      return "needs_action";
    case model::Participation::accepted:
      return "accepted";
    case model::Participation::declined:
      return "declined";
    case model::Participation::tentative:
      return "tentative";
    case model::Participation::delegated:
      return "delegated";
  }
  return "needs_action";
}

std::string to_json(const Telling& telling) {
  Json out = {{"version", kVersion},
              {"kind", to_string(telling.kind)},
              {"mailbox", telling.mailbox.value},
              {"uid", telling.uid.value},
              {"occurrence", telling.occurrence},
              {"attendees_added", telling.attendees_added},
              {"attendees_removed", telling.attendees_removed},
              {"answer_wanted", telling.answer_wanted},
              {"topic", telling.topic},
              {"detail", telling.detail},
              {"count", telling.count}};
  if (telling.was) out["was"] = put(*telling.was);
  if (telling.now) out["now"] = put(*telling.now);
  out["changed"] = list(telling.changed, [](model::Field field) { return Json(model::to_string(field)); });
  out["answers"] = list(telling.answers, [](const Answer& answer) { return put(answer); });
  out["agenda"] = list(telling.agenda, [](const AgendaLine& line) { return put(line); });
  if (telling.day) out["day"] = put(*telling.day);
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<Telling> from_json(const std::string& text) {
  try {
    const Json in = Json::parse(text);
    if (in.at("version").get<int>() > kVersion)
      return make_error(Fault::unsupported, "A message in the outbox was written by a later version.", {},
                        "Run the newer program, or drop the message.");
    return telling_from(in);
  } catch (const std::exception&) {  // nlohmann's, and ours above; its text would repeat content
    return make_error(Fault::malformed, "A message in the outbox can't be read.");
  }
}

}  // namespace caravan::notify
