// SPDX-License-Identifier: GPL-3.0-or-later
// Round trips over real files: what we write must read back with the same meaning, and be the same bytes each time.
#include "unit/ical/support.hpp"

namespace caravan::ical::testing {
namespace {

/// What differs after a round trip, as "path uid: canonical forms".
std::string round_trip_difference(const Sample& sample) {
  ParseOptions own;
  own.own_content_references = true;
  const auto written = write(sample.series);
  auto back = parse_one(written, own);
  if (!back) return sample.path + ": " + back.error().what + "\n" + written + "\n";
  if (model::digest(*back->series) == model::digest(sample.series)) return {};
  std::string out = sample.path + ":";
  for (const auto& change : model::difference(sample.series, *back->series))
    out += " [" + change.occurrence + " " + std::string(model::to_string(change.field)) + " " + change.key + "]";
  return out + "\n" + written + "\n";
}

std::string round_trip_differences(const std::vector<Sample>& samples) {
  std::string out;
  for (const auto& sample : samples) out += round_trip_difference(sample);
  return out;
}

TEST(Corpus, EverySeriesReadsBackWithTheSameMeaning) {
  const auto samples = readable(corpus());
  if (samples.empty()) GTEST_SKIP() << "no corpus: set CARAVAN_ICS_CORPUS";
  RecordProperty("series", static_cast<int>(samples.size()));
  EXPECT_GT(samples.size(), 100U);
  EXPECT_EQ(round_trip_differences(samples), "");
}

TEST(Corpus, EveryFixtureReadsBackWithTheSameMeaning) {
  const auto samples = readable(fixtures());
  EXPECT_GT(samples.size(), 3U);
  EXPECT_EQ(round_trip_differences(samples), "");
}

TEST(Corpus, WritingIsDeterministic) {
  const auto samples = readable(corpus());
  if (samples.empty()) GTEST_SKIP() << "no corpus: set CARAVAN_ICS_CORPUS";
  const auto unequal = std::count_if(samples.begin(), samples.end(), [](const Sample& sample) {
    return write(sample.series) != write(model::Series(sample.series));
  });
  EXPECT_EQ(unequal, 0);
}

TEST(Corpus, NoLineIsLongerThan75OctetsOrCutsACharacter) {
  std::size_t long_lines = 0, broken = 0;
  for (const auto& sample : readable(corpus()))
    for (const auto& line : text::split(write(sample.series), '\n')) {
      if (line.size() > 76) ++long_lines;
      if (!text::is_valid_utf8(line)) ++broken;
    }
  EXPECT_EQ(long_lines, 0U);
  EXPECT_EQ(broken, 0U);
}

}  // namespace
}  // namespace caravan::ical::testing
