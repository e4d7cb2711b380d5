// SPDX-License-Identifier: GPL-3.0-or-later
// Takes Exchange's push callbacks and the hints of a CalDAV server's hook, marks what they are about in the store, and
// answers. It works on nothing: a callback only says "look". Marks are committed before they are answered, many at once
// (see Marks): a process that is killed has told nobody "OK" whose mark it lost.
//
//   POST <callback path>/<token>    OK | Unsubscribe (200) | 404 never issued | 503 the store can't be reached
//   POST /hint/<secret>             user=NAME in the query or the body: 204 | 404 wrong secret | 503
#pragma once
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

#include "http/server.hpp"
#include "store/live_store.hpp"
#include "store/store.hpp"
#include "util/secret.hpp"

namespace caravan::gobi {

/// What a callback's body says, as far as anybody needs to know.
enum class Said : std::uint8_t {
  news,   ///< something changed; or the body could not be read, which is no reason not to look
  alive,  ///< nothing but status events: the subscription lives
  ended,  ///< the subscription is at its end (an error instead of a notification)
};

/// Where the marks go. Called from the Receiver's own thread only, for many callbacks at a time.
struct Marks {
  std::function<Result<std::vector<store::Heard>>(const std::vector<store::Callback>&)> hear;
  std::function<Result<std::size_t>(const std::string& user)> hint_user;
};
/// Into the store, over a connection of its own that is opened when it is first needed, and again after a failure.
Marks marks_into(std::function<Result<std::unique_ptr<store::Store>>()> open_store);

struct ReceiverOptions {
  std::string callback_path = "/callback";  ///< of exchange.callback_url
  Secret hint_secret = {};                  ///< cexsy.hint_secret; empty: no hints are taken
  std::string service_user = {};            ///< caldav.username: its writes are our own, so hints about it are ignored
  /// What comes within this time becomes one commit. It is the price in latency for not committing thousands of times
  /// a second while the workers want the same lock.
  std::chrono::milliseconds gather{2};
  std::function<Said(std::string_view body)> read = {};  ///< empty: everything is news
};

/// Thread-safe. It must outlive the server that has its routes.
class Receiver {
 public:
  Receiver(ReceiverOptions options, Marks marks);
  ~Receiver();
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;

  /// For the server on gobi.listen.
  [[nodiscard]] std::vector<http::Route> callback_routes();
  /// For the server on cexsy.hint_listen; none without a secret.
  [[nodiscard]] std::vector<http::Route> hint_routes();

  /// Commits and answers what it has taken, and takes no more (503). Stop the server first.
  void stop();

 private:
  struct Waiting {
    store::Callback callback;
    std::vector<http::Reply> replies;
  };
  struct Hand {
    std::unordered_map<std::string, Waiting> callbacks;     ///< by the token's digest
    std::map<std::string, std::vector<http::Reply>> hints;  ///< by user
    [[nodiscard]] bool empty() const { return callbacks.empty() && hints.empty(); }
  };

  void take_callback(const http::IncomingRequest& request, http::Reply reply);
  void take_hint(const http::IncomingRequest& request, http::Reply reply);
  void work();
  void commit(Hand hand);
  void commit_callbacks(Hand& hand);
  void commit_hints(Hand& hand);
  void report(const Status& done);

  const ReceiverOptions options_;
  const Digest hint_secret_;  ///< digests are compared, so that time tells nothing about the secret
  const Marks marks_;
  std::mutex mutex_;
  std::condition_variable came_;
  Hand hand_;
  bool stopping_ = false;
  bool reachable_ = true;
  std::thread thread_;
};

}  // namespace caravan::gobi
