// SPDX-License-Identifier: GPL-3.0-or-later
// A master (or single) item and its exceptions' items -> one Fetched series (ews-facts 6.4, 13.1). Private to
// common/ews.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ews/mapping/context.hpp"
#include "ews/mapping/event.hpp"
#include "ews/mapping/recurrence.hpp"
#include "ews/types.hpp"
#include "ews/wire/wire.hpp"

namespace caravan::ews::mapping {

/// The item of one row of ModifiedOccurrences.
struct ExceptionItem {
  const wire::t__OccurrenceInfoType* info = nullptr;
  wire::t__CalendarItemType* item = nullptr;
  bool marked = false;           ///< see Context::marked
  bool body_unreadable = false;  ///< the server could only deliver it without its body
};

/// Moves the texts out of the items. `malformed` where the series can't be read whole: it is parked, never cut short.
Result<Fetched> read_series(Context& context, wire::t__CalendarItemType& master, bool body_unreadable,
                            std::span<const ExceptionItem> exceptions);

/// One occurrence of a series, changed or not, as the override it would be. `series` has the master and the zones,
/// which gain those of the occurrence.
Result<model::Event> read_occurrence(Context& context, const ExceptionItem& occurrence, const SeriesFrame& frame,
                                     model::Series& series);
/// Where and how the occurrences of a master are counted.
SeriesFrame frame_of(const ItemTimes& times, const model::Event& master);

/// What a PidLidGlobalObjectId says (ews-facts 5.5).
struct GlobalObjectId {
  std::string uid;           ///< the wrapped UID, or upper-case hex of the blob without its date
  bool is_instance = false;  ///< it names one occurrence of a series
  model::LocalTime date;     ///< of that occurrence
};
/// Nullopt where the blob is none.
std::optional<GlobalObjectId> decode_global_object_id(std::string_view blob);

}  // namespace caravan::ews::mapping
