// SPDX-License-Identifier: GPL-3.0-or-later
// The pages that promise something: every test that docs/guarantees.md names exists, every link of our pages leads
// somewhere, and docs/quirks.md has a line for every field of the table.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "util/text.hpp"

namespace caravan {
namespace {

namespace fs = std::filesystem;
const fs::path kSource = CARAVAN_SOURCE_DIR;

std::string read(const fs::path& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<std::string> lines_of(const fs::path& path) { return text::split(read(path), '\n'); }

/// What stands between `open` and `close`, wherever that is within one line.
std::set<std::string> between(const fs::path& path, const std::string& open, const std::string& close) {
  std::set<std::string> out;
  for (const std::string& line : lines_of(path))
    for (auto at = line.find(open); at != std::string::npos;) {
      const auto start = at + open.size();
      const auto end = line.find(close, start);
      if (end == std::string::npos) break;
      out.insert(line.substr(start, end - start));
      at = line.find(open, end + close.size());
    }
  return out;
}

/// "Suite.Test" of every test in C++, "file.py::test" of every one in Python.
std::set<std::string> all_tests() {
  std::set<std::string> out;
  for (const auto& entry : fs::recursive_directory_iterator(kSource / "tests")) {
    const std::string extension = entry.path().extension().string();
    if (extension != ".cpp" && extension != ".py") continue;
    for (const std::string& line : lines_of(entry.path())) {
      const auto open = line.find('(');
      if (open == std::string::npos) continue;
      if (line.starts_with("def test_")) out.insert(entry.path().filename().string() + "::" + line.substr(4, open - 4));
      const auto comma = line.find(',', open);
      const auto close = line.find(')', open);
      if (!line.starts_with("TEST") || comma == std::string::npos || close == std::string::npos) continue;
      out.insert(line.substr(open + 1, comma - open - 1) + "." +
                 std::string(text::trim(line.substr(comma + 1, close - comma - 1))));
    }
  }
  return out;
}

bool names_a_test(const std::string& words) {
  const auto dot = words.find('.');
  const auto upper = [](char letter) { return letter >= 'A' && letter <= 'Z'; };
  const bool of_cpp =
      dot != std::string::npos && dot + 1 < words.size() && upper(words.front()) && upper(words[dot + 1]);
  return (of_cpp && words != "Suite.Test") || words.find(".py::test_") != std::string::npos;
}

TEST(Guarantees, EveryTestThatIsNamedExists) {
  const std::set<std::string> tests = all_tests();
  std::string missing;
  for (const std::string& words : between(kSource / "docs/guarantees.md", "`", "`"))
    if (names_a_test(words) && !tests.contains(words)) missing += words + "\n";
  EXPECT_EQ(missing, "");
}

TEST(Guarantees, AllFortySixAreOnThePage) {
  std::set<int> numbers;
  for (const std::string& line : lines_of(kSource / "docs/guarantees.md"))
    if (line.starts_with("| ") && std::atoi(line.c_str() + 2) > 0) numbers.insert(std::atoi(line.c_str() + 2));
  EXPECT_EQ(numbers.size(), 46U);
  EXPECT_EQ(*numbers.rbegin(), 46);
}

TEST(Pages, EveryLinkLeadsToAFile) {
  std::string broken;
  for (const char* page : {"README.md", "exodus/README.md", "docs/operations.md", "docs/glossary.md", "docs/quirks.md",
                           "docs/guarantees.md"})
    for (const std::string& link : between(kSource / page, "](", ")")) {
      const std::string file = link.substr(0, link.find('#'));
      if (!file.empty() && !fs::exists((kSource / page).parent_path() / file))
        broken += std::string(page) + ": " + link + "\n";
    }
  EXPECT_EQ(broken, "");
}

TEST(QuirksPage, HasALineForEveryFieldOfTheTable) {
  const std::string page = read(kSource / "docs/quirks.md");
  std::string missing;
  bool inside = false;
  for (const std::string& line : lines_of(kSource / "common/caldav/quirks.hpp")) {
    if (line == "struct Quirks {") inside = true;
    if (line == "};") inside = false;
    const std::vector<std::string> words = text::split(text::trim(line), ' ');
    if (!inside || words.size() < 4 || words[2] != "=" || words[1] == "server" || words[1] == "name") continue;
    if (page.find("\n| `" + words[1] + "` |") == std::string::npos) missing += words[1] + " ";
  }
  EXPECT_EQ(missing, "");
}

}  // namespace
}  // namespace caravan
