// SPDX-License-Identifier: GPL-3.0-or-later
// Several threads, each with a connection of its own.
#include <gmock/gmock.h>

#include <mutex>
#include <set>
#include <thread>

#include "servers.hpp"

namespace caravan::store::testing {
namespace {

using ConcurrencyContract = StoreContract;
constexpr int kThreads = 6;

/// Runs `body(store, number)` in kThreads threads.
template <class Connect, class Body>
void in_threads(Connect&& connect, Body&& body) {
  std::vector<std::jthread> threads;
  for (int number = 0; number < kThreads; ++number) {
    threads.emplace_back([&, number] {
      const auto store = connect();
      if (store) body(*store, number);
    });
  }
}

TEST_P(ConcurrencyContract, NoJobIsClaimedTwice) {
  constexpr int kJobs = 120;
  std::vector<Job> jobs(kJobs);
  ASSERT_TRUE(store_->add_jobs(jobs));
  std::mutex mutex;
  std::multiset<std::int64_t> claimed;
  in_threads([&] { return connect(); },
             [&](Store& store, int number) {
               for (;;) {
                 const auto job = store.claim_job("holder" + std::to_string(number), RunId(), std::chrono::seconds(60));
                 ASSERT_TRUE(job) << job.error().what;
                 if (!*job) return;
                 const std::lock_guard lock(mutex);
                 claimed.insert((*job)->id);
               }
             });
  EXPECT_EQ(claimed.size(), static_cast<std::size_t>(kJobs));
  EXPECT_EQ(std::set<std::int64_t>(claimed.begin(), claimed.end()).size(), static_cast<std::size_t>(kJobs));
}

TEST_P(ConcurrencyContract, OfManyThatWantAnHrefOneGetsIt) {
  const PairId pair = make_pair_in(*store_);
  std::atomic<int> won{0}, refused{0};
  in_threads([&] { return connect(); },
             [&](Store& store, int number) {
               for (int round = 0; round < 20; ++round) {
                 Batch batch;
                 batch.mappings = {a_mapping(pair, "u" + std::to_string(round) + "-" + std::to_string(number))};
                 batch.mappings[0].href = Href("/same/" + std::to_string(round));
                 const Status done = store.commit(batch);
                 if (done) {
                   ++won;
                 } else {
                   refused += done.error().code == "not_unique" ? 1 : 0;
                 }
               }
             });
  EXPECT_EQ(won, 20);
  EXPECT_EQ(refused, 20 * (kThreads - 1));
  EXPECT_EQ(store_->counts(pair).value().active, 20U);
}

TEST_P(ConcurrencyContract, OfManyThatWantALeaseOneGetsIt) {
  std::atomic<int> won{0};
  in_threads([&] { return connect(); },
             [&](Store& store, int number) {
               const auto lease =
                   store.acquire_lease(PairId("p"), "holder" + std::to_string(number), std::chrono::seconds(60));
               ASSERT_TRUE(lease);
               won += *lease ? 1 : 0;
             });
  EXPECT_EQ(won, 1);
}

TEST_P(ConcurrencyContract, CommitsOfSeveralPairsDoNotDisturbEachOther) {
  std::vector<PairId> pairs;
  for (int number = 0; number < kThreads; ++number)
    pairs.push_back(make_pair_in(*store_, "m" + std::to_string(number) + "@example.org"));
  in_threads([&] { return connect(); },
             [&](Store& store, int number) {
               const PairId& pair = pairs[static_cast<std::size_t>(number)];
               const auto lease = store.acquire_lease(pair, "h", std::chrono::seconds(60)).value();
               for (int round = 0; round < 10; ++round) {
                 Batch batch;
                 batch.lease = lease;
                 for (int i = 0; i < 20; ++i)
                   batch.mappings.push_back(a_mapping(pair, "u" + std::to_string(round * 20 + i)));
                 must_commit(store, batch);
               }
             });
  EXPECT_EQ(store_->counts(pairs[3]).value().active, 200U);
}

TEST_P(ConcurrencyContract, ManyMayOpenAFreshStoreAtOnce) {
  const auto again = GetParam() == Kind::sqlite ? "sqlite:" + folder_->path() + "/fresh.db"
                                                : PostgresServer::instance().make_database();
  std::atomic<int> opened{0};
  in_threads([&] { return open(again, clock_).value_or(nullptr); },
             [&](Store& store, int) { opened += store.schema_version().value() == current_schema_version() ? 1 : 0; });
  EXPECT_EQ(opened, kThreads);
}

CARAVAN_STORE_CONTRACT(ConcurrencyContract);

}  // namespace
}  // namespace caravan::store::testing
