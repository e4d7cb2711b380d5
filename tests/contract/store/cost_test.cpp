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
#include "store/notify_store.hpp"

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

constexpr int kPending = 100'000;

TEST_P(CostContract, ClaimsAmong100000PendingMessagesAreCheapAndTakeNoMemory) {
  NotifyStore& notify = store_->notify();
  std::vector<OutboxMessage> messages(1000);
  for (int done = 0; done < kPending; done += 1000) {
    for (int i = 0; i < 1000; ++i) {
      const int number = done + i;
      OutboxMessage& message = messages[static_cast<std::size_t>(i)];
      message.key = "k" + std::to_string(number);
      message.channel = "mail";
      message.mailbox = Address("m" + std::to_string(number % 1000) + "@example.org");
      message.thread = number % 2 == 0 ? "u" + std::to_string(number) : "w";  // 500 threads with 100 messages each
      message.payload = std::string(1000, 'x');
      message.due = Instant{std::chrono::seconds(1'700'000'000 + number)};
    }
    ASSERT_EQ(notify.add_messages(messages).value(), messages.size());
  }
  ASSERT_TRUE(store_->heartbeat("h", "notifyd"));
  const std::size_t before = resident_kb();
  std::vector<double> claims, settlements;
  std::size_t sent = 0;
  for (int round = 0; round < 200; ++round) {
    const auto start = std::chrono::steady_clock::now();
    const auto claimed = notify.claim_messages("mail", "h", 50, std::chrono::seconds(30));
    ASSERT_TRUE(claimed) << claimed.error().what;
    const auto middle = std::chrono::steady_clock::now();
    std::vector<Delivery> deliveries;
    for (const auto& message : *claimed)
      deliveries.push_back(
          {message.id, round % 4 == 0 ? "queued" : "sent", clock_->now() + std::chrono::hours(1), "", ""});
    sent += deliveries.size();
    ASSERT_TRUE(notify.settle_messages("h", deliveries));
    claims.push_back(std::chrono::duration<double, std::milli>(middle - start).count());
    settlements.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - middle).count());
  }
  EXPECT_EQ(sent, 10'000U);
  const std::size_t after = resident_kb();
  std::sort(claims.begin(), claims.end());
  std::sort(settlements.begin(), settlements.end());
  std::cout << "50 of 100,000 pending: claim median " << claims[100] << " ms, most " << claims.back()
            << " ms; settle median " << settlements[100] << " ms; " << (after > before ? after - before : 0)
            << " KB more\n";
  EXPECT_LT(claims[100], 100);
  EXPECT_LT(after, before + 20'000);
  const auto start = std::chrono::steady_clock::now();
  ASSERT_EQ(notify.outbox_sizes().value().size(), 1U);
  std::cout << "their sizes: "
            << std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count() << " ms\n";
}

TEST_P(CostContract, DueWindowsAmong100000EntriesAreFoundCheaply) {
  const std::string numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) ";
  ASSERT_TRUE(driver()->execute(
      "INSERT INTO journal (mailbox, pair, uid, at, told, planned, modified_by, owner_units, before_copy, "
      "after_copy) " +
          numbers +
          "SELECT 'm' || CAST(i % 1000 AS TEXT), 'p', 'u' || CAST(i % 20000 AS TEXT), i, 0, 0, '', '', 'b', 'a' FROM n",
      {}));
  const auto timed = [](const char* what, auto&& body) {
    const auto start = std::chrono::steady_clock::now();
    body();
    const double ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
    std::cout << what << " among 100,000 entries: " << ms << " ms\n";
    EXPECT_LT(ms, 2000);
  };
  NotifyStore& notify = store_->notify();
  timed("50 windows", [&] {
    const auto windows = notify.due_windows(Instant{std::chrono::seconds(200'000)}, 50).value();
    ASSERT_EQ(windows.size(), 50U);
    EXPECT_EQ(windows[0].entries.size(), 5U);
  });
  timed("50 to be planned", [&] { EXPECT_EQ(notify.unplanned(50).value().size(), 50U); });
  timed("their number", [&] { EXPECT_EQ(notify.journal_size().value().entries, 100'000U); });
}

CARAVAN_STORE_CONTRACT(CostContract);

}  // namespace
}  // namespace caravan::store::testing
