// SPDX-License-Identifier: GPL-3.0-or-later
#include "ews/mapping/shape.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "ews/mapping/write_event.hpp"

namespace caravan::ews::mapping {
namespace {

using Kind = Pattern::Kind;
using model::Event;
using model::EventTime;
using model::Series;

constexpr std::size_t kCompared = 120;   // occurrences of an endless rule that are compared with the pattern's
constexpr std::size_t kMostDays = 1200;  // occurrences of a rule with an end that a pattern is sought for
constexpr std::int64_t kDay = 86400;
const Instant kEverAfter{std::chrono::seconds(day_of({4500, 1, 1}) * kDay)};

std::uint8_t bit(model::Weekday day) noexcept { return static_cast<std::uint8_t>(1U << static_cast<unsigned>(day)); }
model::Weekday weekday(Day day) noexcept { return model::weekday_of(date_of(day)); }

std::int64_t time_of_day(const EventTime& time) {
  return time.wall.hour * 3600 + time.wall.minute * 60 + time.wall.second;
}

bool has_end(const Series& series) {
  return std::all_of(series.rules.begin(), series.rules.end(),
                     [](const model::Rule& rule) { return rule.has_until || rule.count > 0; });
}

/// The series without overrides and exclusions: what its rules and dates say.
Series bare(const Series& series) {
  Series out;
  out.uid = series.uid;
  out.master = series.master;
  out.rules = series.rules;
  out.extra_dates = series.extra_dates;
  out.zones = series.zones;
  return out;
}

/// The days that the rules give, the first `limit` of them; nothing where they don't share the start's time of day.
std::optional<std::vector<Day>> days_of(const WriteContext& context, const Series& series, std::size_t limit) {
  const EventTime& start = series.master->start;
  const Instant from = start.instant() - std::chrono::hours(48);
  std::vector<Day> days;
  for (const EventTime& time : context.expand(bare(series), from, kEverAfter, limit)) {
    if (time_of_day(time) != time_of_day(start)) return std::nullopt;
    days.push_back(day_of(time.wall));
  }
  std::sort(days.begin(), days.end());
  days.erase(std::unique(days.begin(), days.end()), days.end());
  return days;
}

/// The days that the pattern must have because an override names them; nothing where one can't be a day of it.
std::optional<std::vector<Day>> days_of_overrides(const Series& series) {
  const EventTime& start = series.master->start;
  std::vector<Day> days;
  for (const Event& event : series.overrides) {
    if (!event.recurrence_id) continue;
    const EventTime& id = *event.recurrence_id;
    if (id.kind != start.kind || id.zone != start.zone || time_of_day(id) != time_of_day(start)) return std::nullopt;
    days.push_back(day_of(id.wall));
  }
  return days;
}

EventTime at_day(const WriteContext& context, const Series& series, Day day) {
  EventTime time = series.master->start;
  const auto date = date_of(day);
  time.wall.year = date.year;
  time.wall.month = date.month;
  time.wall.day = date.day;
  if (time.kind == model::TimeKind::zoned)
    time.utc_offset = context.zones.offset_at_wall(time.zone, time.wall, series.zones);
  return time;
}

/// The day of the last occurrence that UNTIL lets be; the pattern has no other days up to then.
Day last_day(const WriteContext& context, const Series& series, const model::Rule& rule) {
  const EventTime& start = series.master->start;
  std::int64_t seconds = model::to_seconds(rule.until.wall);
  const bool by_clock = rule.until.kind != model::TimeKind::date && start.kind != model::TimeKind::date;
  if (rule.until.kind == model::TimeKind::utc && start.kind == model::TimeKind::zoned)
    seconds += context.zones.offset_at(start.zone, rule.until.instant(), series.zones);
  const std::int64_t of_day = ((seconds % kDay) + kDay) % kDay;
  const Day day = (seconds - of_day) / kDay;
  return by_clock && of_day < time_of_day(start) ? day - 1 : day;
}

/// The pattern that is the rule itself; nothing where the days differ.
std::optional<Pattern> exact(const WriteContext& context, const Series& series) {
  if (series.rules.size() != 1 || !series.extra_dates.empty()) return std::nullopt;
  const model::Rule& rule = series.rules.front();
  auto pattern = pattern_of(rule, series.master->start.wall);
  if (!pattern) return std::nullopt;
  if (rule.count > 0 && rule.count <= kMostOccurrences) pattern->count = rule.count;
  if (rule.has_until) pattern->end = last_day(context, series, rule);
  if (pattern->end && *pattern->end < pattern->start) return std::nullopt;
  const auto days = days_of(context, series, kCompared);
  if (!days || days->empty()) return std::nullopt;
  if (rule.count > kMostOccurrences) {  // NumberOfOccurrences ends at 999: the last day says the same
    const auto all = days_of(context, series, static_cast<std::size_t>(rule.count) + 1);
    if (!all || all->size() != static_cast<std::size_t>(rule.count)) return std::nullopt;
    pattern->end = all->back();
  }
  PatternWalk walk(*pattern);
  for (const Day day : *days)
    if (walk.next() != day) return std::nullopt;
  if (days->size() < kCompared && walk.next()) return std::nullopt;
  const auto named = days_of_overrides(series);
  if (!named || !std::all_of(named->begin(), named->end(), [&](Day day) { return is_on(*pattern, day); }))
    return std::nullopt;
  return pattern;
}

std::int64_t month_of(Day day) {
  const auto date = date_of(day);
  return static_cast<std::int64_t>(date.year) * 12 + date.month - 1;
}

int days_in_month(Day day) {
  auto date = date_of(day);
  for (date.day = 31; !model::is_valid(date); --date.day) {
  }
  return date.day;
}

template <class Position>
int common_step(const std::vector<Day>& days, Position position, int most) {
  std::int64_t step = 0;
  for (std::size_t i = 1; i < days.size(); ++i) step = std::gcd(step, position(days[i]) - position(days[0]));
  while (step > most) {  // a divisor gives more days, and contains these all the same
    std::int64_t divisor = 2;
    while (step % divisor != 0) ++divisor;
    step /= divisor;
  }
  return static_cast<int>(std::max<std::int64_t>(step, 1));
}

/// Every pattern that has all these days, each as thin as it can be; surplus days not yet counted.
std::vector<Pattern> containing(const std::vector<Day>& days) {
  std::vector<Pattern> out;
  Pattern base;
  base.start = days.front();
  base.end = days.back();

  Pattern daily = base;
  daily.interval = common_step(
      days, [](Day day) { return day; }, kMostDaily);
  out.push_back(daily);

  Pattern weekly = base;
  weekly.kind = Kind::weekly;
  for (const Day day : days) weekly.days = static_cast<std::uint8_t>(weekly.days | bit(weekday(day)));
  const auto week_of = [](Day day) {
    return (day - static_cast<int>(weekday(day)) + 3) / 7;
  };  // 1970 began on a Thursday
  weekly.interval = common_step(days, week_of, kMostWeekly);
  out.push_back(weekly);

  const int months = common_step(days, month_of, kMostMonthly);
  // A date that every month has, the last of the month, or one that the shorter months clamp to their last.
  std::set<int> dates;
  bool last_of_month = true;
  for (const Day day : days) {
    dates.insert(date_of(day).day);
    last_of_month = last_of_month && date_of(day).day == days_in_month(day);
  }
  if (dates.size() == 1 || last_of_month) {
    Pattern by_date = base;
    by_date.kind = Kind::monthly_by_date;
    by_date.interval = months;
    by_date.day_of_month = last_of_month && dates.size() > 1 ? 31 : *dates.rbegin();
    out.push_back(by_date);
  }
  for (const std::uint8_t set : {static_cast<std::uint8_t>(weekly.days), std::uint8_t{0x1F}, std::uint8_t{0x60}}) {
    const bool one_day = (set & (set - 1)) == 0;
    if ((weekly.days & ~set) != 0 || (!one_day && set != 0x1F && set != 0x60)) continue;
    for (const int position : {1, 2, 3, 4, -1}) {
      Pattern by_day = base;
      by_day.kind = Kind::monthly_by_day;
      by_day.interval = months;
      by_day.days = set;
      by_day.position = position;
      out.push_back(by_day);
    }
  }
  return out;
}

/// The days of the pattern besides `days`; nothing where it lacks one of them or has more than `most` others.
std::optional<std::vector<Day>> surplus_of(const Pattern& pattern, const std::vector<Day>& days, std::size_t most) {
  std::vector<Day> others;
  auto wanted = days.begin();
  PatternWalk walk(pattern);
  while (const auto day = walk.next()) {
    if (wanted != days.end() && *wanted == *day)
      ++wanted;
    else if (others.size() == most || (wanted != days.end() && *wanted < *day))
      return std::nullopt;
    else
      others.push_back(*day);
  }
  return wanted == days.end() ? std::optional(std::move(others)) : std::nullopt;
}

/// The closest containing pattern of a series that ends; `days` gets the series' own.
std::optional<Shape> closest(const WriteContext& context, const Series& series, std::vector<Day>& days) {
  if (!has_end(series)) return std::nullopt;
  auto all = days_of(context, series, kMostDays);
  const auto named = days_of_overrides(series);
  if (!all || all->empty() || all->size() >= kMostDays || !named) return std::nullopt;
  days = std::move(*all);
  days.insert(days.end(), named->begin(), named->end());
  std::sort(days.begin(), days.end());
  days.erase(std::unique(days.begin(), days.end()), days.end());
  if (days.front() != day_of(series.master->start.wall)) return std::nullopt;
  if (days.size() == 1) return Shape{};
  std::optional<std::pair<Pattern, std::vector<Day>>> best;
  for (const Pattern& pattern : containing(days)) {
    auto others = surplus_of(pattern, days, kMostSurplus);
    if (others && (!best || others->size() < best->second.size())) best.emplace(pattern, std::move(*others));
  }
  if (!best) return std::nullopt;
  Shape shape;
  shape.kind = Shape::Kind::pattern;
  shape.pattern = best->first;
  for (const Day day : best->second) shape.surplus.push_back(at_day(context, series, day));
  return shape;
}

void sort_exclusions(const Series& series, Shape& shape) {
  const EventTime& start = series.master->start;
  for (const EventTime& time : series.excluded) {
    const bool could_be = time.kind == start.kind && time.zone == start.zone && time_of_day(time) == time_of_day(start);
    const bool held = shape.kind == Shape::Kind::pattern && could_be && is_on(shape.pattern, day_of(time.wall)) &&
                      std::find(shape.surplus.begin(), shape.surplus.end(), time) == shape.surplus.end();
    (held ? shape.excluded : shape.off).push_back(time);
  }
}

struct Span {
  Instant start, end;
  Day day;  ///< on which it starts, by the clock of the series
};

/// Where occurrences lie, without making an event of each.
class Spans {
 public:
  Spans(const WriteContext& context, const Series& series)
      : context_(context), series_(series), zone_(home_zone(context)) {
    for (const Event& event : series.overrides)
      if (event.recurrence_id) overrides_.emplace(day_of(event.recurrence_id->wall), &event);
  }
  [[nodiscard]] Day last_override() const { return overrides_.empty() ? 0 : overrides_.rbegin()->first; }
  Span at(Day day) const {
    if (const auto found = overrides_.find(day); found != overrides_.end()) {
      const Instant start = instant(found->second->start);
      return {start, instant(end_of(*found->second)), day_in_series(start)};
    }
    const Event& master = *series_.master;
    const EventTime start = at_day(context_, series_, day);
    EventTime end = end_of(master);
    const auto length = end.instant() - master.start.instant();
    if (start.kind != model::TimeKind::date) return {instant(start), instant(start) + length, day};
    end.wall = model::from_seconds((start.instant() + length).time_since_epoch().count());
    return {instant(start), instant(end), day};
  }

 private:
  Instant instant(const EventTime& time) const { return instant_of(context_, time, zone_); }
  Day day_in_series(Instant start) const {
    const EventTime& first = series_.master->start;
    if (first.kind == model::TimeKind::utc) return day_of(model::utc_time(start).wall);
    const std::string& zone = first.kind == model::TimeKind::zoned ? first.zone : zone_;
    return day_of(model::in_zone(context_.zones, zone, start, series_.zones).wall);
  }
  const WriteContext& context_;
  const Series& series_;
  std::string zone_;
  std::map<Day, const Event*> overrides_;
};

/// Exchange keeps its occurrences in order, apart, and on days of their own (ews-facts 6.6): false where an override,
/// or the length of all, breaks that.
bool in_order(const WriteContext& context, const Series& series, const Shape& shape) {
  std::set<Day> gone;
  for (const auto* list : {&shape.surplus, &shape.excluded})
    for (const EventTime& time : *list) gone.insert(day_of(time.wall));
  const Spans spans(context, series);
  const Day until = std::max(day_of(series.master->start.wall) + 800, spans.last_override() + 100);
  PatternWalk walk(shape.pattern);
  std::optional<Span> before;
  while (const auto day = walk.next()) {
    if (*day > until) break;
    if (gone.contains(*day)) continue;
    const Span now = spans.at(*day);
    if (before && (now.start < before->end || now.day <= before->day)) return false;
    before = now;
  }
  return true;
}

Result<Shape> parts(const WriteContext& context, const Series& series, std::string why) {
  const bool meeting = makes_a_meeting(context, *series.master) ||
                       std::any_of(series.overrides.begin(), series.overrides.end(),
                                   [&](const Event& event) { return makes_a_meeting(context, event); });
  if (meeting)
    return make_error(Fault::unsupported, "Exchange can't hold this meeting's recurrence: " + why + ".",
                      "RecurrenceNotHeld", "Change the rule in the calendar program, or split the series there.");
  Shape shape;
  shape.kind = Shape::Kind::parts;
  shape.why = std::move(why);
  return shape;
}

}  // namespace

Event event_at(const WriteContext& context, const Series& series, const EventTime& occurrence) {
  for (const Event& event : series.overrides)
    if (event.recurrence_id == occurrence) return event;
  Event event = *series.master;
  const auto length = event.end.instant() - event.start.instant();
  event.recurrence_id.reset();
  event.start = occurrence;
  EventTime end = event.end;
  const Instant until = occurrence.instant() + length;
  if (end.kind == model::TimeKind::zoned)
    end = model::in_zone(context.zones, end.zone, until, series.zones);
  else
    end.wall = model::from_seconds(until.time_since_epoch().count());
  event.end = end;
  return event;
}

Result<Shape> shape_of(const WriteContext& context, const Series& series) {
  Shape shape;
  if (!series.master) {
    shape.kind = Shape::Kind::parts;
    shape.why = "invitations to single occurrences";
    return shape;
  }
  if (!series.recurring() && series.overrides.empty()) {
    shape.off = series.excluded;
    return shape;
  }
  if (auto pattern = exact(context, series)) {
    shape.kind = Shape::Kind::pattern;
    shape.pattern = std::move(*pattern);
  } else {
    std::vector<Day> days;
    auto found = closest(context, series, days);
    if (!found) return parts(context, series, "no pattern of Exchange has these days");
    shape = std::move(*found);
  }
  sort_exclusions(series, shape);
  if (shape.kind == Shape::Kind::single && !series.overrides.empty())
    return parts(context, series, "a single event can't have changed occurrences");
  if (shape.kind == Shape::Kind::pattern && !in_order(context, series, shape))
    return parts(context, series, "occurrences overlap or pass each other");
  return shape;
}

}  // namespace caravan::ews::mapping
