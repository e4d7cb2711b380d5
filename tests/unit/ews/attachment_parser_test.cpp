// SPDX-License-Identifier: GPL-3.0-or-later
// GetAttachment's answer in pieces of any size.
#include <gtest/gtest.h>

#include "ews/attachment_reader.hpp"
#include "unit/ews/samples.hpp"
#include "util/text.hpp"

namespace caravan::ews::test {
namespace {

std::string answer(const std::string& attachment, const std::string& message_class = "Success",
                   const std::string& code = "NoError") {
  return R"(<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><m:GetAttachmentResponse )"
         R"(xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages" xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types">)"
         "<m:ResponseMessages><m:GetAttachmentResponseMessage ResponseClass=\"" +
         message_class + "\"><m:ResponseCode>" + code + "</m:ResponseCode><m:Attachments>" + attachment +
         "</m:Attachments></m:GetAttachmentResponseMessage></m:ResponseMessages>"
         "</m:GetAttachmentResponse></s:Body></s:Envelope>";
}
std::string file(const std::string& content) {
  return "<t:FileAttachment><t:AttachmentId "
         "Id=\"A\"/><t:Name>pl&#x1;an.txt</t:Name><t:ContentType>text/plain</t:ContentType><t:Content>" +
         content + "</t:Content></t:FileAttachment>";
}

Result<AttachmentInfo> parse(const std::string& text, std::size_t piece, std::string& content) {
  const ContentSink sink = [&](std::string_view bytes) -> Status {
    content.append(bytes);
    return {};
  };
  AttachmentParser parser(sink);
  for (std::size_t at = 0; at < text.size(); at += piece)
    if (auto fed = parser.feed(std::string_view(text).substr(at, piece)); !fed) return fed.error();
  return parser.finish("GetAttachment");
}

class InPieces : public ::testing::TestWithParam<std::size_t> {};
TEST_P(InPieces, AFileIsReadWhole) {
  std::string bytes;
  for (int i = 0; i < 5000; ++i) bytes += static_cast<char>(i * 7 + i / 256);
  std::string content;
  const auto info = parse(answer(file(text::base64_encode(bytes))), GetParam(), content);
  ASSERT_TRUE(info) << info.error().what;
  EXPECT_EQ(content, bytes);
  EXPECT_EQ(info->size, bytes.size());
  EXPECT_EQ(info->name, "plan.txt");
}
INSTANTIATE_TEST_SUITE_P(Sizes, InPieces, ::testing::Values(1, 7, 100, 4096, 1000000));

TEST(AnAttachedItem, ComesAsItsMime) {
  std::string content;
  const auto info =
      parse(answer("<t:ItemAttachment><t:Name>Mail</t:Name><t:Message><t:MimeContent CharacterSet=\"UTF-8\">" +
                   text::base64_encode("Subject: x\r\n\r\n") +
                   "</t:MimeContent><t:Attachments><t:FileAttachment><t:Name>inner</t:Name>"
                   "<t:Content>AAAA</t:Content></t:FileAttachment></t:Attachments></t:Message></t:ItemAttachment>"),
            50, content);
  ASSERT_TRUE(info) << info.error().what;
  EXPECT_EQ(content, "Subject: x\r\n\r\n");
  EXPECT_EQ(info->content_type, "message/rfc822");
}
TEST(AnAttachment, ThatIsGoneIsNotFound) {
  std::string content;
  const auto info = parse(answer("", "Error", "ErrorItemNotFound"), 64, content);
  ASSERT_FALSE(info);
  EXPECT_EQ(info.error().fault, Fault::not_found);
}
TEST(AnAttachment, ThatIsCutOffIsNeverTakenAsWhole) {
  std::string content;
  const std::string text = answer(file(text::base64_encode(std::string(3000, 'x'))));
  EXPECT_FALSE(parse(text.substr(0, text.size() / 2), 64, content));
  EXPECT_FALSE(parse(text.substr(0, text.size() - 20), 64, content));
}
TEST(AnAttachment, WithBadBase64IsMalformed) {
  std::string content;
  EXPECT_FALSE(parse(answer(file("AAAA*AAA")), 64, content));
  EXPECT_FALSE(parse(answer(file("AAAAA")), 64, content));
}
TEST(AnAttachment, WithoutContentIsEmpty) {
  std::string content;
  const auto info = parse(answer(file("")), 64, content);
  ASSERT_TRUE(info) << info.error().what;
  EXPECT_EQ(info->size, 0U);
}
TEST(AnAttachment, WithADocumentTypeIsRefused) {
  std::string content;
  EXPECT_FALSE(parse("<!DOCTYPE a [<!ENTITY e 'x'>]>" + answer(file("AAAA")).substr(38), 64, content));
}
TEST(AnAttachment, WhoseSinkFailsEndsWithThatError) {
  const ContentSink sink = [](std::string_view) -> Status {
    return make_error(Fault::retry_later, "disk full", "ENOSPC");
  };
  AttachmentParser parser(sink);
  static_cast<void>(parser.feed(answer(file("AAAA"))));
  const auto info = parser.finish("GetAttachment");
  ASSERT_FALSE(info);
  EXPECT_EQ(info.error().code, "ENOSPC");
}

}  // namespace
}  // namespace caravan::ews::test
