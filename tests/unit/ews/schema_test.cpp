// SPDX-License-Identifier: GPL-3.0-or-later
// What we send is valid by Microsoft's schema.
#include <gtest/gtest.h>
#include <libxml/parser.h>
#include <libxml/xmlschemas.h>

#include <cstdarg>
#include <functional>

#include "ews/wire/requests.hpp"
#include "unit/ews/schema_path.hpp"

namespace caravan::ews::test {
namespace {

using namespace wire;  // NOLINT

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
TEST(Requests, GetAttachmentIsValid) {
  expect_valid([](Arena& arena, s__BodyType& body) { get_attachment(arena, body, AttachmentId("A")); });
}

}  // namespace
}  // namespace caravan::ews::test
