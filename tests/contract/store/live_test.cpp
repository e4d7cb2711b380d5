// SPDX-License-Identifier: GPL-3.0-or-later
// Hints, claims and settlements of live sync.
#include "store/live_store.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <iostream>
#include <map>

#include "servers.hpp"

namespace caravan::store::testing {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Address kAnna("anna@example.org");
const Address kBoris("boris@example.org");
constexpr seconds kStale{30};

class LiveContract : public StoreContract {
 protected:
  LiveStore& live() { return store_->live(); }

  PairId live_pair(const Address& mailbox = kAnna, const std::string& folder = "calendar") {
    const PairId pair = make_pair_in(*store_, mailbox.value, folder);
    enlisted_[mailbox].push_back(pair);
    EXPECT_TRUE(live().enlist(mailbox, enlisted_[mailbox]));
    return pair;
  }
  std::vector<DueMailbox> claim(std::size_t limit = 10, const std::string& holder = "one") {
    EXPECT_TRUE(store_->heartbeat(holder, "caravan"));
    auto due = live().claim_due(holder, limit, kStale);
    EXPECT_TRUE(due) << due.error().what;
    return due ? std::move(*due) : std::vector<DueMailbox>{};
  }
  static std::vector<std::string> names(const std::vector<DueMailbox>& due) {
    std::vector<std::string> out;
    for (const DueMailbox& mailbox : due) out.push_back(mailbox.mailbox.value);
    return out;
  }
  /// Settles a claim as a pass does that looked at everything and wants to look again in an hour.
  bool settle(const DueMailbox& due, milliseconds next = hours(1)) {
    Settlement settlement{due.mailbox, due.claim, {}, milliseconds(0)};
    for (const DuePair& pair : due.pairs)
      settlement.pairs.push_back({pair.pair, pair.exchange_hints, pair.caldav_hints, next, next, next});
    const auto settled = live().settle_due(settlement);
    EXPECT_TRUE(settled) << settled.error().what;
    return settled && *settled;
  }
  /// A pair at rest: enlisted, looked at, next look in an hour.
  PairId resting_pair(const Address& mailbox = kAnna, const std::string& folder = "calendar") {
    const PairId pair = live_pair(mailbox, folder);
    for (const DueMailbox& due : claim(1000)) EXPECT_TRUE(settle(due));
    return pair;
  }

  std::map<Address, std::vector<PairId>> enlisted_;
};

TEST_P(LiveContract, APairThatIsEnlistedIsLookedAtOnBothSidesAndAudited) {
  const PairId pair = live_pair();
  const auto due = claim();
  ASSERT_EQ(names(due), std::vector{kAnna.value});
  ASSERT_EQ(due[0].pairs.size(), 1U);
  EXPECT_EQ(due[0].pairs[0].pair, pair);
  EXPECT_TRUE(due[0].pairs[0].look_exchange && due[0].pairs[0].look_caldav && due[0].pairs[0].audit);
}

TEST_P(LiveContract, APairAtRestIsNotClaimed) {
  resting_pair();
  EXPECT_THAT(claim(), IsEmpty());
}

TEST_P(LiveContract, AHintMakesItsSideDueAndNoOther) {
  const PairId pair = resting_pair();
  ASSERT_TRUE(live().hint({pair}, Side::caldav));
  const auto due = claim();
  ASSERT_EQ(due.size(), 1U);
  EXPECT_FALSE(due[0].pairs[0].look_exchange);
  EXPECT_TRUE(due[0].pairs[0].look_caldav);
  EXPECT_FALSE(due[0].pairs[0].audit);
}

TEST_P(LiveContract, AClaimShowsAllPairsOfTheMailbox) {
  const PairId first = resting_pair(kAnna, "one");
  const PairId second = resting_pair(kAnna, "two");
  ASSERT_TRUE(live().hint({second}, Side::exchange));
  const auto due = claim();
  ASSERT_EQ(due.size(), 1U);
  ASSERT_EQ(due[0].pairs.size(), 2U);
  const bool in_order = due[0].pairs[0].pair == first;
  EXPECT_FALSE(due[0].pairs[in_order ? 0 : 1].look_exchange);
  EXPECT_TRUE(due[0].pairs[in_order ? 1 : 0].look_exchange);
}

TEST_P(LiveContract, AClaimedMailboxIsNobodyElses) {
  live_pair();
  ASSERT_EQ(claim(10, "one").size(), 1U);
  EXPECT_THAT(claim(10, "two"), IsEmpty());
  EXPECT_THAT(claim(10, "one"), IsEmpty());
}

TEST_P(LiveContract, ASettledHintIsServed) {
  const PairId pair = resting_pair();
  ASSERT_TRUE(live().hint({pair}, Side::exchange));
  ASSERT_TRUE(settle(claim().at(0)));
  EXPECT_THAT(claim(), IsEmpty());
}

TEST_P(LiveContract, AHintDuringAPassStaysDue) {
  const PairId pair = resting_pair();
  ASSERT_TRUE(live().hint({pair}, Side::exchange));
  const auto due = claim();
  ASSERT_TRUE(live().hint({pair}, Side::exchange));
  ASSERT_TRUE(settle(due.at(0)));
  const auto again = claim();
  ASSERT_EQ(again.size(), 1U);
  EXPECT_TRUE(again[0].pairs[0].look_exchange);
  ASSERT_TRUE(settle(again[0]));
  EXPECT_THAT(claim(), IsEmpty());
}

TEST_P(LiveContract, ASideThatWasNotObservedStaysDue) {
  const PairId pair = resting_pair();
  ASSERT_TRUE(live().hint({pair}, Side::exchange));
  const auto due = claim();
  ASSERT_TRUE(live().settle_due({kAnna, due.at(0).claim, {{pair, {}, due[0].pairs[0].caldav_hints, {}, {}, {}}}, {}}));
  EXPECT_TRUE(claim().at(0).pairs[0].look_exchange);
}

TEST_P(LiveContract, ALookWithoutAHintComesWhenItsTimeHasCome) {
  const PairId pair = resting_pair();
  ASSERT_TRUE(live().hint({pair}, Side::exchange));
  const auto due = claim();
  ASSERT_TRUE(live().settle_due(
      {kAnna, due.at(0).claim, {{pair, due[0].pairs[0].exchange_hints, {}, {}, minutes(5), {}}}, {}}));
  EXPECT_THAT(claim(), IsEmpty());
  pass(minutes(6));
  const auto later = claim();
  ASSERT_EQ(later.size(), 1U);
  EXPECT_TRUE(later[0].pairs[0].look_caldav);
  EXPECT_FALSE(later[0].pairs[0].look_exchange);
}

TEST_P(LiveContract, ALookThatIsNeverWantedDoesNotCome) {
  live_pair();
  ASSERT_TRUE(settle(claim().at(0), kNever));
  pass(hours(24 * 365));
  EXPECT_THAT(claim(), IsEmpty());
}

TEST_P(LiveContract, AfterAFailureAHintDoesNotShortenTheWait) {
  const PairId pair = live_pair();
  const auto due = claim();
  ASSERT_TRUE(live().settle_due({kAnna, due.at(0).claim, {}, minutes(2)}));
  ASSERT_TRUE(live().hint({pair}, Side::exchange));
  EXPECT_THAT(claim(), IsEmpty());
  pass(minutes(3));
  EXPECT_EQ(claim().size(), 1U);
}

TEST_P(LiveContract, TheLongestDueComeFirst) {
  const PairId annas = resting_pair(kAnna);
  const PairId boriss = resting_pair(kBoris);
  ASSERT_TRUE(live().hint({boriss}, Side::exchange));
  pass(seconds(5));
  ASSERT_TRUE(live().hint({annas}, Side::exchange));
  EXPECT_THAT(names(claim(1)), ElementsAre(kBoris.value));
  EXPECT_THAT(names(claim(1)), ElementsAre(kAnna.value));
}

TEST_P(LiveContract, ADeadHoldersMailboxIsClaimedAgainAndItsSettlementRefused) {
  live_pair();
  const auto lost = claim(10, "one");
  pass(seconds(31));
  const auto taken = claim(10, "two");
  ASSERT_EQ(taken.size(), 1U);
  EXPECT_FALSE(settle(lost.at(0)));
  EXPECT_THAT(claim(10, "three"), IsEmpty());
  EXPECT_TRUE(settle(taken[0]));
}

TEST_P(LiveContract, ALivingHoldersMailboxIsLeftAlone) {
  live_pair();
  ASSERT_EQ(claim(10, "one").size(), 1U);
  pass(seconds(31));
  ASSERT_TRUE(store_->heartbeat("one", "caravan"));
  EXPECT_THAT(claim(10, "two"), IsEmpty());
}

TEST_P(LiveContract, AClaimThatItsLivingHolderForgotIsClaimedAgain) {
  live_pair();
  claim();  // its answer was lost
  pass(minutes(11));
  ASSERT_TRUE(store_->heartbeat("one", "caravan"));
  EXPECT_EQ(names(claim(10, "two")), std::vector{kAnna.value});
}

TEST_P(LiveContract, AClaimWhoseHolderWorksForHoursIsLeftAlone) {
  const PairId pair = live_pair();
  claim();
  const auto lease = store_->acquire_lease(pair, "one", seconds(60));
  ASSERT_TRUE(lease && *lease);
  pass(hours(2));
  ASSERT_TRUE(store_->heartbeat("one", "caravan"));
  ASSERT_TRUE(store_->renew_lease(**lease, seconds(60)));
  EXPECT_THAT(claim(10, "two"), IsEmpty());
}

TEST_P(LiveContract, AClaimIsSettledOnce) {
  live_pair();
  const auto due = claim();
  EXPECT_TRUE(settle(due.at(0)));
  EXPECT_FALSE(settle(due.at(0)));
}

TEST_P(LiveContract, DroppedClaimsAreFreeAndAsTheyWere) {
  const PairId pair = resting_pair();
  ASSERT_TRUE(live().hint({pair}, Side::exchange));
  ASSERT_EQ(claim(10, "one").size(), 1U);
  ASSERT_TRUE(live().drop_claims("one"));
  const auto again = claim(10, "two");
  ASSERT_EQ(again.size(), 1U);
  EXPECT_TRUE(again[0].pairs[0].look_exchange);
}

TEST_P(LiveContract, PausedMailboxesAreNotClaimedAndForgetNoHint) {
  const PairId pair = resting_pair();
  ASSERT_TRUE(store_->set_setting("paused:" + kAnna.value, "now"));
  ASSERT_TRUE(live().hint({pair}, Side::exchange));
  EXPECT_THAT(claim(), IsEmpty());
  ASSERT_TRUE(store_->set_setting("paused:" + kAnna.value, ""));
  ASSERT_TRUE(store_->set_setting("paused:all", "now"));
  EXPECT_THAT(claim(), IsEmpty());
  ASSERT_TRUE(store_->set_setting("paused:all", ""));
  EXPECT_EQ(claim().size(), 1U);
}

TEST_P(LiveContract, EnlistingAgainKeepsWhatIsThereAndTakesOutWhatIsNot) {
  const PairId kept = resting_pair(kAnna, "one");
  resting_pair(kAnna, "two");
  ASSERT_TRUE(live().hint({kept}, Side::caldav));
  ASSERT_TRUE(live().enlist(kAnna, {kept}));
  const auto due = claim();
  ASSERT_EQ(due.at(0).pairs.size(), 1U);
  EXPECT_EQ(due[0].pairs[0].pair, kept);
  EXPECT_EQ(due[0].pairs[0].caldav_hints, 1);
}

TEST_P(LiveContract, WhatIsTakenOutIsNotHinted) {
  const PairId pair = resting_pair();
  ASSERT_TRUE(live().delist(kAnna));
  ASSERT_TRUE(live().hint({pair}, Side::exchange));
  EXPECT_THAT(claim(), IsEmpty());
  EXPECT_EQ(live().backlog().value().mailboxes, 0U);
}

TEST_P(LiveContract, AForgottenMailboxIsNotLive) {
  resting_pair();
  ASSERT_TRUE(live().add_subscription({sha256("t"), kAnna, "push", "pending", "", "", {}, {}}));
  ASSERT_TRUE(store_->forget_mailbox(kAnna));
  EXPECT_EQ(live().backlog().value().mailboxes, 0U);
  EXPECT_THAT(live().subscriptions(kAnna).value(), IsEmpty());
}

TEST_P(LiveContract, ALookAtAllComesAtOnceOnThatSide) {
  resting_pair(kAnna);
  resting_pair(kBoris);
  ASSERT_TRUE(live().look_at_all(Side::exchange));
  const auto due = claim();
  ASSERT_EQ(due.size(), 2U);
  EXPECT_TRUE(due[0].pairs[0].look_exchange && due[1].pairs[0].look_exchange);
  EXPECT_FALSE(due[0].pairs[0].look_caldav || due[1].pairs[0].look_caldav);
}

TEST_P(LiveContract, AUsersHintMarksHisCalendars) {
  resting_pair(kAnna, "one");
  resting_pair(kAnna, "two");
  resting_pair(kBoris);
  EXPECT_EQ(live().hint_user("anna").value(), 2U);
  EXPECT_THAT(names(claim()), ElementsAre(kAnna.value));
}

TEST_P(LiveContract, AUserIsFoundByHisNameOnCaldavElseByHisAddress) {
  resting_pair(kAnna);
  resting_pair(kBoris);
  Mailbox anna;
  anna.address = kAnna;
  anna.caldav_user = "a.meier";
  Batch batch;
  batch.mailboxes = {anna};
  must_commit(*store_, batch);
  EXPECT_EQ(live().hint_user("anna").value(), 0U);
  EXPECT_EQ(live().hint_user("a.meier").value(), 1U);
  EXPECT_EQ(live().hint_user("Boris@example.org").value(), 1U);
  EXPECT_EQ(live().hint_user("bor").value(), 0U);
  EXPECT_EQ(live().hint_user("%").value(), 0U);
  EXPECT_EQ(live().hint_user("").value(), 0U);
}

TEST_P(LiveContract, TheBacklogCountsWhatWaitsAndHowLong) {
  const PairId annas = resting_pair(kAnna);
  const PairId boriss = resting_pair(kBoris);
  ASSERT_TRUE(live().hint({annas, boriss}, Side::exchange));
  pass(seconds(20));
  ASSERT_TRUE(live().hint({annas}, Side::exchange));
  ASSERT_TRUE(live().hint({annas}, Side::caldav));
  const Backlog backlog = live().backlog().value();
  EXPECT_EQ(backlog.mailboxes, 2U);
  EXPECT_EQ(backlog.due, 2U);
  EXPECT_EQ(backlog.exchange, 2U);
  EXPECT_EQ(backlog.caldav, 1U);
  EXPECT_GE(backlog.exchange_waits, seconds(20));
  EXPECT_LT(backlog.caldav_waits, seconds(20));
}

TEST_P(LiveContract, TheBacklogCountsWhatWaitsForAPerson) {
  const PairId pair = resting_pair();
  Batch batch;
  Parked parked;
  parked.pair = pair;
  parked.mailbox = kAnna;
  parked.object = "item";
  ConflictRow conflict;
  conflict.pair = pair;
  conflict.mailbox = kAnna;
  Intent intent;
  intent.pair = pair;
  batch.parked = {parked};
  batch.conflicts = {conflict};
  batch.open_intents = {intent};
  batch.new_changes = {{0, pair, Side::exchange, PendingChange::Kind::upserted, "item", ""}};
  must_commit(*store_, batch);
  ASSERT_TRUE(live().add_subscription({sha256("t"), kAnna, "streaming", "pending", "", "", {}, {}}));
  pass(seconds(20));
  const Backlog backlog = live().backlog().value();
  EXPECT_EQ(backlog.pending + backlog.open_intents, 2U);
  EXPECT_EQ(backlog.parked + backlog.conflicts, 2U);
  EXPECT_EQ(backlog.stopped_plans, 0U);
  EXPECT_EQ(backlog.streaming, 1U);
  EXPECT_EQ(backlog.push, 0U);
  EXPECT_GE(backlog.longest_silence, seconds(20));
}

TEST_P(LiveContract, TheWaitOfAHintBeginsWithTheFirstOne) {
  const PairId pair = resting_pair();
  ASSERT_TRUE(live().hint({pair}, Side::exchange));
  pass(seconds(20));
  ASSERT_TRUE(live().hint({pair}, Side::exchange));
  const auto due = claim();
  EXPECT_GE(due.at(0).pairs[0].exchange_waits, seconds(20));
  ASSERT_TRUE(live().hint({pair}, Side::exchange));
  ASSERT_TRUE(settle(due[0]));
  EXPECT_LT(live().backlog().value().exchange_waits, seconds(20));
}

TEST_P(LiveContract, HundredsOfPairsAreHintedInOneCall) {
  std::vector<PairId> pairs;
  for (int i = 0; i < 200; ++i) pairs.push_back(live_pair(Address("m" + std::to_string(i) + "@example.org")));
  for (const DueMailbox& due : claim(1000)) ASSERT_TRUE(settle(due));
  ASSERT_TRUE(live().hint(pairs, Side::exchange));
  EXPECT_EQ(claim(1000).size(), 200U);
}

TEST_P(LiveContract, LookingForWorkAmong10000MailboxesAtRestIsCheap) {
  const std::string numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000) ";
  ASSERT_TRUE(driver()->execute(
      "INSERT INTO live_mailbox (mailbox, due_ms, not_before_ms, claim, holder, claimed_ms) " + numbers +
          "SELECT 'm' || CAST(i AS TEXT) || '@example.org', {now_ms} + 3600000, 0, 0, '', 0 FROM n",
      {}));
  std::vector<double> ms;
  for (int i = 0; i < 21; ++i) {
    const auto start = std::chrono::steady_clock::now();
    EXPECT_THAT(live().claim_due("one", 10, kStale).value(), IsEmpty());
    ms.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
  }
  std::sort(ms.begin(), ms.end());
  std::cout << "nothing due among 10,000: median " << ms[10] << " ms\n";
  EXPECT_LT(ms[10], 1.5);
}

CARAVAN_STORE_CONTRACT(LiveContract);

}  // namespace
}  // namespace caravan::store::testing
