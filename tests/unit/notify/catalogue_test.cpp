// SPDX-License-Identifier: GPL-3.0-or-later
#include "notify/catalogue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "notify/words.hpp"
#include "unit/notify/support.hpp"

namespace caravan::notify::test {
namespace {

/// The names of the arguments, those within plural and select forms included.
std::set<std::string> arguments(std::string_view pattern) {
  std::set<std::string> out;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '{') continue;
    const auto end = pattern.find_first_not_of("abcdefghijklmnopqrstuvwxyz", i + 1);
    if (end != i + 1 && (pattern[end] == '}' || pattern[end] == ',')) out.emplace(pattern.substr(i + 1, end - i - 1));
  }
  return out;
}

/// Keys whose pattern ICU can't read: it then says nothing.
std::vector<std::string> unreadable(Language language) {
  Preferences reader = berlin();
  reader.language = language;
  const Words words(reader, zones(), before_all());
  std::vector<std::string> out;
  for (const auto key : catalogue_keys())
    if (words.say(key).empty()) out.emplace_back(key);
  return out;
}

std::vector<std::string> with_other_arguments() {
  std::vector<std::string> out;
  for (const auto key : catalogue_keys()) {
    if (key.starts_with("day.") || key.starts_with("rule.")) continue;  // grammar differs
    if (arguments(pattern(key, Language::english)) != arguments(pattern(key, Language::russian))) out.emplace_back(key);
  }
  return out;
}

TEST(Catalogue, IsReadableInEachLanguage) {
  EXPECT_THAT(unreadable(Language::english), ::testing::IsEmpty());
  EXPECT_THAT(unreadable(Language::russian), ::testing::IsEmpty());
}

TEST(Catalogue, SaysTheSameInEachLanguage) { EXPECT_THAT(with_other_arguments(), ::testing::IsEmpty()); }

}  // namespace
}  // namespace caravan::notify::test
