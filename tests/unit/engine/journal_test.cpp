// SPDX-License-Identifier: GPL-3.0-or-later
// What people are told from: a live pass journals each change of what the sides agree on, once, with who did it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/proposal.hpp"
#include "store/notify_store.hpp"
#include "support/world/world.hpp"

namespace caravan::world {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// A world in which both sides hold "Standup" and agree, and people are told from now on.
struct Told : World {
  Told() {
    standup = exchange().add("Standup");
    sync();
    options.journal = true;
  }
  ItemId standup;
  /// Everything that was journaled so far.
  std::vector<store::JournalEntry> journal() {
    std::vector<store::JournalEntry> out;
    auto windows = store().notify().due_windows(clock()->now() + std::chrono::hours(1), 100).value();
    for (auto& window : windows)
      for (auto& entry : window.entries) out.push_back(std::move(entry));
    return out;
  }
};

model::Series read(const std::string& copy) { return sync::series_of_copy(copy).value(); }

TEST(Journal, AnEditOnExchangeIsJournaledWithBothStatesAndNothingOfTheOwner) {
  Told world;
  world.exchange().edit(world.standup, place("Room 7"));
  world.sync();
  const auto journal = world.journal();
  ASSERT_THAT(journal, SizeIs(1));
  EXPECT_EQ(journal[0].uid, uid_of("Standup"));
  EXPECT_NE(read(journal[0].before).master->location, "Room 7");
  EXPECT_EQ(read(journal[0].after).master->location, "Room 7");
  EXPECT_EQ(journal[0].owner_units, "[]");
}

TEST(Journal, AnEditOnCaldavIsTheOwners) {
  Told world;
  world.caldav().edit(uid_of("Standup"), title("Stand-up"));
  world.sync();
  const auto journal = world.journal();
  ASSERT_THAT(journal, SizeIs(1));
  EXPECT_EQ(read(journal[0].after).master->summary, "Stand-up");
  EXPECT_THAT(journal[0].owner_units, HasSubstr("summary"));
}

TEST(Journal, OfEditsOnBothSidesOnlyTheCaldavOneIsTheOwners) {
  Told world;
  world.caldav().edit(uid_of("Standup"), title("Stand-up"));
  world.exchange().edit(world.standup, place("Room 7"));
  world.sync();
  std::string owners;
  for (const auto& entry : world.journal()) owners += entry.owner_units;
  EXPECT_THAT(owners, HasSubstr("summary"));
  EXPECT_THAT(owners, testing::Not(HasSubstr("location")));
  EXPECT_EQ(read(world.journal().back().after).master->location, "Room 7");
  EXPECT_EQ(read(world.journal().back().after).master->summary, "Stand-up");
}

TEST(Journal, WhatIsNewHasNoStateBefore) {
  Told world;
  world.exchange().add("Dentist");
  world.sync();
  const auto journal = world.journal();
  ASSERT_THAT(journal, SizeIs(1));
  EXPECT_THAT(journal[0].before, IsEmpty());
  EXPECT_EQ(read(journal[0].after).master->summary, "Dentist");
}

TEST(Journal, WhatTheOwnerMadeOnCaldavIsHisAsAWhole) {
  Told world;
  world.caldav().put(event("Dentist"));
  world.sync();
  const auto journal = world.journal();
  ASSERT_THAT(journal, SizeIs(1));
  EXPECT_THAT(journal[0].owner_units, HasSubstr("presence"));
}

TEST(Journal, WhatIsDeletedHasNoStateAfter) {
  Told world;
  world.exchange().remove(world.standup);
  world.sync();
  const auto journal = world.journal();
  ASSERT_THAT(journal, SizeIs(1));
  EXPECT_THAT(journal[0].after, IsEmpty());
  EXPECT_EQ(journal[0].owner_units, "[]");
}

TEST(Journal, ADeleteOnCaldavIsTheOwners) {
  Told world;
  world.caldav().remove(uid_of("Standup"));
  world.sync();
  const auto journal = world.journal();
  ASSERT_THAT(journal, SizeIs(1));
  EXPECT_THAT(journal[0].after, IsEmpty());
  EXPECT_THAT(journal[0].owner_units, HasSubstr("presence"));
}

TEST(Journal, WhatWasWrittenAndIsReadBackIsNoFurtherChange) {
  Told world;
  world.caldav().edit(uid_of("Standup"), title("Stand-up"));
  for (int i = 0; i < 5; ++i) world.sync();
  EXPECT_THAT(world.journal(), SizeIs(1));
}

/// The owner's meeting with Carol, who answered.
model::Series meeting_of(const World& world, model::Participation answer, const model::Proposal& proposal = {}) {
  model::Series out = event("Meeting");
  out.master->organizer = model::Organizer{world.mailbox().value, {}, {}};
  model::Attendee carol;
  carol.address = "carol@example.org";
  carol.participation = answer;
  set_proposal(carol, proposal);
  out.master->attendees = {carol};
  return out;
}
const model::Proposal kLater{Instant(std::chrono::seconds(1796306400)), Instant(std::chrono::seconds(1796310000))};

TEST(Journal, AProposedTimeIsNewsAndNothingToWrite) {
  Told world;
  const auto tentative = meeting_of(world, model::Participation::tentative);
  const auto proposing = meeting_of(world, model::Participation::tentative, kLater);
  const ItemId meeting = world.exchange().add(tentative);
  world.sync();
  const auto known = world.journal().size();
  world.writes();
  world.exchange().edit(meeting,
                        [&](model::Series& series) { series.master->attendees = proposing.master->attendees; });
  for (int i = 0; i < 5; ++i) world.sync();
  const auto journal = world.journal();
  ASSERT_THAT(journal, SizeIs(known + 1));
  EXPECT_EQ(proposal_of(read(journal.back().before).master->attendees.at(0)), model::Proposal());
  EXPECT_EQ(proposal_of(read(journal.back().after).master->attendees.at(0)), kLater);
  EXPECT_EQ(world.writes(), 0);
}

TEST(Journal, AProposedTimeOutlivesEditsOnBothSidesAndReachesNeither) {
  Told world;
  const ItemId meeting = world.exchange().add(meeting_of(world, model::Participation::accepted, kLater));
  world.sync();
  world.caldav().edit(uid_of("Meeting"), place("Room 7"));
  world.sync();
  world.exchange().edit(meeting, [](model::Series& series) {
    series.master->attendees.at(0).participation = model::Participation::tentative;
  });
  world.sync();
  world.caldav().edit(uid_of("Meeting"), title("Our meeting"));
  for (int i = 0; i < 5; ++i) world.sync();
  for (const auto& entry : world.journal()) {
    if (entry.uid != uid_of("Meeting")) continue;
    EXPECT_EQ(proposal_of(read(entry.after).master->attendees.at(0)), kLater);
  }
  EXPECT_THAT(world.caldav().text(uid_of("Meeting")), testing::Not(HasSubstr("PROPOSED")));
  EXPECT_THAT(world.caldav().text(uid_of("Meeting")), HasSubstr("TENTATIVE"));
}

TEST(Journal, BulkRunsAreSilent) {
  World world;
  world.exchange().add("Standup");
  world.sync();
  EXPECT_THAT(world.store().notify().due_windows(world.clock()->now() + std::chrono::hours(1), 100).value(), IsEmpty());
}

TEST(Journal, IsWrittenInTheCommitThatChangesTheMappingOrNotAtAll) {
  for (int n = 1; n < 12; ++n) {
    Told world;
    world.exchange().edit(world.standup, place("Room 7"));
    world.kill_at(Place::store, n);
    world.sync();
    const bool agreed =
        read(world.store().mapping(world.pair().id, uid_of("Standup")).value()->exchange_copy).master->location ==
        "Room 7";
    EXPECT_EQ(world.journal().size(), agreed ? 1U : 0U) << "killed at commit " << n;
    world.sync();
    EXPECT_THAT(world.journal(), SizeIs(1)) << "killed at commit " << n;
  }
}

}  // namespace
}  // namespace caravan::world
