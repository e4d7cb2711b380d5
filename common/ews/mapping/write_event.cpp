// SPDX-License-Identifier: GPL-3.0-or-later
#include "ews/mapping/write_event.hpp"

#include <algorithm>

#include "ews/mapping/vocabulary.hpp"
#include "model/html_text.hpp"
#include "util/digest.hpp"
#include "util/text.hpp"

namespace caravan::ews::mapping {
namespace {

using namespace wire;  // NOLINT: the generated names
using model::Attendee;
using model::Event;
using model::EventTime;
using model::TimeKind;

constexpr std::int64_t kLongestReminder = 2629800;  // minutes, ews-facts 5.2
constexpr std::size_t kLongestUid = 255;            // bytes, ews-facts 5.5
constexpr std::size_t kLongestCategory = 255;
constexpr std::int64_t kDay = 86400;

/// A title or a place is one line on Exchange.
std::string one_line(std::string_view text) {
  return text::replace_all(text::unix_line_ends(text::sanitize(text)), "\n", " ");
}

std::string words_of(std::string_view text) {
  std::string out;
  for (const char c : text::unix_line_ends(text)) {
    const bool blank = c == ' ' || c == '\t' || c == '\n';
    if (blank && (out.empty() || out.back() == ' ')) continue;
    out += blank ? ' ' : c;
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

/// The HTML is the body where it says what the description says; else a plain client has edited the description.
bool html_is_current(const Event& event) {
  if (event.html.empty()) return false;
  return event.description.empty() || words_of(model::html_to_text(event.html)) == words_of(event.description);
}

void write_body(Arena& arena, const Event& event, t__CalendarItemType& item) {
  item.Body = arena.make<t__BodyType>();
  const bool html = html_is_current(event);
  item.Body->BodyType = html ? "HTML" : "Text";
  item.Body->__item = text::sanitize(html ? event.html : event.description);
}

void write_categories(Arena& arena, const Event& event, t__CalendarItemType& item) {
  auto* list = arena.make<t__ArrayOfStringsType>();
  for (const std::string& category : event.categories) {
    const std::string name = one_line(category.substr(0, kLongestCategory));
    if (!text::trim(name).empty()) list->String.emplace_back(text::trim(name));
  }
  if (!list->String.empty()) item.Categories = list;  // an empty element is refused
}

/// A plain client says STATUS:TENTATIVE where Exchange has a busy status for it (ews-facts 13.4).
model::BusyStatus busy_of(const WriteContext& context, const Event& event, const Standing& standing) {
  const bool own = !standing.is_meeting || standing.is_organizer;
  if (own && event.busy == model::BusyStatus::busy && event.status == model::EventStatus::tentative)
    return model::BusyStatus::tentative;
  if (event.busy == model::BusyStatus::working_elsewhere && !context.knows_elsewhere) return model::BusyStatus::busy;
  return event.busy;
}

bool is_over(const WriteContext& context, const Subject& subject) {
  if (!context.now) return false;
  const EventTime end = end_of(subject.event);
  if (subject.pattern == nullptr) return end.instant() + std::chrono::hours(24) < *context.now;
  if (!subject.pattern->end) return false;
  const Instant last{std::chrono::seconds((*subject.pattern->end + 2) * kDay)};
  return last + (end.instant() - subject.event.start.instant()) < *context.now;
}

void write_reminder(const WriteContext& context, Arena& arena, const Subject& subject, t__CalendarItemType& item) {
  const model::Alarm* alarm = shown_alarm(subject.event);
  const std::int64_t minutes = alarm != nullptr ? minutes_before(subject.event, *alarm) : 0;
  const bool set = alarm != nullptr && minutes <= kLongestReminder && !is_over(context, subject);
  // Said expressly: silent, the server adds its default (ews-facts 5.2).
  item.ReminderIsSet = arena.text(set ? "true" : "false");
  if (set) item.ReminderMinutesBeforeStart = arena.text(std::to_string(minutes));
}

t__Attendees* write_list(Arena& arena, const std::vector<const Attendee*>& people) {
  if (people.empty()) return nullptr;
  auto* list = arena.make<t__Attendees>();
  for (const Attendee* person : people) {
    t__AttendeeType each;
    each.Mailbox = arena.make<t__EmailAddressType>();
    each.Mailbox->Name = arena.text(text::sanitize(person->name.empty() ? person->address : person->name));
    each.Mailbox->EmailAddress = arena.text(person->address);
    each.Mailbox->RoutingType = arena.text("SMTP");
    list->Attendee.push_back(each);
  }
  return list;
}

bool is_resource(const Attendee& person) noexcept {
  return person.kind == model::AttendeeKind::resource || person.kind == model::AttendeeKind::room;
}

bool is_optional(const Attendee& person) noexcept {
  return person.role == model::Role::optional || person.role == model::Role::non_participant;
}

/// Exchange refuses the whole item for one address that is none.
bool can_be_invited(const std::string& address) {
  const auto at = address.find('@');
  if (at == std::string::npos || at == 0 || at + 1 == address.size() || address.find('@', at + 1) != std::string::npos)
    return false;
  return address.find_first_of(" \t\r\n<>,;:\"()[]\\/") == std::string::npos && text::is_valid_utf8(address);
}

/// Those whom Exchange lists: not the organizer himself, and not what is no address.
std::vector<const Attendee*> guests(const WriteContext& context, const Event& event) {
  std::vector<const Attendee*> out;
  for (const Attendee& person : event.attendees) {
    const bool organizes = event.organizer && event.organizer->address == person.address;
    const bool is_me = is_own(context.mailbox, person.address);
    if (!organizes && can_be_invited(person.address) && !(is_me && !is_foreign(context.mailbox, event)))
      out.push_back(&person);
  }
  return out;
}

void write_people(const WriteContext& context, Arena& arena, const Event& event, t__CalendarItemType& item) {
  std::vector<const Attendee*> required, optional, resources;
  if (!makes_a_meeting(context, event)) return;
  bool rsvp = false;
  for (const Attendee* person : guests(context, event)) {
    (is_resource(*person) ? resources : is_optional(*person) ? optional : required).push_back(person);
    rsvp = rsvp || person->rsvp;
  }
  item.RequiredAttendees = write_list(arena, required);
  item.OptionalAttendees = write_list(arena, optional);
  item.Resources = write_list(arena, resources);
  item.IsResponseRequested = arena.text(rsvp ? "true" : "false");
}

/// The zone that Exchange is told for a time.
std::string zone_for(const EventTime& time, const Standing& standing) {
  switch (time.kind) {
    case TimeKind::date:
    case TimeKind::floating:
      return standing.zone;
    case TimeKind::utc:
      return "Etc/UTC";
    case TimeKind::zoned:
      return time.zone;
  }
  return "Etc/UTC";
}

void write_times(const WriteContext& context, Arena& arena, const Subject& subject, const Standing& standing,
                 t__CalendarItemType& item) {
  const Event& event = subject.event;
  const EventTime end = end_of(event);
  const Instant from = instant_of(context, event.start, standing.zone);
  const Instant until = instant_of(context, end, standing.zone);
  item.Start = arena.text(to_rfc3339(from));
  item.End = arena.text(to_rfc3339(until));
  item.IsAllDayEvent = arena.text(event.all_day() ? "true" : "false");
  const Years years = years_of(subject);
  const auto& custom = subject.series.zones;
  item.StartTimeZone = write_zone(arena, context.zones, zone_for(event.start, standing), custom, years, from);
  item.EndTimeZone = write_zone(arena, context.zones, zone_for(end, standing), custom, years, until);
}

}  // namespace

Standing standing_of(const WriteContext& context, const Event& event) {
  Standing standing;
  standing.is_meeting = makes_a_meeting(context, event);
  standing.is_organizer = !standing.is_meeting || !is_foreign(context.mailbox, event);
  standing.zone = home_zone(context);
  return standing;
}

bool is_own(const Mailbox& mailbox, const std::string& address) {
  if (address == mailbox.address.value) return true;
  return std::any_of(mailbox.aliases.begin(), mailbox.aliases.end(),
                     [&](const Address& alias) { return alias.value == address; });
}

bool is_foreign(const Mailbox& mailbox, const Event& event) {
  return event.organizer && !event.organizer->address.empty() && !event.attendees.empty() &&
         !is_own(mailbox, event.organizer->address);
}

std::string home_zone(const WriteContext& context) {
  return context.mailbox.zone.empty() ? "Etc/UTC" : context.mailbox.zone;
}

bool makes_a_meeting(const WriteContext& context, const Event& event) { return !guests(context, event).empty(); }

EventTime end_of(const Event& event) {
  EventTime end = event.has_end ? event.end : event.start;
  if (!event.has_end && event.all_day()) end.wall = model::from_seconds(model::to_seconds(end.wall) + kDay);
  return end.instant() < event.start.instant() ? event.start : end;
}

Instant instant_of(const WriteContext& context, const EventTime& time, const std::string& zone) {
  if (time.kind == TimeKind::utc || time.kind == TimeKind::zoned) return time.instant();
  return model::at_wall(context.zones, zone, time.wall).instant();
}

Years years_of(const Subject& subject) {
  Years years{subject.event.start.wall.year, end_of(subject.event).wall.year};
  if (subject.pattern == nullptr) return years;
  years.to = 9999;
  if (subject.pattern->end) years.to = std::max(years.from, date_of(*subject.pattern->end).year);
  return years;
}

std::string uid_for(const Uid& uid) {
  const bool fits = uid.value.size() <= kLongestUid && !uid.empty() && text::sanitize(uid.value) == uid.value &&
                    text::trim(uid.value) == uid.value;
  return fits ? uid.value : "caravan-" + sha256(uid.value).hex.substr(0, 40);
}

std::string uid_for_part(const Uid& uid, const EventTime& occurrence) {
  const std::string own = uid_for(uid) + "-" + wall_text(occurrence);
  return own.size() <= kLongestUid ? own
                                   : "caravan-" + sha256(uid.value + '\n' + wall_text(occurrence)).hex.substr(0, 40);
}

t__CalendarItemType* write_event(const WriteContext& context, Arena& arena, const Subject& subject,
                                 const Standing& standing) {
  const Event& event = subject.event;
  auto* item = arena.make<t__CalendarItemType>();
  item->Subject = arena.text(one_line(event.summary));
  item->Sensitivity = arena.text(to_text(event.sensitivity));
  write_body(arena, event, *item);
  write_categories(arena, event, *item);
  item->Importance = arena.text(to_text(model::importance_of(event.priority)));
  write_reminder(context, arena, subject, *item);
  write_times(context, arena, subject, standing, *item);
  item->LegacyFreeBusyStatus = arena.text(to_text(busy_of(context, event, standing)));
  item->Location = arena.text(one_line(event.location));
  write_people(context, arena, event, *item);
  if (subject.pattern != nullptr) item->Recurrence = write_pattern(arena, *subject.pattern);
  const bool no_counter = std::any_of(event.extra.begin(), event.extra.end(), [](const model::RawProperty& property) {
    return property.name == "X-MICROSOFT-DISALLOW-COUNTER" && text::equal_ignoring_case(property.value, "TRUE");
  });
  if (standing.is_meeting || no_counter) item->AllowNewTimeProposal = arena.text(no_counter ? "false" : "true");
  return item;
}

}  // namespace caravan::ews::mapping
