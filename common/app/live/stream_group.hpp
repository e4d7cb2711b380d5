// SPDX-License-Identifier: GPL-3.0-or-later
// One open stream of notifications shared by many mailboxes: listens, marks what is told, opens itself again.
// Subscribing is the Subscriber's; what is told here is never believed, only looked at.
#pragma once
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "app/adapters/sides.hpp"
#include "app/pass/context.hpp"
#include "ews/subscriptions.hpp"
#include "store/live_store.hpp"

namespace caravan::app {

/// Exchange takes no more subscriptions in one GetStreamingEvents (ews-facts 9.5).
inline constexpr std::size_t kMostOfAStream = 200;

/// A mailbox that is told by a stream.
struct StreamMember {
  Digest token;              ///< of its row in the store
  ews::Mailbox mailbox;      ///< whose subscription it is
  std::string subscription;  ///< t:SubscriptionId
};

/// Thread-safe.
class StreamGroup {
 public:
  /// The subscriptions lie at the server that `affinity` names. The first member pays for the connection.
  StreamGroup(const Context& context, Sides& sides, std::string affinity, ews::StreamOptions options = {});
  ~StreamGroup();
  StreamGroup(const StreamGroup&) = delete;
  StreamGroup& operator=(const StreamGroup&) = delete;

  /// The stream is opened anew with them; each opening marks all of its mailboxes, since what happened meanwhile is not
  /// told.
  void add(std::vector<StreamMember> members);
  /// Takes out what `gone` says, and gives it back.
  std::vector<StreamMember> remove(const std::function<bool(const StreamMember&)>& gone);
  /// Those that Exchange no longer knows; they are members no more.
  std::vector<StreamMember> take_dead();

  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] bool has(const Digest& token) const;
  [[nodiscard]] bool is_open() const;
  /// Openings in a row that led to no stream; 0 while it is open.
  [[nodiscard]] int failures() const;
  [[nodiscard]] std::optional<Error> last_error() const;
  [[nodiscard]] const std::string& affinity() const { return affinity_; }

 private:
  void work(const std::stop_token& stop);
  void listen(store::Store& store, const std::vector<StreamMember>& members, const std::stop_token& stop);
  void ended(const ews::StreamEnd& end, bool was_open);
  bool pause(const std::stop_token& stop);

  const Context& context_;
  Sides& sides_;
  const std::string affinity_;
  const ews::StreamOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<StreamMember> members_, dead_;
  std::stop_source opening_;  ///< of the stream that is open: asked to stop when the members change
  bool renew_ = false;        ///< the members changed: open at once
  bool open_ = false;
  int failures_ = 0;
  std::optional<Error> last_error_;
  std::jthread thread_;
};

}  // namespace caravan::app
