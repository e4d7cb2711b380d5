// SPDX-License-Identifier: GPL-3.0-or-later
// A write whose answer is lost, at every request of every kind of change: taken again, it leads to the same series,
// once, and never writes over what somebody did in between.
#include <gtest/gtest.h>

#include "contract/ews/writing_world.hpp"

namespace caravan::ews::test {
namespace {

using model::Series;

constexpr int kMostRequests = 60;

std::string event(const std::string& uid, const std::string& lines) {
  return "BEGIN:VEVENT\r\nUID:" + uid + "\r\n" + lines + "END:VEVENT\r\n";
}

Series weekly(const std::string& uid, const std::string& more = {}, const std::string& override_lines = {}) {
  std::string text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n" +
                     event(uid,
                           "DTSTART;TZID=Europe/Berlin:20270301T090000\r\nDTEND;TZID=Europe/Berlin:20270301T100000\r\n"
                           "RRULE:FREQ=WEEKLY;COUNT=10\r\nSUMMARY:Round\r\n" +
                               more);
  if (!override_lines.empty())
    text += event(uid, "RECURRENCE-ID;TZID=Europe/Berlin:20270315T090000\r\n" + override_lines);
  auto all = series_of_ics(text + "END:VCALENDAR\r\n");
  return all.empty() ? Series{} : all.front();
}
constexpr const char* kMoved =
    "DTSTART;TZID=Europe/Berlin:20270316T120000\r\nDTEND;TZID=Europe/"
    "Berlin:20270316T130000\r\nSUMMARY:Other\r\nX-B:1\r\n";
constexpr const char* kOdd =
    "DTSTART;TZID=Europe/Berlin:20270301T090000\r\nDTEND;TZID=Europe/Berlin:20270301T100000\r\nSUMMARY:Odd\r\n"
    "RRULE:FREQ=HOURLY;INTERVAL=30;COUNT=4\r\n";

/// From nothing, or from a series on Exchange, to another one.
struct Scenario {
  const char* name;
  std::function<std::optional<Series>(WritingWorld&, const std::string& uid)> before;
  std::function<Series(WritingWorld&, const std::string& uid)> wanted;
};

void attach(WritingWorld& world, model::Event& to, const std::string& content) {
  to.attachments.push_back({"plan.txt", "text/plain", {}, {}, false, content.size(), Digest{world.file(content)}, {}});
}

std::optional<Series> nothing(WritingWorld&, const std::string&) { return std::nullopt; }
Series full(WritingWorld& world, const std::string& uid) {
  Series series = weekly(uid, "EXDATE;TZID=Europe/Berlin:20270308T090000\r\nURL:https://example.org\r\n", kMoved);
  attach(world, *series.master, "plan");
  attach(world, series.overrides.at(0), "another");
  return series;
}
Series foreign(WritingWorld&, const std::string& uid) {
  const std::string people =
      "ORGANIZER:mailto:boss@partner.example.com\r\nATTENDEE:mailto:ben@example.com\r\n"
      "ATTENDEE;PARTSTAT=TENTATIVE:mailto:anna@example.com\r\n";
  return weekly(uid, "EXDATE;TZID=Europe/Berlin:20270308T090000\r\nX-A:1\r\n" + people, kMoved + people);
}

std::vector<Scenario> scenarios() {
  return {
      {"a series with attachments is created", nothing, full},
      {"an import is created", nothing, foreign},
      {"parts are created", nothing, [](WritingWorld&, const std::string& uid) { return series_of_event(kOdd, uid); }},
      {"a plain series is filled", [](WritingWorld&, const std::string& uid) { return weekly(uid); }, full},
      {"an occurrence comes back",
       [](WritingWorld&, const std::string& uid) {
         return weekly(uid, "EXDATE;TZID=Europe/Berlin:20270308T090000,20270322T090000\r\n", kMoved);
       },
       [](WritingWorld&, const std::string& uid) {
         return weekly(uid, "EXDATE;TZID=Europe/Berlin:20270322T090000\r\n", kMoved);
       }},
      {"the schedule moves",
       [](WritingWorld&, const std::string& uid) {
         return weekly(uid, "EXDATE;TZID=Europe/Berlin:20270308T090000\r\n", kMoved);
       },
       [](WritingWorld&, const std::string& uid) {
         Series out = weekly(uid, "EXDATE;TZID=Europe/Berlin:20270308T090000\r\nLOCATION:X\r\n", kMoved);
         out.rules[0].count = 20;
         return out;
       }},
      {"a series becomes parts", [](WritingWorld&, const std::string& uid) { return weekly(uid); },
       [](WritingWorld&, const std::string& uid) { return series_of_event(kOdd, uid); }},
      {"parts become a series", [](WritingWorld&, const std::string& uid) { return series_of_event(kOdd, uid); },
       [](WritingWorld&, const std::string& uid) { return weekly(uid); }},
      {"parts are changed", [](WritingWorld&, const std::string& uid) { return series_of_event(kOdd, uid); },
       [](WritingWorld&, const std::string& uid) {
         Series out = series_of_event(kOdd, uid);
         out.master->location = "Room";
         out.excluded.push_back(out.master->start);
         return out;
       }},
  };
}

Result<Written> attempt(WritingWorld& world, const std::optional<Written>& at, const std::optional<Series>& before,
                        const Series& wanted, Attempt which) {
  if (before) return world.apply(*at, *before, wanted, which);
  const Creation creation{wanted, "mark of " + wanted.uid.value};
  return world.writer().create(std::span(&creation, 1), which).front();
}

std::string outcome(WritingWorld& world, const Written& written, const Series& wanted) {
  std::string differs;
  if (written.parts.size() == 1 && written.parts[0].occurrence.empty()) {
    differs = what_differs(wanted, world.read(written).series);
  } else {
    std::vector<Series> parts;
    for (const auto& part : written.parts) parts.push_back(world.read(part.item).series);
    differs = what_differs(wanted, world.writer().fold(wanted, written.parts, parts));
  }
  const auto marked = world.writer().find_by_mark("mark of " + wanted.uid.value);
  if (!marked) return marked.error().what;
  if (marked->size() != written.parts.size()) differs += std::to_string(marked->size()) + " items carry the mark";
  return differs;
}

/// Runs the scenario with the n-th request lost, for every n. Gives what went wrong.
std::string sweep(WritingWorld& world, const Scenario& scenario, const std::string& kind) {
  std::string problems;
  for (int lost = 0; lost < kMostRequests; ++lost) {
    const std::string uid = kind + "-" + std::to_string(lost) + "-" + std::to_string(std::rand()) + "@example.org";
    std::optional<Series> before = scenario.before(world, uid);
    std::optional<Written> at;
    if (before) {
      at = world.create(*before);
      if (at->parts.size() == 1 && at->parts[0].occurrence.empty()) before = world.read(*at).series;
    }
    const Series wanted = scenario.wanted(world, uid);
    world.simulator.post("faults", {{"operation", "*"}, {"kind", kind}, {"after", lost}, {"count", 1}});
    world.simulator.post("requests/reset");
    Result<Written> done = attempt(world, at, before, wanted, Attempt::first);
    const int requests = world.simulator.get("requests").at("total");
    for (int again = 0; !done && again < 5; ++again) done = attempt(world, at, before, wanted, Attempt::again);
    world.simulator.post("faults/reset");
    const std::string where = std::string(scenario.name) + ", request " + std::to_string(lost) + ": ";
    if (!done)
      problems += where + done.error().what + "\n";
    else if (const std::string differs = outcome(world, *done, wanted); !differs.empty())
      problems += where + differs + "\n";
    if (requests <= lost) break;  // every request had its turn
  }
  return problems;
}

class ALostAnswer : public ::testing::TestWithParam<Scenario> {
 protected:
  void SetUp() override {
    if (!simulator_is_built()) GTEST_SKIP() << "exchange-sim is not built";
    world = std::make_unique<WritingWorld>();
  }
  std::unique_ptr<WritingWorld> world;
};

TEST_P(ALostAnswer, AfterTheEffectLeadsToTheSameSeriesOnce) { EXPECT_EQ(sweep(*world, GetParam(), "drop_after"), ""); }
TEST_P(ALostAnswer, BeforeTheEffectLeadsToTheSameSeriesOnce) { EXPECT_EQ(sweep(*world, GetParam(), "drop"), ""); }
TEST_P(ALostAnswer, BehindAnInternalErrorLeadsToTheSameSeriesOnce) {
  EXPECT_EQ(sweep(*world, GetParam(), "http_500_after"), "");
}
TEST_P(ALostAnswer, CutInTheMiddleLeadsToTheSameSeriesOnce) { EXPECT_EQ(sweep(*world, GetParam(), "truncate"), ""); }

std::string name_of(const ::testing::TestParamInfo<Scenario>& info) {
  std::string name = info.param.name;
  std::replace(name.begin(), name.end(), ' ', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Recovery, ALostAnswer, ::testing::ValuesIn(scenarios()), name_of);

class AnEditInBetween : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!simulator_is_built()) GTEST_SKIP() << "exchange-sim is not built";
    world = std::make_unique<WritingWorld>();
  }
  std::unique_ptr<WritingWorld> world;
};

TEST_F(AnEditInBetween, OfACreateThatIsTakenAgainStays) {
  const Creation creation{weekly("between@example.org"), "m"};
  world->simulator.fault("CreateItem", "drop_after");
  const auto lost = world->writer().create(std::span(&creation, 1), Attempt::first);
  ASSERT_FALSE(lost.front());
  EXPECT_EQ(lost.front().error().fault, Fault::in_doubt);
  const auto found = world->writer().find_by_mark("m");
  ASSERT_TRUE(found && found->size() == 1);
  Series theirs = creation.series;
  theirs.master->summary = "Theirs";
  ASSERT_TRUE(
      world->apply({{{"", found->front().item, found->front().change_key}}, true, false, {}}, creation.series, theirs));
  const auto again = world->writer().create(std::span(&creation, 1), Attempt::again);
  ASSERT_TRUE(again.front()) << again.front().error().what;
  EXPECT_FALSE(again.front()->exact);
  EXPECT_EQ(world->read(*again.front()).series.master->summary, "Theirs");
}

TEST_F(AnEditInBetween, OfAnUpdateThatIsTakenAgainStays) {
  const Series before = weekly("between@example.org");
  const Written written = world->create(before);
  Series wanted = before, theirs = before;
  wanted.master->summary = "Ours";
  theirs.master->summary = "Theirs";
  world->simulator.fault("UpdateItem", "drop_after");
  ASSERT_FALSE(world->apply(written, before, wanted));
  const Fetched ours = world->read(written);
  ASSERT_TRUE(world->apply({{{"", ours.item, ours.change_key}}, true, false, {}}, wanted, theirs));
  const auto again = world->apply(written, before, wanted, Attempt::again);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().fault, Fault::precondition_failed);
  EXPECT_EQ(world->read(written).series.master->summary, "Theirs");
}

TEST_F(AnEditInBetween, OfAnotherFieldDoesNotHinderAnUpdateThatIsTakenAgain) {
  const Series before = weekly("between@example.org");
  const Written written = world->create(before);
  Series wanted = before;
  wanted.master->summary = "Ours";
  world->simulator.fault("UpdateItem", "drop_after");
  ASSERT_FALSE(world->apply(written, before, wanted));
  const Fetched ours = world->read(written);
  Series theirs = wanted;
  theirs.master->location = "Their room";
  ASSERT_TRUE(world->apply({{{"", ours.item, ours.change_key}}, true, false, {}}, wanted, theirs));
  const auto again = world->apply(written, before, wanted, Attempt::again);
  ASSERT_TRUE(again) << again.error().what;
  EXPECT_FALSE(again->exact);
  EXPECT_EQ(world->read(*again).series.master->location, "Their room");
}

TEST_F(AnEditInBetween, ByExchangesOwnAttendantShowsAsAnotherChangeKey) {
  world->simulator.fault("CreateItem", "touch_after");
  const Written written = world->create(weekly("between@example.org"));
  EXPECT_TRUE(written.exact);
  EXPECT_NE(world->read(written).change_key, written.parts.at(0).change_key);
}

TEST_F(AnEditInBetween, ABusyServerIsWaitedForAndNothingIsInDoubt) {
  world->simulator.fault("CreateItem", "server_busy", 1, 100);
  EXPECT_TRUE(world->create(weekly("busy@example.org")).exact);
  world->simulator.fault("CreateItem", "http_503", 1, 100);
  EXPECT_TRUE(world->create(weekly("busier@example.org")).exact);
}

}  // namespace
}  // namespace caravan::ews::test
