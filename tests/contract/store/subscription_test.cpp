// SPDX-License-Identifier: GPL-3.0-or-later
// Subscriptions, and what a callback does.
#include <gmock/gmock.h>

#include "servers.hpp"
#include "store/live_store.hpp"

namespace caravan::store::testing {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Address kAnna("anna@example.org");

class SubscriptionContract : public StoreContract {
 protected:
  LiveStore& live() { return store_->live(); }
  Digest subscribe(const std::string& token, const Address& mailbox = kAnna) {
    EXPECT_TRUE(live().add_subscription({sha256(token), mailbox, "push", "pending", "", "", {}, {}}));
    return sha256(token);
  }
  /// Anna's pair, enlisted and at rest.
  PairId resting_pair() {
    const PairId pair = make_pair_in(*store_, kAnna.value);
    EXPECT_TRUE(live().enlist(kAnna, {pair}));
    const auto claimed = live().claim_due("h", 10, seconds(30)).value();
    for (const DueMailbox& due : claimed) {
      const auto settled =
          live().settle_due({due.mailbox, due.claim, {{pair, 0, 0, hours(1), hours(1), hours(1)}}, milliseconds(0)});
      EXPECT_TRUE(settled && *settled);
    }
    return pair;
  }
  Heard hear(const Digest& token, bool news = true) { return live().hear({{token, news, false}}).value().at(0); }
  bool exchange_is_due() {
    const auto due = live().claim_due("h", 10, seconds(30)).value();
    return !due.empty() && due[0].pairs[0].look_exchange;
  }
};

TEST_P(SubscriptionContract, ACallbackBeforeSubscribeWasAnsweredMarksItsMailbox) {
  resting_pair();
  const Digest token = subscribe("t");
  EXPECT_EQ(hear(token), Heard::noted);
  EXPECT_TRUE(exchange_is_due());
}

TEST_P(SubscriptionContract, ALiveSubscriptionKeepsWhatSubscribeAnswered) {
  const Digest token = subscribe("t");
  ASSERT_TRUE(live().confirm_subscription(token, "id-1", "mark-1"));
  const auto all = live().subscriptions(kAnna).value();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].token, token);
  EXPECT_EQ(all[0].kind + all[0].state + all[0].exchange_id + all[0].watermark, "pushliveid-1mark-1");
}

TEST_P(SubscriptionContract, ACallbackOfALiveOneMarksEveryPairOfItsMailbox) {
  const PairId pair = resting_pair();
  const PairId other = make_pair_in(*store_, kAnna.value, "second");
  ASSERT_TRUE(live().enlist(kAnna, {pair, other}));
  const Digest token = subscribe("t");
  ASSERT_TRUE(live().confirm_subscription(token, "id-1", ""));
  EXPECT_EQ(hear(token), Heard::noted);
  const auto due = live().claim_due("h", 10, seconds(30)).value();
  ASSERT_EQ(due.at(0).pairs.size(), 2U);
  EXPECT_EQ(due[0].pairs[0].exchange_hints + due[0].pairs[1].exchange_hints, 2);
}

TEST_P(SubscriptionContract, ASignOfLifeMarksNothing) {
  resting_pair();
  const Digest token = subscribe("t");
  EXPECT_EQ(hear(token, false), Heard::noted);
  EXPECT_FALSE(exchange_is_due());
}

TEST_P(SubscriptionContract, OneThatExchangeEndedMarksItsMailboxAndIsRetired) {
  resting_pair();
  const Digest token = subscribe("t");
  EXPECT_THAT(live().hear({{token, true, true}}).value(), ElementsAre(Heard::noted));
  EXPECT_TRUE(exchange_is_due());
  EXPECT_EQ(hear(token), Heard::retired);
}

TEST_P(SubscriptionContract, ARetiredOneIsToldSoAndMarksNothing) {
  resting_pair();
  const Digest token = subscribe("t");
  ASSERT_TRUE(live().retire_subscription(token));
  EXPECT_EQ(hear(token), Heard::retired);
  EXPECT_FALSE(exchange_is_due());
}

TEST_P(SubscriptionContract, ATokenNeverIssuedIsUnknown) { EXPECT_EQ(hear(sha256("made up")), Heard::unknown); }

TEST_P(SubscriptionContract, ACallbackOfAMailboxThatIsNotLiveIsNotedAndMarksNothing) {
  const Digest token = subscribe("t");
  EXPECT_EQ(hear(token), Heard::noted);
  EXPECT_FALSE(exchange_is_due());
}

TEST_P(SubscriptionContract, EachCallbackIsAnsweredInItsPlace) {
  std::vector<Callback> calls;
  for (int i = 0; i < 200; ++i) {
    const Digest token = sha256(std::to_string(i));
    if (i % 3 != 0) subscribe(std::to_string(i), Address("m" + std::to_string(i) + "@example.org"));
    if (i % 3 == 1) {
      ASSERT_TRUE(live().retire_subscription(token));
    }
    calls.push_back({token, true});
  }
  calls.push_back(calls[2]);
  const auto heard = live().hear(calls).value();
  ASSERT_EQ(heard.size(), 201U);
  EXPECT_THAT(std::vector(heard.begin(), heard.begin() + 3), ElementsAre(Heard::unknown, Heard::retired, Heard::noted));
  EXPECT_THAT(std::vector(heard.end() - 3, heard.end()), ElementsAre(Heard::unknown, Heard::retired, Heard::noted));
}

TEST_P(SubscriptionContract, AConfirmationOfARetiredOneIsRefused) {
  const Digest token = subscribe("t");
  ASSERT_TRUE(live().retire_subscriptions(kAnna));
  EXPECT_EQ(live().confirm_subscription(token, "id-1", "").error().fault, Fault::not_found);
  EXPECT_EQ(hear(token), Heard::retired);
}

TEST_P(SubscriptionContract, ATokenIsIssuedOnce) {
  subscribe("t");
  EXPECT_FALSE(live().add_subscription({sha256("t"), kAnna, "push", "pending", "", "", {}, {}}));
}

TEST_P(SubscriptionContract, TheSilentOnesAreThoseNotHeardOf) {
  const Digest silent = subscribe("silent");
  const Digest heard = subscribe("heard");
  const Digest retired = subscribe("retired");
  pass(minutes(11));
  ASSERT_TRUE(live().retire_subscription(retired));
  EXPECT_EQ(hear(heard, false), Heard::noted);
  const auto found = live().silent_subscriptions(minutes(10)).value();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].token, silent);
  EXPECT_GE(found[0].heard_ago, minutes(11));
}

TEST_P(SubscriptionContract, RetiredOnesAreForgottenInTheEnd) {
  const Digest token = subscribe("t");
  ASSERT_TRUE(live().retire_subscription(token));
  const Digest kept = subscribe("kept");
  pass(hours(47));
  ASSERT_TRUE(store_->prune(std::chrono::days(90), std::chrono::days(180), std::chrono::days(30)));
  EXPECT_EQ(hear(token), Heard::retired);
  pass(hours(2));
  ASSERT_TRUE(store_->prune(std::chrono::days(90), std::chrono::days(180), std::chrono::days(30)));
  EXPECT_EQ(hear(token), Heard::unknown);
  EXPECT_EQ(hear(kept), Heard::noted);
}

CARAVAN_STORE_CONTRACT(SubscriptionContract);

}  // namespace
}  // namespace caravan::store::testing
