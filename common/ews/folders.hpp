// SPDX-License-Identifier: GPL-3.0-or-later
// Folders, and what changed in them: GetFolder, FindFolder, SyncFolderItems. Private to common/ews.
#pragma once
#include <vector>

#include "ews/connection.hpp"

namespace caravan::ews {

/// See Client::calendar_folders.
Result<std::vector<CalendarFolder>> calendar_folders(Connection& connection, const Mailbox& mailbox, FolderScope scope,
                                                     std::stop_token stop);
/// See Client::sync_folder_items.
Result<ChangePage> sync_folder_items(Connection& connection, const Mailbox& mailbox, const FolderId& folder,
                                     const SyncState& state, int max_changes, std::stop_token stop);
/// See Client::probe.
Result<Probe> probe(Connection& connection, const Mailbox& mailbox, std::stop_token stop);

}  // namespace caravan::ews
