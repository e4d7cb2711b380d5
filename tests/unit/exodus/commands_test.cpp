// SPDX-License-Identifier: GPL-3.0-or-later
// Whole commands over a real SQLite store with rows made by hand, and over operations that answer what the test says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "exodus/cli/program.hpp"
#include "exodus/document.hpp"
#include "store/store.hpp"
#include "unit/exodus/samples.hpp"

namespace caravan::exodus::cli {
namespace {

using ::testing::HasSubstr;
using Json = nlohmann::json;

class HandClock : public Clock {
 public:
  [[nodiscard]] Instant now() const override { return at; }
  [[nodiscard]] std::chrono::steady_clock::time_point monotonic() const override {
    return std::chrono::steady_clock::time_point(at.time_since_epoch());
  }
  Instant at = std::chrono::sys_days(std::chrono::year(2026) / 11 / 21);
};

/// Runs what the test wants to happen meanwhile instead of waiting.
class HandSleeper : public Sleeper {
 public:
  bool sleep_for(std::chrono::milliseconds, std::stop_token stop) override {
    if (meanwhile) meanwhile();
    return !stop.stop_requested();
  }
  std::function<void()> meanwhile;
};

class Commands : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "caravan-cli-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    write("caravan.toml",
          "[exchange]\nurl = \"https://mail.example.org/EWS/Exchange.asmx\"\nusername = \"svc\"\npassword = \"x\"\n"
          "[caldav]\nurl = \"https://dav.example.org/\"\nusername = \"svc\"\npassword = \"x\"\nhome = \"/{local}/\"\n"
          "[store]\nurl = \"sqlite:" +
              (folder_ / "caravan.db").string() + "\"\n");
    operations_.migrate = [this](const Context&, const auto& mailboxes, const RunOptions& options, const ProgressSink&,
                                 std::stop_token) {
      asked_ = mailboxes;
      options_ = options;
      RunOutcome run = outcome_;
      run.dry_run = options.dry_run;
      return run;
    };
    operations_.verify = operations_.rebuild = operations_.migrate;
    operations_.doctor = [](const Context&, const auto&, std::stop_token) {
      return DoctorOutcome{{{"exchange", "", Check::Grade::failure, "can't be reached", "look at exchange.url"}},
                           Exit::nothing_possible};
    };
    operations_.rollback = [](const Context&, const RunId& run, std::stop_token) {
      RollbackOutcome outcome;
      outcome.run = run;
      outcome.exit = Exit::some_failed;
      outcome.removed = 9;
      outcome.kept.push_back({"anna@example.org", "uid-9", "/anna/exchange/uid-9.ics", "changed by its owner"});
      return outcome;
    };
    operations_.subscribe = operations_.migrate;
    operations_.unsubscribe = [](const Context&, const auto& mailboxes, std::stop_token) {
      UnsubscribeOutcome outcome;
      for (const auto& mailbox : mailboxes) outcome.ended.push_back(mailbox.address.value);
      outcome.not_subscribed.push_back("zoe@example.org");
      outcome.failed.push_back({"yan@example.org", make_error(Fault::retry_later, "Exchange does not answer.",
                                                              "write_open", "Run this again.")});
      outcome.exit = Exit::some_failed;
      return outcome;
    };
    operations_.finish = [this](const Context&, const auto& mailboxes, std::stop_token) {
      finished_ = true;
      FinishOutcome outcome;
      for (const auto& mailbox : mailboxes) outcome.finished.push_back({mailbox.address.value, 12, 9, 0});
      return outcome;
    };
    operations_.clean_marked = [this](const Context&, const auto&, bool remove, std::stop_token) {
      removed_ = remove;
      CleanOutcome outcome;
      outcome.marked.push_back({"anna@example.org", "/anna/exchange/uid-1.ics", "uid-1"});
      outcome.removed = remove ? 1 : 0;
      return outcome;
    };
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& name, const std::string& text) const { std::ofstream(folder_ / name) << text; }

  int run(std::vector<std::string> words) {
    out_.str("");
    err_.str("");
    Surroundings around{.out = out_,
                        .err = err_,
                        .clock = clock_,
                        .sleeper = sleeper_,
                        .stop = stop_.get_token(),
                        .confirm = [this](const std::string&) { return answer_; },
                        .operations = operations_};
    words.insert(words.begin(), {"--config", (folder_ / "caravan.toml").string()});
    return run_program(words, around);
  }
  Json document(std::vector<std::string> words, int expected = 0) {
    words.emplace_back("--json");
    EXPECT_EQ(run(words), expected) << err_.str();
    const Json json = Json::parse(out_.str(), nullptr, false);
    EXPECT_TRUE(json.is_object()) << out_.str();
    EXPECT_EQ(json.value("exit", -1), expected);
    return json;
  }

  std::unique_ptr<store::Store> store() {
    auto opened = store::open("sqlite:" + (folder_ / "caravan.db").string(), clock_);
    EXPECT_TRUE(opened) << opened.error().what;
    return std::move(*opened);
  }

  /// anna has a calendar with one event, one parked item, one conflict and one stopped plan.
  void fill() {
    const auto rows = store();
    store::Batch batch;
    store::Mailbox anna;
    anna.address = Address("anna@example.org");
    anna.state = "migrated";
    anna.last_success = clock_->at - std::chrono::hours(2);
    batch.mailboxes.push_back(anna);
    store::Pair pair;
    pair.id = PairId("00ff");
    pair.mailbox = anna.address;
    pair.folder = FolderId("F1");
    pair.folder_name = "Calendar";
    pair.collection = Href("/anna/exchange/");
    batch.pairs.push_back(pair);
    store::Mapping mapping;
    mapping.pair = pair.id;
    mapping.uid = Uid("uid-1");
    mapping.exchange_parts.push_back({ItemId("AAMk1"), ChangeKey("CK1"), ""});
    mapping.exchange_digest = sha256("x");
    mapping.exchange_copy = "BEGIN:VCALENDAR";
    mapping.href = Href("/anna/exchange/uid-1.ics");
    mapping.etag = Etag("\"e1\"");
    mapping.updated = clock_->at;
    batch.mappings.push_back(mapping);
    batch.audit.push_back({clock_->at, RunId("r-0123456789ab"), pair.id, anna.address, mapping.uid, "created",
                           "first_seen", "{\"bytes\": 420}"});
    store::Parked parked;
    parked.id = "p-7f3a";
    parked.pair = pair.id;
    parked.mailbox = anna.address;
    parked.object = "AAMk2";
    parked.reason = "the item can't be read";
    parked.code = "ErrorItemCorrupt";
    batch.parked.push_back(parked);
    store::ConflictRow conflict;
    conflict.id = "c-12ab";
    conflict.pair = pair.id;
    conflict.mailbox = anna.address;
    conflict.uid = mapping.uid;
    conflict.units = "[\"schedule\",\"location\"]";
    conflict.winner = "caldav";
    conflict.losing_copy = "BEGIN:VEVENT\r\nSUMMARY:Lost\r\nEND:VEVENT\r\n";
    conflict.at = clock_->at;
    batch.conflicts.push_back(conflict);
    const Status committed = rows->commit(batch);
    ASSERT_TRUE(committed) << committed.error().what;
    store::StoppedPlan plan;
    plan.hash = "5d41402abc4b2a76";
    plan.pair = pair.id;
    plan.mailbox = anna.address;
    plan.deletes = R"([{"uid":"uid-1","summary":"Lunch","id":"AAMk1"},{"uid":"uid-2","summary":"","id":"AAMk2"}])";
    plan.created = clock_->at;
    ASSERT_TRUE(rows->save_plan(plan));
  }

  std::filesystem::path folder_;
  std::shared_ptr<HandClock> clock_ = std::make_shared<HandClock>();
  std::shared_ptr<HandSleeper> sleeper_ = std::make_shared<HandSleeper>();
  std::stop_source stop_;
  std::optional<bool> answer_;
  std::ostringstream out_, err_;
  Operations operations_;
  RunOutcome outcome_ = samples::migrate();
  std::vector<config::MailboxEntry> asked_;
  RunOptions options_;
  bool removed_ = false;
  bool finished_ = false;
};

TEST_F(Commands, MigratePrintsOneDocumentAndNothingElse) {
  const Json json = document({"migrate", "anna@example.org", "boris@example.org"}, 1);
  EXPECT_EQ(json.at("command"), "migrate");
  EXPECT_EQ(json.at("run"), "r-0123456789ab");
  EXPECT_EQ(asked_.size(), 2U);
}

TEST_F(Commands, MigratePassesItsOptionsOn) {
  EXPECT_EQ(run({"migrate", "anna@example.org", "--dry-run", "--since", "2026-01-01", "--calendars", "all", "-j", "3"}),
            1);
  EXPECT_TRUE(options_.dry_run);
  EXPECT_TRUE(options_.all_calendars);
  EXPECT_EQ(options_.since, "2026-01-01T00:00:00Z");
  EXPECT_EQ(options_.jobs, 3U);
}

TEST_F(Commands, MigrateWritesItsReport) {
  EXPECT_EQ(run({"migrate", "anna@example.org", "--report", (folder_ / "r.html").string()}), 1);
  EXPECT_TRUE(std::filesystem::exists(folder_ / "r.html"));
  EXPECT_THAT(out_.str(), HasSubstr("Report: "));
}

TEST_F(Commands, AReportThatCanNotBeWrittenIsToldBeforeTheWork) {
  const Json json = document({"migrate", "anna@example.org", "--report", "/nonexistent/r.html"}, 2);
  EXPECT_EQ(json.at("error").at("code"), "report_not_written");
  EXPECT_TRUE(asked_.empty());
}

TEST_F(Commands, AListThatIsNotThereIsOneClearError) {
  EXPECT_EQ(run({"migrate", "none.csv"}), 2);
  EXPECT_THAT(err_.str(), HasSubstr("none.csv"));
  EXPECT_EQ(out_.str(), "");
}

TEST_F(Commands, AListWithErrorsNamesTheirLines) {
  write("list.csv", "anna@example.org\nnot an address\n");
  const Json json = document({"migrate", (folder_ / "list.csv").string()}, 2);
  EXPECT_THAT(json.at("error").at("what").get<std::string>(), HasSubstr("list.csv:2"));
}

TEST_F(Commands, AWrongConfigurationKeyIsExitTwoWithFileAndLine) {
  write("caravan.toml", "[exchange]\nurll = \"x\"\n");
  const Json json = document({"status"}, 2);
  EXPECT_THAT(json.at("error").at("what").get<std::string>(), HasSubstr("caravan.toml:2"));
}

TEST_F(Commands, AUsageErrorIsADocumentToo) {
  const Json json = document({"migrate"}, 2);
  EXPECT_EQ(json.at("command"), "migrate");
  EXPECT_EQ(json.at("error").at("code"), "usage");
}

TEST_F(Commands, AUsageErrorIsOneLineThatNamesTheHelpPage) {
  EXPECT_EQ(run({"migrate"}), 2);
  EXPECT_THAT(err_.str(), HasSubstr("; see exodus-cli migrate --help\n"));
}

TEST_F(Commands, AStoreThatCanNotBeOpenedIsExitTwo) {
  std::filesystem::create_directory(folder_ / "caravan.db");
  EXPECT_EQ(document({"status"}, 2).at("error").at("remedy").get<std::string>().empty(), false);
}

TEST_F(Commands, AnInterruptedRunSaysHowToGoOn) {
  outcome_.exit = Exit::interrupted;
  EXPECT_EQ(run({"migrate", "anna@example.org"}), 130);
  EXPECT_THAT(out_.str(), HasSubstr("it goes on where it stopped"));
}

TEST_F(Commands, VerifyEndsWithFiveWhereDifferencesAre) {
  outcome_ = samples::verify();
  EXPECT_EQ(document({"verify", "anna@example.org"}, 5).at("differences").size(), 3U);
}

TEST_F(Commands, DoctorListsItsChecksWithRemedies) {
  const Json json = document({"doctor"}, 3);
  EXPECT_EQ(json.at("checks")[0].at("result"), "ok");
  EXPECT_EQ(json.at("checks")[1].at("result"), "failure");
  EXPECT_EQ(json.at("checks")[1].at("remedy"), "look at exchange.url");
}

TEST_F(Commands, DoctorShowsABrokenConfigurationAsItsFirstFinding) {
  write("caravan.toml", "[exchange\n");
  const Json json = document({"doctor"}, 2);
  EXPECT_EQ(json.at("checks")[0].at("result"), "failure");
  EXPECT_EQ(json.at("error").at("code"), "configuration");
}

TEST_F(Commands, StatusCountsWhatTheStoreHolds) {
  fill();
  const Json row = document({"status"}).at("mailboxes")[0];
  EXPECT_EQ(row.at("address"), "anna@example.org");
  EXPECT_EQ(row.at("state"), "migrated");
  EXPECT_EQ(row.at("lag_seconds"), 7200);
  EXPECT_EQ(row.at("series"), 1);
  EXPECT_EQ(row.at("parked"), 1);
  EXPECT_TRUE(row.contains("last_success") && row.contains("pending") && row.contains("conflicts") &&
              row.contains("error"));
}

TEST_F(Commands, StatusOfAMailboxNobodyKnowsSaysSo) {
  fill();
  const Json rows = document({"status", "zoe@example.org"}).at("mailboxes");
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].at("state"), "unknown");
  EXPECT_TRUE(rows[0].at("last_success").is_null());
}

TEST_F(Commands, StatusForPeopleIsATable) {
  fill();
  EXPECT_EQ(run({"status"}), 0);
  EXPECT_THAT(out_.str(), HasSubstr("anna@example.org  migrated  2 h ago"));
}

TEST_F(Commands, WatchingEndsWithTheStop) {
  fill();
  sleeper_->meanwhile = [this] { stop_.request_stop(); };
  EXPECT_EQ(run({"status", "--watch"}), 0);
}

TEST_F(Commands, ExplainTellsTheHistoryOfOneSeries) {
  fill();
  const Json json = document({"explain", "Anna@example.org", "uid-1"});
  EXPECT_EQ(json.at("mapping").at("href"), "/anna/exchange/uid-1.ics");
  EXPECT_EQ(json.at("history")[0].at("event"), "created");
  EXPECT_EQ(json.at("history")[0].at("run"), "r-0123456789ab");
  EXPECT_EQ(json.at("history")[0].at("detail").at("bytes"), 420);
  EXPECT_EQ(run({"explain", "anna@example.org", "uid-1"}), 0);
  EXPECT_THAT(out_.str(), HasSubstr("2026-11-21 00:00:00 UTC  created  first_seen  r-0123456789ab  bytes 420"));
}

TEST_F(Commands, ExplainOfSomethingUnknownIsAnErrorWithARemedy) {
  fill();
  EXPECT_EQ(document({"explain", "anna@example.org", "nope"}, 2).at("error").at("fault"), "not_found");
}

TEST_F(Commands, ParkedItemsAreListedWithTheirRemedy) {
  fill();
  const Json row = document({"parked", "list"}).at("parked")[0];
  EXPECT_EQ(row.at("code"), "ErrorItemCorrupt");
  EXPECT_EQ(row.at("accepted"), false);
  EXPECT_EQ(run({"parked", "list"}), 0);
  EXPECT_THAT(out_.str(), HasSubstr("parked retry " + row.at("id").get<std::string>()));
}

TEST_F(Commands, AnAcceptedItemIsKeptAndMarked) {
  fill();
  const std::string id = document({"parked", "list"}).at("parked")[0].at("id");
  document({"parked", "accept", id});
  EXPECT_EQ(document({"parked", "list"}).at("parked")[0].at("accepted"), true);
}

TEST_F(Commands, AParkedItemThatIsNotThereIsNamed) {
  fill();
  EXPECT_THAT(document({"parked", "retry", "p-none"}, 2).at("error").at("what").get<std::string>(),
              HasSubstr("p-none"));
}

TEST_F(Commands, ConflictsShowTheLosingCopyAndAreResolved) {
  fill();
  EXPECT_EQ(document({"conflicts", "list"}).at("conflicts")[0].at("units"),
            (std::vector<std::string>{"schedule", "location"}));
  const std::string id = document({"conflicts", "list"}).at("conflicts")[0].at("id");
  EXPECT_EQ(run({"conflicts", "show", id}), 0);
  EXPECT_THAT(out_.str(), HasSubstr("SUMMARY:Lost"));
  document({"conflicts", "resolve", id});
  EXPECT_THAT(document({"conflicts", "list"}).dump(), ::testing::Not(HasSubstr("\"open\"")));
}

TEST_F(Commands, ApproveReleasesAPlanForADay) {
  fill();
  EXPECT_EQ(document({"approve"}).at("plans")[0].at("deletes"), 2);
  const Json json = document({"approve", "5d41402a"});
  EXPECT_EQ(json.at("plan"), "5d41402abc4b2a76");
  EXPECT_EQ(json.at("deletes"), 2);
  EXPECT_EQ(json.at("approved_until"), "2026-11-22T00:00:00Z");
  EXPECT_EQ(store()->plans(PairId())->at(0).state, "approved");
}

TEST_F(Commands, ApproveOfAnUnknownPlanChangesNothing) {
  fill();
  document({"approve", "ffffffffffff"}, 2);
  EXPECT_EQ(store()->plans(PairId())->at(0).state, "waiting");
}

TEST_F(Commands, PauseAndResumeOfEverything) {
  fill();
  document({"pause"});
  EXPECT_NE(*store()->setting("paused:all"), "");
  EXPECT_EQ(document({"status"}).at("mailboxes")[0].at("state"), "paused");
  document({"resume"});
  EXPECT_EQ(*store()->setting("paused:all"), "");
}

TEST_F(Commands, ResumeOfEverythingLeavesWhatWasPausedByName) {
  fill();
  document({"pause", "anna@example.org"});
  document({"pause"});
  EXPECT_EQ(document({"resume"}).at("still_paused"), (std::vector<std::string>{"anna@example.org"}));
}

TEST_F(Commands, RollbackListsWhatItKept) {
  const Json json = document({"rollback", "r-0123456789ab"}, 1);
  EXPECT_EQ(json.at("removed"), 9);
  EXPECT_EQ(json.at("kept")[0].at("why"), "changed by its owner");
  EXPECT_TRUE(json.contains("restored") && json.contains("collections_removed"));
}

TEST_F(Commands, SubscribeAnswersLikeARun) {
  const Json json =
      document({"subscribe", "anna@example.org", "--jobs", "3"}, 1);  // of the run that the fixture answers
  EXPECT_EQ(options_.jobs, 3U);
  EXPECT_TRUE(json.contains("totals") && json.contains("mailboxes"));
}

TEST_F(Commands, UnsubscribeTellsWhoLeftWhoWasNotThereAndWhatIsOpen) {
  const Json json = document({"unsubscribe", "anna@example.org"}, 1);
  EXPECT_EQ(json.at("ended"), (std::vector<std::string>{"anna@example.org"}));
  EXPECT_EQ(json.at("not_subscribed"), (std::vector<std::string>{"zoe@example.org"}));
  EXPECT_EQ(json.at("failed")[0].at("mailbox"), "yan@example.org");
  EXPECT_EQ(json.at("failed")[0].at("error").at("code"), "write_open");
}

TEST_F(Commands, FinishGoesOnOnlyAfterAYes) {
  document({"finish", "anna@example.org"}, 2);
  answer_ = false;
  document({"finish", "anna@example.org"}, 2);
  EXPECT_FALSE(finished_);
  answer_ = true;
  const Json json = document({"finish", "anna@example.org"});
  EXPECT_TRUE(finished_);
  EXPECT_EQ(json.at("finished")[0].at("caldav_stripped"), 12);
  EXPECT_EQ(json.at("finished")[0].at("exchange_stripped"), 9);
}

TEST_F(Commands, CleanListsWithoutRemoving) {
  EXPECT_EQ(document({"clean", "--marked", "anna@example.org"}).at("marked").size(), 1U);
  EXPECT_FALSE(removed_);
}

TEST_F(Commands, CleanRemovesOnlyAfterAYes) {
  document({"clean", "--marked", "anna@example.org", "--remove"}, 2);
  answer_ = false;
  document({"clean", "--marked", "anna@example.org", "--remove"});
  EXPECT_FALSE(removed_);
  EXPECT_EQ(document({"clean", "--marked", "anna@example.org", "--remove", "--yes"}).at("removed"), 1);
  EXPECT_TRUE(removed_);
}

TEST_F(Commands, ForgetErasesAfterAYesOnly) {
  fill();
  document({"forget", "anna@example.org"}, 2);
  EXPECT_TRUE(store()->mailbox(Address("anna@example.org"))->has_value());
  document({"forget", "anna@example.org", "--yes"});
  EXPECT_FALSE(store()->mailbox(Address("anna@example.org"))->has_value());
}

TEST_F(Commands, RunsAreListedWithTheirSummary) {
  store::Run run_row;
  run_row.id = RunId("r-0123456789ab");
  run_row.kind = "migrate";
  run_row.state = "done";
  run_row.summary = to_document(samples::migrate(), Layout::one_line);
  run_row.created = clock_->at;
  ASSERT_TRUE(store()->save_run(run_row));
  const Json row = document({"runs"}).at("runs")[0];
  EXPECT_EQ(row.at("id"), "r-0123456789ab");
  EXPECT_EQ(row.at("summary").at("totals").at("created"), 1687);
  EXPECT_TRUE(row.contains("kind") && row.contains("state") && row.contains("created") && row.contains("started") &&
              row.contains("ended"));
}

TEST_F(Commands, AStoreOfThisVersionNeedsNoUpgrade) {
  store();
  EXPECT_EQ(document({"store", "upgrade"}).at("to"), store::current_schema_version());
}

TEST_F(Commands, VersionAndCompletionsNeedNoConfiguration) {
  std::filesystem::remove(folder_ / "caravan.toml");
  EXPECT_EQ(document({"version"}).at("version"), CARAVAN_VERSION);
  EXPECT_EQ(run({"completions", "bash"}), 0);
  EXPECT_THAT(out_.str(), HasSubstr("complete -o filenames -F _exodus_cli exodus-cli"));
}

TEST_F(Commands, WhereADaemonLivesMigrateQueuesAndWaits) {
  const auto rows = store();
  ASSERT_TRUE(rows->heartbeat("host-1", "exodus"));
  sleeper_->meanwhile = [&] {
    store::Run run_row = rows->runs(1)->at(0);
    EXPECT_EQ(rows->jobs(run_row.id)->size(), 2U);
    RunOutcome done = samples::migrate();
    done.run = run_row.id;
    run_row.state = "done";
    run_row.summary = to_document(done, Layout::one_line);
    EXPECT_TRUE(rows->save_run(run_row));
  };
  const Json json = document({"migrate", "anna@example.org", "boris@example.org"}, 1);
  EXPECT_EQ(json.at("totals").at("created"), 1687);
  EXPECT_TRUE(asked_.empty());
}

TEST_F(Commands, LocalWorksHereEvenWhereADaemonLives) {
  ASSERT_TRUE(store()->heartbeat("host-1", "exodus"));
  document({"migrate", "anna@example.org", "--local"}, 1);
  EXPECT_EQ(asked_.size(), 1U);
}

TEST_F(Commands, WhoStopsWaitingLeavesTheRunToTheDaemon) {
  ASSERT_TRUE(store()->heartbeat("host-1", "caravan"));
  sleeper_->meanwhile = [this] { stop_.request_stop(); };
  const Json json = document({"migrate", "anna@example.org"}, 130);
  EXPECT_THAT(json.at("error").at("what").get<std::string>(), HasSubstr("the daemon goes on"));
  EXPECT_EQ(store()->runs(1)->at(0).state, "queued");
}

TEST_F(Commands, AnErrorThatMustNotHappenIsOneMessage) {
  operations_.migrate = [](const Context&, const auto&, const RunOptions&, const ProgressSink&,
                           std::stop_token) -> RunOutcome { throw std::runtime_error("boom"); };
  EXPECT_EQ(document({"migrate", "anna@example.org"}, 2).at("error").at("code"), "internal");
}

}  // namespace
}  // namespace caravan::exodus::cli
