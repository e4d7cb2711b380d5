// SPDX-License-Identifier: GPL-3.0-or-later
// Times of iCalendar and their zones: Windows ids, IANA ids with vendors' prefixes, X-LIC-LOCATION,
// or a custom definition from the VTIMEZONE (ews-facts 7.3).
#include <algorithm>
#include <cstdlib>

#include "bytes.hpp"
#include "ics_internal.hpp"

namespace exchange_sim {
namespace {

icalcomponent* find_vtimezone(icalcomponent* calendar, const std::string& tzid) {
  for (auto* zone = icalcomponent_get_first_component(calendar, ICAL_VTIMEZONE_COMPONENT); zone != nullptr;
       zone = icalcomponent_get_next_component(calendar, ICAL_VTIMEZONE_COMPONENT)) {
    auto* id = first_property(zone, ICAL_TZID_PROPERTY);
    if (id != nullptr && icalproperty_get_tzid(id) != nullptr && tzid == icalproperty_get_tzid(id)) return zone;
  }
  return nullptr;
}

struct Observance {
  LocalTime start = 0;
  int offset = 0;
  bool yearly = false;
  std::optional<LocalTime> until;
  YearlyChange change;
  bool found = false;
};

YearlyChange change_from(const icaltimetype& start, const icalrecurrencetype* rule) {
  YearlyChange out;
  out.month = start.month;
  out.seconds = start.hour * 3600 + start.minute * 60 + start.second;
  out.day = start.day;
  if (rule == nullptr) return out;
  if (rule->by_month[0] != ICAL_RECURRENCE_ARRAY_MAX) out.month = rule->by_month[0];
  if (rule->by_day[0] != ICAL_RECURRENCE_ARRAY_MAX) {
    int position = icalrecurrencetype_day_position(rule->by_day[0]);
    out.weekday = static_cast<int>(icalrecurrencetype_day_day_of_week(rule->by_day[0])) - 1;
    if (rule->by_month_day[0] != ICAL_RECURRENCE_ARRAY_MAX) position = (rule->by_month_day[0] + 6) / 7;
    if (position == 0) position = 1;
    out.occurrence = position < 0 || position > 4 ? -1 : position;
    out.day = 0;
  } else if (rule->by_month_day[0] != ICAL_RECURRENCE_ARRAY_MAX) {
    out.day = rule->by_month_day[0];
  }
  return out;
}

/// The latest observance of that kind that begins before `near`, else the earliest one.
Observance observance(icalcomponent* zone, icalcomponent_kind kind, LocalTime near) {
  Observance best;
  for (auto* part = icalcomponent_get_first_component(zone, kind); part != nullptr;
       part = icalcomponent_get_next_component(zone, kind)) {
    auto* start = first_property(part, ICAL_DTSTART_PROPERTY);
    auto* to = first_property(part, ICAL_TZOFFSETTO_PROPERTY);
    if (start == nullptr || to == nullptr) continue;
    auto time = icalproperty_get_dtstart(start);
    LocalTime begins = local_of(time);
    bool better = !best.found || (begins <= near && (begins > best.start || best.start > near)) ||
                  (begins > near && best.start > near && begins < best.start);
    if (!better) continue;
    best = {};
    best.found = true;
    best.start = begins;
    best.offset = icalproperty_get_tzoffsetto(to);
    auto* rrule = first_property(part, ICAL_RRULE_PROPERTY);
    if (rrule != nullptr) {
      auto rule = icalproperty_get_rrule(rrule);
      best.yearly = rule.freq == ICAL_YEARLY_RECURRENCE;
      if (!icaltime_is_null_time(rule.until)) best.until = local_of(rule.until);
      best.change = change_from(time, &rule);
    } else {
      best.change = change_from(time, nullptr);
    }
  }
  return best;
}

ZonePtr zone_from_vtimezone(icalcomponent* zone, const std::string& tzid, LocalTime near) {
  auto standard = observance(zone, ICAL_XSTANDARD_COMPONENT, near);
  auto daylight = observance(zone, ICAL_XDAYLIGHT_COMPONENT, near);
  if (!standard.found && !daylight.found) return nullptr;
  ZoneRules rules;
  bool daylight_lives = daylight.found && daylight.yearly && standard.yearly &&
                        (!daylight.until || *daylight.until >= near) && (!standard.until || *standard.until >= near);
  if (daylight_lives) {
    rules.has_daylight = true;
    rules.standard_offset = standard.offset;
    rules.daylight_offset = daylight.offset;
    rules.to_daylight = daylight.change;
    rules.to_standard = standard.change;
  } else {
    bool last_is_daylight =
        daylight.found && daylight.start <= near && (!standard.found || daylight.start > standard.start);
    rules.standard_offset = last_is_daylight || !standard.found ? daylight.offset : standard.offset;
  }
  if (rules.has_daylight && rules.daylight_offset < rules.standard_offset) {
    std::swap(rules.daylight_offset, rules.standard_offset);
    std::swap(rules.to_daylight, rules.to_standard);
  }
  return custom_zone(tzid, rules);
}

ResolvedZone zone_by_name(std::string name) {
  name = trim(name);
  if (name.size() > 1 && name.front() == '"' && name.back() == '"') name = name.substr(1, name.size() - 2);
  if (auto zone = zone_by_windows_id(name)) return {zone, nullptr};
  for (std::string rest = name; !rest.empty();) {
    if (auto zone = zone_by_iana(rest)) return {zone, exact_iana_zone(rest)};
    auto slash = rest.find('/');
    if (slash == std::string::npos) break;
    rest = rest.substr(slash + 1);
    if (rest.find('/') == std::string::npos) break;
  }
  return {};
}

}  // namespace

ResolvedZone resolve_zone(IcsContext& context, const std::string& tzid, LocalTime near) {
  if (auto known = context.zones.find(tzid); known != context.zones.end()) return known->second;
  auto resolved = zone_by_name(tzid);
  auto* definition = find_vtimezone(context.calendar, tzid);
  if (!resolved.zone && definition != nullptr) {
    if (auto location = x_value(definition, "X-LIC-LOCATION"); !location.empty()) resolved = zone_by_name(location);
    if (!resolved.zone) {
      resolved.zone = zone_from_vtimezone(definition, tzid, near);
      if (resolved.zone) context.lose(Loss::custom_zone, "TZID=" + tzid);
    }
  }
  if (!resolved.zone) {
    resolved.zone = context.owner.zone;
    context.lose(Loss::unknown_zone, "TZID=" + tzid);
    return resolved;
  }
  context.zones[tzid] = resolved;
  return resolved;
}

LocalTime local_of(const icaltimetype& time) {
  return day_from(time.year, time.month, time.day) * kDaySeconds + time.hour * 3600 + time.minute * 60 + time.second;
}

std::optional<IcsTime> read_time(IcsContext& context, icalproperty* property, const icaltimetype& time) {
  if (icaltime_is_null_time(time) || time.year < 1601 || time.year > 4500 || time.month < 1 || time.month > 12) {
    return std::nullopt;
  }
  IcsTime out;
  out.local = local_of(time);
  out.is_date = time.is_date != 0;
  auto tzid = parameter_text(property, "TZID");
  if (out.is_date) {
    out.zone.zone = context.owner.zone;
  } else if (icaltime_is_utc(time)) {
    out.zone.zone = utc_zone();
  } else if (!tzid.empty()) {
    out.zone = resolve_zone(context, tzid, out.local);
  } else {
    out.zone.zone = context.owner.zone;
    context.lose(Loss::floating_time);
  }
  return out;
}

IcsTime read_start(IcsContext& context, icalcomponent* event) {
  auto* property = first_property(event, ICAL_DTSTART_PROPERTY);
  if (property == nullptr) throw Refused{Refusal::no_dtstart, {}};
  auto start = read_time(context, property, icalproperty_get_dtstart(property));
  if (!start) throw Refused{Refusal::no_dtstart, "DTSTART"};
  return *start;
}

}  // namespace exchange_sim
