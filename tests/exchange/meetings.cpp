// SPDX-License-Identifier: GPL-3.0-or-later
// Who gets which mail; see meetings.hpp. Delivery is in meeting_delivery.cpp.
#include "meetings.hpp"

#include <algorithm>

#include "bytes.hpp"

namespace exchange_sim {
namespace {

std::vector<std::string> addresses_of(const EventContent& content, const std::string& but) {
  std::vector<std::string> out;
  std::set<std::string> seen = {to_lower(but)};
  for (const auto* list : {&content.required, &content.optional, &content.resources}) {
    for (const auto& attendee : *list) {
      if (seen.insert(to_lower(attendee.person.address)).second) out.push_back(attendee.person.address);
    }
  }
  return out;
}

std::vector<std::string> without(const std::vector<std::string>& all, const std::vector<std::string>& others) {
  std::vector<std::string> out;
  for (const auto& address : all) {
    bool there = std::any_of(others.begin(), others.end(),
                             [&](const std::string& other) { return equal_ignoring_case(other, address); });
    if (!there) out.push_back(address);
  }
  return out;
}

/// Whether attendees learn of more than who is invited.
bool concerns_attendees(const std::set<std::string>& fields) {
  static const std::set<std::string> own = {"RequiredAttendees", "OptionalAttendees",          "Resources",
                                            "ReminderIsSet",     "ReminderMinutesBeforeStart", "ReminderDueBy",
                                            "Categories",        "LegacyFreeBusyStatus"};
  return std::any_of(fields.begin(), fields.end(), [](const std::string& field) {
    auto name = field.substr(field.find('/') == std::string::npos ? 0 : field.find('/') + 1);
    return !own.contains(name);
  });
}

}  // namespace

bool is_meeting_message(const CalendarItem& item) { return item.item_class.starts_with("IPM.Schedule.Meeting."); }

bool may_send(const EventContent& content) { return content.has_attendees() && (content.state & kStateReceived) == 0; }

MeetingMails mails_of(const OrganizerSave& save) {
  MeetingMails out;
  const auto& after = save.day ? *view_of(save.item, *save.day).content : save.item.content;
  if (save.mode == "SendToNone" || (after.state & kStateReceived) != 0) return out;
  auto now = addresses_of(after, save.mailbox.address);
  bool first = save.before == nullptr || !save.before->request_was_sent;
  auto before = first ? std::vector<std::string>() : addresses_of(*save.before, save.mailbox.address);
  auto meeting = std::make_shared<const CalendarItem>(save.item);
  auto add = [&](MailKind kind, std::vector<std::string> to) {
    if (to.empty()) return;
    out.push_back({kind,
                   {save.mailbox.display_name, save.mailbox.address},
                   std::move(to),
                   save.mode,
                   meeting,
                   save.day,
                   Response::unknown});
  };
  add(MailKind::invitation, without(now, before));
  add(MailKind::cancellation, without(before, now));
  bool all = save.mode.find("Changed") == std::string::npos || concerns_attendees(save.fields);
  if (all) add(MailKind::update, without(now, without(now, before)));
  return out;
}

MeetingMail cancellation_of(const Mailbox& mailbox, const CalendarItem& item, std::optional<Day> day,
                            const std::string& mode) {
  const auto& content = day ? *view_of(item, *day).content : item.content;
  auto meeting = std::make_shared<CalendarItem>(item);
  ++meeting->content.sequence;
  return {MailKind::cancellation,
          {mailbox.display_name, mailbox.address},
          addresses_of(content, mailbox.address),
          mode,
          std::move(meeting),
          day,
          Response::unknown};
}

EventContent attendees_content(const EventContent& from, const Person& organizer, const EventContent* own) {
  EventContent out = from;
  out.organizer = organizer;
  out.state = kStateMeeting | kStateReceived;
  out.my_response = Response::no_response;
  out.reply_time.reset();
  out.intended = from.busy;
  out.busy = BusyStatus::tentative;
  out.request_was_sent = true;
  out.categories.clear();
  out.extended.clear();
  for (auto* list : {&out.required, &out.optional, &out.resources}) {
    for (auto& attendee : *list) {
      attendee.response = Response::unknown;
      attendee.last_response.reset();
      attendee.proposed_start.reset();
      attendee.proposed_end.reset();
    }
  }
  if (own == nullptr) return out;
  out.categories = own->categories;
  out.extended = own->extended;
  out.reminder_is_set = own->reminder_is_set;
  out.reminder_minutes = own->reminder_minutes;
  if (own->start == from.start && own->end == from.end && (own->state & kStateCancelled) == 0) {
    out.my_response = own->my_response;
    out.reply_time = own->reply_time;
    out.busy = own->busy;
  }
  return out;
}

}  // namespace exchange_sim
