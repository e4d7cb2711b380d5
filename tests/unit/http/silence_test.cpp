// SPDX-License-Identifier: GPL-3.0-or-later
// A server that takes connections and says nothing: every wait ends by its time or by a stop.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "http/smtp.hpp"
#include "http/websocket.hpp"

namespace caravan::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// Connections are made by the kernel and never taken up.
class SilentServer {
 public:
  SilentServer() : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address);
    listen(listener_, 8);
    socklen_t length = sizeof address;
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length);
    port_ = std::to_string(ntohs(address.sin_port));
  }
  ~SilentServer() { close(listener_); }
  SilentServer(const SilentServer&) = delete;
  SilentServer& operator=(const SilentServer&) = delete;
  [[nodiscard]] std::string url(const std::string& scheme) const { return scheme + "://127.0.0.1:" + port_; }

 private:
  int listener_;
  std::string port_;
};

/// Asks for a stop after a moment.
std::jthread soon(std::stop_source& stop) {
  return std::jthread([&stop] {
    std::this_thread::sleep_for(milliseconds(100));
    stop.request_stop();
  });
}

WebSocketOptions websocket(const SilentServer& server, milliseconds timeout) {
  WebSocketOptions options;
  options.url = server.url("ws");
  options.connect_timeout = timeout;
  return options;
}

SmtpOptions smtp(const SilentServer& server, milliseconds timeout) {
  SmtpOptions options;
  options.url = server.url("smtp");
  options.total_timeout = timeout;
  return options;
}

TEST(WebSocketOfASilentServer, IsGivenUpWhenItsTimeIsOver) {
  const SilentServer server;
  const auto began = steady_clock::now();
  EXPECT_EQ(WebSocket::open(websocket(server, milliseconds(200)), {}).error().fault, Fault::retry_later);
  EXPECT_LT(steady_clock::now() - began, std::chrono::seconds(5));
}

TEST(WebSocketOfASilentServer, IsGivenUpAtAStop) {
  const SilentServer server;
  std::stop_source stop;
  const auto stopper = soon(stop);
  const auto began = steady_clock::now();
  EXPECT_EQ(WebSocket::open(websocket(server, std::chrono::seconds(60)), stop.get_token()).error().fault,
            Fault::cancelled);
  EXPECT_LT(steady_clock::now() - began, std::chrono::seconds(5));
}

TEST(WebSocketAddress, IsOneOfAWebSocket) {
  WebSocketOptions options;
  options.url = "ftp://127.0.0.1/";
  EXPECT_EQ(WebSocket::open(options, {}).error().fault, Fault::malformed);
}

TEST(MailToASilentServer, IsGivenUpWhenItsTimeIsOverAndMayBeRepeated) {
  const SilentServer server;
  const auto sent = Smtp(smtp(server, milliseconds(200))).send("", "anna@example.org", "Subject: s\r\n\r\n");
  EXPECT_EQ(sent.error().fault, Fault::retry_later);
}

TEST(MailToASilentServer, IsGivenUpAtAStop) {
  const SilentServer server;
  std::stop_source stop;
  const auto stopper = soon(stop);
  const auto began = steady_clock::now();
  const auto sent =
      Smtp(smtp(server, std::chrono::seconds(60))).send("", "anna@example.org", "Subject: s\r\n\r\n", stop.get_token());
  EXPECT_EQ(sent.error().fault, Fault::cancelled);
  EXPECT_LT(steady_clock::now() - began, std::chrono::seconds(10));
}

}  // namespace
}  // namespace caravan::http
