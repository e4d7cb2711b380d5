// SPDX-License-Identifier: GPL-3.0-or-later
// GetItem in batches: each id gets its own answer or its own error, whatever the server does with the batch (cut short,
// stopped half-way, garbled, busy). Private to common/ews.
#pragma once
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ews/connection.hpp"

namespace caravan::ews {

/// One item; it lives as long as `answer`.
struct FetchedItem {
  std::shared_ptr<Answer> answer;
  wire::t__CalendarItemType* item = nullptr;
  bool body_unreadable = false;  ///< it could only be had without its body
};

/// One result for each id, in their order. Items that are no calendar items are `unsupported`.
std::vector<Result<FetchedItem>> get_items(Connection& connection, const Mailbox& mailbox,
                                           std::span<const std::string* const> ids, std::stop_token stop);

}  // namespace caravan::ews
