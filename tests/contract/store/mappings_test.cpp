// SPDX-License-Identifier: GPL-3.0-or-later
// Reading mappings: by uid, item, href; streams, pages, counts.
#include <gmock/gmock.h>

#include "servers.hpp"

namespace caravan::store::testing {
namespace {

using ::testing::ElementsAre;
using MappingsContract = StoreContract;

/// `count` mappings u0000, u0001, ...; each tenth has two parts.
void fill(Store& store, const PairId& pair, int count) {
  Batch batch;
  for (int i = 0; i < count; ++i) {
    const std::string number = std::to_string(10000 + i).substr(1);
    batch.mappings.push_back(a_mapping(pair, "u" + number));
    if (i % 10 == 0)
      batch.mappings.back().exchange_parts.push_back({ItemId("second-" + number), ChangeKey("k"), "20270101T090000Z"});
  }
  must_commit(store, batch);
}
std::vector<std::string> uids(const std::vector<Mapping>& mappings) {
  std::vector<std::string> out;
  for (const Mapping& mapping : mappings) out.push_back(mapping.uid.value);
  return out;
}

TEST_P(MappingsContract, AMissingMappingIsNothingAndNoError) {
  const PairId pair = make_pair_in(*store_);
  const auto read = store_->mapping(pair, Uid("none"));
  ASSERT_TRUE(read);
  EXPECT_FALSE(*read);
}

TEST_P(MappingsContract, ManyUidsAreReadAtOnce) {
  const PairId pair = make_pair_in(*store_);
  fill(*store_, pair, 150);
  std::vector<Uid> wanted;
  for (int i = 0; i < 150; i += 2) wanted.emplace_back("u" + std::to_string(10000 + i).substr(1));
  wanted.emplace_back("unknown");
  wanted.push_back(wanted.front());
  const auto read = store_->mappings(pair, wanted).value();
  EXPECT_EQ(read.size(), 75U);
  EXPECT_EQ(store_->mapping(pair, Uid("u0010")).value()->exchange_parts.size(), 2U);
}

TEST_P(MappingsContract, ItemsAndHrefsLeadToTheirSeriesOnce) {
  const PairId pair = make_pair_in(*store_);
  fill(*store_, pair, 20);
  EXPECT_THAT(
      uids(store_->mappings_by_items(pair, {ItemId("second-0010"), ItemId("item-u0010"), ItemId("none")}).value()),
      ElementsAre("u0010"));
  EXPECT_THAT(uids(store_->mappings_by_hrefs(pair, {Href("/anna/exchange/u0003.ics"), Href("/none")}).value()),
              ElementsAre("u0003"));
  EXPECT_EQ(store_->mapping_by_item(pair, ItemId("second-0000")).value()->uid, Uid("u0000"));
}

TEST_P(MappingsContract, AnItemOfAnotherPairIsNotFound) {
  const PairId one = make_pair_in(*store_, "anna@example.org"), two = make_pair_in(*store_, "bert@example.org");
  fill(*store_, one, 1);
  EXPECT_FALSE(store_->mapping_by_item(two, ItemId("item-u0000")).value());
}

TEST_P(MappingsContract, AnotherIdUnderTheSameLookupKeyIsNotTaken) {
  const PairId pair = make_pair_in(*store_);
  fill(*store_, pair, 1);
  ASSERT_TRUE(driver()->execute("UPDATE mapping_item SET item = 'another'", {}));
  ASSERT_TRUE(driver()->execute("UPDATE mapping SET href = '/another'", {}));
  EXPECT_FALSE(store_->mapping_by_item(pair, ItemId("item-u0000")).value());
  EXPECT_TRUE(store_->mappings_by_hrefs(pair, {Href("/anna/exchange/u0000.ics")}).value().empty());
}

TEST_P(MappingsContract, AForgottenSeriesLeavesNothingBehind) {
  const PairId pair = make_pair_in(*store_);
  fill(*store_, pair, 2);
  Batch batch;
  batch.forget_mappings = {{pair, Uid("u0000")}};
  must_commit(*store_, batch);
  std::vector<std::int64_t> left;
  for (const char* table : {"mapping", "mapping_item", "base_copy"})
    ASSERT_TRUE(driver()->query("SELECT COUNT(*) FROM " + std::string(table), {},
                                [&](const Row& row) { left.push_back(row.integer(0)); }));
  EXPECT_THAT(left, ElementsAre(1, 1, 1));
}

TEST_P(MappingsContract, KeysComeInUidOrderWithTheirParts) {
  const PairId pair = make_pair_in(*store_);
  fill(*store_, pair, 1001);
  std::vector<MappingKey> keys;
  ASSERT_TRUE(store_->each_mapping_key(pair, [&](const MappingKey& key) {
    keys.push_back(key);
    return true;
  }));
  ASSERT_EQ(keys.size(), 1001U);
  EXPECT_TRUE(std::is_sorted(keys.begin(), keys.end(), [](const auto& a, const auto& b) { return a.uid < b.uid; }));
  EXPECT_EQ(keys[1000].uid, Uid("u1000"));
  EXPECT_EQ(keys[1000].exchange_parts.size(), 2U);
  EXPECT_EQ(keys[1000].etag, Etag("\"1\""));
}

TEST_P(MappingsContract, KeysAreOrderedByBytesNotByLanguage) {
  const PairId pair = make_pair_in(*store_);
  Batch batch;
  for (const char* uid : {"b", "A", "a", "B", "_"}) batch.mappings.push_back(a_mapping(pair, uid));
  must_commit(*store_, batch);
  std::vector<std::string> order;
  ASSERT_TRUE(store_->each_mapping_key(pair, [&](const MappingKey& key) {
    order.push_back(key.uid.value);
    return true;
  }));
  EXPECT_THAT(order, ElementsAre("A", "B", "_", "a", "b"));
}

TEST_P(MappingsContract, AVisitorStopsTheStreamAndMayUseTheStore) {
  const PairId pair = make_pair_in(*store_);
  fill(*store_, pair, 30);
  int seen = 0;
  ASSERT_TRUE(store_->each_mapping_key(pair, [&](const MappingKey& key) {
    EXPECT_TRUE(store_->mapping(pair, key.uid).value());
    return ++seen < 3;
  }));
  EXPECT_EQ(seen, 3);
}

TEST_P(MappingsContract, MappingsWithoutHrefAreStreamedToo) {
  const PairId pair = make_pair_in(*store_);
  Batch batch;
  batch.mappings = {a_mapping(pair, "u1"), a_mapping(pair, "u2")};
  batch.mappings[0].href = batch.mappings[1].href = Href();
  must_commit(*store_, batch);
  int seen = 0;
  ASSERT_TRUE(store_->each_mapping_key(pair, [&](const MappingKey&) { return ++seen > 0; }));
  EXPECT_EQ(seen, 2);
}

TEST_P(MappingsContract, PagesHoldActiveMappingsInUidOrder) {
  const PairId pair = make_pair_in(*store_);
  fill(*store_, pair, 5);
  Batch batch;
  batch.mappings = {a_mapping(pair, "u0003")};
  batch.mappings[0].state = "tombstone";
  must_commit(*store_, batch);
  EXPECT_THAT(uids(store_->mappings_page(pair, Uid("u0001"), 2).value()), ElementsAre("u0002", "u0004"));
}

TEST_P(MappingsContract, CountsTellEachThing) {
  const PairId pair = make_pair_in(*store_);
  fill(*store_, pair, 3);
  Batch batch;
  batch.mappings = {a_mapping(pair, "u0000")};
  batch.mappings[0].state = "tombstone";
  batch.open_intents.resize(1);
  batch.open_intents[0].pair = pair;
  batch.new_changes.resize(2);
  batch.new_changes[0].pair = batch.new_changes[1].pair = pair;
  batch.parked.resize(1);
  batch.parked[0].pair = pair;
  batch.conflicts.resize(1);
  batch.conflicts[0].pair = pair;
  must_commit(*store_, batch);
  const auto counts = store_->counts(pair).value();
  EXPECT_EQ(counts.active, 2U);
  EXPECT_EQ(counts.tombstones, 1U);
  EXPECT_EQ(counts.open_intents, 1U);
  EXPECT_EQ(counts.pending, 2U);
  EXPECT_EQ(counts.parked, 1U);
  EXPECT_EQ(counts.conflicts, 1U);
}

TEST_P(MappingsContract, DeletesAreCountedBySeriesWithinTheWindow) {
  const PairId pair = make_pair_in(*store_);
  Batch batch;
  const Instant now = clock_->now();
  const auto deleted = [&](const std::string& uid, int hours_ago, const std::string& event) {
    batch.audit.push_back(
        {now - std::chrono::hours(hours_ago), RunId("r"), pair, Address("anna@example.org"), Uid(uid), event, "", ""});
  };
  deleted("u1", 1, "deleted");
  deleted("u1", 2, "deleted");
  deleted("u2", 3, "deleted");
  deleted("u3", 30, "deleted");
  deleted("u4", 1, "created");
  must_commit(*store_, batch);
  EXPECT_EQ(store_->deleted_since(pair, now - std::chrono::hours(24)).value(), 2U);
}

CARAVAN_STORE_CONTRACT(MappingsContract);

}  // namespace
}  // namespace caravan::store::testing
