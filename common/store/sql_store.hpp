// SPDX-License-Identifier: GPL-3.0-or-later
// The Store over one Database connection: SQL texts and rows, the same for SQLite and PostgreSQL.
#pragma once
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "store/database.hpp"
#include "store/sql_live_store.hpp"
#include "store/sql_notify_store.hpp"
#include "store/sql_text.hpp"
#include "store/statements.hpp"
#include "store/store.hpp"

namespace caravan::store {

class SqlStore final : public Store, private Statements {
 public:
  explicit SqlStore(std::unique_ptr<Database> database)
      : Statements(*database), owned_(std::move(database)), live_(database_), notify_(database_) {}

  Status commit(Batch& batch) override;

  Result<std::optional<Mailbox>> mailbox(const Address& address) override;
  Result<std::vector<Mailbox>> mailboxes() override;
  Result<std::vector<Pair>> pairs(const Address& mailbox) override;
  Result<std::optional<Pair>> pair(const PairId& id) override;
  Status forget_mailbox(const Address& address) override;

  Result<std::optional<Mapping>> mapping(const PairId& pair, const Uid& uid) override;
  Result<std::vector<Mapping>> mappings(const PairId& pair, const std::vector<Uid>& uids) override;
  Result<std::optional<Mapping>> mapping_by_item(const PairId& pair, const ItemId& item) override;
  Result<std::vector<Mapping>> mappings_by_items(const PairId& pair, const std::vector<ItemId>& items) override;
  Result<std::vector<Mapping>> mappings_by_hrefs(const PairId& pair, const std::vector<Href>& hrefs) override;
  Status each_mapping_key(const PairId& pair, const std::function<bool(const MappingKey&)>& visit) override;
  Result<std::vector<Mapping>> mappings_page(const PairId& pair, const Uid& after, std::size_t limit) override;
  Result<Counts> counts(const PairId& pair) override;
  Result<std::size_t> deleted_since(const PairId& pair, Instant since) override;

  Result<std::vector<PendingChange>> pending(const PairId& pair, Side side, std::int64_t after,
                                             std::size_t limit) override;
  Result<std::vector<Intent>> open_intents(const PairId& pair) override;

  Result<std::vector<Parked>> parked(const Address& mailbox) override;
  Status accept_parked(const std::string& id) override;
  Status retry_parked(const std::string& id) override;
  Result<std::vector<ConflictRow>> conflicts(const Address& mailbox) override;
  Status resolve_conflict(const std::string& id) override;
  Result<std::vector<LossRow>> losses(const Address& mailbox) override;
  Result<std::vector<Audit>> audit(const Address& mailbox, const Uid& uid, std::size_t limit) override;
  Result<std::vector<Undo>> undo_of(const RunId& run, std::int64_t after, std::size_t limit) override;
  Status set_undo_state(std::int64_t id, const std::string& state) override;
  Status move_undo(const PairId& pair, const Href& href, const Etag& from, const Etag& to) override;

  Status save_plan(const StoppedPlan& plan) override;
  Result<std::vector<StoppedPlan>> plans(const PairId& pair) override;
  Status set_plan_state(const std::string& hash, const std::string& state,
                        std::optional<Instant> approved_until) override;

  Status save_run(const Run& run) override;
  Result<std::optional<Run>> run(const RunId& id) override;
  Result<std::vector<Run>> runs(std::size_t limit) override;
  Status add_jobs(const std::vector<Job>& jobs) override;
  Result<std::optional<Job>> claim_job(const std::string& holder, const RunId& run,
                                       std::chrono::seconds stale) override;
  Result<std::vector<Job>> claimed_jobs(const std::string& holder) override;
  Status update_job(const Job& job) override;
  Result<std::vector<Job>> jobs(const RunId& run) override;

  Result<std::optional<Lease>> acquire_lease(const PairId& pair, const std::string& holder,
                                             std::chrono::seconds duration) override;
  Result<bool> renew_lease(const Lease& lease, std::chrono::seconds duration) override;
  Status release_lease(const Lease& lease) override;
  Result<std::optional<Lease>> lease_of(const PairId& pair) override;
  Status heartbeat(const std::string& holder, const std::string& role) override;
  Result<std::vector<Heartbeat>> heartbeats(std::chrono::seconds not_older) override;
  Status remove_heartbeat(const std::string& holder) override;

  Result<std::string> setting(const std::string& name) override;
  Status set_setting(const std::string& name, const std::string& value) override;
  LiveStore& live() override { return live_; }
  NotifyStore& notify() override { return notify_; }
  Status prune(std::chrono::days audit, std::chrono::days tombstones, std::chrono::days undo) override;
  Result<int> schema_version() override;

 private:
  /// Like execute; Fault::not_found with `what` where no row was changed.
  [[nodiscard]] Status change_one(std::string_view sql, std::initializer_list<Value> parameters,
                                  const std::string& what);

  // the parts of commit, in the order of their effects (sql_store_commit.cpp)
  [[nodiscard]] Status check_lease(const Lease& lease);
  [[nodiscard]] Status write_mailboxes(const std::vector<Mailbox>& mailboxes);
  [[nodiscard]] Status write_pairs(const std::vector<Pair>& pairs);
  [[nodiscard]] Status write_intents(Batch& batch);
  [[nodiscard]] Status remove_mappings(const std::vector<std::pair<PairId, Uid>>& mappings);
  [[nodiscard]] Status write_mappings(const std::vector<Mapping>& mappings);
  /// A mapping to be written, with the id of its row.
  struct Written {
    const Mapping* mapping;
    std::int64_t id;
  };
  [[nodiscard]] Status write_copies(const std::vector<Written>& mappings);
  [[nodiscard]] Status write_parts(const std::vector<Written>& mappings);
  [[nodiscard]] Status write_history(const Batch& batch);
  [[nodiscard]] Status write_changes(const Batch& batch);
  [[nodiscard]] Status write_trouble(const Batch& batch);
  [[nodiscard]] Status write_losses(const std::vector<LossRow>& losses);
  [[nodiscard]] Status write_journal(const std::vector<JournalEntry>& journal);

  [[nodiscard]] Status load_mappings(const PairId& pair, std::vector<Mapping>& mappings,
                                     const std::function<Status(const Visit&)>& run);

  std::unique_ptr<Database> owned_;
  SqlLiveStore live_;
  SqlNotifyStore notify_;
};

}  // namespace caravan::store
