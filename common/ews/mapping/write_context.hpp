// SPDX-License-Identifier: GPL-3.0-or-later
// What the mapping of a series to Exchange needs besides the series. Private to common/ews.
#pragma once
#include <optional>

#include "ews/mapping/time_zone.hpp"
#include "ews/types.hpp"
#include "model/series.hpp"
#include "model/time.hpp"

namespace caravan::ews::mapping {

/// One per mailbox and task. The references outlive it.
struct WriteContext {
  const model::ZoneBook& zones;
  ZoneCache& cache;
  const Mailbox& mailbox;
  const Expand& expand;
  /// What ended before gets no reminder: Outlook pops up all that were due (ews-facts 8.7). None: all are set.
  std::optional<Instant> now = std::nullopt;
  bool knows_elsewhere = true;  ///< the server has the state WorkingElsewhere (Exchange 2013 on)
};

/// What an item is on Exchange that no write changes, and that what is read back depends on.
struct Standing {
  bool is_meeting = false;
  bool is_organizer = true;
  bool is_cancelled = false;
  /// Whose midnights an all-day item's are. Of the mailbox, unless the item's own is known.
  std::string zone;
};

/// The standing that a new item for `event` gets.
Standing standing_of(const WriteContext& context, const model::Event& event);
/// Whether `address` is the mailbox's own.
bool is_own(const Mailbox& mailbox, const std::string& address);
/// Whether somebody else organizes: such a meeting is imported, and only what an attendee owns is written to it.
bool is_foreign(const Mailbox& mailbox, const model::Event& event);
/// The zone of the mailbox, "Etc/UTC" where none is known.
std::string home_zone(const WriteContext& context);

}  // namespace caravan::ews::mapping
