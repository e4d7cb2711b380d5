// SPDX-License-Identifier: GPL-3.0-or-later
#include "servers.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "util/digest.hpp"

/// libpqxx 6.4.5 leaks an empty result for each connection that breaks (seen with AddressSanitizer).
extern "C" const char* __lsan_default_suppressions();  // NOLINT: the sanitizer's own name
extern "C" const char* __lsan_default_suppressions() { return "leak:libpqxx\n"; }

namespace caravan::store::testing {
namespace {

int free_port() {
  const int handle = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  int port = 0;
  if (::bind(handle, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
      ::getsockname(handle, reinterpret_cast<sockaddr*>(&address), &size) == 0) {
    port = ntohs(address.sin_port);
  }
  ::close(handle);
  return port;
}

/// The newest installed server's folder of programs; empty: none.
std::string server_programs() {
  std::string best;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/usr/lib/postgresql", ignored)) {
    const std::string programs = entry.path().string() + "/bin";
    if (std::filesystem::exists(programs + "/initdb", ignored)) best = std::max(best, programs);
  }
  return best;
}

}  // namespace

Folder::Folder() {
  std::string name = (std::filesystem::temp_directory_path() / "caravan-store-XXXXXX").string();
  if (::mkdtemp(name.data()) != nullptr) path_ = name;
}
Folder::~Folder() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

PostgresServer& PostgresServer::instance() {
  static PostgresServer server;
  return server;
}

PostgresServer::PostgresServer() { start(); }

void PostgresServer::start() {
  const std::string programs = server_programs();
  if (programs.empty()) {
    why_ = "PostgreSQL's server programs are not installed (Debian: postgresql-15)";
    return;
  }
  const bool root = ::getuid() == 0;
  const std::string as = root ? "runuser -u postgres -- " : "";
  folder_ = std::make_unique<Folder>();
  const std::string data = folder_->path() + "/data";
  if (root && std::system(("chown postgres " + folder_->path()).c_str()) != 0) {
    why_ = "there is no user postgres to run the server as";
    return;
  }
  const std::string init = "cd / && " + as + programs + "/initdb -D " + data +
                           " -U caravan -A trust -E UTF8 --locale=C.UTF-8 --no-sync >" + folder_->path() +
                           "/initdb.log 2>&1";
  if (std::system(init.c_str()) != 0) {
    why_ = "initdb failed";
    return;
  }
  port_ = free_port();
  const std::string run = "cd / && " + as + programs + "/pg_ctl -D " + data + " -w -t 30 -l " + folder_->path() +
                          "/server.log -o \"-p " + std::to_string(port_) + " -k " + folder_->path() +
                          " -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=60\" start >/dev/null 2>&1";
  if (std::system(run.c_str()) != 0) {
    why_ = "the PostgreSQL server did not start";
    return;
  }
  std::ifstream(data + "/postmaster.pid") >> pid_;
  if (pid_ <= 0) why_ = "the PostgreSQL server left no pid";
}

PostgresServer::~PostgresServer() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGINT);  // "fast" shutdown
  for (int tries = 0; tries < 100 && ::kill(pid_, 0) == 0; ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

std::string PostgresServer::url_of(const std::string& database) const {
  return "postgresql://caravan@127.0.0.1:" + std::to_string(port_) + "/" + database;
}

/// A schema of its own in one database: a database of its own would cost 7 MB and 300 files each time.
std::string PostgresServer::make_database() {
  const std::string name = "test" + std::to_string(++made_);
  auto server = open_postgres(url_of("postgres"));
  if (!server || !(*server)->execute("CREATE SCHEMA " + name, {})) return {};
  return url_of("postgres") + "?options=-csearch_path%3D" + name;
}

void PostgresServer::end_sessions(const std::string& url) {
  auto server = open_postgres(url);
  ASSERT_TRUE(server);
  const Status done = (*server)->query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> "
      "pg_backend_pid()",
      {}, [](const Row&) {});
  ASSERT_TRUE(done);
}

void StoreContract::SetUp() {
  if (GetParam() == Kind::postgres) {
    PostgresServer& server = PostgresServer::instance();
    if (!server.runs()) GTEST_SKIP() << server.why();
    url_ = server.make_database();
  } else {
    folder_ = std::make_unique<Folder>();
    url_ = "sqlite:" + folder_->path() + "/caravan.db";
  }
  store_ = connect();
  ASSERT_TRUE(store_);
}

std::unique_ptr<Store> StoreContract::connect() const {
  auto opened = open(url_, clock_);
  EXPECT_TRUE(opened) << opened.error().what;
  return opened ? std::move(*opened) : nullptr;
}

std::unique_ptr<Database> StoreContract::driver() const {
  auto opened =
      GetParam() == Kind::postgres ? open_postgres(url_) : open_sqlite(folder_->path() + "/caravan.db", clock_);
  EXPECT_TRUE(opened) << opened.error().what;
  return opened ? std::move(*opened) : nullptr;
}

void StoreContract::pass(std::chrono::seconds seconds) {
  if (GetParam() == Kind::sqlite) return clock_->move(seconds);
  const auto database = driver();
  const Value by = std::chrono::milliseconds(seconds).count();
  ASSERT_TRUE(database->execute("UPDATE lease SET expires_ms = expires_ms - $1", {&by, 1}));
  ASSERT_TRUE(database->execute("UPDATE heartbeat SET at_ms = at_ms - $1", {&by, 1}));
  ASSERT_TRUE(database->execute("UPDATE job SET claimed_ms = claimed_ms - $1", {&by, 1}));
  ASSERT_TRUE(
      database->execute("UPDATE live_mailbox SET due_ms = due_ms - $1, not_before_ms = not_before_ms - $1, "
                        "claimed_ms = claimed_ms - $1",
                        {&by, 1}));
  ASSERT_TRUE(database->execute(
      "UPDATE wake SET exchange_since_ms = exchange_since_ms - $1, caldav_since_ms = caldav_since_ms - $1, "
      "next_exchange_ms = next_exchange_ms - $1, next_caldav_ms = next_caldav_ms - $1, next_audit_ms = next_audit_ms - "
      "$1",
      {&by, 1}));
  ASSERT_TRUE(database->execute(
      "UPDATE outbox_thread SET due = due - CAST($1 AS BIGINT) / 1000, claimed_ms = claimed_ms - $1", {&by, 1}));
  ASSERT_TRUE(database->execute(
      "UPDATE outbox SET due = due - CAST($1 AS BIGINT) / 1000, settled = settled - CAST($1 AS BIGINT) / 1000",
      {&by, 1}));
  ASSERT_TRUE(
      database->execute("UPDATE subscription SET created_ms = created_ms - $1, heard_ms = heard_ms - $1", {&by, 1}));
}

Pair a_pair(const std::string& mailbox, const std::string& folder) {
  Pair pair;
  pair.mailbox = Address(mailbox);
  pair.folder = FolderId(folder);
  pair.folder_name = "Calendar";
  pair.collection = Href("/" + mailbox + "/" + folder + "/");
  return pair;
}

Mapping a_mapping(const PairId& pair, const std::string& uid) {
  Mapping mapping;
  mapping.pair = pair;
  mapping.uid = Uid(uid);
  mapping.exchange_parts = {{ItemId("item-" + uid), ChangeKey("key-1"), ""}};
  mapping.exchange_digest = sha256(uid);
  mapping.exchange_copy = "BEGIN:VEVENT\r\nUID:" + uid + "\r\nEND:VEVENT\r\n";
  mapping.href = Href("/anna/exchange/" + uid + ".ics");
  mapping.etag = Etag("\"1\"");
  mapping.summary = "Besprechung";
  mapping.starts = Instant{std::chrono::seconds(1'800'000'000)};
  mapping.ends = Instant{std::chrono::seconds(253'402'300'799)};
  return mapping;
}

void must_commit(Store& store, Batch& batch) {
  const Status done = store.commit(batch);
  ASSERT_TRUE(done) << done.error().what << " [" << done.error().code << "]";
}

PairId make_pair_in(Store& store, const std::string& mailbox, const std::string& folder) {
  Batch batch;
  Mailbox owner;
  owner.address = Address(mailbox);
  batch.mailboxes = {owner};
  batch.pairs = {a_pair(mailbox, folder)};
  must_commit(store, batch);
  return batch.pairs.front().id;
}

}  // namespace caravan::store::testing
