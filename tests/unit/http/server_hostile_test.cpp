// SPDX-License-Identifier: GPL-3.0-or-later
// What the server does with those who do not keep to the rules: it takes no more from them than its limits, and serves
// the others meanwhile.
#include <gmock/gmock.h>

#include <fstream>
#include <random>
#include <thread>

#include "http/server.hpp"
#include "support/http/raw_client.hpp"

namespace caravan::http {
namespace {

using caravan::testing::RawClient;
using std::chrono::milliseconds;
using ::testing::AnyOf;
using ::testing::EndsWith;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr std::string_view kGet = "GET /here HTTP/1.1\r\nHost: x\r\n\r\n";

class HostileClients : public ::testing::Test {
 protected:
  void start(ServerLimits limits) {
    ServerOptions options;
    options.limits = limits;
    const Handler handler = [this](IncomingRequest request, Reply reply) {
      largest_ = std::max(largest_, request.body.size());
      reply.send({200, "text/plain", "well", {}});
    };
    server_ = std::move(Server::start(options, {{"GET", "/here", handler}, {"POST", "/here", handler}}).value());
  }
  void SetUp() override { start({}); }

  std::string answer_to(std::string_view bytes) {
    RawClient client(server_->port());
    client.send(bytes);
    client.end_sending();
    return client.read_to_end();
  }
  void expect_that_others_are_served() { EXPECT_THAT(answer_to(kGet), EndsWith("well")); }

  std::size_t largest_ = 0;  ///< body that a handler saw
  std::unique_ptr<Server> server_;
};

std::size_t resident_kb() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::stoul(line.substr(6));
  }
  return 0;
}

/// Sends `piece` every 10 ms until the server closes; true where it did so before `patience` was over.
bool closed_while_trickling(RawClient& client, std::string_view piece, milliseconds patience) {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (std::chrono::steady_clock::now() < end) {
    client.send(piece);
    if (client.closed_within(milliseconds(10))) return true;
  }
  return false;
}

TEST_F(HostileClients, AHeaderThatTricklesIsCutOffWhenItsTimeIsOver) {
  start({.request_time = milliseconds(150)});
  RawClient client(server_->port());
  client.send("GET /here HTTP/1.1\r\n");
  EXPECT_TRUE(closed_while_trickling(client, "X-A: b\r\n", milliseconds(3000)));
  expect_that_others_are_served();
}

TEST_F(HostileClients, ABodyThatTricklesIsCutOffWhenItsTimeIsOver) {
  start({.request_time = milliseconds(150)});
  RawClient client(server_->port());
  client.send("POST /here HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n");
  EXPECT_TRUE(closed_while_trickling(client, "x", milliseconds(3000)));
}

TEST_F(HostileClients, AConnectionThatSaysNothingIsClosed) {
  start({.idle_time = milliseconds(100)});
  RawClient client(server_->port());
  EXPECT_TRUE(client.closed_within(milliseconds(3000)));
}

TEST_F(HostileClients, AClientThatDoesNotReadIsGivenUp) {
  ServerOptions options;
  options.limits.answer_time = milliseconds(200);
  const auto server = Server::start(options, {{"GET", "/here", [](IncomingRequest, Reply reply) {
                                                 reply.send({200, "text/plain", std::string(64 << 20, 'x'), {}});
                                               }}});
  RawClient client((*server)->port());
  client.send(kGet);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while ((*server)->connections() != 1 && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  while ((*server)->connections() != 0 && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(milliseconds(5));
  EXPECT_EQ((*server)->connections(), 0U);
}

TEST_F(HostileClients, ABodyOf100MbIsRefusedBeforeItIsSent) {
  EXPECT_THAT(answer_to("POST /here HTTP/1.1\r\nHost: x\r\nContent-Length: 104857600\r\n\r\n"),
              StartsWith("HTTP/1.1 413 "));
}

TEST_F(HostileClients, ABodyOf100MbInChunksIsCutOffAtTheLimit) {
  const std::size_t before = resident_kb();
  RawClient client(server_->port());
  client.send("POST /here HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  const std::string chunk = "10000\r\n" + std::string(65536, 'x') + "\r\n";
  int sent = 0;
  while (sent < 1600 && client.send(chunk)) ++sent;
  EXPECT_LT(sent, 1600);
  EXPECT_EQ(largest_, 0U);
  EXPECT_LT(resident_kb(), before + 16 * 1024);
  expect_that_others_are_served();
}

TEST_F(HostileClients, ABodyOfTheLimitIsTakenAndOneByteMoreIsNot) {
  start({.body_bytes = 1000});
  EXPECT_THAT(answer_to("POST /here HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n" + std::string(1000, 'x')),
              EndsWith("well"));
  EXPECT_THAT(answer_to("POST /here HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n" + std::string(1001, 'x')),
              StartsWith("HTTP/1.1 413 "));
}

TEST_F(HostileClients, AHeaderBeyondTheLimitIsRefused) {
  EXPECT_THAT(answer_to("GET /here HTTP/1.1\r\nHost: x\r\nX-Long: " + std::string(17 * 1024, 'x') + "\r\n\r\n"),
              StartsWith("HTTP/1.1 431 "));
  EXPECT_THAT(answer_to("GET /" + std::string(17 * 1024, 'x') + " HTTP/1.1\r\nHost: x\r\n\r\n"),
              StartsWith("HTTP/1.1 431 "));
}

TEST_F(HostileClients, AnEndlessHeaderIsCutOffAtTheLimit) {
  RawClient client(server_->port());
  client.send("GET /here HTTP/1.1\r\n");
  int sent = 0;
  while (sent < 100'000 && client.send("X-Another: " + std::string(1000, 'x') + "\r\n")) ++sent;
  EXPECT_LT(sent, 100'000);
  expect_that_others_are_served();
}

TEST_F(HostileClients, GarbageIsRefusedOrIgnored) {
  EXPECT_THAT(answer_to("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a greeting in TLS\r\n\r\n"),
              AnyOf(StartsWith("HTTP/1.1 400 "), IsEmpty()));
  EXPECT_THAT(answer_to(std::string(5000, '\0')), AnyOf(StartsWith("HTTP/1.1 400 "), IsEmpty()));
  EXPECT_THAT(answer_to("GET /here HTTP/9.9\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(answer_to("GET here HTTP/1.1\r\nHost: x\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(answer_to("POST /here HTTP/1.1\r\nContent-Length: -1\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(answer_to("POST /here HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
              StartsWith("HTTP/1.1 400 "));
  expect_that_others_are_served();
}

TEST_F(HostileClients, TwoLengthsThatDifferAreRefused) {
  EXPECT_THAT(
      answer_to("POST /here HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdefGET / HTTP/1.1"),
      StartsWith("HTTP/1.1 400 "));
}

TEST_F(HostileClients, RandomBytesDoNoHarm) {
  std::mt19937 random(7);  // NOLINT: the same every time
  for (int round = 0; round < 300; ++round) {
    std::string bytes = round % 2 == 0 ? "POST /here HTTP/1.1\r\n" : "";
    for (int i = 0; i < 200; ++i) bytes += static_cast<char>(random() & 0xFFU);
    answer_to(bytes + "\r\n\r\n");
  }
  expect_that_others_are_served();
}

TEST_F(HostileClients, ThousandsOfPipelinedRequestsAreAnsweredOneByOne) {
  constexpr int kRequests = 5000;
  RawClient client(server_->port());
  std::jthread sender([&] {
    std::string all;
    for (int i = 0; i < kRequests; ++i) all += kGet;
    client.send(all);
  });
  int answered = 0;
  while (answered < kRequests && client.read_answer().ends_with("well")) ++answered;
  EXPECT_EQ(answered, kRequests);
}

TEST_F(HostileClients, OneConnectionTooManyIsToldSoAndAFreedPlaceIsGivenAgain) {
  start({.connections = 3});
  std::vector<std::unique_ptr<RawClient>> taken;
  for (int i = 0; i < 3; ++i) {
    taken.push_back(std::make_unique<RawClient>(server_->port()));
    taken.back()->send(kGet);
    taken.back()->read_answer();
  }
  EXPECT_THAT(RawClient(server_->port()).read_to_end(), StartsWith("HTTP/1.1 503 "));
  taken.clear();
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (server_->connections() > 0 && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  expect_that_others_are_served();
}

TEST_F(HostileClients, ManyConnectionsAtOnceAreServed) {
  start({.connections = 600});
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 400; ++i) {
    clients.push_back(std::make_unique<RawClient>(server_->port()));
    clients.back()->send(kGet);
  }
  int served = 0;
  for (const auto& client : clients) served += client->read_answer().ends_with("well") ? 1 : 0;
  EXPECT_EQ(served, 400);
}

TEST_F(HostileClients, ConnectionsThatBreakInTheMiddleLeaveNothingBehind) {
  for (int i = 0; i < 200; ++i) RawClient(server_->port()).send("POST /here HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc");
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (server_->connections() > 0 && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  EXPECT_EQ(server_->connections(), 0U);
}

}  // namespace
}  // namespace caravan::http
