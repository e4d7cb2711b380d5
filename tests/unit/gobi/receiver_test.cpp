// SPDX-License-Identifier: GPL-3.0-or-later
// The receiver behind a real server: how each kind of token and hint is answered, and that no answer is given before
// its mark is committed.
#include "gobi/receiver.hpp"

#include <gmock/gmock.h>

#include <atomic>

#include "support/http/raw_client.hpp"

namespace caravan::gobi {
namespace {

using caravan::testing::RawClient;
using std::chrono::milliseconds;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

const std::string kLive = "0123456789abcdef0123456789abcdef";
const std::string kRetired = "11111111111111111111111111111111";
const std::string kUnknown = "22222222222222222222222222222222";
const std::string kOther = "33333333333333333333333333333333";

/// Marks that are kept in memory; a test can hold a commit back or make it fail.
struct Notebook {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::vector<store::Callback>> commits;
  std::vector<std::string> users;
  std::atomic<bool> fails = false;
  bool held = false;
  bool entered = false;

  Marks marks() {
    return {[this](const auto& callbacks) { return hear(callbacks); }, [this](const auto& user) { return hint(user); }};
  }
  Result<std::vector<store::Heard>> hear(const std::vector<store::Callback>& callbacks) {
    std::unique_lock lock(mutex);
    entered = true;
    changed.notify_all();
    changed.wait(lock, [this] { return !held; });
    if (fails) return make_error(Fault::retry_later, "the store is away", "store_unreachable");
    commits.push_back(callbacks);
    std::vector<store::Heard> out;
    for (const auto& callback : callbacks)
      out.push_back(callback.token == sha256(kRetired)   ? store::Heard::retired
                    : callback.token == sha256(kUnknown) ? store::Heard::unknown
                                                         : store::Heard::noted);
    return out;
  }
  Result<std::size_t> hint(const std::string& user) {
    const std::scoped_lock lock(mutex);
    if (fails) return make_error(Fault::retry_later, "the store is away", "store_unreachable");
    users.push_back(user);
    return std::size_t{1};
  }
  void hold() {
    const std::scoped_lock lock(mutex);
    held = true;
  }
  void wait_until_entered() {
    std::unique_lock lock(mutex);
    changed.wait_for(lock, std::chrono::seconds(10), [this] { return entered; });
  }
  void release() {
    const std::scoped_lock lock(mutex);
    held = false;
    changed.notify_all();
  }
};

class ReceiverTest : public ::testing::Test {
 protected:
  void start(ReceiverOptions options = {}, http::ServerLimits limits = {}) {
    server_.reset();
    receiver_ = std::make_unique<Receiver>(std::move(options), notes_.marks());
    auto routes = receiver_->callback_routes();
    for (auto& route : receiver_->hint_routes()) routes.push_back(std::move(route));
    http::ServerOptions listen;
    listen.limits = limits;
    server_ = std::move(http::Server::start(std::move(listen), std::move(routes)).value());
  }
  void SetUp() override { start(with_secret()); }
  static ReceiverOptions with_secret() {
    ReceiverOptions options;
    options.hint_secret = Secret("geheim nis");
    options.service_user = "svc-caravan";
    return options;
  }
  static std::string post(const std::string& target, const std::string& body = "") {
    return "POST " + target + " HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           body;
  }
  std::string answer(const std::string& target, const std::string& body = "") {
    RawClient client(server_->port());
    client.send(post(target, body));
    return client.read_answer();
  }

  Notebook notes_;
  std::unique_ptr<Receiver> receiver_;
  std::unique_ptr<http::Server> server_;
};

TEST_F(ReceiverTest, ALiveTokenIsMarkedAndAnsweredOk) {
  EXPECT_THAT(answer("/callback/" + kLive, "<xml/>"),
              AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr("Content-Type: text/xml; charset=utf-8\r\n"),
                    HasSubstr("<SubscriptionStatus>OK</SubscriptionStatus>")));
  ASSERT_EQ(notes_.commits.size(), 1U);
  EXPECT_EQ(notes_.commits[0].at(0).token, sha256(kLive));
  EXPECT_TRUE(notes_.commits[0][0].news);
}

TEST_F(ReceiverTest, ARetiredTokenIsAnsweredUnsubscribe) {
  EXPECT_THAT(answer("/callback/" + kRetired),
              AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr("<SubscriptionStatus>Unsubscribe</SubscriptionStatus>")));
}

TEST_F(ReceiverTest, ATokenNeverIssuedIs404AndEmpty) {
  EXPECT_THAT(answer("/callback/" + kUnknown), AllOf(StartsWith("HTTP/1.1 404 "), EndsWith("\r\n\r\n")));
}

TEST_F(ReceiverTest, WhatIsNoTokenIs404AndCostsNoLookUp) {
  EXPECT_THAT(answer("/callback/"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(answer("/callback/" + kLive + "0"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(answer("/callback/0123456789ABCDEF0123456789ABCDEF"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(answer("/callback/" + kLive + "/"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(notes_.commits, IsEmpty());
}

TEST_F(ReceiverTest, AStoreThatIsAwayIs503AndNeverUnsubscribe) {
  notes_.fails = true;
  EXPECT_THAT(answer("/callback/" + kRetired), AllOf(StartsWith("HTTP/1.1 503 "), EndsWith("\r\n\r\n")));
  notes_.fails = false;
  EXPECT_THAT(answer("/callback/" + kLive), HasSubstr(">OK<"));
}

TEST_F(ReceiverTest, NoAnswerIsGivenBeforeTheMarkIsCommitted) {
  notes_.hold();
  RawClient client(server_->port());
  client.send(post("/callback/" + kLive));
  notes_.wait_until_entered();
  EXPECT_FALSE(client.hears_within(milliseconds(50)));
  notes_.release();
  EXPECT_THAT(client.read_answer(), HasSubstr(">OK<"));
}

TEST_F(ReceiverTest, ManyCallbacksOfOneTokenAreOneMarkAndAllAnswered) {
  std::atomic<int> taken{0};
  ReceiverOptions options;
  options.read = [&](std::string_view) {
    ++taken;
    return Said::news;
  };
  start(std::move(options));
  notes_.hold();
  RawClient first(server_->port());
  first.send(post("/callback/" + kOther));
  notes_.wait_until_entered();
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 20; ++i) {
    clients.push_back(std::make_unique<RawClient>(server_->port()));
    clients.back()->send(post("/callback/" + kLive));
  }
  while (taken < 21) std::this_thread::yield();
  answer("/nowhere");  // behind the last one in the server's one thread: it has been put in the hand
  notes_.release();
  int ok = 0;
  for (const auto& client : clients) ok += client->read_answer().find(">OK<") != std::string::npos ? 1 : 0;
  EXPECT_EQ(ok, 20);
  EXPECT_EQ(notes_.commits.size(), 2U);
  EXPECT_EQ(notes_.commits[1].size(), 1U);
}

TEST_F(ReceiverTest, ASignOfLifeIsNoNews) {
  ReceiverOptions options;
  options.read = [](std::string_view body) { return body == "status" ? Said::alive : Said::news; };
  start(std::move(options));
  answer("/callback/" + kLive, "status");
  answer("/callback/" + kLive, "anything else");
  ASSERT_EQ(notes_.commits.size(), 2U);
  EXPECT_FALSE(notes_.commits[0][0].news);
  EXPECT_TRUE(notes_.commits[1][0].news);
}

TEST_F(ReceiverTest, NewsAndASignOfLifeTogetherAreNews) {
  ReceiverOptions options;
  options.gather = milliseconds(300);
  options.read = [](std::string_view body) { return body == "status" ? Said::alive : Said::news; };
  start(std::move(options));
  RawClient one(server_->port()), two(server_->port());
  one.send(post("/callback/" + kLive, "news"));
  two.send(post("/callback/" + kLive, "status"));
  one.read_answer();
  two.read_answer();
  ASSERT_EQ(notes_.commits.size(), 1U);
  EXPECT_TRUE(notes_.commits[0].at(0).news);
}

TEST_F(ReceiverTest, ASubscriptionThatExchangeEndedIsTakenAsEnded) {
  ReceiverOptions options;
  options.read = [](std::string_view) { return Said::ended; };
  start(std::move(options));
  EXPECT_THAT(answer("/callback/" + kLive, "ErrorReadEventsFailed"), HasSubstr(">OK<"));
  EXPECT_TRUE(notes_.commits.at(0).at(0).ended);
}

TEST_F(ReceiverTest, ABadBodyWithAGoodTokenStillMarks) {
  EXPECT_THAT(answer("/callback/" + kLive, std::string("\0\xff<not xml", 10)), HasSubstr(">OK<"));
  EXPECT_EQ(notes_.commits.size(), 1U);
}

TEST_F(ReceiverTest, AnotherPathIsConfigurable) {
  ReceiverOptions options;
  options.callback_path = "/caravan/push";
  start(std::move(options));
  EXPECT_THAT(answer("/caravan/push/" + kLive), HasSubstr(">OK<"));
  EXPECT_THAT(answer("/callback/" + kLive), StartsWith("HTTP/1.1 404 "));
}

TEST_F(ReceiverTest, AHintNamesItsUserInTheBodyOrInTheQuery) {
  EXPECT_THAT(answer("/hint/geheim%20nis", "user=anna"), StartsWith("HTTP/1.1 204 "));
  EXPECT_THAT(answer("/hint/geheim%20nis?user=boris%40example.org"), StartsWith("HTTP/1.1 204 "));
  EXPECT_THAT(notes_.users, ElementsAre("anna", "boris@example.org"));
}

TEST_F(ReceiverTest, AHintWithAWrongSecretIs404) {
  EXPECT_THAT(answer("/hint/geheim", "user=anna"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(answer("/hint/", "user=anna"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(notes_.users, IsEmpty());
}

TEST_F(ReceiverTest, AHintWithoutAUserIs400) {
  EXPECT_THAT(answer("/hint/geheim%20nis", "name=anna"), StartsWith("HTTP/1.1 400 "));
}

TEST_F(ReceiverTest, AHintAboutOurOwnWritesIsIgnored) {
  EXPECT_THAT(answer("/hint/geheim%20nis", "user=svc-caravan"), StartsWith("HTTP/1.1 204 "));
  EXPECT_THAT(notes_.users, IsEmpty());
}

TEST_F(ReceiverTest, AHintWhileTheStoreIsAwayIs503) {
  notes_.fails = true;
  EXPECT_THAT(answer("/hint/geheim%20nis", "user=anna"), StartsWith("HTTP/1.1 503 "));
}

TEST_F(ReceiverTest, WithoutASecretNoHintIsTaken) {
  start({});
  EXPECT_THAT(answer("/hint/", "user=anna"), StartsWith("HTTP/1.1 404 "));
}

TEST_F(ReceiverTest, WhatIsTakenIsCommittedBeforeItEnds) {
  notes_.hold();
  RawClient client(server_->port());
  client.send(post("/callback/" + kLive));
  notes_.wait_until_entered();
  std::jthread stopping([&] { receiver_->stop(); });
  notes_.release();
  EXPECT_THAT(client.read_answer(), HasSubstr(">OK<"));
  EXPECT_EQ(notes_.commits.size(), 1U);
}

TEST_F(ReceiverTest, AfterItsEndCallbacksAre503) {
  receiver_->stop();
  EXPECT_THAT(answer("/callback/" + kLive), StartsWith("HTTP/1.1 503 "));
}

}  // namespace
}  // namespace caravan::gobi
