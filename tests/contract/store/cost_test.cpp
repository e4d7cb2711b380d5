// SPDX-License-Identifier: GPL-3.0-or-later
// What the store costs: a batch of 64 series, and memory over a large calendar. The bounds hold on a slow machine, too;
// the measured figures are printed.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iostream>
#include <numeric>

#include "servers.hpp"

namespace caravan::store::testing {
namespace {

using CostContract = StoreContract;
constexpr int kSeries = 64;

std::size_t resident_kb() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::stoul(line.substr(6));
  }
  return 0;
}

Intent an_intent(const PairId& pair, const std::string& uid) {
  Intent intent;
  intent.pair = pair;
  intent.uid = Uid(uid);
  intent.kind = "create";
  intent.object = "/anna/exchange/" + uid + ".ics";
  intent.desired = sha256(uid);
  intent.desired_copy = std::string(3000, 'x');
  return intent;
}

/// One batch as the engine commits it: bases, history and undo of 64 series, the intents of the next 64, the last
/// closed.
Batch a_batch(const PairId& pair, const Lease& lease, int number, const std::vector<std::int64_t>& open) {
  Batch batch;
  batch.lease = lease;
  batch.close_intents = open;
  for (int i = 0; i < kSeries; ++i) {
    const std::string uid = "u" + std::to_string(number) + "-" + std::to_string(i);
    batch.mappings.push_back(a_mapping(pair, uid));
    batch.mappings.back().exchange_copy = std::string(3000, 'x');
    batch.open_intents.push_back(an_intent(pair, uid));
    batch.audit.push_back({Instant{}, RunId("r"), pair, Address("anna@example.org"), Uid(uid), "created", "new", "{}"});
    Undo undo;
    undo.run = RunId("r");
    undo.pair = pair;
    undo.href = Href("/anna/exchange/" + uid + ".ics");
    batch.undo.push_back(undo);
  }
  return batch;
}

TEST_P(CostContract, ABatchOf64SeriesIsCheap) {
  const PairId pair = make_pair_in(*store_);
  const auto lease = store_->acquire_lease(pair, "h", std::chrono::hours(1)).value();
  std::vector<std::int64_t> open;
  std::vector<double> ms;
  for (int number = 0; number < 150; ++number) {
    Batch batch = a_batch(pair, *lease, number, open);
    const auto start = std::chrono::steady_clock::now();
    must_commit(*store_, batch);
    ms.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
    open.clear();
    for (const Intent& intent : batch.open_intents) open.push_back(intent.id);
  }
  const double mean = std::accumulate(ms.begin(), ms.end(), 0.0) / static_cast<double>(ms.size());
  std::sort(ms.begin(), ms.end());
  std::cout << "batch of 64: mean " << mean << " ms, median " << ms[75] << " ms, 95 % " << ms[142] << " ms\n";
  EXPECT_LT(ms[75], 50);
}

TEST_P(CostContract, MemoryDoesNotGrowWithTheCalendar) {
  const PairId pair = make_pair_in(*store_);
  for (int number = 0; number < 100; ++number) {
    Batch batch;
    for (int i = 0; i < 200; ++i) batch.mappings.push_back(a_mapping(pair, "u" + std::to_string(number * 200 + i)));
    must_commit(*store_, batch);
  }
  std::size_t seen = 0;
  const std::size_t before = resident_kb();
  const auto start = std::chrono::steady_clock::now();
  ASSERT_TRUE(store_->each_mapping_key(pair, [&](const MappingKey&) { return ++seen > 0; }));
  std::cout << "20,000 keys: "
            << std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count() << " ms, "
            << (resident_kb() - before) << " KB more\n";
  EXPECT_EQ(seen, 20'000U);
  EXPECT_LT(resident_kb(), before + 20'000);
}

CARAVAN_STORE_CONTRACT(CostContract);

}  // namespace
}  // namespace caravan::store::testing
