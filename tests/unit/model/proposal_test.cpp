// SPDX-License-Identifier: GPL-3.0-or-later
// The time that a guest proposes: kept beside his line, and no part of what a series means.
#include "model/proposal.hpp"

#include <gtest/gtest.h>

#include "model/canonical.hpp"

namespace caravan::model {
namespace {

const Proposal kLater{Instant(std::chrono::seconds(1796306400)), Instant(std::chrono::seconds(1796310000))};

Series meeting(const Proposal& proposal) {
  Series out;
  out.master.emplace();
  Attendee carol;
  carol.address = "carol@example.org";
  carol.extra = {{"X-OTHER", "1"}};
  set_proposal(carol, proposal);
  out.master->attendees = {carol};
  return out;
}

TEST(Proposal, ComesBackAsItWasSet) {
  EXPECT_EQ(proposal_of(meeting(kLater).master->attendees[0]), kLater);
  const Proposal start{kLater.start, {}}, end{{}, kLater.end};
  EXPECT_EQ(proposal_of(meeting(start).master->attendees[0]), start);
  EXPECT_EQ(proposal_of(meeting(end).master->attendees[0]), end);
  EXPECT_EQ(proposal_of(meeting({}).master->attendees[0]), Proposal());
}

TEST(Proposal, ReplacesTheOneBefore) {
  auto series = meeting(kLater);
  set_proposal(series.master->attendees[0], {});
  EXPECT_EQ(series, meeting({}));
}

TEST(Proposal, ThatCantBeReadIsNone) {
  Attendee carol;
  for (const char* text : {"", "/", "tomorrow", "tomorrow/later", "2026-13-41T00:00:00Z/"}) {
    carol.extra = {{std::string(kProposedParameter), text}};
    EXPECT_EQ(proposal_of(carol), Proposal()) << text;
  }
}

TEST(Proposal, IsNoPartOfTheMeaning) {
  EXPECT_EQ(digest(meeting(kLater)), digest(meeting({})));
  EXPECT_TRUE(difference(meeting({}), meeting(kLater)).empty());
}

TEST(Proposal, IsToldFromAnotherAndFromNone) {
  EXPECT_EQ(proposals(meeting({})), "");
  EXPECT_EQ(proposals(meeting(kLater)), proposals(meeting(kLater)));
  EXPECT_NE(proposals(meeting(kLater)), proposals(meeting({kLater.start, {}})));
}

}  // namespace
}  // namespace caravan::model
