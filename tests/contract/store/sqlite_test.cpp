// SPDX-License-Identifier: GPL-3.0-or-later
// What only the file has: its mode, the copy before an upgrade, disks that are full, folders that can't be written.
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "servers.hpp"
#include "store/migrate.hpp"
#include "store/sqlite/sqlite_errors.hpp"

namespace caravan::store::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class SqliteFile : public ::testing::Test {
 protected:
  [[nodiscard]] std::string path() const { return folder_.path() + "/caravan.db"; }
  [[nodiscard]] Result<std::unique_ptr<Store>> open_it() const { return open("sqlite:" + path(), clock_); }
  [[nodiscard]] mode_t mode(const std::string& suffix) const {
    struct stat facts {};
    return ::stat((path() + suffix).c_str(), &facts) == 0 ? facts.st_mode & 0777 : 0;
  }
  Folder folder_;
  std::shared_ptr<MovableClock> clock_ = std::make_shared<MovableClock>();
};

TEST_F(SqliteFile, IsReadableByItsOwnerOnlyWhateverTheUmaskIs) {
  const mode_t before = ::umask(0);
  const auto store = open_it();
  make_pair_in(**store);
  ::umask(before);
  EXPECT_EQ(mode(""), 0600U);
  EXPECT_EQ(mode("-wal"), 0600U);
  EXPECT_EQ(mode("-shm"), 0600U);
}

TEST_F(SqliteFile, ThatOthersCouldReadIsClosedToThem) {
  std::ofstream(path()).flush();
  ::chmod(path().c_str(), 0644);
  ASSERT_TRUE(open_it());
  EXPECT_EQ(mode(""), 0600U);
}

TEST_F(SqliteFile, IsCopiedBeforeAnUpgradeAndNoCopyIsOverwritten) {
  {
    const auto store = open_it();
    make_pair_in(**store);
  }
  const std::string kept = ".bak-" + std::to_string(current_schema_version());
  std::ofstream(path() + kept) << "an older copy";
  std::vector<Migration> steps(migrations().begin(), migrations().end());
  steps.push_back({current_schema_version() + 1, "9999_next", "CREATE TABLE more (a BIGINT);"});
  const auto database = open_sqlite(path(), clock_);
  ASSERT_TRUE(migrate(**database, steps, Upgrade::allowed));
  EXPECT_EQ(mode(kept + ".2"), 0600U);
  const auto copy = open("sqlite:" + path() + kept + ".2", clock_);
  ASSERT_TRUE(copy) << copy.error().what;
  EXPECT_EQ((*copy)->pairs(Address()).value().size(), 1U);
}

TEST_F(SqliteFile, ThatIsNoDatabaseIsRefusedAndLeftAlone) {
  std::ofstream(path()) << "Dear diary, this is not a database. " << std::string(5000, '.');
  const auto opened = open_it();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, "store_foreign");
  EXPECT_EQ(fs::file_size(path()), 5036U);
}

TEST_F(SqliteFile, InAFolderThatIsNotThereIsAClearError) {
  const auto opened = open("sqlite:/nowhere/at/all/caravan.db", clock_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().fault, Fault::denied);
  EXPECT_EQ(opened.error().code, "store_unwritable");
  EXPECT_THAT(opened.error().what, HasSubstr("/nowhere/at/all/caravan.db"));
  EXPECT_FALSE(opened.error().remedy.empty());
}

TEST_F(SqliteFile, ThatIsAFolderIsAClearError) {
  fs::create_directory(path());
  EXPECT_FALSE(open_it());
}

/// A file size limit is the nearest thing to a full disk without one: the write fails in the same place.
TEST_F(SqliteFile, OnAFullDiskLosesNothingCommitted) {
  PairId pair;
  {
    const auto store = open_it();
    pair = make_pair_in(**store);
  }
  const auto full = open_sqlite(path(), clock_);
  ASSERT_TRUE(full);
  ASSERT_TRUE((*full)->query("PRAGMA max_page_count = 60", {}, [](const Row&) {}));
  Status done;
  int kept = 0;
  for (int i = 0; i < 500 && done; ++i) {
    const std::string name = "n" + std::to_string(i), value(4000, 'x');
    const Value parameters[] = {name, value};
    const auto changed = (*full)->execute("INSERT INTO setting (name, value) VALUES ($1, $2)", parameters);
    if (!changed) {
      done = changed.error();
    } else {
      ++kept;
    }
  }
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().fault, Fault::denied);
  EXPECT_EQ(done.error().code, "disk_full");
  EXPECT_FALSE(done.error().remedy.empty());
  EXPECT_EQ((*open_it())->setting("n" + std::to_string(kept - 1)).value().size(), 4000U);
}

TEST_F(SqliteFile, KeepsItsLocksWhenAnotherConnectionOfTheProcessOpensIt) {
  const auto first = open_it();
  { const auto second = open_it(); }
  make_pair_in(**first);
  const pid_t child = ::fork();
  if (child == 0) {
    { const auto other = open_it(); }  // were the locks lost, it would take itself for the last one and remove the log
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(fs::exists(path() + "-wal"));
}

TEST(SqliteErrors, ADeviceWithoutSpaceIsAFullDiskWhateverSqliteCallsIt) {
  constexpr int kIoErrorWrite = 10 | (3 << 8);
  EXPECT_EQ(sqlite_error(kIoErrorWrite, ENOSPC, "m", "p", "d").code, "disk_full");
  EXPECT_EQ(sqlite_error(kIoErrorWrite, EDQUOT, "m", "p", "d").code, "disk_full");
  EXPECT_EQ(sqlite_error(kIoErrorWrite, EIO, "m", "p", "d").code, "store_io");
}

TEST(StoreUrl, ThatIsNeitherIsRefused) {
  EXPECT_EQ(open("mysql://x", std::make_shared<MovableClock>()).error().code, "store_url");
}

}  // namespace
}  // namespace caravan::store::testing
