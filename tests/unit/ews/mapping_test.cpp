// SPDX-License-Identifier: GPL-3.0-or-later
// One CalendarItem -> one event: times, texts, states, attachments, identity.
#include <gtest/gtest.h>

#include "ews/mapping/attachment.hpp"
#include "ews/mapping/time.hpp"
#include "unit/ews/samples.hpp"
#include "util/text.hpp"

namespace caravan::ews::test {
namespace {

using model::LossReason;

model::Event event_of(const std::string& more) { return *map_item(basics(more)).series.master; }

TEST(AnItem, KeepsItsIdentity) {
  const Fetched fetched = map_item(
      basics(R"(<t:ParentFolderId Id="FOLDER"/><t:LastModifiedTime>2026-05-01T08:00:00Z</t:LastModifiedTime>)"));
  EXPECT_EQ(fetched.item.value, "ITEM");
  EXPECT_EQ(fetched.change_key.value, "KEY");
  EXPECT_EQ(fetched.parent.value, "FOLDER");
  EXPECT_EQ(fetched.series.uid.value, "uid-1");
  EXPECT_EQ(to_rfc3339(fetched.modified), "2026-05-01T08:00:00Z");
}

TEST(AnItem, WithoutUidGetsAStableOne) {
  const char* item = R"(<t:ItemId Id="X"/><t:Start>2026-06-01T10:00:00Z</t:Start><t:End>2026-06-01T11:00:00Z</t:End>)";
  EXPECT_TRUE(map_item(item).series.uid.value.starts_with("exchange-"));
  EXPECT_EQ(map_item(item).series.uid, map_item(item).series.uid);
}

TEST(AnItem, WithoutAStartIsMalformed) {
  const auto fetched = map_answer(answer_of(R"(<t:ItemId Id="X"/><t:End>2026-06-01T11:00:00Z</t:End>)"));
  ASSERT_FALSE(fetched);
  EXPECT_EQ(fetched.error().fault, Fault::malformed);
}

TEST(AllDay, TakesTheDateInTheItemsOwnZone) {
  const Fetched fetched = map_item(
      R"(<t:ItemId Id="X"/><t:Start>2026-03-27T23:00:00Z</t:Start><t:End>2026-03-29T22:00:00Z</t:End><t:IsAllDayEvent>true</t:IsAllDayEvent>)"
      R"(<t:StartTimeZone Id="W. Europe Standard Time"/><t:EndTimeZone Id="W. Europe Standard Time"/>)");
  EXPECT_EQ(model::to_string(fetched.series.master->start), "20260328");
  EXPECT_EQ(model::to_string(fetched.series.master->end), "20260330");
}

TEST(AllDay, FarEastOfGreenwichIsNotADayOff) {
  const Fetched fetched = map_item(
      R"(<t:ItemId Id="X"/><t:Start>2026-01-09T11:00:00Z</t:Start><t:End>2026-01-10T11:00:00Z</t:End><t:IsAllDayEvent>true</t:IsAllDayEvent>)"
      R"(<t:StartTimeZone Id="New Zealand Standard Time"/>)");
  EXPECT_EQ(model::to_string(fetched.series.master->start), "20260110");
  EXPECT_EQ(model::to_string(fetched.series.master->end), "20260111");
}

TEST(AllDay, WithoutAZoneAssumesMidnight) {
  const Fetched fetched = map_item(
      R"(<t:ItemId Id="X"/><t:Start>2026-01-09T23:00:00Z</t:Start><t:End>2026-01-10T23:00:00Z</t:End><t:IsAllDayEvent>true</t:IsAllDayEvent>)");
  EXPECT_EQ(model::to_string(fetched.series.master->start), "20260110");
  EXPECT_EQ(model::to_string(fetched.series.master->end), "20260111");
}

TEST(Body, OfTextLosesTheLineBreakThatExchangeAdds) {
  EXPECT_EQ(event_of("<t:Body BodyType=\"Text\">one&#xD;\ntwo&#xD;\n</t:Body>").description, "one\ntwo");
}

TEST(Body, OfHtmlIsKeptWithItsText) {
  const model::Event event = event_of(
      "<t:Body BodyType=\"HTML\">&lt;html&gt;&lt;body&gt;&lt;p&gt;Hello "
      "&lt;b&gt;you&lt;/b&gt;&lt;/p&gt;&lt;/body&gt;&lt;/html&gt;\n</t:Body>");
  EXPECT_EQ(event.html, "<html><body><p>Hello <b>you</b></p></body></html>");
  EXPECT_EQ(event.description, "Hello you");
}

TEST(Body, TakesTheServersTextWhereItIsGiven) {
  EXPECT_EQ(event_of("<t:Body BodyType=\"HTML\">&lt;p&gt;x&lt;/p&gt;</t:Body><t:TextBody BodyType=\"Text\">the "
                     "server's</t:TextBody>")
                .description,
            "the server's");
}

TEST(Body, ThatShowsNothingIsNone) {
  const model::Event event = event_of(
      "<t:Body BodyType=\"HTML\">&lt;html&gt;&lt;head&gt;&lt;/head&gt;&lt;body&gt;&lt;/body&gt;&lt;/html&gt;</t:Body>");
  EXPECT_EQ(event.html, "");
  EXPECT_EQ(event.description, "");
}

TEST(States, AreMapped) {
  const model::Event event = event_of(
      "<t:Subject>S</t:Subject><t:Location>L</t:Location><t:Sensitivity>Confidential</"
      "t:Sensitivity><t:Importance>High</t:Importance>"
      "<t:LegacyFreeBusyStatus>OOF</t:LegacyFreeBusyStatus><t:AppointmentSequenceNumber>4</t:AppointmentSequenceNumber>"
      "<t:JoinOnlineMeetingUrl>https://meet.example.org/1</t:JoinOnlineMeetingUrl><t:AllowNewTimeProposal>false</"
      "t:AllowNewTimeProposal>"
      "<t:Categories><t:String>b</t:String><t:String>a, c</t:String><t:String>b</t:String></t:Categories>");
  EXPECT_EQ(event.sensitivity, model::Sensitivity::confidential);
  EXPECT_EQ(event.priority, 1);
  EXPECT_EQ(event.busy, model::BusyStatus::out_of_office);
  EXPECT_EQ(event.sequence, 4);
  EXPECT_EQ(event.conference, "https://meet.example.org/1");
  EXPECT_EQ(event.categories, (std::vector<std::string>{"a, c", "b"}));
  ASSERT_EQ(event.extra.size(), 1U);
  EXPECT_EQ(event.extra[0].name, "X-MICROSOFT-DISALLOW-COUNTER");
}

TEST(States, ImportanceLowAndNormal) {
  EXPECT_EQ(event_of("<t:Importance>Low</t:Importance>").priority, 9);
  EXPECT_EQ(event_of("<t:Importance>Normal</t:Importance>").priority, 0);
}

TEST(States, ATentativeEventOfMyOwnIsTentative) {
  EXPECT_EQ(event_of("<t:LegacyFreeBusyStatus>Tentative</t:LegacyFreeBusyStatus>").status,
            model::EventStatus::tentative);
}

TEST(States, AnInvitationThatIHoldTentativelyIsNot) {
  EXPECT_EQ(event_of("<t:LegacyFreeBusyStatus>Tentative</t:LegacyFreeBusyStatus><t:IsMeeting>true</t:IsMeeting>"
                     "<t:MyResponseType>NoResponseReceived</t:MyResponseType>")
                .status,
            model::EventStatus::none);
}

TEST(States, ACancelledMeetingIsCancelled) {
  EXPECT_EQ(event_of("<t:IsCancelled>true</t:IsCancelled>").status, model::EventStatus::cancelled);
  EXPECT_EQ(event_of("<t:AppointmentState>7</t:AppointmentState>").status, model::EventStatus::cancelled);
}

TEST(States, AnUnknownValueIsALossAndNotAFailure) {
  const Fetched fetched =
      map_item(basics("<t:Sensitivity>Brand</t:Sensitivity><t:LegacyFreeBusyStatus>busy</t:LegacyFreeBusyStatus>"));
  EXPECT_EQ(count(fetched, LossReason::value_unknown), 2);
  EXPECT_EQ(fetched.series.master->busy, model::BusyStatus::busy);
}

TEST(Reminder, IsOneDisplayAlarm) {
  const model::Event event = event_of(
      "<t:ReminderIsSet>true</t:ReminderIsSet><t:ReminderMinutesBeforeStart>15</t:ReminderMinutesBeforeStart>");
  ASSERT_EQ(event.alarms.size(), 1U);
  EXPECT_EQ(event.alarms[0].offset_seconds, -900);
}

TEST(Reminder, AtTheStartIsNotNone) {
  ASSERT_EQ(
      event_of("<t:ReminderIsSet>true</t:ReminderIsSet><t:ReminderMinutesBeforeStart>0</t:ReminderMinutesBeforeStart>")
          .alarms.size(),
      1U);
}

TEST(Reminder, ThatIsOffIsNone) {
  EXPECT_TRUE(
      event_of(
          "<t:ReminderIsSet>false</t:ReminderIsSet><t:ReminderMinutesBeforeStart>15</t:ReminderMinutesBeforeStart>")
          .alarms.empty());
}

TEST(Reminder, ThatCannotBeReadIsALoss) {
  const Fetched fetched = map_item(basics(
      "<t:ReminderIsSet>true</t:ReminderIsSet><t:ReminderMinutesBeforeStart>soon</t:ReminderMinutesBeforeStart>"));
  EXPECT_TRUE(fetched.series.master->alarms.empty());
  EXPECT_EQ(count(fetched, LossReason::value_unreadable), 1);
}

TEST(Attachments, OfEveryKindAreDescribed) {
  const model::Event event = event_of(
      R"(<t:Attachments><t:FileAttachment><t:AttachmentId Id="F"/><t:Name>..\..\etc/plan.pdf</t:Name><t:ContentType>application/pdf</t:ContentType>)"
      R"(<t:ContentId>c1</t:ContentId><t:Size>12</t:Size><t:IsInline>true</t:IsInline></t:FileAttachment>)"
      R"(<t:ItemAttachment><t:AttachmentId Id="M"/><t:Name>Mail</t:Name></t:ItemAttachment>)"
      R"(<t:ReferenceAttachment><t:AttachmentId Id="R"/><t:Name>doc</t:Name><t:AttachLongPathName>https://x.example/doc</t:AttachLongPathName></t:ReferenceAttachment></t:Attachments>)");
  ASSERT_EQ(event.attachments.size(), 3U);
  const auto by_name = [&](const std::string& name) {
    return *std::find_if(event.attachments.begin(), event.attachments.end(),
                         [&](const auto& each) { return each.name == name; });
  };
  EXPECT_EQ(by_name("plan.pdf").source_id, "F");
  EXPECT_TRUE(by_name("plan.pdf").is_inline);
  EXPECT_EQ(by_name("Mail").content_type, "message/rfc822");
  EXPECT_EQ(by_name("doc").uri, "https://x.example/doc");
}

TEST(Characters, ThatVanishedAreCountedOnceForTheirProperty) {
  const Fetched fetched = map_item(basics("<t:Subject>a&#x1F;b&#x0;c</t:Subject><t:Location>fine</t:Location>"));
  EXPECT_EQ(fetched.series.master->summary, "abc");
  ASSERT_EQ(count(fetched, LossReason::characters_dropped), 1);
  EXPECT_EQ(fetched.losses[0].detail, "Subject: 2");
}

TEST(GlobalObjectId, OfMicrosoftsExamplesIsDecoded) {
  std::string blob;
  ASSERT_TRUE(
      text::base64_decode("BAAAAIIA4AB0xbcQGoLgCAfUCRDgQMnBJoXEAQAAAAAAAAAAEAAAAAvw7UtuTulOnjnjhns3jvM=", blob));
  const auto first = mapping::decode_global_object_id(blob);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->uid,
            "040000008200E00074C5B7101A82E00800000000E040C9C12685C4010000000000000000100000000BF0ED4B6E4EE94E9E39E3867B"
            "378EF3");
  EXPECT_TRUE(first->is_instance);
  EXPECT_EQ(first->date.year, 2004);
  ASSERT_TRUE(
      text::base64_decode("BAAAAIIA4AB0xbcQGoLgCAAAAAAAAAAAAAAAAAAAAAAAAAAAMwAAAHZDYWwtVWlkAQAAAHs4MTQxMkQzQy0yQTI0LTRF"
                          "OUQtQjIwRS0xMUY3QkJFOTI3OTl9AA==",
                          blob));
  const auto second = mapping::decode_global_object_id(blob);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->uid, "{81412D3C-2A24-4E9D-B20E-11F7BBE92799}");
  EXPECT_FALSE(second->is_instance);
}

TEST(GlobalObjectId, WithADateMakesAnOrphanOccurrence) {
  const Fetched fetched = map_item(basics(
      R"(<t:ExtendedProperty><t:ExtendedFieldURI DistinguishedPropertySetId="Meeting" PropertyId="3" PropertyType="Binary"/>)"
      "<t:Value>BAAAAIIA4AB0xbcQGoLgCAfqBgHgQMnBJoXEAQAAAAAAAAAAEAAAAAvw7UtuTulOnjnjhns3jvM=</t:Value></"
      "t:ExtendedProperty>"));
  EXPECT_FALSE(fetched.series.master.has_value());
  ASSERT_EQ(fetched.series.overrides.size(), 1U);
  EXPECT_EQ(model::to_string(*fetched.series.overrides[0].recurrence_id), "20260601T100000Z");
}

TEST(Times, AreReadInEveryForm) {
  const auto text = [](const char* time) {
    const auto instant = mapping::parse_time(time);
    return instant ? to_rfc3339(*instant) : std::string("none");
  };
  EXPECT_EQ(text("2026-06-01T10:00:00Z"), "2026-06-01T10:00:00Z");
  EXPECT_EQ(text("2026-06-01T12:00:00.1234567+02:00"), "2026-06-01T10:00:00Z");
  EXPECT_EQ(text("2026-06-01T10:00:00"), "2026-06-01T10:00:00Z");
  EXPECT_EQ(text(" 2026-06-01 "), "2026-06-01T00:00:00Z");
  EXPECT_EQ(text("2026-02-30T10:00:00Z"), "none");
  EXPECT_EQ(text("2026-06-01T10:00:00Q"), "none");
  EXPECT_EQ(text(""), "none");
}

TEST(Durations, AreReadInEveryForm) {
  EXPECT_EQ(mapping::parse_duration("-PT60M"), -3600);
  EXPECT_EQ(mapping::parse_duration("PT23H59M59.999S"), 86399);
  EXPECT_EQ(mapping::parse_duration("P0DT2H0M0.0S"), 7200);
  EXPECT_EQ(mapping::parse_duration("2 hours"), std::nullopt);
}

}  // namespace
}  // namespace caravan::ews::test
