// SPDX-License-Identifier: GPL-3.0-or-later
// What only some servers do: bulk fill, refusals inside a 207, lost tokens in all shapes, and faults that the fake
// plays.
#include <chrono>
#include <thread>

#include "contract/caldav/support.hpp"

namespace caravan::tests {
namespace {

using namespace caravan::caldav;

/// A caldav-fake of its own for each test.
class FakeTest : public testing::Test {
 protected:
  void start(const std::vector<std::string>& arguments = {}) {
    server_ = start_caldav_server("fake", arguments);
    ASSERT_NE(server_, nullptr);
    client_ = std::make_unique<Client>(connect_to(*server_));
    calendar_ = fresh_calendar(*client_, *server_);
  }
  std::string control(const std::string& method, const std::string& what) {
    http::Client plain(http::Options{});
    http::Request request;
    request.method = method;
    request.url = server_->url + "control/" + what;
    auto response = plain.perform(request);
    EXPECT_TRUE(response && response->status == 200) << what;
    return response ? response->body : "";
  }
  void fault(const std::string& parameters) { control("POST", "faults?" + parameters); }
  [[nodiscard]] Client& client() { return *client_; }
  [[nodiscard]] const Href& calendar() const { return calendar_; }
  [[nodiscard]] const CaldavServer& server() const { return *server_; }

 private:
  std::unique_ptr<CaldavServer> server_;
  std::unique_ptr<Client> client_;
  Href calendar_;
};

TEST_F(FakeTest, AWriteWhoseAnswerIsLostIsInDoubtAndSentOnce) {
  start();
  store(client(), calendar(), "warm-up");
  control("DELETE", "requests");
  fault("kind=drop&method=PUT");
  const auto outcome = client().put(child(calendar(), "doubt.ics"), event("doubt"), IfNoneMatch{});
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().fault, Fault::in_doubt) << outcome.error().what;
  EXPECT_NE(control("GET", "requests").find("\"PUT\":1}"), std::string::npos);
  EXPECT_TRUE(client().get(child(calendar(), "doubt.ics")));
}

TEST_F(FakeTest, AnErrorAfterTheEffectIsInDoubt) {
  start();
  fault("kind=status&status=500&when=after&method=PUT");
  const auto outcome = client().put(child(calendar(), "e.ics"), event("e"), IfNoneMatch{});
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().fault, Fault::in_doubt) << outcome.error().what;
}

TEST_F(FakeTest, AReadWhoseAnswerIsLostMayBeRepeated) {
  start();
  const auto stored = store(client(), calendar(), "r");
  fault("kind=truncate&method=GET");
  const auto got = client().get(stored.href);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().fault, Fault::retry_later) << got.error().what;
}

TEST_F(FakeTest, ATruncatedListingIsAnErrorAndNotAShortListing) {
  start();
  store(client(), calendar(), "a");
  store(client(), calendar(), "b");
  fault("kind=truncate&method=REPORT");
  EXPECT_FALSE(client().list(calendar()));
}

TEST_F(FakeTest, ARowThatAMultigetLeavesOutIsAskedForAgain) {
  start();
  const auto first = store(client(), calendar(), "a");
  const auto second = store(client(), calendar(), "b");
  fault("kind=short_multiget&rows=2");
  const std::vector<Href> hrefs{first.href, second.href, child(calendar(), "missing.ics")};
  const auto answers = client().multiget(calendar(), hrefs);
  EXPECT_TRUE(std::holds_alternative<Fetched>(answers[0]));
  EXPECT_TRUE(std::holds_alternative<Fetched>(answers[1]));
  EXPECT_TRUE(std::holds_alternative<Gone>(answers[2]));
}

TEST_F(FakeTest, ARowThatCannotBeHadIsAnErrorAndNeverGone) {
  start();
  const auto first = store(client(), calendar(), "a");
  const auto second = store(client(), calendar(), "b");
  fault("kind=short_multiget&rows=1");
  fault("kind=status&status=500&method=GET&count=-1");
  const auto answers = client().multiget(calendar(), std::vector<Href>{first.href, second.href});
  EXPECT_TRUE(std::holds_alternative<Error>(answers[1]));
}

TEST_F(FakeTest, ABusyServerIsWaitedForAsLongAsItAsks) {
  start();
  auto options = options_for(server());
  options.http.retry = {.attempts = 3, .first = std::chrono::milliseconds(1), .longest = std::chrono::milliseconds(5)};
  Client patient(options);
  fault("kind=status&status=503&method=GET&retry_after=1");
  const auto stored = store(client(), calendar(), "busy");
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_TRUE(patient.get(stored.href));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(950));
}

TEST_F(FakeTest, WrongCredentialsAreTriedThreeTimesAtMost) {
  start();
  control("DELETE", "requests");
  auto options = options_for(server());
  options.http.password = Secret("wrong");
  Client stranger(options);
  std::vector<PutJob> jobs(50, PutJob{child(calendar(), "x.ics"), event("x"), IfNoneMatch{}});
  int denied = 0;
  stranger.put_all(jobs, 8, {}, [&](std::size_t, Result<PutOutcome> outcome) {
    denied += !outcome && outcome.error().fault == Fault::denied ? 1 : 0;
  });
  EXPECT_EQ(denied, 50);
  EXPECT_NE(control("GET", "requests").find("{\"total\":3,"), std::string::npos);
}

TEST_F(FakeTest, ATokenRefusedWith500LeadsToTheFullList) {
  start({"--lost-token", "500"});
  store(client(), calendar(), "a");
  const auto listing = client().list(calendar());
  control("POST", "nasty?do=forget_tokens&path=" + calendar().value);
  const auto changes = client().sync(calendar(), listing->token);
  ASSERT_TRUE(changes) << changes.error().what;
  EXPECT_TRUE(changes->full);
  EXPECT_EQ(changes->changes.size(), 1U);
}

TEST_F(FakeTest, ATokenRefusedWith403LeadsToTheFullList) {
  start({"--lost-token", "403"});
  store(client(), calendar(), "a");
  const auto listing = client().list(calendar());
  control("POST", "nasty?do=forget_tokens&path=" + calendar().value);
  const auto changes = client().sync(calendar(), listing->token);
  ASSERT_TRUE(changes) << changes.error().what;
  EXPECT_TRUE(changes->full);
}

TEST_F(FakeTest, ABusyAnswerToASyncIsNoLostToken) {
  start();
  store(client(), calendar(), "a");
  const auto listing = client().list(calendar());
  fault("kind=status&status=503&method=REPORT");
  const auto changes = client().sync(calendar(), listing->token);
  ASSERT_FALSE(changes);
  EXPECT_EQ(changes.error().fault, Fault::retry_later);
}

TEST_F(FakeTest, AllPagesOfAListingAreFollowed) {
  start({"--page", "7"});
  std::vector<PutJob> jobs;
  for (int i = 0; i < 30; ++i)
    jobs.push_back({child(calendar(), std::to_string(i) + ".ics"), event(std::to_string(i)), IfNoneMatch{}});
  client().put_all(jobs, 4, {}, [](std::size_t, Result<PutOutcome> outcome) { EXPECT_TRUE(outcome); });
  const auto listing = client().list(calendar());
  ASSERT_TRUE(listing) << listing.error().what;
  EXPECT_EQ(listing->resources.size(), 30U);
}

TEST_F(FakeTest, WithoutSyncCollectionTheCtagTells) {
  start({"--no-sync-collection"});
  store(client(), calendar(), "a");
  const auto listing = client().list(calendar());
  ASSERT_TRUE(listing) << listing.error().what;
  EXPECT_EQ(listing->resources.size(), 1U);
  const auto quiet = client().sync(calendar(), listing->token);
  ASSERT_TRUE(quiet) << quiet.error().what;
  EXPECT_FALSE(quiet->full);
  EXPECT_TRUE(quiet->changes.empty());
  store(client(), calendar(), "b");
  const auto changed = client().sync(calendar(), listing->token);
  ASSERT_TRUE(changed) << changed.error().what;
  EXPECT_TRUE(changed->full);
  EXPECT_EQ(changed->changes.size(), 2U);
}

TEST_F(FakeTest, AnUntrustedServerIsLookedAtBeforeAWrite) {
  start({"--server-header", "SOGo"});
  EXPECT_EQ(client().quirks().server, Server::sogo);
  const auto stored = store(client(), calendar(), "guarded");
  control("DELETE", "requests");
  const auto again = client().put(stored.href, event("guarded", "Other"), IfNoneMatch{});
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().fault, Fault::precondition_failed);
  const auto stale = client().remove(stored.href, Etag("\"stale\""));
  ASSERT_FALSE(stale);
  EXPECT_EQ(stale.error().fault, Fault::precondition_failed);
  EXPECT_EQ(control("GET", "requests").find("PUT"), std::string::npos);
}

TEST_F(FakeTest, AStopEndsATransferAtOnce) {
  start();
  const auto stored = store(client(), calendar(), "slow");
  fault("kind=delay&delay_ms=5000&method=GET");
  std::stop_source source;
  std::jthread stopper([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    source.request_stop();
  });
  const auto begin = std::chrono::steady_clock::now();
  const auto got = client().get(stored.href, source.get_token());
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().fault, Fault::cancelled);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(2));
}

/// Servers that fill a calendar in one request.
class BulkFillTest : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (const auto missing = missing_package(GetParam()); !missing.empty()) GTEST_SKIP() << missing;
    server_ = shared_server(GetParam());
    ASSERT_NE(server_, nullptr);
    client_ = std::make_unique<Client>(connect_to(*server_));
    client_->set_server(Server::radicale);
    ASSERT_TRUE(client_->ensure_home(Href(server_->home)));
  }
  Status fill(const Href& path, const std::string& text) {
    const auto file = folder_.write("spool.ics", text);
    return client_->fill(path, file, text.size());
  }
  const CaldavServer* server_ = nullptr;
  std::unique_ptr<Client> client_;
  TemporaryFolder folder_;
};
INSTANTIATE_TEST_SUITE_P(Servers, BulkFillTest, testing::Values("fake", "radicale"),
                         [](const auto& server) { return server.param; });

TEST_P(BulkFillTest, AFilledCalendarHoldsEveryEvent) {
  const Href path = fresh_path(*server_);
  const auto filled = fill(path, many_events(50));
  ASSERT_TRUE(filled) << filled.error().what;
  const auto listing = client_->list(path);
  ASSERT_TRUE(listing) << listing.error().what;
  EXPECT_EQ(listing->resources.size(), 50U);
}

TEST_P(BulkFillTest, AFillNeverReplacesACalendar) {
  const Href path = fresh_calendar(*client_, *server_);
  store(*client_, path, "precious");
  const auto filled = fill(path, many_events(2));
  ASSERT_FALSE(filled);
  EXPECT_EQ(filled.error().fault, Fault::precondition_failed) << filled.error().what;
  EXPECT_EQ(client_->list(path)->resources.size(), 1U);
}

TEST_P(BulkFillTest, APoisonItemIsReportedAsMalformed) {
  const auto filled = fill(fresh_path(*server_), "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:no uid and no end");
  ASSERT_FALSE(filled);
  EXPECT_EQ(filled.error().fault, Fault::malformed) << filled.error().what;
}

TEST(XandikosTest, ARefusalInsideA207NamesItsPrecondition) {
  if (const auto missing = missing_package("xandikos"); !missing.empty()) GTEST_SKIP() << missing;
  const auto* server = shared_server("xandikos");
  ASSERT_NE(server, nullptr);
  auto client = connect_to(*server);
  const auto outcome = client.put(child(fresh_calendar(client, *server), "bad.ics"), "garbage", IfNoneMatch{});
  ASSERT_FALSE(outcome);
  EXPECT_NE(outcome.error().code.find("valid-calendar-data"), std::string::npos) << outcome.error().code;
}

}  // namespace
}  // namespace caravan::tests
