// SPDX-License-Identifier: GPL-3.0-or-later
#include "ews/attachment_reader.hpp"

#include <libxml/parser.h>

#include <array>
#include <charconv>

#include "ews/mapping/attachment.hpp"
#include "ews/response_codes.hpp"
#include "ews/wire/prefilter.hpp"
#include "ews/wire/requests.hpp"
#include "util/text.hpp"

namespace caravan::ews {
namespace {

constexpr const char* kOperation = "GetAttachment";
constexpr std::size_t kPiece = 64 * 1024;
constexpr std::size_t kLongestText = 64 * 1024;  // of the small elements

std::string_view view(const xmlChar* text) noexcept {
  return text == nullptr ? std::string_view() : std::string_view(reinterpret_cast<const char*>(text));
}

/// Base64 whose digits arrive in any cut.
class Base64 {
 public:
  /// Appends the bytes; false where a character is no base64.
  bool decode(std::string_view text, std::string& out) {
    for (const char c : text) {
      const int digit = kValues[static_cast<unsigned char>(c)];
      if (digit == kBlank) continue;
      if (digit == kPadding) {
        ++padding_;
        continue;
      }
      if (digit < 0 || padding_ > 0) return false;
      bits_ = bits_ << 6U | static_cast<std::uint32_t>(digit);
      if (++count_ == 4) {
        out += static_cast<char>(bits_ >> 16U & 255U);
        out += static_cast<char>(bits_ >> 8U & 255U);
        out += static_cast<char>(bits_ & 255U);
        bits_ = 0;
        count_ = 0;
      }
    }
    return true;
  }
  /// The last bytes; false where digits are missing.
  bool end(std::string& out) const {
    if (count_ == 0) return padding_ == 0;
    if (count_ + padding_ != 4 || count_ < 2) return false;
    const std::uint32_t bits = bits_ << 6U * static_cast<unsigned>(4 - count_);
    out += static_cast<char>(bits >> 16U & 255U);
    if (count_ == 3) out += static_cast<char>(bits >> 8U & 255U);
    return true;
  }

 private:
  static constexpr int kBlank = -2, kPadding = -3;
  /// What each byte stands for: a digit, or one of the above; -1 for what is no base64.
  static constexpr std::array<std::int8_t, 256> kValues = [] {
    std::array<std::int8_t, 256> values{};
    values.fill(-1);
    std::int8_t digit = 0;
    for (const char c : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"))
      values[static_cast<unsigned char>(c)] = digit++;
    for (const char c : std::string_view(" \t\r\n")) values[static_cast<unsigned char>(c)] = kBlank;
    values['='] = kPadding;
    return values;
  }();
  std::uint32_t bits_ = 0;
  int count_ = 0, padding_ = 0;
};

}  // namespace

struct AttachmentParser::State {
  explicit State(const ContentSink& to) : sink(to) {
    xmlSAXHandler handler{};
    handler.initialized = XML_SAX2_MAGIC;
    handler.startElementNs = &State::start;
    handler.endElementNs = &State::end;
    handler.characters = &State::characters;
    handler.cdataBlock = &State::characters;
    handler.internalSubset = &State::doctype;
    context = xmlCreatePushParserCtxt(&handler, this, nullptr, 0, nullptr);
    // HUGE: libxml2 refuses texts above 10 MB otherwise; NONET and no entity substitution: nothing is fetched.
    xmlCtxtUseOptions(context, XML_PARSE_HUGE | XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
  }
  ~State() { xmlFreeParserCtxt(context); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  static void start(void* self, const xmlChar* name, const xmlChar*, const xmlChar*, int, const xmlChar**, int count,
                    int, const xmlChar** attributes) {
    auto& state = *static_cast<State*>(self);
    ++state.depth;
    const std::string_view element = view(name);
    state.text.clear();
    state.small = true;
    if (element == "GetAttachmentResponseMessage") state.in_message = true;
    if (element == "Fault") state.in_fault = true;
    // An attached message may have attachments itself; those belong to its MIME.
    if (!state.in_attachment && (element == "FileAttachment" || element == "ItemAttachment")) {
      state.in_attachment = true;
      state.attachment_depth = state.depth;
      state.info.is_message = element == "ItemAttachment";
      state.seen_attachment = true;
    }
    // Content of the file; MimeContent of the attached item itself, which stands one level deeper.
    const bool file = !state.info.is_message && element == "Content" && state.depth == state.attachment_depth + 1;
    const bool mime = state.info.is_message && element == "MimeContent" && state.depth == state.attachment_depth + 2;
    if (state.in_attachment && !state.seen_content && (file || mime)) {
      state.in_content = state.seen_content = true;
      state.small = false;
    }
    for (int i = 0; i < count; ++i) {
      const xmlChar** at = attributes + i * 5;
      const std::string_view value(reinterpret_cast<const char*>(at[3]), static_cast<std::size_t>(at[4] - at[3]));
      if (view(at[0]) == "ResponseClass") state.response_class = value;
      if (element == "Value" && view(at[0]) == "Name") state.value_name = value;
    }
  }

  static void end(void* self, const xmlChar* name, const xmlChar*, const xmlChar*) {
    auto& state = *static_cast<State*>(self);
    const std::string_view element = view(name);
    if (state.in_content && (element == "Content" || element == "MimeContent")) {
      state.in_content = false;
      if (!state.base64.end(state.bytes)) state.fail("the base64 of the content ends too early");
      state.flush();
    } else if (state.in_attachment && state.depth == state.attachment_depth + 1) {
      if (element == "Name") state.info.name = state.text;
      if (element == "ContentType") state.info.content_type = state.text;
      if (element == "ContentId") state.info.content_id = state.text;
    }
    if (state.in_attachment && state.depth == state.attachment_depth) state.in_attachment = false;
    if (element == "ResponseCode") state.code = state.text;
    if (element == "MessageText" || element == "faultstring") state.message = state.text;
    if (element == "Envelope") state.complete = true;
    if (element == "Value" && state.value_name == "BackOffMilliseconds") {
      long milliseconds = 0;
      std::from_chars(state.text.data(), state.text.data() + state.text.size(), milliseconds);
      if (milliseconds > 0) state.back_off = std::chrono::milliseconds(milliseconds);
    }
    --state.depth;
    state.text.clear();
  }

  static void characters(void* self, const xmlChar* text, int length) {
    auto& state = *static_cast<State*>(self);
    const std::string_view piece(reinterpret_cast<const char*>(text), static_cast<std::size_t>(length));
    if (state.in_content) {
      if (!state.base64.decode(piece, state.bytes)) state.fail("the content is no base64");
      if (state.bytes.size() >= kPiece) state.flush();
    } else if (state.small && state.text.size() < kLongestText) {
      state.text.append(piece);
    }
  }

  static void doctype(void* self, const xmlChar*, const xmlChar*, const xmlChar*) {
    static_cast<State*>(self)->fail("a document type declaration, which EWS never sends");
  }

  void flush() {
    if (!status || bytes.empty()) return;
    info.size += bytes.size();
    Status taken = sink(bytes);
    bytes.clear();
    if (!taken) stop_with(taken.error());
  }
  void fail(const char* what) {
    stop_with(make_error(Fault::malformed, std::string("The attachment can't be read: ") + what + ".", wire::kBadXml));
  }
  void stop_with(Error error) {
    if (status) status = Status(std::move(error));
    xmlStopParser(context);
  }

  const ContentSink& sink;
  xmlParserCtxtPtr context = nullptr;
  wire::Prefilter filter;
  AttachmentInfo info;
  Base64 base64;
  std::string bytes, text, code, message, response_class, value_name, clean;
  std::optional<std::chrono::milliseconds> back_off;
  Status status;
  int depth = 0, attachment_depth = 0;
  bool in_message = false, in_fault = false, in_attachment = false, in_content = false, small = true;
  bool seen_attachment = false, seen_content = false, complete = false;
};

AttachmentParser::AttachmentParser(const ContentSink& sink) : state_(std::make_unique<State>(sink)) {}
AttachmentParser::~AttachmentParser() = default;

Status AttachmentParser::feed(std::string_view piece) {
  State& state = *state_;
  if (!state.status) return state.status;
  state.clean.clear();
  state.filter.feed(piece, state.clean);
  for (std::size_t at = 0; at < state.clean.size() && state.status; at += kPiece) {
    const auto length = static_cast<int>(std::min(kPiece, state.clean.size() - at));
    if (xmlParseChunk(state.context, state.clean.data() + at, length, 0) != 0 && state.status)
      state.fail("the answer is no well-formed XML");
  }
  return state.status;
}

Result<AttachmentInfo> AttachmentParser::finish(const std::string& where) {
  State& state = *state_;
  if (state.status) {
    state.clean.clear();
    state.filter.finish(state.clean);
    const int problem = xmlParseChunk(state.context, state.clean.data(), static_cast<int>(state.clean.size()), 1);
    if (state.status && (problem != 0 || !state.complete)) state.fail("the answer ends too early");
  }
  if (!state.status) return state.status.error();
  if (state.in_fault || state.response_class == "Error" || (!state.code.empty() && state.code != "NoError"))
    return code_error(state.code, where, state.message, state.back_off);
  if (!state.seen_attachment || !state.seen_content)
    return make_error(Fault::malformed, where + ": the answer holds no content.", "NoAnswer");
  const auto unmark = [](std::string& text) { text = text::replace_all(std::move(text), wire::kVanished, ""); };
  unmark(state.info.name), unmark(state.info.content_type), unmark(state.info.content_id);
  state.info.name = mapping::safe_name(state.info.name);
  if (state.info.is_message) state.info.content_type = "message/rfc822";
  return state.info;
}

Result<AttachmentInfo> get_attachment(Connection& connection, const Mailbox& mailbox, const AttachmentId& attachment,
                                      const ContentSink& sink, std::stop_token stop) {
  const std::string where = Connection::where(kOperation, mailbox);
  Connection::Tries tries;
  while (true) {
    bool handed_over = false;
    const ContentSink watched = [&](std::string_view bytes) {
      handed_over = true;
      return sink(bytes);
    };
    AttachmentParser parser(watched);
    const Status sent = connection.stream(
        kOperation, mailbox,
        [&](wire::Arena& arena, Schema, wire::s__BodyType& body) { wire::get_attachment(arena, body, attachment); },
        [&](std::string_view piece) { return parser.feed(piece); }, std::chrono::minutes(10), {}, stop);
    Result<AttachmentInfo> info = sent ? parser.finish(where) : Result<AttachmentInfo>(sent.error());
    if (info || handed_over) return info;
    Error error = std::move(info).error();
    if (!connection.wait_for_retry(tries, error, stop)) return error;
  }
}

}  // namespace caravan::ews
