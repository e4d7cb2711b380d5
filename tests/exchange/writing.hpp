// SPDX-License-Identifier: GPL-3.0-or-later
// What the writing operations share: the Send attributes, target folders, change keys, and the answer with the
// saved item's id.
#pragma once

#include <initializer_list>
#include <string>

#include "soap.hpp"

namespace exchange_sim {

/// The request's Send attribute; throws ItemError `missing` without one, SoapFault for an unknown word.
std::string send_mode(const Node& request, const char* attribute, const char* missing,
                      std::initializer_list<std::string_view> words);

/// The folder named in a TargetFolderId, or the actor's calendar; throws ItemError.
FolderPlace target_folder(Call& call, const Node& parent, const char* missing_code);

/// Whether the write may go on by the request's change key. Returns how many properties others have changed
/// since that key where AutoResolve merges; throws ItemError for a conflict. `fields` are those of the write.
int check_change_key(const ItemPlace& place, const View& view, const std::string& resolution,
                     const std::set<std::string>& fields);

/// The item's element with its id alone, named by what it is.
void write_saved_item(XmlWriter& out, const Mailbox& mailbox, const View& view);
/// m:Items with that.
void write_saved(XmlWriter& out, const Mailbox& mailbox, const View& view);

/// A fault on demand: Exchange's own attendant touches a meeting right after it was saved (ews-facts 8.2).
void touch_after(const Call& call, Mailbox& mailbox, CalendarItem& item);

}  // namespace exchange_sim
