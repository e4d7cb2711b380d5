// SPDX-License-Identifier: GPL-3.0-or-later
// The register of subscriptions, faults and counts; see notifications.hpp.
#include "notifications.hpp"

#include <algorithm>

#include "bytes.hpp"
#include "soap.hpp"

namespace exchange_sim {
namespace {

constexpr std::size_t kEndedKept = 1000;
constexpr std::chrono::minutes kUnconnected{30};  // ews-facts 9.5

}  // namespace

Notifications::Notifications(World& world, std::string schema_version, NotificationLimits limits)
    : world_(world), schema_version_(std::move(schema_version)), limits_(limits) {
  world_.on_events([this](Mailbox& mailbox) { plan_pump(mailbox); });
}

void Notifications::start(Loop& loop) { loop_ = &loop; }

Notifications::Milliseconds Notifications::scaled(Milliseconds wanted) const {
  std::lock_guard lock(mutex_);
  return Milliseconds(static_cast<std::int64_t>(static_cast<double>(wanted.count()) / factor_));
}

Subscription& Notifications::add(Mailbox& mailbox, Subscription made) {
  if (!mailbox.log) mailbox.log = std::make_unique<EventLog>();
  auto& log = *mailbox.log;
  if (log.subscriptions.size() >= limits_.subscriptions) {
    throw ItemError{"ErrorExceededSubscriptionCount",
                    "You have exceeded the available subscriptions for your account."};
  }
  if (made.position == 0) made.position = log.next();
  made.told = made.position;
  made.number = log.next_subscription++;
  made.last_contact = std::chrono::steady_clock::now();
  auto& stored = log.subscriptions[made.number] = std::move(made);
  // The first status call is made at once and may be faster than the answer to Subscribe.
  if (stored.kind == SubscriptionKind::push) plan(mailbox, stored, Milliseconds(0));
  return stored;
}

void Notifications::end(Mailbox& mailbox, std::uint64_t number, const std::string& reason) {
  if (!mailbox.log || mailbox.log->subscriptions.erase(number) == 0) return;
  std::lock_guard lock(mutex_);
  ++counts_.ended[reason];
  ended_.push_back({encode_subscription_id(mailbox.index, number), mailbox.address, reason});
  if (ended_.size() > kEndedKept) ended_.pop_front();
}

Subscription* Notifications::find(Mailbox& mailbox, std::uint64_t number) {
  if (!mailbox.log) return nullptr;
  auto found = mailbox.log->subscriptions.find(number);
  if (found == mailbox.log->subscriptions.end()) return nullptr;
  auto& subscription = found->second;
  Milliseconds idle =
      subscription.kind == SubscriptionKind::pull ? std::chrono::minutes(subscription.minutes) : kUnconnected;
  bool counts = subscription.kind != SubscriptionKind::push && !subscription.connection;
  if (counts && std::chrono::steady_clock::now() - subscription.last_contact > scaled(idle)) {
    end(mailbox, number, "expired");
    return nullptr;
  }
  return &subscription;
}

void Notifications::plan_pump(Mailbox& mailbox) {
  if (loop_ == nullptr || mailbox.log->pump_planned) return;
  mailbox.log->pump_planned = true;
  loop_->after(Milliseconds(0), [this, index = mailbox.index] {
    auto& woken = *world_.at(index);
    std::lock_guard lock(woken.mutex);
    pump(woken);
  });
}

void Notifications::pump(Mailbox& mailbox) {
  auto& log = *mailbox.log;
  log.pump_planned = false;
  std::vector<std::uint64_t> numbers;
  for (const auto& [number, subscription] : log.subscriptions) numbers.push_back(number);
  for (auto number : numbers) {
    auto found = log.subscriptions.find(number);
    if (found == log.subscriptions.end()) continue;
    auto& subscription = found->second;
    bool idle = subscription.greeted && !subscription.in_flight && subscription.failures == 0;
    if (subscription.kind == SubscriptionKind::push && idle) {
      if (subscription.position < log.first || !next_batch(log, subscription).events.empty())
        call(mailbox, subscription);
    } else if (subscription.kind == SubscriptionKind::streaming && subscription.connection) {
      tell(mailbox, subscription);
    }
  }
}

Notifications::Fate Notifications::decide(const Mailbox& mailbox) {
  std::lock_guard lock(mutex_);
  Fate out;
  if (faults_.mailbox != "*" && !equal_ignoring_case(faults_.mailbox, mailbox.address)) return out;
  std::uniform_real_distribution<double> chance(0, 1);
  out.expire = chance(random_) < faults_.expire;
  out.drop = chance(random_) < faults_.drop;
  out.duplicate = chance(random_) < faults_.duplicate;
  out.reorder = faults_.reorder;
  if (faults_.delay_most_ms > 0) {
    std::uniform_int_distribution<int> delay(faults_.delay_least_ms,
                                             std::max(faults_.delay_least_ms, faults_.delay_most_ms));
    for (int i = 0; i < (out.duplicate ? 2 : 1); ++i) out.delays_ms.push_back(delay(random_));
  }
  if (out.drop)
    ++counts_.dropped;
  else if (out.duplicate)
    ++counts_.doubled;
  if (!out.drop && !out.delays_ms.empty()) ++counts_.delayed;
  return out;
}

void Notifications::set_factor(double factor) {
  {
    std::lock_guard lock(mutex_);
    factor_ = factor;
  }
  for (auto* mailbox : world_.all()) {
    std::lock_guard lock(mailbox->mutex);
    if (!mailbox->log) continue;
    for (auto& [number, subscription] : mailbox->log->subscriptions) {
      if (subscription.kind != SubscriptionKind::push || subscription.in_flight || !subscription.greeted) continue;
      auto wait = subscription.failures > 0 ? pause_after(subscription.failures)
                                            : Milliseconds(std::chrono::minutes(subscription.minutes));
      auto since = std::chrono::steady_clock::now() - subscription.last_contact;
      plan(*mailbox, subscription, std::max(Milliseconds(0), scaled(wait) - std::chrono::floor<Milliseconds>(since)));
    }
  }
}

double Notifications::factor() const {
  std::lock_guard lock(mutex_);
  return factor_;
}

void Notifications::set_faults(const NotificationFaults& faults, std::uint64_t seed) {
  std::lock_guard lock(mutex_);
  faults_ = faults;
  random_.seed(seed);
}

NotificationCounts Notifications::counts() const {
  std::lock_guard lock(mutex_);
  return counts_;
}

std::vector<EndedSubscription> Notifications::ended() const {
  std::lock_guard lock(mutex_);
  return {ended_.begin(), ended_.end()};
}

void Notifications::reset_counts() {
  std::lock_guard lock(mutex_);
  counts_ = {};
  ended_.clear();
}

}  // namespace exchange_sim
