// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include "sync/match.hpp"
#include "unit/sync/builders.hpp"
#include "util/text.hpp"

namespace caravan::sync::test {
namespace {

std::string blob(std::string_view base64) {
  std::string bytes;
  EXPECT_TRUE(text::base64_decode(base64, bytes));
  return bytes;
}
// MS-ASEMAIL 4.3, both examples.
const std::string kOwn = "BAAAAIIA4AB0xbcQGoLgCAfUCRDgQMnBJoXEAQAAAAAAAAAAEAAAAAvw7UtuTulOnjnjhns3jvM=";
const std::string kOwnUid =
    "040000008200E00074C5B7101A82E00800000000E040C9C12685C4010000000000000000100000000BF0ED4B6E4EE94E9E39E3867B378EF3";
const std::string kWrapped =
    "BAAAAIIA4AB0xbcQGoLgCAAAAAAAAAAAAAAAAAAAAAAAAAAAMwAAAHZDYWwtVWlkAQAAAHs4MTQxMkQzQy0yQTI0LTRFOUQtQjIwRS0xMUY3QkJFOT"
    "I3"
    "OTl9AA==";

std::string hex(const std::string& bytes) {
  std::string out;
  char digits[3];
  for (const char c : bytes) {
    std::snprintf(digits, sizeof digits, "%02x", static_cast<unsigned>(static_cast<unsigned char>(c)));
    out += digits;
  }
  return out;
}

TEST(GlobalObjectId, OfExchangesOwnIsItsHexWithoutTheDate) { EXPECT_EQ(uid_of_global_object_id(blob(kOwn)), kOwnUid); }
TEST(GlobalObjectId, OfAForeignUidIsThatUid) {
  EXPECT_EQ(uid_of_global_object_id(blob(kWrapped)), "{81412D3C-2A24-4E9D-B20E-11F7BBE92799}");
}
TEST(GlobalObjectId, WithAWrongSizeIsNone) { EXPECT_EQ(uid_of_global_object_id(blob(kOwn) + "x"), ""); }
TEST(GlobalObjectId, CutShortIsNone) { EXPECT_EQ(uid_of_global_object_id(blob(kOwn).substr(0, 20)), ""); }
TEST(CanonicalUid, UnwrapsAForeignUidInHex) {
  EXPECT_EQ(canonical_uid(hex(blob(kWrapped))), "{81412D3C-2A24-4E9D-B20E-11F7BBE92799}");
}
TEST(CanonicalUid, ClearsTheDateAndTakesUpperCase) { EXPECT_EQ(canonical_uid(hex(blob(kOwn))), kOwnUid); }
TEST(CanonicalUid, LeavesOthersAlone) { EXPECT_EQ(canonical_uid("abc@example.org"), "abc@example.org"); }
TEST(CanonicalUid, LeavesWhatOnlyLooksLikeOneAlone) {
  const std::string odd = "040000008200E00074C5B7101A82E008zz";
  EXPECT_EQ(canonical_uid(odd), odd);
}

Candidate candidate(std::size_t index, const std::string& uid, const std::string& title = "Standup") {
  Candidate out = candidate_of(titled(single(), title), index);
  out.uid = Uid(uid);
  return out;
}

TEST(Matching, GoesByUid) {
  const auto found = match({candidate(7, "a")}, {candidate(9, "a", "Other")});
  ASSERT_EQ(found.matches.size(), 1U);
  EXPECT_EQ(found.matches[0].exchange, 7U);
  EXPECT_EQ(found.matches[0].caldav, 9U);
  EXPECT_EQ(found.matches[0].by, Match::By::uid);
}
TEST(Matching, GoesByGlobalObjectId) {
  const auto found =
      match({candidate(0, hex(blob(kWrapped)))}, {candidate(0, "{81412D3C-2A24-4E9D-B20E-11F7BBE92799}")});
  ASSERT_EQ(found.matches.size(), 1U);
  EXPECT_EQ(found.matches[0].by, Match::By::global_object_id);
}
TEST(Matching, GoesByContentForUniqueCandidates) {
  const auto found = match({candidate(0, "a", "Team  Lunch")}, {candidate(0, "b", "team lunch")});
  ASSERT_EQ(found.matches.size(), 1U);
  EXPECT_EQ(found.matches[0].by, Match::By::content);
}
TEST(Matching, ReportsSeveralOfOneContentAsUnsure) {
  const auto found = match({candidate(0, "a")}, {candidate(0, "b"), candidate(1, "c")});
  EXPECT_TRUE(found.matches.empty());
  EXPECT_EQ(found.unsure.size(), 2U);
}
TEST(Matching, NeitherLinksNorCreatesTheUnsure) {
  const auto found = match({candidate(0, "a")}, {candidate(0, "b"), candidate(1, "c")});
  EXPECT_TRUE(found.exchange_only.empty());
  EXPECT_TRUE(found.caldav_only.empty());
}
TEST(Matching, NeverGoesByContentForMeetings) {
  Candidate exchange = candidate(0, "a"), caldav = candidate(0, "b");
  exchange.meeting = caldav.meeting = true;
  EXPECT_TRUE(match({exchange}, {caldav}).matches.empty());
}
TEST(Matching, DoesNotTakeASeriesForASingleEvent) {
  Candidate recurring = candidate(0, "b");
  recurring.recurring = true;
  EXPECT_TRUE(match({candidate(0, "a")}, {recurring}).matches.empty());
}
TEST(Matching, NamesWhatStandsOnOneSideOnly) {
  const auto found = match({candidate(3, "a", "A")}, {candidate(4, "b", "B")});
  EXPECT_EQ(found.exchange_only, std::vector<std::size_t>{3});
  EXPECT_EQ(found.caldav_only, std::vector<std::size_t>{4});
}
TEST(Candidates, OfAnAllDayEventWithoutEndLastADay) {
  auto series = single();
  series.master->start = on(6, 2);
  series.master->has_end = false;
  EXPECT_EQ(candidate_of(series, 0).duration_seconds, 86400);
}

}  // namespace
}  // namespace caravan::sync::test
