// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/meeting.hpp"

#include <algorithm>

#include "sync/frame.hpp"

namespace caravan::sync {
namespace {

using model::Event;
using model::EventStatus;
using model::Field;
using model::Participation;
using model::Series;

template <class Test>
bool any_event(const Series& series, Test test) {
  return (series.master && test(*series.master)) || std::any_of(series.overrides.begin(), series.overrides.end(), test);
}

bool is_empty(const Series& series) noexcept { return !series.master && series.overrides.empty(); }

bool lists_me(const Series& series, const Policy& policy) {
  return any_event(series, [&](const Event& event) { return own_line(event, policy) != nullptr; });
}

}  // namespace

std::string_view to_string(MeetingKind kind) noexcept {
  switch (kind) {
    case MeetingKind::own_appointment:
      return "own_appointment";
    case MeetingKind::organizer:
      return "organizer";
    case MeetingKind::attendee:
      return "attendee";
    case MeetingKind::orphan_occurrence:
      return "orphan_occurrence";
    case MeetingKind::cancelled:
      return "cancelled";
    case MeetingKind::foreign_organizer:
      return "foreign_organizer";
    case MeetingKind::room:
      return "room";
  }
  return "?";
}

MeetingKind kind_of(const Series& series, const Policy& policy, bool is_organizer) {
  if (!is_theirs(series, policy, is_organizer)) {
    if (!is_empty(series) && !series.master) return MeetingKind::orphan_occurrence;
    return has_guests_of_mine(series, policy, is_organizer) ? MeetingKind::organizer : MeetingKind::own_appointment;
  }
  if (policy.mailbox_kind == MailboxKind::room) return MeetingKind::room;
  if (!lists_me(series, policy)) return MeetingKind::foreign_organizer;
  if (is_cancelled(series)) return MeetingKind::cancelled;
  return series.master ? MeetingKind::attendee : MeetingKind::orphan_occurrence;
}

bool is_theirs(const Series& series, const Policy& policy, bool is_organizer) {
  if (is_empty(series) || is_organizer || policy.mailbox.empty()) return false;
  const auto& organizer = representative(series).organizer;
  if (!organizer || organizer->address.empty() || is_me(policy, organizer->address)) return false;
  return any_event(series, [](const Event& event) { return !event.attendees.empty(); });
}

bool has_guests_of_mine(const Series& series, const Policy& policy, bool is_organizer) {
  if (is_empty(series)) return false;
  const auto& organizer = representative(series).organizer;
  if (!is_organizer && (!organizer || !is_me(policy, organizer->address))) return false;
  return any_event(series, [&](const Event& event) {
    return std::any_of(event.attendees.begin(), event.attendees.end(), [&](const model::Attendee& attendee) {
      const bool organizes = organizer && attendee.address == organizer->address;
      return !organizes && !is_me(policy, attendee.address);
    });
  });
}

bool is_cancelled(const Series& series) {
  if (series.master) return series.master->status == EventStatus::cancelled;
  return !series.overrides.empty() &&
         !any_event(series, [](const Event& event) { return event.status != EventStatus::cancelled; });
}

bool belongs_to_organizer(const model::Change& unit, const Policy& policy) {
  switch (unit.field) {
    case Field::schedule:
    case Field::summary:
    case Field::body:
    case Field::location:
    case Field::status:
    case Field::link:
    case Field::organizer:
    case Field::attachments:
      return true;
    case Field::attendee:
      return !is_me(policy, unit.key);
    case Field::presence:  // of an occurrence its owner may take it out, and put it back
      return unit.occurrence.empty();
    case Field::excluded:
    case Field::busy:
    case Field::sensitivity:
    case Field::priority:
    case Field::categories:
    case Field::alarms:
    case Field::extra:
      return false;
  }
  return false;
}

const model::Attendee* own_line(const Event& event, const Policy& policy) {
  const auto found = std::find_if(event.attendees.begin(), event.attendees.end(),
                                  [&](const model::Attendee& attendee) { return is_me(policy, attendee.address); });
  return found == event.attendees.end() ? nullptr : &*found;
}

Participation own_answer(const Event& event, const Policy& policy) {
  const model::Attendee* line = own_line(event, policy);
  if (line == nullptr || line->participation == Participation::delegated) return Participation::needs_action;
  return line->participation;
}

bool all_declined(const Series& series, const Policy& policy) {
  const auto declines = [&](const Event& event) { return own_answer(event, policy) == Participation::declined; };
  // An occurrence that was called off asks for no answer.
  const auto stands = [&](const Event& event) {
    const bool called_off = event.recurrence_id && event.status == EventStatus::cancelled;
    return own_line(event, policy) != nullptr && !called_off && !declines(event);
  };
  return any_event(series, declines) && !any_event(series, stands);
}

Series answered(Series series, Participation answer, const Policy& policy) {
  const auto set = [&](Event& event) {
    for (auto& attendee : event.attendees)
      if (is_me(policy, attendee.address)) attendee.participation = answer;
  };
  if (series.master) set(*series.master);
  for (auto& event : series.overrides) set(event);
  return series;
}

Series declined(Series series, const Policy& policy) {
  if (!lists_me(series, policy)) {
    model::Attendee me;
    me.address = policy.mailbox.value;
    (series.master ? *series.master : series.overrides.front()).attendees.push_back(std::move(me));
    normalize(series);
  }
  return answered(std::move(series), Participation::declined, policy);
}

bool is_dismissed(const Series& series, const Policy& policy) {
  if (is_theirs(series, policy)) return all_declined(series, policy);
  return is_cancelled(series) && has_guests_of_mine(series, policy);
}

bool is_dismissed(const Event& override, const Policy& policy) {
  if (override.status == EventStatus::cancelled) return true;
  const bool mine = override.organizer && is_me(policy, override.organizer->address);
  return !mine && own_answer(override, policy) == Participation::declined;
}

}  // namespace caravan::sync
