// SPDX-License-Identifier: GPL-3.0-or-later
// What people are told is what an oracle says that they should be: over random edits on both sides, passes that die
// between any two commits, deliveries whose answer is lost and processes that die at them. The oracle knows neither
// journal nor outbox. It looks at what the sides agree on, and knows by the values who set them: those that begin with
// "o" are the owner's.
//
// Each run takes the same lives; CARAVAN_SEED=N takes others, CARAVAN_EDITS=N more of them.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <map>
#include <random>
#include <set>

#include "app/notify/deliverer.hpp"
#include "app/notify/teller.hpp"
#include "app/pass/holder.hpp"
#include "ical/zone_book.hpp"
#include "store/notify_store.hpp"
#include "support/world/world.hpp"

namespace caravan::world {
namespace {

using std::chrono::seconds;

constexpr seconds kWindow{120};
constexpr int kStepsOfALife = 60;

/// What a person sees of an event.
struct Flat {
  std::string title, place;
  int hour = 0;
  friend bool operator==(const Flat&, const Flat&) = default;
};
std::string in_words(const std::string& kind, const Flat& flat) {
  return kind + " " + flat.title + " at " + flat.place + " " + std::to_string(flat.hour);
}
Flat flat_of(const model::Event& event) { return {event.summary, event.location, event.start.wall.hour}; }
bool is_owners(const std::string& value) { return value.starts_with("o"); }

/// The process dies at this point.
struct Death {};

/// Shows each key once, as the channels do.
class Wall final : public notify::Channel {
 public:
  enum class Mood { well, busy, answer_lost, dies_before, dies_after } mood = Mood::well;
  std::map<Uid, std::vector<std::string>> shown;
  std::size_t repeats = 0;

  [[nodiscard]] notify::ChannelKind kind() const noexcept override { return notify::ChannelKind::mail; }
  Result<notify::Sent> deliver(const notify::Outgoing& message) override {
    const Mood now = std::exchange(mood, Mood::well);
    if (now == Mood::dies_before) throw Death();
    if (now == Mood::busy) return make_error(Fault::retry_later, "busy");
    if (keys_.insert(message.key).second) {
      const auto& telling = message.telling;
      const notify::Shown& one = telling.now ? *telling.now : *telling.was;
      shown[telling.uid].push_back(
          in_words(std::string(notify::to_string(telling.kind)), {one.summary, one.location, one.start.wall.hour}));
    } else {
      ++repeats;
      EXPECT_TRUE(message.repeat) << "sent twice and not said so";
    }
    if (now == Mood::dies_after) throw Death();
    if (now == Mood::answer_lost) return make_error(Fault::in_doubt, "lost");
    return notify::Sent{};
  }

 private:
  std::set<std::string> keys_;
};

/// Computes what should be told from what the sides agree on, looked at after each step.
class Oracle {
 public:
  void see(const Uid& uid, const std::optional<Flat>& agreed, bool gone_by_owner, Instant now) {
    Known& known = known_[uid];
    if (agreed == known.agreed) return;
    if (!known.opened) known.opened = now;
    if (!agreed) {
      if (gone_by_owner) known.told.reset();
    } else if (!known.agreed && is_owners(uid.value.substr(4))) {
      known.told = agreed;  // he made it
    } else if (known.told) {
      if (is_owners(uid.value.substr(4))) known.told = agreed;  // his own event, whichever side
    }
    known.agreed = agreed;
  }
  void close(Instant now) {
    for (auto& [uid, known] : known_) {
      if (!known.opened || now - *known.opened < kWindow) continue;
      known.opened.reset();
      const auto& [told, agreed] = std::tie(known.told, known.agreed);
      if (!told && agreed) expected[uid].push_back(in_words("added", *agreed));
      if (told && !agreed) expected[uid].push_back(in_words("cancelled", *told));
      if (told && agreed && *told != *agreed)
        expected[uid].push_back(in_words(told->hour != agreed->hour ? "moved" : "changed", *agreed));
      known.told = known.agreed;
    }
  }
  std::map<Uid, std::vector<std::string>> expected;

 private:
  struct Known {
    std::optional<Flat> told, agreed;
    std::optional<Instant> opened;
  };
  std::map<Uid, Known> known_;
};

config::Config configuration() {
  config::Config config;
  config.notify.mail_url = "smtp://mail.example.org";
  config.notify.mail_from = "calendar@example.org";
  config.notify.window = kWindow;
  return config;
}

class Life {
 public:
  explicit Life(std::uint32_t seed) : random_(seed) {
    context_.config = configuration();
    context_.clock = world_.clock();
    people_.emplace(app::People::from(context_.config).value());
    teller_.emplace(context_, *people_);
    auto wall = std::make_unique<Wall>();
    wall_ = wall.get();
    deliverer_.emplace(context_, *people_, std::move(wall), breaker_);
    world_.sync();  // the first pass is bulk
    store::Batch batch;
    batch.mailboxes.emplace_back();
    batch.mailboxes.back().address = world_.mailbox();
    batch.mailboxes.back().state = "subscribed";
    EXPECT_TRUE(world_.store().commit(batch));
    // The clock's own news (reminders, starts) are another test's.
    EXPECT_TRUE(world_.store().notify().set_preferences(
        world_.mailbox(),
        notify::set_preference({}, "kinds", "added,moved,changed,cancelled", *ical::system_zone_book()).value()));
    world_.options.journal = true;
    world_.options.limits.max_delete_percent = 100;
    world_.options.limits.max_delete_count = 1000;
  }

  int edits = 0;
  void live() {
    for (int i = 0; i < kStepsOfALife; ++i) step();
    for (int i = 0; i < 12; ++i) {
      sync();
      world_.pass_time_everywhere(seconds(200));
      tell();
      wall_->mood = Wall::Mood::well;
      deliver();
    }
  }
  void check() {
    EXPECT_TRUE(world_.store().notify().messages("queued", world_.mailbox(), 1).value().empty());
    EXPECT_EQ(wall_->shown, oracle_.expected);
  }
  [[nodiscard]] std::size_t messages() const {
    std::size_t out = 0;
    for (const auto& [uid, shown] : wall_->shown) out += shown.size();
    return out;
  }
  [[nodiscard]] std::size_t repeats() const { return wall_->repeats; }

 private:
  int roll(int sides) { return static_cast<int>(random_() % static_cast<std::uint32_t>(sides)); }

  void step() {
    switch (roll(10)) {
      case 0:
      case 1:
      case 2:
      case 3:
        return edit();
      case 4:
        world_.kill_at(Place::store, 1 + roll(8));
        return sync();
      case 5:
        return sync();
      case 6:
        return world_.pass_time_everywhere(seconds(roll(100)));
      case 7:
        return tell();
      case 8:
        wall_->mood = static_cast<Wall::Mood>(roll(5));
        return deliver();
      default:
        sync();
        world_.pass_time_everywhere(seconds(60 + roll(120)));
        return tell();
    }
  }

  void edit() {
    ++edits;
    const bool by_owner = roll(3) == 0;
    const std::string value = (by_owner ? "o" : "e") + std::to_string(edits);
    if (names_.size() < 3 || (roll(6) == 0 && names_.size() < 8)) return by_owner ? add_own(value) : invite(value);
    const std::string& name = names_.at(static_cast<std::size_t>(roll(static_cast<int>(names_.size()))));
    const Uid uid = uid_of(name);
    const int hour = 6 + roll(12);
    const int what = roll(5);
    const Edit change = what == 0 ? title(value) : what == 1 ? place(value) : at_hour(hour);
    if (is_owners(name)) {  // his own event: he edits where he likes
      if (roll(2) == 0) {
        if (!world_.caldav().has(uid)) return;
        if (what == 4) return gone_.insert(uid), world_.caldav().remove(uid);
        world_.caldav().edit(uid, change);
      } else {
        const auto item = world_.exchange().item_of(uid);
        if (!item) return;
        if (what == 4) return gone_.insert(uid), world_.exchange().remove(*item);
        world_.exchange().edit(*item, change);
      }
      return;
    }
    const auto item = world_.exchange().item_of(uid);
    if (!item) return;
    if (what == 4) return world_.exchange().remove(*item);
    world_.exchange().edit(*item, change);
  }

  void add_own(const std::string& name) {
    names_.push_back(name);
    if (roll(2) == 0)
      world_.caldav().put(event(name));
    else
      world_.exchange().add(name);
  }

  void invite(const std::string& name) {
    names_.push_back(name);
    model::Series meeting = event(name);
    meeting.master->organizer = model::Organizer{"chair@elsewhere.org", "Chair", {}};
    model::Attendee me;
    me.address = world_.mailbox().value;
    meeting.master->attendees = {me};
    world_.exchange().add(meeting);
  }

  void sync() {
    const Instant began = world_.clock()->now();  // after a death time passes until the dead one's leases are over
    world_.sync();
    world_.approve();
    for (const auto& name : names_) {
      const auto copies = world_.store().notify().agreed_of(world_.mailbox(), uid_of(name)).value();
      std::optional<Flat> agreed;
      if (!copies.empty()) agreed = flat_of(*sync::series_of_copy(copies.front().copy).value().master);
      oracle_.see(uid_of(name), agreed, is_owners(name), began);
    }
  }

  void tell() {
    ASSERT_TRUE(teller_->round(world_.store()));
    oracle_.close(world_.clock()->now());
  }

  void deliver() {
    try {
      ASSERT_TRUE(deliverer_->round(world_.store()));
    } catch (const Death&) {
      // The next process finds that this one is gone.
      EXPECT_TRUE(world_.store().notify().drop_message_claims(app::holder_name()));
    }
    world_.pass_time_everywhere(seconds(15));
  }

  World world_;
  app::Context context_;
  app::Breaker breaker_;
  std::optional<app::People> people_;
  std::optional<app::Teller> teller_;
  std::optional<app::Deliverer> deliverer_;
  Wall* wall_ = nullptr;
  Oracle oracle_;
  std::mt19937 random_;
  std::vector<std::string> names_;
  std::set<Uid> gone_;
};

std::uint32_t from_environment(const char* name, std::uint32_t fallback) {
  const char* text = std::getenv(name);
  return text == nullptr ? fallback : static_cast<std::uint32_t>(std::strtoul(text, nullptr, 10));
}

TEST(WhatIsTold, IsWhatTheOracleSays) {
  const std::uint32_t seed = from_environment("CARAVAN_SEED", 1);
  const std::uint32_t wanted = from_environment("CARAVAN_EDITS", 10'000);
  std::uint32_t edits = 0;
  std::size_t messages = 0, repeats = 0;
  for (std::uint32_t life = 0; edits < wanted; ++life) {
    SCOPED_TRACE("CARAVAN_SEED=" + std::to_string(seed) + ", life " + std::to_string(life));
    Life one(seed * 1'000'003 + life);
    one.live();
    one.check();
    edits += static_cast<std::uint32_t>(one.edits);
    messages += one.messages();
    repeats += one.repeats();
    if (testing::Test::HasFailure()) break;
  }
  RecordProperty("edits", static_cast<int>(edits));
  RecordProperty("messages", static_cast<int>(messages));
  std::cout << edits << " edits, " << messages << " messages, " << repeats << " deliveries repeated and not shown\n";
  EXPECT_GT(messages, 0U);
  EXPECT_GT(repeats, 0U);
}

}  // namespace
}  // namespace caravan::world
