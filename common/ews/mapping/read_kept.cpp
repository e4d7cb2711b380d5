// SPDX-License-Identifier: GPL-3.0-or-later
#include "ews/mapping/read_kept.hpp"

#include <algorithm>

#include "ews/mapping/kept_text.hpp"
#include "ews/mapping/property.hpp"
#include "util/digest.hpp"

namespace caravan::ews::mapping {
namespace {

constexpr std::int64_t kDay = 86400;

/// The text of the property, or what it refers to.
std::optional<std::string> text_of(Context& context, const std::string& property) {
  const auto reference = reference_in(property);
  if (!reference) return property;
  if (context.elsewhere == nullptr || !context.elsewhere->find) return std::nullopt;
  Result<std::string> text = context.elsewhere->find(*reference);
  if (text && sha256(*text) == *reference) return std::move(*text);
  if (!text && text.error().fault != Fault::not_found && !context.failure) context.failure = text.error();
  return std::nullopt;
}

std::string name_of(const Zone& zone) { return zone.kind == Zone::Kind::utc ? "Etc/UTC" : zone.name; }

std::vector<model::ZoneDefinition> own(const Zone& zone) {
  return zone.definition ? std::vector<model::ZoneDefinition>{*zone.definition} : std::vector<model::ZoneDefinition>{};
}

Zone zone_of(const KeptZone& kept) {
  Zone zone;
  zone.kind = kept.definition ? Zone::Kind::custom : Zone::Kind::named;
  zone.name = kept.name;
  if (kept.definition) zone.definition = std::make_shared<model::ZoneDefinition>(*kept.definition);
  return zone;
}

/// Where and when two zones must agree.
struct Scope {
  std::optional<Years> years;
  Instant at{};
};

bool agree(const Context& context, const Zone& shown, const Zone& was, const Scope& scope) {
  const auto shown_custom = own(shown), was_custom = own(was);
  if (scope.years) return same_offsets(context.zones, name_of(shown), shown_custom, was.name, was_custom, *scope.years);
  return context.zones.offset_at(name_of(shown), scope.at, shown_custom) ==
         context.zones.offset_at(was.name, scope.at, was_custom);
}

void restore_zone(const Context& context, const KeptZone& kept, const Scope& scope, Zone& zone) {
  if (kept.name.empty() || zone.kind == Zone::Kind::unknown) return;
  if (!kept.definition && !context.zones.knows(kept.name)) return;
  Zone was = zone_of(kept);
  if (agree(context, zone, was, scope)) zone = std::move(was);
}

}  // namespace

std::optional<Kept> read_kept(Context& context, const wire::t__CalendarItemType& item) {
  const std::string* property = value_of(item, OwnProperty::kept);
  if (property == nullptr || property->empty()) return std::nullopt;
  std::optional<Kept> kept;
  if (const auto text = text_of(context, *property)) kept = kept_from(*text);
  if (!kept && !context.failure) context.lose(model::LossReason::value_unreadable, "CaravanKept");
  return kept;
}

void restore_zones(const Context& context, const Kept& kept, std::optional<Years> years, ItemTimes& times) {
  const Scope at_start{years, times.start}, at_end{years, times.end};
  if (kept.floating.empty()) {
    restore_zone(context, kept.start_zone, at_start, times.start_zone);
    restore_zone(context, kept.end_zone, at_end, times.end_zone);
    return;
  }
  const Zone clock = zone_of({kept.floating});
  const bool same = times.start_zone.kind != Zone::Kind::unknown && context.zones.knows(kept.floating) &&
                    agree(context, times.start_zone, clock, at_start) && agree(context, times.end_zone, clock, at_end);
  if (!same) return;
  times.start_zone = clock;
  times.start_zone.kind = Zone::Kind::floating;
  times.end_zone = times.start_zone;
}

void restore_end(const Kept& kept, model::Event& event) {
  if (!kept.no_end) return;
  const std::int64_t length = model::to_seconds(event.end.wall) - model::to_seconds(event.start.wall);
  if (length == (event.all_day() ? kDay : 0)) event.has_end = false;
}

void restore_rules(const Kept& kept, model::Series& series) {
  if (!kept.rules) return;
  const KeptRules& rules = *kept.rules;
  const std::string shown = series.rules.size() == 1 ? to_string(series.rules.front()) : std::string();
  if (shown != rules.was) return;
  const auto excluded = [&](const model::EventTime& time) {
    return std::find(series.excluded.begin(), series.excluded.end(), time) != series.excluded.end();
  };
  if (!std::all_of(rules.surplus.begin(), rules.surplus.end(), excluded)) return;
  series.rules = rules.rules;
  series.extra_dates = rules.dates;
  for (const auto& time : rules.surplus) std::erase(series.excluded, time);
  for (const auto& time : rules.off)
    if (!excluded(time)) series.excluded.push_back(time);
}

bool restore_part(const Kept& kept, model::Series& series) {
  if (!kept.part || !series.master) return false;
  model::Event event = std::move(*series.master);
  series.master.reset();
  event.recurrence_id = kept.part->occurrence;
  series.overrides.push_back(std::move(event));
  return true;
}

}  // namespace caravan::ews::mapping
