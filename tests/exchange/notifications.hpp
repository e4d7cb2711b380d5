// SPDX-License-Identifier: GPL-3.0-or-later
// The life of subscriptions: push calls with retries and status calls, streams with heartbeats, expiry, faults on
// the way. Events come from the mailboxes; nothing here has a thread of its own. A subscription is guarded by
// its mailbox's mutex; functions that take a Mailbox& are called with it locked, all others without any lock.
#pragma once

#include <deque>
#include <mutex>
#include <random>

#include "notification_writer.hpp"
#include "world.hpp"

namespace exchange_sim {

struct NotificationLimits {
  std::size_t subscriptions = 5000;  ///< of one mailbox
  std::size_t connections = 10;      ///< hanging ones of one account
};

/// What happens to notifications on their way. Fractions are of 1.
struct NotificationFaults {
  double drop = 0;
  double duplicate = 0;
  double expire = 0;  ///< ends the subscription instead, without a word
  int delay_least_ms = 0;
  int delay_most_ms = 0;
  bool reorder = false;  ///< delays are drawn for each notification; else they keep their order
  std::string mailbox = "*";
};

struct NotificationCounts {
  std::uint64_t calls = 0;     ///< push calls that were made, retries and doubles included
  std::uint64_t streamed = 0;  ///< notifications written to streams, heartbeats not included
  std::uint64_t events = 0;    ///< events told, by push and stream
  std::uint64_t answered = 0;  ///< push calls with a good answer
  std::uint64_t failed = 0;
  std::uint64_t dropped = 0;
  std::uint64_t doubled = 0;
  std::uint64_t delayed = 0;
  std::map<std::string, std::uint64_t> ended;  ///< by reason
};

struct EndedSubscription {
  std::string id;
  std::string mailbox;
  std::string reason;
};

/// One answer to GetStreamingEvents, with the subscriptions it carries. Its list never changes.
struct StreamConnection {
  std::shared_ptr<ResponseStream> stream;
  std::string payer;  ///< whose hanging connection it is
  std::vector<SubscriptionKey> subscriptions;
  Subscription::Time opened;
  int minutes = 0;
};

class Notifications {
 public:
  Notifications(World& world, std::string schema_version, NotificationLimits limits);
  /// Before the first request is served.
  void start(Loop& loop);

  /// Takes a new subscription; throws ItemError when there are too many.
  Subscription& add(Mailbox& mailbox, Subscription made);
  void end(Mailbox& mailbox, std::uint64_t number, const std::string& reason);
  /// Nothing for one that is not there or has expired.
  Subscription* find(Mailbox& mailbox, std::uint64_t number);

  /// An answer that tells of these subscriptions, all of them live; ends their older connections. Throws ItemError
  /// when the payer has too many.
  std::shared_ptr<ResponseStream> open_stream(const std::string& payer, std::vector<SubscriptionKey> subscriptions,
                                              int minutes);

  /// Minutes of the protocol pass this many times faster.
  void set_factor(double factor);
  double factor() const;
  void set_faults(const NotificationFaults& faults, std::uint64_t seed);
  NotificationCounts counts() const;
  std::vector<EndedSubscription> ended() const;
  void reset_counts();
  /// Ends the subscription: a push one without a word or with a notification of this error code, a stream
  /// with the code (ErrorSubscriptionNotFound without one).
  void expire(Mailbox& mailbox, std::uint64_t number, const std::string& code, const std::string& reason = "expired");
  /// Cuts the streams that carry a subscription of this mailbox. Returns how many.
  std::size_t cut_streams(Mailbox& mailbox);

 private:
  struct Fate {
    bool drop = false;
    bool duplicate = false;
    bool expire = false;
    bool reorder = false;
    std::vector<int> delays_ms;  ///< one for each copy; empty for none
  };
  using Milliseconds = std::chrono::milliseconds;

  Milliseconds scaled(Milliseconds wanted) const;
  /// How long to wait before the next try of a push call.
  static Milliseconds pause_after(int failures);
  Fate decide(const Mailbox& mailbox);
  void plan_pump(Mailbox& mailbox);
  void pump(Mailbox& mailbox);

  // push (push.cpp)
  void plan(Mailbox& mailbox, Subscription& subscription, Milliseconds delay);
  void on_timer(std::uint32_t mailbox, std::uint64_t number, std::uint64_t timer);
  void call(Mailbox& mailbox, Subscription& subscription);
  void advance(Mailbox& mailbox, Subscription& subscription, const Batch& batch);
  /// Once; `answered` is told without locks whether the answer was good, and whether it wants no more.
  void send(const Subscription& subscription, const std::string& body, std::function<void(bool, bool)> answered);
  void send_later(Mailbox& mailbox, Subscription& subscription, const std::string& body, const Fate& fate);
  void on_answer(std::uint32_t mailbox, std::uint64_t number, const Batch& batch, bool good, bool unsubscribe);
  std::string push_body(const Mailbox& mailbox, const Subscription& subscription, const Batch& batch,
                        const std::string& error_code) const;

  // streams (streaming.cpp)
  void tell(Mailbox& mailbox, Subscription& subscription);
  void heartbeat(const std::shared_ptr<StreamConnection>& connection);
  /// Takes the connection from its subscriptions; twice does nothing.
  void release(const std::shared_ptr<StreamConnection>& connection);
  std::string stream_message(const std::string& inside, const std::string& status) const;
  std::string stream_error(const std::string& code, const std::string& subscription_id) const;

  template <typename Change>
  void count(Change change) {
    std::lock_guard lock(mutex_);
    change(counts_);
  }

  World& world_;
  std::string schema_version_;
  NotificationLimits limits_;
  Loop* loop_ = nullptr;

  mutable std::mutex mutex_;  ///< of all below; nothing is called while it is held
  double factor_ = 1;
  NotificationFaults faults_;
  std::mt19937_64 random_;
  NotificationCounts counts_;
  std::deque<EndedSubscription> ended_;
  std::map<std::string, std::size_t> hanging_;
  std::uint64_t next_timer_ = 1;
};

}  // namespace exchange_sim
