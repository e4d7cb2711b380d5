// SPDX-License-Identifier: GPL-3.0-or-later
// A TCP connection that sends exactly the bytes a test wrote down, for what no HTTP client would ever send. All waiting
// ends after ten seconds.
#pragma once
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "util/text.hpp"

namespace caravan::testing {

class RawClient {
 public:
  static constexpr int kPatienceMs = 10'000;

  explicit RawClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    if (!connected_ && errno == EINTR) {  // a fuzzer's timer: the connection is being made all the same (connect(2))
      pollfd made{socket_, POLLOUT, 0};
      while (::poll(&made, 1, kPatienceMs) < 0 && errno == EINTR) {
      }
      connected_ = (made.revents & POLLOUT) != 0 && (made.revents & POLLERR) == 0;
    }
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  ~RawClient() { ::close(socket_); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  [[nodiscard]] bool connected() const { return connected_; }

  /// False where the server had closed the connection before all was sent.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      pollfd ready{socket_, POLLOUT, 0};
      if (::poll(&ready, 1, kPatienceMs) <= 0) return false;
      const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent < 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  void end_sending() { ::shutdown(socket_, SHUT_WR); }

  /// One whole answer (status line to the end of its body); what came until the close where it is cut short.
  std::string read_answer(bool head_only = false) {
    for (;;) {
      const auto head = kept_.find("\r\n\r\n");
      if (head != std::string::npos) {
        const std::size_t length = head + 4 + (head_only ? 0 : body_length(head));
        if (kept_.size() >= length) {
          std::string answer = kept_.substr(0, length);
          kept_.erase(0, length);
          return answer;
        }
      }
      if (!read_some()) return std::exchange(kept_, {});
    }
  }

  /// All that comes until the server closes the connection.
  std::string read_to_end() {
    while (read_some()) {
    }
    return std::exchange(kept_, {});
  }

  /// Whether anything came, or the server closed the connection, within that time.
  bool hears_within(std::chrono::milliseconds patience) {
    return read_some(static_cast<int>(patience.count())) || ended_;
  }

  /// Whether the server closed the connection; waits for it, at most `patience`.
  bool closed_within(std::chrono::milliseconds patience) {
    const auto end = std::chrono::steady_clock::now() + patience;
    for (;;) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
      if (left.count() <= 0) return false;
      if (!read_some(static_cast<int>(left.count()))) return ended_;
    }
  }

 private:
  std::size_t body_length(std::size_t head) const {
    const std::string lower = text::lower(std::string_view(kept_).substr(0, head));
    const auto at = lower.find("content-length: ");
    return at == std::string::npos ? 0 : std::stoul(lower.substr(at + 16));
  }
  bool read_some(int patience_ms = kPatienceMs) {
    pollfd ready{socket_, POLLIN, 0};
    if (::poll(&ready, 1, patience_ms) <= 0) return false;
    char piece[65536];
    const auto got = ::recv(socket_, piece, sizeof piece, 0);
    if (got <= 0) {
      ended_ = true;
      return false;
    }
    kept_.append(piece, static_cast<std::size_t>(got));
    return true;
  }

  int socket_;
  bool connected_ = false;
  bool ended_ = false;
  std::string kept_;
};

}  // namespace caravan::testing
