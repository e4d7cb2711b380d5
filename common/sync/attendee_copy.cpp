// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/attendee_copy.hpp"

#include <algorithm>

#include "sync/frame.hpp"
#include "sync/meeting.hpp"
#include "sync/three_way.hpp"

namespace caravan::sync {
namespace {

using model::Attendee;
using model::Change;
using model::Delta;
using model::Event;
using model::Field;
using model::Participation;
using model::Series;

bool is_my_line(const Change& unit, const Policy& policy) {
  return unit.field == Field::attendee && is_me(policy, unit.key);
}

const Event* event_of(const Series& series, const std::string& occurrence) {
  if (!occurrence.empty()) return find_override(series, occurrence);
  return series.master ? &*series.master : nullptr;
}

const Attendee* line_of(const Event* event, const std::string& address) {
  if (event == nullptr) return nullptr;
  for (const auto& attendee : event->attendees)
    if (attendee.address == address) return &attendee;
  return nullptr;
}

Participation answer_of(const Event* event, const Policy& policy) {
  return event == nullptr ? Participation::needs_action : own_answer(*event, policy);
}

/// Whether CalDAV's change of my line is one that Exchange can be told, or need not be.
bool can_be_given(const Change& unit, const TheirMeeting& meeting) {
  const Event* there = event_of(meeting.exchange, unit.occurrence);
  const Event* here = event_of(meeting.caldav, unit.occurrence);
  const Attendee* line = line_of(here, unit.key);
  if (line == nullptr) return here == nullptr;  // the list is the organizer's: nobody takes himself off
  const Attendee* listed = line_of(there, unit.key);
  if (listed != nullptr && !same_part_played(*listed, *line)) return false;
  const Participation answer = own_answer(*here, meeting.policy);
  if (answer == answer_of(there, meeting.policy)) return listed != nullptr || there == nullptr;
  if (answer == Participation::needs_action || meeting.policy.mailbox_kind == MailboxKind::room) return false;
  if (is_cancelled(meeting.exchange) || (there != nullptr && there->status == model::EventStatus::cancelled))
    return false;
  // EWS declines a series with all its occurrences.
  return answer != Participation::declined || !unit.occurrence.empty() || all_declined(meeting.caldav, meeting.policy);
}

bool is_not_mine_to_say(const Change& unit, const TheirMeeting& meeting) {
  if (is_my_line(unit, meeting.policy)) return !can_be_given(unit, meeting);
  return belongs_to_organizer(unit, meeting.policy);
}

template <class Test>
Delta take_if(Delta& units, Test test) {
  Delta taken, left;
  for (auto& unit : units) (test(unit) ? taken : left).push_back(std::move(unit));
  units = std::move(left);
  return taken;
}

void add(Delta& units, const Delta& more) {
  units.insert(units.end(), more.begin(), more.end());
  std::sort(units.begin(), units.end());
}

}  // namespace

void restore_organizers(Overlap& parts, const TheirMeeting& meeting, ScheduleMeets meets) {
  add(parts.conflicting, take_if(parts.second_only, [&](const Change& unit) {
        const bool of_occurrence = !unit.occurrence.empty() || unit.field == Field::excluded;
        return (of_occurrence && meets == ScheduleMeets::occurrences_too) || is_not_mine_to_say(unit, meeting);
      }));
}

bool exchange_decides(const Delta& conflicting, const TheirMeeting& meeting) {
  return std::any_of(conflicting.begin(), conflicting.end(), [&](const Change& unit) {
    // An occurrence that the organizer moved or called off does not come back because I changed my category.
    const bool whole_occurrence = unit.field == Field::excluded || unit.field == Field::presence;
    return whole_occurrence || is_not_mine_to_say(unit, meeting);
  });
}

void settle_answers(Overlap& parts, const TheirMeeting& meeting) {
  const auto answers = take_if(parts.conflicting, [&](const Change& unit) { return is_my_line(unit, meeting.policy); });
  for (const auto& unit : answers) {
    const Event* there = event_of(meeting.exchange, unit.occurrence);
    const Event* here = event_of(meeting.caldav, unit.occurrence);
    const Attendee *listed = line_of(there, unit.key), *line = line_of(here, unit.key);
    Delta& out = listed == nullptr || line == nullptr || !same_part_played(*listed, *line) ? parts.conflicting
                 : answer_of(there, meeting.policy) == Participation::needs_action         ? parts.second_only
                 : answer_of(here, meeting.policy) == Participation::needs_action          ? parts.first_only
                                                                                           : parts.conflicting;
    out.push_back(unit);
  }
  for (auto* units : {&parts.first_only, &parts.second_only, &parts.conflicting})
    std::sort(units->begin(), units->end());
}

Delta take_answers(Delta& units, const Policy& policy) {
  return take_if(units, [&](const Change& unit) { return is_my_line(unit, policy); });
}

std::vector<Part> parts_for(const std::vector<Part>& parts, const std::string& occurrence) {
  for (const auto& part : parts)
    if (!occurrence.empty() && part.occurrence == occurrence) return {part};
  return parts;
}

std::vector<Respond> answers_between(const Series& seen, const Series& desired, const Series& answered,
                                     const Policy& policy) {
  std::vector<Respond> out;
  const bool is_new = !seen.master && seen.overrides.empty();
  Participation of_series = Participation::needs_action;
  const auto look = [&](const Event& event, const std::string& occurrence) {
    const Attendee* line = own_line(event, policy);
    if (line == nullptr) return;
    const Participation answer = own_answer(event, policy);
    const Event* was = event_of(seen, occurrence);
    const bool written_out = was != nullptr || find_override(desired, occurrence) != nullptr;
    if (was == nullptr && seen.master && !excludes(seen, occurrence)) was = &*seen.master;
    // What Exchange does not write out is answered with the series.
    const bool follows = !written_out && of_series != Participation::needs_action;
    const Participation before = follows ? of_series : answer_of(was, policy);
    if (answer == before || answer == Participation::needs_action) return;
    if (is_new && occurrence.empty() && answer == Participation::declined) return;  // it would be gone again
    const Attendee* invited = was == nullptr ? nullptr : own_line(*was, policy);
    out.push_back(Respond{{}, {}, occurrence, invited == nullptr ? line->address : invited->address, answer});
    if (occurrence.empty()) of_series = answer;
  };
  if (answered.master) look(*answered.master, {});
  for (const auto& event : answered.overrides)
    if (event.recurrence_id) look(event, to_string(*event.recurrence_id));
  return out;
}

void tell_exchange(Decision& decision, const Copy& seen, Series desired, const Series& answered, const Policy& policy) {
  std::vector<Respond> answers;
  if (policy.mailbox_kind == MailboxKind::user) answers = answers_between(seen.series, desired, answered, policy);
  const bool leaves = std::any_of(answers.begin(), answers.end(), [&](const Respond& respond) {
    const bool whole = respond.occurrence.empty() || (!answered.master && all_declined(answered, policy));
    return whole && respond.answer == Participation::declined;
  });
  if (leaves)
    std::erase_if(answers, [&](const Respond& respond) { return answered.master && !respond.occurrence.empty(); });
  else if (auto update = update_to(Side::exchange, seen, std::move(desired)))
    decision.actions.push_back(std::move(*update));
  for (auto& respond : answers) {
    respond.parts = parts_for(seen.parts, respond.occurrence);
    respond.expected = seen.version;
    decision.actions.push_back(std::move(respond));
  }
  if (leaves) decision.actions.push_back(Dismiss{});
}

}  // namespace caravan::sync
