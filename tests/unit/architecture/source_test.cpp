// SPDX-License-Identifier: GPL-3.0-or-later
// What every source file keeps to, and the fault points that docs/interface.md publishes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "unit/architecture/tree.hpp"

namespace caravan::architecture {
namespace {

constexpr std::size_t kMostLines = 600;

const std::vector<SourceFile>& sources() {
  static const auto all =
      files({"common", "exodus", "gobi", "cexsy", "caspi", "caravan", "tests", "bench"}, {".cpp", ".hpp"});
  return all;
}

std::vector<std::string> without_licence() {
  std::vector<std::string> out;
  for (const auto& source : sources())
    if (source.lines.empty() || source.lines.front() != "// SPDX-License-Identifier: GPL-3.0-or-later")
      out.push_back(source.path);
  return out;
}

std::vector<std::string> too_long() {
  std::vector<std::string> out;
  for (const auto& source : sources())
    if (source.lines.size() > kMostLines)
      out.push_back(source.path + ": " + std::to_string(source.lines.size()) + " lines");
  return out;
}

/// Lines with one of the texts; this folder, which has to name them, left out.
std::vector<std::string> lines_with(const std::vector<std::string>& texts) {
  std::vector<std::string> out;
  for (const auto& source : sources()) {
    if (source.path.starts_with("tests/unit/architecture/")) continue;
    for (std::size_t i = 0; i < source.lines.size(); ++i)
      for (const auto& text : texts)
        if (source.lines[i].find(text) != std::string::npos) out.push_back(source.path + ":" + std::to_string(i + 1));
  }
  return out;
}

std::set<std::string> points_in_the_code() {
  std::set<std::string> out;
  for (const auto& source : files({"common", "exodus", "gobi", "cexsy", "caspi", "notifyd", "caravan"}, {".cpp"}))
    for (const auto& name : texts_between(source, "crash_point(\"", "\"")) out.insert(name);
  return out;
}

/// The names in backticks of the paragraph below "## Fault points", from the first one after the switch's own.
std::set<std::string> points_in_the_page() {
  const SourceFile page = file("docs/interface.md");
  std::set<std::string> out;
  bool inside = false;
  for (const auto& line : page.lines) {
    if (line.starts_with("## ")) inside = line.starts_with("## Fault points");
    if (!inside) continue;
    std::size_t at = 0;
    while ((at = line.find('`', at)) != std::string::npos) {
      const auto end = line.find('`', at + 1);
      if (end == std::string::npos) break;
      const std::string name = line.substr(at + 1, end - at - 1);
      if (name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string::npos) out.insert(name);
      at = end + 1;
    }
  }
  return out;
}

TEST(EverySource, NamesItsLicenceInItsFirstLine) { EXPECT_THAT(without_licence(), ::testing::IsEmpty()); }

TEST(EverySource, IsShortEnoughToRead) { EXPECT_THAT(too_long(), ::testing::IsEmpty()); }

TEST(EverySource, IsFinished) { EXPECT_THAT(lines_with({"// TODO", "TODO:", "FIXME"}), ::testing::ElementsAre()); }

TEST(EverySource, NamesNoPlaceOfOneMachine) {
  EXPECT_THAT(lines_with({"/work/", "/Users/", "/home/runner"}), ::testing::ElementsAre());
}

TEST(FaultPoints, AreThoseOfThePage) { EXPECT_EQ(points_in_the_code(), points_in_the_page()); }

}  // namespace
}  // namespace caravan::architecture
