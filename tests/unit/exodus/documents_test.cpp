// SPDX-License-Identifier: GPL-3.0-or-later
// The pages that promise something: every test that docs/guarantees.md names exists, every link of our pages leads
// somewhere, and docs/quirks.md has a line for every field of the table.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>

namespace {

namespace fs = std::filesystem;
const fs::path kSource = CARAVAN_SOURCE_DIR;

std::string read(const fs::path& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::set<std::string> found(const std::string& text, const std::string& pattern, int group) {
  const std::regex expression(pattern);
  std::set<std::string> out;
  for (std::sregex_iterator at(text.begin(), text.end(), expression), end; at != end; ++at) out.insert((*at)[static_cast<std::size_t>(group)]);
  return out;
}

std::set<std::string> all_tests() {
  std::set<std::string> out;
  const std::regex test(R"((?:^|\n)(?:TYPED_)?TEST(?:_[FP])?\(\s*(\w+),\s*(\w+))");
  for (const char* folder : {"unit", "property", "contract"})
    for (const auto& entry : fs::recursive_directory_iterator(kSource / "tests" / folder)) {
      if (entry.path().extension() != ".cpp") continue;
      const std::string text = read(entry.path());
      for (std::sregex_iterator at(text.begin(), text.end(), test), end; at != end; ++at) out.insert((*at)[1].str() + "." + (*at)[2].str());
    }
  return out;
}

TEST(Guarantees, EveryTestThatIsNamedExists) {
  const std::string page = read(kSource / "docs/guarantees.md");
  const std::set<std::string> tests = all_tests();
  std::string missing;
  for (const std::string& name : found(page, R"(`([A-Z]\w+\.[A-Z]\w+)`)", 1))
    if (!tests.contains(name) && name != "Suite.Test") missing += name + "\n";
  for (const std::string& name : found(page, R"(`(test_\w+\.py::test_\w+)`)", 1)) {
    const auto colons = name.find("::");
    if (read(kSource / "tests/e2e" / name.substr(0, colons)).find("def " + name.substr(colons + 2) + "(") == std::string::npos)
      missing += name + "\n";
  }
  EXPECT_EQ(missing, "");
}

TEST(Guarantees, AllFortySixAreOnThePage) {
  EXPECT_EQ(found(read(kSource / "docs/guarantees.md"), R"(\n\| (\d+) \|)", 1).size(), 46U);
}

TEST(Pages, EveryLinkLeadsToAFile) {
  std::string broken;
  for (const char* page : {"README.md", "exodus/README.md", "docs/operations.md", "docs/glossary.md", "docs/quirks.md", "docs/guarantees.md"}) {
    for (const std::string& link : found(read(kSource / page), R"(\]\(([^)#:]+)(#[^)]*)?\))", 1))
      if (!fs::exists((kSource / page).parent_path() / link)) broken += std::string(page) + ": " + link + "\n";
  }
  EXPECT_EQ(broken, "");
}

TEST(QuirksPage, EveryFieldOfTheTableIsOnThePage) {
  const std::string page = read(kSource / "docs/quirks.md");
  const std::string header = read(kSource / "common/caldav/quirks.hpp");
  const auto start = header.find("struct Quirks {");
  std::string missing;
  for (const std::string& field : found(header.substr(start, header.find("};", start) - start), R"(\n\s+\w+ (\w+) = \w+)", 1))
    if (field != "server" && page.find("\n| `" + field + "` |") == std::string::npos) missing += field + " ";
  EXPECT_EQ(missing, "");
}

}  // namespace
