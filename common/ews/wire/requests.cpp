// SPDX-License-Identifier: GPL-3.0-or-later
#include "ews/wire/requests.hpp"

#include <array>

#include "ews/mapping/property.hpp"
#include "util/text.hpp"

namespace caravan::ews::wire {
namespace {

struct Field {
  const char* uri;
  Schema since;
};

/// ews-facts 4.4 and 5.2; what is not listed is never asked for (conflicts, When, tracking dates: expensive or noise).
constexpr std::array kFields = {Field{"item:ParentFolderId", Schema::exchange_2007_sp1},
                                Field{"item:ItemClass", Schema::exchange_2007_sp1},
                                Field{"item:Subject", Schema::exchange_2007_sp1},
                                Field{"item:Sensitivity", Schema::exchange_2007_sp1},
                                Field{"item:Attachments", Schema::exchange_2007_sp1},
                                Field{"item:Categories", Schema::exchange_2007_sp1},
                                Field{"item:Importance", Schema::exchange_2007_sp1},
                                Field{"item:DateTimeCreated", Schema::exchange_2007_sp1},
                                Field{"item:LastModifiedTime", Schema::exchange_2010_sp1},
                                Field{"item:LastModifiedName", Schema::exchange_2010_sp1},
                                Field{"item:ReminderIsSet", Schema::exchange_2007_sp1},
                                Field{"item:ReminderMinutesBeforeStart", Schema::exchange_2007_sp1},
                                Field{"calendar:UID", Schema::exchange_2007_sp1},
                                Field{"calendar:RecurrenceId", Schema::exchange_2007_sp1},
                                Field{"calendar:DateTimeStamp", Schema::exchange_2007_sp1},
                                Field{"calendar:Start", Schema::exchange_2007_sp1},
                                Field{"calendar:End", Schema::exchange_2007_sp1},
                                Field{"calendar:OriginalStart", Schema::exchange_2007_sp1},
                                Field{"calendar:IsAllDayEvent", Schema::exchange_2007_sp1},
                                Field{"calendar:LegacyFreeBusyStatus", Schema::exchange_2007_sp1},
                                Field{"calendar:Location", Schema::exchange_2007_sp1},
                                Field{"calendar:IsMeeting", Schema::exchange_2007_sp1},
                                Field{"calendar:IsCancelled", Schema::exchange_2007_sp1},
                                Field{"calendar:IsResponseRequested", Schema::exchange_2007_sp1},
                                Field{"calendar:CalendarItemType", Schema::exchange_2007_sp1},
                                Field{"calendar:MyResponseType", Schema::exchange_2007_sp1},
                                Field{"calendar:Organizer", Schema::exchange_2007_sp1},
                                Field{"calendar:RequiredAttendees", Schema::exchange_2007_sp1},
                                Field{"calendar:OptionalAttendees", Schema::exchange_2007_sp1},
                                Field{"calendar:Resources", Schema::exchange_2007_sp1},
                                Field{"calendar:AppointmentSequenceNumber", Schema::exchange_2007_sp1},
                                Field{"calendar:AppointmentState", Schema::exchange_2007_sp1},
                                Field{"calendar:Recurrence", Schema::exchange_2007_sp1},
                                Field{"calendar:ModifiedOccurrences", Schema::exchange_2007_sp1},
                                Field{"calendar:DeletedOccurrences", Schema::exchange_2007_sp1},
                                Field{"calendar:StartTimeZone", Schema::exchange_2010_sp1},
                                Field{"calendar:EndTimeZone", Schema::exchange_2010_sp1},
                                Field{"calendar:AllowNewTimeProposal", Schema::exchange_2007_sp1},
                                Field{"calendar:JoinOnlineMeetingUrl", Schema::exchange_2013_sp1},
                                Field{"calendar:IsOrganizer", Schema::exchange_2013_sp1}};

void add_field(t__Paths& paths, const char* uri) {
  paths.FieldURI.emplace_back();
  paths.FieldURI.back().FieldURI = uri;
}

std::string zulu(Instant instant) { return to_rfc3339(instant); }

m__RestrictionType* class_is(Arena& arena, const char* folder_class) {
  auto* restriction = arena.make<m__RestrictionType>();
  auto* equal = arena.make<t__IsEqualToType>();
  equal->FieldURI = arena.make<t__PathToUnindexedFieldType>();
  equal->FieldURI->FieldURI = "folder:FolderClass";
  equal->FieldURIOrConstant.Constant = arena.make<t__ConstantValueType>();
  equal->FieldURIOrConstant.Constant->Value = folder_class;
  restriction->t__IsEqualTo = equal;
  return restriction;
}

}  // namespace

void get_item(Arena& arena, Schema schema, s__BodyType& body, std::span<const std::string* const> ids,
              WithBody with_body) {
  auto* request = arena.make<m__GetItemType>();
  request->ItemShape.BaseShape = "IdOnly";
  auto* paths = arena.make<t__Paths>();
  paths->FieldURI.reserve(kFields.size() + 2);
  if (with_body == WithBody::yes) {
    request->ItemShape.BodyType = arena.text("Best");
    add_field(*paths, "item:Body");
    if (schema >= Schema::exchange_2013_sp1) add_field(*paths, "item:TextBody");
  }
  for (const Field& field : kFields)
    if (field.since <= schema) add_field(*paths, field.uri);
  t__PathToExtendedFieldType global_object_id;
  global_object_id.DistinguishedPropertySetId = "Meeting";
  global_object_id.PropertyId = arena.number(3);
  global_object_id.PropertyType = "Binary";
  paths->ExtendedFieldURI.push_back(global_object_id);
  paths->ExtendedFieldURI.push_back(mapping::path_of(mapping::OwnProperty::mark));
  paths->ExtendedFieldURI.push_back(mapping::path_of(mapping::OwnProperty::kept));
  request->ItemShape.AdditionalProperties = paths;
  for (const std::string* id : ids) {
    request->ItemIds.ItemId.emplace_back();
    request->ItemIds.ItemId.back().Id = *id;
  }
  body.m__GetItem = request;
}

void sync_folder_items(Arena& arena, s__BodyType& body, const FolderId& folder, const SyncState& state,
                       int max_changes) {
  auto* request = arena.make<m__SyncFolderItemsType>();
  request->ItemShape.BaseShape = "IdOnly";
  request->SyncFolderId.FolderId = arena.make<t__FolderIdType>();
  request->SyncFolderId.FolderId->Id = folder.value;
  if (!state.empty()) request->SyncState = arena.text(state.value);
  request->MaxChangesReturned = max_changes;
  body.m__SyncFolderItems = request;
}

void get_folder(Arena& arena, s__BodyType& body, std::span<t__DistinguishedFolderIdType* const> folders) {
  auto* request = arena.make<m__GetFolderType>();
  request->FolderShape.BaseShape = "Default";
  auto* paths = arena.make<t__Paths>();
  for (const char* uri : {"folder:FolderClass", "folder:ParentFolderId", "folder:EffectiveRights"})
    add_field(*paths, uri);
  request->FolderShape.AdditionalProperties = paths;
  for (const auto* folder : folders) request->FolderIds.DistinguishedFolderId.push_back(*folder);
  body.m__GetFolder = request;
}

void find_calendars(Arena& arena, s__BodyType& body, t__DistinguishedFolderIdType& root, int offset, int page) {
  auto* request = arena.make<m__FindFolderType>();
  request->Traversal = "Deep";
  request->FolderShape.BaseShape = "Default";
  auto* paths = arena.make<t__Paths>();
  for (const char* uri : {"folder:FolderClass", "folder:ParentFolderId"}) add_field(*paths, uri);
  t__PathToExtendedFieldType hidden;  // PR_ATTR_HIDDEN, ews-facts 3.1
  hidden.PropertyTag = "0x10F4";
  hidden.PropertyType = "Boolean";
  paths->ExtendedFieldURI.push_back(hidden);
  request->FolderShape.AdditionalProperties = paths;
  request->IndexedPageFolderView = arena.make<t__IndexedPageViewType>();
  request->IndexedPageFolderView->MaxEntriesReturned = arena.number(page);
  request->IndexedPageFolderView->Offset = offset;
  request->IndexedPageFolderView->BasePoint = "Beginning";
  request->Restriction = class_is(arena, "IPF.Appointment");
  request->ParentFolderIds.DistinguishedFolderId.push_back(root);
  body.m__FindFolder = request;
}

void calendar_view(Arena& arena, s__BodyType& body, const FolderId& folder, Instant from, Instant until, int most) {
  auto* request = arena.make<m__FindItemType>();
  request->Traversal = "Shallow";
  request->ItemShape.BaseShape = "IdOnly";
  auto* paths = arena.make<t__Paths>();
  for (const char* uri : {"item:Subject", "calendar:UID", "calendar:Start", "calendar:End", "calendar:CalendarItemType",
                          "calendar:IsAllDayEvent"})
    add_field(*paths, uri);
  request->ItemShape.AdditionalProperties = paths;
  request->CalendarView = arena.make<t__CalendarViewType>();
  request->CalendarView->MaxEntriesReturned = arena.number(most);
  request->CalendarView->StartDate = zulu(from);
  request->CalendarView->EndDate = zulu(until);
  t__FolderIdType parent;
  parent.Id = folder.value;
  request->ParentFolderIds.FolderId.push_back(parent);
  body.m__FindItem = request;
}

void resolve_names(Arena& arena, s__BodyType& body, const std::string& entry) {
  auto* request = arena.make<m__ResolveNamesType>();
  request->UnresolvedEntry = text::sanitize(entry);
  request->ReturnFullContactData = true;
  request->SearchScope = "ActiveDirectory";
  body.m__ResolveNames = request;
}

void get_attachment(Arena& arena, s__BodyType& body, const AttachmentId& attachment) {
  auto* request = arena.make<m__GetAttachmentType>();
  request->AttachmentShape = arena.make<t__AttachmentShapeType>();
  request->AttachmentShape->IncludeMimeContent = arena.flag(true);
  t__ItemIdType id;
  id.Id = attachment.value;
  request->AttachmentIds.AttachmentId.push_back(id);
  body.m__GetAttachment = request;
}

}  // namespace caravan::ews::wire
