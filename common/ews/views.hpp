// SPDX-License-Identifier: GPL-3.0-or-later
// CalendarView and ResolveNames. Private to common/ews.
#pragma once
#include <string>
#include <vector>

#include "ews/connection.hpp"

namespace caravan::ews {

/// See Client::calendar_view.
Result<std::vector<Occurrence>> calendar_view(Connection& connection, const Mailbox& mailbox, const FolderId& folder,
                                              Instant from, Instant until, std::stop_token stop);
/// See Client::resolve_names.
Result<std::vector<ResolvedName>> resolve_names(Connection& connection, const Mailbox& mailbox,
                                                const std::string& entry, std::stop_token stop);
/// The SMTP address of a legacy DN, cached; empty if the directory has none.
Result<std::string> resolve_legacy_address(Connection& connection, const Mailbox& mailbox, const std::string& legacy_dn,
                                           std::stop_token stop);

}  // namespace caravan::ews
