// SPDX-License-Identifier: GPL-3.0-or-later
#include "caldav/quirks.hpp"

#include <gtest/gtest.h>

namespace caravan::caldav {
namespace {

TEST(Quirks, EveryServerHasItsRow) {
  EXPECT_EQ(all_quirks().size(), 7U);
  EXPECT_EQ(quirks_of(Server::sogo).version, Version::weak);
  EXPECT_EQ(quirks_of(Server::radicale).bulk_fill, BulkFill::whole_collection_put);
  EXPECT_EQ(quirks_of(Server::xandikos).read_by, ReadBy::single_gets);
  EXPECT_EQ(quirks_of(Server::sogo).silent_writes, SilentWrites::defused_first);
  EXPECT_EQ(quirks_of(Server::generic).silent_writes, SilentWrites::defused_first);
  EXPECT_EQ(quirks_of(Server::cyrus).silent_writes, SilentWrites::as_they_are);
  EXPECT_EQ(quirks_of(Server::generic).etag_after_put, EtagAfterPut::none);
  EXPECT_EQ(server_named("Cyrus"), Server::cyrus);
  EXPECT_EQ(server_named("never heard of"), Server::generic);
}

Signs signs() { return {}; }

TEST(Detection, EachServerIsKnownByItsSigns) {
  auto radicale = signs();
  radicale.dav_header = "1, 2, 3, calendar-access, addressbook, extended-mkcol";
  EXPECT_EQ(detect(radicale), Server::radicale);
  auto cyrus = signs();
  cyrus.server_header = "Cyrus-HTTP/3.6.1 Cyrus-SASL/2.1.28";
  EXPECT_EQ(detect(cyrus), Server::cyrus);
  auto sogo = signs();
  sogo.path = "/SOGo/dav/alice/";
  EXPECT_EQ(detect(sogo), Server::sogo);
  auto davical = signs();
  davical.path = "/caldav.php/alice/";
  EXPECT_EQ(detect(davical), Server::davical);
  auto xandikos = signs();
  xandikos.body = "<title>Xandikos WebDAV server</title>";
  EXPECT_EQ(detect(xandikos), Server::xandikos);
  auto nextcloud = signs();
  nextcloud.path = "/remote.php/dav/calendars/alice/";
  EXPECT_EQ(detect(nextcloud), Server::nextcloud);
}
TEST(Detection, AnUnknownServerIsGeneric) {
  auto unknown = signs();
  unknown.server_header = "nginx";
  EXPECT_EQ(detect(unknown), Server::generic);
}

TEST(Silenced, OrganizerAndAttendeesGetAnAgent) {
  EXPECT_EQ(silenced("BEGIN:VEVENT\r\nORGANIZER;CN=A:mailto:a@x\r\nATTENDEE:mailto:b@x\r\nEND:VEVENT\r\n",
                     quirks_of(Server::sogo)),
            "BEGIN:VEVENT\r\nORGANIZER;SCHEDULE-AGENT=CLIENT\r\n ;CN=A:mailto:a@x\r\n"
            "ATTENDEE;SCHEDULE-AGENT=CLIENT\r\n :mailto:b@x\r\nEND:VEVENT\r\n");
}
TEST(Silenced, AnAgentThatIsThereStays) {
  const std::string text = "ATTENDEE;SCHEDULE-\r\n AGENT=NONE:mailto:b@x\r\n";
  EXPECT_EQ(silenced(text, quirks_of(Server::cyrus)), text);
}
TEST(Silenced, TwiceIsTheSameAsOnce) {
  const std::string once = silenced("ATTENDEE:mailto:b@x\r\n", quirks_of(Server::cyrus));
  EXPECT_EQ(silenced(once, quirks_of(Server::cyrus)), once);
}
TEST(Silenced, FoldedTextOfOtherPropertiesIsLeftAlone) {
  const std::string text = "DESCRIPTION:see\r\n ATTENDEE:not one\r\nX-ATTENDEE:x\r\n";
  EXPECT_EQ(silenced(text, quirks_of(Server::cyrus)), text);
}
TEST(Silenced, ANameThatIsFoldedIsStillSeen) {
  EXPECT_EQ(silenced("ATTEN\r\n DEE:mailto:b@x\r\n", quirks_of(Server::cyrus)),
            "ATTENDEE;SCHEDULE-AGENT=CLIENT\r\n :mailto:b@x\r\n");
}
TEST(Silenced, AServerThatNeverSendsGetsTheTextAsItIs) {
  const std::string text = "ORGANIZER:mailto:a@x\r\n";
  EXPECT_EQ(silenced(text, quirks_of(Server::radicale)), text);
}
TEST(Silenced, AnUnknownServerIsTakenForOneThatSends) {
  EXPECT_NE(silenced("ORGANIZER:mailto:a@x\n", quirks_of(Server::generic)).find("SCHEDULE-AGENT"), std::string::npos);
}

}  // namespace
}  // namespace caravan::caldav
