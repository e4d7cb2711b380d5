// SPDX-License-Identifier: GPL-3.0-or-later
// CreateAttachment and DeleteAttachment. A file goes to the server from its own place on disk, through a spool file
// that holds the request: memory does not grow with it. Private to common/ews.
#pragma once
#include <string>

#include "ews/connection.hpp"

namespace caravan::ews {

/// Puts the file at `path` on the item; `name`, type and content id are those of `attachment`. Gives the item's new
/// change key. A stale one of `parent` is `precondition_failed`.
Result<Saved> create_attachment(Connection& connection, const Mailbox& mailbox, const Saved& parent,
                                const model::Attachment& attachment, const std::string& path,
                                const std::string& spool_dir, std::stop_token stop);
/// Takes an attachment away; gives its item with its new change key, or `not_found`.
Result<Saved> delete_attachment(Connection& connection, const Mailbox& mailbox, const AttachmentId& attachment,
                                std::stop_token stop);

}  // namespace caravan::ews
