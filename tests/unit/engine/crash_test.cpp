// SPDX-License-Identifier: GPL-3.0-or-later
// kill -9 at every commit and at every call of either port, before and after its effect. Each sweep tells one story
// again and again; the n-th time, the process dies at the n-th passage, starts anew, and must end where an undisturbed
// run ends.
#include <gtest/gtest.h>

#include <algorithm>

#include "ical/zone_repair.hpp"
#include "support/world/world.hpp"

namespace caravan::world {
namespace {

struct Story {
  Manners manners;
  void (*begin)(World&);                 ///< before the first run
  void (*change)(World&);                ///< between the first run and the one that dies; null: the first run dies
  void (*afterwards)(World&) = nullptr;  ///< between the run that dies and the next
};

/// What the calendar looks like at the end: one line an event, sorted.
std::string shown(World& world) {
  std::vector<std::string> lines;
  for (const Uid& uid : world.caldav().uids()) {
    const model::Series series = world.caldav().series(uid);
    const model::Event& event = model::representative(series);
    lines.push_back(uid.value + ' ' + event.summary + ' ' + event.location + ' ' + event.description + ' ' +
                    std::to_string(event.start.wall.hour) + ' ' + std::to_string(series.overrides.size()) + ' ' +
                    std::to_string(series.excluded.size()) + ' ' + std::to_string(event.attachments.size()) +
                    (ical::zones_hold_from(world.caldav().text(uid)) <= event.start.wall.year ? "" : " wrong zone"));
  }
  std::sort(lines.begin(), lines.end());
  std::string out;
  for (const auto& line : lines) out += line + '\n';
  return out;
}

struct End {
  std::string calendar;
  int puts = 0, fills = 0;
  bool killed = false;
  std::size_t open_intents = 0, pending = 0, parked = 0, conflicts = 0;
  int later_writes = 0;
};

End told(const Story& story, Place place, int kill_at) {
  World world(story.manners);
  world.options.batch = 4;
  story.begin(world);
  if (story.change != nullptr) {
    world.migrate();
    story.change(world);
  }
  world.kill_at(place, kill_at);
  world.migrate();
  End end;
  end.killed = world.was_killed();
  if (story.afterwards != nullptr) story.afterwards(world);
  world.migrate();
  end.calendar = shown(world);
  end.puts = world.caldav().puts;
  end.fills = world.caldav().fills;
  end.open_intents = world.counts().open_intents;
  end.pending = world.counts().pending;
  end.parked = world.parked().size();
  end.conflicts = world.conflicts().size();
  world.writes();
  world.migrate();
  end.later_writes = world.writes();
  return end;
}

/// The number of passages at which the process was killed.
int sweep(const Story& story, Place place) {
  const End calm = told(story, place, 0);
  for (int n = 1; n < 2000; ++n) {
    const End end = told(story, place, n);
    EXPECT_EQ(end.calendar, calm.calendar) << "killed at passage " << n;
    EXPECT_LE(end.puts, calm.puts + 4) << "killed at passage " << n;
    EXPECT_LE(end.fills, calm.fills + 1) << "killed at passage " << n;
    EXPECT_EQ(end.open_intents, 0U) << "killed at passage " << n;
    EXPECT_EQ(end.pending, calm.pending) << "killed at passage " << n;
    EXPECT_EQ(end.parked, calm.parked) << "killed at passage " << n;
    EXPECT_EQ(end.conflicts, calm.conflicts) << "killed at passage " << n;
    EXPECT_EQ(end.later_writes, 0) << "killed at passage " << n;
    if (!end.killed || ::testing::Test::HasFailure()) return n - 1;
  }
  return 0;
}

void fill_a_calendar(World& world) {
  for (int i = 0; i < 9; ++i) world.exchange().add("Event " + std::to_string(i));
  world.exchange().add(weekly("Jour fixe"));
  model::Series minutes = event("Minutes");
  attachment("minutes", 12)(minutes);
  world.exchange().give_content("minutes", "some minutes");
  world.exchange().add(minutes);
}

void change_a_calendar(World& world) {
  std::map<Uid, ItemId> items;
  for (const auto& item : world.exchange().ids()) items.emplace(world.exchange().series(item).uid, item);
  const auto item_of = [&](const std::string& name) { return items.at(uid_of(name)); };
  world.exchange().edit(item_of("Event 0"), title("Changed"));
  world.exchange().edit(item_of("Event 1"), place("Room 7"));
  world.exchange().edit(item_of("Jour fixe"), title_of_occurrence(2, "With guests"));
  world.exchange().edit(item_of("Jour fixe"), without_occurrence(3));
  world.exchange().remove(item_of("Event 2"));
  world.exchange().remove(item_of("Event 3"));
  world.exchange().touch(item_of("Event 4"));
  world.exchange().remove_and_restore(item_of("Event 5"));
  world.exchange().add("New");
  world.caldav().edit(uid_of("Event 1"), body("from CalDAV"));
  world.caldav().edit(uid_of("Event 6"), body("only on CalDAV"));
  world.caldav().remove(uid_of("Event 7"));
}

/// What was just written is changed back, deleted, or comes back.
void change_it_all_again(World& world) {
  for (const auto& item : world.exchange().ids()) {
    const Uid uid = world.exchange().series(item).uid;
    if (uid == uid_of("Event 0")) world.exchange().edit(item, title("Event 0"));
    if (uid == uid_of("Event 1")) world.exchange().edit(item, place(""));
    if (uid == uid_of("New")) world.exchange().remove(item);
    if (uid == uid_of("Event 5")) world.exchange().remove(item);
  }
  world.exchange().add("Event 2");
}

void change_and_lose_the_state(World& world) {
  change_a_calendar(world);
  world.exchange().lose_every_state();
  world.exchange().answer_in_pages_of(3);
  world.caldav().lose_every_token();
}

void fill_a_large_calendar(World& world) {
  for (int i = 0; i < 55; ++i) world.exchange().add("Event " + std::to_string(i));
}

void meet_a_calendar(World& world) {
  fill_a_calendar(world);
  world.caldav().put(event("Event 1"));
  world.caldav().put(event("Dentist"));
}

constexpr Manners kPlain{};
constexpr Manners kNothingYet{.exists = false};
constexpr Manners kRewriter{.tells_etag = false, .rewrites = true};
constexpr Manners kRadicale{.exists = false, .bulk_fill = true, .fill_zones_since = 2030};
constexpr Manners kDoublesUids{.one_uid_once = false};

TEST(AKill, AtAnyCommitOfAFirstRunIsHealed) {
  EXPECT_GT(sweep({kNothingYet, fill_a_calendar, nullptr}, Place::store), 10);
}
TEST(AKill, AtAnyCallOfCaldavInAFirstRunIsHealed) {
  EXPECT_GT(sweep({kNothingYet, fill_a_calendar, nullptr}, Place::caldav), 20);
}
TEST(AKill, AtAnyCallOfExchangeInAFirstRunIsHealed) {
  EXPECT_GT(sweep({kNothingYet, fill_a_calendar, nullptr}, Place::exchange), 4);
}

TEST(AKill, AtAnyCommitOfALaterRunIsHealed) {
  EXPECT_GT(sweep({kPlain, fill_a_calendar, change_a_calendar}, Place::store), 10);
}
TEST(AKill, AtAnyCallOfCaldavInALaterRunIsHealed) {
  EXPECT_GT(sweep({kPlain, fill_a_calendar, change_a_calendar}, Place::caldav), 10);
}
TEST(AKill, AtAnyCallOfExchangeInALaterRunIsHealed) {
  EXPECT_GT(sweep({kPlain, fill_a_calendar, change_a_calendar}, Place::exchange), 2);
}

TEST(AKill, AtAnyCommitIsHealedThoughExchangeChangesItAllAgain) {
  EXPECT_GT(sweep({kPlain, fill_a_calendar, change_a_calendar, change_it_all_again}, Place::store), 10);
}
TEST(AKill, AtAnyCallOfCaldavIsHealedThoughExchangeChangesItAllAgain) {
  EXPECT_GT(sweep({kPlain, fill_a_calendar, change_a_calendar, change_it_all_again}, Place::caldav), 10);
}
TEST(AKill, AtAnyCallOfARewriterIsHealedThoughExchangeChangesItAllAgain) {
  EXPECT_GT(sweep({kRewriter, fill_a_calendar, change_a_calendar, change_it_all_again}, Place::caldav), 10);
}

TEST(AKill, AtAnyCommitWithAServerThatRewritesIsHealed) {
  EXPECT_GT(sweep({kRewriter, fill_a_calendar, change_a_calendar}, Place::store), 10);
}
TEST(AKill, AtAnyCallOfAServerThatRewritesIsHealed) {
  EXPECT_GT(sweep({kRewriter, fill_a_calendar, change_a_calendar}, Place::caldav), 10);
}

TEST(AKill, AtAnyCommitWhileEverythingIsListedAgainIsHealed) {
  EXPECT_GT(sweep({kPlain, fill_a_calendar, change_and_lose_the_state}, Place::store), 10);
}
TEST(AKill, AtAnyCallOfExchangeWhileEverythingIsListedAgainIsHealed) {
  EXPECT_GT(sweep({kPlain, fill_a_calendar, change_and_lose_the_state}, Place::exchange), 4);
}
TEST(AKill, AtAnyCallOfCaldavWhileEverythingIsListedAgainIsHealed) {
  EXPECT_GT(sweep({kPlain, fill_a_calendar, change_and_lose_the_state}, Place::caldav), 10);
}

TEST(AKill, AtAnyCommitOfABulkFillIsHealed) {
  EXPECT_GT(sweep({kRadicale, fill_a_large_calendar, nullptr}, Place::store), 10);
}
TEST(AKill, AtAnyCallOfCaldavInABulkFillIsHealed) {
  EXPECT_GT(sweep({kRadicale, fill_a_large_calendar, nullptr}, Place::caldav), 4);
}
TEST(AKill, AtAnyCallOfExchangeInABulkFillIsHealed) {
  EXPECT_GT(sweep({kRadicale, fill_a_large_calendar, nullptr}, Place::exchange), 4);
}

TEST(AKill, AtAnyCommitOfAMeetingDoublesNothing) {
  EXPECT_GT(sweep({kDoublesUids, meet_a_calendar, nullptr}, Place::store), 10);
}
TEST(AKill, AtAnyCallOfCaldavInAMeetingDoublesNothing) {
  EXPECT_GT(sweep({kDoublesUids, meet_a_calendar, nullptr}, Place::caldav), 10);
}

}  // namespace
}  // namespace caravan::world
