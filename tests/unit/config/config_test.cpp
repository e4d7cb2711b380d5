// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace caravan::config {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kGood = R"(
[exchange]
url = "https://mail.example.org/EWS/Exchange.asmx"
username = "svc-caravan@example.org"
password = "one"
[caldav]
url = "https://dav.example.org/"
username = "svc-caravan"
password = "two"
home = "/{local}/"
)";

/// The smallest good file with `more` behind it.
Result<Config> with(const std::string& more) { return parse(std::string(kGood) + more, "caravan.toml"); }
/// The messages for it; empty: none.
std::string problems(const std::string& more) {
  const auto config = with(more);
  return config ? std::string() : config.error().what;
}
std::string problems_of(const std::string& whole) {
  const auto config = parse(whole, "caravan.toml");
  return config ? std::string() : config.error().what;
}

TEST(Config, TheSmallestFileTakesTheDefaults) {
  const auto config = with("");
  ASSERT_TRUE(config) << config.error().what;
  EXPECT_EQ(config->exchange.auth, ExchangeAuth::ntlm);
  EXPECT_EQ(config->exchange.password.reveal(), "one");
  EXPECT_EQ(config->caldav.calendar, "exchange");
  EXPECT_EQ(config->store.url, "sqlite:/var/lib/caravan/caravan.db");
  EXPECT_EQ(config->sync.workers, 8U);
  EXPECT_EQ(config->sync.max_delete_percent, 20);
  EXPECT_EQ(config->sync.audit_interval, std::chrono::minutes(15));
  EXPECT_FALSE(config->sync.scheduling);
  EXPECT_EQ(config->retention.tombstones, std::chrono::days(180));
}

TEST(Config, EveryKindOfValueIsTaken) {
  const auto config = with(
      "[sync]\nworkers = 3\nscheduling = \"exchange\"\npoll_interval = \"90s\"\nattachments = \"skip\"\n"
      "[retention]\naudit = \"7d\"\n[log]\nformat = \"json\"\n[store]\nurl = \"postgresql://a/b\"\n");
  ASSERT_TRUE(config) << config.error().what;
  EXPECT_EQ(config->sync.workers, 3U);
  EXPECT_EQ(config->sync.scheduling, Scheduling::exchange);
  EXPECT_EQ(config->sync.poll_interval, std::chrono::seconds(90));
  EXPECT_EQ(config->sync.attachments, Attachments::skip);
  EXPECT_EQ(config->retention.audit, std::chrono::days(7));
  EXPECT_EQ(config->log.format, LogFormat::json);
  EXPECT_EQ(config->store.url, "postgresql://a/b");
}

TEST(Config, AMisspeltKeyIsNamedWithItsPlaceAndASuggestion) {
  EXPECT_THAT(problems("[sync]\nworkres = 3\n"),
              AllOf(HasSubstr("caravan.toml:12:1: "), HasSubstr("unknown key sync.workres"),
                    HasSubstr("did you mean sync.workers?")));
}

TEST(Config, AMisspeltTableIsNamedOnce) {
  const std::string what = problems("[snyc]\nworkers = 3\n");
  EXPECT_THAT(what, HasSubstr("unknown table [snyc]; did you mean sync?"));
  EXPECT_THAT(what, Not(HasSubstr("snyc.workers")));
}

TEST(Config, AKeyLikeNoOtherIsAnsweredWithWhatIsAllowed) {
  EXPECT_THAT(problems("[gobi]\nelephant = 3\n"), HasSubstr("unknown key gobi.elephant; allowed: listen"));
}

TEST(Config, AValueThatIsNotAllowedIsAnsweredWithThoseThatAre) {
  EXPECT_THAT(problems("[sync]\nconflict = \"newset\"\n"),
              AllOf(HasSubstr("caravan.toml:12:1"), HasSubstr("newest | exchange | caldav | park"),
                    HasSubstr("did you mean \"newest\"?")));
}

TEST(Config, ANumberInQuotesIsRefused) {
  EXPECT_THAT(problems("[sync]\nworkers = \"8\"\n"), HasSubstr("1 to 256, without quotes"));
}
TEST(Config, ANumberOutOfRangeIsRefused) { EXPECT_THAT(problems("[sync]\nworkers = 0\n"), HasSubstr("1 to 256")); }
TEST(Config, ADurationNeedsAUnit) {
  EXPECT_THAT(problems("[sync]\npoll_interval = \"5\"\n"), HasSubstr("with a unit"));
}
TEST(Config, RetentionIsInWholeDays) { EXPECT_THAT(problems("[retention]\nundo = \"36h\"\n"), HasSubstr("in days")); }
TEST(Config, ATruthValueInQuotesIsRefused) {
  EXPECT_THAT(problems_of(std::string("[exchange]\nallow_plain_http = \"true\"\n")),
              HasSubstr("true | false, without quotes"));
}

TEST(Config, AllProblemsAreShownAtOnce) {
  const std::string what = problems("[sync]\nworkers = 0\nconflict = \"x\"\n[log]\nlevel = \"loud\"\n");
  EXPECT_THAT(what, AllOf(HasSubstr(":12:"), HasSubstr(":13:"), HasSubstr(":15:")));
}

TEST(Config, BrokenTomlIsNamedWithItsPlace) { EXPECT_THAT(problems("[sync\n"), HasSubstr("caravan.toml:11:")); }
TEST(Config, RequiredKeysAreNamed) {
  EXPECT_THAT(problems_of(""), AllOf(HasSubstr("exchange.url is required"), HasSubstr("caldav.url is required")));
}
TEST(Config, AServiceAccountNeedsAHome) {
  EXPECT_THAT(problems_of("[caldav]\nurl = \"https://dav.example.org/\"\n"), HasSubstr("caldav.home is required"));
}
TEST(Config, AHomeThatIsTheSameForAllIsRefused) {
  EXPECT_THAT(problems_of("[caldav]\nhome = \"/{domain}/\"\n"), HasSubstr("leads all mailboxes to one place"));
}
TEST(Config, AnUnknownWordInHomeIsRefused) {
  EXPECT_THAT(problems_of("[caldav]\nhome = \"/{locl}/\"\n"),
              HasSubstr("{locl}; allowed: {local} {address} {domain} {user}"));
}

constexpr const char* kPlainBasic = "[exchange]\nauth = \"basic\"\nurl = \"http://mail.example.org/EWS\"\n";
TEST(Config, BasicAuthOverPlainHttpIsRefused) {
  EXPECT_THAT(problems_of(kPlainBasic), HasSubstr("exchange.allow_plain_http = true"));
}
TEST(Config, BasicAuthOverPlainHttpIsPossibleOnDemand) {
  EXPECT_THAT(problems_of(std::string(kPlainBasic) + "allow_plain_http = true\n"), Not(HasSubstr("readable")));
}
TEST(Config, BasicAuthOverPlainHttpIsAllowedOnLoopback) {
  EXPECT_THAT(problems_of("[exchange]\nauth = \"basic\"\nurl = \"http://127.0.0.1:8080/EWS\"\n[caldav]\nurl = "
                          "\"http://[::1]:5232/\"\n"),
              Not(HasSubstr("readable")));
}
TEST(Config, AHostThatOnlyLooksLikeLoopbackIsNone) {
  EXPECT_THAT(problems_of("[caldav]\nurl = \"http://127.0.0.1.example.org/\"\n"), HasSubstr("readable over http://"));
}
TEST(Config, AUrlWithAPasswordIsRefused) {
  EXPECT_THAT(problems_of("[caldav]\nurl = \"https://a:b@dav.example.org/\"\n"),
              HasSubstr("must not hold a user or a password"));
}

TEST(Config, TwoSourcesOfOneSecretAreRefused) {
  EXPECT_THAT(problems("[cexsy]\nhint_secret = \"a\"\nhint_secret_env = \"B\"\n"), HasSubstr("not several"));
}
TEST(Config, ASecretComesFromTheEnvironment) {
  ::setenv("CARAVAN_TEST_SECRET", "from outside", 1);
  const auto config = with("[cexsy]\nhint_secret_env = \"CARAVAN_TEST_SECRET\"\n");
  ASSERT_TRUE(config) << config.error().what;
  EXPECT_EQ(config->cexsy.hint_secret.reveal(), "from outside");
}
TEST(Config, AMissingVariableIsNamed) {
  EXPECT_THAT(problems("[cexsy]\nhint_secret_env = \"CARAVAN_TEST_NONE\"\n"),
              HasSubstr("CARAVAN_TEST_NONE is not set"));
}
TEST(Config, MessagesHoldNoSecret) {
  EXPECT_THAT(problems("[cexsy]\nhint_secret = \"s3cr3t\"\nhint_secret_env = \"B\"\n"), Not(HasSubstr("s3cr3t")));
}

TEST(Config, OAuth2DerivesTheTokenUrlFromTheTenant) {
  const auto config = parse(
      "[exchange]\nurl = \"https://outlook.office365.com/EWS/Exchange.asmx\"\nauth = \"oauth2\"\n"
      "[exchange.oauth2]\ntenant = \"contoso\"\nclient_id = \"a\"\nclient_secret = \"b\"\n"
      "[caldav]\nurl = \"https://d/\"\naccess = \"mailbox\"\n",
      "f");
  ASSERT_TRUE(config) << config.error().what;
  EXPECT_EQ(config->exchange.oauth2.token_url, "https://login.microsoftonline.com/contoso/oauth2/v2.0/token");
}
TEST(Config, OAuth2NamesWhatItLacks) {
  EXPECT_THAT(problems_of("[exchange]\nauth = \"oauth2\"\n"),
              AllOf(HasSubstr("client_id is required"), HasSubstr("tenant or token_url")));
}

TEST(Config, AMissingFileIsNamed) {
  const auto config = load("/nowhere/caravan.toml");
  ASSERT_FALSE(config);
  EXPECT_THAT(config.error().what, HasSubstr("/nowhere/caravan.toml"));
  EXPECT_EQ(config.error().code, "configuration");
}
TEST(Config, TheOptionGoesBeforeTheVariable) {
  ::setenv("CARAVAN_CONFIG", "/from/variable", 1);
  EXPECT_EQ(find_config("/from/option"), "/from/option");
  EXPECT_EQ(find_config(""), "/from/variable");
  ::unsetenv("CARAVAN_CONFIG");
  EXPECT_EQ(find_config(""), "/etc/caravan/caravan.toml");
}

TEST(Listen, SplitsHostAndPort) {
  EXPECT_EQ(parse_listen("127.0.0.1:8585")->port, 8585);
  EXPECT_EQ(parse_listen("[::1]:80")->host, "::1");
}
TEST(Listen, RefusesWhatIsNone) {
  EXPECT_FALSE(parse_listen("8585"));
  EXPECT_FALSE(parse_listen("::1:80"));
  EXPECT_FALSE(parse_listen("host:99999"));
}
TEST(WithoutPassword, HidesItInBothPlaces) {
  EXPECT_EQ(without_password("postgresql://u:p@h:5432/db"), "postgresql://u:***@h:5432/db");
  EXPECT_EQ(without_password("postgresql://h/db?password=x&a=b"), "postgresql://h/db?password=***&a=b");
  EXPECT_EQ(without_password("sqlite:/var/a.db"), "sqlite:/var/a.db");
}

}  // namespace
}  // namespace caravan::config
