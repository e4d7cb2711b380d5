// SPDX-License-Identifier: GPL-3.0-or-later
// No queued job is forgotten where the database takes something and its answer is lost.
#include "exodus/jobs_in_hand.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <optional>

#include "support/world/store_proxy.hpp"
#include "support/world/test_clock.hpp"
#include "util/digest.hpp"

namespace caravan::exodus {
namespace {

class AWorker : public ::testing::Test {
 protected:
  AWorker() {
    std::filesystem::create_directory(folder);
    real = store::open("sqlite:" + folder + "/caravan.db", clock).value();
    for (const char* mailbox : {"a@x.org", "b@x.org"}) {
      store::Job job;
      job.run = RunId("r");
      job.mailbox = Address(mailbox);
      job.kind = "migrate";
      EXPECT_TRUE(real->add_jobs({job}));
    }
    store.emplace(*real, fate);
  }
  ~AWorker() override {
    real.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }
  /// The mailbox of the job that is claimed; "-" where none waits.
  std::string claim() {
    const auto job = in_hand.claim(*store).value();
    return job ? job->mailbox.value : "-";
  }

  const std::string folder = ::testing::TempDir() + "caravan-jobs-" + random_hex(8);
  std::shared_ptr<world::TestClock> clock = std::make_shared<world::TestClock>();
  std::unique_ptr<store::Store> real;
  world::Fate fate;
  std::optional<world::StoreProxy> store;
  JobsInHand in_hand{"me", std::chrono::seconds(30)};
};

TEST_F(AWorker, GetsEachJobOnce) {
  EXPECT_EQ(claim(), "a@x.org");
  EXPECT_EQ(claim(), "b@x.org");
  EXPECT_EQ(claim(), "-");
}

TEST_F(AWorker, GetsTheJobWhoseClaimWasNotAnswered) {
  store->job_loss = world::StoreProxy::Loss::answer;
  EXPECT_FALSE(in_hand.claim(*store));
  EXPECT_EQ(claim(), "a@x.org");
  EXPECT_EQ(claim(), "b@x.org");
  EXPECT_EQ(claim(), "-");
}

TEST_F(AWorker, LeavesWhatItsFellowsWorkOnAlone) {
  EXPECT_EQ(claim(), "a@x.org");
  store->job_loss = world::StoreProxy::Loss::answer;
  EXPECT_FALSE(in_hand.claim(*store));
  EXPECT_EQ(claim(), "b@x.org");
  EXPECT_EQ(claim(), "-");
}

TEST_F(AWorker, WorksAgainOnWhatCouldNotBeRecordedAsDone) {
  auto job = in_hand.claim(*store).value().value();
  job.state = "done";
  store->job_loss = world::StoreProxy::Loss::request;
  in_hand.end(*store, job);
  EXPECT_EQ(claim(), "a@x.org");
}

TEST_F(AWorker, DoesNotRepeatWhatWasRecordedWithoutAnAnswer) {
  auto job = in_hand.claim(*store).value().value();
  job.state = "done";
  store->job_loss = world::StoreProxy::Loss::answer;
  in_hand.end(*store, job);
  EXPECT_EQ(claim(), "b@x.org");
  EXPECT_EQ(claim(), "-");
}

}  // namespace
}  // namespace caravan::exodus
