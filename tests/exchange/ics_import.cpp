// SPDX-License-Identifier: GPL-3.0-or-later
// Groups the VEVENTs of a file into series and builds an item of each: masters with their exceptions
// and deleted occurrences, singles, orphan occurrences. See ics_import.hpp.
#include "ics_import.hpp"

#include <algorithm>
#include <mutex>

#include "bytes.hpp"
#include "ics_internal.hpp"
#include "world.hpp"

namespace exchange_sim {
namespace {

std::mutex& ical_mutex() {
  static std::mutex mutex;
  return mutex;
}

struct Group {
  std::vector<icalcomponent*> masters;
  std::vector<icalcomponent*> overrides;
};

Instant time_property(icalcomponent* event, icalproperty_kind kind, Instant otherwise) {
  auto* p = first_property(event, kind);
  if (p == nullptr) return otherwise;
  auto* value = icalproperty_get_value(p);
  if (value == nullptr) return otherwise;
  auto time = icalvalue_get_datetime(value);
  return icaltime_is_null_time(time) || time.year < 1601 || time.year > 4500 ? otherwise : local_of(time);
}

bool rrule_failed(icalcomponent* event) {
  for (auto* p : properties(event, ICAL_XLICERROR_PROPERTY)) {
    if (value_text(p).find("RRULE") != std::string::npos) return true;
  }
  return false;
}

std::vector<IcsTime> listed_times(IcsContext& context, icalcomponent* event, icalproperty_kind kind) {
  std::vector<IcsTime> out;
  for (auto* p : properties(event, kind)) {
    icaltimetype time = icaltime_null_time();
    if (kind == ICAL_EXDATE_PROPERTY) {
      time = icalproperty_get_exdate(p);
    } else {
      auto pair = icalproperty_get_rdate(p);
      time = icaltime_is_null_time(pair.time) ? pair.period.start : pair.time;
    }
    if (auto read = read_time(context, p, time)) out.push_back(*read);
  }
  return out;
}

/// The original day of the series that a RECURRENCE-ID or EXDATE names.
std::optional<Day> original_day(const CalendarItem& item, const IcsTime& time) {
  const auto& zone = *item.content.start_zone;
  if (time.is_date) {
    Day day = day_of(time.local);
    return contains_day(*item.recurrence, day) ? std::optional(day) : std::nullopt;
  }
  bool same_zone = time.zone.zone == item.content.start_zone;
  LocalTime local = same_zone ? time.local : zone.to_local(time.instant());
  Day day = day_of(local);
  if (local - day * kDaySeconds != item.time_of_day() || !contains_day(*item.recurrence, day)) return std::nullopt;
  return day;
}

void read_rdates(IcsContext& context, icalcomponent* event, const CalendarItem& item) {
  for (const auto& time : listed_times(context, event, ICAL_RDATE_PROPERTY)) {
    bool redundant = time.instant() == item.content.start || (item.recurrence && original_day(item, time));
    if (!redundant) throw Refused{Refusal::rdate, {}};
  }
}

void read_exdates(IcsContext& context, icalcomponent* event, CalendarItem& item) {
  for (const auto& time : listed_times(context, event, ICAL_EXDATE_PROPERTY)) {
    if (!item.recurrence) {
      if (time.instant() == item.content.start) throw Refused{Refusal::no_occurrence, "EXDATE"};
      context.lose(Loss::exdate_without_instance);
      continue;
    }
    if (auto day = original_day(item, time))
      item.deleted.insert(*day);
    else
      context.lose(Loss::exdate_without_instance);
  }
}

void read_override(IcsContext& context, icalcomponent* event, CalendarItem& item) {
  auto* p = first_property(event, ICAL_RECURRENCEID_PROPERTY);
  auto time = read_time(context, p, icalproperty_get_recurrenceid(p));
  if (!item.recurrence) throw Refused{Refusal::override_without_rule, {}};
  if (!time) throw Refused{Refusal::override_not_in_rule, "RECURRENCE-ID"};
  if (equal_ignoring_case(parameter_text(p, "RANGE"), "THISANDFUTURE")) context.lose(Loss::thisandfuture);
  auto day = original_day(item, *time);
  if (!day) throw Refused{Refusal::override_not_in_rule, format_local(time->local)};
  Exception made;
  made.content = read_content(context, event);
  made.modified = time_property(event, ICAL_LASTMODIFIED_PROPERTY, item.modified);
  item.deleted.erase(*day);
  item.exceptions[*day] = std::move(made);
}

/// Exchange keeps the order of occurrences and forbids overlaps and two starts on one day.
void check_neighbours(const CalendarItem& item) {
  if (item.exceptions.empty()) return;
  Day last = item.exceptions.rbegin()->first;
  std::optional<View> before;
  RecurrenceWalk walk(*item.recurrence);
  for (int after = 0; after < 2;) {
    auto day = walk.next();
    if (!day) break;
    if (*day > last) ++after;
    if (item.deleted.contains(*day)) continue;
    auto view = view_of(item, *day);
    if (before && (before->is_exception || view.is_exception)) {
      const auto& zone = *item.content.start_zone;
      bool same_day = day_of(zone.to_local(before->start)) == day_of(zone.to_local(view.start));
      if (view.start < before->end || view.start <= before->start || same_day) {
        throw Refused{Refusal::override_crosses_neighbour, format_day(*day)};
      }
    }
    before = view;
  }
}

void check_master(const CalendarItem& item) {
  RecurrenceWalk walk(*item.recurrence);
  std::optional<Day> before;
  bool any = false;
  for (int i = 0; i < 60; ++i) {
    auto day = walk.next();
    if (!day) break;
    if (before && item.original_start(*day) < item.occurrence_end(*before)) {
      throw Refused{Refusal::occurrences_overlap, {}};
    }
    before = day;
    any = any || !item.deleted.contains(*day);
  }
  if (!any) {
    while (auto day = walk.next()) {
      if (!item.deleted.contains(*day)) return;
    }
    throw Refused{Refusal::no_occurrence, "EXDATE"};
  }
}

void note_zone_difference(IcsContext& context, const CalendarItem& item, const IcsTime& start) {
  if (!start.zone.exact || !item.recurrence) return;
  RecurrenceWalk walk(*item.recurrence);
  for (int i = 0; i < 120; ++i) {
    auto day = walk.next();
    if (!day) return;
    LocalTime local = *day * kDaySeconds + item.time_of_day();
    if (start.zone.exact->to_instant(local) != start.zone.zone->to_instant(local)) {
      context.lose(Loss::zone_rules_differ);
      return;
    }
  }
}

std::unique_ptr<CalendarItem> new_item(IcsContext& context, icalcomponent* event, const std::string& uid) {
  auto item = std::make_unique<CalendarItem>();
  item->uid = uid;
  item->content = read_content(context, event);
  item->stamp = time_property(event, ICAL_DTSTAMP_PROPERTY, current_time());
  item->created = time_property(event, ICAL_CREATED_PROPERTY, item->stamp);
  item->modified = time_property(event, ICAL_LASTMODIFIED_PROPERTY, item->stamp);
  item->global_object_id = global_object_id(uid, std::nullopt);
  return item;
}

std::unique_ptr<CalendarItem> build_series(IcsContext& context, icalcomponent* master,
                                           const std::vector<icalcomponent*>& overrides, const std::string& uid) {
  if (rrule_failed(master)) throw Refused{Refusal::rrule_unparsable, {}};
  auto item = new_item(context, master, uid);
  if (!properties(master, ICAL_RRULE_PROPERTY).empty()) {
    auto start = read_start(context, master);
    item->recurrence = read_recurrence(context, master, start);
    item->content.start = start.zone.zone->to_instant(start.local);
    item->content.end = std::max(item->content.end, item->content.start);
    note_zone_difference(context, *item, start);
  }
  read_rdates(context, master, *item);
  read_exdates(context, master, *item);
  for (auto* event : overrides) read_override(context, event, *item);
  if (item->recurrence) {
    check_master(*item);
    check_neighbours(*item);
  }
  return item;
}

std::unique_ptr<CalendarItem> build_orphan(IcsContext& context, icalcomponent* event, const std::string& uid) {
  auto item = new_item(context, event, uid);
  auto* p = first_property(event, ICAL_RECURRENCEID_PROPERTY);
  auto time = read_time(context, p, icalproperty_get_recurrenceid(p));
  if (!time) throw Refused{Refusal::override_not_in_rule, "RECURRENCE-ID"};
  item->recurrence_id = time->instant();
  item->global_object_id = global_object_id(uid, day_of(time->local));
  return item;
}

template <typename Build>
ImportedSeries attempt(const Owner& owner, icalcomponent* calendar, const std::string& uid, Build build) {
  ImportedSeries out;
  out.report.uid = uid;
  IcsContext context{owner, calendar, {}, &out.report.losses, &out.report.detail};
  try {
    out.item = build(context);
  } catch (const Refused& refused) {
    out.item = nullptr;
    out.report.refusal = refused.refusal;
    out.report.detail = refused.detail;
    out.report.losses.clear();
  }
  return out;
}

void import_calendar(icalcomponent* calendar, const Owner& owner, std::vector<ImportedSeries>& out) {
  std::map<std::string, Group> groups;
  std::vector<std::string> order;
  for (auto* event = icalcomponent_get_first_component(calendar, ICAL_VEVENT_COMPONENT); event != nullptr;
       event = icalcomponent_get_next_component(calendar, ICAL_VEVENT_COMPONENT)) {
    auto* id = first_property(event, ICAL_UID_PROPERTY);
    std::string uid = id != nullptr && icalproperty_get_uid(id) != nullptr ? icalproperty_get_uid(id) : "";
    if (uid.empty()) {
      ImportedSeries refused;
      refused.report.refusal = Refusal::no_uid;
      out.push_back(std::move(refused));
      continue;
    }
    if (!groups.contains(uid)) order.push_back(uid);
    auto& group = groups[uid];
    auto& list = first_property(event, ICAL_RECURRENCEID_PROPERTY) != nullptr ? group.overrides : group.masters;
    list.push_back(event);
  }
  for (const auto& uid : order) {
    const auto& group = groups[uid];
    for (std::size_t i = 0; i < group.masters.size(); ++i) {
      out.push_back(attempt(owner, calendar, uid, [&](IcsContext& context) {
        if (i > 0) context.lose(Loss::duplicate_uid);
        return build_series(context, group.masters[i], i == 0 ? group.overrides : std::vector<icalcomponent*>(), uid);
      }));
    }
    if (!group.masters.empty()) continue;
    for (auto* event : group.overrides) {
      out.push_back(
          attempt(owner, calendar, uid, [&](IcsContext& context) { return build_orphan(context, event, uid); }));
    }
  }
}

}  // namespace

std::string ical_text(char* owned) {
  std::string out = owned == nullptr ? "" : owned;
  if (owned != nullptr) icalmemory_free_buffer(owned);
  return out;
}

std::string value_text(icalproperty* property) { return ical_text(icalproperty_get_value_as_string_r(property)); }

std::string parameter_text(icalproperty* property, const char* name) {
  auto text = ical_text(icalproperty_get_parameter_as_string_r(property, name));
  if (text.size() > 1 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
  return text;
}

icalproperty* first_property(icalcomponent* component, icalproperty_kind kind) {
  return icalcomponent_get_first_property(component, kind);
}

std::vector<icalproperty*> properties(icalcomponent* component, icalproperty_kind kind) {
  std::vector<icalproperty*> out;
  for (auto* p = icalcomponent_get_first_property(component, kind); p != nullptr;
       p = icalcomponent_get_next_property(component, kind)) {
    out.push_back(p);
  }
  return out;
}

std::string x_value(icalcomponent* component, const char* name) {
  for (auto* p : properties(component, ICAL_X_PROPERTY)) {
    const char* own = icalproperty_get_x_name(p);
    if (own == nullptr || !equal_ignoring_case(own, name)) continue;
    const char* value = icalproperty_get_x(p);
    return value == nullptr ? "" : value;
  }
  return {};
}

std::vector<ImportedSeries> import_ics(const std::string& text, const Owner& owner) {
  std::lock_guard lock(ical_mutex());
  icalerror_set_errors_are_fatal(0);
  std::vector<ImportedSeries> out;
  auto utf8 = as_utf8(text);
  auto* root = icalparser_parse_string(utf8.c_str());
  if (root == nullptr) {
    ImportedSeries refused;
    refused.report.refusal = Refusal::unparsable;
    out.push_back(std::move(refused));
    return out;
  }
  if (icalcomponent_isa(root) == ICAL_VCALENDAR_COMPONENT) {
    import_calendar(root, owner, out);
  } else {
    for (auto* inner = icalcomponent_get_first_component(root, ICAL_VCALENDAR_COMPONENT); inner != nullptr;
         inner = icalcomponent_get_next_component(root, ICAL_VCALENDAR_COMPONENT)) {
      import_calendar(inner, owner, out);
    }
    if (icalcomponent_isa(root) == ICAL_VEVENT_COMPONENT) import_calendar(root, owner, out);
  }
  icalcomponent_free(root);
  if (out.empty()) {
    ImportedSeries refused;
    refused.report.refusal = Refusal::no_event;
    out.push_back(std::move(refused));
  }
  return out;
}

}  // namespace exchange_sim
