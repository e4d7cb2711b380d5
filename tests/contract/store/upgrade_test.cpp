// SPDX-License-Identifier: GPL-3.0-or-later
// The schema's steps: from nothing, from an older version, from a newer one.
#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <thread>

#include "servers.hpp"
#include "store/migrate.hpp"
#include "store/notify_store.hpp"

namespace caravan::store::testing {
namespace {

using UpgradeContract = StoreContract;

/// The real steps and one more, as the next release would have.
std::vector<Migration> with_one_more(std::string_view sql) {
  std::vector<Migration> steps(migrations().begin(), migrations().end());
  steps.push_back({steps.back().version + 1, "9999_next", sql});
  return steps;
}
/// A database whose first answer is from before another process filled it.
class AskedTooEarly final : public Database {
 public:
  explicit AskedTooEarly(std::unique_ptr<Database> inner) : inner_(std::move(inner)) {}
  Result<bool> has_table(std::string_view name) override {
    if (!std::exchange(asked_, true)) return false;
    return inner_->has_table(name);
  }
  Status begin(Purpose purpose) override { return inner_->begin(purpose); }
  Status commit() override { return inner_->commit(); }
  void rollback() noexcept override { inner_->rollback(); }
  Status ring() override { return inner_->ring(); }
  Status wait(std::chrono::milliseconds timeout) override { return inner_->wait(timeout); }
  Result<std::int64_t> execute(std::string_view sql, std::span<const Value> parameters) override {
    return inner_->execute(sql, parameters);
  }
  Status query(std::string_view sql, std::span<const Value> parameters, const Visit& visit) override {
    return inner_->query(sql, parameters, visit);
  }
  std::size_t rows_at_once() const noexcept override { return inner_->rows_at_once(); }
  Status script(std::string_view sql) override { return inner_->script(sql); }
  Result<std::string> keep_copy(int version) override { return inner_->keep_copy(version); }

 private:
  std::unique_ptr<Database> inner_;
  bool asked_ = false;
};

constexpr std::string_view kNext = "ALTER TABLE mapping ADD COLUMN colour TEXT NOT NULL DEFAULT 'blue';";

TEST_P(UpgradeContract, AFreshStoreHasTheCurrentVersion) {
  EXPECT_EQ(store_->schema_version().value(), current_schema_version());
}

TEST_P(UpgradeContract, TheStepsAreNumberedWithoutGaps) {
  int expected = 0;
  EXPECT_TRUE(std::all_of(migrations().begin(), migrations().end(),
                          [&](const Migration& step) { return step.version == ++expected; }));
}

TEST_P(UpgradeContract, AnOlderStoreIsUpgradedAndKeepsItsRows) {
  const PairId pair = make_pair_in(*store_);
  Batch batch;
  batch.mappings = {a_mapping(pair, "u1")};
  must_commit(*store_, batch);
  const auto database = driver();
  ASSERT_TRUE(migrate(*database, with_one_more(kNext), Upgrade::allowed));
  std::string colour;
  ASSERT_TRUE(database->query("SELECT colour FROM mapping", {}, [&](const Row& row) { colour = row.text(0); }));
  EXPECT_EQ(colour, "blue");
  EXPECT_EQ(read_schema_version(*database).value(), current_schema_version() + 1);
}

/// The schema's first version, with rows as it wrote them, in a database of its own.
class FirstVersion : public StoreContract {
 protected:
  void SetUp() override {
    StoreContract::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    const auto database = driver();
    ASSERT_TRUE(database->begin(Database::Purpose::schema));
    for (const char* table : {"journal", "outbox", "outbox_thread", "alert", "preference", "sealed"})
      ASSERT_TRUE(database->script("DROP TABLE " + std::string(table) + ";"));
    ASSERT_TRUE(database->script("UPDATE schema_info SET version = 1;"));
    ASSERT_TRUE(database->commit());
  }
  void map(const PairId& pair, const std::string& uid, const std::string& copy, const std::string& caldav = "") {
    Batch batch;
    Mapping mapping = a_mapping(pair, uid);
    mapping.starts = Instant{std::chrono::seconds(1000)};
    mapping.ends = Instant{std::chrono::seconds(2000)};
    mapping.exchange_copy = copy;
    mapping.caldav_copy = caldav;
    batch.mappings = {mapping};
    must_commit(*store_, batch);
  }
  std::vector<std::string> agreed(std::int64_t from, std::int64_t until) {
    std::vector<std::string> out;
    const auto rows = store_->notify().agreed(Address("anna@example.org"), Instant{std::chrono::seconds(from)},
                                              Instant{std::chrono::seconds(until)}, Uid(), 100);
    EXPECT_TRUE(rows) << rows.error().what;
    for (const auto& row : *rows) out.push_back(row.uid.value);
    return out;
  }
};

TEST_P(FirstVersion, IsRefusedUntilItIsUpgraded) {
  EXPECT_EQ(open(url_, clock_, Upgrade::refused).error().code, "store_older");
  ASSERT_TRUE(open(url_, clock_, Upgrade::allowed));
  EXPECT_TRUE(open(url_, clock_, Upgrade::refused));
}

/// Version 1 kept the end of the first occurrence as that of the series.
TEST_P(FirstVersion, LosesNoSeriesThatMayRepeatOrHaveMoved) {
  const PairId pair = make_pair_in(*store_);
  const std::string zone = "BEGIN:VTIMEZONE\r\nRRULE:FREQ=YEARLY\r\nEND:VTIMEZONE\r\n";
  map(pair, "single", zone + "BEGIN:VEVENT\r\nUID:single\r\nEND:VEVENT\r\n");
  map(pair, "weekly", zone + "BEGIN:VEVENT\r\nRRULE:FREQ=WEEKLY\r\nEND:VEVENT\r\n");
  map(pair, "dates", "BEGIN:VEVENT\r\nRDATE:20270101T100000Z\r\nEND:VEVENT\r\n");
  map(pair, "moved", "BEGIN:VEVENT\r\nRECURRENCE-ID:20270101T100000Z\r\nEND:VEVENT\r\n");
  map(pair, "theirs", "", "BEGIN:VEVENT\r\nRRULE:FREQ=WEEKLY\r\nEND:VEVENT\r\n");
  store_.reset();
  store_ = connect();
  ASSERT_TRUE(store_);
  EXPECT_THAT(agreed(1500, 1600), ::testing::ElementsAre("dates", "moved", "single", "theirs", "weekly"));
  EXPECT_THAT(agreed(9000, 9100), ::testing::ElementsAre("dates", "moved", "theirs", "weekly"));
  EXPECT_THAT(agreed(10, 20), ::testing::ElementsAre("moved"));
}

TEST_P(UpgradeContract, AnUpgradeMayBeRefused) {
  const auto database = driver();
  const Status done = migrate(*database, with_one_more(kNext), Upgrade::refused);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, "store_older");
  EXPECT_EQ(read_schema_version(*database).value(), current_schema_version());
}

TEST_P(UpgradeContract, AFailingStepChangesNothing) {
  const auto database = driver();
  const Status done =
      migrate(*database, with_one_more("CREATE TABLE half (a BIGINT); SELECT nonsense;"), Upgrade::allowed);
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().what, ::testing::HasSubstr("9999_next"));
  EXPECT_FALSE(database->has_table("half").value());
  EXPECT_EQ(read_schema_version(*database).value(), current_schema_version());
}

TEST_P(UpgradeContract, ANewerStoreIsRefused) {
  ASSERT_TRUE(migrate(*driver(), with_one_more(kNext), Upgrade::allowed));
  const auto opened = open(url_, clock_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().fault, Fault::unsupported);
  EXPECT_EQ(opened.error().code, "store_newer");
}

TEST_P(UpgradeContract, SeveralProcessesUpgradeOnce) {
  const auto steps = with_one_more(kNext);
  std::atomic<int> good{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] { good += migrate(*driver(), steps, Upgrade::allowed) ? 1 : 0; });
    }
  }
  EXPECT_EQ(good, 4);
}

TEST_P(UpgradeContract, AStoreThatIsMadeWhileItIsLookedAtIsOurs) {
  AskedTooEarly database(driver());
  const auto version = read_schema_version(database);
  ASSERT_TRUE(version) << version.error().what;
  EXPECT_EQ(*version, current_schema_version());
}

TEST_P(UpgradeContract, SomebodyElsesDatabaseIsLeftAlone) {
  const auto database = driver();
  ASSERT_TRUE(database->begin(Database::Purpose::schema));
  ASSERT_TRUE(database->script("DROP TABLE schema_info;"));
  ASSERT_TRUE(database->commit());
  EXPECT_EQ(open(url_, clock_).error().code, "store_foreign");
}

CARAVAN_STORE_CONTRACT(UpgradeContract);
CARAVAN_STORE_CONTRACT(FirstVersion);

}  // namespace
}  // namespace caravan::store::testing
