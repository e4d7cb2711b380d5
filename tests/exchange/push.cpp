// SPDX-License-Identifier: GPL-3.0-or-later
// Push calls: at once for events, else a status call every StatusFrequency; after a failure again at once, then
// with pauses of 30 s, 60 s, 120 s... until a pause would exceed StatusFrequency (ews-facts 9.2).
#include <algorithm>

#include "envelope.hpp"
#include "notifications.hpp"
#include "xml_reader.hpp"

namespace exchange_sim {
namespace {

constexpr std::chrono::seconds kFirstPause{30};
constexpr std::chrono::seconds kAnswerTime{30};

/// What the listener said: whether it is an answer at all, and whether it wants no more.
std::pair<bool, bool> read_answer(const std::optional<CallbackAnswer>& answer) {
  if (!answer || answer->status != 200) return {false, false};
  Document document(answer->body);
  auto result = document.root().child("Body").child("SendNotificationResult");
  auto status = result.text("SubscriptionStatus");
  return {status == "OK" || status == "Unsubscribe", status == "Unsubscribe"};
}

}  // namespace

/// At most one timer of a subscription counts; a later `due` lets the one that is set run and plans anew then.
void Notifications::plan(Mailbox& mailbox, Subscription& subscription, Milliseconds delay) {
  auto now = std::chrono::steady_clock::now();
  subscription.due = now + delay;
  if (loop_ == nullptr || (subscription.timer_at && *subscription.timer_at <= subscription.due)) return;
  subscription.timer_at = subscription.due;
  {
    std::lock_guard lock(mutex_);
    subscription.timer = next_timer_++;
  }
  loop_->after(delay, [this, index = mailbox.index, number = subscription.number, timer = subscription.timer] {
    on_timer(index, number, timer);
  });
}

void Notifications::on_timer(std::uint32_t index, std::uint64_t number, std::uint64_t timer) {
  auto& mailbox = *world_.at(index);
  std::lock_guard lock(mailbox.mutex);
  auto* subscription = find(mailbox, number);
  if (subscription == nullptr || subscription->timer != timer) return;
  subscription->timer_at.reset();
  if (subscription->in_flight) return;
  auto now = std::chrono::steady_clock::now();
  if (now < subscription->due) {
    auto left = std::chrono::ceil<Milliseconds>(subscription->due - now);
    return plan(mailbox, *subscription, left);
  }
  call(mailbox, *subscription);
}

void Notifications::call(Mailbox& mailbox, Subscription& subscription) {
  auto number = subscription.number;
  if (subscription.position < mailbox.log->first) return end(mailbox, number, "overflow");
  auto batch = next_batch(*mailbox.log, subscription);
  auto fate = subscription.greeted ? decide(mailbox) : Fate();
  if (fate.expire) return end(mailbox, number, "expired");
  auto body = push_body(mailbox, subscription, batch, {});
  subscription.greeted = true;
  ++subscription.calls;
  if (fate.drop) return advance(mailbox, subscription, batch);
  if (!fate.delays_ms.empty()) {
    send_later(mailbox, subscription, body, fate);
    return advance(mailbox, subscription, batch);
  }
  subscription.in_flight = true;
  send(subscription, body, [this, index = mailbox.index, number, batch](bool good, bool unsubscribe) {
    on_answer(index, number, batch, good, unsubscribe);
  });
  if (fate.duplicate) send(subscription, body, [](bool, bool) {});
}

/// The batch counts as told.
void Notifications::advance(Mailbox& mailbox, Subscription& subscription, const Batch& batch) {
  subscription.position = batch.next;
  subscription.told = batch.watermark;
  subscription.failures = 0;
  subscription.last_contact = std::chrono::steady_clock::now();
  count([&](NotificationCounts& counts) { counts.events += batch.events.size(); });
  plan(mailbox, subscription, scaled(std::chrono::minutes(subscription.minutes)));
  if (subscription.position < mailbox.log->next()) plan_pump(mailbox);
}

void Notifications::send(const Subscription& subscription, const std::string& body,
                         std::function<void(bool, bool)> answered) {
  count([](NotificationCounts& counts) { ++counts.calls; });
  auto timeout = std::max<Milliseconds>(scaled(kAnswerTime), std::chrono::seconds(2));
  loop_->post(subscription.url, body, timeout,
              [this, answered = std::move(answered)](const std::optional<CallbackAnswer>& answer) {
                auto [good, unsubscribe] = read_answer(answer);
                count([&, ok = good](NotificationCounts& counts) { ++(ok ? counts.answered : counts.failed); });
                answered(good, unsubscribe);
              });
}

/// Copies that travel on their own: nobody waits for their answers, none is repeated.
void Notifications::send_later(Mailbox& mailbox, Subscription& subscription, const std::string& body,
                               const Fate& fate) {
  auto now = std::chrono::steady_clock::now();
  for (int delay : fate.delays_ms) {
    auto at = now + Milliseconds(delay);
    if (!fate.reorder) at = subscription.delayed_until = std::max(at, subscription.delayed_until + Milliseconds(1));
    auto wait = std::chrono::ceil<Milliseconds>(at - now);
    loop_->after(wait, [this, index = mailbox.index, number = subscription.number, body] {
      auto& later = *world_.at(index);
      std::lock_guard lock(later.mutex);
      auto* left = find(later, number);
      if (left == nullptr) return;
      send(*left, body, [this, index, number](bool, bool unsubscribe) {
        auto& ended = *world_.at(index);
        std::lock_guard again(ended.mutex);
        if (unsubscribe) end(ended, number, "unsubscribed");
      });
    });
  }
}

Notifications::Milliseconds Notifications::pause_after(int failures) {
  if (failures < 2) return Milliseconds(0);
  return Milliseconds(kFirstPause) * (1L << std::min(failures - 2, 20));
}

void Notifications::on_answer(std::uint32_t index, std::uint64_t number, const Batch& batch, bool good,
                              bool unsubscribe) {
  auto& mailbox = *world_.at(index);
  std::lock_guard lock(mailbox.mutex);
  auto* subscription = find(mailbox, number);
  if (subscription == nullptr) return;
  subscription->in_flight = false;
  if (unsubscribe) return end(mailbox, number, "unsubscribed");
  if (good) return advance(mailbox, *subscription, batch);
  ++subscription->failed;
  int failures = ++subscription->failures;
  auto pause = pause_after(failures);
  if (pause > std::chrono::minutes(subscription->minutes)) return end(mailbox, number, "failed");
  plan(mailbox, *subscription, scaled(pause));
}

std::string Notifications::push_body(const Mailbox& mailbox, const Subscription& subscription, const Batch& batch,
                                     const std::string& error_code) const {
  XmlWriter out;
  open_callback_envelope(out, schema_version_);
  out.open("m:SendNotification");
  out.open("m:ResponseMessages");
  out.open("m:SendNotificationResponseMessage", {{"ResponseClass", error_code.empty() ? "Success" : "Error"}});
  if (!error_code.empty()) out.text("m:MessageText", "The subscription has ended.");
  out.text("m:ResponseCode", error_code.empty() ? "NoError" : error_code);
  if (!error_code.empty()) out.number("m:DescriptiveLinkKey", 0);
  write_notification(out, "m:Notification", mailbox, subscription, batch);
  out.close();
  out.close();
  out.close();
  close_envelope(out);
  return out.take().back().text;
}

void Notifications::expire(Mailbox& mailbox, std::uint64_t number, const std::string& code, const std::string& reason) {
  auto* subscription = find(mailbox, number);
  if (subscription == nullptr) return;
  if (subscription->kind == SubscriptionKind::push && !code.empty()) {
    Batch none;
    none.next = none.watermark = subscription->told;
    send(*subscription, push_body(mailbox, *subscription, none, code), [](bool, bool) {});
  }
  if (auto connection = subscription->connection) {
    connection->stream->send(
        stream_error(code.empty() ? "ErrorSubscriptionNotFound" : code, encode_subscription_id(mailbox.index, number)));
    connection->stream->finish();
  }
  end(mailbox, number, reason);
}

}  // namespace exchange_sim
