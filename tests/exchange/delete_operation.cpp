// SPDX-License-Identifier: GPL-3.0-or-later
// DeleteItem (to Deleted Items, to the dumpster, for good; one occurrence) and MoveItem.
#include "writing.hpp"

namespace exchange_sim {
namespace {

void delete_one(Call& call, const Node& request, const Node& id) {
  auto mode = send_mode(request, "SendMeetingCancellations", "ErrorSendMeetingCancellationsRequired",
                        {"SendToNone", "SendOnlyToAll", "SendToAllAndSaveCopy"});
  auto type = request.attribute("DeleteType");
  if (type != "HardDelete" && type != "SoftDelete" && type != "MoveToDeletedItems") {
    throw SoapFault{"ErrorSchemaValidation", "The request failed schema validation: DeleteType", {}};
  }
  auto place = find_item(call, id);
  auto& mailbox = *place.mailbox;
  if (call.actor != &mailbox && type == "MoveToDeletedItems") {
    throw ItemError{"ErrorCannotDeleteObject", "A delegate cannot move items to the owner's Deleted Items."};
  }
  std::lock_guard lock(mailbox.mutex);
  auto& item = item_at(place);
  auto view = view_at(place);
  send_mail(call, mailbox, item, *view.content, "cancellation", mode);
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
