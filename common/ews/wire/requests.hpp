// SPDX-License-Identifier: GPL-3.0-or-later
// The request bodies that common/ews sends, one function each. What they make validates against Microsoft's schema:
// that is a test. Private to common/ews.
#pragma once
#include <span>
#include <string>

#include "ews/session.hpp"
#include "ews/types.hpp"
#include "ews/wire/wire.hpp"

namespace caravan::ews::wire {

enum class WithBody : std::uint8_t { yes, no };

/// GetItem with every property that the mapping reads (ews-facts 4.4).
void get_item(Arena& arena, Schema schema, s__BodyType& body, std::span<const std::string* const> ids,
              WithBody with_body);
/// SyncFolderItems with IdOnly.
void sync_folder_items(Arena& arena, s__BodyType& body, const FolderId& folder, const SyncState& state,
                       int max_changes);
/// GetFolder of distinguished folders.
void get_folder(Arena& arena, s__BodyType& body, std::span<t__DistinguishedFolderIdType* const> folders);
/// FindFolder Deep below `root`: folders of class IPF.Appointment.
void find_calendars(Arena& arena, s__BodyType& body, t__DistinguishedFolderIdType& root, int offset, int page);
/// FindItem with a CalendarView.
void calendar_view(Arena& arena, s__BodyType& body, const FolderId& folder, Instant from, Instant until, int most);
/// ResolveNames in the directory, with the contact's addresses.
void resolve_names(Arena& arena, s__BodyType& body, const std::string& entry);
/// GetAttachment; an attached item as MIME.
void get_attachment(Arena& arena, s__BodyType& body, const AttachmentId& attachment);

}  // namespace caravan::ews::wire
