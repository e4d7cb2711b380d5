// SPDX-License-Identifier: GPL-3.0-or-later
#include "ews/mapping/zone_rules.hpp"

#include <algorithm>
#include <map>

#include "ews/mapping/context.hpp"
#include "ews/mapping/time.hpp"
#include "ews/mapping/vocabulary.hpp"
#include "ews/wire/wire.hpp"

namespace caravan::ews::mapping {
namespace {

using namespace wire;  // NOLINT: the generated names

constexpr std::int64_t kDay = 86400;

std::int64_t day_seconds(int year, int month, int day) {
  model::LocalTime local;
  local.year = year;
  local.month = static_cast<std::uint8_t>(month);
  local.day = static_cast<std::uint8_t>(day);
  return model::to_seconds(local);
}

int days_in_month(int year, int month) {
  const auto next = month == 12 ? day_seconds(year + 1, 1, 1) : day_seconds(year, month + 1, 1);
  return static_cast<int>((next - day_seconds(year, month, 1)) / kDay);
}

int year_of(Instant instant) { return model::from_seconds(instant.time_since_epoch().count()).year; }

using Offsets = std::map<std::string, std::int32_t, std::less<>>;

/// Bias: UTC = local + Bias (ews-facts 7.3), so the offset is its negative.
bool read_periods(const t__Periods& periods, Offsets& offsets) {
  for (const auto& period : periods.Period) {
    const auto bias = parse_duration(period.Bias);
    if (!bias || *bias < -kDay || *bias > kDay) return false;
    offsets[period.Id] = static_cast<std::int32_t>(-*bias);
  }
  return !offsets.empty();
}

std::optional<std::int32_t> target(const t__TransitionTargetType& to, const Offsets& offsets) {
  const auto found = offsets.find(to.__item);
  if (to.Kind != "Period" || found == offsets.end()) return std::nullopt;
  return found->second;
}

bool read_change(const std::string& offset, const std::string& month, YearlyChange& change) {
  const auto time = parse_duration(offset);
  const auto number = read_number(month);
  if (!time || !number || *number < 1 || *number > 12 || *time < 0 || *time > kDay) return false;
  // Windows writes midnight at the end of a day as 23:59:59.999.
  change.time_of_day = *time == kDay - 1 ? kDay : *time;
  change.month = static_cast<int>(*number);
  return true;
}

bool read_group(const t__Transitions& group, const Offsets& offsets, RuleSpan& span) {
  for (const auto* fixed : group.Transition) {
    const auto to = target(fixed->To, offsets);
    if (!to) return false;
    span.fixed = *to;
  }
  for (const auto* each : group.RecurringDayTransition) {
    YearlyChange change;
    const auto to = target(each->To, offsets);
    const auto day = weekday_from(each->DayOfWeek);
    const auto occurrence = read_number(each->Occurrence);
    if (!to || !day || !occurrence || !read_change(each->TimeOffset, each->Month, change)) return false;
    change.offset_to = *to;
    change.by_weekday = true;
    change.weekday = *day;
    change.occurrence = *occurrence < 0 || *occurrence > 4 ? -1 : static_cast<int>(*occurrence);
    span.changes.push_back(change);
  }
  for (const auto* each : group.RecurringDateTransition) {
    YearlyChange change;
    const auto to = target(each->To, offsets);
    const auto day = read_number(each->Day);
    if (!to || !day || *day < 1 || *day > 31 || !read_change(each->TimeOffset, each->Month, change)) return false;
    change.offset_to = *to;
    change.day = static_cast<int>(*day);
    span.changes.push_back(change);
  }
  std::sort(span.changes.begin(), span.changes.end(),
            [](const YearlyChange& a, const YearlyChange& b) { return a.wall_in(2024) < b.wall_in(2024); });
  if (span.changes.size() == 1) {  // a change without a way back: the offset is its target
    span.fixed = span.changes.front().offset_to;
    span.changes.clear();
  }
  return group.AbsoluteDateTransition.empty();
}

model::Observance observance(const YearlyChange& change, std::int32_t offset_from, int first_year) {
  model::Observance part;
  part.start = model::from_seconds(change.wall_in(first_year));
  part.offset_from = offset_from;
  part.offset_to = change.offset_to;
  part.daylight = change.offset_to > offset_from;
  part.name = part.daylight ? "DST" : "STD";
  model::Rule rule;
  rule.frequency = model::Frequency::yearly;
  // A change at the very end of a day is one at the start of the next, which has no rule of this form: keep its month.
  rule.by_month = {part.start.month};
  if (change.by_weekday && change.time_of_day < kDay)
    rule.by_day = {{change.occurrence, change.weekday}};
  else if (change.by_weekday)
    rule.by_day = {{change.occurrence, static_cast<model::Weekday>((static_cast<int>(change.weekday) + 1) % 7)}};
  else
    rule.by_month_day = {part.start.day};
  part.rules.push_back(rule);
  return part;
}

}  // namespace

std::int64_t YearlyChange::wall_in(int year) const noexcept {
  const int last = days_in_month(year, month);
  int date = std::min(day, last);
  if (by_weekday) {
    const auto first = static_cast<int>(model::weekday_of(model::from_seconds(day_seconds(year, month, 1))));
    const int lead = (static_cast<int>(weekday) - first + 7) % 7;
    date = 1 + lead + 7 * ((occurrence < 0 ? 5 : occurrence) - 1);
    while (date > last) date -= 7;
  }
  return day_seconds(year, month, date) + time_of_day;
}

const RuleSpan& ZoneRules::span_of(int year) const noexcept {
  const RuleSpan* found = &spans.front();
  for (const RuleSpan& span : spans)
    if (span.from_year <= year) found = &span;
  return *found;
}

std::int32_t ZoneRules::offset_before(int year) const noexcept {
  const RuleSpan& span = span_of(year - 1);
  return span.changes.empty() ? span.fixed : span.changes.back().offset_to;
}

std::int32_t ZoneRules::offset_at(Instant instant) const noexcept {
  const std::int64_t utc = instant.time_since_epoch().count();
  const int guess = year_of(instant);
  const std::int32_t before = offset_before(guess);
  // The year of the wall clock, which is what the rules speak of.
  const int year = model::from_seconds(utc + before).year;
  const RuleSpan& span = span_of(year);
  if (span.changes.empty()) return span.fixed;
  std::int32_t offset = offset_before(year);
  if (span_of(year - 1).changes.empty()) offset = span.changes.back().offset_to;
  for (const YearlyChange& change : span.changes) {
    if (utc < change.wall_in(year) - offset) break;
    offset = change.offset_to;
  }
  return offset;
}

std::vector<Instant> ZoneRules::changes_in(int year) const {
  std::vector<Instant> instants;
  const RuleSpan& span = span_of(year);
  if (span.changes.empty()) return instants;
  std::int32_t offset = span.changes.back().offset_to;
  for (const YearlyChange& change : span.changes) {
    instants.emplace_back(std::chrono::seconds(change.wall_in(year) - offset));
    offset = change.offset_to;
  }
  return instants;
}

std::vector<model::Observance> ZoneRules::observances(int first_year) const {
  std::vector<model::Observance> parts;
  for (std::size_t i = 0; i < spans.size(); ++i) {
    const RuleSpan& span = spans[i];
    const bool last = i + 1 == spans.size();
    if (!last && spans[i + 1].from_year <= first_year) continue;
    const int from = std::max(first_year, span.from_year);
    if (span.changes.empty()) {
      model::Observance part;
      part.start.year = from;
      part.offset_from = parts.empty() ? span.fixed : offset_before(from);
      part.offset_to = span.fixed;
      part.name = "STD";
      parts.push_back(part);
      continue;
    }
    std::int32_t offset = span.changes.back().offset_to;
    for (const YearlyChange& change : span.changes) {
      model::Observance part = observance(change, offset, from);
      offset = change.offset_to;
      if (!last) {
        const std::int64_t until = day_seconds(spans[i + 1].from_year, 1, 1) - 1 - part.offset_from;
        part.rules.front().has_until = true;
        part.rules.front().until = model::utc_time(Instant(std::chrono::seconds(until)));
      }
      parts.push_back(std::move(part));
    }
  }
  return parts;
}

std::optional<ZoneRules> read_rules(const t__TimeZoneDefinitionType& definition) {
  if (definition.Periods == nullptr || definition.TransitionsGroups == nullptr) return std::nullopt;
  Offsets offsets;
  if (!read_periods(*definition.Periods, offsets)) return std::nullopt;
  std::map<std::string, RuleSpan, std::less<>> groups;
  for (const auto& group : definition.TransitionsGroups->TransitionsGroup) {
    RuleSpan span;
    if (!read_group(group, offsets, span)) return std::nullopt;
    groups[group.Id != nullptr ? *group.Id : std::string("0")] = std::move(span);
  }
  if (groups.empty()) return std::nullopt;
  ZoneRules rules;
  const auto add = [&](const t__TransitionTargetType& to, int from_year) {
    RuleSpan span;
    if (to.Kind == "Group") {
      const auto found = groups.find(to.__item);
      if (found == groups.end()) return false;
      span = found->second;
    } else {
      const auto found = offsets.find(to.__item);
      if (found == offsets.end()) return false;
      span.fixed = found->second;
    }
    span.from_year = from_year;
    rules.spans.push_back(std::move(span));
    return true;
  };
  if (definition.Transitions != nullptr) {
    for (const auto* first : definition.Transitions->Transition)
      if (!add(first->To, 0)) return std::nullopt;
    for (const auto* later : definition.Transitions->AbsoluteDateTransition) {
      const auto from = parse_time(later->DateTime);
      if (!from) return std::nullopt;
      // Changes of rule are dated to New Year, in UTC or local time: half a day to either side is the same year.
      if (!add(later->To, year_of(*from + std::chrono::hours(14)))) return std::nullopt;
    }
  } else {
    rules.spans.push_back(groups.begin()->second);
  }
  std::stable_sort(rules.spans.begin(), rules.spans.end(),
                   [](const RuleSpan& a, const RuleSpan& b) { return a.from_year < b.from_year; });
  if (rules.spans.empty()) return std::nullopt;
  rules.spans.front().from_year = 0;
  return rules;
}

std::string rules_text(const t__TimeZoneDefinitionType& definition) {
  std::string out;
  const auto put = [&](std::string_view part) { out.append(part).push_back('|'); };
  const auto put_all = [&](const t__Transitions& all) {
    if (all.Id != nullptr) put(*all.Id);
    for (const auto* each : all.Transition) put(each->To.__item);
    for (const auto* each : all.AbsoluteDateTransition) put(each->To.__item), put(each->DateTime);
    for (const auto* each : all.RecurringDayTransition) {
      put(each->To.__item), put(each->TimeOffset), put(each->Month);
      put(each->DayOfWeek), put(each->Occurrence);
    }
    for (const auto* each : all.RecurringDateTransition)
      put(each->To.__item), put(each->TimeOffset), put(each->Month), put(each->Day);
    out.push_back('\n');
  };
  if (definition.Periods != nullptr)
    for (const auto& period : definition.Periods->Period) put(period.Id), put(period.Bias);
  if (definition.TransitionsGroups != nullptr)
    for (const auto& group : definition.TransitionsGroups->TransitionsGroup) put_all(group);
  if (definition.Transitions != nullptr) put_all(*definition.Transitions);
  return out;
}

}  // namespace caravan::ews::mapping
