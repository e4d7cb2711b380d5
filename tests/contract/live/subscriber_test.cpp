// SPDX-License-Identifier: GPL-3.0-or-later
// Who is subscribed, renewed, retired, and what is done where push does not work: the Subscriber against exchange-sim.
#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include "app/live/attention.hpp"
#include "app/live/subscriber.hpp"
#include "contract/ews/simulator.hpp"
#include "gobi/service.hpp"
#include "log/log.hpp"

namespace caravan::app {
namespace {

using namespace std::chrono_literals;
using ews::test::Simulator;

const Address kAnna("anna@example.com");
constexpr auto kPatience = 15s;
constexpr const char* kEvent =
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:test\r\nBEGIN:VEVENT\r\nUID:u@example.org\r\nDTSTAMP:20260101T000000Z\r\n"
    "DTSTART:20270301T090000Z\r\nDTEND:20270301T100000Z\r\nSUMMARY:One\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

bool eventually(const std::function<bool()>& holds) {
  const auto give_up = std::chrono::steady_clock::now() + kPatience;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > give_up) return false;
    std::this_thread::sleep_for(10ms);
  }
  return true;
}

/// One simulator, a store with anna's calendar under live sync, and a receiver for callbacks.
class World {
 public:
  explicit World(const std::vector<std::string>& arguments = {}) : simulator(with_anna(arguments)) {
    log::set_sink([](std::string_view) {});
    std::string name = (std::filesystem::temp_directory_path() / "caravan-subscriber-XXXXXX").string();
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    context.config.exchange.url = simulator.url();
    context.config.exchange.auth = config::ExchangeAuth::basic;
    context.config.exchange.username = "svc";
    context.config.exchange.password = Secret("svcpw");
    context.clock = system_clock();
    context.sleeper = system_sleeper();
    context.open_store = [url = "sqlite:" + folder_ + "/caravan.db"] { return store::open(url, system_clock()); };
    sides = std::make_unique<Sides>(context.config, context.clock, context.sleeper);
    store = context.open_store().value();
    receiver_ = std::make_unique<gobi::Receiver>(receiver_options(), gobi::marks_into(context.open_store));
    server_ = std::move(http::Server::start({}, receiver_->callback_routes()).value());
    options.callback_url = "http://127.0.0.1:" + std::to_string(server_->port()) + "/callback";
    options.try_again = 1h;
    enlist();
  }
  ~World() {
    server_.reset();
    receiver_.reset();
    store.reset();
    std::filesystem::remove_all(folder_);
  }

  Way round(Subscriber& subscriber) {
    const auto way = subscriber.round(*store, {});
    EXPECT_TRUE(way) << way.error().what;
    return way.value_or(Way::poll);
  }
  std::vector<store::Subscription> rows(const std::string& state) {
    auto all = store->live().subscriptions(kAnna).value();
    std::erase_if(all, [&](const auto& row) { return row.state != state; });
    return all;
  }
  bool is_proven() {
    return eventually([&] {
      const auto live = rows("live");
      return !live.empty() && app::is_proven(live.front());
    });
  }
  long subscribes() { return simulator.requests("Subscribe"); }
  void edit() { simulator.put("mailboxes/anna@example.com/items/u@example.org", kEvent); }
  /// Claims what is due and settles it as looked at, with nothing to look for again.
  bool take_due() {
    auto due = store->live().claim_due("test", 1, 10s).value();
    if (due.empty()) return false;
    store::Settlement done;
    done.mailbox = due.front().mailbox;
    done.claim = due.front().claim;
    for (const auto& pair : due.front().pairs)
      done.pairs.push_back(
          {pair.pair, pair.exchange_hints, pair.caldav_hints, store::kNever, store::kNever, store::kNever});
    return store->live().settle_due(done).value();
  }

  Simulator simulator;
  Context context;
  std::unique_ptr<Sides> sides;
  std::unique_ptr<store::Store> store;
  SubscriberOptions options;

 private:
  static std::vector<std::string> with_anna(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--mailbox", kAnna.value});
    return arguments;
  }
  static gobi::ReceiverOptions receiver_options() {
    gobi::ReceiverOptions options;
    options.read = gobi::read_callback;
    return options;
  }
  void enlist() {
    config::MailboxEntry entry;
    entry.address = kAnna;
    auto client = sides->exchange(entry).value();
    const auto calendars = client.calendar_folders(sides->mailbox(entry), ews::FolderScope::default_only).value();
    store::Batch batch;
    store::Mailbox anna;
    anna.address = kAnna;
    anna.state = "subscribed";
    batch.mailboxes = {anna};
    store::Pair pair;
    pair.mailbox = kAnna;
    pair.folder = calendars.front().id;
    pair.collection = Href("/anna/exchange/");
    batch.pairs = {pair};
    EXPECT_TRUE(store->commit(batch));
    EXPECT_TRUE(store->live().enlist(kAnna, {batch.pairs[0].id}));
  }

  std::string folder_;
  std::unique_ptr<gobi::Receiver> receiver_;
  std::unique_ptr<http::Server> server_;
};

class SubscriberTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!ews::test::simulator_is_built()) GTEST_SKIP() << "exchange-sim is not built";
  }
};

TEST_F(SubscriberTest, AMailboxIsSubscribedOnceAndLookedAtAfterwards) {
  World world;
  Subscriber subscriber(world.context, *world.sides, world.options);
  world.take_due();
  EXPECT_EQ(world.round(subscriber), Way::push);
  EXPECT_TRUE(world.take_due());  // what happened before the subscription is told by nobody
  ASSERT_TRUE(world.is_proven());
  world.round(subscriber);
  EXPECT_EQ(world.subscribes(), 1);
  EXPECT_FALSE(world.take_due());
  world.edit();
  EXPECT_TRUE(eventually([&] { return world.take_due(); }));
}

TEST_F(SubscriberTest, ASilentSubscriptionIsRenewedAndTheOldOneIsEnded) {
  World world;
  world.options.silence = 300ms;
  Subscriber subscriber(world.context, *world.sides, world.options);
  world.round(subscriber);
  ASSERT_TRUE(world.is_proven());
  const Digest old = world.rows("live").front().token;
  std::this_thread::sleep_for(400ms);
  world.round(subscriber);
  EXPECT_EQ(world.subscribes(), 2);
  ASSERT_TRUE(eventually([&] { return world.rows("live").front().token != old && world.is_proven(); }));
  world.round(subscriber);
  ASSERT_EQ(world.rows("retired").size(), 1U);
  EXPECT_EQ(world.rows("retired").front().token, old);
  world.edit();
  EXPECT_TRUE(eventually([&] {
    const auto ended = world.simulator.get("notifications").at("ended");
    return !ended.empty() && ended[0].at("reason") == "unsubscribed";
  }));
}

TEST_F(SubscriberTest, ASubscriptionThatExchangeEndedIsReplaced) {
  World world;
  Subscriber subscriber(world.context, *world.sides, world.options);
  world.round(subscriber);
  ASSERT_TRUE(world.is_proven());
  world.simulator.post("notifications/expire", {{"mailbox", kAnna.value}, {"code", "ErrorReadEventsFailed"}});
  ASSERT_TRUE(eventually([&] { return world.rows("retired").size() == 1; }));
  world.round(subscriber);
  EXPECT_TRUE(world.is_proven());
  EXPECT_EQ(world.subscribes(), 2);
}

TEST_F(SubscriberTest, ALostAnswerIsNotRepeatedAtOnceAndItsTokenIsRetired) {
  World world;
  world.simulator.fault("Subscribe", "drop_after");
  Subscriber subscriber(world.context, *world.sides, world.options);
  world.round(subscriber);
  world.round(subscriber);
  EXPECT_EQ(world.subscribes(), 1);
  EXPECT_TRUE(world.rows("live").empty());
  EXPECT_EQ(world.rows("retired").size(), 1U);
  EXPECT_TRUE(world.take_due());  // it is polled meanwhile
}

TEST_F(SubscriberTest, OnlyOneProcessSubscribes) {
  World world;
  Subscriber first(world.context, *world.sides, world.options), second(world.context, *world.sides, world.options);
  world.round(first);
  world.round(second);
  EXPECT_EQ(world.subscribes(), 1);
}

TEST_F(SubscriberTest, WhereExchangeAllowsNoneEverythingIsPolledAndItIsSaid) {
  World world({"--max-subscriptions", "0"});
  Subscriber subscriber(world.context, *world.sides, world.options);
  EXPECT_EQ(world.round(subscriber), Way::poll);
  EXPECT_EQ(world.store->setting("live:way").value(), "poll");
  EXPECT_FALSE(world.store->setting("live:way_why").value().empty());
  const long asked = world.subscribes();
  world.round(subscriber);
  EXPECT_EQ(world.subscribes(), asked);
}

TEST_F(SubscriberTest, CallsThatDoNotArriveAreReplacedByAStream) {
  World world;
  world.options.callback_url = "http://127.0.0.1:1/callback";
  world.options.first_call = 300ms;
  Subscriber subscriber(world.context, *world.sides, world.options);
  EXPECT_EQ(world.round(subscriber), Way::push);
  std::this_thread::sleep_for(400ms);
  EXPECT_EQ(world.round(subscriber), Way::streaming);
  ASSERT_TRUE(world.is_proven());
  EXPECT_EQ(world.rows("live").front().kind, "streaming");
  while (world.take_due()) {
  }
  world.edit();
  EXPECT_TRUE(eventually([&] { return world.take_due(); }));
}

TEST_F(SubscriberTest, PushIsTriedAgainAndWhileItFailsTheStreamGoesOn) {
  World world;
  world.options.callback_url = "http://127.0.0.1:1/callback";
  world.options.first_call = 300ms;
  world.options.try_again = 100ms;
  Subscriber stuck(world.context, *world.sides, world.options);
  world.round(stuck);
  std::this_thread::sleep_for(400ms);
  ASSERT_EQ(world.round(stuck), Way::streaming);
  ASSERT_TRUE(world.is_proven());
  // Tried again, it fails again, and the stream goes on.
  EXPECT_TRUE(eventually([&] {
    world.round(stuck);
    return world.subscribes() >= 4;
  }));
  EXPECT_EQ(world.round(stuck), Way::streaming);
  const auto live = world.rows("live");
  EXPECT_TRUE(std::any_of(live.begin(), live.end(), [](const auto& row) { return row.kind == "streaming"; }));
}

TEST_F(SubscriberTest, AStreamThatExpiredIsSubscribedAnew) {
  World world;
  world.options.wanted = Way::streaming;
  Subscriber subscriber(world.context, *world.sides, world.options);
  world.round(subscriber);
  ASSERT_TRUE(world.is_proven());
  world.simulator.post("notifications/expire", {{"mailbox", kAnna.value}});
  EXPECT_TRUE(eventually([&] {
    world.round(subscriber);
    return world.subscribes() == 2;
  }));
  EXPECT_TRUE(world.is_proven());
  EXPECT_EQ(world.rows("live").size(), 1U);
}

TEST_F(SubscriberTest, AMailboxThatLeavesLiveSyncLeavesItsStream) {
  World world;
  world.options.wanted = Way::streaming;
  Subscriber subscriber(world.context, *world.sides, world.options);
  world.round(subscriber);
  ASSERT_TRUE(world.is_proven());
  store::Mailbox anna = *world.store->mailbox(kAnna).value();
  anna.state = "migrated";
  store::Batch batch;
  batch.mailboxes = {anna};
  ASSERT_TRUE(world.store->commit(batch));
  world.round(subscriber);
  EXPECT_TRUE(world.rows("live").empty());
  EXPECT_EQ(world.simulator.requests("Unsubscribe"), 1);
}

TEST_F(SubscriberTest, AnotherConfigurationRetiresWhatTheEarlierOneSubscribed) {
  World world;
  {
    Subscriber subscriber(world.context, *world.sides, world.options);
    world.round(subscriber);
    ASSERT_TRUE(world.is_proven());
  }
  ASSERT_TRUE(world.store->release_lease(*world.store->lease_of(PairId("subscriber")).value()));
  world.options.wanted = Way::poll;
  Subscriber polling(world.context, *world.sides, world.options);
  EXPECT_EQ(world.round(polling), Way::poll);
  EXPECT_TRUE(world.rows("live").empty());
}

TEST(Attention, ASubscriptionIsHeardOfWhereItIsLiveProvenAndNotSilent) {
  store::Subscription row;
  row.state = "live";
  row.created_ago = 100s;
  row.heard_ago = 10s;
  EXPECT_TRUE(is_heard(row, 60s));
  EXPECT_FALSE(is_heard(row, 5s));
  row.heard_ago = row.created_ago;  // never called
  EXPECT_FALSE(is_heard(row, 600s));
  row.heard_ago = 10s;
  row.state = "retired";
  EXPECT_FALSE(is_heard(row, 60s));
}

}  // namespace
}  // namespace caravan::app
