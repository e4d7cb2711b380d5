// SPDX-License-Identifier: GPL-3.0-or-later
// Shared by the ics_*.cpp files only: the context of one import, and small readers over libical.
// Everything here runs under the import's lock.
#pragma once

#include <libical/ical.h>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ics_import.hpp"

namespace exchange_sim {

/// A refused series; caught in import_ics().
struct Refused {
  Refusal refusal;
  std::string detail;
};

struct ResolvedZone {
  ZonePtr zone;   ///< what Exchange stores
  ZonePtr exact;  ///< the zone the text means, where it is known better
};

/// A DTSTART, DTEND, RECURRENCE-ID, EXDATE...
struct IcsTime {
  LocalTime local = 0;
  bool is_date = false;
  ResolvedZone zone;
  Instant instant() const { return (zone.exact ? zone.exact : zone.zone)->to_instant(local); }
};

struct IcsContext {
  const Owner& owner;
  icalcomponent* calendar;
  std::map<std::string, ResolvedZone> zones;
  std::set<Loss>* losses;
  std::string* detail;
  void lose(Loss loss, const std::string& why = {}) {
    losses->insert(loss);
    if (!why.empty() && detail->find(why) == std::string::npos) *detail += (detail->empty() ? "" : ", ") + why;
  }
};

std::string ical_text(char* owned);
std::string value_text(icalproperty* property);
std::string parameter_text(icalproperty* property, const char* name);
icalproperty* first_property(icalcomponent* component, icalproperty_kind kind);
std::vector<icalproperty*> properties(icalcomponent* component, icalproperty_kind kind);
/// The value of the first X- property of that name.
std::string x_value(icalcomponent* component, const char* name);
LocalTime local_of(const icaltimetype& time);

ResolvedZone resolve_zone(IcsContext& context, const std::string& tzid, LocalTime near);
std::optional<IcsTime> read_time(IcsContext& context, icalproperty* property, const icaltimetype& time);
/// DTSTART's time; refuses where there is none.
IcsTime read_start(IcsContext& context, icalcomponent* event);

EventContent read_content(IcsContext& context, icalcomponent* event);

/// The pattern and range of the event's RRULE; refuses what Exchange cannot express.
Recurrence read_recurrence(IcsContext& context, icalcomponent* event, const IcsTime& start);

}  // namespace exchange_sim
