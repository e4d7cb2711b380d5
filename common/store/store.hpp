// SPDX-License-Identifier: GPL-3.0-or-later
// The mapping database as the programs see it. SQLite and PostgreSQL implement it over one set of SQL texts; one
// contract suite proves both. No call here is ever held open over the network: read, decide, write remotely, then
// commit one Batch.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "store/records.hpp"
#include "util/clock.hpp"
#include "util/result.hpp"

namespace caravan::store {

/// All that becomes true at once: one transaction. Refused with Fault::precondition_failed, code "stale_lease", where
/// `lease` is set and its epoch is no longer the pair's (fencing), and with code "not_unique" where another series of
/// the pair holds an href or an item, or another pair the collection; then nothing of it is written. Empty ids of
/// pairs, parked objects and conflicts are made by commit. A tombstone claims neither its href nor its items.
struct Batch {
  std::optional<Lease> lease;
  std::vector<Intent> open_intents;  ///< ids are filled in by commit
  std::vector<std::int64_t> close_intents;
  std::vector<Mapping> mappings;                        ///< upsert by (pair, uid)
  std::vector<std::pair<PairId, Uid>> forget_mappings;  ///< rows removed whole
  std::vector<Audit> audit;
  std::vector<Undo> undo;
  std::vector<std::int64_t> done_changes;  ///< PendingChange::sequence
  std::vector<PendingChange> new_changes;
  std::vector<Parked> parked;                            ///< upsert by (pair, side, object): attempts count up
  std::vector<std::pair<PairId, std::string>> unparked;  ///< (pair, object)
  std::vector<ConflictRow> conflicts;
  std::vector<LossRow> losses;        ///< replaces all rows of the named (pair, uid)s; one without a reason only clears
  std::vector<Pair> pairs;            ///< upsert by id
  std::vector<Mailbox> mailboxes;     ///< upsert by address
  std::vector<JournalEntry> journal;  ///< appended; ids are the store's
};

class LiveStore;
class NotifyStore;

/// One connection; used by one thread at a time (every worker opens its own).
class Store {
 public:
  virtual ~Store() = default;

  [[nodiscard]] virtual Status commit(Batch& batch) = 0;

  // mailboxes and pairs
  [[nodiscard]] virtual Result<std::optional<Mailbox>> mailbox(const Address& address) = 0;
  [[nodiscard]] virtual Result<std::vector<Mailbox>> mailboxes() = 0;
  [[nodiscard]] virtual Result<std::vector<Pair>> pairs(const Address& mailbox) = 0;  ///< empty address: all
  [[nodiscard]] virtual Result<std::optional<Pair>> pair(const PairId& id) = 0;
  /// Erases every row about the mailbox (`forget`).
  [[nodiscard]] virtual Status forget_mailbox(const Address& address) = 0;

  // mappings
  [[nodiscard]] virtual Result<std::optional<Mapping>> mapping(const PairId& pair, const Uid& uid) = 0;
  [[nodiscard]] virtual Result<std::vector<Mapping>> mappings(const PairId& pair, const std::vector<Uid>& uids) = 0;
  [[nodiscard]] virtual Result<std::optional<Mapping>> mapping_by_item(const PairId& pair, const ItemId& item) = 0;
  [[nodiscard]] virtual Result<std::vector<Mapping>> mappings_by_items(const PairId& pair,
                                                                       const std::vector<ItemId>& items) = 0;
  [[nodiscard]] virtual Result<std::vector<Mapping>> mappings_by_hrefs(const PairId& pair,
                                                                       const std::vector<Href>& hrefs) = 0;
  /// Streams keys in uid order; a visitor that returns false stops it. Pages of 1,000, no transaction is held: the
  /// visitor may use the store, and a row that comes or goes meanwhile may be missed.
  [[nodiscard]] virtual Status each_mapping_key(const PairId& pair,
                                                const std::function<bool(const MappingKey&)>& visit) = 0;
  /// Active mappings after `after` in uid order, at most `limit`, whole (verify, rollback walk a calendar in pages).
  [[nodiscard]] virtual Result<std::vector<Mapping>> mappings_page(const PairId& pair, const Uid& after,
                                                                   std::size_t limit) = 0;
  struct Counts {
    std::size_t active = 0, tombstones = 0, conflicts = 0, parked = 0, pending = 0, open_intents = 0;
  };
  [[nodiscard]] virtual Result<Counts> counts(const PairId& pair) = 0;
  /// Series deleted on `side` of the pair since `since` (audit rows "deleted"): the brake's rolling window.
  [[nodiscard]] virtual Result<std::size_t> deleted_since(const PairId& pair, Instant since) = 0;

  // pending changes
  [[nodiscard]] virtual Result<std::vector<PendingChange>> pending(const PairId& pair, Side side, std::int64_t after,
                                                                   std::size_t limit) = 0;

  // intents
  [[nodiscard]] virtual Result<std::vector<Intent>> open_intents(const PairId& pair) = 0;

  // parked, conflicts, losses, audit, undo
  [[nodiscard]] virtual Result<std::vector<Parked>> parked(const Address& mailbox) = 0;  ///< empty: all
  [[nodiscard]] virtual Status accept_parked(const std::string& id) = 0;
  [[nodiscard]] virtual Status retry_parked(const std::string& id) = 0;  ///< next_try = now; empty id: all
  [[nodiscard]] virtual Result<std::vector<ConflictRow>> conflicts(const Address& mailbox) = 0;
  [[nodiscard]] virtual Status resolve_conflict(const std::string& id) = 0;
  [[nodiscard]] virtual Result<std::vector<LossRow>> losses(const Address& mailbox) = 0;
  [[nodiscard]] virtual Result<std::vector<Audit>> audit(
      const Address& mailbox, const Uid& uid, std::size_t limit) = 0;  ///< the newest `limit`, oldest first; empty: all
  [[nodiscard]] virtual Result<std::vector<Undo>> undo_of(
      const RunId& run, std::int64_t after,
      std::size_t limit) = 0;  ///< newest first below `after` (0: from the newest)
  [[nodiscard]] virtual Status set_undo_state(std::int64_t id, const std::string& state) = 0;
  /// A rollback put an object back: what earlier runs left as version `from` has the version `to` now.
  [[nodiscard]] virtual Status move_undo(const PairId& pair, const Href& href, const Etag& from, const Etag& to) = 0;

  // plans
  [[nodiscard]] virtual Status save_plan(const StoppedPlan& plan) = 0;
  [[nodiscard]] virtual Result<std::vector<StoppedPlan>> plans(const PairId& pair) = 0;  ///< empty pair: all
  [[nodiscard]] virtual Status set_plan_state(const std::string& hash, const std::string& state,
                                              std::optional<Instant> approved_until) = 0;

  // runs and jobs
  [[nodiscard]] virtual Status save_run(const Run& run) = 0;  ///< upsert
  [[nodiscard]] virtual Result<std::optional<Run>> run(const RunId& id) = 0;
  [[nodiscard]] virtual Result<std::vector<Run>> runs(std::size_t limit) = 0;  ///< newest first
  [[nodiscard]] virtual Status add_jobs(const std::vector<Job>& jobs) = 0;
  /// Takes one queued job (or one whose holder's heartbeat is older than `stale`), of `run` where given.
  [[nodiscard]] virtual Result<std::optional<Job>> claim_job(const std::string& holder, const RunId& run,
                                                             std::chrono::seconds stale) = 0;
  /// Those that `holder` has claimed and not ended.
  [[nodiscard]] virtual Result<std::vector<Job>> claimed_jobs(const std::string& holder) = 0;
  [[nodiscard]] virtual Status update_job(const Job& job) = 0;
  [[nodiscard]] virtual Result<std::vector<Job>> jobs(const RunId& run) = 0;

  // leases (monotonic within the store: time is the database server's) and liveness
  [[nodiscard]] virtual Result<std::optional<Lease>> acquire_lease(const PairId& pair, const std::string& holder,
                                                                   std::chrono::seconds duration) = 0;
  /// False where the lease was lost meanwhile.
  [[nodiscard]] virtual Result<bool> renew_lease(const Lease& lease, std::chrono::seconds duration) = 0;
  [[nodiscard]] virtual Status release_lease(const Lease& lease) = 0;
  /// Who holds it now (whether or not it ran out); nullopt: nobody. For taking over from a process known to be dead.
  [[nodiscard]] virtual Result<std::optional<Lease>> lease_of(const PairId& pair) = 0;
  [[nodiscard]] virtual Status heartbeat(const std::string& holder, const std::string& role) = 0;
  [[nodiscard]] virtual Result<std::vector<Heartbeat>> heartbeats(std::chrono::seconds not_older) = 0;
  [[nodiscard]] virtual Status remove_heartbeat(const std::string& holder) = 0;

  // switches ("paused:all", "paused:ADDRESS") and cached facts; small values
  [[nodiscard]] virtual Result<std::string> setting(const std::string& name) = 0;  ///< empty: not set
  [[nodiscard]] virtual Status set_setting(const std::string& name, const std::string& value) = 0;

  /// What live sync needs of the store (live_store.hpp); over the same connection, as long as this store lives.
  [[nodiscard]] virtual LiveStore& live() = 0;
  /// What telling people needs of the store (notify_store.hpp); the same.
  [[nodiscard]] virtual NotifyStore& notify() = 0;

  /// Drops what is older than its retention (audit 90 days, tombstones 180, undo 30 by default); of history, which is
  /// appended, the rows before the first one that is not too old. Messages that are sent, dropped or dead go after the
  /// retention of undo, and so does what nobody came for in that time: journal entries and alerts.
  [[nodiscard]] virtual Status prune(std::chrono::days audit, std::chrono::days tombstones, std::chrono::days undo) = 0;
  [[nodiscard]] virtual Result<int> schema_version() = 0;
};

/// Opens "sqlite:PATH" or "postgresql://..." and upgrades an older schema (SQLite: a copy FILE.bak-N is kept). A newer
/// schema is refused (Fault::unsupported, code "store_newer"); a full disk is Fault::denied, code "disk_full".
enum class Upgrade { allowed, refused };
[[nodiscard]] Result<std::unique_ptr<Store>> open(const std::string& url, std::shared_ptr<Clock> clock,
                                                  Upgrade upgrade = Upgrade::allowed);

/// The schema version this program writes.
int current_schema_version() noexcept;

}  // namespace caravan::store
