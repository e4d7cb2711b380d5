// SPDX-License-Identifier: GPL-3.0-or-later
// "In a meeting" beside people's names in the chat. Each row of the outbox's channel "status" says whose status may
// have to change now; what it shall be is worked out from the calendar as it is then, so a late or repeated row does no
// harm.
#pragma once
#include <memory>
#include <stop_token>

#include "app/notify/breaker.hpp"
#include "app/notify/people.hpp"
#include "app/pass/context.hpp"
#include "notify/channels/mattermost_api.hpp"
#include "store/notify_store.hpp"

namespace caravan::app {

/// The outbox's channel, and the setting (followed by the address) that holds what stood there before.
inline constexpr const char* kStatusChannel = "status";
inline constexpr const char* kStatusSetting = "notify.status:";
/// A row for the mailbox; `key` as in the outbox.
[[nodiscard]] store::OutboxMessage status_message(const Address& mailbox, const std::string& key, Instant now);

class StatusKeeper {
 public:
  StatusKeeper(const Context& context, const People& people, std::unique_ptr<notify::MattermostApi> api)
      : context_(context), people_(people), api_(std::move(api)) {}
  /// Works until asked to stop. One thread.
  void run(std::stop_token stop);
  /// One look into the outbox; how much was settled.
  [[nodiscard]] Result<std::size_t> round(store::Store& store);

 private:
  Status bring_up_to_date(store::Store& store, const Address& mailbox);

  const Context& context_;
  const People& people_;
  std::unique_ptr<notify::MattermostApi> api_;
  Breaker breaker_;
};

}  // namespace caravan::app
