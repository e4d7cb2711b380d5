// SPDX-License-Identifier: GPL-3.0-or-later
// CreateItem for calendar items: typed or imported from iCalendar, with or without invitations. Answers to
// meetings are in response_operation.cpp.
#include "bytes.hpp"
#include "item_checks.hpp"
#include "item_reader.hpp"
#include "meetings.hpp"
#include "mime_import.hpp"
#include "writing.hpp"

namespace exchange_sim {
namespace {

std::string new_uid(const Mailbox& mailbox) {
  std::string data;
  for (int i = 0; i < 2; ++i) {
    auto hash = fnv1a(mailbox.address + "/" + std::to_string(mailbox.next_change) + "/" + std::to_string(i));
    for (int k = 0; k < 8; ++k) data += static_cast<char>(hash >> 8 * k & 0xFF);
  }
  return "040000008200E00074C5B7101A82E00800000000" + hex_upper(std::string(16, '\0')) + "10000000" + hex_upper(data);
}

std::unique_ptr<CalendarItem> item_from(Call& call, const Node& element, const Mailbox& mailbox) {
  auto mime = element.child("MimeContent");
  auto item = mime ? item_from_mime(mime.text(), mailbox) : std::make_unique<CalendarItem>();
  read_new_item(*item, element, *call.context_zone, call.context_zone, mailbox);
  check_item(*item);
  std::uint32_t number = 1;
  for (auto& attachment : item->content.attachments) attachment.number = number++;
  item->next_attachment = number;
  item->created = item->modified = item->stamp = current_time();
  for (auto& [day, exception] : item->exceptions) exception.modified = item->modified;
  return item;
}

void create_calendar_item(Call& call, const Node& request, const Node& element, XmlWriter& out) {
  auto mode = send_mode(request, "SendMeetingInvitations", "ErrorSendMeetingInvitationsRequired",
                        {"SendToNone", "SendOnlyToAll", "SendToAllAndSaveCopy"});
  auto place = target_folder(call, request.child("SavedItemFolderId"), "ErrorSavedItemFolderNotFound");
  auto& mailbox = *place.mailbox;
  {
    std::lock_guard lock(mailbox.mutex);
    if (!mailbox.folder(place.folder)->is_calendar()) {
      throw ItemError{"ErrorCannotCreateCalendarItemInNonCalendarFolder", "The folder is not a calendar."};
    }
  }
  auto item = item_from(call, element, mailbox);
  MeetingMails mails;
  {
    std::lock_guard lock(mailbox.mutex);
    if (item->uid.empty()) item->uid = new_uid(mailbox);
    if (item->global_object_id.empty()) item->global_object_id = global_object_id(item->uid, std::nullopt);
    if (mode != "SendToNone" && may_send(item->content)) item->content.request_was_sent = true;
    auto& stored = mailbox.add_item(place.folder, std::move(item));
    mails = mails_of({mailbox, nullptr, stored, std::nullopt, {}, mode});
    write_saved(out, mailbox, view_of(stored));
    touch_after(call, mailbox, stored);
  }
  post(call.world, mails);
}

}  // namespace

void create_item(Call& call, const Node& request, XmlWriter& out) {
  open_response(out, "CreateItem");
  for (const auto& element : request.child("Items").children()) {
    respond(out, "m:CreateItemResponseMessage", "<m:Items/>", [&] {
      if (is_response_object(element.name())) return create_response_object(call, request, element, out);
      if (element.name() != "CalendarItem") {
        throw ItemError{"ErrorInvalidItemForOperationCreateItem", "Only calendar items and answers can be created."};
      }
      create_calendar_item(call, request, element, out);
    });
  }
  close_response(out);
}

}  // namespace exchange_sim
