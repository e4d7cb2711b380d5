// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/mailbox_list.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace caravan::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

MailboxList list(std::string_view text) { return parse_mailbox_list(text, "list.csv"); }
std::vector<std::string> addresses(const MailboxList& list) {
  std::vector<std::string> out;
  for (const MailboxEntry& entry : list.entries) out.push_back(entry.address.value);
  return out;
}
std::vector<std::string> errors(const MailboxList& list) {
  std::vector<std::string> out;
  for (const Error& error : list.errors) out.push_back(error.what);
  return out;
}

TEST(MailboxList, OneAddressALineIsEnough) {
  EXPECT_THAT(addresses(list("anna@example.org\nBert@Example.org\n")),
              ElementsAre("anna@example.org", "bert@example.org"));
}

TEST(MailboxList, CommentsBlankLinesAByteOrderMarkAndCrlfAreFine) {
  EXPECT_THAT(addresses(list("\xef\xbb\xbf# staff\r\n\r\nanna@example.org\r\n   \r\n  # more\r\nbert@example.org")),
              ElementsAre("anna@example.org", "bert@example.org"));
}

TEST(MailboxList, WithoutAHeaderTheColumnsHaveTheirOrder) {
  const auto read = list(
      "anna@example.org, anna, file:/a, EX\\anna, env:B, a@example.org; Anna.Meier@example.org, room, Europe/Berlin\n");
  ASSERT_EQ(read.entries.size(), 1U) << read.errors.at(0).what;
  const MailboxEntry& entry = read.entries[0];
  EXPECT_EQ(entry.caldav_user, "anna");
  EXPECT_EQ(entry.caldav_secret.name, "/a");
  EXPECT_EQ(entry.exchange_user, "EX\\anna");
  EXPECT_EQ(entry.exchange_secret.kind, SecretReference::Kind::environment);
  EXPECT_THAT(entry.aliases, ElementsAre("a@example.org", "anna.meier@example.org"));
  EXPECT_EQ(entry.kind, "room");
  EXPECT_EQ(entry.zone, "Europe/Berlin");
}

TEST(MailboxList, AHeaderNamesTheColumns) {
  const auto read = list("Kind,Address\nroom,saal@example.org\n");
  ASSERT_EQ(read.entries.size(), 1U);
  EXPECT_EQ(read.entries[0].kind, "room");
  EXPECT_EQ(read.entries[0].address, Address("saal@example.org"));
}

TEST(MailboxList, AnUnknownColumnIsAnError) {
  EXPECT_THAT(errors(list("address,colour\nanna@example.org,red\n")),
              ElementsAre(HasSubstr("list.csv:1: unknown column \"colour\"")));
}

TEST(MailboxList, QuotesHoldCommasQuotesAndLineEnds) {
  const auto read = list("anna@example.org,\"Meier, \"\"Anna\"\"\nx\"\nbert@example.org,b\n");
  ASSERT_EQ(read.entries.size(), 2U);
  EXPECT_EQ(read.entries[0].caldav_user, "Meier, \"Anna\"\nx");
  EXPECT_EQ(read.entries[1].place, "list.csv:3");
}

TEST(MailboxList, ReadingGoesOnAfterAnError) {
  const auto read = list("nobody\nanna@example.org\nbert@example.org,,hunter2\n@x\nanna@example.org,,,,,,robot\n");
  EXPECT_THAT(addresses(read), ElementsAre("anna@example.org"));
  EXPECT_THAT(errors(read),
              ElementsAre(HasSubstr("list.csv:1: \"nobody\""), HasSubstr("list.csv:3: a secret is file:PATH"),
                          HasSubstr("list.csv:4:"), HasSubstr("list.csv:5: kind \"robot\"")));
}

TEST(MailboxList, ADuplicateNamesTheFirst) {
  EXPECT_THAT(errors(list("anna@example.org\nANNA@example.org\n")),
              ElementsAre("list.csv:2: anna@example.org is in the list already, at list.csv:1"));
}

TEST(MailboxList, TooManyColumnsAreAnError) {
  EXPECT_THAT(errors(list("anna@example.org,a,,,,,,,,extra\n")), ElementsAre(HasSubstr("more columns")));
}

TEST(MailboxList, AnOpenQuoteIsAnError) {
  EXPECT_THAT(errors(list("anna@example.org,\"a\nb@example.org\n")), ElementsAre(HasSubstr("never closed")));
}

TEST(MailboxList, ABadAliasIsAnError) {
  EXPECT_THAT(errors(list("anna@example.org,,,,,anna\n")), ElementsAre(HasSubstr("alias \"anna\"")));
}

TEST(Mailboxes, AddressesAndListsMayBeMixed) {
  const std::string path = (std::filesystem::temp_directory_path() / "caravan-list-test.csv").string();
  std::ofstream(path) << "bert@example.org\n";
  const auto read = read_mailboxes({"anna@example.org", path});
  std::filesystem::remove(path);
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_EQ(read->size(), 2U);
}

TEST(Mailboxes, AllErrorsComeTogether) {
  const auto read = read_mailboxes({"anna@example.org", "a@b@c", "/nowhere/list", "anna@example.org"});
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, "mailbox_list");
  EXPECT_THAT(read.error().what,
              ::testing::AllOf(HasSubstr("a@b@c"), HasSubstr("/nowhere/list"), HasSubstr("named already")));
}

TEST(Mailboxes, NoneIsAnError) { EXPECT_FALSE(read_mailboxes({})); }

}  // namespace
}  // namespace caravan::config
