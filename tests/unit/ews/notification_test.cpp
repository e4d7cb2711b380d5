// SPDX-License-Identifier: GPL-3.0-or-later
// What Exchange posts to us, what anybody else may post in its place, and how a stream is cut into envelopes.
#include <gtest/gtest.h>

#include "ews/notification.hpp"
#include "ews/wire/envelope_splitter.hpp"

namespace caravan::ews::test {
namespace {

std::string envelope(const std::string& body) {
  return R"(<?xml version="1.0" encoding="utf-8"?><soap11:Envelope xmlns:soap11="http://schemas.xmlsoap.org/soap/envelope/">)"
         R"(<soap11:Header><t:RequestServerVersion Version="Exchange2016" )"
         R"(xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"/></soap11:Header><soap11:Body>)" +
         body + "</soap11:Body></soap11:Envelope>";
}

std::string call(const std::string& messages) {
  return envelope(R"(<m:SendNotification xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages" )"
                  R"(xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"><m:ResponseMessages>)" +
                  messages + "</m:ResponseMessages></m:SendNotification>");
}

std::string message(const std::string& events) {
  return R"(<m:SendNotificationResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>)"
         "<m:Notification><t:SubscriptionId>SUB</t:SubscriptionId><t:PreviousWatermark>W0</t:PreviousWatermark>"
         "<t:MoreEvents>false</t:MoreEvents>" +
         events + "</m:Notification></m:SendNotificationResponseMessage>";
}

const std::string kCreated =
    R"(<t:CreatedEvent><t:Watermark>W1</t:Watermark><t:TimeStamp>2026-11-21T02:41:07Z</t:TimeStamp>)"
    R"(<t:ItemId Id="ITEM" ChangeKey="K"/><t:ParentFolderId Id="FOLDER" ChangeKey="K"/></t:CreatedEvent>)";
const std::string kMoved =
    R"(<t:MovedEvent><t:Watermark>W2</t:Watermark><t:TimeStamp>2026-11-21T02:41:08Z</t:TimeStamp>)"
    R"(<t:ItemId Id="NEW"/><t:ParentFolderId Id="BIN"/><t:OldItemId Id="OLD"/><t:OldParentFolderId Id="FOLDER"/></t:MovedEvent>)";

TEST(Callback, TellsEveryEventInItsOrder) {
  const auto all = parse_callback(call(message(kMoved + kCreated)));
  ASSERT_TRUE(all) << all.error().what;
  ASSERT_EQ(all->size(), 1U);
  const Notification& notification = all->front().notification;
  EXPECT_FALSE(all->front().error);
  EXPECT_EQ(notification.subscription, "SUB");
  EXPECT_EQ(notification.previous_watermark, "W0");
  EXPECT_EQ(notification.watermark, "W1");
  EXPECT_TRUE(notification.has_news());
  ASSERT_EQ(notification.events.size(), 2U);
  EXPECT_EQ(notification.events[0].kind, EventKind::moved);
  EXPECT_EQ(notification.events[0].old_item.value, "OLD");
  EXPECT_EQ(notification.events[0].old_parent.value, "FOLDER");
  EXPECT_EQ(notification.events[1].item.value, "ITEM");
  EXPECT_EQ(to_rfc3339(*notification.events[1].time), "2026-11-21T02:41:07Z");
}
TEST(Callback, OfAStatusIsNoNews) {
  const auto all = parse_callback(call(message("<t:StatusEvent><t:Watermark>W5</t:Watermark></t:StatusEvent>")));
  ASSERT_TRUE(all);
  EXPECT_FALSE(all->front().notification.has_news());
  EXPECT_EQ(all->front().notification.watermark, "W5");
}
TEST(Callback, OfAnErrorSaysThatTheSubscriptionIsAtItsEnd) {
  const auto all = parse_callback(
      call(R"(<m:SendNotificationResponseMessage ResponseClass="Error"><m:MessageText>x</m:MessageText>)"
           "<m:ResponseCode>ErrorReadEventsFailed</m:ResponseCode></m:SendNotificationResponseMessage>"));
  ASSERT_TRUE(all) << all.error().what;
  ASSERT_TRUE(all->front().error);
  EXPECT_EQ(all->front().error->code, "ErrorReadEventsFailed");
}
TEST(Callback, WithKindsThatWeDoNotKnowKeepsTheOthers) {
  const auto all =
      parse_callback(call(message("<t:NovelEvent><t:Watermark>W9</t:Watermark></t:NovelEvent>" + kCreated)));
  ASSERT_TRUE(all);
  EXPECT_EQ(all->front().notification.events.size(), 1U);
}
TEST(Callback, WithValuesThatAreNoneIsReadAllTheSame) {
  const auto all = parse_callback(
      call(message(R"(<t:ModifiedEvent><t:Watermark>W</t:Watermark><t:TimeStamp>soon</t:TimeStamp><t:FolderId Id="F"/>)"
                   R"(<t:ParentFolderId Id="P"/><t:UnreadCount>99999999999999</t:UnreadCount></t:ModifiedEvent>)")));
  ASSERT_TRUE(all);
  EXPECT_EQ(all->front().notification.events.at(0).folder.value, "F");
  EXPECT_EQ(all->front().notification.events.at(0).time, std::nullopt);
}

TEST(AStranger, WithADocumentTypeIsRefused) {
  const std::string bomb = R"(<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>)";
  EXPECT_FALSE(parse_callback(bomb + call(message(kCreated)).substr(38)));
  EXPECT_FALSE(parse_callback(R"(<?xml version="1.0"?><!-- x -->)" + bomb + "<a>&b;</a>"));
}
TEST(AStranger, WithMoreThanExchangeEverSendsIsRefused) {
  EXPECT_FALSE(parse_callback(call(message(kCreated + std::string(kMostCallback, ' ')))));
}
TEST(AStranger, WhoNestsWithoutEndIsRefused) {
  std::string deep;
  for (int i = 0; i < 100000; ++i) deep += "<a>";
  EXPECT_FALSE(parse_callback(call(deep)));
  std::string shallow, ends;
  for (int i = 0; i < 4000; ++i) shallow += "<a>", ends += "</a>";
  EXPECT_TRUE(parse_callback(call(message(shallow + ends + kCreated))));
}
TEST(AStranger, WithRubbishIsRefused) {
  const std::string whole = call(message(kCreated));
  EXPECT_FALSE(parse_callback(""));
  EXPECT_FALSE(parse_callback("GET / HTTP/1.1"));
  EXPECT_FALSE(parse_callback("<html><body>hello</body></html>"));
  EXPECT_FALSE(parse_callback(whole.substr(0, whole.size() / 2)));
  EXPECT_FALSE(parse_callback(envelope("")));
  EXPECT_FALSE(parse_callback(call("")));
  EXPECT_FALSE(parse_callback(std::string(1000, '\0')));
  EXPECT_FALSE(parse_callback("\xFF\xFE<\0s\0:\0E"));
}
TEST(AStranger, WhoCutsACallAnywhereIsRefusedOrReadAsLess) {
  const std::string whole = call(message(kCreated + kMoved));
  std::size_t taken = 0;
  for (std::size_t at = 0; at + 1 < whole.size(); ++at)
    if (parse_callback(whole.substr(0, at))) ++taken;
  EXPECT_EQ(taken, 0U);
}

TEST(OurAnswer, SaysOkOrUnsubscribe) {
  EXPECT_NE(callback_answer(CallbackAnswer::ok).find("<m:SubscriptionStatus>OK</m:SubscriptionStatus>"),
            std::string::npos);
  EXPECT_NE(callback_answer(CallbackAnswer::unsubscribe).find(">Unsubscribe<"), std::string::npos);
}

/// The envelopes of `text` fed in pieces of `size` bytes.
std::vector<std::string> cut(const std::string& text, std::size_t size) {
  wire::EnvelopeSplitter splitter;
  std::vector<std::string> out;
  for (std::size_t at = 0; at < text.size(); at += size) {
    EXPECT_TRUE(splitter.feed(std::string_view(text).substr(at, size)));
    while (auto each = splitter.next()) out.push_back(std::move(*each));
  }
  EXPECT_FALSE(splitter.has_rest());
  return out;
}

TEST(AStream, IsCutIntoItsEnvelopesWhateverThePieces) {
  const std::string one = call(message(kCreated)), two = "<Envelope><x>&lt;/Envelope></x></Envelope >";
  const std::string all = one + "\r\n" + two + one;
  const std::vector<std::string> wanted = {one, two, one};
  EXPECT_EQ(cut(all, 1), wanted);
  EXPECT_EQ(cut(all, 7), wanted);
  EXPECT_EQ(cut(all, 100), wanted);
  EXPECT_EQ(cut(all, 100000), wanted);
}
TEST(AStream, WithoutAnyEnvelopeIsGivenUp) {
  wire::EnvelopeSplitter splitter;
  const std::string piece(1U << 20U, 'x');
  bool more = true;
  for (int i = 0; i < 20 && more; ++i) more = splitter.feed(piece);
  EXPECT_FALSE(more);
}

}  // namespace
}  // namespace caravan::ews::test
