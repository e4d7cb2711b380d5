// SPDX-License-Identifier: GPL-3.0-or-later
// Sees to it that every mailbox under live sync is told of by Exchange: by push where a callback URL is configured,
// else by shared streams, else not at all, and then it is polled. Falls back in that order, says so once, and returns
// when the better way works again (decisions.md 5). One process of a store does this at a time; which one, a lease
// says.
#pragma once
#include <chrono>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "app/adapters/sides.hpp"
#include "app/live/stream_group.hpp"
#include "app/pass/context.hpp"
#include "store/live_store.hpp"

namespace caravan::app {

/// How changes on Exchange are learned of, the best first.
enum class Way : std::uint8_t { push, streaming, poll };
std::string_view to_string(Way way) noexcept;

struct SubscriberOptions {
  Way wanted = Way::push;
  std::string callback_url;                  ///< without a slash at its end
  std::chrono::minutes status_frequency{5};  ///< whole minutes are all that Exchange knows
  std::chrono::milliseconds silence{600'000};
  /// The first status call comes at once, its repetitions at once and after 30 s (ews-facts 9.2). A subscription that
  /// was not called by then can't be.
  std::chrono::milliseconds first_call{35'000};
  std::chrono::milliseconds look{1'000};         ///< between two rounds; longer where a round takes long
  std::chrono::milliseconds try_again{300'000};  ///< after a fall-back: how often the better ways are tried
  int stream_failures = 3;                       ///< openings in a row, then a stream is given up
  std::size_t threads = 4;                       ///< Subscribe requests at a time
};
SubscriberOptions subscriber_options(const config::Config& config);

/// Used by one thread.
class Subscriber {
 public:
  Subscriber(const Context& context, Sides& sides, SubscriberOptions options);
  ~Subscriber();

  /// Works until it is asked to stop. A store or an Exchange that is away is waited for.
  void run(const std::stop_token& stop);
  /// One round, for a process that is the one; returns the way that is in force. For tests.
  Result<Way> round(store::Store& store, const std::stop_token& stop);

 private:
  /// A mailbox under live sync as one round finds it.
  struct Listener {
    ews::Mailbox mailbox;
    std::vector<FolderId> folders;
    std::vector<PairId> pairs;
    std::vector<store::Subscription> rows;  ///< pending and live ones, newest first
  };
  struct Trouble {
    std::chrono::steady_clock::time_point until;
    std::chrono::milliseconds pause{0};
  };
  /// A subscription that was asked for, and what came of it.
  struct Asked {
    const Listener* listener;
    Digest token;
    Result<ews::Subscribed> answer;
  };
  using Listeners = std::map<Address, Listener>;

  Result<bool> is_leader(store::Store& store);
  Result<Listeners> listeners(store::Store& store);
  Status set_way(store::Store& store, Way way, const std::string& why);

  Status drop_unwanted(store::Store& store, Listeners& all);
  Status round_of_push(store::Store& store, Listeners& all, const std::stop_token& stop);
  Status round_of_streams(store::Store& store, Listeners& all, const std::stop_token& stop);
  Status tend_streams(store::Store& store, Listeners& all);
  Status try_better(store::Store& store, Listeners& all, const std::stop_token& stop);
  Status drop_streams(store::Store& store, const Listeners& all, const std::function<bool(const StreamMember&)>& gone);

  Result<std::vector<Asked>> subscribe(store::Store& store, const std::vector<const Listener*>& whom, Way way,
                                       const std::string& affinity, const std::stop_token& stop);
  Asked ask(store::Store& store, ews::Client& client, const Listener& listener, Way way, const std::string& affinity,
            const std::stop_token& stop);
  Status join_streams(store::Store& store, const std::vector<const Listener*>& whom, const std::stop_token& stop);
  /// Retires the mailbox's other subscriptions.
  Status replace(store::Store& store, const Listener& listener, const Digest& token);
  Status retire(store::Store& store, const Listener& listener, const store::Subscription& row);
  void failed(const Listener& listener, const Error& error);
  [[nodiscard]] bool is_in_trouble(const Listener& listener) const;

  const Context& context_;
  Sides& sides_;
  const SubscriberOptions options_;
  std::optional<store::Lease> lease_;
  Way way_;
  bool told_ = false;  ///< the way was written down since this process became the one
  std::map<Address, Trouble> trouble_;
  std::list<StreamGroup> groups_;
  std::chrono::steady_clock::time_point next_try_{};
  std::optional<Digest> probe_;  ///< of a push subscription that shall show whether push works again
  Address probed_;
};

}  // namespace caravan::app
