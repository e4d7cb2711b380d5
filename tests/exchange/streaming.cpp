// SPDX-License-Identifier: GPL-3.0-or-later
// Streams: an answer to GetStreamingEvents that stays open for its ConnectionTimeout, with a heartbeat every 45 s.
// What happens while no stream is open is not told later (ews-facts 9.5).
#include "envelope.hpp"
#include "notifications.hpp"
#include "soap.hpp"

namespace exchange_sim {
namespace {

constexpr std::chrono::seconds kHeartbeat{45};

}  // namespace

std::shared_ptr<ResponseStream> Notifications::open_stream(const std::string& payer,
                                                           std::vector<SubscriptionKey> subscriptions, int minutes) {
  {
    std::lock_guard lock(mutex_);
    if (hanging_[payer] >= limits_.connections) {
      throw ItemError{"ErrorExceededConnectionCount", "You have exceeded the available concurrent connections."};
    }
    ++hanging_[payer];
  }
  auto connection = std::make_shared<StreamConnection>();
  connection->stream = std::make_shared<ResponseStream>();
  connection->payer = payer;
  connection->subscriptions = std::move(subscriptions);
  connection->opened = std::chrono::steady_clock::now();
  connection->minutes = minutes;
  for (const auto& key : connection->subscriptions) {
    auto& mailbox = *world_.at(key.mailbox);
    std::lock_guard lock(mailbox.mutex);
    auto* subscription = find(mailbox, key.number);
    if (subscription == nullptr) continue;
    if (auto older = subscription->connection) {
      older->stream->send(
          stream_error("ErrorNewEventStreamConnectionOpened", encode_subscription_id(key.mailbox, key.number)));
      older->stream->finish();
    }
    subscription->connection = connection;
    subscription->position = mailbox.log->next();
  }
  connection->stream->on_gone([this, connection] { release(connection); });
  loop_->after(scaled(kHeartbeat), [this, connection] { heartbeat(connection); });
  auto end = scaled(std::chrono::minutes(minutes));
  loop_->after(end, [this, weak = std::weak_ptr(connection)] {
    auto left = weak.lock();
    if (!left) return;
    left->stream->send(stream_message({}, "Closed"));
    left->stream->finish();
  });
  return connection->stream;
}

void Notifications::release(const std::shared_ptr<StreamConnection>& connection) {
  for (const auto& key : connection->subscriptions) {
    auto& mailbox = *world_.at(key.mailbox);
    std::lock_guard lock(mailbox.mutex);
    auto* subscription = find(mailbox, key.number);
    if (subscription == nullptr || subscription->connection != connection) continue;
    subscription->connection.reset();
    subscription->last_contact = std::chrono::steady_clock::now();
  }
  std::lock_guard lock(mutex_);
  if (--hanging_[connection->payer] == 0) hanging_.erase(connection->payer);
}

void Notifications::tell(Mailbox& mailbox, Subscription& subscription) {
  auto connection = subscription.connection;
  while (true) {
    if (subscription.position < mailbox.log->first)
      return expire(mailbox, subscription.number, "ErrorMissedNotificationEvents");
    auto batch = next_batch(*mailbox.log, subscription);
    subscription.position = batch.next;
    if (batch.events.empty()) return;
    auto fate = decide(mailbox);
    if (fate.expire) return expire(mailbox, subscription.number, {});
    ++subscription.calls;
    count([&](NotificationCounts& counts) {
      ++counts.streamed;
      counts.events += batch.events.size();
    });
    if (fate.drop) continue;
    XmlWriter out;
    out.open("m:Notifications");
    write_notification(out, "t:Notification", mailbox, subscription, batch);
    out.close();
    auto message = stream_message(out.take().back().text, {});
    if (fate.delays_ms.empty()) {
      connection->stream->send(fate.duplicate ? message + message : message);
      continue;
    }
    auto now = std::chrono::steady_clock::now();
    for (int delay : fate.delays_ms) {
      auto at = now + Milliseconds(delay);
      if (!fate.reorder) at = subscription.delayed_until = std::max(at, subscription.delayed_until + Milliseconds(1));
      loop_->after(std::chrono::ceil<Milliseconds>(at - now),
                   [connection, message] { connection->stream->send(message); });
    }
  }
}

void Notifications::heartbeat(const std::shared_ptr<StreamConnection>& connection) {
  XmlWriter out;
  out.open("m:Notifications");
  bool any = false;
  for (const auto& key : connection->subscriptions) {
    auto& mailbox = *world_.at(key.mailbox);
    std::lock_guard lock(mailbox.mutex);
    auto* subscription = find(mailbox, key.number);
    if (subscription == nullptr || subscription->connection != connection) continue;
    write_notification(out, "t:Notification", mailbox, *subscription, Batch());
    any = true;
  }
  out.close();
  if (!any) return;
  connection->stream->send(stream_message(out.take().back().text, {}));
  loop_->after(scaled(kHeartbeat), [this, connection] { heartbeat(connection); });
}

std::size_t Notifications::cut_streams(Mailbox& mailbox) {
  std::size_t cut = 0;
  if (!mailbox.log) return cut;
  for (auto& [number, subscription] : mailbox.log->subscriptions) {
    if (!subscription.connection) continue;
    subscription.connection->stream->cut();
    ++cut;
  }
  return cut;
}

std::string Notifications::stream_message(const std::string& inside, const std::string& status) const {
  XmlWriter out;
  open_envelope(out, schema_version_);
  open_response(out, "GetStreamingEvents");
  out.open("m:GetStreamingEventsResponseMessage", {{"ResponseClass", "Success"}});
  out.text("m:ResponseCode", "NoError");
  out.raw(inside);
  if (!status.empty()) out.text("m:ConnectionStatus", status);
  out.close();
  close_response(out);
  close_envelope(out);
  return out.take().back().text;
}

std::string Notifications::stream_error(const std::string& code, const std::string& subscription_id) const {
  XmlWriter out;
  open_envelope(out, schema_version_);
  open_response(out, "GetStreamingEvents");
  out.open("m:GetStreamingEventsResponseMessage", {{"ResponseClass", "Error"}});
  out.text("m:MessageText", "The stream has ended for a subscription.");
  out.text("m:ResponseCode", code);
  out.number("m:DescriptiveLinkKey", 0);
  out.open("m:ErrorSubscriptionIds");
  out.text("t:SubscriptionId", subscription_id);
  out.close();
  out.text("m:ConnectionStatus", "Closed");
  out.close();
  close_response(out);
  close_envelope(out);
  return out.take().back().text;
}

}  // namespace exchange_sim
