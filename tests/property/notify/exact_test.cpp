// SPDX-License-Identifier: GPL-3.0-or-later
// Exact: whatever is done to a series, by whom and in which window, a person is told what an independent oracle says,
// in that order, once. 5,000 cases each; RC_PARAMS="max_success=20000" raises that.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cstdlib>

#include "ical/zone_book.hpp"
#include "property/notify/oracle.hpp"

namespace rc {
template <>
struct Arbitrary<caravan::notify::test::Edit> {
  static Gen<caravan::notify::test::Edit> arbitrary() {
    using caravan::notify::test::Edit;
    // inRange() stays near its lower bound while the size is small: every kind of edit shall come in short lists too.
    const auto below = [](int bound) { return gen::resize(kNominalSize, gen::inRange(0, bound)); };
    // The window closes three times as often as any one edit happens.
    const int last = static_cast<int>(Edit::What::close);
    const auto what =
        gen::map(below(last + 3), [last](int n) { return n > last ? Edit::What::close : static_cast<Edit::What>(n); });
    return gen::build<Edit>(gen::set(&Edit::what, what),
                            gen::set(&Edit::who, gen::element(Edit::Who::reader_on_caldav,
                                                              Edit::Who::reader_on_exchange, Edit::Who::somebody)),
                            gen::set(&Edit::week, below(4)), gen::set(&Edit::value, below(8)));
  }
};
}  // namespace rc

namespace caravan::notify::test {
void showValue(const Edit& edit, std::ostream& out) {
  out << "{" << static_cast<int>(edit.what) << " by " << static_cast<int>(edit.who) << ", week " << edit.week
      << ", value " << edit.value << "}";
}

namespace {

/// RapidCheck reads its configuration at the first check. The same cases each time, so that a red run is about the
/// change; RC_PARAMS without a seed looks elsewhere.
const int kCases = ::setenv("RC_PARAMS", "max_success=5000 max_size=40 seed=1", 0);

void close(History& history, Instant now) {
  static const Reader reader{Address(kReader), {}, "Alice"};
  const auto& zones = *ical::system_zone_book();
  std::vector<std::string> said;
  if (!history.steps.empty()) said = words_of(differences(replay(history.steps, reader, zones), reader, zones, now));
  RC_ASSERT(said == expected(history, now));
  history.closed();
}

void live_through(const std::vector<Edit>& edits, bool mine, Instant now, Schedules schedules = Schedules::move) {
  History history(mine, schedules);
  for (const auto& edit : edits) {
    if (edit.what == Edit::What::close)
      close(history, now);
    else
      history.take(edit);
  }
  close(history, now);
}

/// Before all, or when the first occurrence or two are over.
Instant some_moment() { return History::at(*rc::gen::element(-60, 20 * 60, 8 * 24 * 60)).instant(); }

/// Most lives begin with the series.
std::vector<Edit> life(std::vector<Edit> edits) {
  edits.insert(edits.begin(), {Edit{Edit::Who::somebody, Edit::What::come_or_go, 0, 0},
                               Edit{Edit::Who::somebody, Edit::What::close, 0, 0}});
  return edits;
}

TEST(Exact, IsWhatIsToldOfOnesOwnSeries) {
  EXPECT_TRUE(rc::check([](const std::vector<Edit>& edits) { live_through(life(edits), true, some_moment()); }));
}

TEST(Exact, IsWhatIsToldOfOthersSeries) {
  EXPECT_TRUE(rc::check([](const std::vector<Edit>& edits) { live_through(life(edits), false, some_moment()); }));
}

TEST(Exact, IsWhatIsToldOfSeriesWhosePatternChanges) {
  EXPECT_TRUE(rc::check([](const std::vector<Edit>& edits) {
    live_through(life(edits), *rc::gen::arbitrary<bool>(), some_moment(), Schedules::change_pattern);
  }));
}

TEST(Exact, IsWhatIsToldOfSeriesFromTheirBeginning) {
  EXPECT_TRUE(rc::check(
      [](const std::vector<Edit>& edits) { live_through(edits, *rc::gen::arbitrary<bool>(), some_moment()); }));
}

}  // namespace
}  // namespace caravan::notify::test
