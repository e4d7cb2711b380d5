// SPDX-License-Identifier: GPL-3.0-or-later
// The receiver with a store in a file: what was answered OK is there for whoever opens the store next.
#include <gmock/gmock.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "gobi/receiver.hpp"
#include "support/http/raw_client.hpp"
#include "util/digest.hpp"

namespace caravan::gobi {
namespace {

using caravan::testing::RawClient;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class ReceiverOnAFile : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "caravan-gobi-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    store_ = open_store().value();
    receiver_ = std::make_unique<Receiver>(with_secret(), marks_into([this] { return open_store(); }));
    auto routes = receiver_->callback_routes();
    for (auto& route : receiver_->hint_routes()) routes.push_back(std::move(route));
    server_ = std::move(http::Server::start({}, std::move(routes)).value());
  }
  void TearDown() override {
    server_.reset();
    receiver_.reset();
    store_.reset();
    std::filesystem::remove_all(folder_);
  }
  static ReceiverOptions with_secret() {
    ReceiverOptions options;
    options.hint_secret = Secret("secret");
    return options;
  }
  Result<std::unique_ptr<store::Store>> open_store() {
    return store::open("sqlite:" + folder_ + "/s.db", system_clock());
  }

  /// A mailbox under live sync at rest, and the token of its subscription.
  std::string mailbox(int number) {
    const Address address("m" + std::to_string(number) + "@example.org");
    store::Batch batch;
    store::Mailbox row;
    row.address = address;
    store::Pair pair;
    pair.mailbox = address;
    pair.folder = FolderId("calendar");
    pair.collection = Href("/" + address.value + "/");
    batch.mailboxes = {row};
    batch.pairs = {pair};
    EXPECT_TRUE(store_->commit(batch));
    EXPECT_TRUE(store_->live().enlist(address, {batch.pairs[0].id}));
    const auto due = store_->live().claim_due("h", 1, seconds(60)).value();
    const auto settled = store_->live().settle_due(
        {address, due.at(0).claim, {{batch.pairs[0].id, 0, 0, hours(1), hours(1), hours(1)}}, milliseconds(0)});
    EXPECT_TRUE(settled && *settled);
    std::string token = random_hex(16);
    EXPECT_TRUE(store_->live().add_subscription({sha256(token), address, "push", "pending", "", "", {}, {}}));
    return token;
  }
  std::string answer(const std::string& target, const std::string& body = "") {
    RawClient client(server_->port());
    client.send("POST " + target + " HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) +
                "\r\n\r\n" + body);
    return client.read_answer();
  }

  std::string folder_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<Receiver> receiver_;
  std::unique_ptr<http::Server> server_;
};

TEST_F(ReceiverOnAFile, ACallbackMakesItsMailboxDue) {
  const std::string token = mailbox(1);
  mailbox(2);
  EXPECT_THAT(answer("/callback/" + token), HasSubstr(">OK<"));
  const auto due = store_->live().claim_due("h", 10, seconds(60)).value();
  ASSERT_EQ(due.size(), 1U);
  EXPECT_EQ(due[0].mailbox, Address("m1@example.org"));
  EXPECT_TRUE(due[0].pairs.at(0).look_exchange);
}

TEST_F(ReceiverOnAFile, AHintMakesItsUsersCalendarsDue) {
  mailbox(1);
  EXPECT_THAT(answer("/hint/secret", "user=m1"), StartsWith("HTTP/1.1 204 "));
  const auto due = store_->live().claim_due("h", 10, seconds(60)).value();
  ASSERT_EQ(due.size(), 1U);
  EXPECT_TRUE(due[0].pairs.at(0).look_caldav);
}

TEST_F(ReceiverOnAFile, ATokenOfARetiredSubscriptionIsToldToUnsubscribeAndOneNeverIssuedIsNot) {
  const std::string token = mailbox(1);
  ASSERT_TRUE(store_->live().retire_subscription(sha256(token)));
  EXPECT_THAT(answer("/callback/" + token), HasSubstr(">Unsubscribe<"));
  EXPECT_THAT(answer("/callback/" + random_hex(16)), StartsWith("HTTP/1.1 404 "));
}

/// What is answered is committed: a second connection sees every one of the marks, although nothing was closed.
TEST_F(ReceiverOnAFile, UnderLoadEveryMailboxThatWasNamedIsDue) {
  std::vector<std::string> tokens;
  for (int i = 0; i < 40; ++i) tokens.push_back(mailbox(i));
  std::atomic<int> ok{0};
  {
    std::vector<std::jthread> clients;
    for (int number = 0; number < 8; ++number) {
      clients.emplace_back([&, number] {
        RawClient client(server_->port());
        for (int i = 0; i < 100; ++i) {
          const std::string& token = tokens[static_cast<std::size_t>(i * 8 + number) % tokens.size()];
          client.send("POST /callback/" + token + " HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
          ok += client.read_answer().find(">OK<") != std::string::npos ? 1 : 0;
        }
      });
    }
  }
  EXPECT_EQ(ok, 800);
  EXPECT_EQ(store_->live().backlog().value().exchange, 40U);
  EXPECT_EQ(store_->live().claim_due("h", 100, seconds(60)).value().size(), 40U);
}

}  // namespace
}  // namespace caravan::gobi
