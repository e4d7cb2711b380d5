// SPDX-License-Identifier: GPL-3.0-or-later
// CreateItem, UpdateItem, DeleteItem and MoveItem for calendar items, with conflicts, and the mails
// Exchange would have sent.
#include "bytes.hpp"
#include "ics_import.hpp"
#include "item_reader.hpp"
#include "soap.hpp"

namespace exchange_sim {
namespace {

void write_saved(XmlWriter& out, const Mailbox& mailbox, const View& view) {
  out.open("m:Items");
  out.open("t:CalendarItem");
  write_item_id(out, mailbox, view);
  out.close();
  out.close();
}

void mail(Call& call, const Mailbox& mailbox, const CalendarItem& item, const EventContent& content,
          const std::string& kind, const std::string& mode) {
  if (mode.empty() || mode == "SendToNone" || !content.has_attendees() || (content.state & kStateReceived) != 0) return;
  Mail sent{mailbox.address, kind, content.subject, item.uid, mode, {}};
  for (const auto* list : {&content.required, &content.optional, &content.resources}) {
    for (const auto& attendee : *list) sent.to.push_back(attendee.person.address);
  }
  call.world.add_mail(std::move(sent));
}

std::string new_uid(const Mailbox& mailbox) {
  std::string data;
  for (int i = 0; i < 2; ++i) {
    auto hash = fnv1a(mailbox.address + "/" + std::to_string(mailbox.next_change) + "/" + std::to_string(i));
    for (int k = 0; k < 8; ++k) data += static_cast<char>(hash >> 8 * k & 0xFF);
  }
  return "040000008200E00074C5B7101A82E00800000000" + hex_upper(std::string(16, '\0')) + "10000000" + hex_upper(data);
}

std::unique_ptr<CalendarItem> item_from(Call& call, const Node& element, const Mailbox& mailbox) {
  auto item = std::make_unique<CalendarItem>();
  if (auto mime = element.child("MimeContent")) {
    auto ics = base64_decode(mime.text());
    if (!ics) throw ItemError{"ErrorMimeContentInvalidBase64String", "MimeContent is not base64."};
    auto imported = import_ics(*ics, {mailbox.address, mailbox.zone});
    if (!imported.front().item) {
      throw ItemError{"ErrorMimeContentConversionFailed", refusal_word(imported.front().report.refusal)};
    }
    item = std::move(imported.front().item);
  }
  read_new_item(*item, element, *call.context_zone, call.context_zone);
  check_item(*item);
  std::uint32_t number = 1;
  for (auto& attachment : item->content.attachments) attachment.number = number++;
  item->next_attachment = number;
  item->created = item->modified = item->stamp = current_time();
  return item;
}

FolderPlace target_folder(Call& call, const Node& parent, const char* missing_code) {
  try {
    if (parent) return find_folder(call, parent.first());
  } catch (const ItemError& error) {
    if (error.code == "ErrorFolderNotFound") throw ItemError{missing_code, error.message};
    throw;
  }
  if (call.actor == nullptr) throw ItemError{"ErrorMissingEmailAddress", "The caller has no mailbox."};
  std::lock_guard lock(call.actor->mutex);
  return {call.actor, call.actor->calendar().number};
}

}  // namespace

void create_item(Call& call, const Node& request, XmlWriter& out) {
  auto mode = request.attribute("SendMeetingInvitations");
  open_response(out, "CreateItem");
  for (const auto& element : request.child("Items").children()) {
    respond(out, "m:CreateItemResponseMessage", "<m:Items/>", [&] {
      if (element.name() != "CalendarItem") {
        throw ItemError{"ErrorInvalidItemForOperationCreateItem", "Only calendar items can be created."};
      }
      if (mode.empty()) throw ItemError{"ErrorSendMeetingInvitationsRequired", "SendMeetingInvitations is required."};
      auto place = target_folder(call, request.child("SavedItemFolderId"), "ErrorSavedItemFolderNotFound");
      auto& mailbox = *place.mailbox;
      std::unique_ptr<CalendarItem> item;
      {
        std::lock_guard lock(mailbox.mutex);
        if (!mailbox.folder(place.folder)->is_calendar()) {
          throw ItemError{"ErrorCannotCreateCalendarItemInNonCalendarFolder", "The folder is not a calendar."};
        }
      }
      item = item_from(call, element, mailbox);
      std::lock_guard lock(mailbox.mutex);
      if (item->uid.empty()) {
        item->uid = new_uid(mailbox);
        item->global_object_id = global_object_id(item->uid, std::nullopt);
      }
      if (mode != "SendToNone" && item->content.has_attendees()) item->content.request_was_sent = true;
      auto& stored = mailbox.add_item(place.folder, std::move(item));
      mail(call, mailbox, stored, stored.content, "invitation", mode);
      write_saved(out, mailbox, view_of(stored));
    });
  }
  close_response(out);
}

namespace {

void check_change_key(const ItemPlace& place, const View& view, const std::string& resolution) {
  if (resolution == "AlwaysOverwrite") return;
  if (place.change_key.empty()) {
    throw ItemError{"ErrorChangeKeyRequiredForWriteOperations", "The change key is required for this operation."};
  }
  auto key = decode_change_key(place.change_key);
  if (!key) throw ItemError{"ErrorInvalidChangeKey", "The change key is invalid."};
  if (resolution == "NeverOverwrite" && *key != view.change) {
    throw ItemError{"ErrorIrresolvableConflict",
                    "The send or update operation could not be performed because the change "
                    "key passed in the request does not match the current change key."};
  }
}

void apply(const Target& target, const Node& updates) {
  for (const auto& update : updates.children()) {
    auto path = update.first();
    if (update.name() == "DeleteItemField") {
      if (path.name() == "ExtendedFieldURI")
        target.content->extended.erase(ExtendedField::read(path).key());
      else
        clear_property(target, path.attribute("FieldURI"));
      continue;
    }
    auto holder = update.child("CalendarItem");
    if (!holder) holder = update.child("Item");
    auto properties = holder.children();
    if (properties.size() != 1) {
      throw ItemError{"ErrorIncorrectUpdatePropertyCount",
                      "An object within a change description must contain one and only one property."};
    }
    auto uri = path.attribute("FieldURI");
    bool extended = path.name() == "ExtendedFieldURI";
    if ((extended && properties[0].name() != "ExtendedProperty") ||
        (!extended && uri.substr(uri.find(':') + 1) != properties[0].name())) {
      throw ItemError{"ErrorUpdatePropertyMismatch", "The property path does not name the property that is set."};
    }
    if (update.name() == "AppendToItemField") {
      if (uri != "item:Body") throw ItemError{"ErrorInvalidPropertyAppend", "Append is not possible for " + uri + "."};
      auto before = target.content->body ? *target.content->body : std::string();
      target.content->body = std::make_shared<const std::string>(before + properties[0].text());
      continue;
    }
    set_property(target, properties[0]);
  }
}

bool series_changed(const CalendarItem& before, const CalendarItem& after) {
  return before.recurrence != after.recurrence || before.content.start != after.content.start ||
         before.content.end != after.content.end || before.content.all_day != after.content.all_day ||
         before.content.start_zone->id() != after.content.start_zone->id();
}

/// Exchange keeps the order of occurrences (ews-facts 6.6).
void check_boundaries(const CalendarItem& item, Day changed) {
  auto view = view_of(item, changed);
  RecurrenceWalk walk(*item.recurrence);
  std::optional<View> before;
  std::optional<View> after;
  while (auto day = walk.next()) {
    if (*day == changed || item.deleted.contains(*day)) continue;
    if (*day < changed) before = view_of(item, *day);
    if (*day > changed) {
      after = view_of(item, *day);
      break;
    }
  }
  bool crosses = (before && view.start < before->end) || (after && view.end > after->start);
  if (crosses) {
    throw ItemError{"ErrorOccurrenceCrossingBoundary",
                    "Modified occurrence is crossing or overlapping adjacent occurrence."};
  }
}

void update_series(CalendarItem& item, const Node& updates, const Zone& fallback) {
  CalendarItem changed = item;
  apply({&changed, &changed.content, &fallback}, updates);
  check_item(changed);
  if (series_changed(item, changed)) {
    changed.exceptions.clear();
    changed.deleted.clear();
  }
  item = std::move(changed);
}

void update_occurrence(CalendarItem& item, Day day, const Node& updates, const Zone& fallback) {
  CalendarItem changed = item;
  auto view = view_of(item, day);
  Exception exception;
  exception.content = *view.content;
  exception.content.start = view.start;
  exception.content.end = view.end;
  exception.modified = current_time();
  apply({nullptr, &exception.content, &fallback}, updates);
  CalendarItem single;
  single.content = exception.content;
  check_item(single);
  exception.content = single.content;
  changed.exceptions[day] = std::move(exception);
  check_boundaries(changed, day);
  item = std::move(changed);
}

}  // namespace

void update_item(Call& call, const Node& request, XmlWriter& out) {
  auto mode = request.attribute("SendMeetingInvitationsOrCancellations");
  auto resolution = request.attribute("ConflictResolution");
  open_response(out, "UpdateItem");
  for (const auto& change : request.child("ItemChanges").children()) {
    respond(out, "m:UpdateItemResponseMessage", "<m:Items/>", [&] {
      if (mode.empty()) {
        throw ItemError{"ErrorSendMeetingInvitationsOrCancellationsRequired",
                        "SendMeetingInvitationsOrCancellations is required."};
      }
      auto place = find_item(call, change.first());
      auto& mailbox = *place.mailbox;
      std::lock_guard lock(mailbox.mutex);
      auto& item = item_at(place);
      check_change_key(place, view_at(place), resolution);
      auto updates = change.child("Updates");
      auto uid = item.uid;
      if (place.day)
        update_occurrence(item, *place.day, updates, *call.context_zone);
      else
        update_series(item, updates, *call.context_zone);
      if (item.uid != uid) mailbox.by_uid.emplace(item.uid, item.number);
      auto sends = mode != "SendToNone" && item.content.has_attendees();
      if (sends) {
        item.content.request_was_sent = true;
        ++item.content.sequence;
      }
      mailbox.touch(item);
      auto view = view_at(place);
      mail(call, mailbox, item, *view.content, "update", mode);
      write_saved(out, mailbox, view);
      out.open("m:ConflictResults");
      out.number("t:Count", 0);
      out.close();
    });
  }
  close_response(out);
}

void delete_item(Call& call, const Node& request, XmlWriter& out) {
  auto mode = request.attribute("SendMeetingCancellations");
  auto type = request.attribute("DeleteType");
  open_response(out, "DeleteItem");
  for (const auto& id : request.child("ItemIds").children()) {
    respond(out, "m:DeleteItemResponseMessage", "", [&] {
      if (mode.empty())
        throw ItemError{"ErrorSendMeetingCancellationsRequired", "SendMeetingCancellations is required."};
      auto place = find_item(call, id);
      auto& mailbox = *place.mailbox;
      if (call.actor != &mailbox && type == "MoveToDeletedItems") {
        throw ItemError{"ErrorCannotDeleteObject", "A delegate cannot move items to the owner's Deleted Items."};
      }
      std::lock_guard lock(mailbox.mutex);
      auto& item = item_at(place);
      auto view = view_at(place);
      mail(call, mailbox, item, *view.content, "cancellation", mode);
      if (place.day) {
        item.exceptions.erase(*place.day);
        item.deleted.insert(*place.day);
        mailbox.touch(item);
      } else if (type == "MoveToDeletedItems") {
        mailbox.move(item, mailbox.distinguished("deleteditems")->number);
      } else {
        mailbox.erase(item);
      }
    });
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
