// SPDX-License-Identifier: GPL-3.0-or-later
#include "notify/preferences.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <nlohmann/json.hpp>

#include "util/text.hpp"

namespace caravan::notify {
namespace {

using std::chrono::minutes;
constexpr minutes kDay{24 * 60};
constexpr std::array kDays = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};
constexpr std::array kChannels = {ChannelKind::mail, ChannelKind::chat, ChannelKind::webhook};
/// `admin` is nobody's choice: it goes to those whom the configuration names.
constexpr std::array kKinds = {Kind::added,    Kind::moved,    Kind::changed, Kind::cancelled, Kind::answered,
                               Kind::reminder, Kind::starting, Kind::daily,   Kind::weekly,    Kind::summary};

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string two(std::int64_t value) { return (value < 10 ? "0" : "") + std::to_string(value); }

std::string clock_text(minutes time) { return two(time.count() / 60) + ":" + two(time.count() % 60); }

/// "7:30", "07:30", "7".
std::optional<minutes> clock_from(std::string_view text) {
  const auto colon = text.find(':');
  const auto hour = number(text.substr(0, colon));
  const auto minute = colon == std::string_view::npos ? std::optional(0) : number(text.substr(colon + 1));
  if (!hour || !minute || *hour < 0 || *hour > 23 || *minute < 0 || *minute > 59) return std::nullopt;
  if (colon != std::string_view::npos && text.size() - colon != 3) return std::nullopt;
  return minutes(*hour * 60 + *minute);
}

std::string span_text(const DaySpan& span) {
  return span.empty() ? "off" : clock_text(span.from) + "-" + clock_text(span.until);
}

bool set_span(DaySpan& span, std::string_view text) {
  if (text == "off") return span = DaySpan{}, true;
  const auto dash = text.find('-');
  if (dash == std::string_view::npos) return false;
  const auto from = clock_from(text::trim(text.substr(0, dash)));
  const auto until = clock_from(text::trim(text.substr(dash + 1)));
  if (!from || !until || *from == *until) return false;
  span = {*from, *until};
  return true;
}

std::optional<model::Weekday> day_from(std::string_view text) {
  for (std::size_t i = 0; i < kDays.size(); ++i)
    if (text == kDays[i] || text == std::string_view(kDays[i]).substr(0, 3)) return static_cast<model::Weekday>(i);
  return std::nullopt;
}
const char* day_text(model::Weekday day) { return kDays.at(static_cast<std::size_t>(day)); }

/// A list of words by commas, "all" or "none".
template <class T, class From>
bool set_list(std::set<T>& out, std::string_view text, const std::set<T>& all, From from) {
  if (text == "all") return out = all, true;
  std::set<T> found;
  if (text != "none")
    for (const auto& word : text::split(text, ',')) {
      const std::optional<T> value = from(text::trim(word));
      if (!value || !all.contains(*value)) return false;
      found.insert(*value);
    }
  out = std::move(found);
  return true;
}

template <class T, class Text>
std::string list_text(const std::set<T>& values, Text name) {
  std::vector<std::string> names;
  for (const T value : values) names.emplace_back(name(value));
  return names.empty() ? "none" : text::join(names, ",");
}

/// How one preference is read and shown. `set` gets lower-case text but for the zone, and leaves all where it can't.
struct Entry {
  PreferenceName name;
  std::function<bool(Preferences&, std::string_view)> set;
  std::function<std::string(const Preferences&)> show;
};

bool set_lead(Preferences& out, std::string_view text) {
  const auto value = number(text);
  if (!value || *value < 0 || *value > 1440) return false;
  out.lead = minutes(*value);
  return true;
}

bool set_daily(Preferences& out, std::string_view text) {
  const auto time = clock_from(text);
  if (!time && text != "off") return false;
  out.daily = time;
  return true;
}

bool set_weekly(Preferences& out, std::string_view text) {
  if (text == "off") return out.weekly.reset(), true;
  const auto blank = text.find(' ');
  if (blank == std::string_view::npos) return false;
  const auto day = day_from(text.substr(0, blank));
  const auto time = clock_from(text::trim(text.substr(blank)));
  if (!day || !time) return false;
  out.weekly_day = *day;
  out.weekly = time;
  return true;
}

bool set_language(Preferences& out, std::string_view text) {
  if (text != "en" && text != "ru") return false;
  out.language = text == "ru" ? Language::russian : Language::english;
  return true;
}

bool set_switch(bool& out, std::string_view text) {
  if (text != "on" && text != "off") return false;
  out = text == "on";
  return true;
}

std::optional<ChannelKind> channel_from(std::string_view text) {
  for (const auto kind : kChannels)
    if (to_string(kind) == text) return kind;
  return std::nullopt;
}

const std::vector<Entry>& entries() {
  static const std::set<Kind> kinds(kKinds.begin(), kKinds.end());
  static const std::set<ChannelKind> channels(kChannels.begin(), kChannels.end());
  static const std::set<model::Weekday> days = [] {
    std::set<model::Weekday> out;
    for (int i = 0; i < 7; ++i) out.insert(static_cast<model::Weekday>(i));
    return out;
  }();
  using P = Preferences;
  using T = std::string_view;
  static const std::vector<Entry> table = {
      {{"channels", "mail, chat, webhook by commas, or all, none"},
       [](P& p, T t) { return set_list(p.channels, t, channels, channel_from); },
       [](const P& p) { return list_text(p.channels, [](ChannelKind kind) { return to_string(kind); }); }},
      {{"kinds",
        "added, moved, changed, cancelled, answered, reminder, starting, daily, weekly, summary by commas, or all, "
        "none"},
       [](P& p, T t) { return set_list(p.kinds, t, kinds, kind_from); },
       [](const P& p) { return list_text(p.kinds, [](Kind kind) { return to_string(kind); }); }},
      {{"lead", "0 to 1440 minutes before the start"},
       set_lead,
       [](const P& p) { return std::to_string(p.lead.count()); }},
      {{"daily", "a time of day (07:30), or off"},
       set_daily,
       [](const P& p) { return p.daily ? clock_text(*p.daily) : "off"; }},
      {{"weekly", "a weekday and a time (monday 07:30), or off"},
       set_weekly,
       [](const P& p) { return p.weekly ? day_text(p.weekly_day) + (" " + clock_text(*p.weekly)) : "off"; }},
      {{"zone", "a time zone (Europe/Berlin)"},
       [](P& p, T t) { return p.zone = t, !t.empty(); },
       [](const P& p) { return p.zone; }},
      {{"language", "en, ru"}, set_language, [](const P& p) { return std::string(to_string(p.language)); }},
      {{"quiet", "a span of the day (22:00-07:00), or off"},
       [](P& p, T t) { return set_span(p.quiet, t); },
       [](const P& p) { return span_text(p.quiet); }},
      {{"working", "a span of the day (09:00-18:00), or off"},
       [](P& p, T t) { return set_span(p.working, t); },
       [](const P& p) { return span_text(p.working); }},
      {{"working_days", "weekdays by commas (mon,tue,wed), or all, none"},
       [](P& p, T t) { return set_list(p.working_days, t, days, day_from); },
       [](const P& p) { return list_text(p.working_days, [](auto day) { return T(day_text(day)).substr(0, 3); }); }},
      {{"chat_status", "on, off"},
       [](P& p, T t) { return set_switch(p.chat_status, t); },
       [](const P& p) { return p.chat_status ? "on" : "off"; }},
  };
  return table;
}

const Entry* entry(std::string_view name) {
  for (const auto& each : entries())
    if (each.name.name == name) return &each;
  return nullptr;
}

bool set(const Entry& entry, Preferences& preferences, std::string_view value) {
  const std::string_view bare = text::trim(value);
  return entry.set(preferences, entry.name.name == "zone" ? std::string(bare) : text::lower(bare));
}

Error unreadable() {
  return make_error(Fault::malformed, "The stored preferences can't be read.", {},
                    "Set them anew with `exodus-cli prefs set`.");
}

Result<nlohmann::json> parsed(const std::string& text) {
  auto json = nlohmann::json::parse(text.empty() ? "{}" : text, nullptr, false);
  if (!json.is_object()) return unreadable();
  return json;
}

}  // namespace

std::string_view to_string(ChannelKind kind) noexcept {
  switch (kind) {
    case ChannelKind::mail:
      return "mail";
    case ChannelKind::chat:
      return "chat";
    case ChannelKind::webhook:
      return "webhook";
  }
  return "?";
}

std::string_view to_string(Language language) noexcept {
  switch (language) {
    case Language::english:
      return "en";
    case Language::russian:
      return "ru";
  }
  return "?";
}

const std::vector<PreferenceName>& preference_names() {
  static const std::vector<PreferenceName> names = [] {
    std::vector<PreferenceName> out;
    for (const auto& each : entries()) out.push_back(each.name);
    return out;
  }();
  return names;
}

Result<Preferences> read_preferences(const Preferences& defaults, const std::string& text) {
  CARAVAN_TRY(json, parsed(text));
  Preferences out = defaults;
  for (const auto& [name, value] : json.items()) {
    const Entry* known = entry(name);
    if (known == nullptr) continue;  // of a later version
    if (!value.is_string() || !set(*known, out, value.get<std::string>())) return unreadable();
  }
  return out;
}

Result<std::string> set_preference(const std::string& text, std::string_view name, std::string_view value,
                                   const model::ZoneBook& zones) {
  CARAVAN_TRY(json, parsed(text));
  const Entry* known = entry(name);
  if (known == nullptr) {
    std::vector<std::string> names;
    for (const auto& each : entries()) names.push_back(each.name.name);
    return make_error(Fault::malformed, "There is no such preference.", {}, "One of: " + text::join(names, ", ") + ".");
  }
  if (text::trim(value).empty()) {
    json.erase(std::string(name));
    return json.empty() ? std::string() : json.dump();
  }
  Preferences taken;
  const bool good = text::is_valid_utf8(value) && set(*known, taken, value);
  if (!good || (name == "zone" && !zones.knows(taken.zone)))
    return make_error(Fault::malformed, "The value of " + known->name.name + " can't be taken.", {},
                      "Allowed: " + known->name.allowed + "; empty: the default.");
  json[known->name.name] = known->show(taken);
  return json.dump();
}

std::string shown_preference(const Preferences& preferences, std::string_view name) {
  const Entry* known = entry(name);
  return known == nullptr ? std::string() : known->show(preferences);
}

namespace {

/// The moment at which the wall clock first shows `wall` or, where it is put forward over it, later than that.
Instant reached(const std::string& zone, const model::LocalTime& wall, const model::ZoneBook& zones) {
  const auto time = model::at_wall(zones, zone, wall);
  const Instant at = time.instant();
  if (model::in_zone(zones, zone, at).wall == wall) return at;
  // In a gap: `at` lies after the change (RFC 5545 3.3.5), and by its own offset the reading lies before it.
  const auto after = zones.offset_at(zone, at);
  Instant low{std::chrono::seconds(model::to_seconds(wall) - after)}, high = at;
  while (high - low > std::chrono::seconds(1)) {
    const Instant middle = low + (high - low) / 2;
    (zones.offset_at(zone, middle) == after ? high : low) = middle;
  }
  return high;
}

}  // namespace

Instant next_at(const Preferences& preferences, minutes minute_of_day, std::optional<model::Weekday> day, Instant after,
                const model::ZoneBook& zones) {
  const auto today = model::in_zone(zones, preferences.zone, after).wall;
  const std::int64_t midnight = model::to_seconds({today.year, today.month, today.day, 0, 0, 0});
  // A week and a day back and forth: a zone may have skipped a day.
  Instant found{};
  for (int i = -1; i <= 15; ++i) {
    const auto wall = model::from_seconds(midnight + (i * kDay + minute_of_day).count() * 60);
    if (day && model::weekday_of(wall) != *day) continue;
    found = reached(preferences.zone, wall, zones);
    if (found > after) break;
  }
  return found;
}

Instant after_quiet(const Preferences& preferences, Instant at, const model::ZoneBook& zones) {
  if (preferences.quiet.empty()) return at;
  const Instant end = next_at(preferences, preferences.quiet.until, std::nullopt, at, zones);
  const Instant begin = next_at(preferences, preferences.quiet.from, std::nullopt, at, zones);
  return end < begin ? end : at;
}

}  // namespace caravan::notify
