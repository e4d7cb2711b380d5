// SPDX-License-Identifier: GPL-3.0-or-later
// The EWS client against exchange-sim: what is read, by every way of authentication.
#include <gtest/gtest.h>

#include "contract/ews/simulator.hpp"

namespace caravan::ews::test {
namespace {

const std::string kEvents = std::string(CARAVAN_SOURCE_DIR) + "/tests/contract/exchange_sim/events";

class ClientTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!simulator_is_built()) GTEST_SKIP() << "exchange-sim is not built";
    simulator = std::make_unique<Simulator>(
        std::vector<std::string>{"--load", "anna@example.com=" + kEvents, "--user", "anna@example.com:annapw",
                                 "--oauth-token", "good-token", "--auth", "both", "--mailbox", "ben@example.com"});
  }
  std::vector<Fetched> everything(Client& client) {
    return series_of(client.get_series(anna(), list(client, default_folder(client))));
  }
  std::unique_ptr<Simulator> simulator;
};

TEST_F(ClientTest, ListsTheDefaultCalendarFirst) {
  Client client(service_options(simulator->url()));
  const auto folders = client.calendar_folders(anna(), FolderScope::all);
  ASSERT_TRUE(folders) << folders.error().what;
  ASSERT_FALSE(folders->empty());
  EXPECT_TRUE(folders->front().is_default);
  EXPECT_GT(folders->front().total_count, 5);
}

TEST_F(ClientTest, PagesThroughAFolderAndThenHasNothingNew) {
  Client client(service_options(simulator->url()));
  const FolderId folder = default_folder(client);
  const auto all = list(client, folder);
  EXPECT_EQ(list(client, folder, 3).size(), all.size());
  auto first = client.sync_folder_items(anna(), folder, {});
  ASSERT_TRUE(first);
  const auto second = client.sync_folder_items(anna(), folder, first->state);
  ASSERT_TRUE(second);
  EXPECT_TRUE(second->changes.empty());
  EXPECT_TRUE(second->includes_last);
}

TEST_F(ClientTest, ReadsASeriesWithItsExceptionsAndExclusions) {
  Client client(service_options(simulator->url()));
  const auto all = everything(client);
  const Fetched* weekly = find(all, "weekly@example.com");
  ASSERT_NE(weekly, nullptr);
  ASSERT_EQ(weekly->series.rules.size(), 1U);
  EXPECT_EQ(model::to_string(weekly->series.rules[0]), "FREQ=WEEKLY;COUNT=10;BYDAY=MO");
  ASSERT_EQ(weekly->series.excluded.size(), 1U);
  EXPECT_EQ(model::to_string(weekly->series.excluded[0]), "Europe/Berlin:20260316T100000");
  ASSERT_EQ(weekly->series.overrides.size(), 1U);
  const model::Event& moved = weekly->series.overrides[0];
  EXPECT_EQ(model::to_string(*moved.recurrence_id), "Europe/Berlin:20260330T100000");
  EXPECT_EQ(model::to_string(moved.start), "Europe/Berlin:20260331T140000");
  EXPECT_EQ(moved.summary, "Runde verschoben");
  ASSERT_EQ(moved.attachments.size(), 1U);
  EXPECT_EQ(moved.attachments[0].name, "plan.txt");
}

TEST_F(ClientTest, ReadsTimesInTheirZones) {
  Client client(service_options(simulator->url()));
  const auto all = everything(client);
  const Fetched* single = find(all, "single@example.com");
  ASSERT_NE(single, nullptr);
  EXPECT_EQ(model::to_string(single->series.master->start), "Europe/Berlin:20260305T090000");
  EXPECT_EQ(single->series.master->summary,
            "Fr\xC3\xBChst\xC3\xBC"
            "ck \xE2\x98\x95");
  const Fetched* fair = find(all, "allday@example.com");
  ASSERT_NE(fair, nullptr);
  EXPECT_TRUE(fair->series.master->all_day());
  EXPECT_EQ(model::to_string(fair->series.master->start), "20260401");
  const Fetched* office = find(all, "customzone@example.com");
  ASSERT_NE(office, nullptr);
  EXPECT_EQ(model::wall_text(office->series.master->start), "20260601T120000");
  const Fetched* monthly = find(all, "monthly@example.com");
  ASSERT_NE(monthly, nullptr);
  EXPECT_EQ(model::to_string(monthly->series.master->start), "America/New_York:20260113T180000");
}

TEST_F(ClientTest, ReadsMeetingsFromBothSides) {
  Client client(service_options(simulator->url()));
  const auto all = everything(client);
  const Fetched* mine = find(all, "organizer@example.com");
  ASSERT_NE(mine, nullptr);
  EXPECT_TRUE(mine->is_meeting);
  EXPECT_TRUE(mine->is_organizer);
  EXPECT_EQ(mine->series.master->organizer->address, "anna@example.com");
  EXPECT_EQ(mine->series.master->attendees.size(), 3U);
  const Fetched* invitation = find(all,
                                   "040000008200E00074C5B7101A82E00800000000E040C9C12685C4010000000000000000100000000BF"
                                   "0ED4B6E4EE94E9E39E3867B378EF3");
  ASSERT_NE(invitation, nullptr);
  EXPECT_FALSE(invitation->is_organizer);
  EXPECT_EQ(invitation->series.master->attendees.at(0).participation, model::Participation::tentative);
}

TEST_F(ClientTest, ReadsAnInvitationToOneOccurrenceWithoutAMaster) {
  Client client(service_options(simulator->url()));
  const auto all = everything(client);
  const Fetched* orphan = find(all, "orphan@example.com");
  ASSERT_NE(orphan, nullptr);
  EXPECT_FALSE(orphan->series.master.has_value());
  ASSERT_EQ(orphan->series.overrides.size(), 1U);
  EXPECT_TRUE(orphan->series.overrides[0].recurrence_id.has_value());
}

TEST_F(ClientTest, CountsOneFolderRequestOneListingAndOneGetItemForTenItems) {
  Client client(service_options(simulator->url()));
  const auto ids = list(client, default_folder(client));
  const std::size_t batches = (ids.size() + 9) / 10;
  const auto all = series_of(client.get_series(anna(), ids));
  EXPECT_EQ(all.size(), ids.size());
  EXPECT_EQ(client.operations().of("GetFolder"), 1U);
  EXPECT_EQ(client.operations().of("SyncFolderItems"), 1U);
  EXPECT_EQ(client.operations().of("GetItem"), batches + 1);  // one more for the exceptions of all
  EXPECT_EQ(simulator->requests("GetItem"), static_cast<long>(batches + 1));
}

TEST_F(ClientTest, FetchesTheContentOfAnAttachment) {
  Client client(service_options(simulator->url()));
  const auto all = everything(client);
  const Fetched* weekly = find(all, "weekly@example.com");
  ASSERT_NE(weekly, nullptr);
  std::string content;
  const auto info =
      client.get_attachment(anna(), AttachmentId(weekly->series.overrides.at(0).attachments.at(0).source_id),
                            [&](std::string_view bytes) -> Status {
                              content.append(bytes);
                              return {};
                            });
  ASSERT_TRUE(info) << info.error().what;
  EXPECT_EQ(content, "ein Plan");
  EXPECT_EQ(info->name, "plan.txt");
}

TEST_F(ClientTest, ExpandsACalendarView) {
  Client client(service_options(simulator->url()));
  Instant from, until;
  ASSERT_TRUE(parse_rfc3339("2026-03-01T00:00:00Z", from));
  ASSERT_TRUE(parse_rfc3339("2026-06-01T00:00:00Z", until));
  const auto rows = client.calendar_view(anna(), default_folder(client), from, until);
  ASSERT_TRUE(rows) << rows.error().what;
  const auto weekly = std::count_if(rows->begin(), rows->end(),
                                    [](const Occurrence& row) { return row.uid.value == "weekly@example.com"; });
  EXPECT_EQ(weekly, 9);
}

TEST_F(ClientTest, ProbesVersionAndRights) {
  Client client(service_options(simulator->url()));
  const auto probe = client.probe(anna());
  ASSERT_TRUE(probe) << probe.error().what;
  EXPECT_TRUE(probe->version.known());
  EXPECT_TRUE(probe->can_read);
  EXPECT_FALSE(probe->calendar.empty());
}

TEST_F(ClientTest, WorksWithNtlm) {
  Options options = service_options(simulator->url());
  options.http.auth = http::Auth::ntlm;
  Client client(options);
  EXPECT_GT(everything(client).size(), 5U);
}

TEST_F(ClientTest, WorksWithTheMailboxesOwnCredentials) {
  Options options = service_options(simulator->url());
  options.http.username = "anna@example.com";
  options.http.password = Secret("annapw");
  options.access = Access::mailbox;
  Client client(options);
  EXPECT_GT(everything(client).size(), 5U);
}

TEST_F(ClientTest, WorksWithABearerToken) {
  Options options = service_options(simulator->url());
  options.http.auth = http::Auth::bearer;
  options.http.token = [] { return Result<Secret>(Secret("good-token")); };
  Client client(options);
  EXPECT_GT(everything(client).size(), 5U);
}

TEST(OldServers, AreAskedWithTheSchemaThatTheyKnow) {
  if (!simulator_is_built()) GTEST_SKIP() << "exchange-sim is not built";
  Simulator simulator({"--load", "anna@example.com=" + kEvents, "--schema-version", "Exchange2010_SP2"});
  Client client(service_options(simulator.url()));
  const auto probe = client.probe(anna());
  ASSERT_TRUE(probe) << probe.error().what;
  EXPECT_EQ(probe->version.schema, "Exchange2010_SP2");
  const auto all = series_of(client.get_series(anna(), list(client, default_folder(client))));
  EXPECT_GT(all.size(), 5U);
}

TEST(ClientCredentials, GetATokenAndRefreshARefusedOne) {
  if (!simulator_is_built()) GTEST_SKIP() << "exchange-sim is not built";
  Simulator simulator({"--load", "anna@example.com=" + kEvents, "--oauth-client", "app:secret"});
  oauth2::Options oauth;
  oauth.token_url = simulator.base() + "/oauth/token";
  oauth.client_id = "app";
  oauth.client_secret = Secret("secret");
  Options options = service_options(simulator.url());
  options.http.auth = http::Auth::bearer;
  options.oauth2 = std::make_shared<oauth2::TokenCache>(oauth);
  Client client(options);
  const auto folders = client.calendar_folders(anna(), FolderScope::default_only);
  ASSERT_TRUE(folders) << folders.error().what;
}

TEST(ClientCredentials, ThatAreWrongSaySo) {
  if (!simulator_is_built()) GTEST_SKIP() << "exchange-sim is not built";
  Simulator simulator({"--mailbox", "anna@example.com", "--oauth-client", "app:secret"});
  oauth2::Options oauth;
  oauth.token_url = simulator.base() + "/oauth/token";
  oauth.client_id = "app";
  oauth.client_secret = Secret("wrong");
  const auto token = oauth2::TokenCache(oauth).token();
  ASSERT_FALSE(token);
  EXPECT_EQ(token.error().fault, Fault::denied);
}

}  // namespace
}  // namespace caravan::ews::test
