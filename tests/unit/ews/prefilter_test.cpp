// SPDX-License-Identifier: GPL-3.0-or-later
// The filter before the parser: what XML forbids is marked and counted, everything else passes untouched.
#include <gtest/gtest.h>

#include <random>

#include "ews/wire/prefilter.hpp"
#include "ews/wire/wire.hpp"
#include "unit/ews/samples.hpp"
#include "util/text.hpp"

namespace caravan::ews::test {
namespace {

const std::string kMark(wire::kVanished);

std::string cleaned(std::string text, std::size_t expected) {
  EXPECT_EQ(wire::clean(text), expected);
  return text;
}
std::string in_pieces(const std::string& text, std::size_t size) {
  wire::Prefilter filter;
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += size) filter.feed(std::string_view(text).substr(at, size), out);
  filter.finish(out);
  return out;
}

TEST(Clean, LeavesGoodTextAlone) {
  const std::string good =
      "<a>Fr\xC3\xBChst\xC3\xBC"
      "ck \xF0\x9F\x98\x80 &amp; &#228; &#x1F600;\t\r\n</a>";
  EXPECT_EQ(cleaned(good, 0), good);
}
TEST(Clean, MarksForbiddenReferences) {
  EXPECT_EQ(cleaned("a&#x1F;b&#0;c&#xB;d&#xFFFE;e&#xD800;f", 5),
            "a" + kMark + "b" + kMark + "c" + kMark + "d" + kMark + "e" + kMark + "f");
}
TEST(Clean, MarksForbiddenBytesAndBrokenUtf8) {
  EXPECT_EQ(cleaned(std::string("a\x01"
                                "b\xFF"
                                "c\xC3",
                                6),
                    3),
            "a" + kMark + "b" + kMark + "c" + kMark);
}
TEST(Clean, SeesEveryByteAtEveryPlace) {
  for (int byte = 0; byte < 0x80; ++byte)
    for (std::size_t at = 0; at < 20; ++at) {
      std::string text = "abcdefgh ~\x7F<>\"z0129Z";
      text[at] = static_cast<char>(byte);
      const bool forbidden = byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r';
      std::string wanted = text;
      if (forbidden) wanted.replace(at, 1, kMark);
      EXPECT_EQ(cleaned(text, forbidden ? 1 : 0), wanted) << byte << " at " << at;
    }
}
TEST(Clean, KeepsWhatOnlyLooksLikeAReference) {
  EXPECT_EQ(cleaned("a & b &# c &#x; &lt; &#xZ;", 1), "a & b &# c " + kMark + " &lt; &#xZ;");
}
TEST(Clean, GivesTheSameInPiecesOfAnySize) {
  const std::string text = "x&#x1F;y\xF0\x9F\x98\x80z&#10;&#x1\x02&amp;";
  std::string whole = text;
  wire::clean(whole);
  for (std::size_t size = 1; size < 12; ++size) EXPECT_EQ(in_pieces(text, size), whole) << size;
}
TEST(Doctype, IsSeenInTheProlog) {
  EXPECT_TRUE(wire::has_doctype("\xEF\xBB\xBF<?xml version=\"1.0\"?> <!-- c --> <!DOCTYPE a>"));
  EXPECT_FALSE(wire::has_doctype("<?xml version=\"1.0\"?><a><![CDATA[<!DOCTYPE a>]]></a>"));
}

/// A batch of five items of which one is damaged in a way that XML survives: its neighbours must be whole.
TEST(DamagedAnswers, NeverCrashAndNeverLoseANeighbour) {
  std::string base =
      R"(<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><m:GetItemResponse )"
      R"(xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages" xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"><m:ResponseMessages>)";
  const auto message = [](int i, const std::string& subject) {
    return R"(<m:GetItemResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode><m:Items><t:CalendarItem><t:ItemId Id="I)" +
           std::to_string(i) + R"("/><t:Subject>)" + subject +
           "</t:Subject></t:CalendarItem></m:Items></m:GetItemResponseMessage>";
  };
  std::mt19937 random(20261121);
  const std::vector<std::string> poisons = {"&#x1F;", "&#0;",     "\x01",     "\x0B",         "\xFF\xFE",
                                            "\xC3",   "&#xFFFF;", "&#55296;", "\xED\xA0\x80", "&#x8;"};
  std::size_t whole = 0;
  for (int round = 0; round < 10000; ++round) {
    std::string text = base;
    const int hit = static_cast<int>(random() % 5);
    for (int i = 0; i < 5; ++i) {
      std::string subject = "subject number " + std::to_string(i);
      if (i == hit) {
        const int times = 1 + static_cast<int>(random() % 4);
        for (int k = 0; k < times; ++k) subject.insert(random() % subject.size(), poisons[random() % poisons.size()]);
      }
      text += message(i, subject);
    }
    text += "</m:ResponseMessages></m:GetItemResponse></s:Body></s:Envelope>";
    ASSERT_GT(wire::clean(text), 0U);
    wire::Wire wire;
    const auto envelope = wire.read(text);
    // Poison inside of poison may leave a bare ampersand, which only the parser can judge; then the batch is asked for
    // singly.
    if (!envelope) continue;
    ++whole;
    const auto& messages = (*envelope)->s__Body->m__GetItemResponse->ResponseMessages.GetItemResponseMessage;
    ASSERT_EQ(messages.size(), 5U);
    for (int i = 0; i < 5; ++i) {
      const std::string& subject = *messages[static_cast<std::size_t>(i)].Items->CalendarItem.at(0)->Subject;
      ASSERT_TRUE(i == hit || subject == "subject number " + std::to_string(i)) << subject;
    }
  }
  EXPECT_GT(whole, 9000U);
}

TEST(DamagedAnswers, OfAnyByteNeverCrash) {
  const std::string base = fixture("weekly_with_exceptions.xml");
  std::mt19937 random(7);
  std::size_t readable = 0;
  for (int round = 0; round < 10000; ++round) {
    std::string text = base;
    const int times = 1 + static_cast<int>(random() % 6);
    for (int k = 0; k < times; ++k) {
      const std::size_t at = random() % text.size();
      if (random() % 3 == 0)
        text.erase(at, random() % 20);
      else if (random() % 2 == 0)
        text[at] = static_cast<char>(random() % 256);
      else
        text.resize(at + 1);
      if (text.empty()) text = "<";
    }
    if (map_answer(std::move(text))) ++readable;
  }
  EXPECT_LT(readable, 10000U);
}

}  // namespace
}  // namespace caravan::ews::test
