// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include "caldav/types.hpp"

namespace caravan::caldav {
namespace {

TEST(Hrefs, AllSpellingsOfOnePathAreOneHref) {
  const Href expected("/u/c/Grün=.ics");
  EXPECT_EQ(decode_href("/u/c/Gr%C3%BCn%3D.ics"), expected);
  EXPECT_EQ(decode_href("/u/c/Gr%c3%bcn=.ics"), expected);
  EXPECT_EQ(decode_href(" http://dav.example.org:8080/u/c/Grün=.ics\n"), expected);
}
TEST(Hrefs, ARawPercentSignIsKept) { EXPECT_EQ(decode_href("/c/100% sure.ics").value, "/c/100% sure.ics"); }
TEST(Hrefs, AnEscapedSlashIsNoSeparator) {
  EXPECT_EQ(decode_href("/c/a%2fb.ics").value, "/c/a%2Fb.ics");
  EXPECT_EQ(encode_href(decode_href("/c/a%2Fb.ics")), "/c/a%2Fb.ics");
  EXPECT_EQ(encode_href(decode_href("/c/a%252Fb.ics")), "/c/a%252Fb.ics");
}
TEST(Hrefs, EncodingEscapesWhatARequestLineCannotHold) {
  EXPECT_EQ(encode_href(Href("/c/ü & 100%.ics")), "/c/%C3%BC%20%26%20100%25.ics");
  EXPECT_EQ(decode_href(encode_href(Href("/c/ü & 100%.ics"))), Href("/c/ü & 100%.ics"));
}
TEST(Hrefs, AUrlWithoutPathIsTheRoot) { EXPECT_EQ(decode_href("https://dav.example.org").value, "/"); }
TEST(Hrefs, AChildIsJoinedWithOneSlash) {
  EXPECT_EQ(child(Href("/c"), "x.ics").value, "/c/x.ics");
  EXPECT_EQ(child(Href("/c/"), "x.ics").value, "/c/x.ics");
}

TEST(FilledName, IsTheUidWithTheEndingOnce) {
  EXPECT_EQ(filled_name(Uid("a@b")), "a@b.ics");
  EXPECT_EQ(filled_name(Uid("a.ICS")), "a.ICS");
  EXPECT_EQ(filled_name(Uid(std::string(251, 'a'))), std::string(251, 'a') + ".ics");
  EXPECT_EQ(filled_name(Uid(std::string(252, 'a'))), "");
}
TEST(ResourceName, APlainUidIsItsOwnName) { EXPECT_EQ(resource_name(Uid("040000-ABC_x.y")), "040000-ABC_x.y.ics"); }
TEST(ResourceName, WhatServersRefuseIsHashed) {
  EXPECT_TRUE(resource_name(Uid(".hidden")).starts_with("c-"));
  EXPECT_TRUE(resource_name(Uid("a@b")).starts_with("c-"));
  EXPECT_TRUE(resource_name(Uid("")).starts_with("c-"));
  EXPECT_TRUE(resource_name(Uid(std::string(152, 'a'))).starts_with("c-"));
  EXPECT_EQ(resource_name(Uid("a@b")).size(), 2U + 40U + 4U);
}
TEST(ResourceName, TheLongestPlainUidIsKept) {
  EXPECT_EQ(resource_name(Uid(std::string(151, 'a'))), std::string(151, 'a') + ".ics");
}

}  // namespace
}  // namespace caravan::caldav
