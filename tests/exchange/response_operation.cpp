// SPDX-License-Identifier: GPL-3.0-or-later
// CreateItem of response objects: an attendee's answers, the organizer's cancellation, and the removal of what was
// cancelled (ews-facts 8.3, 8.5).
#include "item_checks.hpp"
#include "meetings.hpp"
#include "writing.hpp"

namespace exchange_sim {
namespace {

struct Answer {
  Response response;
  std::string word;    ///< in ErrorCalendarIsOrganizerFor...
  std::string object;  ///< in ErrorInvalidItemForOperation...
  std::optional<Instant> proposed_start = {}, proposed_end = {};
};

std::optional<Answer> answer_of(std::string_view element) {
  if (element == "AcceptItem") return Answer{Response::accept, "Accept", "AcceptItem"};
  if (element == "TentativelyAcceptItem") return Answer{Response::tentative, "Tentative", "Tentative"};
  if (element == "DeclineItem") return Answer{Response::decline, "Decline", "DeclineItem"};
  return std::nullopt;
}

/// Another time that the attendee would rather have; a time without offset is UTC (ews-facts 7.2).
std::optional<Instant> proposed(const Node& element, std::string_view name) {
  auto node = element.child(name);
  return node ? parse_date_time(node.text(), *utc_zone()) : std::nullopt;
}

std::string disposition_of(const Node& request) {
  auto disposition = request.attribute("MessageDisposition");
  if (disposition.empty()) throw ItemError{"ErrorMessageDispositionRequired", "MessageDisposition is required."};
  if (disposition != "SaveOnly" && disposition != "SendOnly" && disposition != "SendAndSaveCopy") {
    throw SoapFault{"ErrorSchemaValidation", "The request failed schema validation: " + disposition, {}};
  }
  return disposition;
}

void check_reference(const ItemPlace& place) {
  if (place.change_key.empty()) throw ItemError{"ErrorChangeKeyRequired", "The change key is required."};
  auto key = decode_change_key(place.change_key);
  if (!key) throw ItemError{"ErrorInvalidChangeKey", "The change key is invalid."};
  if (*key != view_at(place).change) throw ItemError{"ErrorStaleObject", "The item has changed since."};
}

/// The copy that a message in the inbox is about; it is made from a request that has none.
CalendarItem& meeting_of(Mailbox& mailbox, const CalendarItem& message) {
  if (auto* found = mailbox.item_by_uid(message.uid)) return *found;
  auto made = std::make_unique<CalendarItem>(message);
  made->item_class = "IPM.Appointment";
  return mailbox.add_item(mailbox.calendar().number, std::move(made));
}

/// The occurrence of the series that a message names.
std::optional<Day> day_in(const CalendarItem& meeting, const CalendarItem& message) {
  if (!message.recurrence_id || !meeting.is_master()) return std::nullopt;
  return day_of(meeting.content.start_zone->to_local(*message.recurrence_id));
}

void check_answer(const CalendarItem& meeting, const EventContent& content, const Answer& answer) {
  if (meeting.item_class.starts_with("IPM.Schedule") || (content.state & kStateMeeting) == 0) {
    throw ItemError{"ErrorInvalidItemForOperation" + answer.object, "The item is no meeting that can be answered."};
  }
  if ((content.state & kStateReceived) == 0) {
    throw ItemError{"ErrorCalendarIsOrganizerFor" + answer.word, "The organizer cannot answer his own meeting."};
  }
  if ((content.state & kStateCancelled) != 0) {
    throw ItemError{"ErrorCalendarIsCancelledFor" + answer.word, "The meeting was cancelled."};
  }
}

void apply(EventContent& content, Response response) {
  content.my_response = response;
  content.reply_time = current_time();
  if (response == Response::accept) content.busy = content.intended.value_or(BusyStatus::busy);
  if (response == Response::tentative) content.busy = BusyStatus::tentative;
  if (response == Response::decline) content.busy = BusyStatus::free;
}

/// Declined items move to Deleted Items, accepted ones are made anew unless told otherwise: both have a new id then.
CalendarItem& settle(Call& call, Mailbox& mailbox, CalendarItem& meeting, std::optional<Day> day, Response response,
                     bool by_item) {
  auto before = meeting.content;
  if (day && response == Response::decline) {
    meeting.exceptions.erase(*day);
    meeting.deleted.insert(*day);
    mailbox.touch(meeting, {std::to_string(*day) + "/deleted"});
    return meeting;
  }
  if (day) {
    apply(make_exception(meeting, *day).content, response);
    mailbox.touch(meeting, {std::to_string(*day) + "/MyResponseType"});
    return meeting;
  }
  apply(meeting.content, response);
  for (auto& [changed, exception] : meeting.exceptions) inherit(exception.content, before, meeting.content);
  if (response == Response::decline) return mailbox.move(meeting, mailbox.distinguished("deleteditems")->number);
  if (by_item && !call.accept_keeps_id) {
    auto folder = meeting.folder;
    auto copy = std::make_unique<CalendarItem>(meeting);
    mailbox.erase(meeting);
    return mailbox.add_item(folder, std::move(copy));
  }
  mailbox.touch(meeting, {"MyResponseType", "LegacyFreeBusyStatus"});
  return meeting;
}

MeetingMail response_mail(const Mailbox& mailbox, const CalendarItem& meeting, std::optional<Day> day,
                          const Answer& answer, const std::string& disposition) {
  auto snapshot = std::make_shared<const CalendarItem>(meeting);
  const auto& organizer = *snapshot->content.organizer;
  return {MailKind::response,
          {mailbox.display_name, mailbox.address},
          {organizer.address},
          disposition,
          snapshot,
          day,
          answer.response,
          answer.proposed_start,
          answer.proposed_end};
}

MeetingMails answer_locked(Call& call, const ItemPlace& place, const Answer& answer, const std::string& disposition,
                           XmlWriter& out) {
  auto& mailbox = *place.mailbox;
  check_reference(place);
  auto& referred = item_at(place);
  bool by_request = referred.item_class == kRequestClass;
  auto& meeting = by_request ? meeting_of(mailbox, referred) : referred;
  auto day = by_request ? day_in(meeting, referred) : place.day;
  check_answer(meeting, day ? *view_of(meeting, *day).content : meeting.content, answer);
  if (by_request && referred.content.sequence < meeting.content.sequence) {
    throw ItemError{"ErrorCalendarMeetingRequestIsOutOfDate", "The meeting was updated after this request."};
  }
  MeetingMails mails;
  bool sends = disposition != "SaveOnly" && meeting.content.organizer;
  if (sends) mails.push_back(response_mail(mailbox, meeting, day, answer, disposition));
  auto& settled = settle(call, mailbox, meeting, day, answer.response, !by_request);
  out.open("m:Items");
  bool shown = day && !settled.deleted.contains(*day);
  write_saved_item(out, mailbox, shown ? view_of(settled, *day) : view_of(settled));
  if (by_request) {
    write_saved_item(out, mailbox, view_of(mailbox.move(referred, mailbox.distinguished("deleteditems")->number)));
  }
  out.close();
  return mails;
}

MeetingMails cancel_locked(const ItemPlace& place, const std::string& disposition, XmlWriter& out) {
  auto& mailbox = *place.mailbox;
  check_reference(place);
  auto& item = item_at(place);
  const auto& content = *view_at(place).content;
  if (is_meeting_message(item) || (content.state & kStateMeeting) == 0) {
    throw ItemError{"ErrorInvalidItemForOperationCancelItem", "The item is no meeting."};
  }
  if ((content.state & kStateReceived) != 0) {
    throw ItemError{"ErrorCalendarIsNotOrganizer", "Only the organizer can cancel a meeting."};
  }
  MeetingMails mails = {cancellation_of(mailbox, item, place.day, disposition)};
  out.open("m:Items");
  if (place.day) {
    item.exceptions.erase(*place.day);
    item.deleted.insert(*place.day);
    mailbox.touch(item, {std::to_string(*place.day) + "/deleted"});
    write_saved_item(out, mailbox, view_of(item));
  } else {
    item.content.state |= kStateCancelled;
    ++item.content.sequence;
    write_saved_item(out, mailbox, view_of(mailbox.move(item, mailbox.distinguished("deleteditems")->number)));
  }
  out.close();
  return mails;
}

/// What a cancellation in the inbox is about goes to Deleted Items together with it.
void remove_locked(const ItemPlace& place, XmlWriter& out) {
  auto& mailbox = *place.mailbox;
  check_reference(place);
  auto& message = item_at(place);
  if (message.item_class != kCancellationClass) {
    throw ItemError{"ErrorInvalidItemForOperationRemoveItem", "Only a cancellation can be removed."};
  }
  auto bin = mailbox.distinguished("deleteditems")->number;
  auto* meeting = mailbox.item_by_uid(message.uid);
  auto day = meeting != nullptr ? day_in(*meeting, message) : std::nullopt;
  if (meeting != nullptr && day) {
    meeting->exceptions.erase(*day);
    meeting->deleted.insert(*day);
    mailbox.touch(*meeting, {std::to_string(*day) + "/deleted"});
  } else if (meeting != nullptr) {
    mailbox.move(*meeting, bin);
  }
  mailbox.move(message, bin);
  out.empty("m:Items");
}

}  // namespace

bool is_response_object(std::string_view element) {
  return answer_of(element) || element == "CancelCalendarItem" || element == "RemoveItem";
}

void create_response_object(Call& call, const Node& request, const Node& element, XmlWriter& out) {
  auto disposition = disposition_of(request);
  auto place = find_item(call, element.child("ReferenceItemId"));
  MeetingMails mails;
  {
    std::lock_guard lock(place.mailbox->mutex);
    if (auto answer = answer_of(element.name())) {
      answer->proposed_start = proposed(element, "ProposedStart");
      answer->proposed_end = proposed(element, "ProposedEnd");
      mails = answer_locked(call, place, *answer, disposition, out);
    } else if (element.name() == "RemoveItem") {
      remove_locked(place, out);
    } else if (disposition == "SaveOnly") {
      throw ItemError{"ErrorInvalidRequest", "A cancellation is always sent."};
    } else {
      mails = cancel_locked(place, disposition, out);
    }
  }
  post(call.world, mails);
}

}  // namespace exchange_sim
