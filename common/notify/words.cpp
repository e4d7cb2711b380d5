// SPDX-License-Identifier: GPL-3.0-or-later
#include "notify/words.hpp"

#include <unicode/dtptngen.h>
#include <unicode/listformatter.h>
#include <unicode/msgfmt.h>
#include <unicode/smpdtfmt.h>
#include <unicode/timezone.h>

#include <map>
#include <memory>

#include "notify/catalogue.hpp"

namespace caravan::notify {
namespace {

using model::EventTime;
using model::LocalTime;

/// English as in Europe: days before months, 24 hours.
const icu::Locale& locale_of(Language language) {
  static const icu::Locale english("en", "GB"), russian("ru", "RU");
  return language == Language::russian ? russian : english;
}

std::string utf8(const icu::UnicodeString& text) {
  std::string out;
  return text.toUTF8String(out);
}

icu::UnicodeString unicode(std::string_view text) {
  return icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())));
}

/// Each language's patterns for the skeletons used, made once: the generator is slow.
icu::UnicodeString date_pattern(Language language, std::string_view skeleton) {
  static const auto all = [] {
    std::map<std::pair<Language, std::string_view>, icu::UnicodeString> out;
    for (const Language each : {Language::english, Language::russian}) {
      UErrorCode error = U_ZERO_ERROR;
      const std::unique_ptr<icu::DateTimePatternGenerator> generator(
          icu::DateTimePatternGenerator::createInstance(locale_of(each), error));
      for (const std::string_view name :
           {"EEEEdMMMM", "EEEEdMMMMy", "EEEdMMM", "EEEdMMMy", "dMMMM", "dMMMMy", "Hm", "LLLL"})
        out[{each, name}] = U_SUCCESS(error) ? generator->getBestPattern(unicode(name), error) : unicode("yyyy-MM-dd");
    }
    return out;
  }();
  return all.at({language, skeleton});
}

}  // namespace

Words::Words(const Preferences& reader, const model::ZoneBook& zones, Instant now)
    : reader_(reader), zones_(zones), today_(model::in_zone(zones, reader.zone, now).wall) {}

std::string Words::say(std::string_view key, std::initializer_list<Argument> arguments) const {
  UErrorCode error = U_ZERO_ERROR;
  const icu::MessageFormat format(unicode(pattern(key, reader_.language)), locale_of(reader_.language), error);
  std::vector<icu::UnicodeString> names;
  std::vector<icu::Formattable> values;
  for (const auto& [name, value] : arguments) {
    names.push_back(unicode(name));
    if (const auto* text = std::get_if<std::string>(&value))
      values.emplace_back(unicode(*text));
    else
      values.emplace_back(static_cast<std::int64_t>(std::get<std::int64_t>(value)));
  }
  icu::UnicodeString out;
  format.format(names.data(), values.data(), static_cast<std::int32_t>(names.size()), out, error);
  return utf8(out);
}

LocalTime Words::local(const EventTime& time) const {
  if (time.kind == model::TimeKind::date || time.kind == model::TimeKind::floating) return time.wall;
  return model::in_zone(zones_, reader_.zone, time.instant()).wall;
}

std::string Words::formatted(const LocalTime& wall, std::string_view skeleton) const {
  UErrorCode error = U_ZERO_ERROR;
  icu::SimpleDateFormat format(date_pattern(reader_.language, skeleton), locale_of(reader_.language), error);
  // The zone book has made a wall clock of it already.
  format.setTimeZone(*icu::TimeZone::getGMT());
  icu::UnicodeString out;
  format.format(static_cast<UDate>(model::to_seconds(wall)) * 1000.0, out);
  return utf8(out);
}

std::string Words::date(const EventTime& time, Style style) const {
  const LocalTime wall = local(time);
  const bool this_year = wall.year == today_.year;
  if (style == Style::brief) return formatted(wall, this_year ? "EEEdMMM" : "EEEdMMMy");
  return formatted(wall, this_year ? "EEEEdMMMM" : "EEEEdMMMMy");
}

std::string Words::time(const EventTime& time) const { return formatted(local(time), "Hm"); }

namespace {

bool same_day(const LocalTime& a, const LocalTime& b) noexcept {
  return a.year == b.year && a.month == b.month && a.day == b.day;
}

/// The last day of an all-day event, whose end is exclusive.
EventTime last_day(const EventTime& start, EventTime end) {
  end.wall = model::from_seconds(std::max(model::to_seconds(end.wall) - 86400, model::to_seconds(start.wall)));
  return end;
}

}  // namespace

std::string Words::times(const EventTime& start, const EventTime& end) const {
  if (start.kind == model::TimeKind::date) return say("all_day");
  if (start.instant() == end.instant()) return time(start);
  if (same_day(local(start), local(end)) || end.instant() - start.instant() < std::chrono::hours(24))
    return time(start) + "–" + time(end);
  return time(start) + " – " + date(end, Style::brief) + ", " + time(end);
}

std::string Words::range(const EventTime& start, const EventTime& end, Style style) const {
  if (start.kind == model::TimeKind::date) {
    const EventTime last = last_day(start, end);
    const std::string days =
        last.wall == start.wall ? date(start, style) : date(start, style) + " – " + date(last, style);
    return say("date_all_day", {{"date", days}});
  }
  const std::string first = say("date_time", {{"date", date(start, style)}, {"time", time(start)}});
  if (start.instant() == end.instant()) return first;
  if (same_day(local(start), local(end))) return first + "–" + time(end);
  return first + " – " + say("date_time", {{"date", date(end, style)}, {"time", time(end)}});
}

std::string Words::when(const Shown& event, Style style) const {
  if (!event.rule) return range(event.start, event.end, style);
  const auto& rule = *event.rule;
  const std::string series = say("series", {{"rule", this->rule(rule, event.start)},
                                            {"time", times(event.start, event.end)},
                                            {"date", formatted_date(event.start)}});
  if (rule.has_until) {
    return say("series_ended", {{"series", series}, {"end", say("until", {{"date", formatted_date(rule.until)}})}});
  }
  if (rule.count > 0)
    return say("series_ended", {{"series", series}, {"end", say("count", {{"n", std::int64_t{rule.count}}})}});
  return series;
}

/// Without the weekday: it need not be the rule's.
std::string Words::formatted_date(const EventTime& time) const {
  const LocalTime wall = local(time);
  return formatted(wall, wall.year == today_.year ? "dMMMM" : "dMMMMy");
}

std::string Words::list(const std::vector<std::string>& parts) const {
  UErrorCode error = U_ZERO_ERROR;
  const std::unique_ptr<icu::ListFormatter> formatter(
      icu::ListFormatter::createInstance(locale_of(reader_.language), error));
  std::vector<icu::UnicodeString> items;
  for (const auto& part : parts) items.push_back(unicode(part));
  icu::UnicodeString out;
  if (U_SUCCESS(error)) formatter->format(items.data(), static_cast<std::int32_t>(items.size()), out, error);
  return utf8(out);
}

// ---- recurrence

namespace {

bool is_workweek(const model::Rule& rule) {
  if (rule.by_day.size() != 5) return false;
  for (std::size_t i = 0; i < 5; ++i)
    if (rule.by_day[i].ordinal != 0 || static_cast<std::size_t>(rule.by_day[i].day) != i) return false;
  return true;
}

const char* every_key(model::Frequency frequency) {
  switch (frequency) {
    case model::Frequency::secondly:
      return "rule.secondly";
    case model::Frequency::minutely:
      return "rule.minutely";
    case model::Frequency::hourly:
      return "rule.hourly";
    case model::Frequency::daily:
      return "rule.daily";
    case model::Frequency::weekly:
      return "rule.weekly";
    case model::Frequency::monthly:
      return "rule.monthly";
    case model::Frequency::yearly:
      return "rule.yearly";
  }
  return "";
}

/// What no words are made for.
bool is_special(const model::Rule& rule) {
  const bool fine = rule.by_hour.empty() && rule.by_minute.empty() && rule.by_second.empty() && rule.by_week.empty() &&
                    rule.by_year_day.empty() && rule.by_month.size() <= 1;
  return !fine || rule.by_set_position.size() > 1 || (!rule.by_day.empty() && !rule.by_month_day.empty());
}

}  // namespace

std::string Words::nth(std::int32_t ordinal, model::Weekday day) const {
  const bool feminine =
      day == model::Weekday::wednesday || day == model::Weekday::friday || day == model::Weekday::saturday;
  const std::string gender = feminine ? "f" : day == model::Weekday::sunday ? "n" : "m";
  return say("day.nth", {{"o", std::to_string(ordinal)}, {"d", std::to_string(static_cast<int>(day))}, {"g", gender}});
}

/// The days of a weekly, monthly or yearly rule; empty where there are no words for them.
std::string Words::days(const model::Rule& rule, const EventTime& start) const {
  std::vector<std::string> out;
  const bool weekly = rule.frequency == model::Frequency::weekly || rule.frequency == model::Frequency::daily;
  const auto position = rule.by_set_position.empty() ? 0 : rule.by_set_position.front();
  if (is_workweek(rule) && position == -1) return say("rule.last_workday");
  if (position != 0 && rule.by_day.size() != 1) return {};
  for (const auto& [ordinal, day] : rule.by_day) {
    const auto which = ordinal != 0 ? ordinal : position;
    if (which < -1 || which > 5) return {};
    out.push_back(which == 0
                      ? say(out.empty() ? "day.every" : "day.also", {{"d", std::to_string(static_cast<int>(day))}})
                      : nth(which, day));
  }
  auto month_days = rule.by_month_day;
  if (!weekly && out.empty() && month_days.empty()) month_days = {start.wall.day};
  for (const auto day : month_days) {
    if (day < -1) return {};
    out.push_back(day == -1 ? say("rule.last_month_day") : say("rule.month_day", {{"n", std::int64_t{day}}}));
  }
  return list(out);
}

std::string Words::rule(const model::Rule& rule, const EventTime& start) const {
  const std::string every = say(every_key(rule.frequency), {{"n", std::int64_t{rule.interval}}});
  const bool weekly = rule.frequency == model::Frequency::weekly;
  if (is_special(rule)) return say("rule.special", {{"every", every}});
  if (is_workweek(rule) && rule.interval == 1 && rule.by_set_position.empty() &&
      (weekly || rule.frequency == model::Frequency::daily))
    return say("rule.workdays");
  if (rule.frequency == model::Frequency::yearly) {
    LocalTime day = start.wall;
    if (!rule.by_month.empty()) day.month = static_cast<std::uint8_t>(rule.by_month.front());
    if (rule.by_day.empty() && rule.by_month_day.size() <= 1) {
      if (!rule.by_month_day.empty() && rule.by_month_day.front() > 0)
        day.day = static_cast<std::uint8_t>(rule.by_month_day.front());
      if (!model::is_valid(day)) return say("rule.special", {{"every", every}});
      return say("rule.on", {{"every", every}, {"days", formatted(day, "dMMMM")}});
    }
    const std::string days = this->days(rule, start);
    if (days.empty() || rule.by_month.empty()) return say("rule.special", {{"every", every}});
    day.day = 1;
    return say("rule.on",
               {{"every", every}, {"days", say("rule.in_month", {{"days", days}, {"month", formatted(day, "LLLL")}})}});
  }
  if (!rule.by_month.empty()) return say("rule.special", {{"every", every}});
  model::Rule full = rule;
  if (weekly && full.by_day.empty()) full.by_day = {{0, model::weekday_of(start.wall)}};
  const bool plain = rule.by_day.empty() && rule.by_month_day.empty() && rule.by_set_position.empty();
  if (!weekly && plain && rule.frequency != model::Frequency::monthly) return every;
  const std::string days = this->days(full, start);
  return days.empty() ? say("rule.special", {{"every", every}}) : say("rule.on", {{"every", every}, {"days", days}});
}

}  // namespace caravan::notify
