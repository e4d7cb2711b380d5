// SPDX-License-Identifier: GPL-3.0-or-later
// Lives that went wrong once, as the properties found them; each is named for what was at fault.
#include <gtest/gtest.h>

#include "property/engine/life.hpp"

namespace caravan::world {
namespace {

using What = Step::What;

Manners unkind() {
  Manners manners;
  manners.exists = false;
  manners.tells_etag = false;
  manners.read_back = true;
  manners.rewrites = true;
  manners.one_uid_once = false;
  manners.names_the_other = false;
  manners.weak_versions = true;
  manners.conditions_ignored = true;
  manners.forgets_short_lives = true;
  return manners;
}

Manners unkind_with_a_calendar() {
  Manners manners = unkind();
  manners.exists = true;
  return manners;
}

/// What is wrong at the end of the life, in words; empty where nothing is.
std::string wrong_after(const Manners& manners, sync::ConflictPolicy policy, std::size_t batch,
                        const std::vector<Step>& steps, Company company = Company::two_way) {
  ExchangeManners exchange;
  exchange.rewrites = true;
  exchange.reads_back = true;
  Life life(manners, policy, batch, company, exchange);
  for (const auto& step : steps) life.take(step);
  std::string out = life.settle() ? "" : "it does not settle; ";
  for (const auto& each : life.lost()) out += "lost " + each + "; ";
  for (const auto& each : life.apart()) out += each + "; ";
  for (const auto& each : life.doubled()) out += "doubled " + each + "; ";
  for (const auto& each : life.wrong_deletes()) out += "deleted " + each + "; ";
  return out.empty() ? out : out + life.describe();
}

TEST(ARecordedLife, WhereAResourceGoesWhileItsCreateOnExchangeIsNotKnownToBeDone) {
  EXPECT_EQ(wrong_after(unkind_with_a_calendar(), sync::ConflictPolicy::caldav, 1,
                        {{What::exchange_fails, 0, 2},
                         {What::caldav_adds, 0, 0},
                         {What::run, 0, 0},
                         {What::item_is_poisoned, 0, 0},
                         {What::caldav_deletes, 0, 0},
                         {What::store_dies, 0, 5}}),
            "");
}

TEST(ARecordedLife, WhereAnOccurrenceIsEditedBetweenTwoStepsOfACreateThatWasKilled) {
  EXPECT_EQ(wrong_after(unkind_with_a_calendar(), sync::ConflictPolicy::newest, 16,
                        {{What::exchange_write_is_cut_in_two, 0, 3},
                         {What::caldav_adds, 0, 0},
                         {What::caldav_titles_occurrence, 0, 0},
                         {What::store_dies, 1, 0}}),
            "");
}

TEST(ARecordedLife, WhereSomebodysExceptionStandsInThePlaceOfOursThatWasRefused) {
  EXPECT_EQ(wrong_after(unkind(), sync::ConflictPolicy::newest, 3,
                        {{What::exchange_adds, 0, 3},
                         {What::exchange_write_is_raced, 0, 3},
                         {What::store_dies, 1, 0},
                         {What::caldav_titles_occurrence, 0, 0},
                         {What::exchange_adds, 0, 0},
                         {What::store_dies, 1, 0}}),
            "");
}

TEST(ARecordedLife, WhereAWrittenExceptionIsWipedByAMoveBeforeItIsKnownToBeDone) {
  EXPECT_EQ(wrong_after(unkind(), sync::ConflictPolicy::caldav, 16,
                        {{What::exchange_write_is_raced, 0, 0},
                         {What::exchange_adds, 0, 1},
                         {What::store_dies, 0, 9},
                         {What::caldav_titles_occurrence, 0, 0},
                         {What::store_dies, 4, 0},
                         {What::exchange_moves, 0, 0}}),
            "");
}

TEST(ARecordedLife, WhereAParkedResourceIsRenamedAndThenDeleted) {
  Manners manners = unkind();
  manners.conditions_ignored = false;
  EXPECT_EQ(wrong_after(manners, sync::ConflictPolicy::caldav, 3,
                        {{What::exchange_adds, 0, 0},
                         {What::store_dies, 0, 8},
                         {What::exchange_titles, 0, 0},
                         {What::uid_is_refused, 0, 0},
                         {What::run, 1, 0},
                         {What::exchange_adds, 0, 0},
                         {What::caldav_renames_resource, 0, 0},
                         {What::write_is_raced, 0, 9},
                         {What::store_dies, 1, 0}}),
            "");
}

TEST(ARecordedLife, OneWayWhereAResourceIsRenamedBeforeItsCalendarWasListed) {
  EXPECT_EQ(wrong_after(unkind(), sync::ConflictPolicy::newest, 16,
                        {{What::exchange_adds, 0, 0},
                         {What::store_dies, 0, 7},
                         {What::caldav_renames_resource, 0, 0},
                         {What::exchange_titles, 0, 0}},
                        Company::both_sides),
            "");
}

class ADragOnBothSides : public testing::TestWithParam<std::tuple<sync::ConflictPolicy, bool>> {};

TEST_P(ADragOnBothSides, WhileTheCreateIsInDoubtLosesNothing) {
  const auto [policy, conditions_ignored] = GetParam();
  Manners manners = unkind_with_a_calendar();
  manners.conditions_ignored = conditions_ignored;
  EXPECT_EQ(wrong_after(manners, policy, 3,
                        {{What::exchange_adds, 0, 0},
                         {What::caldav_dies, 0, 3},
                         {What::caldav_drags_to_other_collection, 0, 0},
                         {What::store_dies, 1, 10},
                         {What::exchange_drags_to_other_folder, 0, 0}}),
            "");
}
INSTANTIATE_TEST_SUITE_P(ARecordedLife, ADragOnBothSides,
                         testing::Combine(testing::Values(sync::ConflictPolicy::exchange, sync::ConflictPolicy::caldav,
                                                          sync::ConflictPolicy::newest),
                                          testing::Bool()));

TEST(ARecordedLife, OneWayWhereAResourceIsMadeAndRenamedBetweenTwoLists) {
  EXPECT_EQ(wrong_after(unkind_with_a_calendar(), sync::ConflictPolicy::exchange, 3,
                        {{What::exchange_adds, 0, 0},
                         {What::store_dies, 0, 7},
                         {What::caldav_renames_resource, 0, 0},
                         {What::exchange_titles, 0, 0}},
                        Company::both_sides),
            "");
}

TEST(ARecordedLife, OneWayWhereAParkedItemIsDeletedAndTheStateIsLost) {
  EXPECT_EQ(wrong_after(unkind(), sync::ConflictPolicy::exchange, 16,
                        {{What::exchange_adds, 0, 0},
                         {What::run, 0, 0},
                         {What::uid_is_refused, 0, 0},
                         {What::exchange_titles, 0, 0},
                         {What::exchange_restores, 0, 0},
                         {What::store_dies, 0, 7},
                         {What::state_is_lost, 0, 0},
                         {What::exchange_deletes, 0, 0}},
                        Company::exchange_only),
            "");
}

TEST(ARecordedLife, OneWayWhereTheLastItemsVanishWhileThePlanOfTheirDeletesWaits) {
  EXPECT_EQ(wrong_after(Manners(), sync::ConflictPolicy::caldav, 1,
                        {{What::exchange_adds, 0, 0},
                         {What::store_dies, 0, 6},
                         {What::item_vanishes, 0, 0},
                         {What::store_dies, 1, 0},
                         {What::exchange_adds, 0, 0},
                         {What::exchange_adds, 0, 0},
                         {What::run, 0, 0},
                         {What::item_vanishes, 0, 0},
                         {What::item_vanishes, 3, 0}},
                        Company::exchange_only),
            "");
}

TEST(ARecordedLife, WhereAnAuditFollowsAPassThatDiedWhenItHadSeenSomethingNew) {
  Manners manners;
  manners.read_back = true;
  manners.rewrites = true;
  manners.one_uid_once = false;
  EXPECT_EQ(wrong_after(manners, sync::ConflictPolicy::caldav, 16,
                        {{What::store_dies, 0, 9},
                         {What::caldav_adds, 0, 0},
                         {What::caldav_change_is_untold, 0, 0},
                         {What::caldav_drags_to_other_collection, 0, 0},
                         {What::exchange_adds, 0, 0},
                         {What::store_dies, 0, 2},
                         {What::store_dies, 0, 9}}),
            "");
}

TEST(ARecordedLife, WhereAMoveIsWrittenAndItsAnswerLostAfterAWriteWithoutEffect) {
  EXPECT_EQ(wrong_after(unkind(), sync::ConflictPolicy::caldav, 1,
                        {{What::exchange_write_is_cut_in_two, 0, 0},
                         {What::exchange_adds, 0, 1},
                         {What::exchange_dies, 0, 2},
                         {What::exchange_write_is_raced, 0, 10},
                         {What::caldav_moves, 0, 0},
                         {What::write_has_trouble, 0, 1},
                         {What::run, 1, 0}}),
            "");
}

TEST(ARecordedLife, WhereTheRowOfAnEditedEventIsLostAndTheServerKnowsNoConditions) {
  EXPECT_EQ(wrong_after(unkind(), sync::ConflictPolicy::caldav, 16,
                        {{What::exchange_adds, 0, 0},
                         {What::store_dies, 1, 0},
                         {What::caldav_titles, 0, 0},
                         {What::store_dies, 0, 3},
                         {What::row_is_lost, 0, 0}}),
            "");
}

TEST(ARecordedLife, WhereADoubledResourceIsRenamedAfterAPassThatDied) {
  EXPECT_EQ(wrong_after(unkind(), sync::ConflictPolicy::exchange, 3,
                        {{What::exchange_adds, 0, 0},
                         {What::run, 0, 0},
                         {What::exchange_titles, 0, 0},
                         {What::resource_is_doubled, 0, 0},
                         {What::store_dies, 1, 0},
                         {What::caldav_renames_resource, 0, 0}}),
            "");
}

}  // namespace
}  // namespace caravan::world
