// SPDX-License-Identifier: GPL-3.0-or-later
#include "caldav/turns.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

namespace caravan::caldav {
namespace {

using namespace std::chrono_literals;

TEST(Turns, NobodyWritesWhatAnotherOneWrites) {
  Turns turns;
  std::array<std::atomic<int>, 4> writers{};
  std::atomic<bool> together = false;
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (int round = 0; round < 200; ++round) {
        // Overlapping pairs, so that somebody who took the names one by one would end in a deadlock.
        const std::size_t one = static_cast<std::size_t>(thread + round) % 4, other = (one + 1) % 4;
        const auto turn = turns.take({std::to_string(one), std::to_string(other)}, {});
        if (writers[one]++ != 0 || writers[other]++ != 0) together = true;
        std::this_thread::yield();
        --writers[one];
        --writers[other];
      }
    });
  }
  threads.clear();
  EXPECT_FALSE(together);
}

TEST(Turns, OthersWriteOtherThingsMeanwhile) {
  Turns turns;
  const auto mine = turns.take({"a"}, {});
  std::atomic<bool> done = false;
  std::jthread other([&] {
    const auto theirs = turns.take({"b"}, {});
    done = true;
  });
  other.join();
  EXPECT_TRUE(done);
}

TEST(Turns, AStopEndsTheWait) {
  Turns turns;
  const auto mine = turns.take({"a"}, {});
  std::stop_source source;
  std::atomic<bool> done = false;
  std::jthread other([&] {
    const auto theirs = turns.take({"a"}, source.get_token());
    done = true;
  });
  std::this_thread::sleep_for(20ms);
  EXPECT_FALSE(done);
  source.request_stop();
  other.join();
  EXPECT_TRUE(done);
}

}  // namespace
}  // namespace caravan::caldav
