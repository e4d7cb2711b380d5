// SPDX-License-Identifier: GPL-3.0-or-later
// What a mail about a meeting does in the mailbox that gets it: a message in the inbox, and the copy in the calendar
// as Exchange's calendar attendant keeps it.
#include <algorithm>

#include "bytes.hpp"
#include "item_checks.hpp"
#include "meetings.hpp"

namespace exchange_sim {
namespace {

bool is_invited(const EventContent& content, const std::string& address) {
  for (const auto* list : {&content.required, &content.optional, &content.resources}) {
    for (const auto& attendee : *list) {
      if (equal_ignoring_case(attendee.person.address, address)) return true;
    }
  }
  return false;
}

const EventContent& content_of(const MeetingMail& mail) {
  return mail.day ? *view_of(*mail.meeting, *mail.day).content : mail.meeting->content;
}

/// The receiver's copy: the series or single, else the single that stands for one occurrence.
CalendarItem* copy_of(Mailbox& mailbox, const CalendarItem& meeting, std::optional<Day> day) {
  CalendarItem* orphan = nullptr;
  Instant wanted = day ? meeting.original_start(*day) : 0;
  auto [from, to] = mailbox.by_uid.equal_range(meeting.uid);
  for (; from != to; ++from) {
    auto* found = mailbox.item(from->second);
    if (found == nullptr || is_meeting_message(*found) || !mailbox.folder(found->folder)->is_calendar()) continue;
    if (!found->recurrence_id) return found;
    if (day && *found->recurrence_id == wanted) orphan = found;
  }
  return orphan;
}

void put_message(Mailbox& mailbox, const MeetingMail& mail, std::string item_class, EventContent content) {
  auto made = std::make_unique<CalendarItem>();
  made->uid = mail.meeting->uid;
  made->global_object_id = global_object_id(mail.meeting->uid, mail.day);
  made->item_class = std::move(item_class);
  made->content = std::move(content);
  if (mail.day) {
    auto view = view_of(*mail.meeting, *mail.day);
    made->content.start = view.start;
    made->content.end = view.end;
    made->recurrence_id = mail.meeting->original_start(*mail.day);
  } else {
    made->recurrence = mail.meeting->recurrence;
    made->deleted = mail.meeting->deleted;
  }
  made->created = made->modified = made->stamp = current_time();
  mailbox.add_item(mailbox.distinguished("inbox")->number, std::move(made));
}

Exception attendees_exception(const View& view, const Person& organizer, const EventContent* own) {
  Exception made;
  made.content = attendees_content(*view.content, organizer, own);
  made.content.start = view.start;
  made.content.end = view.end;
  made.modified = current_time();
  return made;
}

const EventContent* own_exception(const CalendarItem& copy, Day day) {
  auto found = copy.exceptions.find(day);
  return found == copy.exceptions.end() ? nullptr : &found->second.content;
}

/// The whole series, or single, as the receiver has it.
void fill_copy(CalendarItem& copy, const MeetingMail& mail, const std::string& receiver) {
  const auto& meeting = *mail.meeting;
  bool known = copy.number != 0;
  CalendarItem own = copy;
  bool moved = known && schedule_changed(copy, meeting);
  copy.content = attendees_content(meeting.content, mail.from, known ? &own.content : nullptr);
  if (moved) copy.content.my_response = Response::no_response;
  copy.recurrence = meeting.recurrence;
  copy.deleted = meeting.deleted;
  copy.exceptions.clear();
  for (const auto& [day, exception] : meeting.exceptions) {
    if (!is_invited(exception.content, receiver)) {
      copy.deleted.insert(day);
      continue;
    }
    copy.exceptions[day] = attendees_exception(view_of(meeting, day), mail.from, own_exception(own, day));
  }
  std::uint32_t number = 1;
  for (const auto& attachment : copy.content.attachments) number = std::max(number, attachment.number + 1);
  copy.next_attachment = number;
}

std::unique_ptr<CalendarItem> new_copy(const CalendarItem& meeting) {
  auto made = std::make_unique<CalendarItem>();
  made->uid = meeting.uid;
  made->global_object_id = clean_global_object_id(meeting.global_object_id);
  made->created = made->modified = made->stamp = current_time();
  return made;
}

void erase_orphans(Mailbox& mailbox, const std::string& uid) {
  std::vector<CalendarItem*> gone;
  auto [from, to] = mailbox.by_uid.equal_range(uid);
  for (; from != to; ++from) {
    auto* found = mailbox.item(from->second);
    bool orphan = found != nullptr && found->recurrence_id && !is_meeting_message(*found);
    if (orphan && mailbox.folder(found->folder)->is_calendar()) gone.push_back(found);
  }
  for (auto* item : gone) mailbox.erase(*item);
}

void invite_to_series(Mailbox& mailbox, const MeetingMail& mail) {
  auto* copy = copy_of(mailbox, *mail.meeting, std::nullopt);
  if (copy == nullptr) {
    erase_orphans(mailbox, mail.meeting->uid);
    auto made = new_copy(*mail.meeting);
    fill_copy(*made, mail, mailbox.address);
    mailbox.add_item(mailbox.calendar().number, std::move(made));
    return;
  }
  if ((copy->content.state & kStateReceived) == 0 || mail.meeting->content.sequence < copy->content.sequence) return;
  fill_copy(*copy, mail, mailbox.address);
  mailbox.touch(*copy);
}

/// Who is not invited to the series has the occurrence as a single whose id names the date.
void invite_to_occurrence(Mailbox& mailbox, const MeetingMail& mail) {
  auto view = view_of(*mail.meeting, *mail.day);
  auto* copy = copy_of(mailbox, *mail.meeting, mail.day);
  if (copy != nullptr && (copy->content.state & kStateReceived) == 0) return;
  if (copy != nullptr && copy->is_master()) {
    auto* own = own_exception(*copy, *mail.day);
    copy->exceptions[*mail.day] = attendees_exception(view, mail.from, own != nullptr ? own : &copy->content);
    copy->deleted.erase(*mail.day);
    mailbox.touch(*copy);
    return;
  }
  bool known = copy != nullptr;
  auto made = new_copy(*mail.meeting);
  auto& orphan = known ? *copy : *made;
  orphan.content = attendees_exception(view, mail.from, known ? &copy->content : nullptr).content;
  orphan.recurrence_id = mail.meeting->original_start(*mail.day);
  orphan.global_object_id = global_object_id(mail.meeting->uid, mail.day);
  if (known)
    mailbox.touch(orphan);
  else
    mailbox.add_item(mailbox.calendar().number, std::move(made));
}

void cancel_content(EventContent& content, int sequence) {
  content.state |= kStateCancelled;
  content.busy = BusyStatus::free;
  content.reminder_is_set = false;
  content.sequence = std::max(content.sequence, sequence);
}

void cancel(Mailbox& mailbox, const MeetingMail& mail) {
  auto* copy = copy_of(mailbox, *mail.meeting, mail.day);
  if (copy == nullptr || (copy->content.state & kStateReceived) == 0) return;
  int sequence = mail.meeting->content.sequence;
  if (mail.day && copy->is_master()) {
    if (copy->deleted.contains(*mail.day) || !contains_day(*copy->recurrence, *mail.day)) return;
    cancel_content(make_exception(*copy, *mail.day).content, sequence);
  } else {
    cancel_content(copy->content, sequence);
    for (auto& [day, exception] : copy->exceptions) cancel_content(exception.content, sequence);
  }
  mailbox.touch(*copy);
}

void track(EventContent& content, const MeetingMail& mail) {
  for (auto* list : {&content.required, &content.optional, &content.resources}) {
    for (auto& attendee : *list) {
      if (!equal_ignoring_case(attendee.person.address, mail.from.address)) continue;
      attendee.response = mail.answer;
      attendee.last_response = current_time();
      attendee.proposed_start = mail.proposed_start;
      attendee.proposed_end = mail.proposed_end;
    }
  }
}

/// An answer to one occurrence makes an exception of it, also in the organizer's calendar.
void take_answer(Mailbox& mailbox, const MeetingMail& mail) {
  auto [from, to] = mailbox.by_uid.equal_range(mail.meeting->uid);
  for (; from != to; ++from) {
    auto* item = mailbox.item(from->second);
    if (item == nullptr || is_meeting_message(*item) || (item->content.state & kStateReceived) != 0) continue;
    if (!mailbox.folder(item->folder)->is_calendar()) continue;
    auto day = mail.day;
    if (item->is_master() && mail.meeting->recurrence_id) {
      day = day_of(item->content.start_zone->to_local(*mail.meeting->recurrence_id));
    }
    if (day && item->is_master()) {
      bool there = !item->deleted.contains(*day) && contains_day(*item->recurrence, *day);
      if (there) track(make_exception(*item, *day).content, mail);
    } else {
      track(item->content, mail);
      for (auto& [changed, exception] : item->exceptions) track(exception.content, mail);
    }
    mailbox.touch(*item, {"tracking"});
    return;
  }
}

void deliver(Mailbox& mailbox, const MeetingMail& mail) {
  std::lock_guard lock(mailbox.mutex);
  const auto& content = content_of(mail);
  switch (mail.kind) {
    case MailKind::invitation:
    case MailKind::update:
      put_message(mailbox, mail, std::string(kRequestClass), attendees_content(content, mail.from, nullptr));
      return mail.day ? invite_to_occurrence(mailbox, mail) : invite_to_series(mailbox, mail);
    case MailKind::cancellation: {
      auto cancelled = attendees_content(content, mail.from, nullptr);
      cancel_content(cancelled, mail.meeting->content.sequence);
      put_message(mailbox, mail, std::string(kCancellationClass), std::move(cancelled));
      return cancel(mailbox, mail);
    }
    case MailKind::response: {
      auto word = mail.answer == Response::accept ? ".Pos" : mail.answer == Response::decline ? ".Neg" : ".Tent";
      put_message(mailbox, mail, std::string(kResponseClass) + word, content);
      return take_answer(mailbox, mail);
    }
  }
}

}  // namespace

void post(World& world, const MeetingMails& mails) {
  for (const auto& mail : mails) {
    const auto& content = content_of(mail);
    auto answer = mail.kind == MailKind::response ? std::string(word(kResponseWords, mail.answer)) : std::string();
    world.add_mail({mail.from.address, kMailWords[static_cast<std::size_t>(mail.kind)], content.subject,
                    mail.meeting->uid, mail.mode, mail.to, answer});
    for (const auto& address : mail.to) {
      auto* mailbox = world.find(address);
      if (mailbox != nullptr) deliver(*mailbox, mail);
    }
  }
}

}  // namespace exchange_sim
