// SPDX-License-Identifier: GPL-3.0-or-later
#include "util/result.hpp"

#include <gtest/gtest.h>

#include "util/secret.hpp"

namespace caravan {
namespace {

Result<int> half(int number) {
  if (number % 2 != 0) return make_error(Fault::malformed, "odd", "E1", "take an even one");
  return number / 2;
}
Result<int> quarter(int number) {
  CARAVAN_TRY(once, half(number));
  CARAVAN_TRY(twice, half(once));
  return twice;
}
Status check(int number) {
  CARAVAN_CHECK(half(number));
  return {};
}

TEST(Result, PassesValuesOn) { EXPECT_EQ(quarter(8).value(), 2); }

TEST(Result, PassesErrorsOn) {
  const auto result = quarter(6);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().fault, Fault::malformed);
  EXPECT_EQ(result.error().code, "E1");
}

TEST(Result, AStatusIsFineUnlessItIsAnError) {
  EXPECT_TRUE(check(2).has_value());
  EXPECT_FALSE(check(3).has_value());
}

TEST(Result, EveryFaultHasAName) {
  for (const Fault fault : {Fault::retry_later, Fault::precondition_failed, Fault::not_found, Fault::denied,
                            Fault::malformed, Fault::unsupported, Fault::in_doubt, Fault::cancelled})
    EXPECT_FALSE(to_string(fault).empty());
}

TEST(Secret, IsReachedByRevealAlone) {
  EXPECT_EQ(Secret("pw").reveal(), "pw");
  EXPECT_TRUE(Secret().empty());
}

}  // namespace
}  // namespace caravan
