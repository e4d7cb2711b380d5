// SPDX-License-Identifier: GPL-3.0-or-later
// A store::Store that hands every call on to a real one, through the fate of the pass: before and after each write of
// the database the pass may die.
#pragma once
#include "store/store.hpp"
#include "support/world/fate.hpp"

namespace caravan::world {

class StoreProxy final : public store::Store {
 public:
  StoreProxy(store::Store& store, Fate& fate) : store_(store), fate_(fate) {}
  int commits = 0;                                                  ///< that reached the database
  enum class Loss { none, request, answer } job_loss = Loss::none;  ///< of the next claim or record of a job

  Status commit(store::Batch& batch) override;
  Result<std::optional<store::Mailbox>> mailbox(const Address& address) override;
  Result<std::vector<store::Mailbox>> mailboxes() override;
  Result<std::vector<store::Pair>> pairs(const Address& mailbox) override;
  Result<std::optional<store::Pair>> pair(const PairId& id) override;
  Status forget_mailbox(const Address& address) override;
  Result<std::optional<store::Mapping>> mapping(const PairId& pair, const Uid& uid) override;
  Result<std::vector<store::Mapping>> mappings(const PairId& pair, const std::vector<Uid>& uids) override;
  Result<std::optional<store::Mapping>> mapping_by_item(const PairId& pair, const ItemId& item) override;
  Result<std::vector<store::Mapping>> mappings_by_items(const PairId& pair, const std::vector<ItemId>& items) override;
  Result<std::vector<store::Mapping>> mappings_by_hrefs(const PairId& pair, const std::vector<Href>& hrefs) override;
  Status each_mapping_key(const PairId& pair, const std::function<bool(const store::MappingKey&)>& visit) override;
  Result<std::vector<store::Mapping>> mappings_page(const PairId& pair, const Uid& after, std::size_t limit) override;
  Result<Counts> counts(const PairId& pair) override;
  Result<std::size_t> deleted_since(const PairId& pair, Instant since) override;
  Result<std::vector<store::PendingChange>> pending(const PairId& pair, Side side, std::int64_t after,
                                                    std::size_t limit) override;
  Result<std::vector<store::Intent>> open_intents(const PairId& pair) override;
  Result<std::vector<store::Parked>> parked(const Address& mailbox) override;
  Status accept_parked(const std::string& id) override;
  Status retry_parked(const std::string& id) override;
  Result<std::vector<store::ConflictRow>> conflicts(const Address& mailbox) override;
  Status resolve_conflict(const std::string& id) override;
  Result<std::vector<store::LossRow>> losses(const Address& mailbox) override;
  Result<std::vector<store::Audit>> audit(const Address& mailbox, const Uid& uid, std::size_t limit) override;
  Result<std::vector<store::Undo>> undo_of(const RunId& run, std::int64_t after, std::size_t limit) override;
  Status set_undo_state(std::int64_t id, const std::string& state) override;
  Status move_undo(const PairId& pair, const Href& href, const Etag& from, const Etag& to) override;
  Status save_plan(const store::StoppedPlan& plan) override;
  Result<std::vector<store::StoppedPlan>> plans(const PairId& pair) override;
  Status set_plan_state(const std::string& hash, const std::string& state,
                        std::optional<Instant> approved_until) override;
  Status save_run(const store::Run& run) override;
  Result<std::optional<store::Run>> run(const RunId& id) override;
  Result<std::vector<store::Run>> runs(std::size_t limit) override;
  Status add_jobs(const std::vector<store::Job>& jobs) override;
  Result<std::optional<store::Job>> claim_job(const std::string& holder, const RunId& run,
                                              std::chrono::seconds stale) override;
  Result<std::vector<store::Job>> claimed_jobs(const std::string& holder) override;
  Status update_job(const store::Job& job) override;
  Result<std::vector<store::Job>> jobs(const RunId& run) override;
  Result<std::optional<store::Lease>> acquire_lease(const PairId& pair, const std::string& holder,
                                                    std::chrono::seconds duration) override;
  Result<bool> renew_lease(const store::Lease& lease, std::chrono::seconds duration) override;
  Status release_lease(const store::Lease& lease) override;
  Result<std::optional<store::Lease>> lease_of(const PairId& pair) override;
  Status heartbeat(const std::string& holder, const std::string& role) override;
  Result<std::vector<store::Heartbeat>> heartbeats(std::chrono::seconds not_older) override;
  Status remove_heartbeat(const std::string& holder) override;
  Result<std::string> setting(const std::string& name) override;
  Status set_setting(const std::string& name, const std::string& value) override;
  store::LiveStore& live() override { return store_.live(); }
  store::NotifyStore& notify() override { return store_.notify(); }
  Status prune(std::chrono::days audit, std::chrono::days tombstones, std::chrono::days undo) override;
  Result<int> schema_version() override;

 private:
  template <class Call>
  auto read(Call call);
  template <class Call>
  auto write(Call call);
  template <class Call>
  auto lossy(Call call) -> decltype(call());

  store::Store& store_;
  Fate& fate_;
};

}  // namespace caravan::world
