// SPDX-License-Identifier: GPL-3.0-or-later
// The t:Notification of push calls, GetEvents and streams, made from a mailbox's events.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "world.hpp"
#include "xml_writer.hpp"

namespace exchange_sim {

constexpr std::size_t kMostEventsTold = 50;  ///< in one notification (ews-facts 9.2)

/// What one notification tells: at most kMostEventsTold events, or that there are none.
struct Batch {
  std::vector<std::uint64_t> events;
  std::uint64_t next = 0;       ///< where the subscription stands afterwards
  std::uint64_t watermark = 0;  ///< the last one that the client is given
  bool more = false;
};

/// The events from the subscription's position on. The log must still hold that position.
Batch next_batch(const EventLog& log, const Subscription& subscription);

/// Watermarks are left out of streams. `out` stands inside the response message.
void write_notification(XmlWriter& out, std::string_view element, const Mailbox& mailbox,
                        const Subscription& subscription, const Batch& batch);

}  // namespace exchange_sim
