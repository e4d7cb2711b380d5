// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include "caldav/impl.hpp"

namespace caravan::caldav {
namespace {

constexpr const char* kError = "<D:error xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\">";

Result<PutOutcome> outcome(int status, const std::string& body = "", std::vector<http::Header> headers = {}) {
  http::Request request;
  request.method = "PUT";
  request.url = "http://dav.example.org/u/c/x.ics";
  http::Response response;
  response.status = status;
  response.body = body;
  response.url = request.url;
  for (auto& header : headers) response.headers.add(header.name, header.value);
  return put_outcome(request, response, Href("/u/c/x.ics"));
}
bool conflicts(const Result<PutOutcome>& result) { return result && std::holds_alternative<UidConflict>(*result); }
std::optional<Fault> fault(const Result<PutOutcome>& result) {
  if (result) return std::nullopt;
  return result.error().fault;
}
std::string multistatus(const std::string& status, const std::string& inside) {
  return "<D:multistatus xmlns:D=\"DAV:\" "
         "xmlns:C=\"urn:ietf:params:xml:ns:caldav\"><D:response><D:href>/u/c/x.ics</D:href>"
         "<D:status>HTTP/1.1 " +
         status + "</D:status><D:error>" + inside + "</D:error></D:response></D:multistatus>";
}

TEST(PutOutcome, CreatedGivesTheEtagAndTheLocation) {
  const auto result = outcome(201, "", {{"ETag", "\"1\""}, {"Location", "/u/c/renamed%20x.ics"}});
  ASSERT_TRUE(result);
  const auto& stored = std::get<Stored>(*result);
  EXPECT_EQ(stored.etag, Etag("\"1\""));
  EXPECT_EQ(stored.href.value, "/u/c/renamed x.ics");
}
TEST(PutOutcome, NoEtagIsNoEmptyEtag) {
  const auto result = outcome(204);
  ASSERT_TRUE(result);
  EXPECT_EQ(std::get<Stored>(*result).etag, std::nullopt);
}
TEST(PutOutcome, A207IsNeverASuccess) {
  EXPECT_EQ(fault(outcome(207, multistatus("412 Precondition Failed", "<C:valid-calendar-data/>"))), Fault::malformed);
  EXPECT_EQ(fault(outcome(207, multistatus("412 Precondition Failed", ""))), Fault::precondition_failed);
  EXPECT_EQ(fault(outcome(207, multistatus("200 OK", ""))), Fault::in_doubt);
  EXPECT_EQ(fault(outcome(207, "no xml")), Fault::in_doubt);
}
TEST(PutOutcome, OtherSuccessesAreInDoubt) { EXPECT_EQ(fault(outcome(202)), Fault::in_doubt); }
TEST(PutOutcome, AUidConflictIsRecognisedInEveryShape) {
  const std::string condition = "<C:no-uid-conflict><D:href>/u/c/other.ics</D:href></C:no-uid-conflict>";
  const auto radicale = outcome(409, kError + condition + "</D:error>");
  ASSERT_TRUE(conflicts(radicale));
  EXPECT_EQ(std::get<UidConflict>(*radicale).other, Href("/u/c/other.ics"));
  EXPECT_TRUE(conflicts(outcome(207, multistatus("412 Precondition Failed", "<C:no-uid-conflict/>"))));
  EXPECT_TRUE(conflicts(outcome(403, std::string(kError) + "<C:unique-scheduling-object-resource/></D:error>")));
  EXPECT_TRUE(conflicts(outcome(409, "Event UID already in use")));
}
TEST(PutOutcome, AMissingParentIsNotFound) { EXPECT_EQ(fault(outcome(409)), Fault::not_found); }
TEST(PutOutcome, ARefusedObjectIsMalformed) {
  EXPECT_EQ(fault(outcome(403, std::string(kError) + "<C:supported-calendar-data/></D:error>")), Fault::malformed);
  EXPECT_EQ(fault(outcome(400)), Fault::malformed);
}
TEST(PutOutcome, MissingRightsAreDenied) { EXPECT_EQ(fault(outcome(403)), Fault::denied); }
TEST(PutOutcome, ATooLargeObjectIsUnsupported) {
  EXPECT_EQ(fault(outcome(403, std::string(kError) + "<C:max-resource-size/></D:error>")), Fault::unsupported);
}
TEST(PutOutcome, ABrokenServerLeavesDoubt) {
  EXPECT_EQ(fault(outcome(500)), Fault::in_doubt);
  EXPECT_EQ(fault(outcome(503)), Fault::retry_later);
}

}  // namespace
}  // namespace caravan::caldav
