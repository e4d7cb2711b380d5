// SPDX-License-Identifier: GPL-3.0-or-later
// The LiveStore over one Database connection. Every change of a mailbox's rows begins with locking its row of
// live_mailbox, several in the order of their addresses: so a hint and a settlement never pass each other unseen, and
// nobody waits in a circle.
#pragma once
#include <span>

#include "store/live_store.hpp"
#include "store/statements.hpp"

namespace caravan::store {

class SqlLiveStore final : public LiveStore, private Statements {
 public:
  explicit SqlLiveStore(Database& database) : Statements(database) {}

  Status enlist(const Address& mailbox, const std::vector<PairId>& pairs) override;
  Status delist(const Address& mailbox) override;
  Status hint(const std::vector<PairId>& pairs, Side side) override;
  Result<std::size_t> hint_user(const std::string& user) override;
  Status look_at_all(Side side) override;
  Result<std::vector<DueMailbox>> claim_due(const std::string& holder, std::size_t limit,
                                            std::chrono::seconds stale) override;
  Result<bool> settle_due(const Settlement& settlement) override;
  Status drop_claims(const std::string& holder) override;
  Status wait_for_work(std::chrono::milliseconds timeout) override;
  Result<Backlog> backlog() override;

  Result<std::vector<Heard>> hear(const std::vector<Callback>& callbacks) override;
  Status add_subscription(const Subscription& subscription) override;
  Status confirm_subscription(const Digest& token, const std::string& exchange_id,
                              const std::string& watermark) override;
  Status retire_subscription(const Digest& token) override;
  Status retire_subscriptions(const Address& mailbox) override;
  Result<std::vector<Subscription>> subscriptions(const Address& mailbox) override;
  Result<std::vector<Subscription>> silent_subscriptions(std::chrono::milliseconds than) override;

 private:
  [[nodiscard]] Status hint_chunk(std::span<const Value> pairs, Side side);
  [[nodiscard]] Status load_pairs(std::vector<DueMailbox>& mailboxes);
  [[nodiscard]] Status settle_pair(const SettledPair& pair, std::int64_t claimed_ms);
  [[nodiscard]] Status hear_chunk(std::span<const Callback> callbacks, std::vector<Heard>& heard);
};

}  // namespace caravan::store
