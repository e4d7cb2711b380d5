// SPDX-License-Identifier: GPL-3.0-or-later
#include "notify/channels/mail.hpp"

#include <gmime/gmime.h>

#include "notify/channels/carried.hpp"
#include "util/text.hpp"

namespace caravan::notify {
namespace {

struct Unref {
  template <class T>
  void operator()(T* object) const noexcept {
    g_object_unref(object);
  }
};
template <class T>
using Owned = std::unique_ptr<T, Unref>;

std::string host_of(const std::string& address) { return address.substr(address.rfind('@') + 1); }

/// One line of valid UTF-8: what is left can be encoded (RFC 2047) and can't end a header.
std::string one_line(std::string_view text) {
  std::string line = text::sanitize(text);
  for (char& c : line)
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7F') c = ' ';
  return line;
}

Owned<GMimePart> text_part(const char* subtype, const std::string& text, GMimeContentEncoding encoding) {
  Owned<GMimePart> part(g_mime_part_new_with_type("text", subtype));
  const std::string clean = text::sanitize(text);
  const Owned<GMimeStream> stream(g_mime_stream_mem_new_with_buffer(clean.data(), clean.size()));
  const Owned<GMimeDataWrapper> content(
      g_mime_data_wrapper_new_with_stream(stream.get(), GMIME_CONTENT_ENCODING_DEFAULT));
  g_mime_part_set_content(part.get(), content.get());
  g_mime_part_set_content_encoding(part.get(), encoding);
  g_mime_object_set_content_type_parameter(GMIME_OBJECT(part.get()), "charset", "utf-8");
  return part;
}

/// RFC 2046 5.1.4: the plainest first. Base64, which no relay breaks and no line length limits.
Owned<GMimeMultipart> words(const Rendered& rendered) {
  Owned<GMimeMultipart> alternative(g_mime_multipart_new_with_subtype("alternative"));
  const auto plain = text_part("plain", rendered.text, GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE);
  const auto html = text_part(
      "html",
      "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"></head><body>\n" + rendered.html + "\n</body></html>\n",
      GMIME_CONTENT_ENCODING_BASE64);
  g_mime_multipart_add(alternative.get(), GMIME_OBJECT(plain.get()));
  g_mime_multipart_add(alternative.get(), GMIME_OBJECT(html.get()));
  return alternative;
}

/// The event beside the words and not as one of the alternatives: there mail programs take it for an invitation.
Owned<GMimeMultipart> with_calendar(const Owned<GMimeMultipart>& alternative, const std::string& calendar) {
  Owned<GMimeMultipart> mixed(g_mime_multipart_new_with_subtype("mixed"));
  const auto part = text_part("calendar", calendar, GMIME_CONTENT_ENCODING_BASE64);
  g_mime_object_set_content_type_parameter(GMIME_OBJECT(part.get()), "method", "PUBLISH");
  g_mime_object_set_disposition(GMIME_OBJECT(part.get()), "attachment");
  g_mime_part_set_filename(part.get(), "event.ics");
  g_mime_multipart_add(mixed.get(), GMIME_OBJECT(alternative.get()));
  g_mime_multipart_add(mixed.get(), GMIME_OBJECT(part.get()));
  return mixed;
}

void set_header(GMimeMessage* message, const char* name, const std::string& value) {
  g_mime_object_set_header(GMIME_OBJECT(message), name, value.c_str(), "utf-8");
}

class MailChannel final : public Channel {
 public:
  MailChannel(MailOptions options, std::stop_token stop)
      : options_(std::move(options)), stop_(std::move(stop)), smtp_(options_.server) {}

  [[nodiscard]] ChannelKind kind() const noexcept override { return ChannelKind::mail; }
  [[nodiscard]] Result<Sent> deliver(const Outgoing& message) override {
    CARAVAN_CHECK(
        smtp_.send(options_.envelope_from, message.telling.mailbox.value, compose_mail(message, options_), stop_));
    return Sent{carried_key(message.key) + "@" + host_of(options_.from)};
  }

 private:
  MailOptions options_;
  std::stop_token stop_;
  http::Smtp smtp_;
};

}  // namespace

std::string compose_mail(const Outgoing& outgoing, const MailOptions& options) {
  static const bool started = (g_mime_init(), true);
  static_cast<void>(started);
  const Owned<GMimeMessage> message(g_mime_message_new(TRUE));
  const std::string from_name = one_line(options.from_name);
  g_mime_message_add_mailbox(message.get(), GMIME_ADDRESS_TYPE_FROM, from_name.empty() ? nullptr : from_name.c_str(),
                             one_line(options.from).c_str());
  g_mime_message_add_mailbox(message.get(), GMIME_ADDRESS_TYPE_TO, nullptr,
                             one_line(outgoing.telling.mailbox.value).c_str());
  g_mime_message_set_subject(message.get(), one_line(outgoing.words.subject).c_str(), "utf-8");
  GDateTime* created = g_date_time_new_from_unix_utc(outgoing.created.time_since_epoch().count());
  g_mime_message_set_date(message.get(), created);
  g_date_time_unref(created);

  const std::string host = host_of(one_line(options.from));
  const std::string key = carried_key(outgoing.key);
  g_mime_message_set_message_id(message.get(), (key + "@" + host).c_str());
  if (!outgoing.telling.uid.empty()) {  // digests and the like are no conversation
    const std::string root = "<" + carried_key("thread:" + outgoing.thread) + "@" + host + ">";
    set_header(message.get(), "In-Reply-To", root);
    set_header(message.get(), "References", root);
  }
  // RFC 3834 5, and what Exchange and older list software look at: nobody's absence is to be answered to us.
  set_header(message.get(), "Auto-Submitted", "auto-generated");
  set_header(message.get(), "X-Auto-Response-Suppress", "All");
  set_header(message.get(), "Precedence", "bulk");
  set_header(message.get(), "X-Caravan-Key", key);

  auto body = words(outgoing.words);
  if (!outgoing.calendar.empty()) body = with_calendar(body, outgoing.calendar);
  g_mime_message_set_mime_part(message.get(), GMIME_OBJECT(body.get()));

  GMimeFormatOptions* format = g_mime_format_options_new();
  g_mime_format_options_set_newline_format(format, GMIME_NEWLINE_FORMAT_DOS);
  char* text = g_mime_object_to_string(GMIME_OBJECT(message.get()), format);
  std::string out(text);
  g_free(text);
  g_mime_format_options_free(format);
  return out;
}

std::unique_ptr<Channel> mail_channel(MailOptions options, std::stop_token stop) {
  return std::make_unique<MailChannel>(std::move(options), std::move(stop));
}

}  // namespace caravan::notify
