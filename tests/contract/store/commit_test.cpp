// SPDX-License-Identifier: GPL-3.0-or-later
// commit: everything or nothing, fenced, unique.
#include <gmock/gmock.h>

#include "servers.hpp"

namespace caravan::store::testing {
namespace {

using CommitContract = StoreContract;

TEST_P(CommitContract, AMappingComesBackAsItWasWritten) {
  const PairId pair = make_pair_in(*store_);
  Batch batch;
  Mapping written = a_mapping(pair, "u1");
  written.exchange_parts.push_back({ItemId("item-u1-b"), ChangeKey("key-2"), "20261121T100000Z"});
  written.caldav_copy = "Ä 😀\nsecond line";
  written.caldav_digest = sha256("x");
  written.caldav_removed = true;
  batch.mappings = {written};
  must_commit(*store_, batch);
  const auto read = store_->mapping(pair, Uid("u1"));
  ASSERT_TRUE(read && *read);
  EXPECT_EQ((*read)->caldav_copy, written.caldav_copy);
  EXPECT_EQ((*read)->exchange_copy, written.exchange_copy);
  EXPECT_EQ((*read)->exchange_digest, written.exchange_digest);
  EXPECT_EQ((*read)->caldav_digest, written.caldav_digest);
  EXPECT_EQ((*read)->href, written.href);
  EXPECT_EQ((*read)->etag, written.etag);
  EXPECT_EQ((*read)->starts, written.starts);
  EXPECT_EQ((*read)->ends, written.ends);
  EXPECT_TRUE((*read)->caldav_removed);
  EXPECT_FALSE((*read)->exchange_removed);
  ASSERT_EQ((*read)->exchange_parts.size(), 2U);
  EXPECT_EQ((*read)->exchange_parts[1].occurrence, "20261121T100000Z");
  EXPECT_EQ((*read)->exchange_parts[1].change_key, ChangeKey("key-2"));
}

TEST_P(CommitContract, AnUpsertReplacesTheRowAndItsParts) {
  const PairId pair = make_pair_in(*store_);
  Batch first, second;
  first.mappings = {a_mapping(pair, "u1")};
  must_commit(*store_, first);
  second.mappings = {a_mapping(pair, "u1")};
  second.mappings[0].exchange_parts = {{ItemId("other"), ChangeKey("key-9"), ""}};
  second.mappings[0].etag = Etag("\"2\"");
  must_commit(*store_, second);
  EXPECT_EQ(store_->mapping(pair, Uid("u1")).value()->etag, Etag("\"2\""));
  EXPECT_FALSE(store_->mapping_by_item(pair, ItemId("item-u1")).value());
  EXPECT_TRUE(store_->mapping_by_item(pair, ItemId("other")).value());
}

TEST_P(CommitContract, ASeriesNamedTwiceInABatchKeepsTheLast) {
  const PairId pair = make_pair_in(*store_);
  Batch batch;
  batch.mappings = {a_mapping(pair, "u1"), a_mapping(pair, "u1")};
  batch.mappings[1].etag = Etag("\"last\"");
  must_commit(*store_, batch);
  EXPECT_EQ(store_->mapping(pair, Uid("u1")).value()->etag, Etag("\"last\""));
}

TEST_P(CommitContract, ABatchThatFailsInTheMiddleWritesNothing) {
  const PairId pair = make_pair_in(*store_);
  Batch first, second;
  first.mappings = {a_mapping(pair, "u1")};
  must_commit(*store_, first);
  second.mappings = {a_mapping(pair, "u2"), a_mapping(pair, "u3")};
  second.mappings[1].href = first.mappings[0].href;
  second.audit = {Audit{}};
  second.open_intents = {Intent{}};
  second.open_intents[0].pair = pair;
  const Status done = store_->commit(second);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().fault, Fault::precondition_failed);
  EXPECT_EQ(done.error().code, "not_unique");
  EXPECT_FALSE(store_->mapping(pair, Uid("u2")).value());
  EXPECT_TRUE(store_->open_intents(pair).value().empty());
  EXPECT_TRUE(store_->audit(Address(), Uid(), 10).value().empty());
}

TEST_P(CommitContract, AnItemBelongsToOneSeriesOfAPair) {
  const PairId pair = make_pair_in(*store_);
  Batch batch;
  batch.mappings = {a_mapping(pair, "u1"), a_mapping(pair, "u2")};
  batch.mappings[1].exchange_parts = batch.mappings[0].exchange_parts;
  const Status done = store_->commit(batch);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, "not_unique");
}

TEST_P(CommitContract, AnItemMayMoveToAnotherSeriesWithinOneBatch) {
  const PairId pair = make_pair_in(*store_);
  Batch first, second;
  first.mappings = {a_mapping(pair, "u1")};
  must_commit(*store_, first);
  second.mappings = {a_mapping(pair, "u2"), a_mapping(pair, "u1")};
  second.mappings[0].exchange_parts = first.mappings[0].exchange_parts;
  second.mappings[1].exchange_parts = {{ItemId("new"), ChangeKey("k"), ""}};
  must_commit(*store_, second);
  EXPECT_EQ(store_->mapping_by_item(pair, ItemId("item-u1")).value()->uid, Uid("u2"));
}

TEST_P(CommitContract, ATombstoneClaimsNeitherHrefNorItem) {
  const PairId pair = make_pair_in(*store_);
  Batch first, second;
  first.mappings = {a_mapping(pair, "u1")};
  first.mappings[0].state = "tombstone";
  must_commit(*store_, first);
  second.mappings = {a_mapping(pair, "u2")};
  second.mappings[0].href = first.mappings[0].href;
  second.mappings[0].exchange_parts = first.mappings[0].exchange_parts;
  must_commit(*store_, second);
  EXPECT_EQ(store_->mapping_by_item(pair, ItemId("item-u1")).value()->uid, Uid("u2"));
  EXPECT_EQ(store_->mappings_by_hrefs(pair, {first.mappings[0].href}).value().at(0).uid, Uid("u2"));
}

TEST_P(CommitContract, SeriesWithoutAnHrefDoNotCollide) {
  const PairId pair = make_pair_in(*store_);
  Batch batch;
  batch.mappings = {a_mapping(pair, "u1"), a_mapping(pair, "u2")};
  batch.mappings[0].href = batch.mappings[1].href = Href();
  must_commit(*store_, batch);
  EXPECT_EQ(store_->counts(pair).value().active, 2U);
}

TEST_P(CommitContract, TheSameUidMayBeInTwoPairs) {
  const PairId one = make_pair_in(*store_, "anna@example.org"), two = make_pair_in(*store_, "bert@example.org");
  Batch batch;
  batch.mappings = {a_mapping(one, "u1"), a_mapping(two, "u1")};
  must_commit(*store_, batch);
  EXPECT_EQ(store_->counts(one).value().active + store_->counts(two).value().active, 2U);
}

TEST_P(CommitContract, AForgottenMappingIsGoneWholeAndItsPlaceIsFree) {
  const PairId pair = make_pair_in(*store_);
  Batch first, second;
  first.mappings = {a_mapping(pair, "u1")};
  must_commit(*store_, first);
  second.forget_mappings = {{pair, Uid("u1")}};
  second.mappings = {a_mapping(pair, "u2")};
  second.mappings[0].href = first.mappings[0].href;
  second.mappings[0].exchange_parts = first.mappings[0].exchange_parts;
  must_commit(*store_, second);
  EXPECT_FALSE(store_->mapping(pair, Uid("u1")).value());
}

TEST_P(CommitContract, AStaleLeaseWritesNothing) {
  const PairId pair = make_pair_in(*store_);
  const auto old = store_->acquire_lease(pair, "one", std::chrono::seconds(60)).value();
  pass(std::chrono::seconds(61));
  const auto current = store_->acquire_lease(pair, "two", std::chrono::seconds(60)).value();
  ASSERT_TRUE(old && current);
  Batch batch;
  batch.lease = old;
  batch.mappings = {a_mapping(pair, "u1")};
  const Status done = store_->commit(batch);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().fault, Fault::precondition_failed);
  EXPECT_EQ(done.error().code, "stale_lease");
  EXPECT_FALSE(store_->mapping(pair, Uid("u1")).value());
  batch.lease = current;
  must_commit(*store_, batch);
}

TEST_P(CommitContract, AReleasedLeaseIsStale) {
  const PairId pair = make_pair_in(*store_);
  const auto lease = store_->acquire_lease(pair, "one", std::chrono::seconds(60)).value();
  ASSERT_TRUE(store_->release_lease(*lease));
  Batch batch;
  batch.lease = lease;
  ASSERT_FALSE(store_->commit(batch));
}

TEST_P(CommitContract, IntentsGetTheirIdsInOrderAndCloseByThem) {
  const PairId pair = make_pair_in(*store_);
  Batch batch;
  for (int i = 0; i < 70; ++i) {
    Intent intent;
    intent.pair = pair;
    intent.run = RunId("r1");
    intent.kind = "create";
    intent.target = Side::exchange;
    intent.uid = Uid("u" + std::to_string(i));
    intent.desired = sha256("a");
    intent.desired_copy = "copy";
    intent.payload = "{}";
    intent.epoch = 7;
    intent.created = clock_->now();
    batch.open_intents.push_back(intent);
  }
  must_commit(*store_, batch);
  const auto open = store_->open_intents(pair).value();
  ASSERT_EQ(open.size(), 70U);
  EXPECT_EQ(open[69].uid, Uid("u69"));
  EXPECT_EQ(open[69].id, batch.open_intents[69].id);
  EXPECT_EQ(open[3].id, batch.open_intents[3].id);
  EXPECT_EQ(open[3].target, Side::exchange);
  EXPECT_EQ(open[3].epoch, 7);
  EXPECT_EQ(open[3].desired_copy, "copy");
  Batch closing;
  for (int i = 0; i < 69; ++i) closing.close_intents.push_back(batch.open_intents[static_cast<std::size_t>(i)].id);
  must_commit(*store_, closing);
  EXPECT_EQ(store_->open_intents(pair).value().size(), 1U);
}

TEST_P(CommitContract, ASyncStateOfAMegabyteComesBackWhole) {
  Batch batch;
  batch.pairs = {a_pair()};
  batch.pairs[0].sync_state = SyncState(std::string(1 << 20, 'x') + "end");
  must_commit(*store_, batch);
  EXPECT_EQ(store_->pair(batch.pairs[0].id).value()->sync_state, batch.pairs[0].sync_state);
}

TEST_P(CommitContract, CopiesOfSeveralMegabytesComeBackWhole) {
  const PairId pair = make_pair_in(*store_);
  Batch batch;
  batch.mappings = {a_mapping(pair, "u1")};
  batch.mappings[0].exchange_copy = std::string(5 << 20, 'a');
  must_commit(*store_, batch);
  EXPECT_EQ(store_->mapping(pair, Uid("u1")).value()->exchange_copy.size(), std::size_t{5} << 20);
}

TEST_P(CommitContract, ABatchOfManySizesIsWrittenWhole) {
  const PairId pair = make_pair_in(*store_);
  Batch batch;
  for (int i = 0; i < 87; ++i) batch.mappings.push_back(a_mapping(pair, "u" + std::to_string(i)));
  must_commit(*store_, batch);
  EXPECT_EQ(store_->counts(pair).value().active, 87U);
}

TEST_P(CommitContract, TwoPairsCannotShareACollection) {
  make_pair_in(*store_, "anna@example.org");
  Batch batch;
  batch.pairs = {a_pair("bert@example.org")};
  batch.pairs[0].collection = a_pair("anna@example.org").collection;
  const Status done = store_->commit(batch);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, "not_unique");
}

CARAVAN_STORE_CONTRACT(CommitContract);

}  // namespace
}  // namespace caravan::store::testing
