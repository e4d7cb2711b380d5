// SPDX-License-Identifier: GPL-3.0-or-later
// The journal and its windows, alerts, agreed copies, preferences, sealed secrets.
#include <gmock/gmock.h>

#include <thread>

#include "servers.hpp"
#include "store/notify_store.hpp"

namespace caravan::store::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Address kAnna("anna@example.org");
const Address kBoris("boris@example.org");

Instant at(std::int64_t seconds) { return Instant{std::chrono::seconds(seconds)}; }

class NotifyContract : public StoreContract {
 protected:
  NotifyStore& notify() { return store_->notify(); }
  void note(const Address& mailbox, const std::string& uid, std::int64_t when, const std::string& after = "after") {
    Batch batch;
    JournalEntry entry;
    entry.mailbox = mailbox;
    entry.pair = PairId("p1");
    entry.uid = Uid(uid);
    entry.before = "before";
    entry.after = after;
    entry.owner_units = "[1]";
    entry.modified_by = "Boris";
    entry.at = at(when);
    batch.journal = {entry};
    must_commit(*store_, batch);
  }
  std::vector<NotifyWindow> due(std::int64_t until, std::size_t limit = 100) {
    auto windows = notify().due_windows(at(until), limit);
    EXPECT_TRUE(windows) << windows.error().what;
    return windows ? std::move(*windows) : std::vector<NotifyWindow>{};
  }
  static std::vector<std::string> uids(const std::vector<NotifyWindow>& windows) {
    std::vector<std::string> out;
    for (const auto& window : windows) out.push_back(window.uid.value);
    return out;
  }
  static std::vector<std::int64_t> ids(const NotifyWindow& window) {
    std::vector<std::int64_t> out;
    for (const auto& entry : window.entries) out.push_back(entry.id);
    return out;
  }
  static OutboxMessage a_message(const std::string& key) {
    OutboxMessage message;
    message.key = key;
    message.channel = "mail";
    message.mailbox = kAnna;
    message.thread = "u1";
    message.kind = "moved";
    message.payload = "{}";
    return message;
  }
  static Alert an_alert(const std::string& uid, std::int64_t due, const std::string& kind = "reminder") {
    return {0, kAnna, PairId("p1"), Uid(uid), kind, "20261121T100000Z", R"({"v":1})", at(due)};
  }
  std::vector<std::string> alerts(std::int64_t until, std::size_t limit = 100) {
    std::vector<std::string> out;
    const auto found = notify().due_alerts(at(until), limit);
    EXPECT_TRUE(found) << found.error().what;
    for (const Alert& alert : *found) out.push_back(alert.uid.value + " " + alert.kind);
    return out;
  }
  std::size_t kept() { return notify().messages("", {}, 1000).value().size(); }
};

TEST_P(NotifyContract, AnEntryComesBackAsItWasWritten) {
  note(kAnna, "u1", 1000, "Ä 😀\nnow");
  const auto windows = due(1000);
  ASSERT_EQ(windows.size(), 1U);
  EXPECT_EQ(windows[0].mailbox, kAnna);
  ASSERT_EQ(windows[0].entries.size(), 1U);
  const JournalEntry& entry = windows[0].entries[0];
  EXPECT_GT(entry.id, 0);
  EXPECT_EQ(entry.mailbox, kAnna);
  EXPECT_EQ(entry.pair, PairId("p1"));
  EXPECT_EQ(entry.uid, Uid("u1"));
  EXPECT_EQ(entry.before, "before");
  EXPECT_EQ(entry.after, "Ä 😀\nnow");
  EXPECT_EQ(entry.owner_units, "[1]");
  EXPECT_EQ(entry.modified_by, "Boris");
  EXPECT_EQ(entry.at, at(1000));
}

TEST_P(NotifyContract, AWindowIsDueByItsOldestEntryAndHoldsAllOfThem) {
  note(kAnna, "u1", 1000);
  note(kAnna, "u2", 1010);
  note(kAnna, "u1", 1200, "later");
  const auto windows = due(1005);
  ASSERT_THAT(uids(windows), ElementsAre("u1"));
  ASSERT_EQ(windows[0].entries.size(), 2U);
  EXPECT_EQ(windows[0].entries[1].after, "later");
}

TEST_P(NotifyContract, NoWindowIsDueBeforeItsTime) {
  note(kAnna, "u1", 1000);
  EXPECT_THAT(due(999), IsEmpty());
}

TEST_P(NotifyContract, TheLongestOpenWindowsComeFirst) {
  note(kAnna, "u1", 1020);
  note(kAnna, "u2", 1000);
  note(kAnna, "u3", 1010);
  EXPECT_THAT(uids(due(2000, 2)), ElementsAre("u2", "u3"));
}

TEST_P(NotifyContract, OneUidOfTwoPeopleIsTwoWindows) {
  note(kAnna, "u1", 1000);
  note(kBoris, "u1", 1000);
  EXPECT_THAT(uids(due(1000)), ElementsAre("u1", "u1"));
}

TEST_P(NotifyContract, AClosedWindowIsGoneAndItsMessagesAreThere) {
  note(kAnna, "u1", 1000);
  const auto windows = due(1000);
  EXPECT_TRUE(notify().close_window(ids(windows.at(0)), {a_message("k1"), a_message("k2")}).value());
  EXPECT_THAT(due(1000), IsEmpty());
  EXPECT_EQ(kept(), 2U);
}

TEST_P(NotifyContract, AWindowIsClosedOnce) {
  note(kAnna, "u1", 1000);
  const auto windows = due(1000);
  ASSERT_TRUE(notify().close_window(ids(windows.at(0)), {}).value());
  EXPECT_FALSE(notify().close_window(ids(windows.at(0)), {a_message("k1")}).value());
  EXPECT_EQ(kept(), 0U);
}

TEST_P(NotifyContract, AWindowOfWhichOneEntryIsGoneIsNotClosed) {
  note(kAnna, "u1", 1000);
  const auto first = due(1000);
  note(kAnna, "u1", 1001);
  const auto both = due(1001);
  ASSERT_TRUE(notify().close_window(ids(first.at(0)), {}).value());
  EXPECT_FALSE(notify().close_window(ids(both.at(0)), {a_message("k1")}).value());
  EXPECT_EQ(due(1001).at(0).entries.size(), 1U);
}

TEST_P(NotifyContract, AnEntryThatCameAfterTheLookOpensTheNextWindow) {
  note(kAnna, "u1", 1000);
  const auto windows = due(1000);
  note(kAnna, "u1", 1100, "next");
  ASSERT_TRUE(notify().close_window(ids(windows.at(0)), {}).value());
  EXPECT_THAT(due(1099), IsEmpty());
  EXPECT_EQ(due(1100).at(0).entries.at(0).after, "next");
}

TEST_P(NotifyContract, AWindowOfThousandEntriesIsClosed) {
  for (int i = 0; i < 1000; ++i) note(kAnna, "u1", 1000 + i);
  const auto windows = due(5000);
  ASSERT_EQ(windows.at(0).entries.size(), 1000U);
  EXPECT_TRUE(notify().close_window(ids(windows[0]), {a_message("k1")}).value());
  EXPECT_EQ(notify().journal_size().value().entries, 0U);
}

TEST_P(NotifyContract, TheJournalSaysHowMuchIsUntoldAndSinceWhen) {
  EXPECT_FALSE(notify().journal_size().value().oldest);
  note(kAnna, "u1", 1000);
  note(kAnna, "u1", 1010);
  note(kAnna, "u2", 1020);
  EXPECT_EQ(notify().journal_size().value().entries, 3U);
  EXPECT_EQ(notify().journal_size().value().oldest, at(1000));
  ASSERT_TRUE(notify().close_window(ids(due(1000).at(0)), {}).value());
  EXPECT_EQ(notify().journal_size().value().entries, 1U);
  EXPECT_EQ(notify().journal_size().value().oldest, at(1020));
}

TEST_P(NotifyContract, ABatchThatIsRefusedLeavesNoEntry) {
  Batch batch;
  batch.lease = Lease{PairId("none"), "h", 7};
  batch.journal.emplace_back();
  EXPECT_FALSE(store_->commit(batch));
  EXPECT_EQ(notify().journal_size().value().entries, 0U);
}

TEST_P(NotifyContract, AChangedSeriesIsToBePlannedOnceByItsNewestEntry) {
  note(kAnna, "u1", 1000);
  note(kAnna, "u2", 1001);
  note(kAnna, "u1", 1002, "newest");
  const auto open = notify().unplanned(10).value();
  ASSERT_EQ(open.size(), 2U);
  EXPECT_EQ(open[0].after, "newest");
  EXPECT_EQ(open[1].uid, Uid("u2"));
  EXPECT_EQ(notify().unplanned(1).value().size(), 1U);
  ASSERT_TRUE(notify().plan_alerts(kAnna, Uid("u1"), open[0].id, {}, {}));
  ASSERT_EQ(notify().unplanned(10).value().size(), 1U);
  EXPECT_EQ(notify().unplanned(10).value()[0].uid, Uid("u2"));
}

TEST_P(NotifyContract, WhatWasToldIsStillToBePlanned) {
  note(kAnna, "u1", 1000);
  ASSERT_TRUE(notify().close_window(ids(due(1000).at(0)), {}).value());
  const auto open = notify().unplanned(10).value();
  ASSERT_EQ(open.size(), 1U);
  ASSERT_TRUE(notify().plan_alerts(kAnna, Uid("u1"), open[0].id, {}, {}));
  EXPECT_THAT(notify().unplanned(10).value(), IsEmpty());
}

TEST_P(NotifyContract, WhatWasPlannedIsStillToBeTold) {
  note(kAnna, "u1", 1000);
  ASSERT_TRUE(notify().plan_alerts(kAnna, Uid("u1"), notify().unplanned(1).value().at(0).id, {}, {}));
  const auto windows = due(1000);
  ASSERT_EQ(windows.size(), 1U);
  EXPECT_TRUE(notify().close_window(ids(windows[0]), {}).value());
}

TEST_P(NotifyContract, AnEntryThatCameAfterThePlanIsToBePlanned) {
  note(kAnna, "u1", 1000);
  const auto through = notify().unplanned(1).value().at(0).id;
  note(kAnna, "u1", 1001, "next");
  ASSERT_TRUE(notify().plan_alerts(kAnna, Uid("u1"), through, {}, {}));
  EXPECT_EQ(notify().unplanned(10).value().at(0).after, "next");
}

TEST_P(NotifyContract, WhatIsToldAndPlannedTakesNoRoom) {
  note(kAnna, "u1", 1000);
  note(kAnna, "u2", 1000);
  ASSERT_TRUE(notify().plan_alerts(kAnna, Uid("u1"), notify().unplanned(9).value().at(0).id, {}, {}));
  for (const auto& window : due(1000)) ASSERT_TRUE(notify().close_window(ids(window), {}).value());
  ASSERT_TRUE(notify().plan_alerts(kAnna, Uid("u2"), notify().unplanned(9).value().at(0).id, {}, {}));
  std::int64_t rows = -1;
  ASSERT_TRUE(driver()->query("SELECT COUNT(*) FROM journal", {}, [&](const Row& row) { rows = row.integer(0); }));
  EXPECT_EQ(rows, 0);
}

TEST_P(NotifyContract, AlertsOfASeriesAreReplaced) {
  ASSERT_TRUE(notify().plan_alerts(kAnna, Uid("u1"), 0, {}, {an_alert("u1", 100), an_alert("u1", 200)}));
  ASSERT_TRUE(notify().plan_alerts(kAnna, Uid("u2"), 0, {}, {an_alert("u2", 150)}));
  ASSERT_TRUE(notify().plan_alerts(kAnna, Uid("u1"), 0, {}, {an_alert("u1", 300, "starting")}));
  EXPECT_THAT(alerts(1000), ElementsAre("u2 reminder", "u1 starting"));
}

TEST_P(NotifyContract, AlertsOfAMailboxAreReplacedByKind) {
  ASSERT_TRUE(
      notify().plan_alerts(kAnna, {}, 0, {"daily", "plan"}, {an_alert("", 100, "daily"), an_alert("", 110, "plan")}));
  ASSERT_TRUE(notify().plan_alerts(kAnna, {}, 0, {"weekly"}, {an_alert("", 120, "weekly")}));
  ASSERT_TRUE(notify().plan_alerts(kAnna, {}, 0, {"daily"}, {an_alert("", 130, "daily")}));
  EXPECT_THAT(alerts(1000), ElementsAre(" plan", " weekly", " daily"));
}

TEST_P(NotifyContract, AlertsOfASeriesMayBeReplacedByKind) {
  ASSERT_TRUE(notify().plan_alerts(kAnna, Uid("u1"), 0, {}, {an_alert("u1", 100), an_alert("u1", 200, "ended")}));
  ASSERT_TRUE(notify().plan_alerts(kAnna, Uid("u1"), 0, {"reminder"}, {}));
  EXPECT_THAT(alerts(1000), ElementsAre("u1 ended"));
}

TEST_P(NotifyContract, AlertsAreDueInTheOrderOfTheirTimes) {
  ASSERT_TRUE(notify().plan_alerts(kAnna, Uid("u1"), 0, {},
                                   {an_alert("u1", 300, "b"), an_alert("u1", 100, "a"), an_alert("u1", 300, "c")}));
  EXPECT_EQ(notify().next_alert().value(), at(100));
  EXPECT_FALSE(notify().has_alert(Address("nobody@example.com"), "plan").value());
  EXPECT_THAT(alerts(99), IsEmpty());
  EXPECT_THAT(alerts(300), ElementsAre("u1 a", "u1 b", "u1 c"));
  EXPECT_THAT(alerts(300, 2), ElementsAre("u1 a", "u1 b"));
}

TEST_P(NotifyContract, AnAlertComesBackAsItWasWritten) {
  ASSERT_TRUE(notify().plan_alerts(kAnna, Uid("u1"), 0, {}, {an_alert("u1", 100)}));
  const Alert alert = notify().due_alerts(at(100), 1).value().at(0);
  EXPECT_EQ(alert.mailbox, kAnna);
  EXPECT_EQ(alert.pair, PairId("p1"));
  EXPECT_EQ(alert.occurrence, "20261121T100000Z");
  EXPECT_EQ(alert.payload, R"({"v":1})");
  EXPECT_EQ(alert.due, at(100));
}

TEST_P(NotifyContract, WithoutAlertsThereIsNoNextOne) { EXPECT_FALSE(notify().next_alert().value()); }

TEST_P(NotifyContract, AnAlertFiresOnceAndLeavesWhatFollows) {
  ASSERT_TRUE(notify().plan_alerts(kAnna, {}, 0, {"daily"}, {an_alert("", 100, "daily")}));
  const auto id = notify().due_alerts(at(100), 1).value().at(0).id;
  EXPECT_TRUE(notify().fire_alert(id, {a_message("d1")}, {an_alert("", 200, "daily")}).value());
  EXPECT_FALSE(notify().fire_alert(id, {a_message("d2")}, {an_alert("", 200, "daily")}).value());
  EXPECT_EQ(kept(), 1U);
  EXPECT_EQ(notify().due_alerts(at(1000), 9).value().size(), 1U);
}

TEST_P(NotifyContract, AnAlertFiresOnceForTwoProcesses) {
  ASSERT_TRUE(notify().plan_alerts(kAnna, Uid("u1"), 0, {}, {an_alert("u1", 100)}));
  const auto id = notify().due_alerts(at(100), 1).value().at(0).id;
  std::atomic<int> fired{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&, i] {
        const auto other = connect();
        const auto done = other->notify().fire_alert(id, {a_message("r" + std::to_string(i))}, {});
        ASSERT_TRUE(done) << done.error().what;
        fired += *done ? 1 : 0;
      });
    }
  }
  EXPECT_EQ(fired, 1);
  EXPECT_EQ(kept(), 1U);
}

/// Mappings of two calendars of Anna's and one of Boris's.
class AgreedContract : public NotifyContract {
 protected:
  void SetUp() override {
    NotifyContract::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    first_ = make_pair_in(*store_, kAnna.value, "one");
    second_ = make_pair_in(*store_, kAnna.value, "two");
    other_ = make_pair_in(*store_, kBoris.value, "three");
  }
  void map(const PairId& pair, const std::string& uid, std::int64_t starts, std::int64_t ends,
           const std::string& state = "active") {
    Batch batch;
    Mapping mapping = a_mapping(pair, uid);
    mapping.starts = at(starts);
    mapping.ends = at(ends);
    mapping.state = state;
    mapping.exchange_copy = "copy of " + uid;
    batch.mappings = {mapping};
    must_commit(*store_, batch);
  }
  std::vector<std::string> agreed(std::int64_t from, std::int64_t until, const std::string& after = "",
                                  std::size_t limit = 100) {
    std::vector<std::string> out;
    const auto rows = notify().agreed(kAnna, at(from), at(until), Uid(after), limit);
    EXPECT_TRUE(rows) << rows.error().what;
    for (const auto& row : *rows) out.push_back(row.uid.value);
    return out;
  }
  PairId first_, second_, other_;
};

TEST_P(AgreedContract, OfAllCalendarsOfThePersonInTheOrderOfUids) {
  map(second_, "b", 100, 200);
  map(first_, "c", 100, 200);
  map(first_, "a", 100, 200);
  map(other_, "z", 100, 200);
  EXPECT_THAT(agreed(150, 160), ElementsAre("a", "b", "c"));
}

TEST_P(AgreedContract, OnlyWhatTouchesTheTime) {
  map(first_, "before", 100, 199);
  map(first_, "across", 100, 900);
  map(first_, "moment", 200, 200);
  map(first_, "within", 250, 260);
  map(first_, "after", 300, 310);
  EXPECT_THAT(agreed(200, 300), ElementsAre("across", "moment", "within"));
}

TEST_P(AgreedContract, NothingOfWhatIsGoneOrDeclined) {
  map(first_, "a", 100, 200, "tombstone");
  map(first_, "b", 100, 200, "declined");
  EXPECT_THAT(agreed(100, 200), IsEmpty());
  EXPECT_THAT(notify().agreed_of(kAnna, Uid("b")).value(), IsEmpty());
}

TEST_P(AgreedContract, PagesHoldEverySeriesOfAUid) {
  map(first_, "a", 100, 200);
  map(first_, "b", 100, 200);
  map(second_, "b", 100, 200);
  map(first_, "c", 100, 200);
  EXPECT_THAT(agreed(100, 200, "", 2), ElementsAre("a", "b", "b"));
  EXPECT_THAT(agreed(100, 200, "b", 2), ElementsAre("c"));
}

TEST_P(AgreedContract, TheCopyIsExchangesElseCalDavs) {
  map(first_, "a", 100, 200);
  Batch batch;
  Mapping mapping = a_mapping(second_, "a");
  mapping.exchange_copy.clear();
  mapping.caldav_copy = "the other";
  batch.mappings = {mapping};
  must_commit(*store_, batch);
  const auto rows = notify().agreed_of(kAnna, Uid("a")).value();
  ASSERT_EQ(rows.size(), 2U);
  const bool in_order = rows[0].pair == first_;
  EXPECT_EQ(rows[in_order ? 0 : 1].copy, "copy of a");
  EXPECT_EQ(rows[in_order ? 1 : 0].copy, "the other");
}

TEST_P(NotifyContract, PreferencesAreAPersonsText) {
  EXPECT_EQ(notify().preferences(kAnna).value(), "");
  ASSERT_TRUE(notify().set_preferences(kAnna, R"({"lead":5})"));
  ASSERT_TRUE(notify().set_preferences(kAnna, R"({"lead":7})"));
  EXPECT_EQ(notify().preferences(kAnna).value(), R"({"lead":7})");
  EXPECT_EQ(notify().preferences(kBoris).value(), "");
  ASSERT_TRUE(notify().set_preferences(kAnna, ""));
  EXPECT_EQ(notify().preferences(kAnna).value(), "");
}

TEST_P(NotifyContract, SealedSecretsAreReplacedTogether) {
  ASSERT_TRUE(notify().set_sealed({{"smtp", "1"}, {"bot", "2"}}));
  ASSERT_TRUE(notify().set_sealed({{"smtp", "3"}, {"bot", ""}, {"hook", "4"}}));
  EXPECT_THAT(notify().sealed_names().value(), ElementsAre("hook", "smtp"));
  EXPECT_EQ(notify().sealed("smtp").value(), "3");
  EXPECT_EQ(notify().sealed("bot").value(), "");
}

TEST_P(NotifyContract, AForgottenPersonLeavesNothing) {
  make_pair_in(*store_, kAnna.value);
  note(kAnna, "u1", 1000);
  note(kBoris, "u1", 1000);
  ASSERT_TRUE(notify().add_messages({a_message("k1")}).value() == 1);
  ASSERT_TRUE(notify().plan_alerts(kAnna, Uid("u1"), 0, {}, {an_alert("u1", 100)}));
  ASSERT_TRUE(notify().set_preferences(kAnna, "{}"));
  ASSERT_TRUE(store_->forget_mailbox(kAnna));
  EXPECT_EQ(kept(), 0U);
  EXPECT_THAT(notify().claim_messages("mail", "h", 10, std::chrono::seconds(30)).value(), IsEmpty());
  EXPECT_THAT(alerts(1000), IsEmpty());
  EXPECT_EQ(notify().preferences(kAnna).value(), "");
  EXPECT_EQ(due(1000).size(), 1U);  // Boris's
}

CARAVAN_STORE_CONTRACT(NotifyContract);
CARAVAN_STORE_CONTRACT(AgreedContract);

}  // namespace
}  // namespace caravan::store::testing
