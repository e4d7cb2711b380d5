// SPDX-License-Identifier: GPL-3.0-or-later
// The admin port: alive, ready, numbers, state; and that none of them waits for another.
#include "app/admin/admin_server.hpp"

#include <gmock/gmock.h>

#include "support/http/raw_client.hpp"

namespace caravan::app {
namespace {

using caravan::testing::RawClient;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

Status away() { return make_error(Fault::retry_later, "the store is away", "store_unreachable", "Start PostgreSQL."); }

class AdminServerTest : public ::testing::Test {
 protected:
  void start(AdminOptions options) {
    options.port = 0;
    auto started = AdminServer::start(std::move(options), registry_);
    ASSERT_TRUE(started) << started.error().what;
    server_ = std::move(*started);
  }
  std::string get(const std::string& path) {
    RawClient client(server_->port());
    client.send("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
    return client.read_answer();
  }

  metrics::Registry registry_;
  std::unique_ptr<AdminServer> server_;
};

TEST_F(AdminServerTest, AProcessThatServesIsAlive) {
  start({});
  EXPECT_THAT(get("/healthz"), AllOf(StartsWith("HTTP/1.1 200 "), EndsWith("\r\n\r\nok\n")));
}

TEST_F(AdminServerTest, WithAllChecksWellItIsReady) {
  AdminOptions options;
  options.checks = {{"store", [] { return Status(); }}, {"callbacks", [] { return Status(); }}};
  start(std::move(options));
  EXPECT_THAT(get("/readyz"), AllOf(StartsWith("HTTP/1.1 200 "), EndsWith("\r\n\r\nstore: ok\ncallbacks: ok\n")));
}

TEST_F(AdminServerTest, WithACheckThatFailsItIsNotReadyAndSaysWhatToDo) {
  AdminOptions options;
  options.checks = {{"store", away}, {"callbacks", [] { return Status(); }}};
  start(std::move(options));
  EXPECT_THAT(get("/readyz"), AllOf(StartsWith("HTTP/1.1 503 "),
                                    EndsWith("store: the store is away; Start PostgreSQL.\ncallbacks: ok\n")));
  EXPECT_THAT(get("/healthz"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(AdminServerTest, WhileItIsBeingStoppedItIsNotReady) {
  start({});
  EXPECT_THAT(get("/readyz"), StartsWith("HTTP/1.1 200 "));
  server_->stopping();
  EXPECT_THAT(get("/readyz"), StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(get("/healthz"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(AdminServerTest, TheNumbersAreCountedWhenSomebodyLooks) {
  AdminOptions options;
  options.refresh = [](metrics::Registry& registry) { registry.add(metrics::kPending, {}, 3); };
  start(std::move(options));
  EXPECT_THAT(get("/metrics"), AllOf(StartsWith("HTTP/1.1 200 "),
                                     HasSubstr("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"),
                                     HasSubstr("\ncaravan_pending_changes 3\n")));
  EXPECT_THAT(get("/metrics"), HasSubstr("\ncaravan_pending_changes 6\n"));
}

TEST_F(AdminServerTest, TheStateIsTheDocumentItIsGiven) {
  AdminOptions options;
  options.status = [] { return Result<std::string>("{\"a\":1}\n"); };
  start(std::move(options));
  EXPECT_THAT(get("/api/status"), AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr("Content-Type: application/json\r\n"),
                                        EndsWith("\r\n\r\n{\"a\":1}\n")));
}

TEST_F(AdminServerTest, AStateThatCannotBeToldIs503) {
  AdminOptions options;
  options.status = [] { return Result<std::string>(away().error()); };
  start(std::move(options));
  EXPECT_THAT(get("/api/status"), AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr("the store is away")));
}

TEST_F(AdminServerTest, ACheckThatThrowsIs500AndTheNextOneIsAnswered) {
  int asked = 0;
  AdminOptions options;
  options.checks = {{"store", [&]() -> Status {
                       if (++asked == 1) throw std::runtime_error("no luck");
                       return {};
                     }}};
  start(std::move(options));
  EXPECT_THAT(get("/readyz"), StartsWith("HTTP/1.1 500 "));
  EXPECT_THAT(get("/readyz"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(AdminServerTest, ACheckThatHangsDoesNotHoldUpTheSignOfLife) {
  std::mutex mutex;
  std::condition_variable freed;
  bool free = false;
  AdminOptions options;
  options.checks = {{"store", [&] {
                       std::unique_lock lock(mutex);
                       freed.wait(lock, [&] { return free; });
                       return Status();
                     }}};
  start(std::move(options));
  RawClient waiting(server_->port());
  waiting.send("GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(get("/healthz"), StartsWith("HTTP/1.1 200 "));
  {
    const std::scoped_lock lock(mutex);
    free = true;
  }
  freed.notify_all();
  EXPECT_THAT(waiting.read_answer(), StartsWith("HTTP/1.1 200 "));
}

TEST_F(AdminServerTest, NothingElseIsThere) {
  start({});
  EXPECT_THAT(get("/"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(get("/api/status"), StartsWith("HTTP/1.1 404 "));
}

TEST_F(AdminServerTest, ATakenPortIsAnErrorWithARemedy) {
  start({});
  AdminOptions options;
  options.port = server_->port();
  const auto second = AdminServer::start(std::move(options), registry_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, "listen");
}

}  // namespace
}  // namespace caravan::app
