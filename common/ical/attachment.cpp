// SPDX-License-Identifier: GPL-3.0-or-later
#include "ical/attachment.hpp"

#include <array>
#include <charconv>

#include "util/text.hpp"

namespace caravan::ical::detail {
namespace {

constexpr std::size_t kPiece = 48 * 1024;  // base64 digits decoded at a time; a multiple of four

std::string first_parameter(const ContentLine& line, std::initializer_list<std::string_view> names) {
  for (const auto name : names)
    if (const auto value = line.parameter(name); !value.empty()) return decode_caret(value);
  return {};
}

/// Collects digits, decodes them four by four and hands the bytes on.
class Decoder {
 public:
  explicit Decoder(ContentSink* sink) : sink_(sink) { digits_.reserve(kPiece); }

  Status take(std::string_view raw) {
    for (const char c : raw) {
      if (c == '\r' || c == '\n' || c == ' ' || c == '\t' || c == '\0') continue;
      digits_ += c;
      if (digits_.size() == kPiece) CARAVAN_CHECK(flush());
    }
    return {};
  }

  Result<std::pair<Digest, std::uint64_t>> finish() {
    while (digits_.size() % 4 != 0 && digits_.size() % 4 != 1) digits_ += '=';  // some writers leave the padding out
    CARAVAN_CHECK(flush());
    auto digest = hash_.finish();
    if (sink_ != nullptr) CARAVAN_CHECK(sink_->finish(digest, size_));
    return std::pair{std::move(digest), size_};
  }

 private:
  Status flush() {
    if (!text::base64_decode(digits_, bytes_))
      return make_error(Fault::malformed, "An inline attachment is no base64.", "ATTACH");
    digits_.clear();
    size_ += bytes_.size();
    hash_.update(bytes_);
    return sink_ != nullptr && !bytes_.empty() ? sink_->write(bytes_) : Status();
  }

  ContentSink* sink_;
  std::string digits_, bytes_;
  Sha256 hash_;
  std::uint64_t size_ = 0;
};

bool is_inline(const ContentLine& head) {
  return text::equal_ignoring_case(head.parameter("ENCODING"), "BASE64") ||
         text::equal_ignoring_case(head.parameter("VALUE"), "BINARY");
}

void append_description(std::string& out, const model::Attachment& attachment) {
  if (!attachment.content_type.empty()) append_parameter(out, "FMTTYPE", encode_caret(attachment.content_type));
  if (!attachment.name.empty()) append_parameter(out, "FILENAME", encode_caret(attachment.name));
  if (!attachment.content_id.empty()) append_parameter(out, "X-CONTENT-ID", encode_caret(attachment.content_id));
}

bool is_hex_digest(std::string_view hex) noexcept {
  return hex.size() == 64 && hex.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

Result<model::Attachment> read_attachment(std::string_view text, const Span& span, const ParseOptions& options) {
  std::size_t value_begin = 0;
  const ContentLine head = read_head(text, span, value_begin);
  const auto raw = text.substr(value_begin, span.end - value_begin);
  model::Attachment out;
  out.content_type = first_parameter(head, {"FMTTYPE"});
  out.name =
      first_parameter(head, {"FILENAME", "X-FILENAME", "X-APPLE-FILENAME", "X-EVOLUTION-CALDAV-ATTACHMENT-NAME"});
  out.content_id = first_parameter(head, {"X-CONTENT-ID", "CID"});
  out.is_inline = !out.content_id.empty();
  const auto size = head.parameter("SIZE");
  if (is_inline(head)) {
    Decoder decoder(options.content);
    CARAVAN_CHECK(decoder.take(raw));
    CARAVAN_TRY(content, decoder.finish());
    out.content = std::move(content.first);
    out.size = content.second;
    return out;
  }
  std::from_chars(size.data(), size.data() + size.size(), out.size);
  out.uri = text::trim(unfold(raw));
  if (options.own_content_references && out.uri.starts_with(kContentScheme) &&
      is_hex_digest(std::string_view(out.uri).substr(kContentScheme.size()))) {
    out.content.hex = out.uri.substr(kContentScheme.size());
    out.uri.clear();
    out.source_id = first_parameter(head, {kSourceParameter});
  }
  return out;
}

std::string attachment_line(const model::Attachment& attachment) {
  std::string line = "ATTACH";
  append_description(line, attachment);
  if (attachment.size > 0) append_parameter(line, "SIZE", std::to_string(attachment.size));
  // Only our own base copies hold references: there the id tells whether Exchange still means the same content.
  if (attachment.uri.empty() && !attachment.source_id.empty())
    append_parameter(line, kSourceParameter, encode_caret(attachment.source_id));
  line += ':';
  if (attachment.uri.empty()) {
    line += kContentScheme;
    line += attachment.content.hex;
  } else {
    line += attachment.uri;
  }
  std::string out;
  append_folded(out, line);
  return out;
}

std::string inline_head(const model::Attachment& attachment) {
  std::string line = "ATTACH";
  append_description(line, attachment);
  return line + ";ENCODING=BASE64;VALUE=BINARY:";
}

}  // namespace caravan::ical::detail
