// SPDX-License-Identifier: GPL-3.0-or-later
// DeleteItem (to Deleted Items, to the dumpster, for good; one occurrence) and MoveItem.
#include "meetings.hpp"
#include "writing.hpp"

namespace exchange_sim {
namespace {

std::string delete_type(const Node& request) {
  auto type = request.attribute("DeleteType");
  if (type != "HardDelete" && type != "SoftDelete" && type != "MoveToDeletedItems") {
    throw SoapFault{"ErrorSchemaValidation", "The request failed schema validation: DeleteType", {}};
  }
  return type;
}

MeetingMails delete_locked(const ItemPlace& place, const Node& request, const std::string& type) {
  auto& mailbox = *place.mailbox;
  auto& item = item_at(place);
  MeetingMails mails;
  if (!is_meeting_message(item)) {
    auto mode = send_mode(request, "SendMeetingCancellations", "ErrorSendMeetingCancellationsRequired",
                          {"SendToNone", "SendOnlyToAll", "SendToAllAndSaveCopy"});
    if (mode != "SendToNone" && may_send(*view_at(place).content)) {
      mails.push_back(cancellation_of(mailbox, item, place.day, mode));
    }
  }
  if (place.day) {
    item.exceptions.erase(*place.day);
    item.deleted.insert(*place.day);
    mailbox.touch(item, {std::to_string(*place.day) + "/deleted"});
  } else if (type == "MoveToDeletedItems") {
    mailbox.move(item, mailbox.distinguished("deleteditems")->number);
  } else if (type == "SoftDelete") {
    mailbox.move(item, mailbox.dumpster().number);
  } else {
    mailbox.erase(item);
  }
  return mails;
}

void delete_one(Call& call, const Node& request, const Node& id) {
  auto type = delete_type(request);
  auto place = find_item(call, id);
  if (call.actor != place.mailbox && type == "MoveToDeletedItems") {
    throw ItemError{"ErrorCannotDeleteObject", "A delegate cannot move items to the owner's Deleted Items."};
  }
  MeetingMails mails;
  {
    std::lock_guard lock(place.mailbox->mutex);
    mails = delete_locked(place, request, type);
  }
  post(call.world, mails);
}

}  // namespace

void delete_item(Call& call, const Node& request, XmlWriter& out) {
  open_response(out, "DeleteItem");
  for (const auto& id : request.child("ItemIds").children()) {
    respond(out, "m:DeleteItemResponseMessage", "", [&] { delete_one(call, request, id); });
  }
  close_response(out);
}

void move_item(Call& call, const Node& request, XmlWriter& out) {
  open_response(out, "MoveItem");
  for (const auto& id : request.child("ItemIds").children()) {
    respond(out, "m:MoveItemResponseMessage", "<m:Items/>", [&] {
      auto to = target_folder(call, request.child("ToFolderId"), "ErrorToFolderNotFound");
      auto place = find_item(call, id);
      if (place.day) {
        throw ItemError{"ErrorCalendarCannotMoveOrCopyOccurrence", "An occurrence cannot be moved."};
      }
      if (to.mailbox != place.mailbox)
        throw ItemError{"ErrorCrossMailboxMoveCopy", "The folder is in another mailbox."};
      std::lock_guard lock(place.mailbox->mutex);
      auto& moved = place.mailbox->move(item_at(place), to.folder);
      write_saved(out, *place.mailbox, view_of(moved));
    });
  }
  close_response(out);
}

}  // namespace exchange_sim
