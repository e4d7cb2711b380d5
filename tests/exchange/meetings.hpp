// SPDX-License-Identifier: GPL-3.0-or-later
// Meetings between the world's mailboxes: which mails a save sends to whom, and what they do to the copies of
// those who get them. Mails are made with the sender's mailbox locked and posted when it is not.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "world.hpp"

namespace exchange_sim {

enum class MailKind { invitation, update, cancellation, response };
inline constexpr const char* kMailWords[] = {"invitation", "update", "cancellation", "response"};

constexpr std::string_view kRequestClass = "IPM.Schedule.Meeting.Request";
constexpr std::string_view kCancellationClass = "IPM.Schedule.Meeting.Canceled";
constexpr std::string_view kResponseClass = "IPM.Schedule.Meeting.Resp";  ///< .Pos, .Tent, .Neg

/// Whether the item is a mail about a meeting, which lies in an inbox.
bool is_meeting_message(const CalendarItem& item);

struct MeetingMail {
  MailKind kind = MailKind::invitation;
  Person from;
  std::vector<std::string> to;
  std::string mode;                             ///< the attribute that caused it
  std::shared_ptr<const CalendarItem> meeting;  ///< the sender's copy as it stands
  std::optional<Day> day;                       ///< of one occurrence
  Response answer = Response::unknown;          ///< of a response
  std::optional<Instant> proposed_start, proposed_end;
};
using MeetingMails = std::vector<MeetingMail>;

/// A save of the owner's meeting before and after, and which properties it wrote.
struct OrganizerSave {
  const Mailbox& mailbox;
  const EventContent* before;  ///< nothing for a new item
  const CalendarItem& item;
  std::optional<Day> day;
  std::set<std::string> fields;
  std::string mode;
};

/// Whether the owner organizes this meeting and has somebody to tell.
bool may_send(const EventContent& content);
/// New attendees are invited, those who were removed get a cancellation, the others an update: with the
/// "Changed" modes only when more than the lists has changed.
MeetingMails mails_of(const OrganizerSave& save);
MeetingMail cancellation_of(const Mailbox& mailbox, const CalendarItem& item, std::optional<Day> day,
                            const std::string& mode);

/// Counts the mails and delivers them to those receivers that are mailboxes. Locks one mailbox after the other.
void post(World& world, const MeetingMails& mails);

/// What an attendee's copy is made of; `own` is his copy so far, whose own properties stay.
EventContent attendees_content(const EventContent& from, const Person& organizer, const EventContent* own);

}  // namespace exchange_sim
