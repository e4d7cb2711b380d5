// SPDX-License-Identifier: GPL-3.0-or-later
// What only a server has: it goes away and comes back, has several hosts, refuses texts.
#include <gmock/gmock.h>

#include "servers.hpp"
#include "store/postgres/postgres_errors.hpp"

namespace caravan::store::testing {
namespace {

class Postgres : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!PostgresServer::instance().runs()) GTEST_SKIP() << PostgresServer::instance().why();
    url_ = PostgresServer::instance().make_database();
  }
  std::string url_;
  std::shared_ptr<MovableClock> clock_ = std::make_shared<MovableClock>();
};

TEST_F(Postgres, ALostConnectionIsRetriedLaterAndComesBack) {
  const auto store = open(url_, clock_);
  ASSERT_TRUE(store);
  make_pair_in(**store);
  PostgresServer::instance().end_sessions(url_);
  const auto lost = (*store)->mailboxes();
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().fault, Fault::retry_later);
  EXPECT_EQ((*store)->mailboxes().value().size(), 1U);
}

TEST_F(Postgres, AConnectionLostWithinATransactionLeavesNothingBehind) {
  const auto database = open_postgres(url_);
  ASSERT_TRUE(open(url_, clock_));
  ASSERT_TRUE((*database)->begin(Database::Purpose::write));
  ASSERT_TRUE((*database)->execute("INSERT INTO setting (name, value) VALUES ('a', 'b')", {}));
  PostgresServer::instance().end_sessions(url_);
  EXPECT_EQ((*database)->execute("INSERT INTO setting (name, value) VALUES ('c', 'd')", {}).error().fault,
            Fault::retry_later);
  EXPECT_EQ((*database)->execute("INSERT INTO setting (name, value) VALUES ('e', 'f')", {}).error().fault,
            Fault::retry_later);
  (*database)->rollback();
  const auto store = open(url_, clock_);
  EXPECT_EQ((*store)->setting("a").value() + (*store)->setting("c").value() + (*store)->setting("e").value(), "");
}

TEST_F(Postgres, ACommitWhoseAnswerIsLostIsInDoubt) {
  const auto database = open_postgres(url_);
  ASSERT_TRUE((*database)->begin(Database::Purpose::write));
  ASSERT_TRUE((*database)->execute("SELECT 1", {}));
  PostgresServer::instance().end_sessions(url_);
  const Status done = (*database)->commit();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().fault, Fault::in_doubt);
  EXPECT_TRUE((*database)->has_table("setting"));
}

TEST_F(Postgres, OfSeveralHostsTheOneThatAnswersIsUsed) {
  std::string url = url_;
  const auto at = url.find("127.0.0.1");
  url.insert(at, "127.0.0.1:1,");
  const auto store = open(url, clock_);
  ASSERT_TRUE(store) << store.error().what;
  EXPECT_EQ((*store)->schema_version().value(), current_schema_version());
}

TEST_F(Postgres, AServerThatOnlyReadsIsNotUsed) {
  const auto opened = open(url_ + "%20-cdefault_transaction_read_only%3Don", clock_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().fault, Fault::retry_later);
}

TEST_F(Postgres, ADatabaseThatIsMissingIsDenied) {
  const auto opened = open(url_.insert(url_.find('?'), "nope"), clock_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().fault, Fault::denied);
  EXPECT_EQ(opened.error().code, "store_no_database");
}

TEST_F(Postgres, AServerThatIsAwayIsRetriedLater) {
  const auto opened = open("postgresql://caravan@127.0.0.1:1/x", clock_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().fault, Fault::retry_later);
}

TEST_F(Postgres, ATextThatItCannotKeepIsMalformedAndHarmless) {
  const auto store = open(url_, clock_);
  EXPECT_EQ((*store)->set_setting("a", std::string("x\0y", 3)).error().fault, Fault::malformed);
  EXPECT_EQ((*store)->set_setting("a", "\xff").error().fault, Fault::malformed);
  ASSERT_TRUE((*store)->set_setting("a", "ok"));
}

TEST(PostgresErrors, EveryStateSaysWhatToDo) {
  EXPECT_EQ(postgres_error("40001", "m", "d").fault, Fault::retry_later);
  EXPECT_EQ(postgres_error("40P01", "m", "d").fault, Fault::retry_later);
  EXPECT_EQ(postgres_error("57P01", "m", "d").fault, Fault::retry_later);
  EXPECT_EQ(postgres_error("53100", "m", "d").code, "disk_full");
  EXPECT_EQ(postgres_error("23505", "m", "d").fault, Fault::precondition_failed);
  EXPECT_EQ(postgres_error("28P01", "m", "d").fault, Fault::denied);
  EXPECT_EQ(postgres_error("42501", "m", "d").fault, Fault::denied);
  EXPECT_EQ(postgres_error("", "m", "d").fault, Fault::retry_later);
  EXPECT_EQ(postgres_error("42601", "m", "d").fault, Fault::malformed);
}

}  // namespace
}  // namespace caravan::store::testing
