// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace caravan::metrics {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

/// The families of the page's section, each with its labels as it stands there: `name{label,label}`.
std::set<std::string> families_of_the_page() {
  std::ifstream page(CARAVAN_SOURCE_DIR "/docs/interface.md");
  std::set<std::string> out;
  for (std::string line; std::getline(page, line);)
    if (line.starts_with("| `caravan_")) out.insert(line.substr(3, line.find('`', 3) - 3));
  return out;
}

std::set<std::string> families_of_the_code() {
  std::set<std::string> out;
  for (const Family* family : families())
    out.insert(std::string(family->name) + (family->labels.empty() ? "" : "{" + std::string(family->labels) + "}"));
  return out;
}

TEST(Metrics, AreThoseOfTheInterfacePage) { EXPECT_EQ(families_of_the_page(), families_of_the_code()); }

TEST(Metrics, ACounterIsShownWithItsLabels) {
  Registry registry;
  registry.add(kRequests, {{"side", "exchange"}, {"operation", "GetItem"}}, 3);
  EXPECT_THAT(registry.text(),
              AllOf(HasSubstr("# TYPE caravan_requests_total counter"), HasSubstr("operation=\"GetItem\""),
                    HasSubstr("side=\"exchange\""), HasSubstr("} 3")));
  EXPECT_EQ(registry.value(kRequests, {{"side", "exchange"}, {"operation", "GetItem"}}), 3);
}

TEST(Metrics, AGaugeGoesBothWays) {
  Registry registry;
  registry.set(kParked, 5);
  registry.add(kParked, {}, -2);
  EXPECT_EQ(registry.value(kParked), 3);
}

TEST(Metrics, AHistogramCountsIntoItsBuckets) {
  Registry registry;
  registry.observe(kStoreSeconds, 0.004);
  EXPECT_THAT(registry.text(), AllOf(HasSubstr("caravan_store_commit_seconds_bucket{le=\"0.005\"} 1"),
                                     HasSubstr("caravan_store_commit_seconds_bucket{le=\"0.0025\"} 0"),
                                     HasSubstr("caravan_store_commit_seconds_count 1")));
}

TEST(Metrics, WhatHasNoLabelsIsShownFromTheStart) {
  EXPECT_THAT(Registry().text(),
              AllOf(HasSubstr("caravan_stale_commits_total 0"), HasSubstr("caravan_pass_seconds_count 0")));
}

TEST(Metrics, OtherLabelsThanTheFamilysAreRefused) {
  Registry registry;
  EXPECT_THROW(registry.add(kRequests), std::invalid_argument);
  EXPECT_THROW(registry.add(kParked, {{"mailbox", "anna@example.org"}}), std::invalid_argument);
}

TEST(Metrics, AFamilyOfAnotherTypeIsRefused) {
  Registry registry;
  EXPECT_THROW(registry.observe(kParked, 1), std::invalid_argument);
  EXPECT_THROW(registry.set(kStaleCommits, 1), std::invalid_argument);
}

TEST(Metrics, SeveralThreadsLoseNothing) {
  Registry registry;
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 1000; ++i) registry.add(kBackoffs, {{"side", "caldav"}});
    });
  }
  threads.clear();
  EXPECT_EQ(registry.value(kBackoffs, {{"side", "caldav"}}), 4000);
}

}  // namespace
}  // namespace caravan::metrics
