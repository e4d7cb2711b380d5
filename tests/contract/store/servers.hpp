// SPDX-License-Identifier: GPL-3.0-or-later
// The stores that the contract runs on: a SQLite file in a folder of its own, and a PostgreSQL server that the test
// program starts (and ends by its pid). Each test gets an empty database.
#pragma once
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>

#include "store/database.hpp"
#include "store/store.hpp"
#include "util/clock.hpp"

namespace caravan::store::testing {

/// The machine's clock, which a test can move. PostgreSQL's time can't be moved: see StoreContract::pass.
class MovableClock final : public Clock {
 public:
  Instant now() const override { return system_clock()->now() + std::chrono::seconds(moved_.load()); }
  std::chrono::sys_time<std::chrono::milliseconds> now_ms() const override {
    return system_clock()->now_ms() + std::chrono::seconds(moved_.load());
  }
  std::chrono::steady_clock::time_point monotonic() const override { return std::chrono::steady_clock::now(); }
  void move(std::chrono::seconds by) { moved_ += by.count(); }

 private:
  std::atomic<std::int64_t> moved_{0};
};

/// Removed with all it holds at the end.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// One server for the whole test program.
class PostgresServer {
 public:
  /// Starts it at the first call; empty `url()` where it can't be, with the reason in `why()`.
  static PostgresServer& instance();
  ~PostgresServer();
  [[nodiscard]] std::string make_database();  ///< its URL; an empty schema of the server's one database
  [[nodiscard]] const std::string& why() const { return why_; }
  [[nodiscard]] bool runs() const { return why_.empty(); }
  /// Ends all sessions but the caller's, as a failover does.
  void end_sessions(const std::string& url);
  [[nodiscard]] int port() const { return port_; }

 private:
  PostgresServer();
  void start();
  [[nodiscard]] std::string url_of(const std::string& database) const;
  std::unique_ptr<Folder> folder_;
  std::string why_;
  int port_ = 0;
  int pid_ = 0;
  int made_ = 0;
};

enum class Kind { sqlite, postgres };

/// A fresh store of the parameter's kind.
class StoreContract : public ::testing::TestWithParam<Kind> {
 protected:
  void SetUp() override;
  [[nodiscard]] std::unique_ptr<Store> connect() const;
  [[nodiscard]] std::unique_ptr<Database> driver() const;
  /// Lets `seconds` pass for the store: moves the clock, or changes PostgreSQL's rows by as much.
  void pass(std::chrono::seconds seconds);

  std::unique_ptr<Folder> folder_;
  std::shared_ptr<MovableClock> clock_ = std::make_shared<MovableClock>();
  std::string url_;
  std::unique_ptr<Store> store_;
};

// builders
Pair a_pair(const std::string& mailbox = "anna@example.org", const std::string& folder = "calendar");
Mapping a_mapping(const PairId& pair, const std::string& uid);

/// Commits and fails the test where that fails.
void must_commit(Store& store, Batch& batch);
/// Makes the pair and hands back its id.
PairId make_pair_in(Store& store, const std::string& mailbox = "anna@example.org",
                    const std::string& folder = "calendar");

}  // namespace caravan::store::testing

#define CARAVAN_STORE_CONTRACT(suite)                                                  \
  INSTANTIATE_TEST_SUITE_P(On, suite, ::testing::Values(Kind::sqlite, Kind::postgres), \
                           [](const auto& chosen) { return chosen.param == Kind::sqlite ? "Sqlite" : "Postgres"; })
