// SPDX-License-Identifier: GPL-3.0-or-later
// The HTTP client: one set of kept-alive connections, one kind of credentials, one limiter. libcurl's headers stay in
// the .cpp files. HTTP/1.1 without Expect, without content coding, always with Content-Length; redirects only as
// message.hpp's Redirects says; credentials never leave for another host.
//
// A Client is NOT thread-safe: each worker thread owns one. What may be shared is the Limiter and the RequestCounter.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>

#include "http/limiter.hpp"
#include "http/message.hpp"
#include "util/clock.hpp"
#include "util/result.hpp"
#include "util/secret.hpp"

namespace caravan::http {

enum class Auth : std::uint8_t { none, basic, ntlm, negotiate, bearer };

/// Counts requests by method, without the 401 legs of NTLM and Negotiate; repetitions and followed redirects count.
/// Thread-safe.
class RequestCounter {
 public:
  void count(const std::string& method);
  [[nodiscard]] std::uint64_t of(const std::string& method) const;
  [[nodiscard]] std::uint64_t total() const;
  [[nodiscard]] std::map<std::string, std::uint64_t> all() const;
  void reset();

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::uint64_t> counts_;
};

struct Options {
  Auth auth = Auth::none;
  std::string username = {};
  Secret password = {};
  std::function<Result<Secret>()> token = {};  ///< Auth::bearer: asked before each request, should cache
  std::string ca_file = {};                    ///< trusted besides the system's certificates
  std::string user_agent = "Caravan";
  std::uint64_t max_response_bytes = 256ULL * 1024 * 1024;
  std::chrono::milliseconds connect_timeout = std::chrono::seconds(10);
  std::chrono::milliseconds total_timeout = std::chrono::seconds(25);
  int max_connections = 8;
  bool allow_plain_http_auth = false;  ///< basic and bearer over http:// to other machines; loopback is always allowed
  RetryPolicy retry = {};              ///< applied inside the client to repeatable requests and to those never sent
  std::shared_ptr<Limiter> limiter = nullptr;         ///< a private one where null
  std::shared_ptr<RequestCounter> counter = nullptr;  ///< a private one where null
  std::shared_ptr<Clock> clock = nullptr;             ///< the system's where null
  std::shared_ptr<Sleeper> sleeper = nullptr;         ///< the system's where null
};

/// Receives the body of a 2xx answer piece by piece; an error aborts the transfer and is returned. Bodies of other
/// answers are kept in Response::body.
using Sink = std::function<Status(std::string_view piece)>;

class Client {
 public:
  explicit Client(Options options);
  ~Client();
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Sends one request. An answer of any status is a Response; an Error means that none came: `retry_later` (never
  /// sent, or repeatable), `in_doubt` (sent, not repeatable), `denied` (TLS, breaker, plain-http rule) or `cancelled`
  /// (a write may have taken effect all the same).
  Result<Response> perform(const Request& request, std::stop_token stop = {});
  /// The same with the body handed over in pieces (large attachments); never repeated once a piece was handed over.
  Result<Response> perform(const Request& request, const Sink& sink, std::stop_token stop = {});

  using Next = std::function<std::optional<Request>()>;
  using Done = std::function<void(std::size_t index, Result<Response> result)>;
  /// Sends all requests, at most `parallel` at a time (and no more than the limiter admits); `done` is called once for
  /// each, in the order of the answers, on the calling thread. Connections stay open for the next call.
  void perform_all(std::span<const Request> requests, int parallel, std::stop_token stop, const Done& done);
  /// The same, pulling requests while there is room, until `next` gives nullopt. Neither function may call this Client.
  void perform_stream(const Next& next, int parallel, std::stop_token stop, const Done& done);

  [[nodiscard]] Limiter& limiter() const noexcept;
  [[nodiscard]] RequestCounter& counter() const noexcept;

 private:
  class Engine;
  std::unique_ptr<Engine> engine_;
};

}  // namespace caravan::http
