// SPDX-License-Identifier: GPL-3.0-or-later
// The keys of notifications, and keys whose secret is sealed in the store.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/config.hpp"

namespace caravan::config {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;

Result<Config> with(const std::string& more, const std::string& password = "password = \"one\"") {
  return parse("[exchange]\nurl = \"https://mail.example.org/EWS/Exchange.asmx\"\nusername = \"svc\"\n" + password +
                   "\n[caldav]\nurl = \"https://dav.example.org/\"\nusername = \"svc\"\npassword = \"two\"\nhome = "
                   "\"/{local}/\"\n" +
                   more,
               "caravan.toml");
}
std::string problems(const std::string& more) {
  const auto config = with(more);
  return config ? std::string() : config.error().what;
}

TEST(NotifyConfig, NobodyIsToldWithoutAChannel) {
  const auto config = with("");
  ASSERT_TRUE(config) << config.error().what;
  EXPECT_FALSE(config->notify.any_channel());
  EXPECT_THAT(config->notify.admins, IsEmpty());
  EXPECT_THAT(config->notify.defaults, IsEmpty());
  EXPECT_EQ(config->notify.stale_after, std::chrono::hours(1));
  EXPECT_EQ(config->notify.chat_listen, "127.0.0.1:8588");
  EXPECT_FALSE(config->notify.mail_allow_plain);
}

TEST(NotifyConfig, EveryKeyIsTaken) {
  const auto config = with(
      "[notify]\nadmins = [\"IT@example.org\", \"ops@example.org\"]\nstale_after = \"30m\"\n"
      "[notify.mail]\nurl = \"smtp://mail.example.org:587\"\nfrom = \"calendar@example.org\"\nallow_plain = true\n"
      "[notify.chat]\nurl = \"https://chat.example.org\"\ntoken = \"t\"\nca_file = \"/a\"\nlisten = "
      "\"0.0.0.0:1\"\nactions_url = \"https://sync.example.org/chat\"\ncommand_token = \"c\"\n"
      "[notify.webhook]\nurl = \"https://hooks.example.org\"\nca_file = \"/b\"\n");
  ASSERT_TRUE(config) << config.error().what;
  const Notify& notify = config->notify;
  EXPECT_THAT(notify.admins, ElementsAre("it@example.org", "ops@example.org"));
  EXPECT_EQ(notify.stale_after, std::chrono::minutes(30));
  EXPECT_TRUE(notify.mail_allow_plain);
  EXPECT_EQ(notify.chat_ca_file, "/a");
  EXPECT_EQ(notify.chat_listen, "0.0.0.0:1");
  EXPECT_EQ(notify.chat_actions_url, "https://sync.example.org/chat");
  EXPECT_EQ(notify.chat_command_token.reveal(), "c");
  EXPECT_EQ(notify.webhook_ca_file, "/b");
}

TEST(NotifyConfig, DefaultsAreTextsByTheirNames) {
  const auto config = with("[notify.defaults]\nlead = \"15\"\nzone = \"Europe/Berlin\"\nquiet = \"\"\n");
  ASSERT_TRUE(config) << config.error().what;
  EXPECT_THAT(config->notify.defaults,
              ElementsAre(Pair("lead", "15"), Pair("quiet", ""), Pair("zone", "Europe/Berlin")));
}

TEST(NotifyConfig, AnUnknownPreferenceIsNamed) {
  EXPECT_THAT(problems("[notify.defaults]\nlaed = \"15\"\n"), HasSubstr("did you mean notify.defaults.lead"));
}

TEST(NotifyConfig, AdministratorsAreAListOfAddresses) {
  EXPECT_THAT(problems("[notify]\nadmins = \"it@example.org\"\n"), HasSubstr("each in quotes, in brackets"));
  EXPECT_THAT(problems("[notify]\nadmins = [1]\n"), HasSubstr("each in quotes, in brackets"));
  EXPECT_THAT(problems("[notify]\nadmins = [\"it\"]\n"), HasSubstr("\"it\" is not an SMTP address"));
}

TEST(NotifyConfig, AChannelNeedsWhatItIsUsedWith) {
  EXPECT_THAT(problems("[notify.mail]\nurl = \"smtp://mail.example.org\"\n"),
              HasSubstr("notify.mail.from is required"));
  EXPECT_THAT(problems("[notify.chat]\nurl = \"https://chat.example.org\"\n"),
              HasSubstr("notify.chat.token_file is required"));
  EXPECT_THAT(problems("[notify.chat]\nlisten = \"8588\"\nactions_url = \"chat\"\n"),
              AllOf(HasSubstr("is not HOST:PORT"), HasSubstr("notify.chat.actions_url is not a URL")));
}

TEST(SealedKeys, AreFilledInFromTheStore) {
  auto config = with("[notify.webhook]\nsecret_sealed = \"hook\"\n", "password_sealed = \"exchange\"");
  ASSERT_TRUE(config) << config.error().what;
  EXPECT_THAT(config->sealed,
              ElementsAre(Pair("exchange.password", "exchange"), Pair("notify.webhook.secret", "hook")));
  config->unseal = [](const std::string& name) -> Result<Secret> { return Secret("open " + name); };
  ASSERT_TRUE(unseal(*config));
  EXPECT_EQ(config->exchange.password.reveal(), "open exchange");
  EXPECT_EQ(config->notify.webhook_secret.reveal(), "open hook");
  EXPECT_EQ(config->caldav.password.reveal(), "two");
  EXPECT_EQ(config->caldav.home, "/{local}/");
  EXPECT_EQ(config->exchange.username, "svc");
}

TEST(SealedKeys, ThatCanNotBeOpenedAreAllNamed) {
  auto config = with("[notify.webhook]\nsecret_sealed = \"hook\"\n", "password_sealed = \"exchange\"");
  ASSERT_TRUE(config) << config.error().what;
  config->unseal = [](const std::string& name) -> Result<Secret> { return make_error(Fault::not_found, "no " + name); };
  const Status done = unseal(*config);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, "store_sealed");
  EXPECT_THAT(done.error().what, AllOf(HasSubstr("exchange.password_sealed: no exchange"), HasSubstr("no hook")));
}

TEST(SealedKeys, WithoutOneTheStoreIsNotAsked) {
  auto config = with("");
  ASSERT_TRUE(config);
  config->unseal = [](const std::string&) -> Result<Secret> { return make_error(Fault::denied, "asked"); };
  EXPECT_TRUE(unseal(*config));
}

TEST(SealedKeys, AndAnotherSourceOfTheSameSecretAreRefused) {
  EXPECT_THAT(problems("[cexsy]\nhint_secret = \"a\"\nhint_secret_sealed = \"b\"\n"), HasSubstr("not several"));
}

TEST(SealedKeys, TheStoresOwnUrlIsNone) {
  EXPECT_THAT(problems("[store]\nurl_sealed = \"a\"\n"), HasSubstr("unknown key store.url_sealed"));
}

}  // namespace
}  // namespace caravan::config
