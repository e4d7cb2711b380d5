// SPDX-License-Identifier: GPL-3.0-or-later
#include "ical/zone_table.hpp"

#include <algorithm>

#include "ical/recur.hpp"
#include "util/digest.hpp"

namespace caravan::ical::detail {
namespace {

constexpr std::int32_t kFirstYear = 1900, kLastYear = 2100;
constexpr std::size_t kMostOnsets = 3000;

std::int64_t year_start(std::int32_t year) noexcept {
  return model::to_seconds({.year = year, .month = 1, .day = 1, .hour = 0, .minute = 0, .second = 0});
}

/// The same moment in a year before 2100 with the same calendar: same weekday on 1 January, same leap day.
std::int64_t within_table(std::int64_t seconds) noexcept {
  static const std::int64_t end = year_start(kLastYear);
  if (seconds < end) return seconds;
  const auto year = model::from_seconds(seconds).year;
  const auto leap = [](std::int32_t y) { return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0; };
  const auto first_day = [](std::int32_t y) {
    return model::weekday_of({.year = y, .month = 1, .day = 1, .hour = 0, .minute = 0, .second = 0});
  };
  for (std::int32_t like = kLastYear - 1; like > kLastYear - 29; --like)
    if (leap(like) == leap(year) && first_day(like) == first_day(year))
      return seconds - year_start(year) + year_start(like);
  return end - 1;
}

}  // namespace

std::vector<model::LocalTime> onsets(const model::Observance& observance) {
  std::vector<model::LocalTime> out;
  for (const auto& rule : observance.rules) {
    RuleWalker walker(rule, observance.start, false);
    const bool utc = rule.until.kind == model::TimeKind::utc;
    auto last = rule.has_until ? model::to_seconds(rule.until.wall) + (utc ? observance.offset_from : 0) : 0;
    if (rule.has_until && rule.until.kind == model::TimeKind::date) last += 86399;
    while (out.size() < kMostOnsets) {
      const auto next = walker.next();
      if (!next || next->year >= kLastYear || (rule.has_until && model::to_seconds(*next) > last)) break;
      if (next->year >= kFirstYear) out.push_back(*next);
    }
  }
  out.push_back(observance.start);
  out.insert(out.end(), observance.extra_starts.begin(), observance.extra_starts.end());
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

ZoneTable::ZoneTable(const std::vector<model::Observance>& observances) {
  for (const auto& observance : observances)
    for (const auto& wall : onsets(observance))
      transitions_.push_back({model::to_seconds(wall) - observance.offset_from, observance.offset_from,
                              observance.offset_to, observance.daylight, observance.name});
  std::stable_sort(transitions_.begin(), transitions_.end(),
                   [](const Transition& a, const Transition& b) { return a.at < b.at; });
  transitions_.erase(std::unique(transitions_.begin(), transitions_.end(),
                                 [](const Transition& a, const Transition& b) { return a.at == b.at; }),
                     transitions_.end());
  if (!transitions_.empty()) first_offset_ = transitions_.front().before;
  index();
}

ZoneTable::ZoneTable(std::int32_t first_offset, std::vector<Transition> transitions)
    : transitions_(std::move(transitions)), first_offset_(first_offset) {
  index();
}

void ZoneTable::index() {
  std::int32_t offset = first_offset_;
  for (auto& transition : transitions_) {
    transition.before = offset;
    offset = transition.after;
    at_.push_back(transition.at);
    const auto passed = transition.at + std::max(transition.before, transition.after);
    passed_at_wall_.push_back(passed_at_wall_.empty() ? passed : std::max(passed, passed_at_wall_.back()));
  }
  make_fingerprint();
}

std::int32_t ZoneTable::offset_at(std::int64_t utc) const noexcept {
  const auto after = std::upper_bound(at_.begin(), at_.end(), within_table(utc));
  return after == at_.begin() ? first_offset_ : transitions_[static_cast<std::size_t>(after - at_.begin()) - 1].after;
}

std::int32_t ZoneTable::offset_at_wall(const model::LocalTime& wall) const noexcept {
  const auto seconds = within_table(model::to_seconds(wall));
  const auto after = std::upper_bound(passed_at_wall_.begin(), passed_at_wall_.end(), seconds);
  return after == passed_at_wall_.begin()
             ? first_offset_
             : transitions_[static_cast<std::size_t>(after - passed_at_wall_.begin()) - 1].after;
}

void ZoneTable::make_fingerprint() {
  const auto from = year_start(2000), until = year_start(2038);
  std::int32_t offset = offset_at(from);
  std::string text = std::to_string(offset);
  for (const auto& transition : transitions_) {
    if (transition.at <= from || transition.at >= until || transition.after == offset) continue;
    offset = transition.after;
    text += ' ' + std::to_string(transition.at) + ':' + std::to_string(offset);
  }
  fingerprint_ = sha256(text).hex.substr(0, 32);
}

}  // namespace caravan::ical::detail
