// SPDX-License-Identifier: GPL-3.0-or-later
// Two hundred days of a mailbox whose people use both calendars, told again and again. In the n-th telling the process
// dies every day at the n-th passage of one place (before or after the effect of a commit, of a step of a write, of an
// answer), and starts anew: so it dies once at every point of every day. Each evening both calendars must show what
// they show in an undisturbed telling.
#include <gtest/gtest.h>

#include <algorithm>

#include "support/world/world.hpp"

namespace caravan::world {
namespace {

constexpr int kDays = 200;

std::string line_of(const model::Series& series) {
  const model::Event& event = model::representative(series);
  std::string out = series.uid.value + ' ' + event.summary + '|' + event.location + '|' + event.description + '|' +
                    wall_text(event.start) + '|';
  for (const auto& time : series.excluded) out += " -" + wall_text(time);
  for (const auto& other : series.overrides) out += ' ' + wall_text(*other.recurrence_id) + '=' + other.summary;
  return out;
}

std::string joined(std::vector<std::string> lines) {
  std::sort(lines.begin(), lines.end());
  std::string out;
  for (const auto& line : lines) out += line + '\n';
  return out;
}

std::string on_exchange(World& world) {
  std::vector<std::string> lines;
  for (const auto& item : world.exchange().ids()) lines.push_back(line_of(world.exchange().series(item)));
  return joined(std::move(lines));
}
std::string on_caldav(World& world) {
  std::vector<std::string> lines;
  for (const Uid& uid : world.caldav().uids()) lines.push_back(line_of(world.caldav().series(uid)));
  return joined(std::move(lines));
}

/// One of the series that both sides hold, weekly ones or single ones.
std::optional<Uid> choose(World& world, int day, bool weekly_one) {
  std::vector<Uid> uids;
  for (const Uid& uid : world.caldav().uids())
    if (world.caldav().series(uid).recurring() == weekly_one) uids.push_back(uid);
  std::sort(uids.begin(), uids.end());
  if (uids.empty()) return std::nullopt;
  return uids[static_cast<std::size_t>(day * 7) % uids.size()];
}

Edit moved_with_its_exceptions(int hour) {
  return [hour](model::Series& series) {
    std::vector<std::pair<int, std::string>> titles;
    for (int week = 1; week <= 3; ++week)
      if (const auto* there = find_occurrence(series, week)) titles.emplace_back(week, there->summary);
    series.overrides.clear();
    series.excluded.clear();
    at_hour(hour)(series);
    for (const auto& [week, text] : titles) title_of_occurrence(week, text)(series);
  };
}

/// What people do on this day.
void live(World& world, int day) {
  const std::string value = "v" + std::to_string(day);
  const auto single = choose(world, day, false), series = choose(world, day, true);
  const auto item = [&](const Uid& uid) { return world.exchange().item_of(uid).value(); };
  const int week = 1 + day % 3;
  switch (day % 13) {
    case 0:
      world.exchange().add("E" + std::to_string(day));
      return;
    case 1:
      return world.caldav().put(event("C" + std::to_string(day)));
    case 2:
      return world.caldav().put(weekly("W" + std::to_string(day)));
    case 3:
      if (single) world.exchange().edit(item(*single), title(value));
      return;
    case 4:
      if (single) world.caldav().edit(*single, place(value));
      return;
    case 5:
      if (series) world.exchange().edit(item(*series), title_of_occurrence(week, value));
      return;
    case 6:
      if (series) world.caldav().edit(*series, title_of_occurrence(week, value));
      return;
    case 7:
      if (!single) return;
      world.exchange().edit(item(*single), place(value + " place"));
      return world.caldav().edit(*single, body(value + " body"));
    case 8:
      if (series) world.caldav().edit(*series, moved_with_its_exceptions(8 + day % 11));
      return;
    case 9:
      if (single) world.exchange().remove(item(*single));
      return;
    case 10:
      if (single) world.caldav().remove(*single);
      return;
    case 11:
      if (!series) return;
      world.exchange().edit(item(*series), title(value));
      return world.caldav().edit(*series, title_of_occurrence(week, value + " occurrence"));
    case 12:
      if (!single) return;
      world.caldav().edit(*single, title(value));
      return static_cast<void>(world.exchange().remove(item(*single)));
    default:
      return;
  }
}

struct Told {
  std::vector<std::string> evenings;  ///< what both calendars show
  int deaths = 0;
};

/// With `calm`, each evening after a death is compared with it.
Told tell(const Manners& manners, Place place, int nth, const Told* calm) {
  World world(manners);
  world.exchange().manners.reads_back = nth % 2 == 0;
  world.options.batch = 4;
  Told told;
  for (int day = 0; day < kDays && !::testing::Test::HasFailure(); ++day) {
    live(world, day);
    if (nth > 0) world.kill_at(place, nth);
    world.sync();
    const bool died = world.was_killed();
    world.sync();
    world.pass_time(std::chrono::hours(24));
    if (calm == nullptr) told.evenings.push_back(on_exchange(world));
    if (calm != nullptr && !died) continue;
    told.deaths += died ? 1 : 0;
    const std::string& shall =
        calm == nullptr ? told.evenings.back() : calm->evenings.at(static_cast<std::size_t>(day));
    EXPECT_EQ(on_exchange(world), shall) << "day " << day << ", killed at passage " << nth;
    EXPECT_EQ(on_caldav(world), shall) << "day " << day << ", killed at passage " << nth;
    EXPECT_EQ(world.counts().open_intents, 0U) << "day " << day << ", killed at passage " << nth;
  }
  EXPECT_TRUE(world.conflicts().empty()) << "killed at passage " << nth;
  EXPECT_TRUE(world.parked().empty()) << "killed at passage " << nth;
  world.sync();
  world.writes();
  for (int i = 0; i < 10; ++i) world.sync();
  EXPECT_EQ(world.writes(), 0) << "killed at passage " << nth;
  EXPECT_EQ(world.counts().pending, 0U) << "killed at passage " << nth;
  return told;
}

/// How often the process died in all tellings together.
int sweep(const Manners& manners, Place place) {
  const Told calm = tell(manners, place, 0, nullptr);
  int deaths = 0;
  for (int nth = 1; nth < 200 && !::testing::Test::HasFailure(); ++nth) {
    const Told told = tell(manners, place, nth, &calm);
    if (told.deaths == 0) return deaths;
    deaths += told.deaths;
  }
  return deaths;
}

constexpr Manners kPlain{};
constexpr Manners kRewriter{.tells_etag = false, .rewrites = true, .forgets_short_lives = true};

TEST(TwoHundredDays, SurviveADeathAtEveryCommit) { EXPECT_GT(sweep(kPlain, Place::store), 1000); }
TEST(TwoHundredDays, SurviveADeathAtEveryStepOnExchange) { EXPECT_GT(sweep(kPlain, Place::exchange), 500); }
TEST(TwoHundredDays, SurviveADeathAtEveryStepOnCaldav) { EXPECT_GT(sweep(kPlain, Place::caldav), 500); }
TEST(TwoHundredDays, SurviveADeathAtEveryCommitBesideAServerThatRewrites) {
  EXPECT_GT(sweep(kRewriter, Place::store), 1000);
}
TEST(TwoHundredDays, SurviveADeathAtEveryStepOnAServerThatRewrites) { EXPECT_GT(sweep(kRewriter, Place::caldav), 500); }

}  // namespace
}  // namespace caravan::world
