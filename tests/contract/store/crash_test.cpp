// SPDX-License-Identifier: GPL-3.0-or-later
// A process killed in the middle of a transaction: what was committed is there, what was not is not.
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "servers.hpp"
#include "store/sql_store.hpp"

namespace caravan::store::testing {
namespace {

using CrashContract = StoreContract;

/// In the child: commits 50 batches, then waits inside a transaction that has written more.
[[noreturn]] void write_and_wait(std::unique_ptr<Store> store, std::unique_ptr<Database> database, const PairId& pair,
                                 int ready) {
  for (int i = 0; i < 50; ++i) {
    Batch batch;
    batch.mappings = {a_mapping(pair, "kept" + std::to_string(i))};
    if (!store->commit(batch)) ::_exit(2);
  }
  const Value uid = std::string_view("lost");
  if (!database->begin(Database::Purpose::write) || !database->execute("UPDATE mapping SET state = 'torn'", {}) ||
      !database->execute("INSERT INTO setting (name, value) VALUES ($1, $1)", {&uid, 1})) {
    ::_exit(3);
  }
  if (::write(ready, "x", 1) != 1) ::_exit(4);
  for (;;) ::pause();
}

TEST_P(CrashContract, NothingCommittedIsLostAndNothingElseIsSeen) {
  const PairId pair = make_pair_in(*store_);
  store_.reset();
  int channel[2];
  ASSERT_EQ(::pipe(channel), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) write_and_wait(connect(), driver(), pair, channel[1]);
  ::close(channel[1]);
  char byte = 0;
  EXPECT_EQ(::read(channel[0], &byte, 1), 1);
  ::close(channel[0]);
  ::kill(child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));

  store_ = connect();
  ASSERT_TRUE(store_);
  EXPECT_EQ(store_->counts(pair).value().active, 50U);
  EXPECT_EQ(store_->mapping(pair, Uid("kept49")).value()->state, "active");
  EXPECT_EQ(store_->setting("lost").value(), "");
  Batch batch;
  batch.mappings = {a_mapping(pair, "after")};
  must_commit(*store_, batch);
}

CARAVAN_STORE_CONTRACT(CrashContract);

}  // namespace
}  // namespace caravan::store::testing
