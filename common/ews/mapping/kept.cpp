// SPDX-License-Identifier: GPL-3.0-or-later
#include "ews/mapping/kept.hpp"

#include <algorithm>
#include <array>

#include "ews/mapping/attachment.hpp"
#include "util/digest.hpp"
#include "util/text.hpp"

namespace caravan::ews::mapping {
namespace {

using model::Attendee;
using model::Event;
using model::Field;

/// Fields that are kept whole and given back where Exchange still shows what it showed.
constexpr std::array kWhole = {Field::summary, Field::body,        Field::location, Field::busy,
                               Field::status,  Field::sensitivity, Field::priority, Field::categories};

/// Enough to notice an edit; no protection against forgery is meant.
std::string print_of(const Event& event, Field field) { return sha256(canonical(event, field)).hex.substr(0, 12); }

void copy_field(Field field, const Event& from, Event& to) {
  switch (field) {
    case Field::summary:
      to.summary = from.summary;
      return;
    case Field::body:
      to.description = from.description;
      to.html = from.html;
      return;
    case Field::location:
      to.location = from.location;
      return;
    case Field::busy:
      to.busy = from.busy;
      return;
    case Field::status:
      to.status = from.status;
      return;
    case Field::sensitivity:
      to.sensitivity = from.sensitivity;
      return;
    case Field::priority:
      to.priority = from.priority;
      return;
    case Field::categories:
      to.categories = from.categories;
      return;
    case Field::schedule:
    case Field::excluded:
    case Field::link:
    case Field::alarms:
    case Field::organizer:
    case Field::attendee:
    case Field::attachments:
    case Field::extra:
    case Field::presence:
      return;  // kept in their own ways
  }
}

bool can_be_shown(const model::Alarm& alarm) noexcept {
  return alarm.action == model::AlarmAction::display || alarm.action == model::AlarmAction::audio;
}

std::optional<std::int64_t> reminder_of(const Event& event) {
  const model::Alarm* alarm = shown_alarm(event);
  return alarm == nullptr ? std::nullopt : std::optional(minutes_before(event, *alarm));
}

/// Exchange's reminder was changed there: it takes the place of the one that it stood for, the others stay.
std::vector<model::Alarm> with_reminder(const Event& event, const Event& kept_alarms) {
  const model::Alarm* shown = shown_alarm(kept_alarms);
  std::vector<model::Alarm> out;
  for (const auto& alarm : kept_alarms.alarms) {
    // A reminder switched off is one switched off for good: no other pops up in its place.
    const bool goes = &alarm == shown || (event.alarms.empty() && can_be_shown(alarm));
    if (!goes) out.push_back(alarm);
  }
  out.insert(out.end(), event.alarms.begin(), event.alarms.end());
  return out;
}

void restore_alarms(const KeptAlarms& kept, Event& event) {
  if (reminder_of(event) == kept.was) {
    event.alarms = kept.alarms;
    return;
  }
  Event with_kept;
  with_kept.start = event.start;
  with_kept.end = event.end;
  with_kept.has_end = event.has_end;
  with_kept.alarms = kept.alarms;
  event.alarms = with_reminder(event, with_kept);
}

Attendee* find(std::vector<Attendee>& people, const std::string& address) {
  const auto found =
      std::find_if(people.begin(), people.end(), [&](const Attendee& each) { return each.address == address; });
  return found == people.end() ? nullptr : &*found;
}

void restore_attendee(const KeptAttendee& kept, Event& event) {
  Attendee* shown = find(event.attendees, kept.attendee.address);
  if (!kept.was) {
    const bool organizes = event.organizer && event.organizer->address == kept.attendee.address;
    if (shown == nullptr)
      event.attendees.push_back(kept.attendee);
    else if (organizes)  // an import may list him after all; his line says nothing
      *shown = kept.attendee;
    return;
  }
  if (shown == nullptr) return;  // uninvited on Exchange
  const Attendee &was = *kept.was, &is = kept.attendee;
  if (shown->role == was.role) shown->role = is.role;
  if (shown->kind == was.kind) shown->kind = is.kind;
  if (shown->participation == was.participation) shown->participation = is.participation;
  if (shown->rsvp == was.rsvp) shown->rsvp = is.rsvp;
  const bool named_by_us = shown->name == was.name || shown->name.empty() || shown->name == shown->address;
  if (named_by_us) shown->name = is.name;
  shown->extra = is.extra;
}

void restore_organizer(const KeptOrganizer& kept, Event& event) {
  const std::string shown = event.organizer ? event.organizer->address : std::string();
  if (shown == kept.was) event.organizer = kept.organizer;
}

void restore_files(const Kept& kept, Event& event) {
  for (const auto& link : kept.links) {
    const bool there = std::any_of(event.attachments.begin(), event.attachments.end(),
                                   [&](const model::Attachment& each) { return each.uri == link.uri; });
    if (!there) event.attachments.push_back(link);
  }
  for (const auto& file : kept.files)
    for (auto& each : event.attachments) {
      if (!each.uri.empty() || each.name != file.stored_as || each.size != file.size) continue;
      each.name = file.attachment.name;
      each.content_type = file.attachment.content_type;
      each.content_id = file.attachment.content_id;
    }
}

/// What of the description is not read back, where it is white space at the end and nothing else differs.
std::string blank_end(const Event& wanted, const Event& read_back) {
  if (wanted.html != read_back.html || !wanted.description.starts_with(read_back.description)) return {};
  std::string end = wanted.description.substr(read_back.description.size());
  return text::trim(end).empty() ? end : std::string();
}

void keep_attendees(const Event& wanted, const Event& read_back, Kept& kept) {
  for (const Attendee& person : wanted.attendees) {
    const auto shown = std::find_if(read_back.attendees.begin(), read_back.attendees.end(),
                                    [&](const Attendee& each) { return each.address == person.address; });
    if (shown == read_back.attendees.end())
      kept.attendees.push_back({person, std::nullopt});
    else if (canonical(*shown) != canonical(person))
      kept.attendees.push_back({person, *shown});
  }
  for (const Attendee& person : read_back.attendees) {
    const bool listed = std::any_of(wanted.attendees.begin(), wanted.attendees.end(),
                                    [&](const Attendee& each) { return each.address == person.address; });
    if (!listed) kept.uninvited.push_back(person.address);
  }
}

/// A link has no portable place on Exchange; a file may have been given another name or type.
void keep_attachments(const Event& wanted, Kept& kept) {
  for (const auto& attachment : wanted.attachments) {
    const std::string name = stored_name(attachment), type = stored_type(attachment);
    if (!attachment.uri.empty())
      kept.links.push_back(attachment);
    else if (name != attachment.name || type != attachment.content_type)
      kept.files.push_back({name, attachment.size, attachment});
  }
}

}  // namespace

bool Kept::empty() const {
  return uid.empty() && !part && start_zone.name.empty() && end_zone.name.empty() && floating.empty() && !no_end &&
         !rules && was.empty() && body_end.empty() && !alarms && extra.empty() && url.empty() && conference.empty() &&
         !organizer && attendees.empty() && uninvited.empty() && links.empty() && files.empty();
}

std::int64_t minutes_before(const Event& event, const model::Alarm& alarm) noexcept {
  std::int64_t seconds = -alarm.offset_seconds;
  if (alarm.at)
    seconds = (event.start.instant() - *alarm.at).count();
  else if (alarm.related_to_end && event.has_end)
    seconds -= (event.end.instant() - event.start.instant()).count();
  return seconds >= 0 ? seconds / 60 : -((-seconds + 59) / 60);
}

const model::Alarm* shown_alarm(const Event& event) noexcept {
  const model::Alarm* found = nullptr;
  for (const auto& alarm : event.alarms) {
    if (!can_be_shown(alarm)) continue;
    const auto minutes = minutes_before(event, alarm);
    if (minutes < 0) continue;
    if (found == nullptr || minutes > minutes_before(event, *found)) found = &alarm;
  }
  return found;
}

Kept keep(const Event& wanted, const Event& read_back) {
  Kept kept;
  kept.body_end = blank_end(wanted, read_back);
  for (const Field field : kWhole)
    if ((field != Field::body || kept.body_end.empty()) && canonical(wanted, field) != canonical(read_back, field)) {
      kept.was[field] = print_of(read_back, field);
      copy_field(field, wanted, kept.values);
    }
  if (canonical(wanted, Field::alarms) != canonical(read_back, Field::alarms))
    kept.alarms = KeptAlarms{reminder_of(read_back), wanted.alarms};
  for (const auto& property : wanted.extra)
    if (std::find(read_back.extra.begin(), read_back.extra.end(), property) == read_back.extra.end())
      kept.extra.push_back(property);
  kept.url = wanted.url;
  kept.conference = wanted.conference;
  if (canonical(wanted, Field::organizer) != canonical(read_back, Field::organizer))
    kept.organizer =
        KeptOrganizer{wanted.organizer, read_back.organizer ? read_back.organizer->address : std::string()};
  keep_attendees(wanted, read_back, kept);
  keep_attachments(wanted, kept);
  return kept;
}

void restore(const Kept& kept, Event& event) {
  for (const auto& [field, was] : kept.was)
    if (print_of(event, field) == was) copy_field(field, kept.values, event);
  event.description += kept.body_end;
  if (kept.alarms) restore_alarms(*kept.alarms, event);
  event.extra.insert(event.extra.end(), kept.extra.begin(), kept.extra.end());
  event.url = kept.url;
  if (event.conference.empty()) event.conference = kept.conference;
  if (kept.organizer) restore_organizer(*kept.organizer, event);
  for (const auto& person : kept.attendees) restore_attendee(person, event);
  std::erase_if(event.attendees, [&](const Attendee& person) {
    return person.participation == model::Participation::needs_action &&
           std::find(kept.uninvited.begin(), kept.uninvited.end(), person.address) != kept.uninvited.end();
  });
  restore_files(kept, event);
}

}  // namespace caravan::ews::mapping
