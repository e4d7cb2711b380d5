// SPDX-License-Identifier: GPL-3.0-or-later
// The NotifyStore over one Database connection. Whoever changes a thread's queued messages locks its row of
// outbox_thread first, several in their order: so that its head is always the oldest, and nobody waits in a circle.
#pragma once
#include <map>
#include <tuple>

#include "store/notify_store.hpp"
#include "store/statements.hpp"

namespace caravan::store {

class SqlNotifyStore final : public NotifyStore, private Statements {
 public:
  explicit SqlNotifyStore(Database& database) : Statements(database) {}

  Result<std::vector<NotifyWindow>> due_windows(Instant opened_until, std::size_t limit) override;
  Result<bool> close_window(const std::vector<std::int64_t>& entries,
                            const std::vector<OutboxMessage>& messages) override;
  Result<std::vector<JournalEntry>> unplanned(std::size_t limit) override;
  Result<JournalSize> journal_size() override;

  Status plan_alerts(const Address& mailbox, const Uid& uid, std::int64_t through,
                     const std::vector<std::string>& kinds, const std::vector<Alert>& alerts) override;
  Result<std::vector<Alert>> due_alerts(Instant until, std::size_t limit) override;
  Result<std::optional<Instant>> next_alert() override;
  Result<bool> has_alert(const Address& mailbox, const std::string& kind) override;
  Result<bool> fire_alert(std::int64_t id, const std::vector<OutboxMessage>& messages,
                          const std::vector<Alert>& next) override;
  Result<std::vector<Agreed>> agreed(const Address& mailbox, Instant from, Instant until, const Uid& after,
                                     std::size_t limit) override;
  Result<std::vector<Agreed>> agreed_of(const Address& mailbox, const Uid& uid) override;

  Result<std::size_t> add_messages(const std::vector<OutboxMessage>& messages) override;
  Result<std::vector<OutboxMessage>> claim_messages(const std::string& channel, const std::string& holder,
                                                    std::size_t limit, std::chrono::seconds stale) override;
  Status settle_messages(const std::string& holder, const std::vector<Delivery>& deliveries) override;
  Status drop_message_claims(const std::string& holder) override;
  Result<std::vector<OutboxMessage>> messages(const std::string& state, const Address& mailbox,
                                              std::size_t limit) override;
  Result<std::vector<OutboxMessage>> messages_of(const Address& mailbox, const Uid& uid, std::size_t limit) override;
  Result<std::size_t> retry_dead(std::int64_t id) override;
  Result<std::vector<OutboxSize>> outbox_sizes() override;

  Result<std::string> preferences(const Address& mailbox) override;
  Status set_preferences(const Address& mailbox, const std::string& text) override;

  Result<std::string> sealed(const std::string& name) override;
  Result<std::vector<std::string>> sealed_names() override;
  Status set_sealed(const std::vector<std::pair<std::string, std::string>>& rows) override;

 private:
  using Thread = std::tuple<std::string, std::string, std::string>;  ///< channel, mailbox, thread
  [[nodiscard]] Result<std::string> one_text(std::string_view sql, std::string_view parameter);
  [[nodiscard]] Result<std::vector<std::pair<std::string, std::string>>> first_series(std::string_view sql,
                                                                                      std::int64_t bound,
                                                                                      std::size_t limit);
  [[nodiscard]] Result<std::vector<Agreed>> read_agreed(std::string_view sql, std::initializer_list<Value> parameters);
  [[nodiscard]] Status insert_alerts(const std::vector<Alert>& alerts);

  // within a transaction (sql_outbox.cpp)
  [[nodiscard]] Result<std::size_t> insert_messages(const std::vector<OutboxMessage>& messages);
  /// Ends the thread's claim: its head is the oldest message that is queued now; without one the row goes.
  [[nodiscard]] Status advance(const Thread& thread);
  [[nodiscard]] Status settle(const std::string& holder, const Thread& thread, const Delivery& delivery);
  [[nodiscard]] Result<std::size_t> requeue(const Thread& thread, std::int64_t id);
};

}  // namespace caravan::store
