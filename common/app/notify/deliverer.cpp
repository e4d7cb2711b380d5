// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/notify/deliverer.hpp"

#include <algorithm>

#include "app/notify/journal.hpp"
#include "app/notify/rounds.hpp"
#include "app/pass/holder.hpp"
#include "ical/zone_book.hpp"
#include "log/log.hpp"
#include "metrics/metrics.hpp"
#include "notify/calendar_text.hpp"

namespace caravan::app {
namespace {

constexpr std::size_t kBatch = 32;
constexpr std::chrono::milliseconds kPause{500};
constexpr std::chrono::seconds kFirstBackOff{5}, kLongestBackOff{900};

std::chrono::milliseconds back_off(std::int64_t attempts) {
  const auto doubled = kFirstBackOff * (std::int64_t{1} << std::clamp<std::int64_t>(attempts - 1, 0, 10));
  return std::min<std::chrono::milliseconds>(doubled, kLongestBackOff);
}

store::Delivery settled(const store::OutboxMessage& message, std::string state, std::string error = {}) {
  store::Delivery delivery;
  delivery.id = message.id;
  delivery.state = std::move(state);
  delivery.error = std::move(error);
  return delivery;
}

}  // namespace

Deliverer::Deliverer(const Context& context, const People& people, std::unique_ptr<notify::Channel> channel,
                     Breaker& breaker)
    : context_(context),
      people_(people),
      channel_(std::move(channel)),
      breaker_(breaker),
      name_(notify::to_string(channel_->kind())) {}

Result<notify::Outgoing> Deliverer::outgoing(store::Store& store, const store::OutboxMessage& message) const {
  notify::Outgoing out;
  CARAVAN_TRY(telling, notify::from_json(message.payload));
  CARAVAN_TRY(person, people_.administrator(store, message.mailbox));
  out.key = message.key;
  out.thread = telling.uid.empty() ? message.thread : telling.uid.value;
  out.words = notify::render(telling, person.preferences, *ical::system_zone_book(), context_.clock->now());
  out.created = message.created;
  out.repeat = message.attempts > 1;
  if (channel_->kind() == notify::ChannelKind::mail && telling.now &&
      (telling.kind == notify::Kind::added || telling.kind == notify::Kind::moved)) {
    CARAVAN_TRY(copies, store.notify().agreed_of(message.mailbox, telling.uid));
    if (const auto series = series_of(copies)) out.calendar = notify::calendar_text(*series, telling);
  }
  out.telling = std::move(telling);
  return out;
}

store::Delivery Deliverer::after_failure(const store::OutboxMessage& message, const Error& error) {
  const bool credentials = error.fault == Fault::denied && error.code == "credentials";
  const bool again = error.fault == Fault::retry_later || error.fault == Fault::in_doubt ||
                     error.fault == Fault::cancelled || credentials;
  store::Delivery delivery = settled(message, again ? "queued" : "dead", error.what);
  if (!again) {
    // The way is free: it is this message that can't go.
    breaker_.succeeded();
    log::warning("message_dead", {{"channel", name_}, {"message", message.id}, {"error", error.code}});
    return delivery;
  }
  const auto named = error.retry_after.value_or(std::chrono::milliseconds(0));
  if (error.fault != Fault::cancelled) breaker_.failed(context_.clock->monotonic(), named, credentials);
  const Instant now = context_.clock->now();
  if (now - message.created > kGivesUpAfter) {
    delivery.state = "dead";
    return delivery;
  }
  const auto wait = std::max(named, back_off(message.attempts));
  delivery.due = now + std::chrono::ceil<std::chrono::seconds>(wait);
  return delivery;
}

Result<store::Delivery> Deliverer::deliver(store::Store& store, const store::OutboxMessage& message) {
  if (message.expires && context_.clock->now() >= *message.expires) {
    log::info("message_dropped",
              {{"channel", name_}, {"message", message.id}, {"kind", message.kind}, {"why", "over"}});
    return settled(message, "dropped", "It was over before it could be sent.");
  }
  auto words = outgoing(store, message);
  if (!words) {
    // What can't be read again never can be; a store that does not answer is the caller's.
    if (words.error().fault != Fault::malformed) return std::move(words).error();
    return settled(message, "dead", words.error().what);
  }
  auto sent = channel_->deliver(*words);
  if (!sent) return after_failure(message, sent.error());
  breaker_.succeeded();
  store::Delivery delivery = settled(message, "sent");
  delivery.receipt = std::move(sent->receipt);
  return delivery;
}

Result<std::size_t> Deliverer::round(store::Store& store) {
  const std::size_t most = breaker_.admits(kBatch, context_.clock->monotonic());
  if (most == 0) return std::size_t{0};
  CARAVAN_TRY(messages, store.notify().claim_messages(name_, holder_name(), most, kHeartbeatStale));
  std::vector<store::Delivery> deliveries;
  std::size_t done = 0;
  for (const auto& message : messages) {
    if (breaker_.open(context_.clock->monotonic()) && done > 0) break;  // the rest is given back
    CARAVAN_TRY(delivery, deliver(store, message));
    ++done;
    metrics::global().add(metrics::kNotifications, {{"channel", name_}, {"outcome", delivery.state}});
    // Each by itself: what was sent and not written down would be sent again.
    CARAVAN_CHECK(store.notify().settle_messages(holder_name(), {std::move(delivery)}));
  }
  if (done < messages.size()) {
    for (std::size_t i = done; i < messages.size(); ++i) {
      store::Delivery back = settled(messages[i], "queued", messages[i].error);
      back.due = messages[i].due;
      deliveries.push_back(std::move(back));
    }
    CARAVAN_CHECK(store.notify().settle_messages(holder_name(), deliveries));
  }
  return done;
}

void Deliverer::run(std::stop_token stop) {
  keep_looking(
      context_, name_, kPause, [this](store::Store& store) { return round(store); }, stop);
}

}  // namespace caravan::app
