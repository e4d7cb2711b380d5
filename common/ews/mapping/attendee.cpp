// SPDX-License-Identifier: GPL-3.0-or-later
#include "ews/mapping/attendee.hpp"

#include <algorithm>

#include "ews/mapping/time.hpp"
#include "ews/mapping/vocabulary.hpp"
#include "model/proposal.hpp"
#include "util/text.hpp"

namespace caravan::ews::mapping {
namespace {

using namespace wire;  // NOLINT: the generated names
using model::Attendee;
using model::LossReason;

constexpr std::int64_t kStateMeeting = 1;  // AppointmentState, ews-facts 5.2

bool is_me(const Mailbox& mailbox, const std::string& address) {
  if (address == mailbox.address.value) return true;
  return std::any_of(mailbox.aliases.begin(), mailbox.aliases.end(),
                     [&](const Address& alias) { return alias.value == address; });
}

/// Lower-case SMTP address; empty where there is none.
std::string smtp_address(Context& context, const t__EmailAddressType& mailbox) {
  if (mailbox.EmailAddress == nullptr) return {};
  const std::string_view raw = text::trim(*mailbox.EmailAddress);
  const bool legacy = (mailbox.RoutingType != nullptr && *mailbox.RoutingType == "EX") || raw.starts_with("/o=") ||
                      raw.starts_with("/O=");
  std::string address;
  if (legacy) {
    Result<std::string> resolved = context.resolve ? context.resolve(std::string(raw)) : std::string();
    if (resolved)
      address = std::move(*resolved);
    else if (!context.failure)
      context.failure = resolved.error();
  } else {
    address = text::lower(raw);
    if (address.starts_with("smtp:")) address.erase(0, 5);
    if (address.starts_with("mailto:")) address.erase(0, 7);
  }
  if (address.find('@') == std::string::npos) return {};
  return is_me(context.mailbox, address) ? context.mailbox.address.value : address;
}

model::AttendeeKind kind_of(const t__EmailAddressType& mailbox, bool resource) {
  if (resource) return model::AttendeeKind::room;
  if (mailbox.MailboxType == nullptr) return model::AttendeeKind::individual;
  const std::string& type = *mailbox.MailboxType;
  return type == "PublicDL" || type == "PrivateDL" || type == "GroupMailbox" ? model::AttendeeKind::group
                                                                             : model::AttendeeKind::individual;
}

/// Adds or, where the address is there already (Exchange lists people twice, ews-facts 12, 50), completes.
void add(std::vector<Attendee>& people, Attendee person) {
  const auto twin = std::find_if(people.begin(), people.end(),
                                 [&](const Attendee& other) { return other.address == person.address; });
  if (twin == people.end()) {
    people.push_back(std::move(person));
    return;
  }
  if (twin->name.empty()) twin->name = std::move(person.name);
  if (twin->participation == model::Participation::needs_action) twin->participation = person.participation;
  if (proposal_of(*twin) == model::Proposal()) set_proposal(*twin, proposal_of(person));
}

void read_list(Context& context, t__Attendees* list, model::Role role, bool resource, model::Event& event) {
  if (list == nullptr) return;
  for (t__AttendeeType& each : list->Attendee) {
    t__EmailAddressType* mailbox = each.Mailbox;
    if (mailbox == nullptr) continue;
    Attendee person;
    person.address = smtp_address(context, *mailbox);
    person.name = context.take(mailbox->Name, "attendee");
    if (person.address.empty()) {
      context.lose(LossReason::attendee_without_address, person.name);
      continue;
    }
    person.role = role;
    person.kind = kind_of(*mailbox, resource);
    if (each.ResponseType != nullptr) {
      const auto answer = participation_from(*each.ResponseType);
      if (!answer) context.lose(LossReason::value_unknown, "ResponseType");
      person.participation = answer.value_or(model::Participation::needs_action);
    }
    const auto proposed = [](const std::string* time) { return time ? parse_time(*time) : std::nullopt; };
    set_proposal(person, {proposed(each.ProposedStart), proposed(each.ProposedEnd)});
    add(event.attendees, std::move(person));
  }
}

void read_organizer(Context& context, t__CalendarItemType& item, bool mine, model::Event& event) {
  model::Organizer organizer;
  if (item.Organizer != nullptr && item.Organizer->Mailbox != nullptr) {
    organizer.address = smtp_address(context, *item.Organizer->Mailbox);
    organizer.name = context.take(item.Organizer->Mailbox->Name, "organizer");
  }
  if (organizer.address.empty() && mine) organizer.address = context.mailbox.address.value;
  if (organizer.address.empty()) {
    context.lose(LossReason::organizer_without_address, organizer.name);
    return;
  }
  event.organizer = std::move(organizer);
}

/// MyResponseType is the truth about my own answer; the list is the organizer's tracking.
void apply_own_answer(Context& context, const t__CalendarItemType& item, bool mine, model::Event& event) {
  const std::string& me = context.mailbox.address.value;
  if (item.MyResponseType == nullptr || mine) return;
  const auto answer = participation_from(*item.MyResponseType);
  if (!answer) {
    context.lose(LossReason::value_unknown, "MyResponseType");
    return;
  }
  if (*item.MyResponseType == "Unknown" || *item.MyResponseType == "Organizer") return;
  const auto own = std::find_if(event.attendees.begin(), event.attendees.end(),
                                [&](const Attendee& person) { return person.address == me; });
  if (own != event.attendees.end()) {
    own->participation = *answer;
    return;
  }
  // An occurrence has its series' guests (read_occurrence): an imported one says NoResponseReceived to nobody's guest.
  const bool occurrence = item.CalendarItemType != nullptr && *item.CalendarItemType == "Exception";
  if (occurrence && *answer == model::Participation::needs_action) return;
  Attendee person;  // invited through a group: without a line of my own, my answer would have no place
  person.address = me;
  person.participation = *answer;
  event.attendees.push_back(std::move(person));
}

}  // namespace

bool is_organizer(const t__CalendarItemType& item) {
  if (const auto organizer = read_bool(item.IsOrganizer)) return *organizer;
  return item.MyResponseType != nullptr && *item.MyResponseType == "Organizer";
}

bool is_meeting(const t__CalendarItemType& item) {
  if (const auto meeting = read_bool(item.IsMeeting)) return *meeting;
  return (read_number(item.AppointmentState).value_or(0) & kStateMeeting) != 0;
}

void read_people(Context& context, t__CalendarItemType& item, model::Event& event) {
  if (!is_meeting(item)) return;
  const bool mine = is_organizer(item);
  read_organizer(context, item, mine, event);
  read_list(context, item.RequiredAttendees, model::Role::required, false, event);
  read_list(context, item.OptionalAttendees, model::Role::optional, false, event);
  read_list(context, item.Resources, model::Role::non_participant, true, event);
  apply_own_answer(context, item, mine, event);
  const bool rsvp = is_true(item.IsResponseRequested);
  for (Attendee& person : event.attendees) {
    const bool organizes = event.organizer && person.address == event.organizer->address;
    if (organizes) person.participation = model::Participation::accepted;
    person.rsvp = rsvp && !organizes;
  }
}

}  // namespace caravan::ews::mapping
