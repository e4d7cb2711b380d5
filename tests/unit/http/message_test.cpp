// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/message.hpp"

#include <gtest/gtest.h>

namespace caravan::http {
namespace {

struct StatusCase {
  int status;
  std::optional<Fault> read;
  std::optional<Fault> write;
};
class StatusTable : public testing::TestWithParam<StatusCase> {};

TEST_P(StatusTable, EveryStatusSaysWhatToDo) {
  EXPECT_EQ(status_fault(GetParam().status, Repeatable::yes), GetParam().read) << GetParam().status;
  EXPECT_EQ(status_fault(GetParam().status, Repeatable::no), GetParam().write) << GetParam().status;
}

constexpr auto kNone = std::nullopt;
INSTANTIATE_TEST_SUITE_P(
    All, StatusTable,
    testing::Values(
        StatusCase{200, kNone, kNone}, StatusCase{201, kNone, kNone}, StatusCase{204, kNone, kNone},
        StatusCase{207, kNone, kNone}, StatusCase{299, kNone, kNone}, StatusCase{0, Fault::malformed, Fault::malformed},
        StatusCase{100, Fault::malformed, Fault::malformed}, StatusCase{301, Fault::unsupported, Fault::unsupported},
        StatusCase{304, Fault::unsupported, Fault::unsupported}, StatusCase{400, Fault::malformed, Fault::malformed},
        StatusCase{401, Fault::denied, Fault::denied}, StatusCase{402, Fault::denied, Fault::denied},
        StatusCase{403, Fault::denied, Fault::denied}, StatusCase{404, Fault::not_found, Fault::not_found},
        StatusCase{405, Fault::unsupported, Fault::unsupported}, StatusCase{406, Fault::malformed, Fault::malformed},
        StatusCase{407, Fault::denied, Fault::denied}, StatusCase{408, Fault::retry_later, Fault::retry_later},
        StatusCase{409, Fault::precondition_failed, Fault::precondition_failed},
        StatusCase{410, Fault::not_found, Fault::not_found}, StatusCase{411, Fault::malformed, Fault::malformed},
        StatusCase{412, Fault::precondition_failed, Fault::precondition_failed},
        StatusCase{413, Fault::unsupported, Fault::unsupported},
        StatusCase{415, Fault::unsupported, Fault::unsupported}, StatusCase{422, Fault::malformed, Fault::malformed},
        StatusCase{423, Fault::retry_later, Fault::retry_later},
        StatusCase{425, Fault::retry_later, Fault::retry_later},
        StatusCase{429, Fault::retry_later, Fault::retry_later}, StatusCase{500, Fault::retry_later, Fault::in_doubt},
        StatusCase{501, Fault::unsupported, Fault::unsupported}, StatusCase{502, Fault::retry_later, Fault::in_doubt},
        StatusCase{503, Fault::retry_later, Fault::retry_later}, StatusCase{504, Fault::retry_later, Fault::in_doubt},
        StatusCase{505, Fault::unsupported, Fault::unsupported},
        StatusCase{507, Fault::retry_later, Fault::retry_later}, StatusCase{599, Fault::retry_later, Fault::in_doubt},
        StatusCase{700, Fault::malformed, Fault::malformed}));

TEST(Headers, NamesCompareWithoutCaseAndTheLastCounts) {
  Headers headers;
  headers.add("ETag", "\"1\"");
  headers.add("etag", "\"2\"");
  EXPECT_EQ(headers.get("ETAG"), "\"2\"");
  EXPECT_EQ(headers.joined("Etag"), "\"1\", \"2\"");
  EXPECT_FALSE(headers.has("DAV"));
}

TEST(RetryAfter, SecondsAreTakenAsTheyAre) { EXPECT_EQ(parse_retry_after(" 120 ", 0), std::chrono::seconds(120)); }
TEST(RetryAfter, ADateIsTakenFromNow) {
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", 784111777 - 30), std::chrono::seconds(30));
}
TEST(RetryAfter, ADateInThePastMeansNow) {
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", 2000000000), std::chrono::seconds(0));
}
TEST(RetryAfter, NonsenseIsNothing) {
  EXPECT_EQ(parse_retry_after("soon", 0), std::nullopt);
  EXPECT_EQ(parse_retry_after("-5", 0), std::nullopt);
  EXPECT_EQ(parse_retry_after("", 0), std::nullopt);
}

TEST(Urls, TheOriginLeavesOutTheDefaultPortAndTheUser) {
  EXPECT_EQ(origin_of("HTTPS://user:pw@Dav.Example.org:443/x?y#z"), "https://dav.example.org");
  EXPECT_EQ(origin_of("http://[::1]:8080"), "http://[::1]:8080");
  EXPECT_EQ(origin_of("ftp://example.org/"), "");
  EXPECT_EQ(origin_of("dav.example.org/"), "");
}
TEST(Urls, ALocationIsResolvedAgainstWhereItCameFrom) {
  EXPECT_EQ(resolve_location("https://a.org/x/y?q", "../z/"), "https://a.org/z/");
  EXPECT_EQ(resolve_location("https://a.org/x/y", "z"), "https://a.org/x/z");
  EXPECT_EQ(resolve_location("https://a.org/x", "/dav/./cal"), "https://a.org/dav/cal");
  EXPECT_EQ(resolve_location("https://a.org/x", "//b.org/y"), "https://b.org/y");
  EXPECT_EQ(resolve_location("https://a.org/x", "javascript://alert"), "");
}
TEST(Urls, RedirectsStayOnTheHostAndNeverLoseEncryption) {
  EXPECT_TRUE(may_follow("http://a.org/x", "https://a.org/x"));
  EXPECT_TRUE(may_follow("https://a.org/x", "https://A.org:443/y"));
  EXPECT_FALSE(may_follow("https://a.org/x", "http://a.org/x"));
  EXPECT_FALSE(may_follow("https://a.org/x", "https://a.org.evil.net/x"));
  EXPECT_FALSE(may_follow("http://a.org/x", "http://a.org:8080/x"));
}
TEST(Urls, LoopbackIsThisMachineOnly) {
  EXPECT_TRUE(is_loopback("http://127.8.0.1:80/"));
  EXPECT_TRUE(is_loopback("http://LOCALHOST/"));
  EXPECT_TRUE(is_loopback("http://[::1]:8080/"));
  EXPECT_FALSE(is_loopback("http://127.0.0.1.example.org/"));
  EXPECT_FALSE(is_loopback("http://user@localhost.example.org/"));
}

TEST(StatusError, TheErrorNamesTheRequestAndNotTheBody) {
  Request request;
  request.url = "https://a.org/x";
  Response response;
  response.status = 503;
  response.body = "secret text of an event";
  response.headers.add("Retry-After", "7");
  const Error error = status_error(request, response);
  EXPECT_EQ(error.fault, Fault::retry_later);
  EXPECT_EQ(error.retry_after, std::chrono::seconds(7));
  EXPECT_EQ(error.code, "HTTP 503");
  EXPECT_EQ(error.what, "GET https://a.org/x was answered 503.");
}

}  // namespace
}  // namespace caravan::http
