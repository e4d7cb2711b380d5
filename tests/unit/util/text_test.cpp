// SPDX-License-Identifier: GPL-3.0-or-later
#include "util/text.hpp"

#include <gtest/gtest.h>

namespace caravan::text {
namespace {

TEST(Text, LowersAsciiOnly) { EXPECT_EQ(lower("ÄBc@X"), "Äbc@x"); }
TEST(Text, ComparesWithoutCase) {
  EXPECT_TRUE(equal_ignoring_case("MailTo", "mailto"));
  EXPECT_FALSE(equal_ignoring_case("a", "ab"));
}
TEST(Text, TrimsBothEnds) { EXPECT_EQ(trim(" \t a b \r\n"), "a b"); }
TEST(Text, SplitsAndJoins) {
  EXPECT_EQ(split("a,,b", ','), (std::vector<std::string>{"a", "", "b"}));
  EXPECT_EQ(join({"a", "", "b"}, ", "), "a, , b");
}
TEST(Text, ReplacesEveryPlace) {
  EXPECT_EQ(replace_all("aXbXX", "X", "yy"), "ayybyyyy");
  EXPECT_EQ(replace_all("abc", "", "x"), "abc");
  EXPECT_EQ(replace_all("aaa", "aa", "a"), "aa");
}
TEST(Text, SanitizesForXml) {
  EXPECT_EQ(sanitize(std::string("a\0b\x01"
                                 "c\td",
                                 7)),
            "abc\td");
  EXPECT_EQ(sanitize("a\xFF"), "a\xEF\xBF\xBD");
  EXPECT_EQ(sanitize("\xED\xA0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
}
TEST(Text, KnowsValidUtf8) {
  EXPECT_TRUE(is_valid_utf8("aä€🎉"));
  EXPECT_FALSE(is_valid_utf8("\xC0\x80"));
  EXPECT_FALSE(is_valid_utf8("\xF5\x80\x80\x80"));
  EXPECT_FALSE(is_valid_utf8("\xE2\x82"));
}
TEST(Text, BringsLineEndsToUnix) { EXPECT_EQ(unix_line_ends("a\r\nb\rc\n"), "a\nb\nc\n"); }
TEST(Text, EscapesForXml) { EXPECT_EQ(escape_xml("<a b=\"c\">&'"), "&lt;a b=&quot;c&quot;&gt;&amp;&#39;"); }
TEST(Base64, GoesThereAndBack) {
  std::string out;
  EXPECT_EQ(base64_encode("Hello, world!"), "SGVsbG8sIHdvcmxkIQ==");
  EXPECT_TRUE(base64_decode("SGVsbG8s\r\n IHdvcmxkIQ==", out));
  EXPECT_EQ(out, "Hello, world!");
  EXPECT_EQ(base64_encode(""), "");
}
TEST(Base64, RefusesWhatIsNone) {
  std::string out;
  EXPECT_FALSE(base64_decode("A", out));
  EXPECT_FALSE(base64_decode("A===", out));
  EXPECT_FALSE(base64_decode("AA=A", out));
  EXPECT_FALSE(base64_decode("!!!!", out));
}
TEST(Percent, GoesThereAndBack) {
  EXPECT_EQ(percent_encode("a b/ä%"), "a%20b/%C3%A4%25");
  EXPECT_EQ(percent_encode("a/b", Slash::escape), "a%2Fb");
  EXPECT_EQ(percent_decode("a%20b/%C3%A4%25"), "a b/ä%");
  EXPECT_EQ(percent_decode("%zz%2"), "%zz%2");
}
TEST(Slug, IsSafeAndNeverEmpty) {
  EXPECT_EQ(slug("My Calendar (2)"), "my-calendar-2");
  EXPECT_EQ(slug("日本語").substr(0, 4), "cal-");
  EXPECT_NE(slug("日本語"), slug("中文"));
  EXPECT_LE(slug(std::string(500, 'a')).size(), 60U);
}

}  // namespace
}  // namespace caravan::text
