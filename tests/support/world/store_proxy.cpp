// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/world/store_proxy.hpp"

#include <utility>

namespace caravan::world {

template <class Call>
auto StoreProxy::read(Call call) {
  fate_.must_live();
  return call(store_);
}

template <class Call>
auto StoreProxy::write(Call call) {
  fate_.pass_through(Place::store);
  ++commits;
  auto answer = call(store_);
  fate_.pass_through(Place::store);
  return answer;
}

template <class Call>
auto StoreProxy::lossy(Call call) -> decltype(call()) {
  const Loss loss = std::exchange(job_loss, Loss::none);
  if (loss == Loss::none) return call();
  if (loss == Loss::answer) (void)call();
  return make_error(Fault::retry_later, "The database did not answer.");
}

Status StoreProxy::commit(store::Batch& batch) {
  return write([&](store::Store& store) { return store.commit(batch); });
}
Result<std::optional<store::Mailbox>> StoreProxy::mailbox(const Address& address) {
  return read([&](store::Store& store) { return store.mailbox(address); });
}
Result<std::vector<store::Mailbox>> StoreProxy::mailboxes() {
  return read([&](store::Store& store) { return store.mailboxes(); });
}
Result<std::vector<store::Pair>> StoreProxy::pairs(const Address& mailbox) {
  return read([&](store::Store& store) { return store.pairs(mailbox); });
}
Result<std::optional<store::Pair>> StoreProxy::pair(const PairId& id) {
  return read([&](store::Store& store) { return store.pair(id); });
}
Status StoreProxy::forget_mailbox(const Address& address) {
  return write([&](store::Store& store) { return store.forget_mailbox(address); });
}
Result<std::optional<store::Mapping>> StoreProxy::mapping(const PairId& pair, const Uid& uid) {
  return read([&](store::Store& store) { return store.mapping(pair, uid); });
}
Result<std::vector<store::Mapping>> StoreProxy::mappings(const PairId& pair, const std::vector<Uid>& uids) {
  return read([&](store::Store& store) { return store.mappings(pair, uids); });
}
Result<std::optional<store::Mapping>> StoreProxy::mapping_by_item(const PairId& pair, const ItemId& item) {
  return read([&](store::Store& store) { return store.mapping_by_item(pair, item); });
}
Result<std::vector<store::Mapping>> StoreProxy::mappings_by_items(const PairId& pair,
                                                                  const std::vector<ItemId>& items) {
  return read([&](store::Store& store) { return store.mappings_by_items(pair, items); });
}
Result<std::vector<store::Mapping>> StoreProxy::mappings_by_hrefs(const PairId& pair, const std::vector<Href>& hrefs) {
  return read([&](store::Store& store) { return store.mappings_by_hrefs(pair, hrefs); });
}
Status StoreProxy::each_mapping_key(const PairId& pair, const std::function<bool(const store::MappingKey&)>& visit) {
  return read([&](store::Store& store) { return store.each_mapping_key(pair, visit); });
}
Result<std::vector<store::Mapping>> StoreProxy::mappings_page(const PairId& pair, const Uid& after, std::size_t limit) {
  return read([&](store::Store& store) { return store.mappings_page(pair, after, limit); });
}
Result<store::Store::Counts> StoreProxy::counts(const PairId& pair) {
  return read([&](store::Store& store) { return store.counts(pair); });
}
Result<std::size_t> StoreProxy::deleted_since(const PairId& pair, Instant since) {
  return read([&](store::Store& store) { return store.deleted_since(pair, since); });
}
Result<std::vector<store::PendingChange>> StoreProxy::pending(const PairId& pair, Side side, std::int64_t after,
                                                              std::size_t limit) {
  return read([&](store::Store& store) { return store.pending(pair, side, after, limit); });
}
Result<std::vector<store::Intent>> StoreProxy::open_intents(const PairId& pair) {
  return read([&](store::Store& store) { return store.open_intents(pair); });
}
Result<std::vector<store::Parked>> StoreProxy::parked(const Address& mailbox) {
  return read([&](store::Store& store) { return store.parked(mailbox); });
}
Status StoreProxy::accept_parked(const std::string& id) {
  return write([&](store::Store& store) { return store.accept_parked(id); });
}
Status StoreProxy::retry_parked(const std::string& id) {
  return write([&](store::Store& store) { return store.retry_parked(id); });
}
Result<std::vector<store::ConflictRow>> StoreProxy::conflicts(const Address& mailbox) {
  return read([&](store::Store& store) { return store.conflicts(mailbox); });
}
Status StoreProxy::resolve_conflict(const std::string& id) {
  return write([&](store::Store& store) { return store.resolve_conflict(id); });
}
Result<std::vector<store::LossRow>> StoreProxy::losses(const Address& mailbox) {
  return read([&](store::Store& store) { return store.losses(mailbox); });
}
Result<std::vector<store::Audit>> StoreProxy::audit(const Address& mailbox, const Uid& uid, std::size_t limit) {
  return read([&](store::Store& store) { return store.audit(mailbox, uid, limit); });
}
Result<std::vector<store::Undo>> StoreProxy::undo_of(const RunId& run, std::int64_t after, std::size_t limit) {
  return read([&](store::Store& store) { return store.undo_of(run, after, limit); });
}
Status StoreProxy::set_undo_state(std::int64_t id, const std::string& state) {
  return write([&](store::Store& store) { return store.set_undo_state(id, state); });
}
Status StoreProxy::move_undo(const PairId& pair, const Href& href, const Etag& from, const Etag& to) {
  return write([&](store::Store& store) { return store.move_undo(pair, href, from, to); });
}
Status StoreProxy::save_plan(const store::StoppedPlan& plan) {
  return write([&](store::Store& store) { return store.save_plan(plan); });
}
Result<std::vector<store::StoppedPlan>> StoreProxy::plans(const PairId& pair) {
  return read([&](store::Store& store) { return store.plans(pair); });
}
Status StoreProxy::set_plan_state(const std::string& hash, const std::string& state,
                                  std::optional<Instant> approved_until) {
  return write([&](store::Store& store) { return store.set_plan_state(hash, state, approved_until); });
}
Status StoreProxy::save_run(const store::Run& run) {
  return write([&](store::Store& store) { return store.save_run(run); });
}
Result<std::optional<store::Run>> StoreProxy::run(const RunId& id) {
  return read([&](store::Store& store) { return store.run(id); });
}
Result<std::vector<store::Run>> StoreProxy::runs(std::size_t limit) {
  return read([&](store::Store& store) { return store.runs(limit); });
}
Status StoreProxy::add_jobs(const std::vector<store::Job>& jobs) {
  return write([&](store::Store& store) { return store.add_jobs(jobs); });
}
Result<std::optional<store::Job>> StoreProxy::claim_job(const std::string& holder, const RunId& run,
                                                        std::chrono::seconds stale) {
  return lossy([&] { return read([&](store::Store& store) { return store.claim_job(holder, run, stale); }); });
}
Result<std::vector<store::Job>> StoreProxy::claimed_jobs(const std::string& holder) {
  return read([&](store::Store& store) { return store.claimed_jobs(holder); });
}
Status StoreProxy::update_job(const store::Job& job) {
  return lossy([&] { return write([&](store::Store& store) { return store.update_job(job); }); });
}
Result<std::vector<store::Job>> StoreProxy::jobs(const RunId& run) {
  return read([&](store::Store& store) { return store.jobs(run); });
}
Result<std::optional<store::Lease>> StoreProxy::acquire_lease(const PairId& pair, const std::string& holder,
                                                              std::chrono::seconds duration) {
  return read([&](store::Store& store) { return store.acquire_lease(pair, holder, duration); });
}
Result<bool> StoreProxy::renew_lease(const store::Lease& lease, std::chrono::seconds duration) {
  return read([&](store::Store& store) { return store.renew_lease(lease, duration); });
}
Status StoreProxy::release_lease(const store::Lease& lease) {
  return read([&](store::Store& store) { return store.release_lease(lease); });
}
Result<std::optional<store::Lease>> StoreProxy::lease_of(const PairId& pair) {
  return read([&](store::Store& store) { return store.lease_of(pair); });
}
Status StoreProxy::heartbeat(const std::string& holder, const std::string& role) {
  return read([&](store::Store& store) { return store.heartbeat(holder, role); });
}
Result<std::vector<store::Heartbeat>> StoreProxy::heartbeats(std::chrono::seconds not_older) {
  return read([&](store::Store& store) { return store.heartbeats(not_older); });
}
Status StoreProxy::remove_heartbeat(const std::string& holder) {
  return read([&](store::Store& store) { return store.remove_heartbeat(holder); });
}
Result<std::string> StoreProxy::setting(const std::string& name) {
  return read([&](store::Store& store) { return store.setting(name); });
}
Status StoreProxy::set_setting(const std::string& name, const std::string& value) {
  return write([&](store::Store& store) { return store.set_setting(name, value); });
}
Status StoreProxy::prune(std::chrono::days audit, std::chrono::days tombstones, std::chrono::days undo) {
  return write([&](store::Store& store) { return store.prune(audit, tombstones, undo); });
}
Result<int> StoreProxy::schema_version() {
  return read([&](store::Store& store) { return store.schema_version(); });
}

}  // namespace caravan::world
