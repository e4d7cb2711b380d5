// SPDX-License-Identifier: GPL-3.0-or-later
// What becomes of a message: sent, tried again, given up, or dropped because it is over.
#include "app/notify/deliverer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "app/notify/teller.hpp"
#include "support/world/world.hpp"

namespace caravan::world {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

/// Answers as it is told to, then well.
class Script final : public notify::Channel {
 public:
  std::deque<Error> errors;
  std::vector<std::string> delivered;  ///< subjects
  int tries = 0;
  [[nodiscard]] notify::ChannelKind kind() const noexcept override { return notify::ChannelKind::mail; }
  Result<notify::Sent> deliver(const notify::Outgoing& message) override {
    ++tries;
    if (!errors.empty()) {
      Error error = std::move(errors.front());
      errors.pop_front();
      return error;
    }
    delivered.push_back(message.words.subject);
    return notify::Sent{};
  }
};

class Delivering : public World {
 public:
  Delivering() {
    context.config.notify.mail_url = "smtp://mail.example.org";
    context.config.notify.mail_from = "calendar@example.org";
    context.clock = store_clock();
    people.emplace(app::People::from(context.config).value());
    auto made = std::make_unique<Script>();
    channel = made.get();
    deliverer.emplace(context, *people, std::move(made), breaker);
  }
  /// A message about bulk runs, the number says which; of a thread of its own.
  void queue(int number, std::optional<Instant> expires = std::nullopt) {
    app::Person person;
    person.reader.address = mailbox();
    notify::Telling telling;
    telling.kind = notify::Kind::summary;
    telling.mailbox = mailbox();
    telling.count = static_cast<std::uint64_t>(number);
    std::vector<store::OutboxMessage> messages;
    app::add_messages(*people, person, telling, mailbox().value + ":" + std::to_string(number), store_clock()->now(),
                      store_clock()->now(), expires, messages);
    for (auto& message : messages) message.thread = std::to_string(number);
    EXPECT_TRUE(store().notify().add_messages(messages));
  }
  void deliver() { EXPECT_TRUE(deliverer->round(store())); }
  std::vector<store::OutboxMessage> messages(const std::string& state) {
    return store().notify().messages(state, mailbox(), 100).value();
  }

  app::Context context;
  app::Breaker breaker;
  std::optional<app::People> people;
  std::optional<app::Deliverer> deliverer;
  Script* channel = nullptr;
};

TEST(Deliverer, SendsWhatIsDueAndSettlesIt) {
  Delivering world;
  world.queue(1);
  world.deliver();
  EXPECT_THAT(world.channel->delivered, SizeIs(1));
  EXPECT_THAT(world.messages("sent"), SizeIs(1));
  world.deliver();
  EXPECT_EQ(world.channel->tries, 1);
}

TEST(Deliverer, DropsWhatIsOverAndSaysSo) {
  Delivering world;
  world.queue(1, world.store_clock()->now() + minutes(1));
  world.pass_time_everywhere(minutes(2));
  world.deliver();
  EXPECT_EQ(world.channel->tries, 0);
  const auto dropped = world.messages("dropped");
  ASSERT_THAT(dropped, SizeIs(1));
  EXPECT_FALSE(dropped.front().error.empty());
}

TEST(Deliverer, TriesAgainAfterAGrowingPauseAndNotBefore) {
  Delivering world;
  world.channel->errors = {make_error(Fault::retry_later, "busy"), make_error(Fault::retry_later, "busy")};
  world.queue(1);
  world.deliver();
  world.deliver();
  EXPECT_EQ(world.channel->tries, 1);
  world.pass_time_everywhere(seconds(6));
  world.deliver();
  EXPECT_EQ(world.channel->tries, 2);
  world.pass_time_everywhere(seconds(6));
  world.deliver();
  EXPECT_EQ(world.channel->tries, 2);
  world.pass_time_everywhere(seconds(6));
  world.deliver();
  EXPECT_THAT(world.channel->delivered, SizeIs(1));
}

TEST(Deliverer, WaitsAsLongAsTheOtherSideSays) {
  Delivering world;
  Error busy = make_error(Fault::retry_later, "429");
  busy.retry_after = std::chrono::minutes(10);
  world.channel->errors = {busy};
  world.queue(1);
  world.deliver();
  world.pass_time_everywhere(minutes(9));
  world.deliver();
  EXPECT_EQ(world.channel->tries, 1);
  world.pass_time_everywhere(minutes(2));
  world.deliver();
  EXPECT_EQ(world.channel->tries, 2);
}

TEST(Deliverer, GivesUpWhatCanNeverGoAndTheOthersGoOn) {
  Delivering world;
  world.channel->errors = {make_error(Fault::malformed, "550 no such user")};
  world.queue(1);
  world.queue(2);
  world.deliver();
  ASSERT_THAT(world.messages("dead"), SizeIs(1));
  EXPECT_EQ(world.messages("dead").front().error, "550 no such user");
  EXPECT_THAT(world.channel->delivered, SizeIs(1));
  EXPECT_EQ(world.store().notify().retry_dead(world.messages("dead").front().id).value(), 1U);
  world.deliver();
  EXPECT_THAT(world.channel->delivered, SizeIs(2));
}

TEST(Deliverer, TriesOneMessageAtATimeWhileTheChannelIsDownAndLosesNone) {
  Delivering world;
  for (int i = 0; i < 50; ++i) world.queue(i);
  for (int i = 0; i < 60; ++i) world.channel->errors.push_back(make_error(Fault::denied, "535", "credentials"));
  for (int i = 0; i < 60; ++i) {  // an hour
    world.deliver();
    world.pass_time_everywhere(minutes(1));
  }
  EXPECT_LE(world.channel->tries, 61);
  EXPECT_THAT(world.messages("dead"), IsEmpty());
  world.channel->errors.clear();
  for (int i = 0; i < 60; ++i) {
    world.deliver();
    world.pass_time_everywhere(minutes(1));
  }
  EXPECT_THAT(world.channel->delivered, SizeIs(50));
  EXPECT_THAT(world.messages("queued"), IsEmpty());
}

TEST(Deliverer, GivesUpAfterTwoDays) {
  Delivering world;
  for (int i = 0; i < 1000; ++i) world.channel->errors.push_back(make_error(Fault::retry_later, "busy"));
  world.queue(1);
  for (int i = 0; i < 4 * 49; ++i) {
    world.deliver();
    world.pass_time_everywhere(minutes(15));
  }
  EXPECT_THAT(world.messages("dead"), SizeIs(1));
}

}  // namespace
}  // namespace caravan::world
