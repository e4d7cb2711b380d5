// SPDX-License-Identifier: GPL-3.0-or-later
// docs/configuration.md lists exactly the keys that the program knows, with their defaults and allowed values.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "config/config.hpp"
#include "util/text.hpp"

namespace caravan::config {
namespace {

std::string page() {
  std::ifstream file(std::string(CARAVAN_SOURCE_DIR) + "/docs/configuration.md");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// "key: default: allowed" of each table row that starts with a key.
std::vector<std::string> documented() {
  std::vector<std::string> out;
  for (const std::string& line : text::split(page(), '\n')) {
    if (!line.starts_with("| `")) continue;
    const auto cells = text::split(text::replace_all(line, "\\|", "\x01"), '|');
    const auto bare = [&](std::size_t cell) {
      const std::string plain = text::replace_all(std::string(text::trim(cells.at(cell))), "\x01", "|");
      return text::replace_all(plain == "-" ? "" : plain, "`", "");
    };
    if (bare(1).find('.') != std::string::npos) out.push_back(bare(1) + ": " + bare(2) + ": " + bare(3));
  }
  return out;
}

std::vector<std::string> known() {
  std::vector<std::string> out;
  for (const Key& key : known_keys()) out.push_back(key.name + ": " + key.fallback + ": " + key.allowed);
  return out;
}

/// The text between "```toml" and "```" below the heading "## Example".
std::string example() {
  const std::string all = page();
  const auto start = all.find("```toml\n", all.find("## Example")) + 8;
  return all.substr(start, all.find("```", start) - start);
}

TEST(Documentation, ListsEveryKeyWithItsDefault) {
  EXPECT_THAT(documented(), ::testing::UnorderedElementsAreArray(known()));
}

TEST(Documentation, TheExampleIsAccepted) {
  std::string text =
      text::replace_all(example(), "password_file = \"/etc/caravan/exchange.password\"", "password = \"a\"");
  text = text::replace_all(text, "password_file = \"/etc/caravan/caldav.password\"", "password = \"b\"");
  const auto config = parse(text, "example");
  EXPECT_TRUE(config) << config.error().what;
}

}  // namespace
}  // namespace caravan::config
