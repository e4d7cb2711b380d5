// SPDX-License-Identifier: GPL-3.0-or-later
// The decision table of docs/architecture.md, row by row.
#include <gtest/gtest.h>

#include "sync/reconcile.hpp"
#include "unit/sync/builders.hpp"

namespace caravan::sync::test {
namespace {

struct Row {
  std::string description;
  std::optional<Base> base;
  Observed exchange, caldav;
  Policy policy;
  std::string actions;
  Reason reason;
  std::string conflict{};
};
void PrintTo(const Row& row, std::ostream* out) { *out << row.description; }

const Unknown kSilent{"timeout", false};
const Unknown kPoison{"no DTSTART", true};

Base tombstone(bool exchange, bool caldav) {
  Base base = base_of(single());
  base.exchange_removed = exchange;
  base.caldav_removed = caldav;
  return base;
}
Copy marked(Copy copy) {
  copy.ours = true;
  return copy;
}
model::Series with_organizer(model::Series series, const std::string& address) {
  series.master->organizer = model::Organizer{address, "", {}};
  return series;
}
model::Series categorised(model::Series series) {
  series.master->categories = {"Work"};
  return series;
}
model::Series noisy(model::Series series) {
  series.master->extra.push_back({"X-MOZ-GENERATION", {}, "2"});
  return series;
}
/// As invited by somebody else.
model::Series invited() { return with_attendee(with_organizer(single(), "boss@example.org"), kMe); }

std::vector<Row> unknown_rows() {
  const Copy copy = copy_of(single());
  return {
      {"exchange silent, caldav there", base_of(single()), kSilent, copy, two_way(), "", Reason::not_known},
      {"exchange there, caldav silent", base_of(single()), copy, kSilent, two_way(), "", Reason::not_known},
      {"exchange silent, caldav gone", base_of(single()), kSilent, Absent{}, two_way(), "", Reason::not_known},
      {"exchange gone, caldav silent", base_of(single()), Absent{}, kSilent, two_way(), "", Reason::not_known},
      {"both silent", base_of(single()), kSilent, kSilent, two_way(), "", Reason::not_known},
      {"exchange unreadable", base_of(single()), kPoison, copy, two_way(), "park", Reason::unreadable},
      {"caldav unreadable", base_of(single()), Absent{}, kPoison, two_way(), "park", Reason::unreadable},
      {"unreadable without base", std::nullopt, kPoison, Absent{}, one_way(), "park", Reason::unreadable},
      {"silent without base", std::nullopt, copy, kSilent, one_way(), "", Reason::not_known},
  };
}

std::vector<Row> first_rows() {
  const Copy exchange = copy_of(single());
  const Copy other = copy_of(titled(single(), "Daily"), "c1");
  return {
      {"new on exchange", std::nullopt, exchange, Absent{}, one_way(), "create caldav", Reason::first_seen_on_exchange},
      {"new on caldav, one way", std::nullopt, Absent{}, exchange, one_way(), "", Reason::one_way_keeps_caldav},
      {"new on caldav, two way", std::nullopt, Absent{}, exchange, two_way(), "create exchange",
       Reason::first_seen_on_caldav},
      {"neither", std::nullopt, Absent{}, Absent{}, two_way(), "", Reason::nothing_changed},
      {"met equal", std::nullopt, exchange, exchange, one_way(), "link", Reason::met_equal},
      {"met equal under an alias of the zone", std::nullopt, copy_of(weekly()),
       copy_of(in_zone_named(weekly(), "Europe/Vienna")), one_way(), "link", Reason::met_equal},
      {"migrate: met different, theirs", std::nullopt, exchange, other, one_way(), "link", Reason::met_different,
       "caldav wins: summary"},
      {"migrate: met different, ours", std::nullopt, exchange, marked(other), one_way(), "update caldav: summary",
       Reason::met_different_ours, "exchange wins: summary"},
      {"subscribe: what one side lacks it gets", std::nullopt, copy_of(placed(single(), "Room 1")),
       copy_of(categorised(single())), two_way(), "update caldav: location; update exchange: categories",
       Reason::met_different},
      {"subscribe: contradiction, newest", std::nullopt, exchange, copy_of(titled(single(), "Daily"), "c1", 10),
       two_way(), "update exchange: summary", Reason::met_different, "caldav wins: summary"},
      {"subscribe: contradiction, policy park", std::nullopt, exchange, other, two_way(ConflictPolicy::park), "park",
       Reason::met_different, "parked: summary"},
      {"rebuild: met different", std::nullopt, exchange, other, one_way(Occasion::rebuild), "link",
       Reason::met_different, "caldav wins: summary"},
      {"rebuild: only on exchange", std::nullopt, exchange, Absent{}, one_way(Occasion::rebuild), "",
       Reason::first_seen_on_exchange},
  };
}

std::vector<Row> edit_rows() {
  const Base base = base_of(single());
  const Copy same = copy_of(single(), "v7");
  const Copy title = copy_of(titled(single(), "Daily"));
  const Copy place = copy_of(placed(single(), "Room 1"));
  const Copy late = copy_of(titled(single(), "Weekly"), "v1", 3);
  return {
      {"nothing but versions changed", base, same, same, two_way(), "", Reason::nothing_changed},
      {"exchange changed", base, title, same, one_way(), "update caldav: summary", Reason::exchange_changed},
      {"exchange changed what caldav can't see", base, copy_of([] {
         auto series = single();
         series.master->status = model::EventStatus::confirmed;
         return series;
       }()),
       same, one_way(), "link", Reason::exchange_changed},
      {"caldav changed, one way", base, same, title, one_way(), "", Reason::one_way_keeps_caldav},
      {"caldav changed, two way", base, same, title, two_way(), "update exchange: summary", Reason::caldav_changed},
      {"caldav's client wrote its bookkeeping", base, same, copy_of(noisy(single())), two_way(), "",
       Reason::nothing_changed},
      {"both apart, two way", base, title, place, two_way(), "update caldav: summary; update exchange: location",
       Reason::both_changed_apart},
      {"both apart, one way", base, title, place, one_way(), "update caldav: summary", Reason::both_changed_apart},
      {"both the same", base, title, title, two_way(), "link", Reason::both_changed_same},
      {"both the same but for white space", base, title, copy_of(titled(single(), "Daily ")), two_way(), "link",
       Reason::both_changed_same},
      {"conflict, newest, caldav 3 minutes later", base, title, late, two_way(), "update exchange: summary",
       Reason::both_changed_conflict, "caldav wins: summary"},
      {"conflict, newest, caldav 2 minutes later", base, title, copy_of(titled(single(), "Weekly"), "v1", 2), two_way(),
       "update caldav: summary", Reason::both_changed_conflict, "exchange wins: summary"},
      {"conflict, newest, exchange later", base, late, title, two_way(), "update caldav: summary",
       Reason::both_changed_conflict, "exchange wins: summary"},
      {"conflict, policy exchange", base, title, late, two_way(ConflictPolicy::exchange), "update caldav: summary",
       Reason::both_changed_conflict, "exchange wins: summary"},
      {"conflict, policy caldav", base, late, title, two_way(ConflictPolicy::caldav), "update exchange: summary",
       Reason::both_changed_conflict, "caldav wins: summary"},
      {"conflict, policy park", base, title, late, two_way(ConflictPolicy::park), "park", Reason::both_changed_conflict,
       "parked: summary"},
      {"conflict, one way, caldav wins", base, title, late, one_way(), "link", Reason::both_changed_conflict,
       "caldav wins: summary"},
      {"conflict, one way, exchange wins", base, late, title, one_way(), "update caldav: summary",
       Reason::both_changed_conflict, "exchange wins: summary"},
      {"conflict in one unit, patch in another", base, copy_of(placed(titled(single(), "Daily"), "Room 1")), late,
       two_way(ConflictPolicy::exchange), "update caldav: summary, location", Reason::both_changed_conflict,
       "exchange wins: summary"},
  };
}

std::vector<Row> delete_rows() {
  const Base base = base_of(single());
  const Copy same = copy_of(single());
  const Copy title = copy_of(titled(single(), "Daily"));
  return {
      {"exchange deleted", base, Absent{}, same, one_way(), "delete caldav", Reason::exchange_deleted},
      {"caldav deleted, two way", base, same, Absent{}, two_way(), "delete exchange", Reason::caldav_deleted},
      {"caldav deleted, one way", base, same, Absent{}, one_way(), "forget", Reason::caldav_deleted},
      {"caldav deleted long ago, one way", tombstone(false, true), same, Absent{}, one_way(), "",
       Reason::caldav_deleted},
      {"caldav deleted long ago, two way now", tombstone(false, true), same, Absent{}, two_way(), "delete exchange",
       Reason::caldav_deleted},
      {"caldav deleted, exchange edited", base, title, Absent{}, two_way(), "create caldav", Reason::edit_beats_delete},
      {"caldav deleted, exchange edited, one way", base, title, Absent{}, one_way(), "create caldav",
       Reason::edit_beats_delete},
      {"caldav deleted long ago, exchange edits", tombstone(false, true), title, Absent{}, one_way(), "create caldav",
       Reason::edit_beats_delete},
      {"exchange deleted, caldav edited, two way", base, Absent{}, title, two_way(), "create exchange",
       Reason::edit_beats_delete},
      {"exchange deleted, caldav edited, one way", base, Absent{}, title, one_way(), "", Reason::one_way_keeps_caldav},
      {"exchange deleted, caldav only bookkeeping", base, Absent{}, copy_of(noisy(single())), two_way(),
       "delete caldav", Reason::exchange_deleted},
      {"both deleted", base, Absent{}, Absent{}, two_way(), "forget", Reason::both_deleted},
      {"tombstone", tombstone(true, true), Absent{}, Absent{}, two_way(), "", Reason::nothing_changed},
      {"came back on exchange", tombstone(true, true), same, Absent{}, one_way(), "create caldav",
       Reason::first_seen_on_exchange},
      {"came back on caldav, two way", tombstone(true, true), Absent{}, same, two_way(), "create exchange",
       Reason::first_seen_on_caldav},
      {"came back on caldav, one way", tombstone(true, true), Absent{}, same, one_way(), "",
       Reason::one_way_keeps_caldav},
      {"came back on both", tombstone(true, true), same, same, two_way(), "link", Reason::met_equal},
      {"exchange gone long ago, caldav kept, one way", tombstone(true, false), Absent{}, same, one_way(), "",
       Reason::one_way_keeps_caldav},
      {"exchange gone long ago, caldav kept, two way now", tombstone(true, false), Absent{}, same, two_way(),
       "create exchange", Reason::first_seen_on_caldav},
  };
}

std::vector<Row> series_rows() {
  const auto override = with_override(weekly(), 2, "Offsite");
  const auto override_edited = with_override(weekly(), 2, "Retreat");
  const auto plain = with_override(weekly(), 2, "Standup");
  const std::string second = "Europe/Berlin:20260616T100000", second_later = "Europe/Berlin:20260616T110000";
  auto biweekly = override;
  biweekly.rules[0].interval = 2;
  const auto vienna = in_zone_named(override, "Europe/Vienna");
  return {
      {"override edited on exchange", base_of(override), copy_of(override_edited), copy_of(override), one_way(),
       "update caldav: " + second + " summary", Reason::exchange_changed},
      {"override edited, sides under alias zones", base_of(override, vienna), copy_of(override_edited), copy_of(vienna),
       one_way(), "update caldav: Europe/Vienna:20260616T100000 summary", Reason::exchange_changed},
      {"different overrides", base_of(weekly()), copy_of(with_override(weekly(), 2, "A")),
       copy_of(with_override(weekly(), 3, "B")), two_way(),
       "update caldav: " + second + " presence; update exchange: Europe/Berlin:20260623T100000 presence",
       Reason::both_changed_apart},
      {"occurrence deleted on exchange", base_of(weekly()), copy_of(with_exclusion(weekly(), 2)), copy_of(weekly()),
       one_way(), "update caldav: excluded " + second, Reason::exchange_changed},
      {"occurrence deleted here, edited there", base_of(override), copy_of(with_exclusion(weekly(), 2)),
       copy_of(override_edited), two_way(), "update caldav: excluded " + second + ", " + second + " presence",
       Reason::both_changed_conflict,
       "exchange wins: excluded " + second + ", " + second + " summary, " + second + " presence"},
      {"series shifted, the other edits an override", base_of(override), copy_of(moved(override, 60)),
       copy_of(override_edited), two_way(),
       "update caldav: schedule, " + second + " presence, " + second_later +
           " presence; update exchange: " + second_later + " summary",
       Reason::both_changed_apart},
      {"series shifted and its exceptions wiped", base_of(override), copy_of(moved(weekly(), 60)), copy_of(override),
       one_way(), "update caldav: schedule, " + second + " presence", Reason::exchange_changed},
      {"pattern changed, the other edits an override", base_of(override), copy_of(biweekly), copy_of(override_edited),
       two_way(), "update caldav: schedule, " + second + " summary", Reason::both_changed_conflict,
       "exchange wins: schedule, " + second + " summary"},
      {"pattern changed, the other edits the title", base_of(override), copy_of(biweekly),
       copy_of(titled(override, "Daily")), two_way(), "update caldav: schedule; update exchange: summary",
       Reason::both_changed_apart},
      {"override that said nothing removed there, left behind by its master here", base_of(plain), copy_of(weekly()),
       copy_of(titled(plain, "Daily")), two_way(), "update caldav: " + second + " presence; update exchange: summary",
       Reason::both_changed_apart},
      {"override that said nothing left behind by its master there, removed here", base_of(plain),
       copy_of(titled(plain, "Daily")), copy_of(weekly()), two_way(),
       "update caldav: summary; update exchange: " + second + " presence", Reason::both_changed_apart},
      {"override that said nothing removed there, edited here", base_of(plain), copy_of(weekly()), copy_of(override),
       two_way(), "update caldav: " + second + " presence", Reason::both_changed_conflict,
       "exchange wins: " + second + " summary, " + second + " presence"},
      {"override that said nothing edited there, removed here", base_of(plain), copy_of(override), copy_of(weekly()),
       two_way(ConflictPolicy::caldav), "update exchange: " + second + " presence", Reason::both_changed_conflict,
       "caldav wins: " + second + " summary, " + second + " presence"},
  };
}

std::vector<Row> people_rows() {
  const auto two = with_attendee(with_attendee(single(), "bob@example.org"), "carol@example.org");
  auto bob = two, carol = two;
  bob.master->attendees[0].participation = model::Participation::accepted;
  carol.master->attendees[1].participation = model::Participation::declined;
  auto answered = invited();
  answered.master->attendees[0].participation = model::Participation::accepted;
  return {
      {"each attendee by himself", base_of(two), copy_of(bob), copy_of(carol), two_way(),
       "update caldav: attendee bob@example.org; update exchange: attendee carol@example.org",
       Reason::both_changed_apart},
      {"attendee's copy: title changed on caldav", base_of(invited()), copy_of(invited()),
       copy_of(titled(invited(), "Mine")), two_way(), "update caldav: summary", Reason::caldav_changed,
       "exchange wins: summary"},
      {"attendee's copy: own answer", base_of(invited()), copy_of(invited()), copy_of(answered), two_way(),
       "answer accepted", Reason::caldav_changed},
      {"attendee's copy: category", base_of(invited()), copy_of(invited()), copy_of(categorised(invited())), two_way(),
       "update exchange: categories", Reason::caldav_changed},
      {"attendee's copy: title changed on caldav, one way", base_of(invited()), copy_of(invited()),
       copy_of(titled(invited(), "Mine")), one_way(), "", Reason::one_way_keeps_caldav},
  };
}

class DecisionTable : public ::testing::TestWithParam<Row> {};

TEST_P(DecisionTable, Holds) {
  const Row& row = GetParam();
  const Decision decision = reconcile(Item{row.base, row.exchange, row.caldav}, row.policy);
  EXPECT_EQ(text_of(decision.actions), row.actions);
  EXPECT_EQ(to_string(decision.reason), to_string(row.reason));
  EXPECT_EQ(text_of(decision.conflict), row.conflict);
}

std::string name_of(const ::testing::TestParamInfo<Row>& info) {
  std::string name;
  for (const char c : info.param.description) name += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(Unknown, DecisionTable, ::testing::ValuesIn(unknown_rows()), name_of);
INSTANTIATE_TEST_SUITE_P(First, DecisionTable, ::testing::ValuesIn(first_rows()), name_of);
INSTANTIATE_TEST_SUITE_P(Edits, DecisionTable, ::testing::ValuesIn(edit_rows()), name_of);
INSTANTIATE_TEST_SUITE_P(Deletes, DecisionTable, ::testing::ValuesIn(delete_rows()), name_of);
INSTANTIATE_TEST_SUITE_P(Series, DecisionTable, ::testing::ValuesIn(series_rows()), name_of);
INSTANTIATE_TEST_SUITE_P(People, DecisionTable, ::testing::ValuesIn(people_rows()), name_of);

TEST(Decision, KeepsTheLosingCopyWhole) {
  const auto losing = placed(titled(single(), "Weekly"), "Room 1");
  const Decision decision =
      reconcile(Item{base_of(single()), copy_of(titled(single(), "Daily")), copy_of(losing)}, two_way());
  ASSERT_TRUE(decision.conflict);
  EXPECT_EQ(decision.conflict->losing, losing);
}

TEST(Decision, NamesTheVersionItSaw) {
  const Decision decision =
      reconcile(Item{base_of(single()), copy_of(titled(single(), "Daily")), copy_of(single(), "etag-9")}, one_way());
  EXPECT_EQ(std::get<Update>(decision.actions.at(0)).expected.value, "etag-9");
}

TEST(Decision, PatchesTheOtherSidesOwnCopy) {
  auto on_caldav = single();
  on_caldav.master->extra.push_back({"X-OWN", {}, "kept"});
  const Decision decision =
      reconcile(Item{base_of(single(), on_caldav), copy_of(titled(single(), "Daily")), copy_of(on_caldav)}, one_way());
  EXPECT_EQ(std::get<Update>(decision.actions.at(0)).series, titled(on_caldav, "Daily"));
}

TEST(Decision, OneWayKeepsWhatCaldavChangedAsItsDelta) {
  const Decision decision = reconcile(
      Item{base_of(single()), copy_of(titled(single(), "Daily")), copy_of(placed(single(), "Room 1"))}, one_way());
  EXPECT_EQ(text_of(decision.kept), "location");
}

}  // namespace
}  // namespace caravan::sync::test
