// SPDX-License-Identifier: GPL-3.0-or-later
// Checks before saving, neighbours of occurrences, inheritance of exceptions; see item_checks.hpp.
#include "item_checks.hpp"

#include <algorithm>

#include "soap.hpp"

namespace exchange_sim {
namespace {

void snap_to_days(EventContent& content) {
  Day first = day_of(content.start_zone->to_local(content.start));
  LocalTime end = content.end_zone->to_local(content.end);
  Day last = day_of(end);
  if (last * kDaySeconds != end) ++last;
  content.start = content.start_zone->midnight(first);
  content.end = content.end_zone->midnight(std::max(last, first + 1));
}

/// The series begins at its pattern's first day, not at a start outside of it.
void align_series(CalendarItem& item) {
  auto& rule = *item.recurrence;
  LocalTime local = item.content.start_zone->to_local(item.content.start);
  Day start = day_of(local);
  if (rule.start < start) rule.start = start;
  RecurrenceWalk walk(rule);
  auto first = walk.next();
  if (!first) throw ItemError{"ErrorRecurrenceHasNoOccurrence", "The recurrence has no occurrences in its range."};
  rule.start = *first;
  if (*first == start) return;
  LocalTime length = item.content.end_zone->to_local(item.content.end) - local;
  LocalTime moved = local + (*first - start) * kDaySeconds;
  item.content.start = item.content.start_zone->to_instant(moved);
  item.content.end = item.content.end_zone->to_instant(moved + length);
}

void check_overlap(const CalendarItem& item) {
  RecurrenceWalk walk(*item.recurrence);
  auto before = walk.next();
  for (int i = 0; i < 60; ++i) {
    auto day = walk.next();
    if (!day) return;
    if (item.original_start(*day) < item.occurrence_end(*before)) {
      throw ItemError{"ErrorOccurrenceTimeSpanTooBig",
                      "The time span is longer than the distance between occurrences."};
    }
    before = day;
  }
}

bool same_text(const SharedText& one, const SharedText& two) {
  if (!one || !two) return (one ? *one : std::string()) == (two ? *two : std::string());
  return *one == *two;
}

}  // namespace

void check_item(CalendarItem& item) {
  auto& content = item.content;
  if (content.all_day) snap_to_days(content);
  if (content.end < content.start) {
    throw ItemError{"ErrorCalendarEndDateIsEarlierThanStartDate", "EndDate is earlier than StartDate."};
  }
  if (content.end - content.start > 5 * 366 * kDaySeconds) {
    throw ItemError{"ErrorCalendarDurationIsTooLong", "The duration is longer than five years."};
  }
  if (!item.recurrence) return;
  align_series(item);
  check_overlap(item);
}

void check_boundaries(const CalendarItem& item, Day changed) {
  auto view = view_of(item, changed);
  RecurrenceWalk walk(*item.recurrence);
  std::optional<View> before;
  std::optional<View> after;
  while (auto day = walk.next()) {
    if (*day == changed || item.deleted.contains(*day)) continue;
    if (*day < changed) before = view_of(item, *day);
    if (*day > changed) {
      after = view_of(item, *day);
      break;
    }
  }
  const auto& zone = *item.content.start_zone;
  auto same_day = [&](const View& other) {
    return day_of(zone.to_local(view.start)) == day_of(zone.to_local(other.start));
  };
  bool crosses = (before && (view.start < before->end || view.start <= before->start || same_day(*before))) ||
                 (after && (view.end > after->start || view.start >= after->start || same_day(*after)));
  if (crosses) {
    throw ItemError{"ErrorOccurrenceCrossingBoundary",
                    "Modified occurrence is crossing or overlapping adjacent occurrence."};
  }
}

bool schedule_changed(const CalendarItem& before, const CalendarItem& after) {
  return before.recurrence != after.recurrence || before.content.start != after.content.start ||
         before.content.end != after.content.end || before.content.all_day != after.content.all_day ||
         before.content.start_zone->id() != after.content.start_zone->id();
}

void inherit(EventContent& exception, const EventContent& before, const EventContent& after) {
  auto take = [&](auto member) {
    if (exception.*member == before.*member) exception.*member = after.*member;
  };
  take(&EventContent::subject);
  take(&EventContent::location);
  take(&EventContent::categories);
  take(&EventContent::importance);
  take(&EventContent::sensitivity);
  take(&EventContent::busy);
  take(&EventContent::intended);
  take(&EventContent::reminder_is_set);
  take(&EventContent::reminder_minutes);
  take(&EventContent::required);
  take(&EventContent::optional);
  take(&EventContent::resources);
  take(&EventContent::state);
  take(&EventContent::my_response);
  take(&EventContent::reply_time);
  take(&EventContent::sequence);
  take(&EventContent::response_requested);
  take(&EventContent::allow_new_time_proposal);
  take(&EventContent::request_was_sent);
  take(&EventContent::join_url);
  take(&EventContent::culture);
  take(&EventContent::extended);
  take(&EventContent::kept);
  if (same_text(exception.body, before.body) && exception.body_is_html == before.body_is_html) {
    exception.body = after.body;
    exception.body_is_html = after.body_is_html;
  }
}

Exception& make_exception(CalendarItem& master, Day day) {
  auto view = view_of(master, day);
  if (!view.is_exception) {
    Exception made;
    made.content = master.content;
    made.content.start = view.start;
    made.content.end = view.end;
    made.change = master.change;
    master.exceptions[day] = std::move(made);
  }
  auto& exception = master.exceptions.at(day);
  exception.modified = current_time();
  return exception;
}

}  // namespace exchange_sim
