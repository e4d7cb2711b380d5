// SPDX-License-Identifier: GPL-3.0-or-later
// The control endpoint's routes for subscriptions: who is subscribed, what was sent, faults, expiry, time.
#include <algorithm>

#include "bytes.hpp"
#include "control.hpp"

namespace exchange_sim {
namespace {

const char* kind_word(SubscriptionKind kind) {
  switch (kind) {
    case SubscriptionKind::push:
      return "push";
    case SubscriptionKind::streaming:
      return "streaming";
    case SubscriptionKind::pull:
      return "pull";
  }
  return "";
}

Json describe(const Mailbox& mailbox, const Subscription& subscription) {
  auto age = std::chrono::steady_clock::now() - subscription.last_contact;
  Json out = {{"id", encode_subscription_id(mailbox.index, subscription.number)},
              {"mailbox", mailbox.address},
              {"kind", kind_word(subscription.kind)},
              {"account", subscription.account},
              {"minutes", subscription.minutes},
              {"folders", subscription.folders.size()},
              {"waiting", mailbox.log->next() - std::min(subscription.position, mailbox.log->next())},
              {"calls", subscription.calls},
              {"failed", subscription.failed},
              {"connected", static_cast<bool>(subscription.connection)},
              {"seconds_since_contact", std::chrono::duration<double>(age).count()}};
  if (subscription.kind == SubscriptionKind::push) {
    out["url"] = "http://" + subscription.url.host + ":" + subscription.url.port + subscription.url.target;
  }
  return out;
}

/// Calls `act` for each mailbox with subscriptions that `address` names, locked.
template <typename Act>
void for_each_subscribed(Server& server, const std::string& address, Act act) {
  if (address != "*") control_mailbox(server, address);
  for (auto* mailbox : server.world.all()) {
    if (address != "*" && !equal_ignoring_case(address, mailbox->address)) continue;
    std::lock_guard lock(mailbox->mutex);
    if (mailbox->log) act(*mailbox);
  }
}

Json expire(Server& server, const Json& body) {
  auto wanted = body.value("subscription", "");
  auto code = body.value("code", "");
  std::size_t count = 0;
  for_each_subscribed(server, body.value("mailbox", "*"), [&](Mailbox& mailbox) {
    std::vector<std::uint64_t> numbers;
    for (const auto& [number, subscription] : mailbox.log->subscriptions) {
      if (wanted.empty() || wanted == encode_subscription_id(mailbox.index, number)) numbers.push_back(number);
    }
    for (auto number : numbers) server.notifications.expire(mailbox, number, code);
    count += numbers.size();
  });
  return {{"expired", count}};
}

Json cut(Server& server, const Json& body) {
  std::size_t count = 0;
  for_each_subscribed(server, body.value("mailbox", "*"),
                      [&](Mailbox& mailbox) { count += server.notifications.cut_streams(mailbox); });
  return {{"cut", count}};
}

Json set_faults(Server& server, const Json& body) {
  NotificationFaults faults;
  faults.drop = body.value("drop", 0.0);
  faults.duplicate = body.value("double", 0.0);
  faults.expire = body.value("expire", 0.0);
  auto delay = body.value("delay_ms", std::vector<int>{0, 0});
  if (delay.size() != 2 || delay[0] < 0 || delay[1] < delay[0]) throw ControlError{400, "delay_ms wants [least, most]"};
  faults.delay_least_ms = delay[0];
  faults.delay_most_ms = delay[1];
  faults.reorder = body.value("reorder", false);
  faults.mailbox = body.value("mailbox", "*");
  server.notifications.set_faults(faults, body.value("seed", std::uint64_t{1}));
  return Json::object();
}

}  // namespace

Json show_notifications(Server& server) {
  Json subscriptions = Json::array();
  for_each_subscribed(server, "*", [&](Mailbox& mailbox) {
    for (const auto& [number, subscription] : mailbox.log->subscriptions) {
      subscriptions.push_back(describe(mailbox, subscription));
    }
  });
  Json ended = Json::array();
  for (const auto& one : server.notifications.ended()) {
    ended.push_back({{"id", one.id}, {"mailbox", one.mailbox}, {"reason", one.reason}});
  }
  auto counts = server.notifications.counts();
  return {{"subscriptions", subscriptions},  {"ended", ended},
          {"ended_by_reason", counts.ended}, {"calls", counts.calls},
          {"streamed", counts.streamed},     {"events", counts.events},
          {"answered", counts.answered},     {"failed", counts.failed},
          {"dropped", counts.dropped},       {"doubled", counts.doubled},
          {"delayed", counts.delayed},       {"factor", server.notifications.factor()}};
}

Json notifications_route(Server& server, const std::string& what, const Json& body) {
  if (what == "expire") return expire(server, body);
  if (what == "cut") return cut(server, body);
  if (what == "faults") return set_faults(server, body);
  if (what == "reset") {
    server.notifications.reset_counts();
    return Json::object();
  }
  if (what == "clock") {
    auto factor = body.value("factor", 1.0);
    if (factor <= 0) throw ControlError{400, "factor must be above 0"};
    server.notifications.set_factor(factor);
    return Json::object();
  }
  throw ControlError{404, "no such path"};
}

}  // namespace exchange_sim
