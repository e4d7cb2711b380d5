// SPDX-License-Identifier: GPL-3.0-or-later
// Looking before writing: items by our mark or by UID, and the change keys of items. Private to common/ews.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "ews/connection.hpp"

namespace caravan::ews {

/// Items of the folder that carry this mark; with an empty one, any mark of ours.
Result<std::vector<Found>> find_by_mark(Connection& connection, const Mailbox& mailbox, const FolderId& folder,
                                        const std::string& mark, std::stop_token stop);
/// Items of the folder with this UID, by their global object id.
Result<std::vector<Found>> find_by_uid(Connection& connection, const Mailbox& mailbox, const FolderId& folder,
                                       const Uid& uid, std::stop_token stop);

/// Whether Deleted Items holds the series as declined by the mailbox's owner: of several, the one changed last counts.
Result<bool> is_declined(Connection& connection, const Mailbox& mailbox, const Uid& uid, std::stop_token stop);

/// What is asked of an item before it is deleted or answered.
struct ItemKey {
  Saved saved;
  bool is_meeting = false, is_organizer = true, is_cancelled = false;
};
/// One row for each id, in their order; `not_found` where the item is gone.
std::vector<Result<ItemKey>> get_keys(Connection& connection, const Mailbox& mailbox, std::span<const ItemId> items,
                                      std::stop_token stop);

}  // namespace caravan::ews
