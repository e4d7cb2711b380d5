// SPDX-License-Identifier: GPL-3.0-or-later
// The table of response codes, whole; HTTP answers that are no SOAP.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "ews/client.hpp"
#include "ews/response_codes.hpp"
#include "unit/ews/schema_path.hpp"

namespace caravan::ews::test {
namespace {

TEST(TheTable, NamesEveryCodeOnce) {
  const auto rows = response_codes();
  std::set<std::string_view> codes;
  for (const CodeRow& row : rows) EXPECT_TRUE(codes.insert(row.code).second) << row.code;
  EXPECT_GT(codes.size(), 500U);
}

TEST(TheTable, NamesEveryCodeOfMicrosoftsSchemaAndNoOther) {
  if (schema_folder().empty()) GTEST_SKIP() << kNoSchema;
  std::ifstream file(schema_folder() + "/messages.xsd");
  std::ostringstream text;
  text << file.rdbuf();
  const std::string schema = text.str();
  std::set<std::string> wanted, found;
  const auto begin = schema.find("name=\"ResponseCodeType\""), end = schema.find("</xs:simpleType>", begin);
  constexpr std::string_view kValue = "enumeration value=\"";
  for (auto at = schema.find(kValue, begin); at < end; at = schema.find(kValue, at)) {
    at += kValue.size();
    wanted.insert(schema.substr(at, schema.find('"', at) - at));
  }
  wanted.erase("NoError");
  for (const CodeRow& row : response_codes()) found.emplace(row.code);
  EXPECT_EQ(found, wanted);
}

TEST(TheTable, SaysWhatMatters) {
  const auto fault = [](std::string_view code) {
    return find_code(code) == nullptr ? Fault::cancelled : find_code(code)->fault;
  };
  EXPECT_EQ(fault("ErrorServerBusy"), Fault::retry_later);
  EXPECT_EQ(fault("ErrorBatchProcessingStopped"), Fault::retry_later);
  EXPECT_EQ(fault("ErrorInternalServerError"), Fault::retry_later);
  EXPECT_EQ(fault("ErrorItemNotFound"), Fault::not_found);
  EXPECT_EQ(fault("ErrorSyncFolderNotFound"), Fault::not_found);
  EXPECT_EQ(fault("ErrorInvalidSyncStateData"), Fault::precondition_failed);
  EXPECT_EQ(fault("ErrorIrresolvableConflict"), Fault::precondition_failed);
  EXPECT_EQ(fault("ErrorImpersonateUserDenied"), Fault::denied);
  EXPECT_EQ(fault("ErrorNonExistentMailbox"), Fault::denied);
  EXPECT_EQ(fault("ErrorQuotaExceeded"), Fault::denied);
  EXPECT_EQ(fault("ErrorCorruptData"), Fault::malformed);
  EXPECT_EQ(fault("ErrorSchemaValidation"), Fault::malformed);
  EXPECT_EQ(fault("ErrorInvalidServerVersion"), Fault::unsupported);
}

TEST(TheTable, CallsNoAbsenceWhatIsOnlyRefused) {
  for (const CodeRow& row : response_codes())
    EXPECT_TRUE(row.fault != Fault::not_found || row.code.find("Denied") == std::string_view::npos) << row.code;
}

TEST(AnUnknownCode, IsMalformedSoThatItIsSeen) {
  EXPECT_EQ(code_error("ErrorBrandNew", "GetItem", "").fault, Fault::malformed);
  EXPECT_FALSE(code_error("ErrorBrandNew", "GetItem", "").remedy.empty());
}

TEST(BackOff, GoesWithWhatIsRetriedOnly) {
  EXPECT_EQ(code_error("ErrorServerBusy", "x", "", std::chrono::milliseconds(297749)).retry_after,
            std::chrono::milliseconds(297749));
  EXPECT_FALSE(code_error("ErrorItemNotFound", "x", "", std::chrono::milliseconds(5)).retry_after);
}

std::optional<Error> answered(int status, const std::string& body, const std::string& location = {},
                              const std::string& retry_after = {}) {
  http::Request request;
  request.url = "https://mail.example.org/EWS/Exchange.asmx";
  http::Response response;
  response.status = status;
  response.body = body;
  if (!location.empty()) response.headers.add("Location", location);
  if (!retry_after.empty()) response.headers.add("Retry-After", retry_after);
  return http_error(request, response, 0);
}

TEST(HttpAnswers, ThatHoldSoapAreParsed) {
  EXPECT_FALSE(answered(200, "<?xml version=\"1.0\"?><s:Envelope/>"));
  EXPECT_FALSE(answered(200, "\xEF\xBB\xBF<s:Envelope/>"));
  EXPECT_FALSE(answered(500, "<s:Envelope><s:Fault/></s:Envelope>"));
}
TEST(HttpAnswers, ThatAreWebPagesAreNot) {
  EXPECT_EQ(answered(200, "<html>login</html>")->fault, Fault::denied);
  EXPECT_EQ(answered(500, "<html>Server Error in '/EWS' Application</html>")->fault, Fault::retry_later);
  EXPECT_EQ(answered(503, "<html/>", "", "7")->retry_after, std::chrono::seconds(7));
}
TEST(HttpAnswers, OfRefusalAreFinal) {
  EXPECT_EQ(answered(401, "")->fault, Fault::denied);
  EXPECT_EQ(answered(403, "")->fault, Fault::denied);
  EXPECT_EQ(answered(404, "")->fault, Fault::denied);
  EXPECT_EQ(answered(456, "")->fault, Fault::denied);
}
TEST(HttpAnswers, ThatRedirectAreToldApart) {
  EXPECT_EQ(answered(302, "", "/ews/genericerrorpage.htm?x")->fault, Fault::retry_later);
  EXPECT_EQ(answered(302, "", "https://mail.example.org/owa/auth/logon.aspx")->fault, Fault::denied);
  EXPECT_EQ(answered(301, "", "https://other.example.org/")->fault, Fault::denied);
}
Fault when_writing(const char* code, Fault fault = Fault::retry_later) {
  return write_error(make_error(fault, "x", code)).fault;
}
TEST(AWrite, ThatTheServerDidNotBeginMayBeRepeated) {
  EXPECT_EQ(when_writing("ErrorServerBusy"), Fault::retry_later);
  EXPECT_EQ(when_writing("ErrorMailboxMoveInProgress"), Fault::retry_later);
  EXPECT_EQ(when_writing("ErrorBatchProcessingStopped"), Fault::retry_later);
  EXPECT_EQ(when_writing("HTTP 503"), Fault::retry_later);
  EXPECT_EQ(when_writing("HTTP 429"), Fault::retry_later);
  EXPECT_EQ(when_writing("no-answer"), Fault::retry_later);  // never sent: http says in_doubt where it was
}
TEST(AWrite, ThatMayHaveHadItsEffectIsInDoubt) {
  EXPECT_EQ(when_writing("ErrorInternalServerError"), Fault::in_doubt);
  EXPECT_EQ(when_writing("ErrorTimeoutExpired"), Fault::in_doubt);
  EXPECT_EQ(when_writing("ErrorItemSave"), Fault::in_doubt);
  EXPECT_EQ(when_writing("HTTP 500"), Fault::in_doubt);
  EXPECT_EQ(when_writing("HTTP 504"), Fault::in_doubt);
  EXPECT_EQ(when_writing("BadXml", Fault::malformed), Fault::in_doubt);
  EXPECT_EQ(when_writing(""), Fault::in_doubt);
}
TEST(AWrite, ThatWasRefusedIsRefused) {
  EXPECT_EQ(when_writing("ErrorIrresolvableConflict", Fault::precondition_failed), Fault::precondition_failed);
  EXPECT_EQ(when_writing("ErrorCalendarInvalidRecurrence", Fault::unsupported), Fault::unsupported);
  EXPECT_EQ(when_writing("HTTP 401", Fault::denied), Fault::denied);
}
TEST(ExchangeOnline, IsWarnedOf) {
  EXPECT_NE(endpoint_warning("https://outlook.office365.com/EWS/Exchange.asmx").find("2027"), std::string::npos);
  EXPECT_EQ(endpoint_warning("https://mail.example.org/EWS/Exchange.asmx"), "");
}

}  // namespace
}  // namespace caravan::ews::test
