// SPDX-License-Identifier: GPL-3.0-or-later
// Text values between model and wire.
#include "ical/values.hpp"

#include <gtest/gtest.h>
#include <libical/ical.h>

#include <random>

#include "unit/ical/support.hpp"

namespace caravan::ical::detail {
namespace {

/// What libical itself writes.
std::string by_libical(const std::string& text) {
  icalvalue* value = icalvalue_new_text(text.c_str());
  char* wire = icalvalue_as_ical_string_r(value);
  std::string out(wire);
  icalmemory_free_buffer(wire);
  icalvalue_free(value);
  return out;
}

/// Texts of all bytes but zero, full of those that are escaped.
std::vector<std::string> texts() {
  std::mt19937 random(5545);
  std::vector<std::string> out;
  for (int number = 0; number < 500; ++number) {
    std::string text(random() % 60, ' ');
    for (char& c : text)
      c = random() % 3 == 0 ? ";,:\\\"\n\r\t\b\f"[random() % 10] : static_cast<char>(1 + random() % 255);
    out.push_back(std::move(text));
  }
  return out;
}

TEST(TextValue, IsEscapedAsLibicalDoes) {
  std::vector<std::string> ours, libicals;
  for (const auto& text : texts()) ours.push_back(text_to_wire(text)), libicals.push_back(by_libical(text));
  EXPECT_EQ(ours, libicals);
}

TEST(TextValue, EndsAtAZeroByte) { EXPECT_EQ(text_to_wire(std::string("a;b\0c", 5)), "a\\;b"); }

TEST(TextValue, OfCommonCharactersStaysAsItIs) { EXPECT_EQ(text_to_wire("Größe 😀: 3"), "Größe 😀: 3"); }

}  // namespace
}  // namespace caravan::ical::detail
