// SPDX-License-Identifier: GPL-3.0-or-later
// Live sync with many workers and many hints at once: nobody gets a mailbox twice, no hint is lost, who waits is woken.
#include <gmock/gmock.h>

#include <atomic>
#include <map>
#include <mutex>
#include <thread>

#include "servers.hpp"
#include "store/live_store.hpp"

namespace caravan::store::testing {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

class LiveConcurrencyContract : public StoreContract {
 protected:
  std::vector<PairId> enlist(int count) {
    std::vector<PairId> pairs;
    for (int i = 0; i < count; ++i) {
      const Address mailbox("m" + std::to_string(i) + "@example.org");
      pairs.push_back(make_pair_in(*store_, mailbox.value));
      EXPECT_TRUE(store_->live().enlist(mailbox, {pairs.back()}));
    }
    return pairs;
  }
  static void settle(LiveStore& live, const DueMailbox& due) {
    const DuePair& pair = due.pairs.at(0);
    const auto settled =
        live.settle_due({due.mailbox,
                         due.claim,
                         {{pair.pair, pair.exchange_hints, pair.caldav_hints, hours(1), hours(1), hours(1)}},
                         milliseconds(0)});
    ASSERT_TRUE(settled) << settled.error().what;
    ASSERT_TRUE(*settled);
  }
  /// Works until nothing is due.
  static void work_off(LiveStore& live) {
    for (;;) {
      const auto due = live.claim_due("h", 100, seconds(60));
      ASSERT_TRUE(due) << due.error().what;
      if (due->empty()) return;
      for (const DueMailbox& mailbox : *due) settle(live, mailbox);
    }
  }
};

TEST_P(LiveConcurrencyContract, TwoWorkersNeverHoldOneMailbox) {
  const auto pairs = enlist(20);
  std::mutex mutex;
  std::map<Address, std::string> held;
  std::atomic<int> claims{0}, doubled{0};
  {
    std::vector<std::jthread> workers;
    for (int number = 0; number < 5; ++number) {
      workers.emplace_back([&, number] {
        const auto store = connect();
        const std::string name = "worker" + std::to_string(number);
        ASSERT_TRUE(store->heartbeat(name, "caravan"));
        while (claims < 200) {
          const auto due = store->live().claim_due(name, 3, seconds(60));
          ASSERT_TRUE(due) << due.error().what;
          for (const DueMailbox& mailbox : *due) {
            {
              const std::scoped_lock lock(mutex);
              doubled += held.emplace(mailbox.mailbox, name).second ? 0 : 1;
            }
            ++claims;
            ASSERT_TRUE(store->live().hint({mailbox.pairs.at(0).pair}, Side::exchange));  // so that it comes again
            {
              const std::scoped_lock lock(mutex);
              held.erase(mailbox.mailbox);
            }
            settle(store->live(), mailbox);
          }
        }
      });
    }
  }
  EXPECT_EQ(doubled, 0);
}

/// The race that loses wake-ups: a hint between a settlement's look at the counters and its commit.
TEST_P(LiveConcurrencyContract, NoHintIsLostBetweenHintsAndSettlements) {
  const auto pairs = enlist(4);
  std::atomic<bool> hinting{true};
  {
    std::vector<std::jthread> threads;
    for (int number = 0; number < 2; ++number) {
      threads.emplace_back([&, number] {
        const auto store = connect();
        while (hinting) {
          const auto due = store->live().claim_due("w" + std::to_string(number), 2, seconds(60));
          ASSERT_TRUE(due) << due.error().what;
          for (const DueMailbox& mailbox : *due) settle(store->live(), mailbox);
        }
      });
    }
    std::vector<std::jthread> hinters;
    for (int number = 0; number < 2; ++number) {
      hinters.emplace_back([&, number] {
        const auto store = connect();
        for (int i = 0; i < 150; ++i) {
          // Forwards and backwards, so that locks taken in the order of the list would wait in a circle.
          auto order = pairs;
          if (number == 1) std::reverse(order.begin(), order.end());
          const Status hinted = store->live().hint(order, number == 0 ? Side::exchange : Side::caldav);
          ASSERT_TRUE(hinted) << hinted.error().what;
        }
      });
    }
    hinters.clear();
    hinting = false;
  }
  work_off(store_->live());
  const Backlog backlog = store_->live().backlog().value();
  EXPECT_EQ(backlog.exchange + backlog.caldav, 0U);
  EXPECT_EQ(backlog.due, 0U);
}

TEST_P(LiveConcurrencyContract, CallbacksAndHintsOfManyProcessesDoNotWaitInACircle) {
  const auto pairs = enlist(8);
  std::vector<Callback> calls;
  for (int i = 0; i < 8; ++i) {
    ASSERT_TRUE(store_->live().add_subscription({sha256(std::to_string(i)),
                                                 Address("m" + std::to_string(i) + "@example.org"),
                                                 "push",
                                                 "pending",
                                                 "",
                                                 "",
                                                 {},
                                                 {}}));
    calls.push_back({sha256(std::to_string(i)), true});
  }
  std::atomic<int> failed{0};
  {
    std::vector<std::jthread> threads;
    for (int number = 0; number < 4; ++number) {
      threads.emplace_back([&, number] {
        const auto store = connect();
        auto mine = calls;
        if (number % 2 == 1) std::reverse(mine.begin(), mine.end());
        for (int i = 0; i < 50; ++i) {
          failed += store->live().hear(mine) ? 0 : 1;
          failed += store->live().hint(pairs, Side::caldav) ? 0 : 1;
        }
      });
    }
  }
  EXPECT_EQ(failed, 0);
  const auto due = store_->live().claim_due("h", 10, seconds(60)).value();
  ASSERT_EQ(due.size(), 8U);
  EXPECT_EQ(due[0].pairs[0].exchange_hints, 200);
  EXPECT_EQ(due[0].pairs[0].caldav_hints, 200);
}

TEST_P(LiveConcurrencyContract, AHintWakesWhoWaitsWithin100Ms) {
  const auto pairs = enlist(1);
  work_off(store_->live());
  std::atomic<bool> waiting{false};
  steady_clock::time_point woken;
  std::jthread waiter([&] {
    const auto store = connect();
    ASSERT_TRUE(store->live().wait_for_work(milliseconds(0)));
    waiting = true;
    while (store->live().backlog().value().due == 0) ASSERT_TRUE(store->live().wait_for_work(seconds(10)));
    woken = steady_clock::now();
  });
  while (!waiting) std::this_thread::yield();
  std::this_thread::sleep_for(milliseconds(50));
  const auto before = steady_clock::now();
  ASSERT_TRUE(store_->live().hint(pairs, Side::exchange));
  waiter.join();
  EXPECT_LT(std::chrono::duration_cast<milliseconds>(woken - before).count(), 100);
}

TEST_P(LiveConcurrencyContract, AHintBetweenTwoWaitsIsNotSleptThrough) {
  const auto pairs = enlist(1);
  const auto other = connect();
  ASSERT_TRUE(store_->live().wait_for_work(milliseconds(0)));
  ASSERT_TRUE(other->live().hint(pairs, Side::caldav));
  const auto before = steady_clock::now();
  ASSERT_TRUE(store_->live().wait_for_work(seconds(10)));
  EXPECT_LT(std::chrono::duration_cast<milliseconds>(steady_clock::now() - before).count(), 100);
}

TEST_P(LiveConcurrencyContract, WaitingEndsWithItsTime) {
  ASSERT_TRUE(store_->live().wait_for_work(milliseconds(0)));
  const auto before = steady_clock::now();
  ASSERT_TRUE(store_->live().wait_for_work(milliseconds(60)));
  const auto took = std::chrono::duration_cast<milliseconds>(steady_clock::now() - before).count();
  EXPECT_GE(took, 50);
  EXPECT_LT(took, 5000);
}

CARAVAN_STORE_CONTRACT(LiveConcurrencyContract);

}  // namespace
}  // namespace caravan::store::testing
