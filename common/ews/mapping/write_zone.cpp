// SPDX-License-Identifier: GPL-3.0-or-later
#include "ews/mapping/write_zone.hpp"

#include <algorithm>
#include <set>

#include "ews/mapping/vocabulary.hpp"
#include "util/text.hpp"

namespace caravan::ews::mapping {
namespace {

using namespace wire;  // NOLINT: the generated names

constexpr int kFirstYear = 1970, kLastYear = 2037;  // as far as every zone database agrees
constexpr int kMostYears = 12;                      // more are no longer about this series
constexpr std::size_t kLongestId = 200;

Years bounded(Years years) {
  years.from = std::clamp(years.from, kFirstYear, kLastYear);
  years.to = std::clamp(years.to, years.from, std::min(years.from + kMostYears, kLastYear));
  return years;
}

/// xs:duration of a bias: the way from local time to UTC.
std::string duration(std::int64_t seconds) {
  std::string out = seconds < 0 ? "-PT" : "PT";
  const std::int64_t size = seconds < 0 ? -seconds : seconds;
  return out + (size % 60 == 0 ? std::to_string(size / 60) + "M" : std::to_string(size) + "S");
}

std::string period_id(std::int32_t offset) { return "offset" + std::to_string(offset); }

t__TransitionTargetType to_period(std::int32_t offset) {
  t__TransitionTargetType to;
  to.Kind = "Period";
  to.__item = period_id(offset);
  return to;
}

t__TransitionTargetType to_group(std::size_t index) {
  t__TransitionTargetType to;
  to.Kind = "Group";
  to.__item = std::to_string(index);
  return to;
}

void write_change(Arena& arena, const YearlyChange& change, t__Transitions& group) {
  if (change.by_weekday) {
    auto* each = arena.make<t__RecurringDayTransitionType>();
    each->To = to_period(change.offset_to);
    each->TimeOffset = duration(change.time_of_day);
    each->Month = std::to_string(change.month);
    each->DayOfWeek = to_text(change.weekday);
    each->Occurrence = std::to_string(change.occurrence);
    group.RecurringDayTransition.push_back(each);
    return;
  }
  auto* each = arena.make<t__RecurringDateTransitionType>();
  each->To = to_period(change.offset_to);
  each->TimeOffset = duration(change.time_of_day);
  each->Month = std::to_string(change.month);
  each->Day = std::to_string(change.day);
  group.RecurringDateTransition.push_back(each);
}

t__Transitions group_of(Arena& arena, const RuleSpan& span, std::size_t index) {
  t__Transitions group;
  group.Id = arena.text(std::to_string(index));
  for (const YearlyChange& change : span.changes) write_change(arena, change, group);
  if (span.changes.empty()) {
    auto* fixed = arena.make<t__TransitionType>();
    fixed->To = to_period(span.fixed);
    group.Transition.push_back(fixed);
  }
  return group;
}

void write_periods(Arena& arena, const ZoneRules& rules, t__TimeZoneDefinitionType& out) {
  std::set<std::int32_t> offsets;
  for (const RuleSpan& span : rules.spans) {
    if (span.changes.empty()) offsets.insert(span.fixed);
    for (const YearlyChange& change : span.changes) offsets.insert(change.offset_to);
  }
  out.Periods = arena.make<t__Periods>();
  for (const std::int32_t offset : offsets) {
    t__PeriodType period;
    period.Bias = duration(-offset);
    // Of two, the larger offset is summer's; the name is shown nowhere.
    period.Name = offset == *offsets.begin() ? "Standard" : "Daylight";
    period.Id = period_id(offset);
    out.Periods->Period.push_back(period);
  }
}

bool is_utc(const std::string& zone) {
  return zone.empty() || zone == "UTC" || zone == "Etc/UTC" || zone == "Etc/GMT" || zone == "GMT" || zone == "Zulu" ||
         zone == "Etc/UCT" || zone == "UCT";
}

bool is_custom(const std::string& zone, const std::vector<model::ZoneDefinition>& custom) {
  return std::any_of(custom.begin(), custom.end(), [&](const auto& each) { return each.id == zone; });
}

}  // namespace

bool same_offsets(const model::ZoneBook& book, const std::string& first,
                  const std::vector<model::ZoneDefinition>& first_custom, const std::string& second,
                  const std::vector<model::ZoneDefinition>& second_custom, Years years) {
  years = bounded(years);
  model::LocalTime day;
  day.year = years.from;
  const std::int64_t begin = model::to_seconds(day);
  day.year = years.to + 1;
  for (std::int64_t at = begin; at <= model::to_seconds(day); at += 86400) {
    const Instant instant{std::chrono::seconds(at)};
    if (book.offset_at(first, instant, first_custom) != book.offset_at(second, instant, second_custom)) return false;
  }
  return true;
}

t__TimeZoneDefinitionType* write_rules(Arena& arena, const std::string& id, const ZoneRules& rules) {
  auto* out = arena.make<t__TimeZoneDefinitionType>();
  out->Id = text::sanitize(id.substr(0, kLongestId));
  out->Name = out->Id;
  write_periods(arena, rules, *out);
  out->TransitionsGroups = arena.make<t__TransitionsGroups>();
  out->Transitions = arena.make<t__Transitions>();
  for (std::size_t i = 0; i < rules.spans.size(); ++i) {
    out->TransitionsGroups->TransitionsGroup.push_back(group_of(arena, rules.spans[i], i));
    if (i == 0) {
      auto* first = arena.make<t__TransitionType>();
      first->To = to_group(i);
      out->Transitions->Transition.push_back(first);
    } else {
      auto* later = arena.make<t__AbsoluteDateTransitionType>();
      later->To = to_group(i);
      later->DateTime = std::to_string(rules.spans[i].from_year) + "-01-01T00:00:00";
      out->Transitions->AbsoluteDateTransition.push_back(later);
    }
  }
  return out;
}

t__TimeZoneDefinitionType* write_zone(Arena& arena, const model::ZoneBook& book, const std::string& zone,
                                      const std::vector<model::ZoneDefinition>& custom, Years years, Instant start) {
  auto* out = arena.make<t__TimeZoneDefinitionType>();
  const bool own = is_custom(zone, custom);
  if (!own && (is_utc(zone) || !book.knows(zone))) {
    out->Id = "UTC";
    return out;
  }
  if (!own) {
    const std::string id = windows_of_iana(zone);
    const std::string means = iana_of_windows(id);
    if (!id.empty() && (means == zone || same_offsets(book, zone, {}, means, {}, years))) {
      out->Id = id;
      return out;
    }
  }
  years = bounded(years);
  return write_rules(arena, zone, rules_of(book, zone, custom, years.from, years.to, start));
}

}  // namespace caravan::ews::mapping
