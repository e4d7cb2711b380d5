// SPDX-License-Identifier: GPL-3.0-or-later
// Every other record: what is written comes back, lists are ordered, people's switches work, a mailbox can be
// forgotten.
#include <gmock/gmock.h>

#include "servers.hpp"

namespace caravan::store::testing {
namespace {

using ::testing::ElementsAre;
using RecordsContract = StoreContract;
const Address kAnna("anna@example.org"), kBert("bert@example.org");

TEST_P(RecordsContract, AMailboxComesBackAndIsReplaced) {
  Batch batch;
  batch.mailboxes = {{kAnna,
                      "anna",
                      {"a@example.org", "anna.meier@example.org"},
                      "room",
                      "Europe/Berlin",
                      "subscribed",
                      clock_->now(),
                      "e",
                      "c"}};
  must_commit(*store_, batch);
  const auto read = store_->mailbox(kAnna).value();
  ASSERT_TRUE(read);
  EXPECT_THAT(read->aliases, ElementsAre("a@example.org", "anna.meier@example.org"));
  EXPECT_EQ(read->kind + read->zone + read->state + read->caldav_user, "roomEurope/Berlinsubscribedanna");
  EXPECT_EQ(read->last_success, batch.mailboxes[0].last_success);
  EXPECT_EQ(read->last_error + read->last_error_code, "ec");
  batch.mailboxes[0].aliases.clear();
  batch.mailboxes[0].last_success.reset();
  must_commit(*store_, batch);
  EXPECT_TRUE(store_->mailbox(kAnna).value()->aliases.empty());
  EXPECT_FALSE(store_->mailbox(kAnna).value()->last_success);
  EXPECT_EQ(store_->mailboxes().value().size(), 1U);
}

TEST_P(RecordsContract, APairComesBackWhole) {
  Batch batch;
  Pair pair = a_pair();
  pair.collection_made = pair.listing_complete = true;
  pair.made_by = RunId("r1");
  pair.sync_state = SyncState("state");
  pair.sync_token = SyncToken("token");
  pair.ctag = "ctag";
  pair.since = "2026-01-01T00:00:00Z";
  pair.last_success = clock_->now();
  batch.pairs = {pair};
  must_commit(*store_, batch);
  const auto read = store_->pairs(kAnna).value().at(0);
  EXPECT_FALSE(read.id.empty());
  EXPECT_EQ(read.id, batch.pairs[0].id);
  EXPECT_TRUE(read.collection_made && read.listing_complete);
  EXPECT_EQ(read.made_by, RunId("r1"));
  EXPECT_EQ(read.sync_token, SyncToken("token"));
  EXPECT_EQ(read.ctag + read.since + read.until, "ctag2026-01-01T00:00:00Z");
  EXPECT_EQ(read.last_success, pair.last_success);
  EXPECT_EQ(read.collection, pair.collection);
  EXPECT_EQ(store_->pairs(Address()).value().size(), 1U);
  EXPECT_FALSE(store_->pair(PairId("none")).value());
}

TEST_P(RecordsContract, PendingChangesComeInOrderAndGoWhenDone) {
  const PairId pair = make_pair_in(*store_);
  Batch batch;
  batch.new_changes = {{0, pair, Side::exchange, PendingChange::Kind::upserted, "i1", "k1"},
                       {0, pair, Side::caldav, PendingChange::Kind::upserted, "/h1", ""},
                       {0, pair, Side::exchange, PendingChange::Kind::deleted, "i2", ""}};
  must_commit(*store_, batch);
  const auto first = store_->pending(pair, Side::exchange, 0, 1).value();
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first[0].id + first[0].version, "i1k1");
  const auto next = store_->pending(pair, Side::exchange, first[0].sequence, 10).value();
  ASSERT_EQ(next.size(), 1U);
  EXPECT_EQ(next[0].kind, PendingChange::Kind::deleted);
  Batch done;
  done.done_changes = {first[0].sequence, next[0].sequence};
  must_commit(*store_, done);
  EXPECT_TRUE(store_->pending(pair, Side::exchange, 0, 10).value().empty());
  EXPECT_EQ(store_->pending(pair, Side::caldav, 0, 10).value().size(), 1U);
}

Parked a_parked(const PairId& pair, const std::string& code) {
  Parked out;
  out.pair = pair;
  out.mailbox = kAnna;
  out.object = "i1";
  out.reason = "bad date";
  out.code = code;
  return out;
}

TEST_P(RecordsContract, AParkedObjectKeepsItsIdAndCountsItsAttempts) {
  const PairId pair = make_pair_in(*store_);
  Batch first, second;
  first.parked = {a_parked(pair, "date")};
  must_commit(*store_, first);
  second.parked = {a_parked(pair, "date")};
  must_commit(*store_, second);
  const auto list = store_->parked(kAnna).value();
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0].id, first.parked[0].id);
  EXPECT_EQ(list[0].attempts, 2);
  EXPECT_TRUE(store_->parked(kBert).value().empty());
  EXPECT_EQ(store_->parked(Address()).value().size(), 1U);
}

TEST_P(RecordsContract, WhatIsAcceptedStaysSoUntilTheTroubleChanges) {
  const PairId pair = make_pair_in(*store_);
  Batch batch;
  batch.parked = {a_parked(pair, "date")};
  must_commit(*store_, batch);
  ASSERT_TRUE(store_->accept_parked(batch.parked[0].id));
  must_commit(*store_, batch);
  EXPECT_TRUE(store_->parked(kAnna).value()[0].accepted);
  batch.parked = {a_parked(pair, "zone")};
  must_commit(*store_, batch);
  EXPECT_FALSE(store_->parked(kAnna).value()[0].accepted);
}

TEST_P(RecordsContract, AParkedObjectIsRetriedOrUnparked) {
  const PairId pair = make_pair_in(*store_);
  Batch batch;
  batch.parked = {a_parked(pair, "date")};
  batch.parked[0].next_try = clock_->now() + std::chrono::hours(5);
  must_commit(*store_, batch);
  ASSERT_TRUE(store_->retry_parked(batch.parked[0].id));
  EXPECT_LE(store_->parked(kAnna).value()[0].next_try, clock_->now() + std::chrono::seconds(2));
  ASSERT_TRUE(store_->retry_parked(""));
  EXPECT_EQ(store_->retry_parked("none").error().fault, Fault::not_found);
  EXPECT_EQ(store_->accept_parked("none").error().fault, Fault::not_found);
  Batch unpark;
  unpark.unparked = {{pair, "i1"}};
  must_commit(*store_, unpark);
  EXPECT_TRUE(store_->parked(kAnna).value().empty());
}

TEST_P(RecordsContract, AConflictIsListedAndResolved) {
  const PairId pair = make_pair_in(*store_);
  Batch batch;
  batch.conflicts = {{"", pair, kAnna, Uid("u1"), "[\"title\"]", "exchange", "BEGIN:VEVENT", "open", clock_->now()}};
  must_commit(*store_, batch);
  const auto row = store_->conflicts(kAnna).value().at(0);
  EXPECT_EQ(row.losing_copy + row.units + row.winner, "BEGIN:VEVENT[\"title\"]exchange");
  ASSERT_TRUE(store_->resolve_conflict(row.id));
  EXPECT_EQ(store_->conflicts(kAnna).value()[0].state, "resolved");
  EXPECT_EQ(store_->counts(pair).value().conflicts, 0U);
}

TEST_P(RecordsContract, LossesOfASeriesAreReplacedTogetherAndClearedByAnEmptyOne) {
  const PairId pair = make_pair_in(*store_);
  Batch batch;
  batch.losses = {{pair, kAnna, Uid("u1"), "rule", "", "a"},
                  {pair, kAnna, Uid("u1"), "zone", "", "b"},
                  {pair, kAnna, Uid("u2"), "zone", "", ""}};
  must_commit(*store_, batch);
  batch.losses = {{pair, kAnna, Uid("u1"), "color", "", "c"}};
  must_commit(*store_, batch);
  EXPECT_EQ(store_->losses(kAnna).value().size(), 2U);
  batch.losses = {{pair, kAnna, Uid("u1"), "", "", ""}};
  must_commit(*store_, batch);
  EXPECT_EQ(store_->losses(Address()).value().size(), 1U);
}

TEST_P(RecordsContract, TheHistoryOfASeriesIsOldestFirst) {
  Batch batch;
  for (const char* event : {"created", "updated", "deleted"}) {
    batch.audit.push_back({clock_->now(), RunId("r"), PairId("p"), kAnna, Uid("u1"), event, "why", "{}"});
  }
  batch.audit.push_back({clock_->now(), RunId("r"), PairId("p"), kAnna, Uid("u2"), "created", "", ""});
  must_commit(*store_, batch);
  const auto rows = store_->audit(kAnna, Uid("u1"), 2).value();
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].event + rows[1].event + rows[0].reason + rows[0].detail, "updateddeletedwhy{}");
  EXPECT_EQ(store_->audit(kAnna, Uid(), 10).value().size(), 4U);
  EXPECT_EQ(store_->audit(Address(), Uid(), 10).value().size(), 4U);
}

TEST_P(RecordsContract, UndoRowsComeNewestFirstInPages) {
  Batch batch;
  for (int i = 1; i <= 3; ++i) {
    Undo undo;
    undo.run = RunId("r1");
    undo.mailbox = kAnna;
    undo.href = Href("/" + std::to_string(i));
    if (i == 2) undo.before_text = "";
    batch.undo.push_back(undo);
  }
  must_commit(*store_, batch);
  const auto page = store_->undo_of(RunId("r1"), 0, 2).value();
  ASSERT_EQ(page.size(), 2U);
  EXPECT_EQ(page[0].href, Href("/3"));
  EXPECT_FALSE(page[0].before_text);
  EXPECT_TRUE(page[1].before_text);
  const auto rest = store_->undo_of(RunId("r1"), page[1].id, 2).value();
  ASSERT_EQ(rest.size(), 1U);
  ASSERT_TRUE(store_->set_undo_state(rest[0].id, "kept"));
  EXPECT_EQ(store_->undo_of(RunId("r1"), 0, 9).value()[2].state, "kept");
}

TEST_P(RecordsContract, APlanIsApprovedAndUsed) {
  ASSERT_TRUE(store_->save_plan({"h1", PairId("p"), kAnna, "[]", "waiting", clock_->now(), std::nullopt}));
  ASSERT_TRUE(store_->set_plan_state("h1", "approved", clock_->now() + std::chrono::hours(24)));
  const auto plan = store_->plans(PairId("p")).value().at(0);
  EXPECT_EQ(plan.state, "approved");
  EXPECT_TRUE(plan.approved_until);
  EXPECT_EQ(store_->plans(PairId()).value().size(), 1U);
  EXPECT_TRUE(store_->plans(PairId("q")).value().empty());
  EXPECT_EQ(store_->set_plan_state("none", "used", std::nullopt).error().fault, Fault::not_found);
}

TEST_P(RecordsContract, ASettingIsKeptUntilItIsEmptied) {
  EXPECT_EQ(store_->setting("paused:all").value(), "");
  ASSERT_TRUE(store_->set_setting("paused:all", "1"));
  ASSERT_TRUE(store_->set_setting("paused:all", "2"));
  EXPECT_EQ(store_->setting("paused:all").value(), "2");
  ASSERT_TRUE(store_->set_setting("paused:all", ""));
  EXPECT_EQ(store_->setting("paused:all").value(), "");
}

TEST_P(RecordsContract, AForgottenMailboxLeavesNothingAndTakesNothingElse) {
  const PairId anna = make_pair_in(*store_, kAnna.value), bert = make_pair_in(*store_, kBert.value);
  Batch batch;
  for (const auto& [pair, owner] : {std::pair(anna, kAnna), std::pair(bert, kBert)}) {
    batch.mappings.push_back(a_mapping(pair, "u1"));
    batch.audit.push_back({clock_->now(), RunId("r"), pair, owner, Uid("u1"), "created", "", ""});
    batch.parked.push_back(a_parked(pair, "x"));
    batch.parked.back().mailbox = owner;
    batch.losses.push_back({pair, owner, Uid("u1"), "zone", "", ""});
  }
  must_commit(*store_, batch);
  ASSERT_TRUE(store_->set_setting("paused:" + kAnna.value, "1"));
  ASSERT_TRUE(store_->set_setting("paused:" + kBert.value, "1"));
  ASSERT_TRUE(store_->forget_mailbox(kAnna));
  EXPECT_FALSE(store_->mailbox(kAnna).value());
  EXPECT_TRUE(store_->pairs(kAnna).value().empty());
  EXPECT_FALSE(store_->mapping(anna, Uid("u1")).value());
  EXPECT_FALSE(store_->mapping_by_item(anna, ItemId("item-u1")).value());
  EXPECT_TRUE(store_->audit(kAnna, Uid(), 9).value().empty());
  EXPECT_TRUE(store_->parked(kAnna).value().empty());
  EXPECT_TRUE(store_->losses(kAnna).value().empty());
  EXPECT_EQ(store_->setting("paused:" + kAnna.value).value(), "");
  EXPECT_EQ(store_->setting("paused:" + kBert.value).value(), "1");
  EXPECT_TRUE(store_->mapping_by_item(bert, ItemId("item-u1")).value());
  EXPECT_EQ(store_->audit(kBert, Uid(), 9).value().size(), 1U);
}

TEST_P(RecordsContract, PruningTakesOnlyWhatIsOld) {
  const PairId pair = make_pair_in(*store_);
  Batch batch;
  for (const int age : {200, 10}) {  // history is appended: the old comes first
    const Instant at = clock_->now() - std::chrono::days(age);
    Mapping mapping = a_mapping(pair, "gone" + std::to_string(age));
    mapping.state = "tombstone";
    mapping.updated = at;
    batch.mappings.push_back(mapping);
    mapping = a_mapping(pair, "here" + std::to_string(age));
    mapping.updated = at;
    batch.mappings.push_back(mapping);
    batch.audit.push_back({at, RunId("r"), pair, kAnna, Uid("u"), "created", "", ""});
    Undo undo;
    undo.run = RunId("r");
    undo.at = at;
    batch.undo.push_back(undo);
  }
  must_commit(*store_, batch);
  ASSERT_TRUE(store_->prune(std::chrono::days(90), std::chrono::days(180), std::chrono::days(30)));
  EXPECT_FALSE(store_->mapping(pair, Uid("gone200")).value());
  EXPECT_FALSE(store_->mapping_by_item(pair, ItemId("item-gone200")).value());
  EXPECT_EQ(store_->counts(pair).value().active, 2U);
  EXPECT_EQ(store_->counts(pair).value().tombstones, 1U);
  EXPECT_EQ(store_->audit(Address(), Uid(), 9).value().size(), 1U);
  EXPECT_EQ(store_->undo_of(RunId("r"), 0, 9).value().size(), 1U);
}

CARAVAN_STORE_CONTRACT(RecordsContract);

}  // namespace
}  // namespace caravan::store::testing
