// SPDX-License-Identifier: GPL-3.0-or-later
#include "notify/commands.hpp"

#include <algorithm>

#include "notify/catalogue.hpp"
#include "notify/command_words.hpp"
#include "notify/document.hpp"
#include "notify/render.hpp"
#include "notify/text.hpp"
#include "notify/words.hpp"
#include "util/text.hpp"

namespace caravan::notify {
namespace {

using model::LocalTime;

constexpr std::int64_t kDay = 86400;
constexpr std::int64_t kMostDays = 62;
constexpr std::size_t kMostLines = 300;
constexpr std::size_t kProblem = 80;

LocalTime day_after(const LocalTime& day, std::int64_t days) {
  return model::from_seconds(model::to_seconds({day.year, day.month, day.day, 0, 0, 0}) + days * kDay);
}

class Parser {
 public:
  Parser(const Preferences& reader, const model::ZoneBook& zones, Instant now)
      : reader_(reader), zones_(zones), today_(day_after(model::in_zone(zones, reader.zone, now).wall, 0)) {}

  Command run(std::string_view text) const {
    const auto words = words_of(text);
    if (words.empty()) return of(Command::What::help);
    const auto verb = verb_from(words.front());
    if (!verb) {
      // A day by itself is asked for.
      const auto day = words.size() == 1 ? day_from(words.front(), today_) : std::nullopt;
      return day ? days(*day, 1) : unknown(words.front());
    }
    switch (*verb) {
      case Verb::today:
        return days(today_, 1);
      case Verb::tomorrow:
        return days(day_after(today_, 1), 1);
      case Verb::week:
        return days(today_, 7);
      case Verb::month:
        return days(today_, days_of_month());
      case Verb::date:
        return on_day(words, Command::What::agenda);
      case Verb::free:
        return on_day(words, Command::What::free);
      case Verb::range:
        return range(words);
      case Verb::settings:
        return settings(text, words);
      case Verb::status:
        return of(Command::What::status);
      case Verb::help:
        return of(Command::What::help);
    }
    return of(Command::What::help);
  }

 private:
  static Command of(Command::What what) {
    Command out;
    out.what = what;
    return out;
  }
  static Command unknown(const std::string& word) {
    Command out = of(Command::What::unknown);
    out.problem = word;
    return out;
  }

  /// From today to the same day of the next month.
  std::int64_t days_of_month() const {
    LocalTime next = today_;
    next.month = static_cast<std::uint8_t>(today_.month % 12 + 1);
    next.year += today_.month == 12 ? 1 : 0;
    while (!model::is_valid(next)) --next.day;
    return (model::to_seconds(next) - model::to_seconds(today_)) / kDay;
  }

  Command days(const LocalTime& first, std::int64_t count) const {
    Command out = of(Command::What::agenda);
    out.cut = count > kMostDays;
    out.day.kind = model::TimeKind::date;
    out.day.wall = first;
    const auto at = [&](const LocalTime& wall) { return model::at_wall(zones_, reader_.zone, wall).instant(); };
    out.from = at(first);
    out.until = at(day_after(first, std::min(count, kMostDays)));
    return out;
  }

  /// "date D", "free D"; today where no day is named.
  Command on_day(const std::vector<std::string>& words, Command::What what) const {
    const auto day = words.size() < 2 ? std::optional(today_) : day_from(words[1], today_);
    if (!day) return unknown(words[1]);
    Command out = days(*day, 1);
    out.what = what;
    // Working hours may go over midnight.
    if (what == Command::What::free) out.until = *out.until + std::chrono::hours(24);
    return out;
  }

  Command range(const std::vector<std::string>& words) const {
    if (words.size() < 3) return unknown(text::join(words, " "));
    auto first = day_from(words[1], today_), last = day_from(words[2], today_);
    if (!first || !last) return unknown(first ? words[2] : words[1]);
    if (model::to_seconds(*last) < model::to_seconds(*first)) std::swap(first, last);
    return days(*first, (model::to_seconds(*last) - model::to_seconds(*first)) / kDay + 1);
  }

  static Command settings(std::string_view text, const std::vector<std::string>& words) {
    Command out = of(Command::What::settings);
    if (words.size() > 1) out.setting = words[1];
    if (words.size() < 3) return out;
    out.sets = true;
    // As it was written: zones have capitals.
    std::string_view rest = text::trim(text);
    for (int i = 0; i < 2; ++i) rest = text::trim(rest.substr(std::min(rest.size(), rest.find_first_of(" \t\n"))));
    if (rest.front() == '@') rest = text::trim(rest.substr(std::min(rest.size(), rest.find(' '))));
    out.value = rest == "\"\"" || rest == "''" ? std::string() : std::string(rest);
    return out;
  }

  const Preferences& reader_;
  const model::ZoneBook& zones_;
  LocalTime today_;
};

class Answerer {
 public:
  Answerer(const Command& command, const CommandFacts& facts, const Preferences& reader, const model::ZoneBook& zones,
           Instant now)
      : command_(command), facts_(facts), reader_(reader), zones_(zones), words_(reader, zones, now) {}

  std::string run() const {
    switch (command_.what) {
      case Command::What::agenda:
        return agenda();
      case Command::What::free:
        return free();
      case Command::What::settings:
        return settings();
      case Command::What::status:
        return status();
      case Command::What::help:
        return words_.say("help") + "\n";
      case Command::What::unknown:
        return escape_markdown(
                   words_.say("not_understood", {{"text", isolated(one_line(command_.problem, kProblem))}})) +
               "\n\n" + words_.say("help") + "\n";
    }
    return {};
  }

 private:
  std::string heading(std::string_view key, const char* name, std::string text) const {
    return "**" + escape_markdown(words_.say(key, {{name, std::move(text)}})) + "**\n";
  }

  std::string zone() const { return "\n" + escape_markdown(words_.say("zone", {{"zone", reader_.zone}})) + "\n"; }

  std::string agenda() const {
    const auto last = model::in_zone(zones_, reader_.zone, *command_.until - std::chrono::seconds(1)).wall;
    model::EventTime last_day = command_.day;
    last_day.wall = day_after(last, 0);
    const bool one = last_day.wall == command_.day.wall;
    std::string days = words_.date(command_.day);
    if (!one) days += " – " + words_.date(last_day);
    std::string out = heading("agenda.of", "days", days);
    std::vector<AgendaLine> lines;
    for (const auto& entry : facts_.entries)
      if (lines.size() < kMostLines) lines.push_back(entry.line);
    if (lines.empty()) return out + "\n" + escape_markdown(words_.say("nothing_planned")) + "\n";
    out += "\n" + as_markdown(agenda_table(lines, words_, !one));
    if (command_.cut || lines.size() < facts_.entries.size())
      out += "\n" + escape_markdown(words_.say("agenda.cut")) + "\n";
    return out + zone();
  }

  std::string free() const {
    std::string out = heading("free.of", "day", words_.date(command_.day)) + "\n";
    if (!reader_.working_days.contains(model::weekday_of(command_.day.wall)))
      return out + escape_markdown(words_.say("free.off")) + "\n";
    const auto slots = free_slots(command_.day, facts_.entries, reader_, zones_);
    if (slots.empty()) return out + escape_markdown(words_.say("free.none")) + "\n";
    for (const auto& slot : slots)
      out += "- " + escape_markdown(words_.times(model::utc_time(slot.from), model::utc_time(slot.until))) + "\n";
    return out + zone();
  }

  std::string settings() const {
    std::string out;
    if (command_.sets)
      out = facts_.problem.empty() ? words_.say("setting.set") : escape_markdown(one_line(facts_.problem, 500));
    Table table;
    table.head = {words_.say("setting"), words_.say("value"), words_.say("allowed")};
    for (const auto& name : preference_names())
      if (command_.setting.empty() || command_.setting == name.name)
        table.rows.push_back({{name.name, {}}, {shown_preference(reader_, name.name), {}}, {name.allowed, {}}});
    if (table.rows.empty()) return out.empty() ? words_.say("setting.unknown") + "\n" : out + "\n";
    if (!out.empty()) out += "\n\n";
    if (command_.setting.empty()) out += words_.say("settings") + "\n\n";
    return out + as_markdown(table);
  }

  std::string status() const {
    std::string out = words_.say(facts_.in_step ? "status.in_step" : "status.behind");
    if (!facts_.last_success) return out + " " + words_.say("status.never") + "\n";
    const auto at = model::utc_time(*facts_.last_success);
    const std::string when = words_.say("date_time", {{"date", words_.date(at)}, {"time", words_.time(at)}});
    return out + " " + words_.say("status.since", {{"when", when}}) + "\n";
  }

  const Command& command_;
  const CommandFacts& facts_;
  const Preferences& reader_;
  const model::ZoneBook& zones_;
  Words words_;
};

}  // namespace

Command parse_command(std::string_view text, const Preferences& reader, const model::ZoneBook& zones, Instant now) {
  return Parser(reader, zones, now).run(text);
}

std::string answer_command(const Command& command, const CommandFacts& facts, const Preferences& reader,
                           const model::ZoneBook& zones, Instant now) {
  return Answerer(command, facts, reader, zones, now).run();
}

std::string answer_noted(model::Participation answer, const Preferences& reader) {
  switch (answer) {
    case model::Participation::accepted:
      return std::string(pattern("noted.accepted", reader.language));
    case model::Participation::tentative:
      return std::string(pattern("noted.tentative", reader.language));
    case model::Participation::declined:
      return std::string(pattern("noted.declined", reader.language));
    case model::Participation::needs_action:
    case model::Participation::delegated:
      return std::string(pattern("setting.set", reader.language));
  }
  return {};
}

std::string not_known(Language language) { return std::string(pattern("not_known", language)); }

}  // namespace caravan::notify
