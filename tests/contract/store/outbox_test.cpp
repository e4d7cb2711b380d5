// SPDX-License-Identifier: GPL-3.0-or-later
// The outbox: keys, claims, order, settlements, dead letters, and what all that costs with many messages.
#include <gmock/gmock.h>

#include <algorithm>
#include <iostream>
#include <set>
#include <thread>

#include "servers.hpp"
#include "store/notify_store.hpp"

namespace caravan::store::testing {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

const Address kAnna("anna@example.org");
const Address kBoris("boris@example.org");
constexpr seconds kStale{30};

class OutboxContract : public StoreContract {
 protected:
  NotifyStore& notify() { return store_->notify(); }
  Instant now() const { return clock_->now(); }

  OutboxMessage a_message(const std::string& key, const std::string& thread = "u1", const Address& mailbox = kAnna) {
    OutboxMessage message;
    message.key = key;
    message.channel = "mail";
    message.mailbox = mailbox;
    message.thread = thread;
    message.kind = "moved";
    message.payload = R"({"v":1})";
    message.due = now() - seconds(10);
    message.created = now();
    return message;
  }
  void add(const std::vector<OutboxMessage>& messages) {
    const auto added = notify().add_messages(messages);
    ASSERT_TRUE(added) << added.error().what;
    ASSERT_EQ(*added, messages.size());
  }
  std::vector<OutboxMessage> claim_whole(const std::string& holder = "one", std::size_t limit = 100) {
    EXPECT_TRUE(store_->heartbeat(holder, "notifyd"));
    auto claimed = notify().claim_messages("mail", holder, limit, kStale);
    EXPECT_TRUE(claimed) << claimed.error().what;
    return claimed ? std::move(*claimed) : std::vector<OutboxMessage>{};
  }
  std::vector<std::string> claim(const std::string& holder = "one", std::size_t limit = 100) {
    std::vector<std::string> out;
    for (const auto& message : claim_whole(holder, limit)) {
      out.push_back(message.key);
      ids_[message.key] = message.id;
    }
    return out;
  }
  void settle(const std::string& key, const std::string& state, const std::string& holder = "one", Instant due = {}) {
    const Status done = notify().settle_messages(holder, {{ids_[key], state, due, state + "!", "r-" + key}});
    ASSERT_TRUE(done) << done.error().what;
  }
  OutboxMessage only(const std::string& state) {
    const auto found = notify().messages(state, {}, 10).value();
    EXPECT_EQ(found.size(), 1U);
    return found.empty() ? OutboxMessage() : found.front();
  }

  std::map<std::string, std::int64_t> ids_;
};

TEST_P(OutboxContract, AMessageComesBackAsItWasWritten) {
  OutboxMessage written = a_message("k1");
  written.expires = now() + seconds(60);
  add({written});
  const auto claimed = claim_whole();
  ASSERT_EQ(claimed.size(), 1U);
  EXPECT_EQ(claimed[0].key, "k1");
  EXPECT_EQ(claimed[0].channel, "mail");
  EXPECT_EQ(claimed[0].mailbox, kAnna);
  EXPECT_EQ(claimed[0].thread, "u1");
  EXPECT_EQ(claimed[0].kind, "moved");
  EXPECT_EQ(claimed[0].payload, R"({"v":1})");
  EXPECT_EQ(claimed[0].state, "queued");
  EXPECT_EQ(claimed[0].due, written.due);
  EXPECT_EQ(claimed[0].expires, written.expires);
  EXPECT_EQ(claimed[0].created, written.created);
}

TEST_P(OutboxContract, AKnownKeyIsPassedOver) {
  add({a_message("k1")});
  EXPECT_EQ(notify().add_messages({a_message("k1", "u2"), a_message("k2", "u2")}).value(), 1U);
  EXPECT_EQ(notify().add_messages({a_message("k1"), a_message("k1")}).value(), 0U);
  EXPECT_EQ(notify().messages("", {}, 10).value().size(), 2U);
}

TEST_P(OutboxContract, AKeyIsKnownWhenItsMessageIsSent) {
  add({a_message("k1")});
  claim();
  settle("k1", "sent");
  EXPECT_EQ(notify().add_messages({a_message("k1")}).value(), 0U);
  EXPECT_THAT(claim(), IsEmpty());
}

TEST_P(OutboxContract, TwoMessagesOfOneKeyInOneCallAreOne) {
  EXPECT_EQ(notify().add_messages({a_message("k1"), a_message("k1")}).value(), 1U);
}

TEST_P(OutboxContract, OneMessageOfAThreadIsUnderWayAtATime) {
  add({a_message("k1"), a_message("k2"), a_message("k3", "u2")});
  EXPECT_THAT(claim(), UnorderedElementsAre("k1", "k3"));
  EXPECT_THAT(claim(), IsEmpty());
  settle("k1", "sent");
  EXPECT_THAT(claim(), ElementsAre("k2"));
}

TEST_P(OutboxContract, AMessageThatIsTriedAgainKeepsTheNextOnesBack) {
  add({a_message("k1"), a_message("k2")});
  claim();
  settle("k1", "queued", "one", now() + seconds(300));
  EXPECT_THAT(claim(), IsEmpty());
  pass(seconds(301));
  EXPECT_THAT(claim(), ElementsAre("k1"));
}

TEST_P(OutboxContract, ADeadOrDroppedMessageLetsTheNextOneGo) {
  add({a_message("k1"), a_message("k2"), a_message("k3")});
  claim();
  settle("k1", "dead");
  EXPECT_THAT(claim(), ElementsAre("k2"));
  settle("k2", "dropped");
  EXPECT_THAT(claim(), ElementsAre("k3"));
}

TEST_P(OutboxContract, AMessageThatComesToAWorkedOffThreadGoes) {
  add({a_message("k1")});
  claim();
  settle("k1", "sent");
  add({a_message("k2")});
  EXPECT_THAT(claim(), ElementsAre("k2"));
}

TEST_P(OutboxContract, AMessageThatComesWhileItsThreadIsUnderWayGoesNext) {
  add({a_message("k1")});
  claim();
  add({a_message("k2")});
  EXPECT_THAT(claim("two"), IsEmpty());
  settle("k1", "sent");
  EXPECT_THAT(claim("two"), ElementsAre("k2"));
}

TEST_P(OutboxContract, ChannelsAndPeopleDoNotWaitForOneAnother) {
  OutboxMessage chat = a_message("k1");
  chat.channel = "chat";
  add({chat, a_message("k2"), a_message("k3", "u1", kBoris)});
  EXPECT_THAT(claim(), UnorderedElementsAre("k2", "k3"));
  EXPECT_EQ(notify().claim_messages("chat", "one", 10, kStale).value().at(0).key, "k1");
}

TEST_P(OutboxContract, TheEarliestComeFirst) {
  OutboxMessage early = a_message("early", "u9");
  early.due = now() - seconds(100);
  add({a_message("a", "u1"), a_message("b", "u2"), early});
  EXPECT_THAT(claim("one", 2), ElementsAre("early", "a"));
  EXPECT_THAT(claim("one", 2), ElementsAre("b"));
}

TEST_P(OutboxContract, NothingIsClaimedBeforeItsTime) {
  OutboxMessage later = a_message("later");
  later.due = now() + seconds(60);
  add({later});
  EXPECT_THAT(claim(), IsEmpty());
  pass(seconds(61));
  EXPECT_THAT(claim(), ElementsAre("later"));
}

TEST_P(OutboxContract, TwoHoldersShareWhatIsThere) {
  add({a_message("a", "u1"), a_message("b", "u2")});
  EXPECT_THAT(claim("one", 1), ElementsAre("a"));
  EXPECT_THAT(claim("two", 5), ElementsAre("b"));
}

TEST_P(OutboxContract, WhatADeadHolderHeldIsTakenByAnother) {
  add({a_message("k1")});
  claim("one");
  EXPECT_THAT(claim("two"), IsEmpty());
  pass(seconds(31));
  EXPECT_THAT(claim("two"), ElementsAre("k1"));
}

TEST_P(OutboxContract, ASlowHolderThatBeatsKeepsItsClaim) {
  add({a_message("k1")});
  claim("one");
  pass(seconds(31));
  ASSERT_TRUE(store_->heartbeat("one", "notifyd"));
  EXPECT_THAT(claim("two"), IsEmpty());
}

TEST_P(OutboxContract, ALateSettlementOfALostClaimIsPassedOver) {
  add({a_message("k1")});
  claim("one");
  pass(seconds(31));
  claim("two");
  settle("k1", "dead", "one");
  EXPECT_EQ(only("queued").error, "");
  settle("k1", "sent", "two");
  EXPECT_EQ(only("sent").receipt, "r-k1");
}

TEST_P(OutboxContract, EveryClaimIsCountedSoThatARepeatIsKnown) {
  add({a_message("k1")});
  EXPECT_EQ(claim_whole("one").at(0).attempts, 1);
  pass(seconds(31));
  EXPECT_EQ(claim_whole("two").at(0).attempts, 2);
}

TEST_P(OutboxContract, DroppedClaimsAreFreeAtOnce) {
  add({a_message("a", "u1"), a_message("b", "u2")});
  claim("one", 1);
  claim("two", 1);
  ASSERT_TRUE(notify().drop_message_claims("one"));
  EXPECT_THAT(claim("three"), ElementsAre("a"));
}

TEST_P(OutboxContract, SettlementsSayWhatBecameOfIt) {
  add({a_message("k1")});
  claim();
  settle("k1", "dead");
  EXPECT_EQ(only("dead").error, "dead!");
  EXPECT_EQ(only("dead").attempts, 1);
}

TEST_P(OutboxContract, ManySettlementsAreOne) {
  std::vector<OutboxMessage> messages;
  for (int i = 0; i < 200; ++i) messages.push_back(a_message("k" + std::to_string(i), "u" + std::to_string(i)));
  add(messages);
  std::vector<Delivery> deliveries;
  for (const auto& message : claim_whole("one", 1000)) deliveries.push_back({message.id, "sent", {}, "", ""});
  ASSERT_EQ(deliveries.size(), 200U);
  ASSERT_TRUE(notify().settle_messages("one", deliveries));
  EXPECT_EQ(notify().messages("sent", {}, 1000).value().size(), 200U);
}

TEST_P(OutboxContract, ADeadMessageIsRetried) {
  add({a_message("k1"), a_message("k2", "u2")});
  claim();
  settle("k1", "dead");
  settle("k2", "dead");
  EXPECT_EQ(notify().retry_dead(ids_["k1"]).value(), 1U);
  const auto again = claim_whole();
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].key, "k1");
  EXPECT_EQ(again[0].attempts, 2);  // it may have been sent before
  EXPECT_EQ(notify().retry_dead(ids_["k1"]).value(), 0U);
  EXPECT_EQ(notify().retry_dead(0).value(), 1U);
  EXPECT_THAT(claim(), ElementsAre("k2"));
}

TEST_P(OutboxContract, ARetriedMessageWaitsForTheOneUnderWay) {
  add({a_message("k1"), a_message("k2"), a_message("k3")});
  claim();
  settle("k1", "dead");
  claim();
  EXPECT_EQ(notify().retry_dead(0).value(), 1U);
  EXPECT_THAT(claim("two"), IsEmpty());
  settle("k2", "sent");
  EXPECT_THAT(claim("two"), ElementsAre("k1"));
}

TEST_P(OutboxContract, ListsAreNewestFirstByStateAndPerson) {
  add({a_message("a", "u1"), a_message("b", "u1"), a_message("c", "u1", kBoris)});
  claim();
  settle("a", "sent");
  const auto keys = [&](const std::string& state, const Address& mailbox, std::size_t limit) {
    std::vector<std::string> out;
    const auto found = notify().messages(state, mailbox, limit);
    for (const auto& message : *found) out.push_back(message.key);
    return out;
  };
  EXPECT_THAT(keys("", {}, 10), ElementsAre("c", "b", "a"));
  EXPECT_THAT(keys("", {}, 2), ElementsAre("c", "b"));
  EXPECT_THAT(keys("queued", {}, 10), ElementsAre("c", "b"));
  EXPECT_THAT(keys("queued", kAnna, 10), ElementsAre("b"));
  EXPECT_THAT(keys("", kAnna, 10), ElementsAre("b", "a"));
}

TEST_P(OutboxContract, MessagesOfASeriesAreItsOwnOldestFirst) {
  add({a_message("a", "u1"), a_message("b", "u2"), a_message("c", "u1"), a_message("d", "u1", kBoris)});
  const auto found = notify().messages_of(kAnna, Uid("u1"), 10).value();
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].key, "a");
  EXPECT_EQ(found[1].key, "c");
  EXPECT_EQ(notify().messages_of(kAnna, Uid("u1"), 1).value().at(0).key, "c");
}

TEST_P(OutboxContract, SizesCountWhatIsQueuedAndWhatIsDead) {
  OutboxMessage chat = a_message("k4");
  chat.channel = "chat";
  chat.due = now() - seconds(77);
  add({a_message("k1"), a_message("k2", "u2"), a_message("k3", "u3"), chat});
  claim();
  settle("k1", "sent");
  settle("k2", "dead");
  const auto sizes = notify().outbox_sizes().value();
  ASSERT_EQ(sizes.size(), 3U);
  EXPECT_EQ(sizes[0].channel + " " + sizes[0].state, "chat queued");
  EXPECT_EQ(sizes[0].oldest_due, chat.due);
  EXPECT_EQ(sizes[1].channel + " " + sizes[1].state, "mail dead");
  EXPECT_EQ(sizes[2].channel + " " + sizes[2].state, "mail queued");
  EXPECT_EQ(sizes[2].count, 1U);
}

TEST_P(OutboxContract, AMessageMayBeAddedAsDropped) {
  OutboxMessage over = a_message("k1");
  over.state = "dropped";
  over.error = "over";
  add({over});
  EXPECT_THAT(claim(), IsEmpty());
  EXPECT_EQ(only("dropped").error, "over");
}

TEST_P(OutboxContract, SettledMessagesGoAfterTheirRetentionQueuedOnesStay) {
  add({a_message("a", "u1"), a_message("b", "u2")});
  claim();
  settle("a", "sent");
  using std::chrono::days;
  pass(days(29));
  ASSERT_TRUE(store_->prune(days(90), days(180), days(30)));
  EXPECT_EQ(notify().messages("", {}, 10).value().size(), 2U);
  pass(days(2));
  ASSERT_TRUE(store_->prune(days(90), days(180), days(30)));
  EXPECT_EQ(only("").key, "b");
}

/// Adding, claiming and settling at once: every message is settled once, each thread in its order.
TEST_P(OutboxContract, ManyHoldersDeliverEverythingOnceAndInOrder) {
  constexpr int kMessages = 400, kThreads = 20;
  std::mutex mutex;
  std::map<std::string, std::vector<int>> delivered;
  std::atomic<int> count{0};
  {
    std::vector<std::jthread> workers;
    workers.emplace_back([&] {
      const auto store = connect();
      for (int i = 0; i < kMessages; i += 4) {
        std::vector<OutboxMessage> messages;
        for (int j = i; j < i + 4; ++j)
          messages.push_back(a_message("k" + std::to_string(j), "u" + std::to_string(j % kThreads)));
        ASSERT_TRUE(store->notify().add_messages(messages));
      }
    });
    for (int number = 0; number < 3; ++number) {
      workers.emplace_back([&, number] {
        const auto store = connect();
        const std::string name = "holder" + std::to_string(number);
        ASSERT_TRUE(store->heartbeat(name, "notifyd"));
        while (count < kMessages) {
          const auto claimed = store->notify().claim_messages("mail", name, 7, kStale);
          ASSERT_TRUE(claimed) << claimed.error().what;
          std::vector<Delivery> deliveries;
          for (const auto& message : *claimed) {
            const std::scoped_lock lock(mutex);
            delivered[message.thread].push_back(std::stoi(message.key.substr(1)));
            deliveries.push_back({message.id, "sent", {}, "", ""});
          }
          const Status done = store->notify().settle_messages(name, deliveries);
          ASSERT_TRUE(done) << done.error().what;
          count += static_cast<int>(deliveries.size());
        }
      });
    }
  }
  EXPECT_EQ(count, kMessages);
  for (const auto& [thread, numbers] : delivered) {
    EXPECT_EQ(numbers.size(), kMessages / kThreads) << thread;
    EXPECT_TRUE(std::is_sorted(numbers.begin(), numbers.end())) << thread;
  }
}

CARAVAN_STORE_CONTRACT(OutboxContract);

}  // namespace
}  // namespace caravan::store::testing
