// SPDX-License-Identifier: GPL-3.0-or-later
// CreateItem, UpdateItem, DeleteItem and answers to invitations, in batches: each row gets its own result. Private to
// common/ews.
//
// A row is `precondition_failed` where its change key is stale, and `in_doubt` where the answer was lost or can't be
// paired with it: answers to creates and deletes carry nothing but their position.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "ews/connection.hpp"
#include "ews/wire/write_requests.hpp"

namespace caravan::ews {

using SavedRows = std::vector<Result<Saved>>;

SavedRows create_items(Connection& connection, const Mailbox& mailbox, const FolderId& folder,
                       std::span<wire::t__CalendarItemType* const> items, Mail mail, std::stop_token stop);
SavedRows update_items(Connection& connection, const Mailbox& mailbox, std::span<const wire::ItemUpdates> items,
                       Mail mail, std::stop_token stop);
/// To Deleted Items. Exchange does not look at the change keys here: whoever deletes has compared them.
std::vector<Status> delete_items(Connection& connection, const Mailbox& mailbox, std::span<const Saved* const> items,
                                 Mail mail, std::stop_token stop);

/// What an answer to an invitation left: the item may have been made anew, or (declined) be gone.
struct Responded {
  std::optional<Saved> item;
};
Result<Responded> respond(Connection& connection, const Mailbox& mailbox, const Saved& item,
                          model::Participation answer, Mail mail, std::stop_token stop);

}  // namespace caravan::ews
