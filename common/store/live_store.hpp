// SPDX-License-Identifier: GPL-3.0-or-later
// What live sync keeps in the mapping database: which pairs want to be looked at and who works on them, and the
// subscriptions at Exchange. Reached by Store::live(), over the same connection and by the same thread.
//
// A hint only says "look": it counts up. Who looks remembers the count that stood there at the claim, and settles that
// much; a hint that came meanwhile stays due. The unit of claiming is the mailbox, because deletes are decided when all
// of its pairs were observed. All times are the store's.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "util/digest.hpp"
#include "util/result.hpp"
#include "util/types.hpp"

namespace caravan::store {

/// A time to the next look that never comes (a hundred years).
inline constexpr std::chrono::milliseconds kNever = std::chrono::hours(24 * 36'525);

/// A pair of a claimed mailbox, and why it is to be looked at; all of them false where another pair of it is due.
struct DuePair {
  PairId pair;
  bool look_exchange = false;  ///< hinted, or its time has come
  bool look_caldav = false;
  bool audit = false;
  std::int64_t exchange_hints = 0, caldav_hints = 0;  ///< as counted at the claim: what a settlement names
  /// Since the first hint that is not served; 0 where there is none. After a settlement that left hints open it counts
  /// from that claim, which is at most one pass too long.
  std::chrono::milliseconds exchange_waits{0}, caldav_waits{0};
};

struct DueMailbox {
  Address mailbox;
  std::int64_t claim = 0;  ///< the number of this claim; a settlement of an older one is refused
  std::vector<DuePair> pairs;
};

/// What a pass did for one pair. What is nullopt stays as it is.
struct SettledPair {
  PairId pair;
  std::optional<std::int64_t> exchange_hints, caldav_hints;  ///< served: DuePair's counts, where that side was observed
  std::optional<std::chrono::milliseconds> next_exchange, next_caldav, next_audit;  ///< from now; kNever
};

struct Settlement {
  Address mailbox;
  std::int64_t claim = 0;
  std::vector<SettledPair> pairs;
  /// After a failure: nobody claims the mailbox sooner, whatever hints come.
  std::chrono::milliseconds not_before{0};
};

/// A subscription at Exchange. `pending` is committed before Subscribe is sent: Exchange's first call may arrive before
/// its answer.
struct Subscription {
  Digest token;  ///< SHA-256 of the secret in the callback's URL; so a look-up tells no stranger how near a guess was
  Address mailbox;
  std::string kind = "push";      ///< push | streaming
  std::string state = "pending";  ///< pending | live | retired
  std::string exchange_id;        ///< t:SubscriptionId, empty while pending
  std::string watermark;
  std::chrono::milliseconds created_ago{0},
      heard_ago{0};  ///< filled in when read; heard: created, or the last callback
};

/// One callback, or several of one token taken together.
struct Callback {
  Digest token;
  bool news = true;    ///< false: it only said that the subscription lives
  bool ended = false;  ///< Exchange said that the subscription is at its end: it is retired
};
/// How it is to be answered.
enum class Heard : std::uint8_t {
  noted,    ///< OK
  retired,  ///< Unsubscribe
  unknown,  ///< never issued
};

/// How far live sync is behind, and what waits for something. Counted over the whole store: for a scrape every some
/// seconds, not for each pass.
struct Backlog {
  std::size_t mailboxes = 0;             ///< under live sync
  std::size_t due = 0;                   ///< of them, those whose time has come, claimed ones included
  std::size_t exchange = 0, caldav = 0;  ///< pairs with hints that are not served
  std::chrono::milliseconds exchange_waits{0}, caldav_waits{0};  ///< the longest of them
  std::size_t push = 0, streaming = 0;                           ///< subscriptions, pending or live
  std::chrono::milliseconds longest_silence{0};                  ///< of those subscriptions
  std::size_t pending = 0, open_intents = 0;
  std::size_t parked = 0, conflicts = 0, stopped_plans = 0;  ///< that nobody has accepted, resolved, approved
};

class LiveStore {
 public:
  virtual ~LiveStore() = default;

  /// Puts these pairs of the mailbox under live sync, due at once; those already there keep what they have, others of
  /// the mailbox are taken out.
  [[nodiscard]] virtual Status enlist(const Address& mailbox, const std::vector<PairId>& pairs) = 0;
  /// Takes the mailbox out. Its subscriptions stay: see retire_subscriptions.
  [[nodiscard]] virtual Status delist(const Address& mailbox) = 0;

  /// Marks the pairs; who waits for work is woken. A pair that is not under live sync is passed over. At most 64 pairs
  /// become true at once.
  [[nodiscard]] virtual Status hint(const std::vector<PairId>& pairs, Side side) = 0;
  /// Marks every pair, on the CalDAV side, of the mailboxes whose CalDAV user has that name: caldav_user, or where it
  /// is empty the address or its local part. How many pairs that were.
  [[nodiscard]] virtual Result<std::size_t> hint_user(const std::string& user) = 0;
  /// Makes that side of every pair due now (a start-up: hints of the last moments before a power cut may be lost).
  [[nodiscard]] virtual Status look_at_all(Side side) = 0;

  /// Claims up to `limit` mailboxes that have a due pair and that nobody works on, those longest due first; a claim
  /// whose holder's heartbeat is older than `stale` counts as nobody's, and so does one of more than ten minutes whose
  /// holder has no lease of the mailbox's pairs. Paused mailboxes are left out.
  [[nodiscard]] virtual Result<std::vector<DueMailbox>> claim_due(const std::string& holder, std::size_t limit,
                                                                  std::chrono::seconds stale) = 0;
  /// Ends a claim; false, and nothing is done, where the claim was lost meanwhile.
  [[nodiscard]] virtual Result<bool> settle_due(const Settlement& settlement) = 0;
  /// Ends all claims of a holder, as they were found: at a graceful end, or for a process known to be dead.
  [[nodiscard]] virtual Status drop_claims(const std::string& holder) = 0;
  /// Returns when there may be something to claim, at the latest after `timeout`, and sometimes for nothing: claim
  /// afterwards in any case. PostgreSQL tells at once (LISTEN); on SQLite hints of this process do, those of others are
  /// seen within half a second.
  [[nodiscard]] virtual Status wait_for_work(std::chrono::milliseconds timeout) = 0;
  [[nodiscard]] virtual Result<Backlog> backlog() = 0;

  /// Takes callbacks: those of a pending or live token note the time and, with news, mark the mailbox's pairs on the
  /// Exchange side. All is committed when this returns. One answer for each, in order: one that ended was still noted.
  [[nodiscard]] virtual Result<std::vector<Heard>> hear(const std::vector<Callback>& callbacks) = 0;

  /// Commits a new row, state `pending`, before Subscribe is sent.
  [[nodiscard]] virtual Status add_subscription(const Subscription& subscription) = 0;
  /// What Subscribe answered: `pending` becomes `live`. Fault::not_found where it is not there or retired.
  [[nodiscard]] virtual Status confirm_subscription(const Digest& token, const std::string& exchange_id,
                                                    const std::string& watermark) = 0;
  [[nodiscard]] virtual Status retire_subscription(const Digest& token) = 0;
  [[nodiscard]] virtual Status retire_subscriptions(const Address& mailbox) = 0;
  /// Newest first; empty mailbox: all. Retired ones, too.
  [[nodiscard]] virtual Result<std::vector<Subscription>> subscriptions(const Address& mailbox) = 0;
  /// Live or pending, and not heard of for that long.
  [[nodiscard]] virtual Result<std::vector<Subscription>> silent_subscriptions(std::chrono::milliseconds than) = 0;
};

}  // namespace caravan::store
