// SPDX-License-Identifier: GPL-3.0-or-later
#include "property/notify/oracle.hpp"

#include <algorithm>

namespace caravan::notify::test {
namespace {

using model::Participation;

/// All that a person sees of one occurrence, or of the series.
struct Seen {
  Slot slot;
  int title = 0, place = 0;
  bool guest[kGuests] = {};
  Participation answers[kGuests] = {};
};

Seen series_of(const Table& table) {
  Seen out{table.first, table.title, table.place, {}, {}};
  for (int i = 0; i < kGuests; ++i) out.guest[i] = table.guest[i], out.answers[i] = table.answers[i];
  return out;
}

/// The occurrence where its own words stand in `own` and all else is as `series` says.
Seen occurrence_of(const Table& series, int week, const Own& own) {
  Seen out = series_of(series);
  out.slot = own.slot.value_or(series.given(week));
  out.title = own.title.value_or(series.title);
  out.place = own.place.value_or(series.place);
  for (int i = 0; i < kGuests; ++i) out.answers[i] = own.answers[i].value_or(series.answers[i]);
  return out;
}

Own own_of(const Table& table, int week) {
  const auto found = table.own.find(week);
  return found == table.own.end() ? Own{} : found->second;
}

Instant start_of(const Seen& seen) { return History::at(seen.slot.start).instant(); }
Instant end_of(const Seen& seen) { return History::at(seen.slot.start + seen.slot.length).instant(); }

std::string text(const Seen& seen) {
  return to_string(History::at(seen.slot.start)) + "/" + std::to_string(seen.slot.length) + "/" +
         (seen.title == 0 ? "" : "title " + std::to_string(seen.title)) + "/" +
         (seen.place == 0 ? "" : "room " + std::to_string(seen.place));
}

const char* name(int guest) { return guest == 0 ? "carol@example.org" : "dave@example.org"; }

struct Line {
  Instant at;
  std::string text;
};

class Oracle {
 public:
  Oracle(const History& history, Instant now) : history_(history), now_(now) {}

  std::vector<std::string> run() {
    const Table &told = history_.told, &now = history_.now;
    if (!told.is_live() && !now.is_live()) return {};
    if (!told.is_live()) return {"added  now " + text(series_of(now))};
    if (!now.is_live()) return {"cancelled  was " + text(series_of(told))};
    const bool moved = told.first != now.first || told.count != now.count || told.every != now.every;
    compare("", series_of(told), series_of(now), moved);
    std::vector<std::string> out;
    for (auto& line : lines_) out.push_back(std::move(line.text));
    lines_.clear();
    for (int week = 0; week < now.count * now.every; ++week)
      if (now.gives(week)) occurrence(week);
    std::stable_sort(lines_.begin(), lines_.end(), [](const Line& a, const Line& b) { return a.at < b.at; });
    for (auto& line : lines_) out.push_back(std::move(line.text));
    return out;
  }

 private:
  /// The person has read the news of the series: an occurrence of which he knew nothing is as the series says.
  void occurrence(int week) {
    const Table &told = history_.told, &now = history_.now;
    const bool believed = !told.is_called_off(week);
    const Seen before = occurrence_of(now, week, believed ? own_of(told, week) : Own{});
    const Seen after = occurrence_of(now, week, own_of(now, week));
    const std::string id = to_string(History::at(now.given(week).start));
    if (believed && now.takes_place(week)) {
      if (std::max(end_of(before), end_of(after)) > now_) compare(id, before, after, before.slot != after.slot);
    } else if (believed && end_of(before) > now_) {
      lines_.push_back({start_of(before), "cancelled " + id + " was " + text(before)});
    } else if (now.takes_place(week) && !believed && end_of(after) > now_) {
      lines_.push_back({start_of(after), "added " + id + " now " + text(after)});
    }
  }

  void compare(const std::string& id, const Seen& before, const Seen& after, bool moved) {
    std::string fields, added, removed, answers;
    if (moved) fields += " schedule";
    if (before.title != after.title) fields += " summary";
    if (before.place != after.place) fields += " location";
    for (int i = 0; i < kGuests; ++i) {
      if (after.guest[i] && !before.guest[i]) added += std::string(" +") + name(i);
      if (before.guest[i] && !after.guest[i]) removed += std::string(" -") + name(i);
      const auto was = before.guest[i] ? before.answers[i] : Participation::needs_action;
      if (history_.mine() && after.guest[i] && after.answers[i] != was &&
          after.answers[i] != Participation::needs_action)
        answers += std::string(" ") + name(i) + ":" + std::string(model::to_string(after.answers[i]));
    }
    if (!(added + removed).empty()) fields += " attendee";
    if (!fields.empty())
      lines_.push_back({start_of(after), (moved ? "moved " : "changed ") + id + fields + added + removed + " was " +
                                             text(before) + " now " + text(after)});
    if (!answers.empty()) lines_.push_back({start_of(after), "answered " + id + answers + " now " + text(after)});
  }

  const History& history_;
  Instant now_;
  std::vector<Line> lines_;
};

std::string text(const Shown& shown) {
  const auto minutes = (shown.end.instant() - shown.start.instant()).count() / 60;
  return to_string(shown.start) + "/" + std::to_string(minutes) + "/" + shown.summary + "/" + shown.location;
}

}  // namespace

std::vector<std::string> expected(const History& history, Instant now) { return Oracle(history, now).run(); }

std::vector<std::string> words_of(const std::vector<Telling>& tellings) {
  std::vector<std::string> out;
  for (const auto& telling : tellings) {
    std::string line = std::string(to_string(telling.kind)) + " " + telling.occurrence;
    for (const auto field : telling.changed) line += " " + std::string(model::to_string(field));
    for (const auto& who : telling.attendees_added) line += " +" + who;
    for (const auto& who : telling.attendees_removed) line += " -" + who;
    for (const auto& answer : telling.answers)
      line += " " + answer.who + ":" + std::string(model::to_string(answer.participation));
    if (telling.was) line += " was " + text(*telling.was);
    if (telling.now) line += " now " + text(*telling.now);
    out.push_back(std::move(line));
  }
  return out;
}

}  // namespace caravan::notify::test
