// SPDX-License-Identifier: GPL-3.0-or-later
// Organizer and attendees (ews-facts 13.5).
#include <gtest/gtest.h>

#include "model/proposal.hpp"
#include "unit/ews/samples.hpp"
#include "util/text.hpp"

namespace caravan::ews::test {
namespace {

std::string person(const std::string& address, const std::string& answer, const std::string& routing = "SMTP",
                   const std::string& type = "Mailbox") {
  return "<t:Attendee><t:Mailbox><t:Name>N " + address + "</t:Name><t:EmailAddress>" + address +
         "</t:EmailAddress><t:RoutingType>" + routing + "</t:RoutingType><t:MailboxType>" + type +
         "</t:MailboxType></t:Mailbox><t:ResponseType>" + answer + "</t:ResponseType></t:Attendee>";
}
std::string required(const std::string& people) { return "<t:RequiredAttendees>" + people + "</t:RequiredAttendees>"; }
std::string organizer(const std::string& address) {
  return "<t:Organizer><t:Mailbox><t:Name>O</t:Name><t:EmailAddress>" + address +
         "</t:EmailAddress><t:RoutingType>SMTP</t:RoutingType></t:Mailbox></t:Organizer>";
}
const std::string kMeeting = "<t:IsMeeting>true</t:IsMeeting>";

const model::Attendee* who(const model::Event& event, const std::string& address) {
  for (const auto& each : event.attendees)
    if (each.address == address) return &each;
  return nullptr;
}

TEST(APlainAppointment, HasNoPeople) {
  const Fetched fetched = map_item(basics("<t:IsMeeting>false</t:IsMeeting>" + organizer("anna@example.org")));
  EXPECT_FALSE(fetched.series.master->organizer);
  EXPECT_TRUE(fetched.series.master->attendees.empty());
}

TEST(AMeeting, ListsPeopleByRole) {
  const Fetched fetched = map_item(basics(
      kMeeting + "<t:IsResponseRequested>true</t:IsResponseRequested><t:MyResponseType>Organizer</t:MyResponseType>" +
      organizer("Anna@Example.org") + required(person("Ben@example.com", "Accept")) + "<t:OptionalAttendees>" +
      person("list@example.com", "Unknown", "SMTP", "PublicDL") + "</t:OptionalAttendees><t:Resources>" +
      person("room@example.com", "Decline") + "</t:Resources>"));
  const model::Event& event = *fetched.series.master;
  EXPECT_TRUE(fetched.is_organizer);
  EXPECT_EQ(event.organizer->address, "anna@example.org");
  EXPECT_EQ(event.status, model::EventStatus::confirmed);
  ASSERT_EQ(event.attendees.size(), 3U);
  EXPECT_EQ(who(event, "ben@example.com")->participation, model::Participation::accepted);
  EXPECT_TRUE(who(event, "ben@example.com")->rsvp);
  EXPECT_EQ(who(event, "list@example.com")->kind, model::AttendeeKind::group);
  EXPECT_EQ(who(event, "list@example.com")->role, model::Role::optional);
  EXPECT_EQ(who(event, "room@example.com")->kind, model::AttendeeKind::room);
  EXPECT_EQ(who(event, "room@example.com")->participation, model::Participation::declined);
}

TEST(AMeeting, KeepsTheTimesThatPeoplePropose) {
  const std::string later =
      "<t:ResponseType>Tentative</t:ResponseType><t:LastResponseTime>2026-05-01T10:00:00Z</t:LastResponseTime>"
      "<t:ProposedStart>2026-12-03T14:00:00Z</t:ProposedStart><t:ProposedEnd>2026-12-03T15:00:00Z</t:ProposedEnd>";
  std::string ben = person("ben@example.com", "Tentative");
  ben = text::replace_all(ben, "<t:ResponseType>Tentative</t:ResponseType>", later);
  const Fetched fetched = map_item(basics(kMeeting + required(ben + person("carl@example.com", "Tentative"))));
  const model::Event& event = *fetched.series.master;
  const auto proposed = proposal_of(*who(event, "ben@example.com"));
  ASSERT_TRUE(proposed.start && proposed.end);
  EXPECT_EQ(to_rfc3339(*proposed.start), "2026-12-03T14:00:00Z");
  EXPECT_EQ(to_rfc3339(*proposed.end), "2026-12-03T15:00:00Z");
  EXPECT_EQ(proposal_of(*who(event, "carl@example.com")), model::Proposal());
}

TEST(AMeeting, NamesNobodyTwice) {
  const Fetched fetched =
      map_item(basics(kMeeting + required(person("ben@example.com", "Unknown") + person("BEN@example.com", "Accept"))));
  ASSERT_EQ(fetched.series.master->attendees.size(), 1U);
  EXPECT_EQ(fetched.series.master->attendees[0].participation, model::Participation::accepted);
}

TEST(MyAnswer, ComesFromMyResponseType) {
  const Fetched fetched =
      map_item(basics(kMeeting + "<t:MyResponseType>Tentative</t:MyResponseType>" + organizer("ben@example.com") +
                      required(person("anna@example.org", "Unknown"))));
  EXPECT_EQ(who(*fetched.series.master, "anna@example.org")->participation, model::Participation::tentative);
}

TEST(MyAnswer, IsFoundByAnAliasAndWrittenWithThePrimaryAddress) {
  const Fetched fetched =
      map_item(basics(kMeeting + "<t:MyResponseType>Accept</t:MyResponseType>" + organizer("ben@example.com") +
                      required(person("A.Berg@example.org", "Unknown"))));
  ASSERT_EQ(fetched.series.master->attendees.size(), 1U);
  EXPECT_EQ(fetched.series.master->attendees[0].address, "anna@example.org");
  EXPECT_EQ(fetched.series.master->attendees[0].participation, model::Participation::accepted);
}

TEST(MyAnswer, GetsALineWhereIWasInvitedThroughAGroup) {
  const Fetched fetched =
      map_item(basics(kMeeting + "<t:MyResponseType>Decline</t:MyResponseType>" + organizer("ben@example.com") +
                      required(person("team@example.com", "Unknown", "SMTP", "PublicDL"))));
  ASSERT_NE(who(*fetched.series.master, "anna@example.org"), nullptr);
  EXPECT_EQ(who(*fetched.series.master, "anna@example.org")->participation, model::Participation::declined);
}

TEST(TheOrganizer, WhoIsListedAsAnAttendeeHasAccepted) {
  const Fetched fetched =
      map_item(basics(kMeeting + organizer("ben@example.com") + required(person("ben@example.com", "Unknown"))));
  EXPECT_EQ(who(*fetched.series.master, "ben@example.com")->participation, model::Participation::accepted);
}

TEST(ALegacyAddress, IsResolved) {
  const Fetched fetched = map_item(basics(kMeeting + required(person("/o=Org/cn=cora", "Accept", "EX"))),
                                   [](const std::string&) { return Result<std::string>("cora@example.com"); });
  EXPECT_NE(who(*fetched.series.master, "cora@example.com"), nullptr);
}

TEST(ALegacyAddress, ThatTheDirectoryDoesNotKnowIsALoss) {
  const Fetched fetched = map_item(basics(kMeeting + required(person("/o=Org/cn=cora", "Accept", "EX"))),
                                   [](const std::string&) { return Result<std::string>(""); });
  EXPECT_TRUE(fetched.series.master->attendees.empty());
  EXPECT_EQ(count(fetched, model::LossReason::attendee_without_address), 1);
}

TEST(ALegacyAddress, ThatCouldNotBeAskedForFailsTheSeriesForNow) {
  const auto fetched =
      map_answer(answer_of(basics(kMeeting + required(person("/o=Org/cn=cora", "Accept", "EX")))),
                 [](const std::string&) { return Result<std::string>(make_error(Fault::retry_later, "busy")); });
  ASSERT_FALSE(fetched);
  EXPECT_EQ(fetched.error().fault, Fault::retry_later);
}

}  // namespace
}  // namespace caravan::ews::test
