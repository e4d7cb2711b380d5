// SPDX-License-Identifier: GPL-3.0-or-later
// What we send is valid by Microsoft's schema.
#include <gtest/gtest.h>
#include <libxml/parser.h>
#include <libxml/xmlschemas.h>

#include <cstdarg>
#include <functional>

#include "ews/wire/requests.hpp"
#include "ews/wire/subscription_requests.hpp"
#include "ews/wire/write_requests.hpp"
#include "unit/ews/paper_exchange.hpp"
#include "unit/ews/schema_path.hpp"

namespace caravan::ews::test {
namespace {

using namespace wire;  // NOLINT
using mapping::Draft;

/// Microsoft's schema, loaded once.
xmlSchemaPtr schema() {
  static xmlSchemaPtr loaded = [] {
    xmlSchemaParserCtxtPtr parser = xmlSchemaNewParserCtxt((schema_folder() + "/all.xsd").c_str());
    xmlSchemaPtr result = xmlSchemaParse(parser);
    xmlSchemaFreeParserCtxt(parser);
    return result;
  }();
  return loaded;
}

/// libxml2's way of reporting.
void collect(void* to, const char* format, ...) {  // NOLINT: its interface
  va_list arguments;
  va_start(arguments, format);
  char line[500];
  vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  static_cast<std::string*>(to)->append(line);
}

using Fill = std::function<void(Arena&, s__BodyType&)>;

void expect_valid(const Fill& fill) {
  if (schema_folder().empty()) GTEST_SKIP() << kNoSchema;
  Arena arena;
  s__EnvelopeType envelope;
  s__HeaderType header;
  s__BodyType body;
  envelope.s__Header = &header;
  envelope.s__Body = &body;
  header.t__RequestServerVersion = arena.make<t__RequestServerVersionType>();
  header.t__RequestServerVersion->Version = "Exchange2013_SP1";
  header.t__ExchangeImpersonation = arena.make<t__ExchangeImpersonationType>();
  header.t__ExchangeImpersonation->ConnectingSID = arena.make<t__ConnectingSIDType>();
  header.t__ExchangeImpersonation->ConnectingSID->PrimarySmtpAddress = arena.text("anna@example.org");
  fill(arena, body);
  const auto text = Wire().write(envelope);
  ASSERT_TRUE(text);
  xmlDocPtr document = xmlReadMemory(text->data(), static_cast<int>(text->size()), "request", nullptr, 0);
  ASSERT_NE(document, nullptr) << *text;
  xmlSchemaValidCtxtPtr validator = xmlSchemaNewValidCtxt(schema());
  std::string problems;
  xmlSchemaSetValidErrors(validator, collect, nullptr, &problems);
  EXPECT_EQ(xmlSchemaValidateDoc(validator, document), 0) << problems << *text;
  xmlSchemaFreeValidCtxt(validator);
  xmlFreeDoc(document);
}

TEST(Requests, GetItemIsValidForEverySchemaVersion) {
  const std::string first = "AAA=", second = "BBB=";
  const std::string* ids[] = {&first, &second};
  expect_valid(
      [&](Arena& arena, s__BodyType& body) { get_item(arena, Schema::exchange_2013_sp1, body, ids, WithBody::yes); });
  expect_valid(
      [&](Arena& arena, s__BodyType& body) { get_item(arena, Schema::exchange_2010_sp2, body, ids, WithBody::no); });
  expect_valid(
      [&](Arena& arena, s__BodyType& body) { get_item(arena, Schema::exchange_2007_sp1, body, ids, WithBody::yes); });
}
TEST(Requests, SyncFolderItemsIsValid) {
  expect_valid(
      [](Arena& arena, s__BodyType& body) { sync_folder_items(arena, body, FolderId("F"), SyncState(), 512); });
  expect_valid(
      [](Arena& arena, s__BodyType& body) { sync_folder_items(arena, body, FolderId("F"), SyncState("H4s<&>"), 1); });
}
TEST(Requests, GetFolderIsValid) {
  expect_valid([](Arena& arena, s__BodyType& body) {
    auto* folder = arena.make<t__DistinguishedFolderIdType>();
    folder->Id = "calendar";
    folder->Mailbox = arena.make<t__EmailAddressType>();
    folder->Mailbox->EmailAddress = arena.text("anna@example.org");
    get_folder(arena, body, std::span(&folder, 1));
  });
}
TEST(Requests, FindFolderIsValid) {
  expect_valid([](Arena& arena, s__BodyType& body) {
    auto* root = arena.make<t__DistinguishedFolderIdType>();
    root->Id = "msgfolderroot";
    find_calendars(arena, body, *root, 0, 200);
  });
}
TEST(Requests, CalendarViewIsValid) {
  expect_valid([](Arena& arena, s__BodyType& body) {
    calendar_view(arena, body, FolderId("F"), Instant(std::chrono::seconds(1780000000)),
                  Instant(std::chrono::seconds(1790000000)), 1000);
  });
}
TEST(Requests, ResolveNamesIsValid) {
  expect_valid([](Arena& arena, s__BodyType& body) {
    resolve_names(arena, body,
                  "/o=Org/cn=\x01"
                  "anna & co");
  });
}
Saved saved() { return {ItemId("ITEM="), ChangeKey("KEY=")}; }

/// An item with everything that the mapping writes.
Draft full_draft(Arena& arena, const model::Series& series) {
  const auto context = paper_context();
  const auto plan = mapping::plan_create(context, series);
  EXPECT_TRUE(plan);
  return mapping::draft_main(context, arena, series, plan->shape, mapping::standing_of(context, *series.master));
}
model::Series full_series() {
  return series_of_event(
      "DTSTART;TZID=Europe/Vienna:20270301T090000\r\nDTEND;TZID=America/Havana:20270301T100000\r\n"
      "RRULE:FREQ=MONTHLY;BYDAY=1MO;COUNT=5\r\nSUMMARY:a < b & "
      "c\r\nDESCRIPTION:x\r\nLOCATION:y\r\nCATEGORIES:Red,Blue\r\n"
      "PRIORITY:1\r\nCLASS:PRIVATE\r\nX-A:1\r\nORGANIZER:mailto:owner@fixtures.example.org\r\nX-MICROSOFT-DISALLOW-"
      "COUNTER:TRUE\r\n"
      "ATTENDEE;RSVP=TRUE:mailto:a@example.org\r\nATTENDEE;ROLE=OPT-PARTICIPANT:mailto:b@example.org\r\n"
      "ATTENDEE;CUTYPE=ROOM:mailto:c@example.org\r\nBEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:x\r\nTRIGGER:-"
      "PT5M\r\nEND:VALARM\r\n");
}

TEST(Requests, CreateItemIsValidWithEveryProperty) {
  expect_valid([](Arena& arena, s__BodyType& body) {
    Draft draft = full_draft(arena, full_series());
    mapping::make_new(arena, draft, "mark", draft.kept);
    create_items(arena, body, FolderId("F"), std::span(&draft.item, 1), Mail::to_changed);
  });
}
TEST(Requests, CreateItemIsValidForAnImport) {
  expect_valid([](Arena& arena, s__BodyType& body) {
    auto* item = arena.make<t__CalendarItemType>();
    item->MimeContent = arena.make<t__MimeContentType>();
    item->MimeContent->CharacterSet = "UTF-8";
    item->MimeContent->__item = "QkVHSU46VkNBTEVOREFS";
    item->ReminderIsSet = arena.text("false");
    create_items(arena, body, FolderId("F"), std::span(&item, 1), Mail::none);
  });
}
TEST(Requests, UpdateItemIsValidForEveryFieldSetAndTakenAway) {
  const mapping::Fields all = [] {
    mapping::Fields out(model::kEventFields.begin(), model::kEventFields.end());
    out.push_back(model::Field::attendee);
    return out;
  }();
  const Saved item = saved();
  const auto plain = series_of_event("DTSTART:20270301T090000Z\r\n");
  expect_valid([&](Arena& arena, s__BodyType& body) {
    const ItemUpdates updates[] = {{&item, updates_of(arena, full_draft(arena, full_series()), all, "{}")},
                                   {&item, updates_of(arena, full_draft(arena, plain), all, {})}};
    update_items(arena, body, updates, Mail::to_changed);
  });
}
TEST(Requests, DeleteItemIsValid) {
  const Saved item = saved();
  const Saved* items[] = {&item, &item};
  expect_valid([&](Arena& arena, s__BodyType& body) { delete_items(arena, body, items, Mail::none); });
}
TEST(Requests, AnswersToInvitationsAreValid) {
  expect_valid([](Arena& arena, s__BodyType& body) {
    respond(arena, body, saved(), model::Participation::accepted, Mail::none);
  });
  expect_valid([](Arena& arena, s__BodyType& body) {
    respond(arena, body, saved(), model::Participation::tentative, Mail::to_changed);
  });
  expect_valid([](Arena& arena, s__BodyType& body) {
    respond(arena, body, saved(), model::Participation::declined, Mail::none);
  });
}
TEST(Requests, AttachmentsComeAndGoValidly) {
  expect_valid([](Arena& arena, s__BodyType& body) {
    create_attachment(arena, body, saved(), {"a/b.txt", "", "cid", "", true, 3, {}, ""});
  });
  expect_valid([](Arena& arena, s__BodyType& body) { delete_attachment(arena, body, AttachmentId("A")); });
}
TEST(Requests, LookingBeforeWritingIsValid) {
  const ItemId items[] = {ItemId("A"), ItemId("B")};
  expect_valid([&](Arena& arena, s__BodyType& body) { get_keys(arena, body, items); });
  const OccurrencePlace places[] = {{items, 1}, {items, 17}};
  expect_valid(
      [&](Arena& arena, s__BodyType& body) { get_occurrences(arena, Schema::exchange_2013_sp1, body, places); });
  expect_valid([](Arena& arena, s__BodyType& body) { find_by_mark(arena, body, FolderId("F"), "m", 0, 10); });
  expect_valid([](Arena& arena, s__BodyType& body) { find_by_mark(arena, body, FolderId("F"), "", 0, 10); });
  const std::string ids[] = {"QUFB", "QkJC"};
  expect_valid([&](Arena& arena, s__BodyType& body) { find_by_object_id(arena, body, FolderId("F"), ids); });
  expect_valid(
      [&](Arena& arena, s__BodyType& body) { find_by_object_id(arena, body, FolderId("F"), std::span(ids, 1)); });
}
TEST(Requests, SubscriptionsAreValid) {
  const FolderId folders[] = {FolderId("F"), FolderId("G")};
  const std::string subscriptions[] = {"S1", "S2"};
  expect_valid([&](Arena& arena, s__BodyType& body) {
    subscribe_push(arena, body, folders, "https://sync.example.org/callback/0123?a&b", 5, "W");
  });
  expect_valid([&](Arena& arena, s__BodyType& body) { subscribe_streaming(arena, body, folders); });
  expect_valid([](Arena& arena, s__BodyType& body) { unsubscribe(arena, body, "S"); });
  expect_valid([&](Arena& arena, s__BodyType& body) { get_streaming_events(arena, body, subscriptions, 29); });
}
TEST(Requests, GetAttachmentIsValid) {
  expect_valid([](Arena& arena, s__BodyType& body) { get_attachment(arena, body, AttachmentId("A")); });
}

}  // namespace
}  // namespace caravan::ews::test
