// SPDX-License-Identifier: GPL-3.0-or-later
#include "ical/expand.hpp"

#include <algorithm>
#include <set>

#include "ical/read_event.hpp"
#include "ical/recur.hpp"
#include "ical/values.hpp"

namespace caravan::ical {
namespace {

using model::EventTime;
using model::TimeKind;

constexpr std::size_t kMostSteps = 200000;

/// Where the rule ends, on the wall clock of the series.
std::optional<std::int64_t> last_wall(const model::Rule& rule, const EventTime& start, const model::Series& series,
                                      const model::ZoneBook& book) {
  if (!rule.has_until) return std::nullopt;
  const auto wall = model::to_seconds(rule.until.wall);
  const auto of_day = model::to_seconds({rule.until.wall.year, rule.until.wall.month, rule.until.wall.day, 0, 0, 0});
  if (rule.until.kind == TimeKind::date || start.kind == TimeKind::date) return of_day + 86399;
  if (rule.until.kind == TimeKind::utc && start.kind == TimeKind::zoned)
    return wall + book.offset_at(start.zone, rule.until.instant(), series.zones);
  return wall;
}

class Expansion {
 public:
  Expansion(const model::Series& series, Instant from, Instant until, const model::ZoneBook& book, std::size_t limit)
      : series_(series), from_(from), until_(until), book_(book), limit_(limit) {
    for (const auto& event : series.overrides)
      if (event.recurrence_id) overridden_.insert(key(*event.recurrence_id));
    for (const auto& time : series.excluded) excluded_.insert(key(time));
  }

  std::vector<Occurrence> run() {
    if (series_.master) {
      take(series_.master->start);
      for (const auto& rule : series_.rules) walk(rule);
      for (const auto& date : series_.extra_dates) take(date);
    }
    for (const auto& event : series_.overrides)
      add({event.start, event.end, event.recurrence_id.value_or(event.start), &event});
    std::sort(out_.begin(), out_.end(), [](const Occurrence& a, const Occurrence& b) {
      return std::pair(a.start.instant(), key(a.original_start)) < std::pair(b.start.instant(), key(b.original_start));
    });
    if (out_.size() > limit_) out_.resize(limit_);
    return std::move(out_);
  }

  /// False where a rule was given up before its end or the window's.
  [[nodiscard]] bool complete() const noexcept { return complete_; }

 private:
  static std::int64_t key(const EventTime& time) noexcept { return model::to_seconds(time.wall); }

  void walk(const model::Rule& rule) {
    const EventTime& start = series_.master->start;
    const auto last = last_wall(rule, start, series_, book_);
    const auto length = series_.master->end.instant() - series_.master->start.instant();
    const auto begin = model::from_seconds((from_ - length).time_since_epoch().count() - 2 * 86400);
    detail::RuleWalker walker(rule, start.wall, start.kind == TimeKind::date, begin);
    std::size_t taken = 0;
    for (std::size_t step = 0; step < kMostSteps; ++step) {
      const auto wall = walker.next();
      if (!wall || (last && model::to_seconds(*wall) > *last)) return;
      const auto time = at(*wall);
      if (time.instant() >= until_ + std::chrono::hours(48)) return;
      if (take(time) && ++taken > limit_) break;
    }
    complete_ = false;
  }

  EventTime at(const model::LocalTime& wall) const {
    EventTime time = series_.master->start;
    time.wall = wall;
    if (time.kind == TimeKind::zoned) time.utc_offset = book_.offset_at_wall(time.zone, wall, series_.zones);
    return time;
  }

  /// An original start; adds its occurrence unless it is excluded, overridden or there already.
  bool take(const EventTime& start) {
    if (excluded_.contains(key(start)) || overridden_.contains(key(start)) || !seen_.insert(key(start)).second)
      return false;
    const auto& master = *series_.master;
    const auto length = master.end.instant() - master.start.instant();
    EventTime end = master.end;
    if (end.kind == TimeKind::zoned)
      end = model::in_zone(book_, end.zone, start.instant() + length, series_.zones);
    else
      end.wall = model::from_seconds((start.instant() + length).time_since_epoch().count());
    return add({start, end, start, &master});
  }

  bool add(Occurrence occurrence) {
    const auto start = occurrence.start.instant(), end = occurrence.end.instant();
    const bool overlaps = start < until_ && (end > from_ || (end == start && start >= from_));
    if (overlaps) out_.push_back(std::move(occurrence));
    return overlaps;
  }

  const model::Series& series_;
  Instant from_, until_;
  const model::ZoneBook& book_;
  std::size_t limit_;
  std::set<std::int64_t> overridden_, excluded_, seen_;
  std::vector<Occurrence> out_;
  bool complete_ = true;
};

}  // namespace

std::vector<Occurrence> expand(const model::Series& series, Instant from, Instant until, const model::ZoneBook& book,
                               std::size_t limit) {
  detail::prepare_libical();
  return Expansion(series, from, until, book, limit).run();
}

std::vector<model::EventTime> original_starts(const model::Series& series, Instant from, Instant until,
                                              const model::ZoneBook& book, std::size_t limit) {
  std::vector<model::EventTime> out;
  for (const auto& each : expand(series, from, until, book, limit)) out.push_back(each.original_start);
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.instant() < b.instant(); });
  return out;
}

std::optional<Instant> last_end(const model::Series& series, const model::ZoneBook& book) {
  constexpr std::size_t kMost = 10000;
  for (const auto& rule : series.rules)
    if (!rule.has_until && rule.count == 0) return std::nullopt;
  const Instant from{std::chrono::seconds(-9000000000)}, until{std::chrono::seconds(20000000000)};
  Expansion expansion(series, from, until, book, kMost);
  const auto all = expansion.run();
  if (!expansion.complete() || all.size() >= kMost || all.empty()) return std::nullopt;
  Instant last = all.front().end.instant();
  for (const auto& occurrence : all) last = std::max(last, occurrence.end.instant());
  return last;
}

}  // namespace caravan::ical
