// SPDX-License-Identifier: GPL-3.0-or-later
// A series as it stands on Exchange at this moment, for those who are about to write to it: the master, and any of its
// occurrences with id and change key. An occurrence is found by master and original start, and nothing is believed of
// an index that the server does not confirm (ews-facts 6.5). Private to common/ews.
#pragma once
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "ews/batch.hpp"
#include "ews/connection.hpp"
#include "ews/mapping/pattern.hpp"
#include "ews/mapping/series.hpp"
#include "ews/mapping/write_context.hpp"

namespace caravan::ews {

/// One occurrence as it is now.
struct OccurrenceNow {
  bool deleted = false;
  bool changed = false;  ///< it is an exception already
  Saved saved;           ///< unless deleted
  model::Event event;    ///< unless deleted; attachments with their ids
};

class SeriesState {
 public:
  /// Reads the main item; `not_found` where it is gone.
  static Result<SeriesState> read(Connection& connection, const Mailbox& mailbox, const ItemId& main,
                                  std::stop_token stop);

  [[nodiscard]] const Saved& saved() const noexcept { return saved_; }
  [[nodiscard]] bool is_recurring() const noexcept { return pattern_.has_value(); }
  /// The main item without its occurrences' changes; its recurrence as Exchange holds it or as it was kept.
  [[nodiscard]] const model::Series& series() const noexcept { return series_; }
  [[nodiscard]] const mapping::Standing& standing() const noexcept { return standing_; }
  /// Whether this original start is among DeletedOccurrences.
  [[nodiscard]] bool is_deleted(const model::EventTime& occurrence) const;

  /// The occurrences with these original starts, in their order, each by a request of now. `not_found` where the
  /// pattern has none there.
  std::vector<Result<OccurrenceNow>> occurrences(std::span<const model::EventTime> originals);

 private:
  SeriesState(Connection& connection, const Mailbox& mailbox, std::stop_token stop)
      : connection_(&connection), mailbox_(&mailbox), stop_(std::move(stop)) {}
  Status take(FetchedItem& main);
  Instant instant_of(const model::EventTime& original) const;
  std::optional<int> index_of(const model::EventTime& original) const;
  std::vector<Result<FetchedItem>> get(std::span<const int> indices);
  Result<OccurrenceNow> search(const model::EventTime& original, std::optional<int> index);
  Result<OccurrenceNow> take(FetchedItem& item, const model::EventTime& original);
  bool is_it(const wire::t__CalendarItemType& item, const model::EventTime& original) const;

  Connection* connection_;
  const Mailbox* mailbox_;
  std::stop_token stop_;
  Saved saved_;
  model::Series series_;
  mapping::Standing standing_;
  mapping::SeriesFrame frame_;
  std::optional<mapping::Pattern> pattern_;
  std::set<Instant> deleted_;
  std::string uid_;  // as the item has it
  FolderId folder_;
};

}  // namespace caravan::ews
