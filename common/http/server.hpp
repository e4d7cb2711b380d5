// SPDX-License-Identifier: GPL-3.0-or-later
// A small HTTP/1.1 server for callbacks, hints and the admin port: routes, limits on everything that a stranger decides
// (header, body, time, number of connections), answers that may come later and from another thread, and a graceful end.
// No TLS: it listens on loopback or behind a proxy. Knows nothing of what is served; Beast stays in server.cpp.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.hpp"
#include "util/result.hpp"

namespace caravan::http {

/// A request as a handler sees it: complete, within the limits, its framing taken off.
struct IncomingRequest {
  std::string method;
  std::string path;   ///< as sent, percent-encoded, without the query; begins with '/'
  std::string query;  ///< what follows '?', as sent
  Headers headers;
  std::string body;
};

/// What is sent back. Content-Length and Connection are the server's.
struct Answer {
  int status = 200;
  std::string content_type = {};  ///< empty: no Content-Type
  std::string body = {};
  std::vector<Header> headers = {};
};

/// The right and the duty to answer one request, once, from any thread and at any later moment. One that goes out of
/// scope unanswered answers 500. An answer that comes after the server gave up waiting (ServerLimits::answer_time), or
/// after the client or the server has gone, is dropped.
class Reply {
 public:
  /// Where the answer goes; the server's own business.
  class Channel {
   public:
    virtual ~Channel() = default;
    virtual void send(Answer answer) noexcept = 0;
  };
  explicit Reply(std::unique_ptr<Channel> channel) : channel_(std::move(channel)) {}
  Reply(Reply&&) noexcept = default;
  Reply& operator=(Reply&& other) noexcept;
  Reply(const Reply&) = delete;
  Reply& operator=(const Reply&) = delete;
  ~Reply();

  /// Does nothing the second time.
  void send(Answer answer) noexcept;

 private:
  std::unique_ptr<Channel> channel_;
};

/// Called in the server's thread: it returns within a millisecond and keeps the Reply for later where it has to wait.
/// An exception becomes 500 and a report.
using Handler = std::function<void(IncomingRequest request, Reply reply)>;

/// `path` is exact, or a prefix where it ends with '/'; the longest one that fits is taken. GET serves HEAD, too.
struct Route {
  std::string method;
  std::string path;
  Handler handler;
};

/// What a stranger may take. Whoever exceeds a size is told (431, 413) and loses the connection; whoever exceeds a time
/// loses the connection; one connection too many is told 503.
struct ServerLimits {
  std::size_t header_bytes = 16 * 1024;
  std::size_t body_bytes = 1024 * 1024;
  std::chrono::milliseconds request_time{10'000};  ///< from a request's first byte to its last
  std::chrono::milliseconds answer_time{10'000};   ///< for the handler (then 503), and again for sending the answer
  std::chrono::milliseconds idle_time{60'000};     ///< between two requests of one connection, and before the first
  std::size_t connections = 256;
};

struct ServerOptions {
  std::string host = "127.0.0.1";  ///< an address, or a name that is resolved once
  std::uint16_t port = 0;          ///< 0: a free one, see Server::port()
  ServerLimits limits = {};
  int threads = 1;  ///< handlers of one connection never run at the same time, whatever this is
  /// Told of what went wrong here and not at a client's: a handler that threw, no descriptor for a new connection.
  /// Called in a server's thread.
  std::function<void(const Error&)> report = {};
};

/// Serves from its construction until stop(). Thread-safe.
class Server {
 public:
  /// Fault::denied, code "listen", where the address can't be listened on.
  [[nodiscard]] static Result<std::unique_ptr<Server>> start(ServerOptions options, std::vector<Route> routes);
  ~Server();  ///< as stop(0)
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Takes no further connection, closes the idle ones, lets requests that have begun be answered within `grace`, then
  /// closes what is left and ends the threads. Not to be called from a handler.
  void stop(std::chrono::milliseconds grace);

  [[nodiscard]] std::uint16_t port() const noexcept;
  [[nodiscard]] std::size_t connections() const;

  struct Core;

 private:
  explicit Server(std::shared_ptr<Core> core) : core_(std::move(core)) {}
  std::shared_ptr<Core> core_;
};

/// The value of a field of an `application/x-www-form-urlencoded` text (a query, or a form's body); the first one of
/// that name, empty where there is none.
[[nodiscard]] std::string form_value(std::string_view form, std::string_view name);

}  // namespace caravan::http
