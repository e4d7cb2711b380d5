// SPDX-License-Identifier: GPL-3.0-or-later
// Runs, jobs, leases, heartbeats.
#include <gmock/gmock.h>

#include "servers.hpp"

namespace caravan::store::testing {
namespace {

using std::chrono::seconds;
using WorkContract = StoreContract;

Job a_job(const std::string& mailbox, const std::string& run = "r1") {
  Job job;
  job.run = RunId(run);
  job.mailbox = Address(mailbox);
  job.kind = "migrate";
  job.options = "{}";
  return job;
}

TEST_P(WorkContract, ARunIsSavedAndReplaced) {
  store::Run run{RunId("r1"), "migrate", "queued", "{}", "", clock_->now(), std::nullopt, std::nullopt};
  ASSERT_TRUE(store_->save_run(run));
  run.state = "done";
  run.summary = "{\"a\":1}";
  run.ended = clock_->now();
  ASSERT_TRUE(store_->save_run(run));
  const auto read = store_->run(RunId("r1")).value();
  ASSERT_TRUE(read);
  EXPECT_EQ(read->state + read->summary, "done{\"a\":1}");
  EXPECT_FALSE(read->started);
  EXPECT_EQ(read->ended, run.ended);
  EXPECT_FALSE(store_->run(RunId("none")).value());
}

TEST_P(WorkContract, RunsComeNewestFirst) {
  for (const int age : {3, 1, 2}) {
    store::Run run;
    run.id = RunId("r" + std::to_string(age));
    run.created = clock_->now() - std::chrono::hours(age);
    ASSERT_TRUE(store_->save_run(run));
  }
  const auto runs = store_->runs(2).value();
  ASSERT_EQ(runs.size(), 2U);
  EXPECT_EQ(runs[0].id.value + runs[1].id.value, "r1r2");
}

TEST_P(WorkContract, AQueuedJobIsClaimedOnce) {
  ASSERT_TRUE(store_->add_jobs({a_job("anna@example.org")}));
  const auto job = store_->claim_job("one", RunId("r1"), seconds(30)).value();
  ASSERT_TRUE(job);
  EXPECT_EQ(job->holder + job->state + job->mailbox.value, "oneclaimedanna@example.org");
  EXPECT_FALSE(store_->claim_job("two", RunId(), seconds(30)).value());
}

TEST_P(WorkContract, JobsAreClaimedInOrderAndByRun) {
  ASSERT_TRUE(store_->add_jobs({a_job("a@x.org", "r1"), a_job("b@x.org", "r2"), a_job("c@x.org", "r1")}));
  EXPECT_EQ(store_->claim_job("h", RunId("r2"), seconds(30)).value()->mailbox, Address("b@x.org"));
  EXPECT_EQ(store_->claim_job("h", RunId(), seconds(30)).value()->mailbox, Address("a@x.org"));
}

TEST_P(WorkContract, AJobOfADeadHolderIsClaimedAgain) {
  ASSERT_TRUE(store_->add_jobs({a_job("anna@example.org")}));
  ASSERT_TRUE(store_->heartbeat("one", "exodus"));
  ASSERT_TRUE(store_->claim_job("one", RunId(), seconds(30)).value());
  pass(seconds(31));
  EXPECT_EQ(store_->claim_job("two", RunId(), seconds(30)).value()->holder, "two");
}

TEST_P(WorkContract, AJobOfALivingHolderIsLeftAlone) {
  ASSERT_TRUE(store_->add_jobs({a_job("anna@example.org")}));
  ASSERT_TRUE(store_->claim_job("one", RunId(), seconds(30)).value());
  pass(seconds(31));
  ASSERT_TRUE(store_->heartbeat("one", "exodus"));
  EXPECT_FALSE(store_->claim_job("two", RunId(), seconds(30)).value());
}

TEST_P(WorkContract, AJobKeepsWhatIsSavedOfIt) {
  ASSERT_TRUE(store_->add_jobs({a_job("anna@example.org")}));
  auto job = *store_->claim_job("one", RunId(), seconds(30)).value();
  job.state = "failed";
  job.progress = "{\"n\":2}";
  job.error = "no";
  job.error_code = "E";
  job.remedy = "yes";
  ASSERT_TRUE(store_->update_job(job));
  const auto read = store_->jobs(RunId("r1")).value().at(0);
  EXPECT_EQ(read.state + read.progress + read.error + read.error_code + read.remedy, "failed{\"n\":2}noEyes");
  EXPECT_FALSE(store_->claim_job("two", RunId(), seconds(0)).value());
}

TEST_P(WorkContract, AHoldersClaimedJobsAreNamedUntilTheyEnd) {
  ASSERT_TRUE(store_->add_jobs({a_job("a@x.org"), a_job("b@x.org"), a_job("c@x.org")}));
  auto first = *store_->claim_job("one", RunId(), seconds(30)).value();
  ASSERT_TRUE(store_->claim_job("two", RunId(), seconds(30)).value());
  ASSERT_TRUE(store_->claim_job("one", RunId(), seconds(30)).value());
  EXPECT_EQ(store_->claimed_jobs("one").value().size(), 2U);
  first.state = "done";
  ASSERT_TRUE(store_->update_job(first));
  const auto left = store_->claimed_jobs("one").value();
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(left[0].mailbox, Address("c@x.org"));
}

TEST_P(WorkContract, ALeaseHasOneHolder) {
  const PairId pair("p");
  const auto lease = store_->acquire_lease(pair, "one", seconds(60)).value();
  ASSERT_TRUE(lease);
  EXPECT_FALSE(store_->acquire_lease(pair, "two", seconds(60)).value());
  EXPECT_FALSE(store_->acquire_lease(pair, "one", seconds(60)).value());
}

TEST_P(WorkContract, AnExpiredLeaseIsTakenWithAHigherEpoch) {
  const PairId pair("p");
  const auto first = store_->acquire_lease(pair, "one", seconds(60)).value();
  pass(seconds(61));
  const auto second = store_->acquire_lease(pair, "two", seconds(60)).value();
  ASSERT_TRUE(first && second);
  EXPECT_GT(second->epoch, first->epoch);
  EXPECT_FALSE(store_->renew_lease(*first, seconds(60)).value());
  EXPECT_TRUE(store_->renew_lease(*second, seconds(60)).value());
}

TEST_P(WorkContract, ARenewedLeaseLastsLonger) {
  const PairId pair("p");
  const auto lease = store_->acquire_lease(pair, "one", seconds(60)).value();
  pass(seconds(40));
  ASSERT_TRUE(store_->renew_lease(*lease, seconds(60)).value());
  pass(seconds(40));
  EXPECT_FALSE(store_->acquire_lease(pair, "two", seconds(60)).value());
}

TEST_P(WorkContract, AReleasedLeaseIsFreeAndTheNextEpochIsHigher) {
  const PairId pair("p");
  const auto first = store_->acquire_lease(pair, "one", seconds(60)).value();
  ASSERT_TRUE(store_->release_lease(*first));
  const auto second = store_->acquire_lease(pair, "two", seconds(60)).value();
  ASSERT_TRUE(second);
  EXPECT_GT(second->epoch, first->epoch);
  ASSERT_TRUE(store_->release_lease(*first));
  EXPECT_TRUE(store_->renew_lease(*second, seconds(60)).value());
}

TEST_P(WorkContract, HeartbeatsGrowOldAndAreRemoved) {
  ASSERT_TRUE(store_->heartbeat("one", "exodus"));
  pass(seconds(20));
  ASSERT_TRUE(store_->heartbeat("two", "caravan"));
  EXPECT_EQ(store_->heartbeats(seconds(10)).value().at(0).holder, "two");
  EXPECT_EQ(store_->heartbeats(seconds(60)).value().size(), 2U);
  ASSERT_TRUE(store_->remove_heartbeat("two"));
  EXPECT_TRUE(store_->heartbeats(seconds(10)).value().empty());
}

CARAVAN_STORE_CONTRACT(WorkContract);

}  // namespace
}  // namespace caravan::store::testing
