// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/limiter.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace caravan::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class StoppedClock final : public Clock {
 public:
  Instant now() const override { return Instant(std::chrono::duration_cast<seconds>(time.time_since_epoch())); }
  std::chrono::steady_clock::time_point monotonic() const override { return time; }
  std::chrono::steady_clock::time_point time{seconds(1000)};
};
class ClockSleeper final : public Sleeper {
 public:
  explicit ClockSleeper(std::shared_ptr<StoppedClock> clock) : clock_(std::move(clock)) {}
  bool sleep_for(milliseconds duration, std::stop_token stop) override {
    clock_->time += duration;
    slept += duration;
    return !stop.stop_requested();
  }
  milliseconds slept{0};

 private:
  std::shared_ptr<StoppedClock> clock_;
};

struct LimiterTest : testing::Test {
  std::shared_ptr<StoppedClock> clock = std::make_shared<StoppedClock>();
  std::shared_ptr<ClockSleeper> sleeper = std::make_shared<ClockSleeper>(clock);
  Limiter limiter{{.name = "dav", .start = 2, .least = 1, .most = 4, .denied_tries = 3}, clock, sleeper};

  void succeed(int times) {
    for (int i = 0; i < times; ++i) {
      ASSERT_TRUE(limiter.acquire({}));
      limiter.release(Outcome::ok);
    }
  }
  void deny(int times) {
    for (int i = 0; i < times; ++i) {
      ASSERT_TRUE(limiter.acquire({}));
      limiter.release(Outcome::denied);
    }
  }
};

TEST_F(LimiterTest, SuccessRaisesTheLimitUpToItsBound) {
  succeed(50);
  EXPECT_EQ(limiter.limit(), 4);
}
TEST_F(LimiterTest, OverloadHalvesTheLimitOncePerSecond) {
  succeed(50);
  ASSERT_TRUE(limiter.acquire({}));
  ASSERT_TRUE(limiter.acquire({}));
  limiter.release(Outcome::overloaded);
  limiter.release(Outcome::overloaded);
  EXPECT_EQ(limiter.limit(), 2);
}
TEST_F(LimiterTest, TheLimitNeverFallsBelowItsBound) {
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(limiter.acquire({}));
    limiter.release(Outcome::overloaded);
    clock->time += seconds(2);
  }
  EXPECT_EQ(limiter.limit(), 1);
}
TEST_F(LimiterTest, NoMoreThanTheLimitIsUnderWay) {
  succeed(1);
  EXPECT_TRUE(*limiter.try_acquire());
  EXPECT_TRUE(*limiter.try_acquire());
  EXPECT_FALSE(*limiter.try_acquire());
  limiter.release(Outcome::unused);
  EXPECT_TRUE(*limiter.try_acquire());
}
TEST_F(LimiterTest, NothingStartsWhileAHoldLasts) {
  limiter.hold(seconds(5));
  EXPECT_FALSE(*limiter.try_acquire());
  ASSERT_TRUE(limiter.acquire({}));
  EXPECT_EQ(sleeper->slept, seconds(5));
}
TEST_F(LimiterTest, TheLongerOfTwoHoldsCounts) {
  limiter.hold(seconds(5));
  limiter.hold(seconds(1));
  EXPECT_EQ(limiter.held(), seconds(5));
}
TEST_F(LimiterTest, AStopEndsTheWait) {
  std::stop_source source;
  source.request_stop();
  limiter.hold(seconds(5));
  const auto got = limiter.acquire(source.get_token());
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().fault, Fault::cancelled);
}
TEST_F(LimiterTest, ThreeWrongPasswordsOpenTheBreaker) {
  deny(3);
  const auto got = limiter.acquire({});
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().fault, Fault::denied);
  EXPECT_TRUE(limiter.locked_out());
}
TEST_F(LimiterTest, ASuccessInBetweenForgivesTheTries) {
  deny(2);
  succeed(1);
  deny(2);
  EXPECT_FALSE(limiter.locked_out());
}
TEST_F(LimiterTest, UnprovenCredentialsAreNeverTriedInParallelBeyondTheTriesLeft) {
  deny(2);
  EXPECT_TRUE(*limiter.try_acquire());
  EXPECT_FALSE(*limiter.try_acquire());
}
TEST_F(LimiterTest, NewCredentialsCloseTheBreaker) {
  deny(3);
  limiter.reset_breaker();
  EXPECT_TRUE(limiter.acquire({}));
}

TEST(LimiterThreads, ManyWorkersNeverExceedTheLimit) {
  Limiter limiter({.name = "dav", .start = 3, .least = 1, .most = 3}, nullptr, nullptr);
  std::atomic<int> now{0}, most{0};
  {
    std::vector<std::jthread> workers;
    for (int i = 0; i < 8; ++i)
      workers.emplace_back([&] {
        for (int round = 0; round < 200; ++round) {
          EXPECT_TRUE(limiter.acquire({}));
          const int count = ++now;
          for (int seen = most; count > seen && !most.compare_exchange_weak(seen, count);) continue;
          std::this_thread::yield();
          --now;
          limiter.release(Outcome::ok);
        }
      });
  }
  EXPECT_LE(most, 3);
  EXPECT_EQ(limiter.in_flight(), 0);
}

const Error kBusy = make_error(Fault::retry_later, "busy");

TEST(RetryPolicy, TheWaitDoublesWithJitterUpToItsBound) {
  const RetryPolicy policy{.attempts = 10, .first = milliseconds(100), .longest = milliseconds(1000)};
  EXPECT_EQ(policy.wait_after(1, kBusy, 0.0), milliseconds(50));
  EXPECT_EQ(policy.wait_after(2, kBusy, 0.0), milliseconds(100));
  EXPECT_EQ(policy.wait_after(9, kBusy, 0.0), milliseconds(500));
}
TEST(RetryPolicy, TheServersWishIsALowerBound) {
  const RetryPolicy policy{.attempts = 3, .first = milliseconds(100), .longest = milliseconds(1000)};
  Error error = kBusy;
  error.retry_after = seconds(30);
  EXPECT_EQ(policy.wait_after(1, error, 0.5), seconds(30));
}
TEST(RetryPolicy, OnlyRetryLaterIsRepeated) {
  const RetryPolicy policy{.attempts = 3};
  EXPECT_EQ(policy.wait_after(1, make_error(Fault::in_doubt, "lost"), 0.5), std::nullopt);
  EXPECT_EQ(policy.wait_after(1, make_error(Fault::denied, "no"), 0.5), std::nullopt);
}
TEST(RetryPolicy, TheLastTryIsTheLast) {
  const RetryPolicy policy{.attempts = 3};
  EXPECT_NE(policy.wait_after(2, kBusy, 0.5), std::nullopt);
  EXPECT_EQ(policy.wait_after(3, kBusy, 0.5), std::nullopt);
}

}  // namespace
}  // namespace caravan::http
