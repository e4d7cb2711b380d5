// SPDX-License-Identifier: GPL-3.0-or-later
#include "util/clock.hpp"

#include <gtest/gtest.h>

namespace caravan {
namespace {

TEST(Rfc3339, PrintsUtc) { EXPECT_EQ(to_rfc3339(Instant(std::chrono::seconds(1795228867))), "2026-11-21T02:41:07Z"); }

TEST(Rfc3339, ReadsOffsetsAndFractions) {
  Instant out;
  ASSERT_TRUE(parse_rfc3339("2026-11-21T03:41:07.123+01:00", out));
  EXPECT_EQ(to_rfc3339(out), "2026-11-21T02:41:07Z");
}

TEST(Rfc3339, RefusesRubbishAndLeavesTheTarget) {
  Instant out{std::chrono::seconds(5)};
  EXPECT_FALSE(parse_rfc3339("yesterday", out));
  EXPECT_EQ(out, Instant(std::chrono::seconds(5)));
}

TEST(Sleeper, ReturnsAtOnceWhenStopped) {
  std::stop_source source;
  source.request_stop();
  EXPECT_FALSE(system_sleeper()->sleep_for(std::chrono::hours(1), source.get_token()));
}

}  // namespace
}  // namespace caravan
