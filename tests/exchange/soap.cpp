// SPDX-License-Identifier: GPL-3.0-or-later
// Finding what a request names: folders, items, occurrences, with the caller's rights checked.
#include "soap.hpp"

#include "bytes.hpp"

namespace exchange_sim {

bool Call::may_access(const Mailbox& mailbox) const {
  if (actor == nullptr) return false;
  if (actor == &mailbox) return true;
  auto found = delegates.find(to_lower(mailbox.address));
  return found != delegates.end() && found->second.contains(to_lower(actor->address));
}

Operation find_operation(const std::string& name) {
  static const std::map<std::string, Operation> table = {
      {"GetFolder", get_folder},
      {"FindFolder", find_folder_operation},
      {"CreateFolder", create_folder},
      {"SyncFolderHierarchy", sync_folder_hierarchy},
      {"SyncFolderItems", sync_folder_items},
      {"FindItem", find_items},
      {"GetItem", get_item},
      {"GetAttachment", get_attachment},
      {"CreateAttachment", create_attachment},
      {"DeleteAttachment", delete_attachment},
      {"CreateItem", create_item},
      {"UpdateItem", update_item},
      {"DeleteItem", delete_item},
      {"MoveItem", move_item},
      {"ResolveNames", resolve_names},
      {"GetServerTimeZones", get_server_time_zones},
      {"ConvertId", convert_id},
      {"GetUserAvailabilityRequest", get_user_availability},
      {"Subscribe", subscribe},
      {"Unsubscribe", unsubscribe},
      {"GetEvents", get_events},
      {"GetStreamingEvents", get_streaming_events},
  };
  auto found = table.find(name);
  return found == table.end() ? nullptr : found->second;
}

void open_response(XmlWriter& out, std::string_view operation) {
  out.open("m:" + std::string(operation) + "Response");
  out.open("m:ResponseMessages");
}

void close_response(XmlWriter& out) {
  out.close();
  out.close();
}

namespace {

Mailbox& mailbox_named(Call& call, const Node& id) {
  auto address = id.child("Mailbox").text("EmailAddress");
  if (address.empty()) {
    if (call.actor == nullptr) {
      throw ItemError{"ErrorMissingEmailAddress", "The caller has no mailbox; impersonate one or name it."};
    }
    return *call.actor;
  }
  auto* mailbox = call.world.find(address);
  if (mailbox == nullptr) throw ItemError{"ErrorNonExistentMailbox", "No mailbox with such address."};
  if (!call.may_access(*mailbox)) throw ItemError{"ErrorAccessDenied", "Access is denied to this mailbox."};
  return *mailbox;
}

Mailbox& mailbox_of_id(Call& call, const std::optional<IdKey>& key) {
  if (!key) throw ItemError{"ErrorInvalidIdMalformed", "Id is malformed."};
  auto* mailbox = call.world.at(key->mailbox);
  if (mailbox == nullptr) throw ItemError{"ErrorInvalidId", "Id belongs to no mailbox."};
  if (!call.may_access(*mailbox)) throw ItemError{"ErrorAccessDenied", "Access is denied to the item's mailbox."};
  return *mailbox;
}

const CalendarItem& checked_item(Mailbox& mailbox, std::uint64_t number) {
  auto* item = mailbox.item(number);
  if (item == nullptr) throw ItemError{"ErrorItemNotFound", "The specified object was not found in the store."};
  return *item;
}

}  // namespace

FolderPlace find_folder(Call& call, const Node& id) {
  if (id.name() == "DistinguishedFolderId") {
    auto& mailbox = mailbox_named(call, id);
    std::lock_guard lock(mailbox.mutex);
    auto* folder = mailbox.distinguished(id.attribute("Id"));
    if (folder == nullptr)
      throw ItemError{"ErrorFolderNotFound", "The specified folder could not be found in the store."};
    return {&mailbox, folder->number};
  }
  if (id.name() != "FolderId") throw ItemError{"ErrorInvalidFolderId", "A folder id is missing."};
  auto key = decode_id(id.attribute("Id"));
  auto& mailbox = mailbox_of_id(call, key);
  std::lock_guard lock(mailbox.mutex);
  if (key->kind != IdKind::folder) throw ItemError{"ErrorInvalidFolderId", "The id is not a folder's."};
  if (mailbox.folder(key->number) == nullptr) {
    throw ItemError{"ErrorFolderNotFound", "The specified folder could not be found in the store."};
  }
  return {&mailbox, static_cast<std::uint32_t>(key->number)};
}

ItemPlace find_item(Call& call, const Node& id) {
  bool by_index = id.name() == "OccurrenceItemId";
  bool to_master = id.name() == "RecurringMasterItemId";
  auto key = decode_id(id.attribute(by_index ? "RecurringMasterId" : to_master ? "OccurrenceId" : "Id"));
  auto& mailbox = mailbox_of_id(call, key);
  if (key->kind != IdKind::item && key->kind != IdKind::occurrence) {
    throw ItemError{"ErrorInvalidIdNotAnItemAttachmentId", "The id is not an item's."};
  }
  std::lock_guard lock(mailbox.mutex);
  const auto& item = checked_item(mailbox, key->number);
  ItemPlace place{&mailbox, key->number, std::nullopt, id.attribute("ChangeKey")};
  if (to_master) {
    if (!key->has_day) {
      throw ItemError{"ErrorCalendarCannotUseIdForRecurringMasterId", "The id is not an occurrence's."};
    }
    return place;
  }
  if (by_index) {
    if (key->has_day || !item.is_master()) {
      throw ItemError{"ErrorCalendarCannotUseIdForOccurrenceId", "The id is not a recurring master's."};
    }
    auto day = nth_day(*item.recurrence, std::atoi(id.attribute("InstanceIndex").c_str()));
    if (!day) {
      throw ItemError{"ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange",
                      "Occurrence index is out of recurrence range."};
    }
    if (item.deleted.contains(*day)) {
      throw ItemError{"ErrorCalendarOccurrenceIsDeletedFromRecurrence", "Occurrence was deleted from the recurrence."};
    }
    place.day = day;
    return place;
  }
  if (key->has_day) place.day = key->day;
  view_at(place);
  return place;
}

CalendarItem& item_at(const ItemPlace& place) {
  checked_item(*place.mailbox, place.number);
  return *place.mailbox->item(place.number);
}

View view_at(const ItemPlace& place) {
  auto& item = item_at(place);
  if (!place.day) return view_of(item);
  bool there = item.is_master() && !item.deleted.contains(*place.day) &&
               (item.exceptions.contains(*place.day) || contains_day(*item.recurrence, *place.day));
  if (!there) throw ItemError{"ErrorItemNotFound", "The occurrence was not found in the store."};
  return view_of(item, *place.day);
}

}  // namespace exchange_sim
