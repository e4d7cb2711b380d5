// SPDX-License-Identifier: GPL-3.0-or-later
// The admin port that every daemon has: is it alive, is it ready, its numbers, its state. It has no login and shows
// mailbox addresses: it belongs on loopback or behind something that knows who asks.
//
//   GET /healthz     200 as long as the process serves at all
//   GET /readyz      200 when every check is well, else 503; a line for each check
//   GET /metrics     Prometheus' text format
//   GET /api/status  one JSON document, see docs/interface.md
#pragma once
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "http/server.hpp"
#include "metrics/metrics.hpp"
#include "util/result.hpp"

namespace caravan::app {

/// Something without which the program can't do its work.
struct ReadinessCheck {
  std::string name;  ///< one word
  std::function<Status()> check;
};

/// What the port shows. All but the address may be left empty. The functions are called one at a time, in a thread of
/// the AdminServer: they may ask a store, and may take as long as ServerLimits::answer_time.
struct AdminOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 8586;
  std::vector<ReadinessCheck> checks = {};
  std::function<void(metrics::Registry&)> refresh = {};  ///< sets the gauges that are counted when somebody looks
  std::function<Result<std::string>()> status = {};      ///< the document of /api/status
};

/// Thread-safe.
class AdminServer {
 public:
  [[nodiscard]] static Result<std::unique_ptr<AdminServer>> start(AdminOptions options,
                                                                  metrics::Registry& registry = metrics::global());
  ~AdminServer();
  AdminServer(const AdminServer&) = delete;
  AdminServer& operator=(const AdminServer&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept { return server_->port(); }
  /// From now on /readyz says 503: whoever spreads requests over several processes sends no more to this one.
  void stopping() noexcept { stopping_ = true; }

 private:
  AdminServer(AdminOptions options, metrics::Registry& registry);
  /// A handler that answers from the thread that may wait: a store that is away must not make /healthz wait.
  http::Handler later(http::Answer (AdminServer::*make)());
  void work(std::stop_token stop);
  http::Answer ready();
  http::Answer numbers();
  http::Answer state();

  const AdminOptions options_;
  metrics::Registry& registry_;
  std::atomic<bool> stopping_ = false;
  std::mutex mutex_;
  std::condition_variable_any came_;
  std::deque<std::function<void()>> tasks_;
  std::jthread thread_;
  std::unique_ptr<http::Server> server_;
};

}  // namespace caravan::app
