// SPDX-License-Identifier: GPL-3.0-or-later
// A WebSocket client (RFC 6455) by Boost.Beast: text messages over ws:// or wss://. Pings while it waits; a peer that
// does not answer them counts as gone. Coming back after an error is the caller's. Boost stays in the .cpp file.
#pragma once
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "util/result.hpp"

namespace caravan::http {

struct WebSocketOptions {
  std::string url;           ///< ws:// or wss://; http:// and https:// mean the same
  std::string ca_file = {};  ///< PEM, trusted besides the system's certificates
  std::string user_agent = "Caravan";
  std::chrono::milliseconds connect_timeout = std::chrono::seconds(15);  ///< for all up to the end of the handshake
  std::chrono::milliseconds idle_timeout = std::chrono::seconds(60);     ///< silence: a ping at half of it, then gone
  std::size_t max_message_bytes = 1024UL * 1024;
};

/// NOT thread-safe: one thread opens, sends and receives. A stop token may be triggered from anywhere and ends a wait
/// at once.
class WebSocket {
 public:
  /// Errors: `retry_later` (no connection, code "tls" where its certificate can't be trusted), `denied` (the handshake
  /// was answered 401 or 403), `unsupported` (any other answer that is no WebSocket), `malformed` (the address),
  /// `cancelled`.
  static Result<WebSocket> open(const WebSocketOptions& options, std::stop_token stop);
  ~WebSocket();
  WebSocket(WebSocket&&) noexcept;
  WebSocket& operator=(WebSocket&&) noexcept;
  WebSocket(const WebSocket&) = delete;
  WebSocket& operator=(const WebSocket&) = delete;

  Status send(std::string_view text);
  /// The next text message; nothing where none came in time. An error means that the connection is over.
  Result<std::optional<std::string>> receive(std::chrono::milliseconds timeout, std::stop_token stop);

 private:
  class Connection;
  explicit WebSocket(std::unique_ptr<Connection> connection);
  std::unique_ptr<Connection> connection_;
};

}  // namespace caravan::http
