// SPDX-License-Identifier: GPL-3.0-or-later
// Random lives of a mailbox under the real engine and a real store: no edit is lost, nothing is doubled or deleted by
// mistake, the sides agree once the troubles end, and then it is silent. 5,000 lives each;
// RC_PARAMS="max_success=20000" raises that.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cstdlib>

#include "property/engine/life.hpp"

namespace rc {
template <>
struct Arbitrary<caravan::world::Step> {
  static Gen<caravan::world::Step> arbitrary() {
    using caravan::world::Step;
    // inRange() stays near its lower bound while the size is small: every kind of step shall come in short lives too.
    const auto below = [](int bound) { return gen::resize(kNominalSize, gen::inRange(0, bound)); };
    constexpr int kLast = static_cast<int>(Step::What::run);
    // Runs and new events come more often than any one edit.
    const auto what = gen::map(below(kLast + 12), [](int n) {
      if (n <= kLast) return static_cast<Step::What>(n);
      return n < kLast + 9 ? Step::What::run : Step::What::exchange_adds;
    });
    return gen::build<Step>(gen::set(&Step::what, what), gen::set(&Step::which, below(6)),
                            gen::set(&Step::how, below(12)));
  }
};
}  // namespace rc

namespace caravan::world {
namespace {

/// RapidCheck reads its configuration at the first check. The same lives each time, so that a red run is about the
/// change; RC_PARAMS without a seed looks elsewhere.
const int kCases = ::setenv("RC_PARAMS", "max_success=5000 max_size=30 seed=20261121", 0);

using Steps = std::vector<Step>;

bool one_in(int n) { return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange(0, n)) == 0; }

Manners any_manners() {
  Manners manners;
  manners.exists = !one_in(3);
  manners.tells_etag = !one_in(3);
  manners.read_back = one_in(3);
  manners.rewrites = one_in(3);
  manners.one_uid_once = !one_in(4);
  manners.names_the_other = !one_in(4);
  manners.weak_versions = one_in(5);
  manners.conditions_ignored = one_in(5);
  manners.forgets_short_lives = one_in(2);
  return manners;
}

sync::ConflictPolicy any_policy() {
  return *rc::gen::element(sync::ConflictPolicy::newest, sync::ConflictPolicy::exchange, sync::ConflictPolicy::caldav);
}

ExchangeManners any_exchange_manners() {
  ExchangeManners manners;
  manners.rewrites = one_in(3);
  manners.reads_back = one_in(2);
  return manners;
}

std::unique_ptr<Life> lived(const Steps& steps, Company company) {
  auto life = std::make_unique<Life>(any_manners(), any_policy(), *rc::gen::element<std::size_t>(1, 3, 16), company,
                                     any_exchange_manners());
  for (const auto& step : steps) life->take(step);
  return life;
}

void none_of(const std::vector<std::string>& found, const std::string& what, Life& life) {
  if (!found.empty()) RC_FAIL(what + ": " + found.front() + "\n" + life.describe());
}

TEST(ALife, LosesNoEditOfEitherSideAndDoublesNothing) {
  EXPECT_TRUE(rc::check([](const Steps& steps) {
    const auto life = lived(steps, Company::both_sides);
    life->settle();
    none_of(life->lost(), "lost", *life);
    none_of(life->doubled(), "doubled", *life);
  }));
}

TEST(ALife, DeletesNothingThatExchangeHolds) {
  EXPECT_TRUE(rc::check([](const Steps& steps) {
    const auto life = lived(steps, Company::both_sides);
    life->settle();
    none_of(life->wrong_deletes(), "deleted", *life);
  }));
}

TEST(ALife, ConvergesAndFallsSilentWhateverCaldavsUsersDo) {
  EXPECT_TRUE(rc::check([](const Steps& steps) {
    const auto life = lived(steps, Company::both_sides);
    if (!life->settle()) RC_FAIL("it does not settle\n" + life->describe());
    none_of(life->apart(), "apart", *life);
    RC_ASSERT(life->writes_of(3) == 0);
  }));
}

TEST(ALife, ConvergesWhereCaldavIsLeftAlone) {
  EXPECT_TRUE(rc::check([](const Steps& steps) {
    const auto life = lived(steps, Company::exchange_only);
    if (!life->settle()) RC_FAIL("it does not settle\n" + life->describe());
    none_of(life->apart(), "apart", *life);
    none_of(life->lost(), "lost", *life);
    RC_ASSERT(life->writes_of(3) == 0);
  }));
}

TEST(ALifeBothWays, LosesNoEditOfEitherSideAndDoublesNothing) {
  EXPECT_TRUE(rc::check([](const Steps& steps) {
    const auto life = lived(steps, Company::two_way);
    life->settle();
    none_of(life->lost(), "lost", *life);
    none_of(life->doubled(), "doubled", *life);
    none_of(life->wrong_deletes(), "deleted", *life);
  }));
}

TEST(ALifeBothWays, BringsBothSidesTogetherAndFallsSilent) {
  EXPECT_TRUE(rc::check([](const Steps& steps) {
    const auto life = lived(steps, Company::two_way);
    if (!life->settle()) RC_FAIL("it does not settle\n" + life->describe());
    none_of(life->apart(), "apart", *life);
    RC_ASSERT(life->writes_of(10) == 0);
    none_of(life->found_by_an_audit(), "found by an audit", *life);
  }));
}

/// One edit of a unit that nobody else edits.
struct OwnEdit {
  Side side = Side::exchange;
  int event = 0, unit = 0;
};

/// Four events with three units each, every unit edited by one side.
std::vector<OwnEdit> edits_in_any_order() {
  std::vector<OwnEdit> edits;
  for (int event = 0; event < 4; ++event)
    for (int unit = 0; unit < 3; ++unit) edits.push_back({one_in(2) ? Side::exchange : Side::caldav, event, unit});
  for (std::size_t left = edits.size(); left > 1; --left)
    std::swap(edits[left - 1], edits[*rc::gen::resize(rc::kNominalSize, rc::gen::inRange<std::size_t>(0, left))]);
  return edits;
}

std::string shown(const model::Series& series) {
  return series.master->summary + '|' + series.master->location + '|' + series.master->description;
}

TEST(ALifeBothWays, EndsAlikeInWhateverOrderEditsAndRunsCome) {
  EXPECT_TRUE(rc::check([] {
    World world(any_manners());
    world.exchange().manners = any_exchange_manners();
    world.options.policy.conflict = any_policy();
    world.options.batch = *rc::gen::element<std::size_t>(1, 3, 16);
    for (int i = 0; i < 4; ++i) world.exchange().add("Event " + std::to_string(i));
    world.sync();
    for (const auto& edit : edits_in_any_order()) {
      const Uid uid = uid_of("Event " + std::to_string(edit.event));
      const Edit change = edit.unit == 0 ? title("T") : edit.unit == 1 ? place("P") : body("B");
      if (edit.side == Side::exchange)
        world.exchange().edit(world.exchange().item_of(uid).value(), change);
      else
        world.caldav().edit(uid, change);
      if (one_in(3)) world.sync();
    }
    world.sync();
    world.sync();
    for (int i = 0; i < 4; ++i) {
      const Uid uid = uid_of("Event " + std::to_string(i));
      RC_ASSERT(shown(world.exchange().series(uid)) == "T|P|B");
      RC_ASSERT(shown(world.caldav().series(uid)) == "T|P|B");
    }
    RC_ASSERT(world.conflicts().empty());
    world.writes();
    world.sync();
    RC_ASSERT(world.writes() == 0);
  }));
}

}  // namespace
}  // namespace caravan::world
