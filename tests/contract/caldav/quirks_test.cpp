// SPDX-License-Identifier: GPL-3.0-or-later
// What only some servers do: bulk fill, refusals inside a 207, lost tokens in all shapes, and faults that the fake
// plays.
#include <chrono>
#include <thread>

#include "contract/caldav/support.hpp"
#include "util/text.hpp"

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

/// An event with people, as the engine stores it.
std::string meeting(const std::string& uid, const std::string& answer = "ACCEPTED",
                    const std::string& title = "Lunch") {
  return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Caravan//EN\r\nBEGIN:VEVENT\r\nUID:" + uid +
         "\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20990301T090000Z\r\nDTEND:20990301T100000Z\r\nSUMMARY:" + title +
         "\r\nORGANIZER;SCHEDULE-AGENT=CLIENT:mailto:boss@example.org\r\nATTENDEE;SCHEDULE-AGENT=CLIENT;PARTSTAT=" +
         answer + ":mailto:alice@example.org\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
}

/// Servers that mail in spite of SCHEDULE-AGENT.
class SilenceTest : public FakeTest {
 protected:
  void SetUp() override { start({"--server-header", "SOGo"}); }
  caldav::Stored store_meeting(const std::string& uid) {
    const auto outcome = client().put(child(calendar(), uid + ".ics"), meeting(uid), IfNoneMatch{});
    EXPECT_TRUE(outcome) << (outcome ? "" : outcome.error().what);
    control("DELETE", "requests");
    return outcome ? std::get<Stored>(*outcome) : Stored{};
  }
  /// What the server itself holds.
  std::string raw(const Href& href) {
    http::Client plain(options_for(server()).http);
    http::Request request;
    request.method = "GET";
    request.url = server().url.substr(0, server().url.size() - 1) + href.value;
    auto response = plain.perform(request);
    return response && response->status == 200 ? response->body : "";
  }
  bool puts(int count) {
    return control("GET", "requests").find("\"PUT\":" + std::to_string(count)) != std::string::npos;
  }
};

TEST_F(SilenceTest, AMeetingIsDefusedBeforeItIsDeleted) {
  const auto stored = store_meeting("m");
  ASSERT_TRUE(client().remove(stored.href, *stored.etag));
  EXPECT_TRUE(puts(1));
  EXPECT_EQ(raw(stored.href), "");
}
TEST_F(SilenceTest, AnEntryWithoutPeopleIsJustDeleted) {
  const auto stored = store(client(), calendar(), "alone");
  control("DELETE", "requests");
  ASSERT_TRUE(client().remove(stored.href, *stored.etag));
  EXPECT_EQ(control("GET", "requests").find("PUT"), std::string::npos);
}
TEST_F(SilenceTest, AChangedMeetingIsNotTouched) {
  const auto stored = store_meeting("changed");
  const auto stale = client().remove(stored.href, Etag("\"stale\""));
  ASSERT_FALSE(stale);
  EXPECT_EQ(stale.error().fault, Fault::precondition_failed);
  EXPECT_EQ(control("GET", "requests").find("PUT"), std::string::npos);
  EXPECT_EQ(raw(stored.href), meeting("changed"));
}
TEST_F(SilenceTest, ADeleteThatStoppedHalfwayIsFinishedByTheNext) {
  const auto stored = store_meeting("half");
  fault("kind=status&status=500&method=DELETE&count=-1");
  EXPECT_FALSE(client().remove(stored.href, *stored.etag));
  EXPECT_NE(raw(stored.href).find("X-CARAVAN-WAS"), std::string::npos);
  const auto seen = client().get(stored.href);
  ASSERT_TRUE(seen) << seen.error().what;
  EXPECT_EQ(seen->text, meeting("half"));
  EXPECT_EQ(seen->etag, *stored.etag);
  const auto many = client().multiget(calendar(), std::vector<Href>{stored.href, child(calendar(), "none.ics")});
  EXPECT_EQ(text::unix_line_ends(std::get<Fetched>(many[0]).text), text::unix_line_ends(meeting("half")));
  control("DELETE", "faults");
  EXPECT_TRUE(client().remove(stored.href, *stored.etag));
  EXPECT_EQ(raw(stored.href), "");
}
TEST_F(SilenceTest, AnUpdateThatStoppedHalfwayIsFinishedByTheNext) {
  const auto stored = store_meeting("answer");
  fault("kind=status&status=500&method=PUT&skip=1&count=1");
  const auto first = client().put(stored.href, meeting("answer", "DECLINED"), IfMatch{*stored.etag});
  EXPECT_FALSE(first);
  EXPECT_EQ(client().get(stored.href)->text, meeting("answer"));
  const auto second = client().put(stored.href, meeting("answer", "DECLINED"), IfMatch{*stored.etag});
  ASSERT_TRUE(second) << second.error().what;
  EXPECT_EQ(raw(stored.href), meeting("answer", "DECLINED"));
}
TEST_F(SilenceTest, ARefusedUpdateLeavesWhatWasThere) {
  const auto stored = store_meeting("refused");
  fault("kind=status&status=400&method=PUT&skip=1&count=1");
  const auto outcome = client().put(stored.href, meeting("refused", "DECLINED"), IfMatch{*stored.etag});
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().fault, Fault::malformed);
  EXPECT_EQ(raw(stored.href), meeting("refused"));
}
TEST_F(SilenceTest, AnotherTitleNeedsOneWriteAndAnotherAnswerTwo) {
  const auto stored = store_meeting("title");
  const auto renamed = client().put(stored.href, meeting("title", "ACCEPTED", "Dinner"), IfMatch{*stored.etag});
  ASSERT_TRUE(renamed) << renamed.error().what;
  EXPECT_TRUE(puts(1));
  control("DELETE", "requests");
  const auto said =
      client().put(stored.href, meeting("title", "TENTATIVE", "Dinner"), IfMatch{*std::get<Stored>(*renamed).etag});
  ASSERT_TRUE(said) << said.error().what;
  EXPECT_TRUE(puts(2));
}
TEST_F(SilenceTest, ASpoolFileGetsTheAgent) {
  TemporaryFolder folder;
  std::string text = meeting("file");
  text.replace(text.find(";SCHEDULE-AGENT=CLIENT:"), 22, "");
  PutJob job{child(calendar(), "file.ics"), "", IfNoneMatch{}, folder.write("spool.ics", text), text.size()};
  client().put_all(std::span(&job, 1), 1, {}, [](std::size_t, const Result<PutOutcome>& outcome) {
    EXPECT_TRUE(outcome) << (outcome ? "" : outcome.error().what);
  });
  EXPECT_NE(raw(job.href).find("ORGANIZER;SCHEDULE-AGENT=CLIENT"), std::string::npos);
}

/// A web page in the place of a CalDAV service.
TEST_F(FakeTest, EveryRefusalSaysWhatToDo) {
  start();
  for (const char* status : {"200", "204", "400", "403", "404", "405", "409"}) {
    fault(std::string("kind=status&count=-1&status=") + status);
    EXPECT_FALSE(client().discover()) << status;
    const auto told = [&](const auto& result, const char* what) {
      ASSERT_FALSE(result) << what << status;
      EXPECT_FALSE(result.error().remedy.empty()) << what << status << " " << result.error().what;
    };
    told(client().discover(), "discover ");
    told(client().list(calendar()), "list ");
    told(client().calendar(calendar()), "calendar ");
    told(client().ensure_home(Href("/alice/else/")), "ensure_home ");
    told(client().ensure_calendar(Href("/alice/else/x/"), {}), "ensure_calendar ");
    control("DELETE", "faults");
  }
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
