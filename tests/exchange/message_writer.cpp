// SPDX-License-Identifier: GPL-3.0-or-later
// Meeting requests, cancellations and responses in the element order of types.xsd (MessageType,
// MeetingMessageType and what extends it).
#include "item_writer.hpp"
#include "meetings.hpp"

namespace exchange_sim {
namespace {

/// The copy in the calendar that the message is about.
const CalendarItem* associated(const Mailbox& mailbox, const CalendarItem& message) {
  auto [from, to] = mailbox.by_uid.equal_range(message.uid);
  for (; from != to; ++from) {
    auto found = mailbox.items.find(from->second);
    if (found == mailbox.items.end() || found->second->hidden || is_meeting_message(*found->second)) continue;
    auto folder = mailbox.folders.find(found->second->folder);
    if (folder != mailbox.folders.end() && folder->second.is_calendar()) return found->second.get();
  }
  return nullptr;
}

void write_person(XmlWriter& out, std::string_view name, const Person& person) {
  out.open(name);
  write_mailbox(out, "t:Mailbox", person);
  out.close();
}

const char* request_type(const CalendarItem& message) {
  return message.content.sequence == 0 ? "NewMeetingRequest" : "FullUpdate";
}

}  // namespace

void ItemWriter::message() {
  auto sender = content.organizer.value_or(Person{mailbox.display_name, mailbox.address});
  bool request = item.item_class == kRequestClass;
  if (wants("Sender")) write_person(out, "t:Sender", sender);
  if (wants("From")) write_person(out, "t:From", sender);
  flag("IsRead", "t:IsRead", false);
  flag("IsResponseRequested", "t:IsResponseRequested", content.response_requested);
  const auto* meeting = associated(mailbox, item);
  if (wants("AssociatedCalendarItemId") && meeting != nullptr) {
    auto at = view_of(*meeting);
    out.empty("t:AssociatedCalendarItemId",
              {{"Id", item_id_of(mailbox, at)}, {"ChangeKey", encode_change_key(mailbox.index, at.change)}});
  }
  flag("IsDelegated", "t:IsDelegated", false);
  flag("IsOutOfDate", "t:IsOutOfDate", meeting != nullptr && meeting->content.sequence > content.sequence);
  flag("HasBeenProcessed", "t:HasBeenProcessed", true);
  text("ResponseType", "t:ResponseType", word(kResponseWords, content.my_response));
  text("UID", "t:UID", item.uid);
  if (item.recurrence_id) time("RecurrenceId", "t:RecurrenceId", *item.recurrence_id);
  time("DateTimeStamp", "t:DateTimeStamp", item.stamp);
  flag("IsOrganizer", "t:IsOrganizer", (content.state & kStateReceived) == 0);
  if (request) {
    text("MeetingRequestType", "t:MeetingRequestType", request_type(item));
    text("IntendedFreeBusyStatus", "t:IntendedFreeBusyStatus",
         word(kBusyWords, content.intended.value_or(content.busy)));
  }
  time("Start", "t:Start", view.start);
  time("End", "t:End", view.end);
  if (request && item.recurrence_id) time("OriginalStart", "t:OriginalStart", *item.recurrence_id);
  if (request) flag("IsAllDayEvent", "t:IsAllDayEvent", content.all_day);
  text("Location", "t:Location", content.location);
  if (!request) {
    if (item.recurrence && wants("Recurrence")) write_recurrence(out, item);
    text("CalendarItemType", "t:CalendarItemType", item.is_master() ? "RecurringMaster" : "Single");
    return;
  }
  flag("IsMeeting", "t:IsMeeting", true);
  flag("IsCancelled", "t:IsCancelled", (content.state & kStateCancelled) != 0);
  flag("IsRecurring", "t:IsRecurring", item.is_master());
  text("CalendarItemType", "t:CalendarItemType", item.is_master() ? "RecurringMaster" : "Single");
  if (wants("Organizer")) write_person(out, "t:Organizer", sender);
  attendees("t:RequiredAttendees", content.required);
  attendees("t:OptionalAttendees", content.optional);
  attendees("t:Resources", content.resources);
  if (wants("AppointmentSequenceNumber")) out.number("t:AppointmentSequenceNumber", content.sequence);
  if (wants("AppointmentState")) out.number("t:AppointmentState", content.state);
  if (item.recurrence && wants("Recurrence")) write_recurrence(out, item);
}

}  // namespace exchange_sim
