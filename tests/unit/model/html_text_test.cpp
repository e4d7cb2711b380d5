// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/html_text.hpp"

#include <gtest/gtest.h>

namespace caravan::model {
namespace {

struct Case {
  const char* name;
  const char* html;
  const char* text;
};
class HtmlToText : public ::testing::TestWithParam<Case> {};
TEST_P(HtmlToText, Reads) { EXPECT_EQ(html_to_text(GetParam().html), GetParam().text); }
INSTANTIATE_TEST_SUITE_P(
    Model, HtmlToText,
    ::testing::Values(
        Case{"nothing", "", ""}, Case{"plain_text", "just text", "just text"},
        Case{"white_space_collapses", "  a \r\n\t b  ", "a b"}, Case{"line_breaks", "a<br>b<br/>c", "a\nb\nc"},
        Case{"paragraphs", "<p>a</p><p>b</p>", "a\n\nb"}, Case{"divisions", "<div>a</div><div>b</div>", "a\nb"},
        Case{"outlook_blank_line", "<p>a</p>\r\n<p>&nbsp;</p>\r\n<p>b</p>", "a\n\nb"},
        Case{"inline_tags", "a<b>b</b> <i>c</i>", "ab c"},
        Case{"entities", "&lt;&amp;&gt; &quot;&#228;&#xE4;&uuml;&euro;&nbsp;x &unknown; &",
             "<&> \"ää\xC3\xBC\xE2\x82\xAC x &unknown; &"},
        Case{"lists", "<ul><li>a</li><li>b</li></ul>c", "- a\n- b\n\nc"},
        Case{"links", "see <a href=\"https://x.y/?a=1&amp;b=2\">here</a>!", "see here <https://x.y/?a=1&b=2>!"},
        Case{"link_shown_as_itself", "<a href='https://x.y'>https://x.y</a>", "https://x.y"},
        Case{"mail_link", "<a href=\"mailto:a@b.c\">a@b.c</a>", "a@b.c"},
        Case{"script_and_style", "a<style>p { x: y }</style><script>if (a < b) {}</script>b", "ab"},
        Case{"whole_document", "<html><head><title>t</title><meta a=b></head><body><p>x</p></body></html>", "x"},
        Case{"comments", "a<!-- <b> -->b<!DOCTYPE x>c", "abc"}, Case{"conditional", "<!--[if mso]>x<![endif]-->y", "y"},
        Case{"table_cells", "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"},
        Case{"preformatted", "<pre>a  b\n c</pre>", "a  b\n c"}, Case{"less_than", "1 < 2 and <3", "1 < 2 and <3"},
        Case{"unclosed_tag", "a <b", "a"}, Case{"image_text", "<img src=x alt=\"logo\">", "logo"},
        Case{"no_more_than_one_blank_line", "a<br><br><br><br>b", "a\n\nb"}),
    [](const ::testing::TestParamInfo<Case>& of) { return std::string(of.param.name); });

TEST(HtmlToTextLimits, IsLinearInItsInput) {
  std::string open, quotes;
  for (int i = 0; i < 200000; ++i) open += "<p><a href='", quotes += "<a b=\"";
  EXPECT_LE(html_to_text(open).size(), open.size());
  EXPECT_LE(html_to_text(quotes).size(), quotes.size());
}

TEST(HtmlToTextLimits, IsStableOnItsOwnOutputOfPlainWords) {
  const auto once = html_to_text("<div>Agenda</div><div>Tea, biscuits</div>");
  EXPECT_EQ(once, "Agenda\nTea, biscuits");
}

}  // namespace
}  // namespace caravan::model
