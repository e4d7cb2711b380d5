// SPDX-License-Identifier: GPL-3.0-or-later
// The EWS client against exchange-sim's faults: nothing is lost, nothing is taken for absent.
#include <gtest/gtest.h>

#include "contract/ews/simulator.hpp"

namespace caravan::ews::test {
namespace {

const std::string kEvents = std::string(CARAVAN_SOURCE_DIR) + "/tests/contract/exchange_sim/events";

class FailureTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!simulator_is_built()) GTEST_SKIP() << "exchange-sim is not built";
    simulator = std::make_unique<Simulator>(std::vector<std::string>{"--load", "anna@example.com=" + kEvents,
                                                                     "--mailbox", "ben@example.com", "--deny",
                                                                     "cora@example.com=ErrorImpersonateUserDenied"});
    client = std::make_unique<Client>(service_options(simulator->url()));
    folder = default_folder(*client);
    ids = list(*client, folder);
  }
  /// The row of the item with this UID, by position in a listing that is known to be good.
  static long errors(const FetchedSeries& rows) {
    return std::count_if(rows.begin(), rows.end(), [](const auto& row) { return !row.second; });
  }
  std::unique_ptr<Simulator> simulator;
  std::unique_ptr<Client> client;
  FolderId folder;
  std::vector<ItemId> ids;
};

TEST_F(FailureTest, ARefusedImpersonationIsDeniedWithARemedy) {
  const auto folders = client->calendar_folders({Address("cora@example.com"), {}}, FolderScope::default_only);
  ASSERT_FALSE(folders);
  EXPECT_EQ(folders.error().fault, Fault::denied);
  EXPECT_EQ(folders.error().code, "ErrorImpersonateUserDenied");
  EXPECT_NE(folders.error().remedy.find("ApplicationImpersonation"), std::string::npos);
}

TEST_F(FailureTest, AnUnknownMailboxIsDenied) {
  const auto folders = client->calendar_folders({Address("nobody@example.com"), {}}, FolderScope::default_only);
  ASSERT_FALSE(folders);
  EXPECT_EQ(folders.error().fault, Fault::denied);
}

TEST_F(FailureTest, AWrongPasswordIsDenied) {
  Options options = service_options(simulator->url());
  options.http.password = Secret("wrong");
  const auto folders = Client(options).calendar_folders(anna(), FolderScope::default_only);
  ASSERT_FALSE(folders);
  EXPECT_EQ(folders.error().fault, Fault::denied);
}

TEST_F(FailureTest, ABusyServersBackOffIsObeyed) {
  simulator->fault("SyncFolderItems", "server_busy", 1, 400);
  const auto before = std::chrono::steady_clock::now();
  const auto page = client->sync_folder_items(anna(), folder, {});
  ASSERT_TRUE(page) << page.error().what;
  EXPECT_GE(std::chrono::steady_clock::now() - before, std::chrono::milliseconds(400));
  EXPECT_EQ(simulator->get("requests").at("inside_back_off"), 0);
}

TEST_F(FailureTest, ABusyServerDuringABatchLosesNothing) {
  simulator->fault("GetItem", "server_busy", 1, 200);
  EXPECT_EQ(errors(client->get_series(anna(), ids)), 0);
}

TEST_F(FailureTest, AnOverloadedFrontEndIsAskedAgain) {
  simulator->fault("GetItem", "http_503", 1, 1000);
  EXPECT_EQ(errors(client->get_series(anna(), ids)), 0);
}

TEST_F(FailureTest, ACutOffListingIsReadAgainAndNeverTakenAsComplete) {
  simulator->fault("SyncFolderItems", "truncate");
  const auto page = client->sync_folder_items(anna(), folder, {});
  ASSERT_TRUE(page) << page.error().what;
  EXPECT_EQ(page->changes.size(), ids.size());
}

TEST_F(FailureTest, ACutOffBatchIsReadItemByItem) {
  simulator->fault("GetItem", "truncate");
  EXPECT_EQ(errors(client->get_series(anna(), ids)), 0);
}

TEST_F(FailureTest, AGarbledBatchIsReadItemByItem) {
  simulator->fault("GetItem", "garbage");
  EXPECT_EQ(errors(client->get_series(anna(), ids)), 0);
}

TEST_F(FailureTest, ALostConnectionIsReadAgain) {
  simulator->fault("GetItem", "drop");
  EXPECT_EQ(errors(client->get_series(anna(), ids)), 0);
}

TEST_F(FailureTest, AServerErrorIsReadAgain) {
  simulator->fault("GetItem", "http_500_before");
  EXPECT_EQ(errors(client->get_series(anna(), ids)), 0);
}

TEST_F(FailureTest, AnInvalidStateIsRecognisable) {
  const auto page = client->sync_folder_items(anna(), folder, SyncState("rubbish"));
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code, kInvalidSyncState);
}

TEST_F(FailureTest, AFolderThatIsGoneIsNotFound) {
  const auto page = client->sync_folder_items({Address("ben@example.com"), {}}, FolderId("AAAA"), {});
  ASSERT_FALSE(page);
}

TEST_F(FailureTest, ADeletedItemIsNotFoundAndItsNeighboursArrive) {
  simulator->remove("mailboxes/anna@example.com/items/single@example.com");
  const auto rows = client->get_series(anna(), ids);
  ASSERT_EQ(rows.size(), ids.size());
  EXPECT_EQ(errors(rows), 1);
  const auto gone = std::find_if(rows.begin(), rows.end(), [](const auto& row) { return !row.second; });
  EXPECT_EQ(gone->second.error().fault, Fault::not_found);
}

class PoisonTest : public FailureTest, public ::testing::WithParamInterface<const char*> {};

TEST_P(PoisonTest, IsReportedOrReadAndNeverAbsentAndItsNeighboursArrive) {
  simulator->post("poison", {{"mailbox", "anna@example.com"}, {"uid", "weekly@example.com"}, {"kind", GetParam()}});
  const auto rows = client->get_series(anna(), ids);
  ASSERT_EQ(rows.size(), ids.size());
  EXPECT_LE(errors(rows), 1);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    EXPECT_EQ(rows[i].first, ids[i]);
    if (!rows[i].second) {
      EXPECT_EQ(rows[i].second.error().fault, Fault::malformed) << rows[i].second.error().what;
    }
  }
}
INSTANTIATE_TEST_SUITE_P(Kinds, PoisonTest,
                         ::testing::Values("corrupt", "control_characters", "bad_recurrence", "malformed"));

TEST_F(FailureTest, VanishedCharactersAreALossOfTheirItemOnly) {
  simulator->post("poison",
                  {{"mailbox", "anna@example.com"}, {"uid", "single@example.com"}, {"kind", "control_characters"}});
  const auto all = series_of(client->get_series(anna(), ids));
  ASSERT_EQ(all.size(), ids.size());
  const Fetched* single = find(all, "single@example.com");
  ASSERT_NE(single, nullptr);
  ASSERT_FALSE(single->losses.empty());
  EXPECT_EQ(single->losses[0].reason, model::LossReason::characters_dropped);
  const Fetched* fair = find(all, "allday@example.com");
  ASSERT_NE(fair, nullptr);
  EXPECT_TRUE(fair->losses.empty());
}

TEST_F(FailureTest, AStoppedClientSaysCancelled) {
  std::stop_source source;
  source.request_stop();
  const auto rows = client->get_series(anna(), ids, source.get_token());
  ASSERT_EQ(rows.size(), ids.size());
  EXPECT_EQ(rows[0].second.error().fault, Fault::cancelled);
}

TEST_F(FailureTest, ALargeAttachmentPassesInPieces) {
  Simulator big({"--mailbox", "anna@example.com", "--generate", "1:1", "--attachment-largest", "8000000"});
  Client reader(service_options(big.url()));
  const auto mailboxes = big.get("mailboxes");
  SUCCEED() << mailboxes.dump();
  std::size_t largest = 0, total = 0;
  bool found = false;
  for (const auto& row : mailboxes) {
    const Mailbox mailbox{Address(row.at("address").get<std::string>()), {}};
    const auto folders = reader.calendar_folders(mailbox, FolderScope::default_only);
    ASSERT_TRUE(folders) << folders.error().what;
    const auto page = reader.sync_folder_items(mailbox, folders->front().id, {});
    ASSERT_TRUE(page);
    std::vector<ItemId> items;
    for (const ItemChange& change : page->changes) items.push_back(change.item_id);
    for (const Fetched& each : series_of(reader.get_series(mailbox, items)))
      for (const model::Attachment& attachment : model::representative(each.series).attachments) {
        const auto info =
            reader.get_attachment(mailbox, AttachmentId(attachment.source_id), [&](std::string_view bytes) {
              largest = std::max(largest, bytes.size());
              total += bytes.size();
              return Status();
            });
        ASSERT_TRUE(info) << info.error().what;
        found = true;
      }
  }
  ASSERT_TRUE(found);
  EXPECT_GE(total, 8000000U);
  EXPECT_LT(largest, 300000U);
}

}  // namespace
}  // namespace caravan::ews::test
