// SPDX-License-Identifier: GPL-3.0-or-later
#include "notify/command_words.hpp"

#include <unicode/unistr.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "util/text.hpp"

namespace caravan::notify {
namespace {

using model::LocalTime;

std::optional<int> number(std::string_view text, std::size_t most_digits) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || text.size() > most_digits || error != std::errc() || end != text.data() + text.size() ||
      value < 0)
    return std::nullopt;
  return value;
}

std::optional<LocalTime> date(std::optional<int> year, std::optional<int> month, std::optional<int> day) {
  if (!year || !month || !day || *year < 1970 || *year > 2099 || *month > 12 || *day > 31) return std::nullopt;
  const LocalTime out{*year, static_cast<std::uint8_t>(*month), static_cast<std::uint8_t>(*day), 0, 0, 0};
  return model::is_valid(out) ? std::optional(out) : std::nullopt;
}

/// The year in which people mean a date without one.
std::optional<LocalTime> nearest(std::optional<int> month, std::optional<int> day, const LocalTime& today) {
  const auto this_year = date(today.year, month, day);
  const bool over = !this_year || model::to_seconds(*this_year) < model::to_seconds(today) - 183 * 86400LL;
  return over ? date(today.year + 1, month, day) : this_year;
}

const std::map<std::string_view, int>& weekdays() {
  static const std::map<std::string_view, int> out = {
      {"monday", 0},  {"mon", 0},      {"понедельник", 0}, {"пн", 0},      {"tuesday", 1},  {"tue", 1},
      {"вторник", 1}, {"вт", 1},       {"wednesday", 2},   {"wed", 2},     {"среда", 2},    {"среду", 2},
      {"ср", 2},      {"thursday", 3}, {"thu", 3},         {"четверг", 3}, {"чт", 3},       {"friday", 4},
      {"fri", 4},     {"пятница", 4},  {"пятницу", 4},     {"пт", 4},      {"saturday", 5}, {"sat", 5},
      {"суббота", 5}, {"субботу", 5},  {"сб", 5},          {"sunday", 6},  {"sun", 6},      {"воскресенье", 6},
      {"вс", 6}};
  return out;
}

}  // namespace

std::vector<std::string> words_of(std::string_view text) {
  std::string lower;
  auto unicode = icu::UnicodeString::fromUTF8(text::sanitize(text.substr(0, 1000)));
  unicode.toLower().toUTF8String(lower);
  std::vector<std::string> out;
  for (const char* blank : {"\n", "\r", "\t", "\u00a0"}) lower = text::replace_all(std::move(lower), blank, " ");
  for (auto& word : text::split(lower, ' '))
    if (!word.empty() && !(out.empty() && word.front() == '@')) out.push_back(std::move(word));
  if (!out.empty() && out.front().front() == '/') out.front().erase(0, 1);
  return out;
}

std::optional<Verb> verb_from(std::string_view word) {
  static const std::map<std::string_view, Verb> verbs = {
      {"today", Verb::today},       {"сегодня", Verb::today},      {"tomorrow", Verb::tomorrow},
      {"завтра", Verb::tomorrow},   {"date", Verb::date},          {"дата", Verb::date},
      {"день", Verb::date},         {"week", Verb::week},          {"неделя", Verb::week},
      {"month", Verb::month},       {"месяц", Verb::month},        {"range", Verb::range},
      {"период", Verb::range},      {"free", Verb::free},          {"свободно", Verb::free},
      {"settings", Verb::settings}, {"настройки", Verb::settings}, {"status", Verb::status},
      {"статус", Verb::status},     {"состояние", Verb::status},   {"help", Verb::help},
      {"помощь", Verb::help},       {"справка", Verb::help}};
  const auto found = verbs.find(word);
  return found == verbs.end() ? std::nullopt : std::optional(found->second);
}

std::optional<LocalTime> day_from(std::string_view word, const LocalTime& now) {
  const LocalTime today{now.year, now.month, now.day, 0, 0, 0};
  const auto ahead = [&](int days) { return model::from_seconds(model::to_seconds(today) + days * 86400LL); };
  if (const auto verb = verb_from(word)) {
    if (*verb == Verb::today) return today;
    if (*verb == Verb::tomorrow) return ahead(1);
  }
  if (const auto found = weekdays().find(word); found != weekdays().end())
    return ahead((found->second - static_cast<int>(model::weekday_of(today)) + 7) % 7);
  if (const auto parts = text::split(word, '-'); parts.size() == 3)
    return date(number(parts[0], 4), number(parts[1], 2), number(parts[2], 2));
  auto parts = text::split(word, '.');
  if (parts.size() == 3 && parts[2].empty()) parts.pop_back();  // "21.11."
  if (parts.size() == 3) return date(number(parts[2], 4), number(parts[1], 2), number(parts[0], 2));
  if (parts.size() == 2) return nearest(number(parts[1], 2), number(parts[0], 2), today);
  return std::nullopt;
}

}  // namespace caravan::notify
