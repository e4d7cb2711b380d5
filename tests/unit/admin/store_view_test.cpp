// SPDX-License-Identifier: GPL-3.0-or-later
// What the admin port shows of a store.
#include "app/admin/store_view.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "store/live_store.hpp"

namespace caravan::app {
namespace {

using nlohmann::json;
using std::chrono::seconds;

class StoreViewTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "caravan-admin-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    store_ = open().value();
  }
  void TearDown() override {
    store_.reset();
    std::filesystem::remove_all(folder_);
  }
  Result<std::unique_ptr<store::Store>> open() {
    if (away_) return make_error(Fault::retry_later, "the store is away", "store_unreachable");
    return store::open("sqlite:" + folder_ + "/s.db", system_clock());
  }
  StoreView view() {
    return {{"gobi", "0.1.0", "host:1:2", system_clock()->now()}, system_clock(), [this] { return open(); }};
  }
  /// Anna's mailbox under live sync, last in step 100 s ago, with one hint that waits.
  void make_anna() {
    store::Mailbox anna;
    anna.address = Address("anna@example.org");
    anna.state = "subscribed";
    anna.last_success = system_clock()->now() - seconds(100);
    store::Pair pair;
    pair.mailbox = anna.address;
    pair.folder = FolderId("calendar");
    pair.collection = Href("/anna/");
    store::Batch batch;
    batch.mailboxes = {anna};
    batch.pairs = {pair};
    ASSERT_TRUE(store_->commit(batch));
    ASSERT_TRUE(store_->live().enlist(anna.address, {batch.pairs[0].id}));
    ASSERT_TRUE(store_->live().hint({batch.pairs[0].id}, Side::caldav));
    ASSERT_TRUE(store_->live().add_subscription({sha256("t"), anna.address, "push", "pending", "", "", {}, {}}));
    ASSERT_TRUE(store_->heartbeat("host:1:2", "gobi"));
  }

  std::string folder_;
  bool away_ = false;
  std::unique_ptr<store::Store> store_;
};

TEST_F(StoreViewTest, AStoreThatAnswersIsReached) { EXPECT_TRUE(view().reach()); }

TEST_F(StoreViewTest, AStoreThatIsAwayIsNotReachedUntilItIsBack) {
  StoreView shown = view();
  away_ = true;
  EXPECT_EQ(shown.reach().error().code, "store_unreachable");
  away_ = false;
  EXPECT_TRUE(shown.reach());
}

TEST_F(StoreViewTest, TheGaugesAreThoseOfTheStore) {
  make_anna();
  metrics::Registry registry;
  view().refresh(registry);
  EXPECT_EQ(registry.value(metrics::kStoreReachable), 1);
  EXPECT_EQ(registry.value(metrics::kMailboxes, {{"state", "subscribed"}}), 1);
  EXPECT_EQ(registry.value(metrics::kMailboxes, {{"state", "failed"}}), 0);
  EXPECT_EQ(registry.value(metrics::kLiveMailboxes), 1);
  EXPECT_EQ(registry.value(metrics::kWaitingPairs, {{"side", "caldav"}}), 1);
  EXPECT_EQ(registry.value(metrics::kWaitingPairs, {{"side", "exchange"}}), 0);
  EXPECT_EQ(registry.value(metrics::kSubscriptions, {{"kind", "push"}}), 1);
  EXPECT_GE(registry.value(metrics::kOldestSuccess), 100);
  EXPECT_LT(registry.value(metrics::kOldestSuccess), 130);
}

TEST_F(StoreViewTest, AStoreThatIsAwayIsAGauge) {
  away_ = true;
  metrics::Registry registry;
  view().refresh(registry);
  EXPECT_EQ(registry.value(metrics::kStoreReachable), 0);
}

TEST_F(StoreViewTest, TheDocumentTellsWhoWorksAndWhatWaits) {
  make_anna();
  const auto document = json::parse(view().document().value());
  EXPECT_EQ(document.at("program"), "gobi");
  EXPECT_EQ(document.at("schema"), store::current_schema_version());
  EXPECT_EQ(document.at("paused"), false);
  EXPECT_EQ(document.at("live").at("mailboxes"), 1);
  EXPECT_EQ(document.at("live").at("waiting").at("caldav"), 1);
  EXPECT_EQ(document.at("programs").at(0).at("role"), "gobi");
  const auto& anna = document.at("mailboxes").at(0);
  EXPECT_EQ(anna.at("address"), "anna@example.org");
  EXPECT_EQ(anna.at("state"), "subscribed");
  EXPECT_GE(anna.at("lag_seconds").get<int>(), 100);
}

TEST_F(StoreViewTest, AMailboxThatNeverSucceededHasNoLag) {
  store::Mailbox boris;
  boris.address = Address("boris@example.org");
  boris.last_error = "\xff no text";
  store::Batch batch;
  batch.mailboxes = {boris};
  ASSERT_TRUE(store_->commit(batch));
  const auto document = json::parse(view().document().value());
  EXPECT_TRUE(document.at("mailboxes").at(0).at("lag_seconds").is_null());
}

TEST_F(StoreViewTest, OfAStoreThatIsAwayThereIsNoDocument) {
  away_ = true;
  EXPECT_EQ(view().document().error().code, "store_unreachable");
}

}  // namespace
}  // namespace caravan::app
