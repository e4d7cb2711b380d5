// SPDX-License-Identifier: GPL-3.0-or-later
// The request bodies that change something or ask for one thing before it is changed, one function each (ews-facts 8).
// What they make validates against Microsoft's schema: that is a test. Private to common/ews.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "ews/mapping/property.hpp"
#include "ews/types.hpp"
#include "ews/wire/requests.hpp"
#include "ews/wire/wire.hpp"

namespace caravan::ews::wire {

void create_items(Arena& arena, s__BodyType& body, const FolderId& folder, std::span<t__CalendarItemType* const> items,
                  Mail mail);

/// One item's changes; NeverOverwrite with the change key.
struct ItemUpdates {
  const Saved* item = nullptr;
  t__Updates updates;
};
void update_items(Arena& arena, s__BodyType& body, std::span<const ItemUpdates> items, Mail mail);

/// MoveToDeletedItems.
void delete_items(Arena& arena, s__BodyType& body, std::span<const Saved* const> items, Mail mail);

/// AcceptItem, TentativelyAcceptItem or DeclineItem; Mail::none records the answer and tells nobody.
void respond(Arena& arena, s__BodyType& body, const Saved& item, model::Participation answer, Mail mail);

/// The content of a file attachment that is put in afterwards: its base64 stands for it in the request.
inline constexpr std::string_view kContentStandIn = "caravan-content-stands-here";
void create_attachment(Arena& arena, s__BodyType& body, const Saved& parent, const model::Attachment& attachment);
void delete_attachment(Arena& arena, s__BodyType& body, const AttachmentId& attachment);

/// GetItem: ids, change keys and what else tells whose an item is; no content.
void get_keys(Arena& arena, s__BodyType& body, std::span<const ItemId> items);
/// GetItem of occurrences by their index in the pattern, with every property that the mapping reads.
struct OccurrencePlace {
  const ItemId* master = nullptr;
  int index = 1;
};
void get_occurrences(Arena& arena, Schema schema, s__BodyType& body, std::span<const OccurrencePlace> places);

/// FindItem by our mark, or (empty) by its being there at all.
void find_by_mark(Arena& arena, s__BodyType& body, const FolderId& folder, const std::string& mark, int offset,
                  int page);
/// FindItem by the clean global object ids (base64) that a UID may have.
void find_by_object_id(Arena& arena, s__BodyType& body, const FolderId& folder, std::span<const std::string> ids);
/// The same in a folder that every mailbox has ("deleteditems").
void find_by_object_id(Arena& arena, s__BodyType& body, const t__DistinguishedFolderIdType& folder,
                       std::span<const std::string> ids);

}  // namespace caravan::ews::wire
