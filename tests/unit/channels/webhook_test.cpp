// SPDX-License-Identifier: GPL-3.0-or-later
#include "notify/channels/webhook.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace caravan::notify {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr Instant kStart{std::chrono::seconds(1'800'000'000)};

Shown meeting(bool is_private) {
  Shown event;
  event.summary = "SECRET title";
  event.location = "SECRET place";
  event.description = "SECRET text";
  event.link = "https://meet.example.org/SECRET";
  event.organizer = "SECRET boss";
  event.attendees = {"SECRET guest"};
  event.start = model::utc_time(kStart);
  event.end = model::utc_time(kStart + std::chrono::hours(1));
  event.is_private = is_private;
  return event;
}

Outgoing message(bool is_private) {
  Outgoing out;
  out.key = "w:1:anna@example.org:u1";
  out.created = kStart;
  out.words.subject = "SECRET title moved";
  out.words.text = out.words.html = out.words.markdown = "SECRET title";
  out.telling.kind = Kind::moved;
  out.telling.mailbox = Address("anna@example.org");
  out.telling.uid = Uid("u1");
  out.telling.was = out.telling.now = meeting(is_private);
  out.telling.changed = {model::Field::schedule};
  out.telling.attendees_added = {"SECRET guest"};
  out.telling.answers = {{"SECRET guest", model::Participation::accepted, {}, {}}};
  return out;
}

TEST(WebhookDocument, HoldsNothingOfAPrivateEventsContent) {
  const std::string document = webhook_document(message(true));
  EXPECT_THAT(document, Not(HasSubstr("SECRET")));
  EXPECT_EQ(json::parse(document)["now"]["start"]["at"], "2027-01-15T08:00:00Z");
}

TEST(WebhookDocument, HoldsNothingOfAnEventThatOnlyWasPrivate) {
  Outgoing out = message(false);
  out.telling.was->is_private = true;
  out.telling.now->summary = "public now";
  const json document = json::parse(webhook_document(out));
  EXPECT_FALSE(document["was"].contains("title"));
  EXPECT_EQ(document["now"]["title"], "public now");
  EXPECT_FALSE(document.contains("text"));
}

TEST(WebhookDocument, HidesThePrivateLinesOfADigestAndItsWords) {
  Outgoing out = message(false);
  out.telling.was = out.telling.now = std::nullopt;
  out.telling.answers.clear();
  out.telling.kind = Kind::daily;
  out.telling.agenda = {{Uid("u1"), meeting(true), false}};
  EXPECT_THAT(webhook_document(out), Not(HasSubstr("SECRET")));
}

TEST(WebhookDocument, SaysAllOfAnEventThatIsNotPrivate) {
  const json document = json::parse(webhook_document(message(false)));
  EXPECT_EQ(document["version"], 1);
  EXPECT_EQ(document["kind"], "moved");
  EXPECT_EQ(document["now"]["title"], "SECRET title");
  EXPECT_EQ(document["now"]["attendees"], json::array({"SECRET guest"}));
  EXPECT_EQ(document["answers"][0]["answer"], "accepted");
  EXPECT_EQ(document["changed"], json::array({"schedule"}));
  EXPECT_EQ(document["text"], "SECRET title");
}

TEST(WebhookDocument, NamesTheTimeThatAGuestProposes) {
  Outgoing out = message(false);
  out.telling.answers.front().proposed_start = model::utc_time(kStart);
  const json answer = json::parse(webhook_document(out))["answers"][0];
  EXPECT_EQ(answer["proposed_start"]["at"], "2027-01-15T08:00:00Z");
  EXPECT_FALSE(answer.contains("proposed_end"));
}

TEST(WebhookDocument, IsADocumentWhateverBytesATitleHas) {
  Outgoing out = message(false);
  out.telling.now->summary = "\xff\xfe\r\n\"";
  EXPECT_TRUE(json::parse(webhook_document(out))["now"]["title"].is_string());
}

TEST(WebhookSignature, ChangesWithTheKeyTheTimeAndTheBody) {
  const std::string signature = webhook_signature(Secret("key"), "1", "body");
  EXPECT_NE(signature, webhook_signature(Secret("kez"), "1", "body"));
  EXPECT_NE(signature, webhook_signature(Secret("key"), "2", "body"));
  EXPECT_NE(signature, webhook_signature(Secret("key"), "1", "bodx"));
}

}  // namespace
}  // namespace caravan::notify
