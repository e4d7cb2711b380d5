// SPDX-License-Identifier: GPL-3.0-or-later
#include "ews/wire/write_requests.hpp"

#include "ews/mapping/attachment.hpp"
#include "util/text.hpp"

namespace caravan::ews::wire {
namespace {

using mapping::OwnProperty;

constexpr int kCleanGlobalObjectId = 35;  // PidLidCleanGlobalObjectId 0x23, in the property set Meeting

t__ItemIdType id_of(const Saved& saved) {
  t__ItemIdType id;
  id.Id = saved.item.value;
  id.ChangeKey = saved.change_key.value;
  return id;
}

void add_field(t__Paths& paths, const char* uri) {
  paths.FieldURI.emplace_back();
  paths.FieldURI.back().FieldURI = uri;
}

/// What tells whose an item is.
t__Paths* key_fields(Arena& arena) {
  auto* paths = arena.make<t__Paths>();
  for (const char* uri : {"calendar:UID", "calendar:CalendarItemType", "calendar:IsMeeting", "calendar:MyResponseType",
                          "calendar:AppointmentState", "item:LastModifiedTime"})
    add_field(*paths, uri);
  paths->ExtendedFieldURI.push_back(mapping::path_of(OwnProperty::mark));
  return paths;
}

m__FindItemType* find_request(Arena& arena, const FolderId& folder, int offset, int page) {
  auto* request = arena.make<m__FindItemType>();
  request->Traversal = "Shallow";
  request->ItemShape.BaseShape = "IdOnly";
  request->ItemShape.AdditionalProperties = key_fields(arena);
  request->IndexedPageItemView = arena.make<t__IndexedPageViewType>();
  request->IndexedPageItemView->MaxEntriesReturned = arena.number(page);
  request->IndexedPageItemView->Offset = offset;
  request->IndexedPageItemView->BasePoint = "Beginning";
  t__FolderIdType parent;
  parent.Id = folder.value;
  request->ParentFolderIds.FolderId.push_back(parent);
  request->Restriction = arena.make<m__RestrictionType>();
  return request;
}

t__IsEqualToType* equals(Arena& arena, const t__PathToExtendedFieldType& path, const std::string& value) {
  auto* equal = arena.make<t__IsEqualToType>();
  equal->ExtendedFieldURI = arena.make<t__PathToExtendedFieldType>(path);
  equal->FieldURIOrConstant.Constant = arena.make<t__ConstantValueType>();
  equal->FieldURIOrConstant.Constant->Value = value;
  return equal;
}

}  // namespace

void create_items(Arena& arena, s__BodyType& body, const FolderId& folder, std::span<t__CalendarItemType* const> items,
                  Mail mail) {
  auto* request = arena.make<m__CreateItemType>();
  request->SendMeetingInvitations = mail == Mail::none ? "SendToNone" : "SendToAllAndSaveCopy";
  request->SavedItemFolderId = arena.make<t__TargetFolderIdType>();
  request->SavedItemFolderId->FolderId = arena.make<t__FolderIdType>();
  request->SavedItemFolderId->FolderId->Id = folder.value;
  request->Items.CalendarItem.assign(items.begin(), items.end());
  body.m__CreateItem = request;
}

void update_items(Arena& arena, s__BodyType& body, std::span<const ItemUpdates> items, Mail mail) {
  auto* request = arena.make<m__UpdateItemType>();
  request->ConflictResolution = "NeverOverwrite";
  request->MessageDisposition = "SaveOnly";
  request->SendMeetingInvitationsOrCancellations = mail == Mail::none ? "SendToNone" : "SendToChangedAndSaveCopy";
  for (const ItemUpdates& each : items) {
    t__ItemChangeType change;
    change.ItemId = arena.make<t__ItemIdType>(id_of(*each.item));
    change.Updates = each.updates;
    request->ItemChanges.ItemChange.push_back(std::move(change));
  }
  body.m__UpdateItem = request;
}

void delete_items(Arena& arena, s__BodyType& body, std::span<const Saved* const> items, Mail mail) {
  auto* request = arena.make<m__DeleteItemType>();
  request->DeleteType = "MoveToDeletedItems";
  request->SendMeetingCancellations = mail == Mail::none ? "SendToNone" : "SendToAllAndSaveCopy";
  for (const Saved* item : items) request->ItemIds.ItemId.push_back(id_of(*item));
  body.m__DeleteItem = request;
}

void respond(Arena& arena, s__BodyType& body, const Saved& item, model::Participation answer, Mail mail) {
  auto* request = arena.make<m__CreateItemType>();
  request->MessageDisposition = mail == Mail::none ? "SaveOnly" : "SendAndSaveCopy";
  auto* response = arena.make<t__ResponseObjectType>();
  response->ReferenceItemId = arena.make<t__ItemIdType>(id_of(item));
  switch (answer) {
    case model::Participation::accepted:
      request->Items.AcceptItem.push_back(response);
      break;
    case model::Participation::declined:
      request->Items.DeclineItem.push_back(response);
      break;
    case model::Participation::tentative:
    case model::Participation::needs_action:
    case model::Participation::delegated:
      request->Items.TentativelyAcceptItem.push_back(response);
      break;
  }
  body.m__CreateItem = request;
}

void create_attachment(Arena& arena, s__BodyType& body, const Saved& parent, const model::Attachment& attachment) {
  static const std::string stand_in(kContentStandIn);
  auto* request = arena.make<m__CreateAttachmentType>();
  request->ParentItemId = id_of(parent);
  auto* file = arena.make<t__FileAttachmentType>();
  file->Name = arena.text(text::sanitize(mapping::stored_name(attachment)));
  file->ContentType = arena.text(text::sanitize(mapping::stored_type(attachment)));
  if (!attachment.content_id.empty()) file->ContentId = arena.text(text::sanitize(attachment.content_id));
  if (attachment.is_inline) file->IsInline = arena.text("true");
  file->Content = arena.make<xsd__base64Binary>();
  // gSOAP wants bytes that it may write to; it does not.
  file->Content->__ptr = reinterpret_cast<unsigned char*>(const_cast<char*>(stand_in.data()));
  file->Content->__size = static_cast<int>(stand_in.size());
  request->Attachments.FileAttachment.push_back(file);
  body.m__CreateAttachment = request;
}

void delete_attachment(Arena& arena, s__BodyType& body, const AttachmentId& attachment) {
  auto* request = arena.make<m__DeleteAttachmentType>();
  t__ItemIdType id;
  id.Id = attachment.value;
  request->AttachmentIds.AttachmentId.push_back(id);
  body.m__DeleteAttachment = request;
}

void get_keys(Arena& arena, s__BodyType& body, std::span<const ItemId> items) {
  auto* request = arena.make<m__GetItemType>();
  request->ItemShape.BaseShape = "IdOnly";
  request->ItemShape.AdditionalProperties = key_fields(arena);
  for (const ItemId& item : items) {
    request->ItemIds.ItemId.emplace_back();
    request->ItemIds.ItemId.back().Id = item.value;
  }
  body.m__GetItem = request;
}

void get_occurrences(Arena& arena, Schema schema, s__BodyType& body, std::span<const OccurrencePlace> places) {
  get_item(arena, schema, body, {}, WithBody::yes);
  for (const OccurrencePlace& place : places) {
    t__OccurrenceItemIdType id;
    id.RecurringMasterId = place.master->value;
    id.InstanceIndex = place.index;
    body.m__GetItem->ItemIds.OccurrenceItemId.push_back(id);
  }
}

void find_by_mark(Arena& arena, s__BodyType& body, const FolderId& folder, const std::string& mark, int offset,
                  int page) {
  auto* request = find_request(arena, folder, offset, page);
  const auto path = mapping::path_of(OwnProperty::mark);
  if (mark.empty()) {
    request->Restriction->t__Exists = arena.make<t__ExistsType>();
    request->Restriction->t__Exists->ExtendedFieldURI = arena.make<t__PathToExtendedFieldType>(path);
  } else {
    request->Restriction->t__IsEqualTo = equals(arena, path, text::sanitize(mark));
  }
  body.m__FindItem = request;
}

void find_by_object_id(Arena& arena, s__BodyType& body, const t__DistinguishedFolderIdType& folder,
                       std::span<const std::string> ids) {
  find_by_object_id(arena, body, FolderId(), ids);
  auto& parents = body.m__FindItem->ParentFolderIds;
  parents.FolderId.clear();
  parents.DistinguishedFolderId.push_back(folder);
}

void find_by_object_id(Arena& arena, s__BodyType& body, const FolderId& folder, std::span<const std::string> ids) {
  auto* request = find_request(arena, folder, 0, 50);
  t__PathToExtendedFieldType path;
  path.DistinguishedPropertySetId = "Meeting";
  path.PropertyId = arena.number(kCleanGlobalObjectId);
  path.PropertyType = "Binary";
  if (ids.size() == 1) {
    request->Restriction->t__IsEqualTo = equals(arena, path, ids.front());
  } else {
    request->Restriction->t__Or = arena.make<t__OrType>();
    for (const std::string& id : ids) request->Restriction->t__Or->t__IsEqualTo.push_back(*equals(arena, path, id));
  }
  body.m__FindItem = request;
}

}  // namespace caravan::ews::wire
