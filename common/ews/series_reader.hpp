// SPDX-License-Identifier: GPL-3.0-or-later
// get_series: masters, then their exceptions, then the mapping. Private to common/ews.
#pragma once
#include <span>

#include "ews/connection.hpp"

namespace caravan::ews {

/// See Client::get_series.
FetchedSeries get_series(Connection& connection, const Mailbox& mailbox, std::span<const ItemId> items,
                         std::stop_token stop);

}  // namespace caravan::ews
