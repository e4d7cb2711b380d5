// SPDX-License-Identifier: GPL-3.0-or-later
// VTIMEZONE text: the endless rules of a zone, led back as far as they fit its transitions, and before that one
// observance with RDATEs per kind of transition.
#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <tuple>

#include "ical/lines.hpp"
#include "ical/values.hpp"
#include "ical/zone_book.hpp"
#include "ical/zone_data.hpp"
#include "util/text.hpp"

namespace caravan::ical {
namespace {

using detail::Transition;

std::string wall(std::int64_t seconds) {
  model::EventTime time;
  time.kind = model::TimeKind::floating;
  time.wall = model::from_seconds(seconds);
  return model::wall_text(time);
}

struct Piece {
  bool daylight = false;
  std::int32_t from = 0, to = 0;
  std::string name;
  std::vector<std::int64_t> starts;  ///< wall clock before the change
  std::string rule;
};

void append_piece(std::string& out, const Piece& piece) {
  const std::string kind = piece.daylight ? "DAYLIGHT" : "STANDARD";
  out += "BEGIN:" + kind + "\r\nTZOFFSETFROM:" + detail::offset_to_wire(piece.from) +
         "\r\nTZOFFSETTO:" + detail::offset_to_wire(piece.to) + "\r\n";
  if (!piece.name.empty()) detail::append_folded(out, "TZNAME:" + detail::text_to_wire(piece.name));
  out += "DTSTART:" + wall(piece.starts.front()) + "\r\n";
  if (!piece.rule.empty()) detail::append_folded(out, "RRULE:" + piece.rule);
  std::string dates;
  for (std::size_t i = 1; i < piece.starts.size(); ++i) dates += (i > 1 ? "," : "RDATE:") + wall(piece.starts[i]);
  if (!dates.empty()) detail::append_folded(out, dates);
  out += "END:" + kind + "\r\n";
}

/// The endless observance with its start moved back over every transition it explains, or to the last one at or before
/// `from`; `covered` gets those. A young start matters: readers such as vobject walk a rule from its beginning.
Piece lead_back(const model::Observance& observance, const std::vector<Transition>& transitions, std::int64_t from,
                std::set<std::int64_t>& covered) {
  std::set<std::int64_t> real;
  for (const auto& transition : transitions)
    if (transition.before == observance.offset_from && transition.after == observance.offset_to)
      real.insert(transition.at + transition.before);
  model::Observance early = observance;
  early.extra_starts.clear();
  early.start.year = std::max(1900, model::from_seconds(from).year - 2);  // it is led back to `from` and no further
  early.start.month = 1;
  early.start.day = 1;
  std::vector<std::int64_t> ideal;
  for (const auto& start : detail::onsets(early)) ideal.push_back(model::to_seconds(start));
  if (!ideal.empty()) ideal.erase(ideal.begin());  // onsets() counts the artificial start
  const auto begin = model::to_seconds(observance.start);
  Piece piece{observance.daylight,
              observance.offset_from,
              observance.offset_to,
              observance.name,
              {begin},
              model::to_string(observance.rules.front())};
  for (auto it = ideal.rbegin(); it != ideal.rend(); ++it) {
    if (piece.starts.front() - observance.offset_from <= from) break;
    const bool extra_before = std::any_of(
        real.begin(), real.end(), [&](std::int64_t at) { return at > *it && at < piece.starts.front() && at < begin; });
    if (*it >= begin) {
      covered.insert(*it - observance.offset_from);
      continue;
    }
    if (extra_before || !real.contains(*it)) break;
    piece.starts.front() = *it;
    covered.insert(*it - observance.offset_from);
  }
  covered.insert(begin - observance.offset_from);
  return piece;
}

bool endless(const model::Observance& observance) {
  return observance.rules.size() == 1 && !observance.rules.front().has_until && observance.rules.front().count == 0;
}

/// A definition that came with a series goes out as it came, so that it comes back equal.
std::string verbatim_text(const model::ZoneDefinition& definition) {
  std::string out = "BEGIN:VTIMEZONE\r\n";
  detail::append_folded(out, "TZID:" + detail::text_to_wire(definition.id));
  for (const auto& observance : definition.observances) {
    Piece piece{observance.daylight,
                observance.offset_from,
                observance.offset_to,
                observance.name,
                {model::to_seconds(observance.start)},
                {}};
    for (const auto& start : observance.extra_starts) piece.starts.push_back(model::to_seconds(start));
    if (!observance.rules.empty()) piece.rule = model::to_string(observance.rules.front());
    append_piece(out, piece);
  }
  return out + "END:VTIMEZONE\r\n";
}

std::string make_text(std::string_view zone, int from_year, const detail::ZoneData& data) {
  std::vector<Piece> pieces;
  std::set<std::int64_t> covered;
  const auto& transitions = data.table.transitions();
  const auto from = model::to_seconds({.year = from_year, .month = 1, .day = 1, .hour = 0, .minute = 0, .second = 0});
  for (const auto& observance : data.definition.observances)
    if (endless(observance)) pieces.push_back(lead_back(observance, transitions, from, covered));
  std::size_t first = 0;  // the transition that made the offset in force at `from`
  while (first + 1 < transitions.size() && transitions[first + 1].at <= from) ++first;
  std::map<std::tuple<bool, std::int32_t, std::int32_t, std::string>, Piece> history;
  for (std::size_t i = first; i < transitions.size(); ++i) {
    const auto& t = transitions[i];
    if (covered.contains(t.at) || (t.before == t.after && i != first)) continue;
    auto& piece = history[{t.daylight, t.before, t.after, t.name}];
    piece.daylight = t.daylight;
    piece.from = t.before;
    piece.to = t.after;
    piece.name = t.name;
    piece.starts.push_back(t.at + t.before);
  }
  if (transitions.empty()) {
    const auto offset = data.table.first_offset();
    pieces.push_back({false, offset, offset, std::string(zone), {0}, {}});
  }
  for (auto& [key, piece] : history) pieces.push_back(std::move(piece));
  std::stable_sort(pieces.begin(), pieces.end(),
                   [](const Piece& a, const Piece& b) { return a.starts.front() < b.starts.front(); });
  std::string out = "BEGIN:VTIMEZONE\r\n";
  detail::append_folded(out, "TZID:" + detail::text_to_wire(zone));
  for (const auto& piece : pieces) append_piece(out, piece);
  return out + "END:VTIMEZONE\r\n";
}

}  // namespace

std::string vtimezone_text(std::string_view zone, int from_year, const std::vector<model::ZoneDefinition>& custom) {
  static std::shared_mutex mutex;
  static std::map<std::string, std::string, std::less<>> cache;
  for (const auto& definition : custom)
    if (definition.id == zone) return verbatim_text(definition);
  const int year = std::clamp(from_year, 1900, 2095);
  std::string key = std::string(zone) + '\n' + std::to_string(year);
  {
    const std::shared_lock lock(mutex);
    if (const auto found = cache.find(key); found != cache.end()) return found->second;
  }
  const auto data = detail::SystemZoneBook::instance().find(zone, {});
  if (!data) return {};
  auto made = make_text(zone, year, *data);
  const std::unique_lock lock(mutex);
  if (cache.size() > 4096) cache.clear();
  cache.emplace(std::move(key), made);
  return made;
}

}  // namespace caravan::ical
