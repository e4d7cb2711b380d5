// SPDX-License-Identifier: GPL-3.0-or-later
#include "ical/parse.hpp"

#include <algorithm>
#include <unordered_map>

#include "ical/expand.hpp"
#include "ical/lines.hpp"
#include "ical/read_event.hpp"
#include "ical/values.hpp"
#include "ical/zone_book.hpp"

namespace caravan::ical {
namespace {

using detail::Component;
using detail::ReadEvent;

struct Group {
  Uid uid;
  std::vector<ReadEvent> events;
  std::optional<Error> error;
};

/// Of several events for one place the newest counts.
bool supersedes(const model::Event& candidate, const model::Event& present) {
  if (candidate.sequence != present.sequence) return candidate.sequence > present.sequence;
  return candidate.last_modified > present.last_modified;
}

/// RFC 5545 forbids COUNT with UNTIL; the one that ends earlier is meant (ews-facts 6.2).
void apply_dropped_until(model::Series& series, const model::EventTime& until) {
  if (series.rules.size() != 1) return;
  model::Series by_count = series;
  by_count.overrides.clear();
  by_count.excluded.clear();
  by_count.extra_dates.clear();
  const auto last = last_end(by_count, *system_zone_book());
  if (last && *last <= until.instant()) return;
  series.rules.front().count = 0;
  series.rules.front().has_until = true;
  series.rules.front().until = until;
}

void add_zones(model::Series& series, const ReadEvent& read) {
  for (const auto& zone : read.zones) {
    const bool known = std::any_of(series.zones.begin(), series.zones.end(),
                                   [&](const model::ZoneDefinition& other) { return other.id == zone.id; });
    if (!known) series.zones.push_back(zone);
  }
}

void take_master(model::Series& series, ReadEvent& read, std::vector<std::string>& warnings) {
  if (series.master) {
    warnings.push_back("Several events of the series claim to be its master; the newest was taken.");
    if (!supersedes(read.event, *series.master)) return;
  }
  series.master = std::move(read.event);
  series.rules = std::move(read.rules);
  series.extra_dates = std::move(read.extra_dates);
  series.excluded = std::move(read.excluded);
  if (read.dropped_until) apply_dropped_until(series, *read.dropped_until);
}

void take_override(model::Series& series, ReadEvent& read, std::vector<std::string>& warnings) {
  for (auto& present : series.overrides) {
    if (present.recurrence_id != read.event.recurrence_id) continue;
    warnings.push_back("An occurrence is overridden twice; the newest was taken.");
    if (supersedes(read.event, present)) present = std::move(read.event);
    return;
  }
  series.overrides.push_back(std::move(read.event));
}

void use_masters_form(model::Series& series) {
  if (!series.master) return;
  const auto& start = series.master->start;
  for (auto* list : {&series.extra_dates, &series.excluded})
    for (auto& time : *list) time = detail::like_start(time, start, series.zones);
}

ParsedSeries assemble(Group& group) {
  ParsedSeries out;
  out.uid = group.uid;
  for (auto& read : group.events) {
    out.warnings.insert(out.warnings.end(), read.warnings.begin(), read.warnings.end());
    out.unknown_zones += read.unknown_zones;
    if (out.mark.empty()) out.mark = read.mark;
  }
  if (group.uid.empty() && !group.error) group.error = make_error(Fault::malformed, "An event has no UID.", "UID");
  if (group.error) {
    out.series = *std::move(group.error);
    return out;
  }
  model::Series series;
  series.uid = group.uid;
  for (const auto& read : group.events) add_zones(series, read);
  for (auto& read : group.events)
    if (!read.event.recurrence_id) take_master(series, read, out.warnings);
  for (auto& read : group.events) {
    if (!read.event.recurrence_id || read.component == nullptr) continue;
    if (series.master)
      read.event.recurrence_id = detail::like_start(*read.event.recurrence_id, series.master->start, series.zones);
    take_override(series, read, out.warnings);
  }
  use_masters_form(series);
  model::normalize(series);
  out.series = std::move(series);
  return out;
}

}  // namespace

Result<std::vector<ParsedSeries>> parse(std::string_view text, const ParseOptions& options) {
  detail::prepare_libical();
  const Component root = detail::scan(text);
  std::vector<Group> groups;
  std::unordered_map<std::string, std::size_t> by_uid;
  bool any = false;
  for (const auto& calendar : root.children) {
    if (calendar.name != "VCALENDAR") continue;
    any = true;
    detail::ZoneContext zones(text, calendar, options.default_zone);
    for (const auto& component : calendar.children) {
      if (component.name != "VEVENT") continue;
      auto uid = detail::read_uid(text, component);
      const auto index = uid.empty() ? groups.size() : by_uid.try_emplace(uid, groups.size()).first->second;
      if (index == groups.size()) groups.push_back({Uid(std::move(uid)), {}, std::nullopt});
      auto read = detail::read_event(text, component, zones, options);
      if (read)
        groups[index].events.push_back(std::move(*read));
      else if (read.error().fault == Fault::malformed || read.error().fault == Fault::unsupported)
        groups[index].error = std::move(read).error();
      else
        return std::move(read).error();  // the sink refused: no fault of the text
    }
  }
  if (!any) return make_error(Fault::malformed, "The text holds no VCALENDAR.", "VCALENDAR");
  std::vector<ParsedSeries> out;
  out.reserve(groups.size());
  for (auto& group : groups) out.push_back(assemble(group));
  return out;
}

Result<ParsedSeries> parse_one(std::string_view text, const ParseOptions& options) {
  CARAVAN_TRY(all, parse(text, options));
  if (all.empty()) return make_error(Fault::malformed, "The resource holds no event.", "VEVENT");
  if (all.size() > 1) return make_error(Fault::malformed, "The resource holds events of several UIDs.", "UID");
  if (!all.front().series) return std::move(all.front().series).error();
  return std::move(all.front());
}

}  // namespace caravan::ical
