// SPDX-License-Identifier: GPL-3.0-or-later
// Takes the messages of one channel out of the outbox and to their readers, in the order of each thread. What is known
// to have gone is never sent again; what may have gone is sent with the same key.
#pragma once
#include <memory>
#include <stop_token>
#include <string>

#include "app/notify/breaker.hpp"
#include "app/notify/people.hpp"
#include "app/pass/context.hpp"
#include "notify/channel.hpp"
#include "store/notify_store.hpp"

namespace caravan::app {

/// A message that can't be delivered for so long is dead.
inline constexpr std::chrono::hours kGivesUpAfter{48};

/// For one thread; several may share a breaker.
class Deliverer {
 public:
  Deliverer(const Context& context, const People& people, std::unique_ptr<notify::Channel> channel, Breaker& breaker);

  /// Claims and delivers once; how many were settled.
  [[nodiscard]] Result<std::size_t> round(store::Store& store);
  /// Rounds until asked to stop; a store that is unreachable is waited for.
  void run(std::stop_token stop);

 private:
  Result<store::Delivery> deliver(store::Store& store, const store::OutboxMessage& message);
  Result<notify::Outgoing> outgoing(store::Store& store, const store::OutboxMessage& message) const;
  [[nodiscard]] store::Delivery after_failure(const store::OutboxMessage& message, const Error& error);

  const Context& context_;
  const People& people_;
  std::unique_ptr<notify::Channel> channel_;
  Breaker& breaker_;
  std::string name_;
};

}  // namespace caravan::app
