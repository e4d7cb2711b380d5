// SPDX-License-Identifier: GPL-3.0-or-later
// How long a pass may go on while it can't reach the store that holds its leases.
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>

#include "app/pass/holder.hpp"
#include "store/store.hpp"
#include "support/world/test_clock.hpp"
#include "util/digest.hpp"

namespace caravan::app {
namespace {

using std::chrono::seconds;

/// Time passes only as the test says: a sleeper wakes when it was given its whole time.
class HandedOut final : public Sleeper {
 public:
  bool sleep_for(std::chrono::milliseconds duration, std::stop_token stop) override {
    std::unique_lock lock(mutex_);
    asleep_ = true;
    changed_.notify_all();
    if (!changed_.wait(lock, stop, [&] { return given_ >= duration; })) return false;
    given_ -= duration;
    return true;
  }
  /// Returns when the sleeper has slept it off and sleeps again.
  void give(std::chrono::milliseconds duration) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return asleep_; });
    asleep_ = false;
    given_ += duration;
    changed_.notify_all();
    changed_.wait(lock, [&] { return asleep_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::chrono::milliseconds given_{0};
  bool asleep_ = false;
};

class ALeaseKeeper : public ::testing::Test {
 protected:
  ALeaseKeeper() {
    std::filesystem::create_directory(folder);
    context.clock = clock;
    context.sleeper = sleeper;
    context.open_store = [this]() -> Result<std::unique_ptr<store::Store>> {
      if (!reachable) return make_error(Fault::retry_later, "The database is away.");
      return store::open("sqlite:" + folder + "/caravan.db", clock);
    };
    store = context.open_store().value();
    keeper.emplace(context, *store, std::stop_token());
  }
  ~ALeaseKeeper() override {
    keeper.reset();
    store.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }
  /// As long as the keeper sleeps between two renewals.
  void quarter() {
    clock->advance(kLeaseDuration / 4);
    sleeper->give(kLeaseDuration / 4);
  }

  const std::string folder = ::testing::TempDir() + "caravan-leases-" + random_hex(8);
  std::shared_ptr<world::TestClock> clock = std::make_shared<world::TestClock>();
  std::shared_ptr<HandedOut> sleeper = std::make_shared<HandedOut>();
  std::atomic<bool> reachable = true;
  Context context;
  std::unique_ptr<store::Store> store;
  std::optional<LeaseKeeper> keeper;
};

TEST_F(ALeaseKeeper, RenewsForAsLongAsItIsThere) {
  const auto lease = keeper->take(PairId("pair"));
  ASSERT_TRUE(lease);
  for (int i = 0; i < 20; ++i) quarter();
  EXPECT_FALSE(keeper->token().stop_requested());
  EXPECT_FALSE(store->acquire_lease(PairId("pair"), "another", kLeaseDuration).value());
}

TEST_F(ALeaseKeeper, GoesOnWhileTheStoreIsAwayForAMoment) {
  ASSERT_TRUE(keeper->take(PairId("pair")));
  reachable = false;
  quarter();
  EXPECT_FALSE(keeper->token().stop_requested());
  reachable = true;
  for (int i = 0; i < 20; ++i) quarter();
  EXPECT_FALSE(keeper->token().stop_requested());
}

TEST_F(ALeaseKeeper, LetsNothingBeginInTheLastHalfOfALease) {
  ASSERT_TRUE(keeper->take(PairId("pair")));
  reachable = false;
  quarter();
  quarter();
  EXPECT_TRUE(keeper->token().stop_requested());
  EXPECT_TRUE(keeper->lost());
}

TEST_F(ALeaseKeeper, StopsWhereAnotherHasTheLease) {
  const auto lease = keeper->take(PairId("pair"));
  ASSERT_TRUE(lease);
  ASSERT_TRUE(store->release_lease(*lease));
  ASSERT_TRUE(store->acquire_lease(PairId("pair"), "another", kLeaseDuration).value());
  quarter();
  EXPECT_TRUE(keeper->token().stop_requested());
}

TEST_F(ALeaseKeeper, WithoutALeaseHasNothingToLose) {
  reachable = false;
  for (int i = 0; i < 4; ++i) quarter();
  EXPECT_FALSE(keeper->token().stop_requested());
}

}  // namespace
}  // namespace caravan::app
