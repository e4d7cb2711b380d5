// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/notify/status_keeper.hpp"

#include "app/notify/rounds.hpp"
#include "app/notify/teller.hpp"
#include "app/pass/holder.hpp"
#include "notify/catalogue.hpp"
#include "notify/channels/meeting_status.hpp"

namespace caravan::app {
namespace {

constexpr std::size_t kBatch = 32;
constexpr std::chrono::milliseconds kPause{500};
constexpr std::chrono::seconds kBackOff{20};
constexpr std::chrono::hours kAround{24};

}  // namespace

store::OutboxMessage status_message(const Address& mailbox, const std::string& key, Instant now) {
  store::OutboxMessage message;
  message.key = key;
  message.channel = kStatusChannel;
  message.mailbox = mailbox;
  message.thread = kStatusChannel;
  message.kind = kStatusChannel;
  message.payload = "{}";
  message.due = now;
  message.created = now;
  return message;
}

Status StatusKeeper::bring_up_to_date(store::Store& store, const Address& mailbox) {
  CARAVAN_TRY(person, people_.find(store, mailbox));
  const std::string setting = kStatusSetting + mailbox.value;
  CARAVAN_TRY(remembered, store.setting(setting));
  const bool wanted = person && person->preferences.chat_status;
  if (!wanted && remembered.empty()) return {};
  const Instant now = context_.clock->now();
  std::optional<Instant> until;
  if (wanted) {
    CARAVAN_TRY(entries, agenda(store, *person, now - kAround, now + kAround));
    std::vector<std::pair<Instant, Instant>> meetings;
    for (const auto& entry : entries)
      if (entry.busy && !entry.all_day) meetings.emplace_back(entry.start, entry.end);
    until = notify::busy_until(std::move(meetings), now);
  }
  if (!until && remembered.empty()) return {};
  CARAVAN_TRY(user, api_->user_by_email(mailbox));
  CARAVAN_TRY(present, api_->custom_status(user.id));
  const auto language = person ? person->preferences.language : notify::Language::english;
  const notify::StatusWords words{"calendar", std::string(notify::pattern("in_a_meeting", language))};
  CARAVAN_TRY(step, notify::next_status(remembered, present, until, words, now));
  if (step.remembered != remembered) CARAVAN_CHECK(store.set_setting(setting, step.remembered));
  switch (step.what) {
    case notify::StatusStep::What::nothing:
      return {};
    case notify::StatusStep::What::set:
      CARAVAN_CHECK(api_->set_custom_status(user.id, step.status));
      break;
    case notify::StatusStep::What::unset:
      CARAVAN_CHECK(api_->unset_custom_status(user.id));
      break;
  }
  return store.set_setting(setting, step.afterwards);
}

Result<std::size_t> StatusKeeper::round(store::Store& store) {
  const std::size_t most = breaker_.admits(kBatch, context_.clock->monotonic());
  if (most == 0) return std::size_t{0};
  CARAVAN_TRY(messages, store.notify().claim_messages(kStatusChannel, holder_name(), most, kHeartbeatStale));
  for (const auto& message : messages) {
    store::Delivery delivery;
    delivery.id = message.id;
    delivery.state = "sent";
    if (Status done = bring_up_to_date(store, message.mailbox); !done) {
      const Error& error = done.error();
      delivery.error = error.what;
      const bool credentials = error.fault == Fault::denied && error.code == "credentials";
      const bool again = error.fault == Fault::retry_later || error.fault == Fault::in_doubt || credentials;
      if (again)
        breaker_.failed(context_.clock->monotonic(), error.retry_after.value_or(std::chrono::milliseconds(0)),
                        credentials);
      const bool in_time = context_.clock->now() - message.created < std::chrono::hours(1);
      delivery.state = again && in_time ? "queued" : "dropped";
      delivery.due = context_.clock->now() + kBackOff;
    } else {
      breaker_.succeeded();
    }
    CARAVAN_CHECK(store.notify().settle_messages(holder_name(), {std::move(delivery)}));
  }
  return messages.size();
}

void StatusKeeper::run(std::stop_token stop) {
  keep_looking(
      context_, kStatusChannel, kPause, [this](store::Store& store) { return round(store); }, stop);
}

}  // namespace caravan::app
