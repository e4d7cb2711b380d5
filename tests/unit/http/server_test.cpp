// SPDX-License-Identifier: GPL-3.0-or-later
// What the server does for those who keep to the rules: routes, answers now or later, keep-alive, a graceful end.
#include "http/server.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "support/http/raw_client.hpp"

namespace caravan::http {
namespace {

using std::chrono::milliseconds;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using testing_client = caravan::testing::RawClient;

constexpr std::string_view kGet = "GET /here HTTP/1.1\r\nHost: x\r\n\r\n";

Handler says(std::string text) {
  return [text = std::move(text)](IncomingRequest, Reply reply) { reply.send({200, "text/plain", text, {}}); };
}

std::unique_ptr<Server> serve(std::vector<Route> routes, ServerOptions options = {}) {
  auto server = Server::start(std::move(options), std::move(routes));
  EXPECT_TRUE(server) << (server ? "" : server.error().what);
  return server ? std::move(*server) : nullptr;
}

/// What one request is answered on a connection of its own.
std::string answer_to(const Server& server, std::string_view request) {
  testing_client client(server.port());
  client.send(request);
  return client.read_answer(request.starts_with("HEAD "));
}

/// Keeps replies until the test answers them.
class Shelf {
 public:
  Handler handler() {
    return [this](IncomingRequest, Reply reply) {
      const std::scoped_lock lock(mutex_);
      replies_.push_back(std::move(reply));
      filled_.notify_all();
    };
  }
  Reply take() {
    std::unique_lock lock(mutex_);
    filled_.wait_for(lock, std::chrono::seconds(10), [this] { return !replies_.empty(); });
    Reply reply = std::move(replies_.at(0));
    replies_.erase(replies_.begin());
    return reply;
  }

 private:
  std::mutex mutex_;
  std::condition_variable filled_;
  std::vector<Reply> replies_;
};

TEST(ServerRoutes, TheOneThatFitsAnswers) {
  const auto server = serve({{"GET", "/here", says("one")}, {"GET", "/there", says("two")}});
  EXPECT_THAT(answer_to(*server, kGet), AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), EndsWith("\r\n\r\none")));
}

TEST(ServerRoutes, TheLongestPrefixThatFitsIsTaken) {
  const auto server = serve({{"GET", "/a/", says("short")}, {"GET", "/a/b/", says("long")}});
  EXPECT_THAT(answer_to(*server, "GET /a/b/c HTTP/1.1\r\nHost: x\r\n\r\n"), EndsWith("long"));
}

TEST(ServerRoutes, AnExactPathIsNoPrefix) {
  const auto server = serve({{"GET", "/here", says("one")}});
  EXPECT_THAT(answer_to(*server, "GET /herein HTTP/1.1\r\nHost: x\r\n\r\n"), StartsWith("HTTP/1.1 404 "));
}

TEST(ServerRoutes, AnUnknownPathIsAnsweredEmpty) {
  const auto server = serve({{"GET", "/here", says("one")}});
  EXPECT_THAT(
      answer_to(*server, "GET /else HTTP/1.1\r\nHost: x\r\n\r\n"),
      AllOf(StartsWith("HTTP/1.1 404 Not Found\r\n"), HasSubstr("Content-Length: 0\r\n"), EndsWith("\r\n\r\n")));
}

TEST(ServerRoutes, AWrongMethodIsToldTheRightOnes) {
  const auto server = serve({{"GET", "/here", says("one")}, {"POST", "/here", says("two")}});
  EXPECT_THAT(answer_to(*server, "DELETE /here HTTP/1.1\r\nHost: x\r\n\r\n"),
              AllOf(StartsWith("HTTP/1.1 405 "), HasSubstr("Allow: GET, POST\r\n")));
}

TEST(ServerRoutes, HeadIsGetWithoutTheBody) {
  const auto server = serve({{"GET", "/here", says("four")}});
  EXPECT_THAT(answer_to(*server, "HEAD /here HTTP/1.1\r\nHost: x\r\n\r\n"),
              AllOf(HasSubstr("Content-Length: 4\r\n"), EndsWith("\r\n\r\n")));
}

TEST(ServerRequests, ReachTheHandlerWhole) {
  IncomingRequest seen;
  const auto server = serve({{"POST", "/a/", [&](IncomingRequest request, Reply reply) {
                                seen = std::move(request);
                                reply.send({204});
                              }}});
  EXPECT_THAT(
      answer_to(*server, "POST /a/b%20c?d=e&f HTTP/1.1\r\nHost: x\r\nX-One: 1\r\nContent-Length: 4\r\n\r\nbody"),
      StartsWith("HTTP/1.1 204 "));
  EXPECT_EQ(seen.method + " " + seen.path + " " + seen.query + " " + seen.body, "POST /a/b%20c d=e&f body");
  EXPECT_EQ(seen.headers.get("x-one"), "1");
}

TEST(ServerRequests, MayComeInChunks) {
  std::string seen;
  const auto server = serve({{"POST", "/a", [&](IncomingRequest request, Reply reply) {
                                seen = request.body;
                                reply.send({204});
                              }}});
  answer_to(*server,
            "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
  EXPECT_EQ(seen, "abcde");
}

TEST(ServerRequests, AClientThatAsksFirstIsInvited) {
  const auto server = serve({{"POST", "/a", says("done")}});
  testing_client client(server->port());
  client.send("POST /a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(client.read_answer(true), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("ab");
  EXPECT_THAT(client.read_answer(), EndsWith("done"));
}

TEST(ServerAnswers, MayComeLaterFromAnotherThread) {
  Shelf shelf;
  const auto server = serve({{"GET", "/here", shelf.handler()}});
  testing_client client(server->port());
  client.send(kGet);
  shelf.take().send({200, "text/plain", "late", {}});
  EXPECT_THAT(client.read_answer(), EndsWith("late"));
}

TEST(ServerAnswers, CarryTheirHeaders) {
  const auto server = serve({{"GET", "/here", [](IncomingRequest, Reply reply) {
                                reply.send({503, "", "", {{"Retry-After", "7"}}});
                              }}});
  EXPECT_THAT(answer_to(*server, kGet), AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr("Retry-After: 7\r\n")));
}

TEST(ServerAnswers, ThatAreForgottenAre500) {
  const auto server = serve({{"GET", "/here", [](IncomingRequest, Reply) {}}});
  EXPECT_THAT(answer_to(*server, kGet), StartsWith("HTTP/1.1 500 "));
}

TEST(ServerAnswers, OfAHandlerThatThrowsAre500AndReported) {
  std::string reported;
  ServerOptions options;
  options.report = [&](const Error& error) { reported = error.what; };
  auto server = serve({{"GET", "/here", [](IncomingRequest, Reply) { throw std::runtime_error("no luck"); }}},
                      std::move(options));
  EXPECT_THAT(answer_to(*server, kGet), StartsWith("HTTP/1.1 500 "));
  server.reset();
  EXPECT_THAT(reported, HasSubstr("no luck"));
}

TEST(ServerAnswers, ThatDoNotComeAre503AndTheLateOneIsNobodys) {
  Shelf shelf;
  ServerOptions options;
  options.limits.answer_time = milliseconds(50);
  const auto server = serve({{"GET", "/late", shelf.handler()}, {"GET", "/here", says("mine")}}, options);
  testing_client client(server->port());
  client.send("GET /late HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(client.read_answer(), StartsWith("HTTP/1.1 503 "));
  shelf.take().send({200, "text/plain", "late", {}});
  client.send(kGet);
  EXPECT_THAT(client.read_answer(), EndsWith("mine"));
}

TEST(ServerConnections, ServeOneRequestAfterAnother) {
  const auto server = serve({{"GET", "/here", says("one")}});
  testing_client client(server->port());
  client.send(kGet);
  EXPECT_THAT(client.read_answer(), EndsWith("one"));
  client.send(kGet);
  EXPECT_THAT(client.read_answer(), EndsWith("one"));
}

TEST(ServerConnections, EndWhereTheClientSaysSo) {
  const auto server = serve({{"GET", "/here", says("one")}});
  testing_client client(server->port());
  client.send("GET /here HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(client.read_to_end(), AllOf(HasSubstr("Connection: close\r\n"), EndsWith("one")));
}

TEST(ServerConnections, OfAnOldClientEndAfterTheAnswer) {
  const auto server = serve({{"GET", "/here", says("one")}});
  testing_client client(server->port());
  client.send("GET /here HTTP/1.0\r\n\r\n");
  EXPECT_THAT(client.read_to_end(), EndsWith("one"));
}

TEST(ServerPipelining, IsAnsweredInOrder) {
  Shelf shelf;
  const auto server = serve({{"GET", "/late", shelf.handler()}, {"GET", "/here", says("second")}});
  testing_client client(server->port());
  client.send("GET /late HTTP/1.1\r\nHost: x\r\n\r\n" + std::string(kGet) + "GET /else HTTP/1.1\r\nHost: x\r\n\r\n");
  shelf.take().send({200, "text/plain", "first", {}});
  EXPECT_THAT(client.read_answer(), EndsWith("first"));
  EXPECT_THAT(client.read_answer(), EndsWith("second"));
  EXPECT_THAT(client.read_answer(), StartsWith("HTTP/1.1 404 "));
}

TEST(ServerStart, OnATakenPortIsRefusedWithARemedy) {
  const auto first = serve({{"GET", "/here", says("one")}});
  ServerOptions options;
  options.port = first->port();
  const auto second = Server::start(options, {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, "listen");
  EXPECT_THAT(second.error().remedy, HasSubstr("another port"));
}

TEST(ServerStart, OnANameThatIsNoAddressHereIsRefused) {
  ServerOptions options;
  options.host = "192.0.2.1";  // RFC 5737: nobody's
  EXPECT_EQ(Server::start(options, {}).error().code, "listen");
}

TEST(ServerStop, ClosesIdleConnectionsAtOnce) {
  const auto server = serve({{"GET", "/here", says("one")}});
  testing_client client(server->port());
  client.send(kGet);
  client.read_answer();
  server->stop(milliseconds(10'000));
  EXPECT_TRUE(client.closed_within(milliseconds(2000)));
  EXPECT_EQ(server->connections(), 0U);
}

TEST(ServerStop, LetsAnAnswerFinishThatIsUnderWay) {
  Shelf shelf;
  const auto server = serve({{"GET", "/here", shelf.handler()}});
  testing_client client(server->port());
  client.send(kGet);
  Reply reply = shelf.take();
  std::jthread stopping([&] { server->stop(milliseconds(10'000)); });
  std::this_thread::sleep_for(milliseconds(50));
  reply.send({200, "text/plain", "finished", {}});
  EXPECT_THAT(client.read_to_end(), AllOf(HasSubstr("Connection: close\r\n"), EndsWith("finished")));
}

TEST(ServerStop, GivesUpWhatTakesLongerThanItsTime) {
  Shelf shelf;
  const auto server = serve({{"GET", "/here", shelf.handler()}});
  testing_client client(server->port());
  client.send(kGet);
  const Reply reply = shelf.take();
  server->stop(milliseconds(50));
  EXPECT_EQ(client.read_to_end(), "");
}

TEST(ServerStop, TakesNoFurtherConnection) {
  const auto server = serve({{"GET", "/here", says("one")}});
  server->stop(milliseconds(0));
  EXPECT_FALSE(testing_client(server->port()).connected());
}

TEST(ServerStop, ALaterReplyIsHarmless) {
  Shelf shelf;
  auto server = serve({{"GET", "/here", shelf.handler()}});
  testing_client client(server->port());
  client.send(kGet);
  Reply reply = shelf.take();
  server.reset();
  reply.send({200, "text/plain", "nobody reads this", {}});
  EXPECT_EQ(client.read_to_end(), "");
}

TEST(ServerStop, UnderLoadEveryAnswerIsWholeAndNoHandlerRunsAfterwards) {
  std::atomic<int> handled{0};
  ServerOptions options;
  options.threads = 2;
  const auto server = serve({{"GET", "/here",
                              [&](IncomingRequest, Reply reply) {
                                ++handled;
                                reply.send({200, "text/plain", std::string(1000, 'x') + "!", {}});
                              }}},
                            options);
  std::atomic<int> whole{0}, torn{0};
  std::vector<std::jthread> clients;
  for (int number = 0; number < 8; ++number) {
    clients.emplace_back([&, port = server->port()] {
      testing_client client(port);
      while (client.send(kGet)) {
        const std::string answer = client.read_answer();
        if (answer.empty()) return;
        ++(answer.ends_with('!') ? whole : torn);
      }
    });
  }
  while (whole < 200) std::this_thread::yield();
  server->stop(milliseconds(5000));
  const int handled_at_stop = handled;
  clients.clear();
  EXPECT_EQ(torn, 0);
  EXPECT_EQ(handled, handled_at_stop);
  EXPECT_EQ(whole, handled_at_stop);
}

TEST(FormValue, IsDecoded) { EXPECT_EQ(form_value("a=1&user=anna%40example.org+x", "user"), "anna@example.org x"); }
TEST(FormValue, IsEmptyWhereThereIsNone) { EXPECT_EQ(form_value("username=anna&b", "user"), ""); }
TEST(FormValue, OfAFieldWithoutValueIsEmpty) { EXPECT_EQ(form_value("user&a=1", "user"), ""); }

}  // namespace
}  // namespace caravan::http
