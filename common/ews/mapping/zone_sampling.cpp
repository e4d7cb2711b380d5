// SPDX-License-Identifier: GPL-3.0-or-later
// A zone of the book -> ZoneRules, by asking for its offsets: the one way that works for IANA zones and for VTIMEZONEs.
#include <algorithm>

#include "ews/mapping/zone_rules.hpp"

namespace caravan::ews::mapping {
namespace {

constexpr std::int64_t kDay = 86400;
constexpr int kLast = 5;  // index of "the last" among the occurrences of a weekday in its month

/// A change as it was seen in one or more years, and every yearly rule that explains it.
struct Seen {
  std::int32_t offset_to = 0;
  int month = 1, day = 0;  // day 0: on different days
  std::int64_t time_of_day = 0;
  model::Weekday weekday = model::Weekday::sunday;
  unsigned occurrences = 0;  // bit n: the n-th such weekday; bit kLast: the last one
};

struct Year {
  std::int32_t offset_at_end = 0;
  std::vector<Seen> changes;
};

int days_in_month(const model::LocalTime& date) {
  model::LocalTime probe = date;
  for (probe.day = 31; !model::is_valid(probe); --probe.day) {
  }
  return probe.day;
}

Seen seen_at(std::int64_t utc, std::int32_t before, std::int32_t after) {
  const model::LocalTime wall = model::from_seconds(utc + before);
  Seen seen;
  seen.offset_to = after;
  seen.month = wall.month;
  seen.day = wall.day;
  seen.time_of_day = wall.hour * 3600 + wall.minute * 60 + wall.second;
  seen.weekday = model::weekday_of(wall);
  const int nth = (wall.day + 6) / 7;
  if (nth <= 4) seen.occurrences |= 1U << static_cast<unsigned>(nth);
  if (wall.day + 7 > days_in_month(wall)) seen.occurrences |= 1U << kLast;
  return seen;
}

class Sampler {
 public:
  Sampler(const model::ZoneBook& book, const std::string& zone, const std::vector<model::ZoneDefinition>& custom)
      : book_(book), zone_(zone), custom_(custom) {}

  Year year(int number) const {
    model::LocalTime first;
    first.year = number;
    const std::int64_t begin = model::to_seconds(first);
    first.year = number + 1;
    const std::int64_t end = model::to_seconds(first);
    Year out;
    std::int32_t before = offset(begin);
    for (std::int64_t at = begin; at < end; at += kDay) {
      const std::int64_t next = std::min(at + kDay, end);
      const std::int32_t after = offset(next);
      if (after != before) out.changes.push_back(seen_at(change_between(at, next, before), before, after));
      before = after;
    }
    out.offset_at_end = before;
    return out;
  }

 private:
  std::int32_t offset(std::int64_t utc) const {
    return book_.offset_at(zone_, Instant(std::chrono::seconds(utc)), custom_);
  }
  /// The first second of the new offset.
  std::int64_t change_between(std::int64_t from, std::int64_t to, std::int32_t before) const {
    while (to - from > 1) {
      const std::int64_t middle = from + (to - from) / 2;
      (offset(middle) == before ? from : to) = middle;
    }
    return to;
  }

  const model::ZoneBook& book_;
  const std::string& zone_;
  const std::vector<model::ZoneDefinition>& custom_;
};

/// Narrows the rules of `run` to those that explain the next year too; false where none do.
bool explains(Year& run, const Year& next) {
  if (run.changes.size() != next.changes.size()) return false;
  if (run.changes.empty()) return run.offset_at_end == next.offset_at_end;
  std::vector<Seen> narrowed = run.changes;
  for (std::size_t i = 0; i < narrowed.size(); ++i) {
    Seen& seen = narrowed[i];
    const Seen& other = next.changes[i];
    if (seen.offset_to != other.offset_to || seen.month != other.month || seen.time_of_day != other.time_of_day)
      return false;
    if (seen.weekday == other.weekday)
      seen.occurrences &= other.occurrences;
    else
      seen.occurrences = 0;
    if (seen.day != other.day) seen.day = 0;
    if (seen.occurrences == 0 && seen.day == 0) return false;
  }
  run.changes = std::move(narrowed);
  run.offset_at_end = next.offset_at_end;
  return true;
}

YearlyChange yearly(const Seen& seen) {
  YearlyChange change;
  change.offset_to = seen.offset_to;
  change.month = seen.month;
  change.time_of_day = seen.time_of_day;
  change.by_weekday = seen.occurrences != 0;
  change.day = seen.day;
  change.weekday = seen.weekday;
  change.occurrence = -1;
  if ((seen.occurrences & (1U << kLast)) == 0)
    for (int nth = 4; nth >= 1; --nth)
      if ((seen.occurrences & (1U << static_cast<unsigned>(nth))) != 0) change.occurrence = nth;
  return change;
}

RuleSpan span_of(const Year& run, int from_year) {
  RuleSpan span;
  span.from_year = from_year;
  span.fixed = run.offset_at_end;
  if (run.changes.size() < 2) return span;
  for (const Seen& seen : run.changes) span.changes.push_back(yearly(seen));
  return span;
}

}  // namespace

ZoneRules rules_of(const model::ZoneBook& book, const std::string& zone,
                   const std::vector<model::ZoneDefinition>& custom, int from_year, int to_year, Instant around) {
  const Sampler sampler(book, zone, custom);
  const int year_around = model::from_seconds(around.time_since_epoch().count()).year;
  const auto year_of = [&](int number) {
    Year year = sampler.year(number);
    if (year.changes.size() == 1 && number == year_around) year.offset_at_end = book.offset_at(zone, around, custom);
    return year;
  };
  ZoneRules rules;
  Year run = year_of(from_year);
  int since = 0;  // the first rules hold for what was before, too
  for (int number = from_year + 1; number <= to_year; ++number) {
    const Year next = year_of(number);
    if (explains(run, next)) continue;
    rules.spans.push_back(span_of(run, since));
    run = next;
    since = number;
  }
  rules.spans.push_back(span_of(run, since));
  return rules;
}

}  // namespace caravan::ews::mapping
