// SPDX-License-Identifier: GPL-3.0-or-later
// Attachments travel through the spool, once.
#include <gtest/gtest.h>

#include <filesystem>

#include "ical/parse.hpp"
#include "support/world/world.hpp"

namespace caravan::world {
namespace {

ItemId add_with_attachment(World& world, const std::string& name, std::uint64_t size) {
  model::Series series = event(name);
  attachment(name + "-att", size)(series);
  world.exchange().give_content(name + "-att", std::string(size, 'x'));
  return world.exchange().add(series);
}

TEST(Attachment, ArrivesInline) {
  World world;
  add_with_attachment(world, "Minutes", 5000);
  world.migrate();
  const model::Series stored = world.caldav().series(uid_of("Minutes"));
  ASSERT_EQ(stored.master->attachments.size(), 1U);
  EXPECT_EQ(stored.master->attachments.front().content, sha256(std::string(5000, 'x')));
}

TEST(Attachment, IsNotTransferredAgainWhenATitleChanges) {
  World world;
  const ItemId item = add_with_attachment(world, "Minutes", 5000);
  world.migrate();
  world.exchange().edit(item, title("Minutes of June"));
  world.migrate();
  EXPECT_EQ(world.exchange().attachments_read, 1);
  EXPECT_EQ(world.caldav().series(uid_of("Minutes")).master->attachments.size(), 1U);
}

TEST(Attachment, IsTransferredAfterAllWhenTheEventHasToBeMadeAnew) {
  World world;
  const ItemId item = add_with_attachment(world, "Minutes", 5000);
  world.migrate();
  world.caldav().remove(uid_of("Minutes"));
  world.exchange().edit(item, title("Minutes of June"));
  world.migrate();
  EXPECT_EQ(world.exchange().attachments_read, 2);
  EXPECT_EQ(world.caldav().series(uid_of("Minutes")).master->attachments.size(), 1U);
  EXPECT_TRUE(world.parked().empty());
}

TEST(Attachment, IsTransferredWhenItIsAdded) {
  World world;
  const ItemId item = world.exchange().add("Minutes");
  world.migrate();
  world.exchange().give_content("late", "late content");
  world.exchange().edit(item, attachment("late", 12));
  world.migrate();
  const model::Series stored = world.caldav().series(uid_of("Minutes"));
  ASSERT_EQ(stored.master->attachments.size(), 1U);
  EXPECT_EQ(stored.master->attachments.front().content, sha256("late content"));
}

TEST(Attachment, BesideAKnownOneArrivesToo) {
  World world;
  const ItemId item = add_with_attachment(world, "Minutes", 5000);
  world.migrate();
  world.exchange().give_content("late", "late content");
  world.exchange().edit(item, attachment("late", 12));
  world.migrate();
  EXPECT_EQ(world.caldav().series(uid_of("Minutes")).master->attachments.size(), 2U);
  EXPECT_TRUE(world.parked().empty());
}

TEST(Attachment, FallsSilent) {
  World world;
  const ItemId item = add_with_attachment(world, "Minutes", 5000);
  world.migrate();
  world.writes();
  world.exchange().touch(item);
  world.migrate();
  EXPECT_EQ(world.writes(), 0);
}

TEST(Attachment, AboveTheLimitIsToldAndTheEventGoes) {
  World world;
  world.options.max_attachment_bytes = 1000;
  add_with_attachment(world, "Minutes", 5000);
  world.migrate();
  EXPECT_TRUE(world.caldav().has(uid_of("Minutes")));
  EXPECT_EQ(world.report().loss_counts.at("attachment_too_large"), 1U);
}

TEST(Attachment, ThatIsSkippedByPolicyIsTold) {
  World world;
  world.options.attachments = sync::AttachmentPolicy::skip;
  add_with_attachment(world, "Minutes", 5000);
  world.migrate();
  EXPECT_TRUE(world.caldav().series(uid_of("Minutes")).master->attachments.empty());
  EXPECT_EQ(world.report().loss_counts.at("attachment_skipped"), 1U);
}

TEST(Attachment, WithoutContentIsToldAndTheEventGoes) {
  World world;
  model::Series series = event("Minutes");
  attachment("nowhere")(series);
  world.exchange().add(series);
  world.migrate();
  EXPECT_TRUE(world.caldav().has(uid_of("Minutes")));
  EXPECT_EQ(world.report().loss_counts.at("attachment_unreadable"), 1U);
}

TEST(Attachment, ThatTwoEventsShareArrivesInBoth) {
  World world;
  add_with_attachment(world, "One", 3000);
  add_with_attachment(world, "Two", 3000);
  world.migrate();
  EXPECT_EQ(world.caldav().series(uid_of("One")).master->attachments.size(), 1U);
  EXPECT_EQ(world.caldav().series(uid_of("Two")).master->attachments.size(), 1U);
}

TEST(Attachment, SurvivesAnUpdateThatIsRefusedOnce) {
  World world;
  const ItemId item = world.exchange().add("Minutes");
  world.migrate();
  world.exchange().give_content("late", "late content");
  world.exchange().edit(item, attachment("late", 12));
  world.caldav().trouble_next_write(Trouble::refused_412);
  world.migrate();
  EXPECT_EQ(world.caldav().series(uid_of("Minutes")).master->attachments.size(), 1U);
}

TEST(Spool, IsEmptyAfterThePass) {
  World world;
  add_with_attachment(world, "Minutes", 5000);
  world.migrate();
  EXPECT_TRUE(!std::filesystem::exists(world.spool_dir()) || std::filesystem::is_empty(world.spool_dir()));
}

}  // namespace
}  // namespace caravan::world
