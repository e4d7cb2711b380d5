// SPDX-License-Identifier: GPL-3.0-or-later
// What the iCalendar tests share: a calendar around an event, the one series of a text, the corpus of real files.
#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "ical/expand.hpp"
#include "ical/parse.hpp"
#include "ical/patch.hpp"
#include "ical/write.hpp"
#include "ical/zone_book.hpp"
#include "model/canonical.hpp"
#include "util/text.hpp"

namespace caravan::ical::testing {

inline std::string calendar(const std::string& inside) {
  const std::string text = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//test//EN\n" + inside + "END:VCALENDAR\n";
  return text::replace_all(text, "\n", "\r\n");
}

/// A calendar with one event: UID "u", a start, and `lines` ("SUMMARY:x\n...").
inline std::string event(const std::string& lines, const std::string& start = "DTSTART:20260301T090000Z\n") {
  return calendar("BEGIN:VEVENT\nUID:u\nDTSTAMP:20260101T000000Z\n" + start + lines + "END:VEVENT\n");
}

inline model::Series series_of(const std::string& text, const ParseOptions& options = {}) {
  auto parsed = parse_one(text, options);
  EXPECT_TRUE(parsed.has_value()) << (parsed ? "" : parsed.error().what) << "\n" << text;
  return parsed ? *parsed->series : model::Series{};
}

inline model::Event event_of(const std::string& text) { return model::representative(series_of(text)); }

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

/// Real files: CARAVAN_ICS_CORPUS, else ../shared/ics-corpus beside the repository. Empty where there is none.
inline std::vector<std::filesystem::path> corpus() {
  const char* named = std::getenv("CARAVAN_ICS_CORPUS");
  const std::filesystem::path root = named != nullptr
                                         ? std::filesystem::path(named)
                                         : std::filesystem::path(CARAVAN_SOURCE_DIR) / "../shared/ics-corpus";
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root, error))
    if (entry.path().extension() == ".ics") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

inline std::vector<std::filesystem::path> fixtures() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::path(CARAVAN_SOURCE_DIR) / "tests/fixtures/ical"))
    if (entry.path().extension() == ".ics") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

/// Every series that can be read in the files, with its text's path.
struct Sample {
  std::string path;
  model::Series series;
};
inline std::vector<Sample> readable(const std::vector<std::filesystem::path>& files) {
  std::vector<Sample> out;
  for (const auto& path : files) {
    auto all = parse(read_file(path));
    if (!all) continue;
    for (auto& one : *all)
      if (one.series) out.push_back({path.filename().string(), std::move(*one.series)});
  }
  return out;
}

}  // namespace caravan::ical::testing
