// SPDX-License-Identifier: GPL-3.0-or-later
#include "ical/read_zone.hpp"

#include "ical/values.hpp"
#include "ical/zone_book.hpp"
#include "ical/zone_data.hpp"
#include "util/text.hpp"

namespace caravan::ical::detail {
namespace {

constexpr std::size_t kMostObservances = 400, kMostDates = 1000;

bool read_observance(std::string_view text, const Component& component, model::Observance& out) {
  bool has_start = false, has_from = false, has_to = false;
  out.daylight = component.name == "DAYLIGHT";
  for (const auto& span : component.lines) {
    if (span.end - span.begin > 60000) continue;
    const auto line = read_line(text, span);
    if (line.name == "DTSTART") {
      const auto time = time_from_wire(line.value);
      if (time) out.start = time->wall;
      has_start = time.has_value();
    } else if (line.name == "TZOFFSETFROM" || line.name == "TZOFFSETTO") {
      const auto offset = offset_from_wire(line.value);
      if (!offset) continue;
      (line.name == "TZOFFSETTO" ? out.offset_to : out.offset_from) = *offset;
      (line.name == "TZOFFSETTO" ? has_to : has_from) = true;
    } else if (line.name == "TZNAME") {
      if (out.name.empty()) out.name = text_from_wire(line.value);
    } else if (line.name == "RRULE") {
      auto rule = rule_from_wire(line.value);
      if (rule && rule->frequency >= model::Frequency::monthly) out.rules.push_back(std::move(*rule));
    } else if (line.name == "RDATE") {
      for (const auto& part : text::split(line.value, ','))
        if (const auto time = time_from_wire(part); time && out.extra_starts.size() < kMostDates)
          out.extra_starts.push_back(time->wall);
    }
  }
  if (!has_from) out.offset_from = out.offset_to;
  return has_start && has_to;
}

std::string tzid_of(std::string_view text, const Component& component, std::string_view name) {
  for (const auto& span : component.lines)
    if (span.name == name) return text_from_wire(std::string(text::trim(read_line(text, span).value)));
  return {};
}

}  // namespace

std::optional<ReadZone> read_zone(std::string_view text, const Component& component) {
  ReadZone out;
  out.definition.id = tzid_of(text, component, "TZID");
  out.location = tzid_of(text, component, "X-LIC-LOCATION");
  for (const auto& child : component.children) {
    if ((child.name != "STANDARD" && child.name != "DAYLIGHT") || out.definition.observances.size() >= kMostObservances)
      continue;
    model::Observance observance;
    if (read_observance(text, child, observance)) out.definition.observances.push_back(std::move(observance));
  }
  if (out.definition.observances.empty()) return std::nullopt;
  return out;
}

ZoneContext::ZoneContext(std::string_view text, const Component& calendar, std::string default_zone)
    : text_(text), default_zone_(std::move(default_zone)), hint_(tzid_of(text, calendar, "X-WR-TIMEZONE")) {
  for (const auto& child : calendar.children)
    if (child.name == "VTIMEZONE") definitions_.emplace(tzid_of(text, child, "TZID"), &child);
}

const ZoneContext::Meaning& ZoneContext::meaning(const std::string& tzid) {
  const auto found = known_.find(tzid);
  return found != known_.end() ? found->second : known_.emplace(tzid, resolve(tzid)).first->second;
}

ZoneContext::Meaning ZoneContext::resolve(const std::string& tzid) {
  if (auto name = zone_name(tzid); !name.empty()) return {std::move(name), std::nullopt};
  const auto found = definitions_.find(tzid);
  if (found == definitions_.end()) return {};
  auto zone = read_zone(text_, *found->second);
  if (!zone) return {};
  if (auto name = zone_name(zone->location); !name.empty()) return {std::move(name), std::nullopt};
  if (auto name = zone_like(zone->definition, {hint_, default_zone_}); !name.empty())
    return {std::move(name), std::nullopt};
  return {zone->definition.id, std::move(zone->definition)};
}

}  // namespace caravan::ical::detail
