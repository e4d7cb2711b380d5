// SPDX-License-Identifier: GPL-3.0-or-later
// What telling people needs of the mapping database: the journal of agreed states (written by Batch::journal in the
// transaction that changes the mapping), the outbox, alerts that wait for their time, preferences and sealed secrets.
// Reached by Store::notify(), over the same connection and by the same thread. Texts are opaque here.
//
// The unit of claiming is the thread: of the messages to one person by one channel that belong together one is under
// way at a time, the oldest. `due` of messages and claims are compared with the store's clock; windows and alerts with
// the instants that the caller names.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/records.hpp"
#include "util/clock.hpp"
#include "util/result.hpp"
#include "util/types.hpp"

namespace caravan::store {

/// The changes of one series that are to be told together, oldest first; never empty.
struct NotifyWindow {
  Address mailbox;
  Uid uid;
  std::vector<JournalEntry> entries;
};

/// One message to one person by one channel. Delivered in the order of ids within (channel, mailbox, thread).
struct OutboxMessage {
  std::int64_t id = 0;           ///< made by the store, ascending
  std::string key;               ///< unique for all time that rows are kept: a second one of the same key is not taken
  std::string channel;           ///< mail | chat | webhook
  Address mailbox;               ///< the person
  std::string thread;            ///< what belongs together: the UID, or "digest", "admin"
  std::string kind;              ///< notify::to_string(Kind)
  std::string payload;           ///< JSON, of the program; content lives here and in no log
  std::string state = "queued";  ///< queued | sent | dead | dropped
  Instant due{};                 ///< not before
  std::optional<Instant> expires;  ///< over by then: it is dropped instead of sent
  std::int64_t attempts = 0;       ///< claims, counted as they are made: above 1 it may have been sent before
  std::string error;               ///< of the last attempt, or why it was dropped
  std::string receipt;             ///< what the channel calls it (a post's id)
  Instant created{};
};

/// Something to look at when its time comes: a reminder, a digest, a mailbox whose alerts are to be planned further.
struct Alert {
  std::int64_t id = 0;  ///< made by the store
  Address mailbox;
  PairId pair;             ///< empty for those that belong to no series
  Uid uid;                 ///< the same
  std::string kind;        ///< reminder | starting | ended | daily | weekly | plan
  std::string occurrence;  ///< its recurrence id (or start) as text
  std::string payload;     ///< JSON, of the program
  Instant due{};
};

/// What became of an attempt.
struct Delivery {
  std::int64_t id = 0;  ///< OutboxMessage::id
  std::string state;    ///< sent | dead | dropped | queued (again, at `due`)
  Instant due{};
  std::string error, receipt;
};

class NotifyStore {
 public:
  virtual ~NotifyStore() = default;

  // the journal
  /// Series whose oldest untold entry is not younger than `opened_until`, those longest open first, each with all of
  /// its entries. At most `limit` series.
  [[nodiscard]] virtual Result<std::vector<NotifyWindow>> due_windows(Instant opened_until, std::size_t limit) = 0;
  /// Takes the entries out and puts the messages in, as one; false, and nothing is done, where an entry is not there
  /// any more (another process closed the window). Messages of a known key are passed over.
  [[nodiscard]] virtual Result<bool> close_window(const std::vector<std::int64_t>& entries,
                                                  const std::vector<OutboxMessage>& messages) = 0;
  /// Series with entries that no alert was planned after: (mailbox, uid) with the newest such entry in full, each once,
  /// those first that wait longest.
  [[nodiscard]] virtual Result<std::vector<JournalEntry>> unplanned(std::size_t limit) = 0;
  /// How many entries are not told yet, and when the oldest of them was made.
  struct JournalSize {
    std::size_t entries = 0;
    std::optional<Instant> oldest;
  };
  [[nodiscard]] virtual Result<JournalSize> journal_size() = 0;

  // alerts
  /// Replaces the alerts of the series, of the named kinds only where `kinds` is not empty (uid empty: those of the
  /// mailbox's own that `kinds` names), and marks its entries up to `through` as planned.
  [[nodiscard]] virtual Status plan_alerts(const Address& mailbox, const Uid& uid, std::int64_t through,
                                           const std::vector<std::string>& kinds, const std::vector<Alert>& alerts) = 0;
  [[nodiscard]] virtual Result<std::vector<Alert>> due_alerts(Instant until, std::size_t limit) = 0;  ///< by due, id
  [[nodiscard]] virtual Result<std::optional<Instant>> next_alert() = 0;
  /// Whether the mailbox has one of this kind of its own.
  [[nodiscard]] virtual Result<bool> has_alert(const Address& mailbox, const std::string& kind) = 0;
  /// Takes the alert out and puts the messages in (and further alerts), as one; false where it is not there any more.
  [[nodiscard]] virtual Result<bool> fire_alert(std::int64_t id, const std::vector<OutboxMessage>& messages,
                                                const std::vector<Alert>& next) = 0;
  /// Mappings of the mailbox's pairs that may have an occurrence in [from, until), in uid order after `after`; base
  /// copies in full. At most `limit` series; those of several pairs with one uid are handed back together.
  struct Agreed {
    PairId pair;
    Uid uid;
    std::string copy;  ///< Mapping::exchange_copy, else caldav_copy
  };
  [[nodiscard]] virtual Result<std::vector<Agreed>> agreed(const Address& mailbox, Instant from, Instant until,
                                                           const Uid& after, std::size_t limit) = 0;
  /// The agreed copies of one series (one for each pair that holds it).
  [[nodiscard]] virtual Result<std::vector<Agreed>> agreed_of(const Address& mailbox, const Uid& uid) = 0;

  // the outbox
  /// Those of a known key are passed over; how many were new.
  [[nodiscard]] virtual Result<std::size_t> add_messages(const std::vector<OutboxMessage>& messages) = 0;
  /// Claims due messages of the channel, in order; of each (mailbox, thread) only the oldest that is not settled. A
  /// claim whose holder's heartbeat is older than `stale` counts as nobody's.
  [[nodiscard]] virtual Result<std::vector<OutboxMessage>> claim_messages(const std::string& channel,
                                                                          const std::string& holder, std::size_t limit,
                                                                          std::chrono::seconds stale) = 0;
  /// Ends claims; those that were lost meanwhile are passed over.
  [[nodiscard]] virtual Status settle_messages(const std::string& holder, const std::vector<Delivery>& deliveries) = 0;
  [[nodiscard]] virtual Status drop_message_claims(const std::string& holder) = 0;
  [[nodiscard]] virtual Result<std::vector<OutboxMessage>> messages(
      const std::string& state, const Address& mailbox,
      std::size_t limit) = 0;  ///< newest first; empty: all
  [[nodiscard]] virtual Result<std::vector<OutboxMessage>> messages_of(const Address& mailbox, const Uid& uid,
                                                                       std::size_t limit) = 0;  ///< `explain`
  /// Queues dead ones again (0: all), their attempts counted anew; how many.
  [[nodiscard]] virtual Result<std::size_t> retry_dead(std::int64_t id) = 0;
  struct OutboxSize {
    std::string channel, state;
    std::size_t count = 0;
    std::optional<Instant> oldest_due;
  };
  /// Of what is queued and what is dead.
  [[nodiscard]] virtual Result<std::vector<OutboxSize>> outbox_sizes() = 0;

  // people
  [[nodiscard]] virtual Result<std::string> preferences(const Address& mailbox) = 0;  ///< JSON; empty: none set
  [[nodiscard]] virtual Status set_preferences(const Address& mailbox, const std::string& text) = 0;

  // secrets, sealed by the program (util/seal.hpp): the store never sees them open
  [[nodiscard]] virtual Result<std::string> sealed(const std::string& name) = 0;  ///< empty: none
  [[nodiscard]] virtual Result<std::vector<std::string>> sealed_names() = 0;
  /// Replaces all the named rows as one (a rotation); an empty value removes. Values are printable text.
  [[nodiscard]] virtual Status set_sealed(const std::vector<std::pair<std::string, std::string>>& rows) = 0;
};

}  // namespace caravan::store
