// SPDX-License-Identifier: GPL-3.0-or-later
// read(write(series)) == series: what goes to Exchange comes back whole, by digest where one item holds the series, and
// occurrence by occurrence where single items do.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>

#include "ical/parse.hpp"
#include "ical/zone_book.hpp"
#include "sync/equal_across.hpp"
#include "unit/ews/paper_exchange.hpp"

namespace caravan::ews::test {
namespace {

using mapping::Shape;
using model::Series;

sync::Policy policy() {
  static const auto zones = ical::system_zone_book();
  sync::Policy out;
  out.zones = zones.get();
  out.mailbox = paper_mailbox().address;
  out.aliases = paper_mailbox().aliases;
  return out;
}

Instant at(const char* text) {
  Instant out{};
  EXPECT_TRUE(parse_rfc3339(text, out));
  return out;
}

std::string text_of(const model::Delta& delta) {
  std::string out;
  for (const auto& change : delta)
    out += change.occurrence + ' ' + std::string(to_string(change.field)) + ' ' + change.key + "; ";
  return out;
}

struct Outcome {
  std::string problem;  ///< empty: the same meaning came back
  bool same_digest = false;
  std::string form;  ///< "item", "parts" or why it was refused
};

/// What Exchange does not say of a file but on fetching it, and what no digest holds.
Series comparable(Series series) {
  const auto strip = [](model::Event& event) {
    for (auto& file : event.attachments) {
      file.content = {};
      file.source_id.clear();
    }
    std::sort(event.attachments.begin(), event.attachments.end());
  };
  if (series.master) strip(*series.master);
  for (auto& event : series.overrides) strip(event);
  return series;
}

Outcome as_item(const PaperExchange& paper, const Series& series) {
  const auto fetched = paper.read();
  if (!fetched) return {fetched.error().what, false, "item"};
  const Series back = comparable(fetched->series), wanted = comparable(series);
  std::string problem;
  for (const auto& difference : sync::differences_across(back, wanted, policy()))
    problem += difference.unit.occurrence + ' ' + std::string(to_string(difference.unit.field)) + ' ' +
               difference.unit.key + ": " + difference.exchange + " | " + difference.caldav + "\n";
  const bool same = model::digest(back) == model::digest(wanted);
  if (!same) problem += "delta: " + text_of(model::difference(wanted, back));
  return {problem, same, "item"};
}

/// Every part must be the occurrence it stands for, so that folding them changes nothing.
Outcome as_parts(const PaperExchange& paper, const Series& series, const mapping::WriteContext& context) {
  std::vector<Series> parts;
  for (const auto& occurrence : paper.parts()) {
    auto fetched = paper.read_part(occurrence);
    if (!fetched) return {fetched.error().what, false, "parts"};
    if (fetched->series.uid != series.uid)
      return {"another UID came back: " + fetched->series.uid.value, false, "parts"};
    parts.push_back(comparable(std::move(fetched->series)));
  }
  Series wanted = comparable(series);
  if (wanted.master) wanted.master->attachments.clear();  // they are not copied to every part
  const Series folded = comparable(mapping::fold(context, wanted, paper.parts(), parts));
  const auto delta = model::difference(wanted, folded);
  return {text_of(delta), delta.empty(), "parts"};
}

Outcome round_trip(const Series& series, Instant now) {
  const auto context = paper_context(now);
  auto plan = mapping::plan_create(context, series);
  if (!plan) return {{}, false, plan.error().code.empty() ? plan.error().what : plan.error().code};
  PaperExchange paper;
  paper.take(*plan, series, context);
  return plan->shape.kind == Shape::Kind::parts ? as_parts(paper, series, context) : as_item(paper, series);
}

std::string text_of_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<std::filesystem::path> files_in(const std::string& folder) {
  std::vector<std::filesystem::path> out;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().extension() == ".ics") out.push_back(entry.path());
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<std::filesystem::path> fixtures() {
  const std::string folder = std::string(CARAVAN_SOURCE_DIR) + "/tests/fixtures/";
  auto out = files_in(folder + "series");
  const auto more = files_in(folder + "ical");
  out.insert(out.end(), more.begin(), more.end());
  return out;
}

class AFixture : public ::testing::TestWithParam<std::filesystem::path> {};

TEST_P(AFixture, ComesBackFromExchangeAsItWas) {
  const auto all = ical::parse(text_of_file(GetParam()));
  ASSERT_TRUE(all);
  std::string problems;
  for (const auto& parsed : *all) {
    if (!parsed.series) continue;
    const Outcome outcome = round_trip(*parsed.series, at("2027-03-01T00:00:00Z"));
    if (!outcome.problem.empty()) problems += parsed.uid.value + " (" + outcome.form + ")\n" + outcome.problem + "\n";
  }
  EXPECT_EQ(problems, "");
}

std::string name_of(const ::testing::TestParamInfo<std::filesystem::path>& info) {
  std::string name = info.param.stem().string();
  std::replace_if(
      name.begin(), name.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(RoundTrip, AFixture, ::testing::ValuesIn(fixtures()), name_of);

TEST(TheCorpus, ComesBackFromExchangeAsItWas) {
  const char* folder = std::getenv("CARAVAN_ICS_CORPUS");
  if (folder == nullptr) GTEST_SKIP() << "set CARAVAN_ICS_CORPUS to a folder of .ics files";
  std::map<std::string, int> forms;
  int series = 0, changed = 0;
  std::string problems;
  for (const auto& path : files_in(folder)) {
    const auto all = ical::parse(text_of_file(path));
    if (!all) continue;
    for (const auto& parsed : *all) {
      if (!parsed.series) continue;
      ++series;
      const Outcome outcome = round_trip(*parsed.series, at("2015-01-01T00:00:00Z"));
      ++forms[outcome.form];
      if (outcome.problem.empty()) continue;
      ++changed;
      problems +=
          path.filename().string() + ' ' + parsed.uid.value + " (" + outcome.form + ")\n" + outcome.problem + "\n";
    }
  }
  std::cout << series << " series, " << changed << " changed";
  for (const auto& [form, count] : forms) std::cout << "; " << form << ": " << count;
  std::cout << "\n";
  EXPECT_EQ(problems, "");
}

}  // namespace
}  // namespace caravan::ews::test
