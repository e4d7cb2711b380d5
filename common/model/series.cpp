// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/series.hpp"

#include <algorithm>

namespace caravan::model {
namespace {

template <class T>
void sort_unique(std::vector<T>& values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

void normalize(Event& event) {
  sort_unique(event.categories);
  std::stable_sort(event.attendees.begin(), event.attendees.end(),
                   [](const Attendee& a, const Attendee& b) { return a.address < b.address; });
  event.attendees.erase(std::unique(event.attendees.begin(), event.attendees.end(),
                                    [](const Attendee& a, const Attendee& b) { return a.address == b.address; }),
                        event.attendees.end());
  std::sort(event.alarms.begin(), event.alarms.end());
  std::sort(event.extra.begin(), event.extra.end());
}

void normalize(Rule& rule) {
  sort_unique(rule.by_day);
  for (auto* list : {&rule.by_month_day, &rule.by_year_day, &rule.by_week, &rule.by_month, &rule.by_set_position,
                     &rule.by_hour, &rule.by_minute, &rule.by_second})
    sort_unique(*list);
}

}  // namespace

const Event& representative(const Series& series) noexcept {
  return series.master ? *series.master : series.overrides.front();
}

void normalize(Series& series) {
  if (series.master) normalize(*series.master);
  for (auto& event : series.overrides) normalize(event);
  for (auto& rule : series.rules) normalize(rule);
  sort_unique(series.rules);
  sort_unique(series.extra_dates);
  sort_unique(series.excluded);
  std::stable_sort(series.overrides.begin(), series.overrides.end(),
                   [](const Event& a, const Event& b) { return a.recurrence_id < b.recurrence_id; });
  sort_unique(series.zones);
}

std::string_view to_string(BusyStatus value) noexcept {
  switch (value) {
    case BusyStatus::free:
      return "FREE";
    case BusyStatus::tentative:
      return "TENTATIVE";
    case BusyStatus::busy:
      return "BUSY";
    case BusyStatus::out_of_office:
      return "OOF";
    case BusyStatus::working_elsewhere:
      return "WORKINGELSEWHERE";
  }
  return "BUSY";
}

std::string_view to_string(EventStatus value) noexcept {
  switch (value) {
    case EventStatus::none:
      return "";
    case EventStatus::confirmed:
      return "CONFIRMED";
    case EventStatus::tentative:
      return "TENTATIVE";
    case EventStatus::cancelled:
      return "CANCELLED";
  }
  return "";
}

std::string_view to_string(Sensitivity value) noexcept {
  switch (value) {
    case Sensitivity::normal:
      return "PUBLIC";
    case Sensitivity::personal:  // iCalendar has no word of its own for it (ews-facts 13.3)
    case Sensitivity::private_:
      return "PRIVATE";
    case Sensitivity::confidential:
      return "CONFIDENTIAL";
  }
  return "PUBLIC";
}

std::string_view to_string(Role value) noexcept {
  switch (value) {
    case Role::required:
      return "REQ-PARTICIPANT";
    case Role::optional:
      return "OPT-PARTICIPANT";
    case Role::non_participant:
      return "NON-PARTICIPANT";
    case Role::chair:
      return "CHAIR";
  }
  return "REQ-PARTICIPANT";
}

std::string_view to_string(AttendeeKind value) noexcept {
  switch (value) {
    case AttendeeKind::individual:
      return "INDIVIDUAL";
    case AttendeeKind::group:
      return "GROUP";
    case AttendeeKind::resource:
      return "RESOURCE";
    case AttendeeKind::room:
      return "ROOM";
    case AttendeeKind::unknown:
      return "UNKNOWN";
  }
  return "INDIVIDUAL";
}

std::string_view to_string(Participation value) noexcept {
  switch (value) {
    case Participation::needs_action:
      return "NEEDS-ACTION";
    case Participation::accepted:
      return "ACCEPTED";
    case Participation::declined:
      return "DECLINED";
    case Participation::tentative:
      return "TENTATIVE";
    case Participation::delegated:
      return "DELEGATED";
  }
  return "NEEDS-ACTION";
}

Importance importance_of(std::int32_t priority) noexcept {
  if (priority >= 1 && priority <= 4) return Importance::high;
  if (priority >= 6 && priority <= 9) return Importance::low;
  return Importance::normal;
}

}  // namespace caravan::model
