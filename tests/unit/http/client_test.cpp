// SPDX-License-Identifier: GPL-3.0-or-later
// The client against a scripted server on loopback: one thread that reads a request and sends what the test wrote down.
#include "http/client.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <thread>

#include "util/text.hpp"

namespace caravan::http {
namespace {

/// Answers each connection's requests from a script; an empty answer closes the connection.
class ScriptedServer {
 public:
  explicit ScriptedServer(std::vector<std::string> answers) : answers_(std::move(answers)) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address);
    listen(listener_, 8);
    socklen_t length = sizeof address;
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~ScriptedServer() { finish(); }
  void finish() {
    if (!thread_.joinable()) return;
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }
  [[nodiscard]] std::string url(const std::string& path = "/") const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }
  std::vector<std::string> requests;  // after finish()

 private:
  static std::string read_request(int descriptor) {
    std::string text;
    char piece[65536];
    for (;;) {
      const auto head = text.find("\r\n\r\n");
      if (head != std::string::npos) {
        const std::string lower = text::lower(text);
        const auto at = lower.find("content-length: ");
        const std::size_t body = at < head ? std::strtoul(lower.c_str() + at + 16, nullptr, 10) : 0;
        if (text.size() >= head + 4 + body) return text;
      }
      const auto got = read(descriptor, piece, sizeof piece);
      if (got <= 0) return text;
      text.append(piece, static_cast<std::size_t>(got));
    }
  }
  void serve() {
    std::size_t next = 0;
    while (next < answers_.size()) {
      const int descriptor = accept(listener_, nullptr, nullptr);
      if (descriptor < 0) return;
      while (next < answers_.size()) {
        const std::string request = read_request(descriptor);
        if (request.empty()) break;
        requests.push_back(request);
        const std::string answer = answers_[next++];
        if (answer.empty()) break;
        if (write(descriptor, answer.data(), answer.size()) < 0) break;
      }
      close(descriptor);
    }
  }
  std::vector<std::string> answers_;
  int listener_ = -1;
  int port_ = 0;
  std::thread thread_;
};

const std::string kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nETag: \"1\"\r\n\r\nhi";

Request post(const std::string& url, const std::string& body = "effect") {
  Request request;
  request.method = "POST";
  request.url = url;
  request.body = body;
  return request;
}
Request get(const std::string& url) {
  Request request;
  request.url = url;
  return request;
}

TEST(HttpClient, AnAnswerOfAnyStatusIsAnAnswer) {
  ScriptedServer server({"HTTP/1.1 418 Teapot\r\nContent-Length: 0\r\n\r\n"});
  Client client(Options{});
  const auto response = client.perform(get(server.url()));
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 418);
}

TEST(HttpClient, ConnectionsAreReused) {
  ScriptedServer server({kOk, kOk});
  Client client(Options{});
  EXPECT_EQ(client.perform(get(server.url()))->new_connections, 1);
  EXPECT_EQ(client.perform(get(server.url()))->new_connections, 0);
}

TEST(HttpClient, AConnectionThatIsToBeClosedIsNotReused) {
  ScriptedServer server({kOk, kOk});  // which would go on serving it
  Client client(Options{});
  Request request = get(server.url());
  request.headers.push_back({"Connection", "close"});
  EXPECT_EQ(client.perform(request)->new_connections, 1);
  EXPECT_EQ(client.perform(get(server.url()))->new_connections, 1);
}

TEST(HttpClient, ALostWriteOnAReusedConnectionIsSentOnceOnly) {
  ScriptedServer server({kOk, "", kOk});
  Client client(Options{});
  ASSERT_TRUE(client.perform(get(server.url())));
  const auto lost = client.perform(post(server.url()));
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().fault, Fault::in_doubt) << lost.error().what;
  server.finish();
  EXPECT_EQ(server.requests.size(), 2U);
}

TEST(HttpClient, ALostWriteFromASpoolFileIsSentOnceOnly) {
  const std::string path = testing::TempDir() + "caravan-http-" + std::to_string(getpid());
  std::ofstream(path) << "0123456789";
  ScriptedServer server({kOk, "", kOk});
  Client client(Options{});
  ASSERT_TRUE(client.perform(get(server.url())));
  Request request = post(server.url(), "");
  request.method = "PUT";
  request.file = FileBody{path, 8, 2};
  const auto lost = client.perform(request);
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().fault, Fault::in_doubt) << lost.error().what;
  server.finish();
  ASSERT_EQ(server.requests.size(), 2U);
  EXPECT_TRUE(server.requests[1].ends_with("\r\n\r\n23456789"));
  EXPECT_NE(server.requests[1].find("Content-Length: 8\r\n"), std::string::npos);
  unlink(path.c_str());
}

TEST(HttpClient, ALostReadIsRepeatedByThePolicy) {
  ScriptedServer server({"", kOk});
  Options options;
  options.retry = {.attempts = 2, .first = std::chrono::milliseconds(1), .longest = std::chrono::milliseconds(1)};
  Client client(std::move(options));
  const auto response = client.perform(get(server.url()));
  ASSERT_TRUE(response) << response.error().what;
  EXPECT_EQ(client.counter().of("GET"), 2U);
}

TEST(HttpClient, ARefusedConnectionIsToBeTriedLater) {
  std::string url;
  {
    ScriptedServer gone({});
    url = gone.url();
  }
  Client client(Options{});
  const auto response = client.perform(post(url));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().fault, Fault::retry_later) << response.error().what;
}

TEST(HttpClient, NothingIsChunkedAndNothingIsExpected) {
  ScriptedServer server({kOk});
  Client client(Options{});
  ASSERT_TRUE(client.perform(post(server.url(), std::string(200000, 'x'))));
  server.finish();
  const std::string head = server.requests.at(0).substr(0, server.requests.at(0).find("\r\n\r\n"));
  EXPECT_NE(head.find("Content-Length: 200000"), std::string::npos);
  EXPECT_EQ(head.find("Expect"), std::string::npos);
  EXPECT_EQ(head.find("chunked"), std::string::npos);
  EXPECT_EQ(head.find("Accept-Encoding"), std::string::npos);
}

TEST(HttpClient, BasicGoesOutAtOnceOnLoopback) {
  ScriptedServer server({kOk});
  Options options;
  options.auth = Auth::basic;
  options.username = "alice";
  options.password = Secret("pw");
  Client client(std::move(options));
  ASSERT_TRUE(client.perform(get(server.url())));
  server.finish();
  EXPECT_NE(server.requests.at(0).find("Authorization: Basic " + text::base64_encode("alice:pw")), std::string::npos);
}

TEST(HttpClient, CredentialsAreNotSentUnencryptedToOtherMachines) {
  Options options;
  options.auth = Auth::basic;
  Client client(std::move(options));
  const auto response = client.perform(get("http://dav.example.invalid/"));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().fault, Fault::denied);
  EXPECT_EQ(response.error().code, "plain-http");
}

TEST(HttpClient, TheLegsOfNtlmAreOneRequestAndTheBodyIsSentOnce) {
  // A type 2 message (MS-NLMP 2.2.1.2): no target, an 8-byte challenge.
  std::string challenge(
      "NTLMSSP\0\2\0\0\0\0\0\0\0\x20\0\0\0\1\2\0\0"
      "abcdefgh",
      32);
  const std::string leg = "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: NTLM " + text::base64_encode(challenge) +
                          "\r\nContent-Length: 0\r\n\r\n";
  ScriptedServer server({leg, kOk});
  Options options;
  options.auth = Auth::ntlm;
  options.username = "EXAMPLE\\alice";
  options.password = Secret("pw");
  Client client(std::move(options));
  const auto response = client.perform(post(server.url()));
  ASSERT_TRUE(response) << response.error().what;
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(client.counter().total(), 1U);
  server.finish();
  ASSERT_EQ(server.requests.size(), 2U);
  EXPECT_TRUE(server.requests[0].ends_with("\r\n\r\n"));
  EXPECT_TRUE(server.requests[1].ends_with("effect"));
}

TEST(HttpClient, AWriteLostAfterTheLegsOfNtlmIsInDoubt) {
  std::string challenge(
      "NTLMSSP\0\2\0\0\0\0\0\0\0\x20\0\0\0\1\2\0\0"
      "abcdefgh",
      32);
  const std::string leg = "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: NTLM " + text::base64_encode(challenge) +
                          "\r\nContent-Length: 0\r\n\r\n";
  ScriptedServer server({leg, "", kOk});
  Options options;
  options.auth = Auth::ntlm;
  options.username = "alice";
  Client client(std::move(options));
  const auto lost = client.perform(post(server.url()));
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().fault, Fault::in_doubt) << lost.error().what;
  server.finish();
  EXPECT_EQ(server.requests.size(), 2U);
}

TEST(HttpClient, ABearerTokenIsAskedForAndSent) {
  ScriptedServer server({kOk});
  Options options;
  options.auth = Auth::bearer;
  options.token = [] { return Result<Secret>(Secret("abc")); };
  Client client(std::move(options));
  ASSERT_TRUE(client.perform(get(server.url())));
  server.finish();
  EXPECT_NE(server.requests.at(0).find("Authorization: Bearer abc"), std::string::npos);
}

TEST(HttpClient, ARedirectOnTheSameHostIsFollowedWithItsMethod) {
  ScriptedServer server({"HTTP/1.1 301 Moved\r\nLocation: /there/\r\nContent-Length: 0\r\n\r\n", kOk});
  Client client(Options{});
  Request request = get(server.url("/here"));
  request.method = "PROPFIND";
  request.redirects = Redirects::followed;
  const auto response = client.perform(request);
  ASSERT_TRUE(response) << response.error().what;
  EXPECT_EQ(response->url, server.url("/there/"));
  server.finish();
  EXPECT_TRUE(server.requests.at(1).starts_with("PROPFIND /there/ "));
}

TEST(HttpClient, ARedirectToAnotherHostIsGivenBack) {
  ScriptedServer server({"HTTP/1.1 302 Found\r\nLocation: http://other.invalid/\r\nContent-Length: 0\r\n\r\n"});
  Client client(Options{});
  Request request = get(server.url());
  request.redirects = Redirects::followed;
  const auto response = client.perform(request);
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 302);
}

TEST(HttpClient, AnAnswerBeyondTheLimitIsRefused) {
  ScriptedServer server({"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + std::string(100, 'x')});
  Options options;
  options.max_response_bytes = 99;
  Client client(std::move(options));
  const auto response = client.perform(get(server.url()));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().fault, Fault::malformed);
}

TEST(HttpClient, ASinkGetsTheBodyOfASuccessOnly) {
  ScriptedServer server({kOk, "HTTP/1.1 500 Oops\r\nContent-Length: 4\r\n\r\noops"});
  Client client(Options{});
  std::string taken;
  const Sink sink = [&](std::string_view piece) -> Status {
    taken += piece;
    return {};
  };
  ASSERT_TRUE(client.perform(get(server.url()), sink));
  const auto failed = client.perform(get(server.url()), sink);
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->body, "oops");
  EXPECT_EQ(taken, "hi");
}

TEST(HttpClient, ASinksErrorEndsTheTransfer) {
  ScriptedServer server({kOk});
  Client client(Options{});
  const auto response = client.perform(
      get(server.url()), [](std::string_view) -> Status { return make_error(Fault::unsupported, "disk full"); });
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().what, "disk full");
}

TEST(HttpClient, AStoppedBatchAnswersForEveryRequest) {
  Client client(Options{});
  std::stop_source source;
  source.request_stop();
  const std::vector<Request> requests(5, get("http://127.0.0.1:1/"));
  int cancelled = 0;
  client.perform_all(requests, 2, source.get_token(), [&](std::size_t, Result<Response> result) {
    cancelled += !result && result.error().fault == Fault::cancelled ? 1 : 0;
  });
  EXPECT_EQ(cancelled, 5);
}

TEST(HttpClient, AnAddressThatIsNoneIsRefused) {
  Client client(Options{});
  const auto response = client.perform(get("dav.example.org"));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().fault, Fault::malformed);
}

}  // namespace
}  // namespace caravan::http
