// SPDX-License-Identifier: GPL-3.0-or-later
// Push and streaming against exchange-sim: it calls, we answer; it streams, we listen.
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "contract/ews/writing_world.hpp"
#include "ews/subscriptions.hpp"
#include "http/server.hpp"

namespace caravan::ews::test {
namespace {

using namespace std::chrono_literals;

constexpr const char* kSingle = "DTSTART:20270301T090000Z\r\nDTEND:20270301T100000Z\r\nSUMMARY:One\r\n";
constexpr auto kPatience = 10s;

/// Collects what it is told, from any thread.
template <class T>
class Heard {
 public:
  void add(T value) {
    const std::lock_guard lock(mutex_);
    all_.push_back(std::move(value));
    came_.notify_all();
  }
  /// Waits for one that fits.
  template <class Fits>
  std::optional<T> wait_for(Fits fits) {
    std::unique_lock lock(mutex_);
    std::optional<T> found;
    came_.wait_for(lock, kPatience, [&] {
      for (const T& each : all_)
        if (fits(each)) found = each;
      return found.has_value();
    });
    return found;
  }
  std::size_t size() {
    const std::lock_guard lock(mutex_);
    return all_.size();
  }

 private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<T> all_;
};

/// A server for callbacks that answers as it is told.
class Receiver {
 public:
  Receiver() {
    auto started =
        http::Server::start({}, {{"POST", "/callback/", [this](http::IncomingRequest request, http::Reply reply) {
                                    const auto all = parse_callback(request.body);
                                    EXPECT_TRUE(all) << all.error().what << request.body;
                                    // What was to be said when it came: whoever waits for it may change that at once.
                                    const CallbackAnswer told = answer.load();
                                    if (all) messages.add(all->front());
                                    reply.send({200, "text/xml; charset=utf-8", callback_answer(told), {}});
                                  }}});
    EXPECT_TRUE(started);
    if (started) server_ = std::move(*started);
  }
  [[nodiscard]] std::string url() const {
    return "http://127.0.0.1:" + std::to_string(server_->port()) + "/callback/x";
  }

  Heard<CallbackMessage> messages;
  std::atomic<CallbackAnswer> answer{CallbackAnswer::ok};

 private:
  std::unique_ptr<http::Server> server_;
};

class SubscriptionTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!simulator_is_built()) GTEST_SKIP() << "exchange-sim is not built";
    world = std::make_unique<WritingWorld>();
    folder = world->folder();
  }
  Result<Subscribed> push(const std::string& url) {
    return subscribe_push(world->client(), world->mailbox(), std::span(&folder, 1), {url, 1min});
  }
  std::unique_ptr<WritingWorld> world;
  FolderId folder;
};

bool is_news(const CallbackMessage& message) { return message.notification.has_news(); }

TEST_F(SubscriptionTest, APushSubscriptionIsToldThatItLivesAndOfWhatHappens) {
  Receiver receiver;
  const auto subscribed = push(receiver.url());
  ASSERT_TRUE(subscribed) << subscribed.error().what;
  EXPECT_FALSE(subscribed->watermark.empty());
  const auto alive = receiver.messages.wait_for([](const auto& message) { return !is_news(message); });
  ASSERT_TRUE(alive);
  EXPECT_EQ(alive->notification.subscription, subscribed->id);
  const Written written = world->create(series_of_event(kSingle));
  const auto news = receiver.messages.wait_for(is_news);
  ASSERT_TRUE(news);
  const auto& events = news->notification.events;
  EXPECT_TRUE(std::any_of(events.begin(), events.end(), [&](const NotificationEvent& event) {
    return event.kind == EventKind::created && event.item == written.parts[0].item && event.parent == folder;
  }));
}

TEST_F(SubscriptionTest, AnsweringUnsubscribeEndsAPushSubscription) {
  Receiver receiver;
  ASSERT_TRUE(push(receiver.url()));
  ASSERT_TRUE(receiver.messages.wait_for([](const auto&) { return true; }));  // the first call is answered OK
  receiver.answer = CallbackAnswer::unsubscribe;
  world->create(series_of_event(kSingle));
  ASSERT_TRUE(receiver.messages.wait_for(is_news));
  Json ended;
  for (int i = 0; i < 100 && ended.empty(); ++i) {
    std::this_thread::sleep_for(20ms);
    ended = world->simulator.get("notifications").at("ended");
  }
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(ended[0].at("reason"), "unsubscribed");
}

TEST_F(SubscriptionTest, AnErrorInACallSaysThatTheSubscriptionIsAtItsEnd) {
  Receiver receiver;
  ASSERT_TRUE(push(receiver.url()));
  ASSERT_TRUE(receiver.messages.wait_for([](const auto&) { return true; }));
  world->simulator.post("notifications/expire", {{"mailbox", "anna@example.com"}, {"code", "ErrorReadEventsFailed"}});
  const auto end = receiver.messages.wait_for([](const auto& message) { return message.error.has_value(); });
  ASSERT_TRUE(end);
  EXPECT_EQ(end->error->code, "ErrorReadEventsFailed");
}

TEST_F(SubscriptionTest, APushSubscriptionGoesOnFromAnOldWatermark) {
  Receiver first, second;
  const auto subscribed = push(first.url());
  ASSERT_TRUE(subscribed);
  world->create(series_of_event(kSingle));
  ASSERT_TRUE(first.messages.wait_for(is_news));
  const auto again = subscribe_push(world->client(), world->mailbox(), std::span(&folder, 1),
                                    {second.url(), 1min, subscribed->watermark});
  ASSERT_TRUE(again) << again.error().what;
  EXPECT_TRUE(second.messages.wait_for(is_news));
}

TEST(ForbiddenSubscriptions, AreDeniedWithExchangesCode) {
  if (!simulator_is_built()) GTEST_SKIP() << "exchange-sim is not built";
  WritingWorld world({"--max-subscriptions", "0"});
  const FolderId folder = world.folder();
  const auto subscribed =
      subscribe_push(world.client(), world.mailbox(), std::span(&folder, 1), {"http://127.0.0.1:1/x", 1min});
  ASSERT_FALSE(subscribed);
  EXPECT_EQ(subscribed.error().fault, Fault::denied);
  EXPECT_EQ(subscribed.error().code, "ErrorExceededSubscriptionCount");
}

/// Listens in a thread until the stream ends.
class Listening {
 public:
  Listening(WritingWorld& world, std::vector<std::string> subscriptions, StreamOptions options = {})
      : client_(service_options(world.simulator.url())),
        thread_([this, mailbox = world.mailbox(), subscriptions = std::move(subscriptions), options] {
          end_ = get_streaming_events(client_, mailbox, subscriptions, options,
                                      {[this] { opened.add(true); },
                                       [this](const Notification& notification) -> Status {
                                         notifications.add(notification);
                                         return {};
                                       }},
                                      stop_.get_token());
        }) {}
  ~Listening() {
    stop_.request_stop();
    if (thread_.joinable()) thread_.join();
  }
  StreamEnd end() {
    thread_.join();
    return end_;
  }
  StreamEnd stop() {
    stop_.request_stop();
    return end();
  }
  bool is_open() {
    return opened.wait_for([](bool) { return true; }).has_value();
  }

  Heard<bool> opened;
  Heard<Notification> notifications;

 private:
  Client client_;
  std::stop_source stop_;
  StreamEnd end_;
  std::thread thread_;
};

class StreamTest : public SubscriptionTest {
 protected:
  std::string subscribe() {
    auto subscribed = subscribe_streaming(world->client(), world->mailbox(), std::span(&folder, 1));
    EXPECT_TRUE(subscribed) << subscribed.error().what;
    return subscribed ? subscribed->id : std::string();
  }
};

TEST_F(StreamTest, TellsWhatHappensWhileItIsOpenUntilItIsStopped) {
  const std::string id = subscribe();
  Listening listening(*world, {id});
  ASSERT_TRUE(listening.is_open());
  const Written written = world->create(series_of_event(kSingle));
  const auto news = listening.notifications.wait_for([](const auto& each) { return each.has_news(); });
  ASSERT_TRUE(news);
  EXPECT_EQ(news->subscription, id);
  EXPECT_TRUE(std::any_of(news->events.begin(), news->events.end(),
                          [&](const auto& event) { return event.item == written.parts[0].item; }));
  const StreamEnd end = listening.stop();
  ASSERT_TRUE(end.error);
  EXPECT_EQ(end.error->fault, Fault::cancelled);
}

TEST_F(StreamTest, EndsWithoutAnErrorWhenItsTimeIsOver) {
  world->simulator.post("notifications/clock", {{"factor", 60}});
  Listening listening(*world, {subscribe()}, {1min, 60s});
  const StreamEnd end = listening.end();
  EXPECT_FALSE(end.error) << end.error->what;
  EXPECT_TRUE(end.dead.empty());
  EXPECT_GE(listening.notifications.size(), 1U);  // a heartbeat
}

TEST_F(StreamTest, ThatFallsSilentIsGivenUp) {
  Listening listening(*world, {subscribe()}, {29min, 300ms});
  const StreamEnd end = listening.end();
  ASSERT_TRUE(end.error);
  EXPECT_EQ(end.error->code, "StreamSilent");
  EXPECT_EQ(end.error->fault, Fault::retry_later);
}

TEST_F(StreamTest, ThatIsCutOffSaysSo) {
  Listening listening(*world, {subscribe()});
  ASSERT_TRUE(listening.is_open());
  world->simulator.post("notifications/cut", {{"mailbox", "anna@example.com"}});
  const StreamEnd end = listening.end();
  ASSERT_TRUE(end.error);
  EXPECT_EQ(end.error->fault, Fault::retry_later);
}

TEST_F(StreamTest, NamesTheSubscriptionsThatAreGone) {
  const std::string id = subscribe();
  ASSERT_TRUE(unsubscribe(world->client(), world->mailbox(), id));
  ASSERT_TRUE(unsubscribe(world->client(), world->mailbox(), id));  // gone already
  const StreamEnd end = Listening(*world, {id}).end();
  ASSERT_TRUE(end.error);
  EXPECT_EQ(end.dead, std::vector<std::string>{id});
}

TEST_F(StreamTest, ExpiringWhileItIsOpenEndsItWithItsName) {
  const std::string id = subscribe();
  Listening listening(*world, {id});
  ASSERT_TRUE(listening.is_open());
  world->simulator.post("notifications/expire", {{"subscription", id}});
  const StreamEnd end = listening.end();
  ASSERT_TRUE(end.error);
  EXPECT_EQ(end.dead, std::vector<std::string>{id});
}

}  // namespace
}  // namespace caravan::ews::test
