// SPDX-License-Identifier: GPL-3.0-or-later
// What the writing operations share: the Send attributes, target folders, change keys, the answer with the
// saved item's id, and the mails.
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

/// m:Items with the id of a saved calendar item.
void write_saved(XmlWriter& out, const Mailbox& mailbox, const View& view);

/// Notes the mail that an organizer's save sends; nothing for SendToNone or an attendee's copy.
void send_mail(Call& call, const Mailbox& mailbox, const CalendarItem& item, const EventContent& content,
               const std::string& kind, const std::string& mode);

}  // namespace exchange_sim
