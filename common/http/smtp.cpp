// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/smtp.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "http/message.hpp"
#include "util/text.hpp"

namespace caravan::http {
namespace {

struct VerdictRow {
  SmtpStep from_step;
  SmtpStep to_step;
  int from;
  int to;
  SmtpVerdict verdict;
};

constexpr std::string_view kCredentials = "credentials";

// The first row that holds step and status counts; RFC 5321 4.2.2, RFC 4954 6, RFC 3207 4.
constexpr std::array kVerdicts{
    VerdictRow{SmtpStep::greeting,
               SmtpStep::content,
               400,
               499,
               {Fault::retry_later, "", "The mail server asks to come again later."}},
    VerdictRow{
        SmtpStep::greeting,
        SmtpStep::tls,
        500,
        599,
        {Fault::retry_later, "", "Check that notify.mail.url names a server that takes mail from this machine."}},
    VerdictRow{SmtpStep::auth,
               SmtpStep::auth,
               500,
               599,
               {Fault::denied, kCredentials, "Check the user name and the password of notify.mail."}},
    VerdictRow{SmtpStep::sender,
               SmtpStep::data,
               530,
               538,
               {Fault::denied, kCredentials, "The mail server wants credentials (or TLS before it takes them)."}},
    VerdictRow{SmtpStep::sender,
               SmtpStep::sender,
               552,
               552,
               {Fault::unsupported, "", "The message is larger than the mail server allows."}},
    // Nobody's message goes out under this sender: no reason to give this one up.
    VerdictRow{SmtpStep::sender,
               SmtpStep::sender,
               500,
               599,
               {Fault::denied, kCredentials,
                "The mail server refuses the sender: check the sender addresses of notify.mail."}},
    VerdictRow{SmtpStep::recipient,
               SmtpStep::recipient,
               500,
               599,
               {Fault::not_found, "",
                "The mail server refuses the recipient: check the address, and the right to relay to it."}},
    VerdictRow{SmtpStep::data,
               SmtpStep::content,
               500,
               599,
               {Fault::unsupported, "", "The mail server refuses the message: its answer says why."}},
};

int milliseconds(std::chrono::milliseconds duration) noexcept {
  return static_cast<int>(std::clamp<std::int64_t>(duration.count(), 0, 24LL * 3600 * 1000));
}

template <class T>
void set(CURL* easy, CURLoption option, T value) {
  curl_easy_setopt(easy, option, value);  // NOLINT: libcurl's interface is variadic
}

/// What could end a command line or the angle brackets around an address is no address.
bool is_plain_address(std::string_view address) noexcept {
  return std::none_of(address.begin(), address.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= ' ' || byte == 0x7F || c == '<' || c == '>' || c == ',';
  });
}

}  // namespace

SmtpVerdict smtp_verdict(SmtpStep step, int status) noexcept {
  for (const auto& row : kVerdicts)
    if (step >= row.from_step && step <= row.to_step && status >= row.from && status <= row.to) return row.verdict;
  return {Fault::retry_later, "", "The mail server's answer is none of SMTP's."};
}

/// The easy handle (and with it the connection), and the state of the message that is on its way.
class Smtp::Session {
 public:
  explicit Session(SmtpOptions given) : options_(std::move(given)) {
    static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
    static_cast<void>(started);
    easy_ = curl_easy_init();
  }
  ~Session() { curl_easy_cleanup(easy_); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  Status send(const std::string& sender, const std::string& recipient, std::string_view message, std::stop_token stop);

 private:
  static std::size_t on_read(char* data, std::size_t size, std::size_t count, void* user) noexcept;
  static std::size_t on_line(char*, std::size_t size, std::size_t count, void*) noexcept { return size * count; }
  static int on_debug(CURL*, curl_infotype type, char* data, std::size_t size, void* user) noexcept;
  static int on_progress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) noexcept;
  void prepare(const std::string& sender, curl_slist* recipients);
  void see_command(std::string_view line) noexcept;
  Status conclude(CURLcode code, const std::string& recipient) const;

  SmtpOptions options_;
  CURL* easy_ = nullptr;
  std::string_view left_;
  bool over_ = false;  ///< QUIT was said: what comes is no answer to the message
  SmtpStep step_ = SmtpStep::greeting;
  int status_ = 0;  ///< of the last answer in this step; 0: none came
  std::string answer_;
  std::array<char, CURL_ERROR_SIZE> error_text_{};
  std::stop_token stop_;
};

std::size_t Smtp::Session::on_read(char* data, std::size_t size, std::size_t count, void* user) noexcept {
  auto& self = *static_cast<Session*>(user);
  const std::size_t length = std::min(size * count, self.left_.size());
  std::memcpy(data, self.left_.data(), length);
  self.left_.remove_prefix(length);
  if (length == 0) {  // from here on libcurl may send the end of the message
    self.step_ = SmtpStep::content;
    self.status_ = 0;
  }
  return length;
}

void Smtp::Session::see_command(std::string_view line) noexcept {
  static constexpr std::array<std::pair<std::string_view, SmtpStep>, 7> kCommands{{{"EHLO", SmtpStep::hello},
                                                                                   {"HELO", SmtpStep::hello},
                                                                                   {"STARTTLS", SmtpStep::tls},
                                                                                   {"AUTH", SmtpStep::auth},
                                                                                   {"MAIL FROM:", SmtpStep::sender},
                                                                                   {"RCPT TO:", SmtpStep::recipient},
                                                                                   {"DATA", SmtpStep::data}}};
  for (const auto& [name, step] : kCommands)
    if (line.starts_with(name)) step_ = step;  // what is none of them goes on with AUTH
  status_ = 0;
}

int Smtp::Session::on_debug(CURL*, curl_infotype type, char* data, std::size_t size, void* user) noexcept {
  auto& self = *static_cast<Session*>(user);
  const std::string_view line(data, size);
  if (type == CURLINFO_HEADER_OUT && line.starts_with("QUIT")) self.over_ = true;
  if (self.over_) return 0;
  if (type == CURLINFO_HEADER_OUT) self.see_command(line);
  if (type == CURLINFO_HEADER_IN && line.size() >= 3) {
    int status = 0;
    for (const char c : line.substr(0, 3)) status = c >= '0' && c <= '9' ? status * 10 + (c - '0') : -1000;
    self.status_ = std::max(0, status);
    try {
      self.answer_ = text::sanitize(text::trim(line.substr(0, 300)));
    } catch (...) {
      self.answer_.clear();
    }
  }
  return 0;
}

int Smtp::Session::on_progress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) noexcept {
  return static_cast<Session*>(user)->stop_.stop_requested() ? 1 : 0;
}

void Smtp::Session::prepare(const std::string& sender, curl_slist* recipients) {
  curl_easy_reset(easy_);  // keeps the connection
  error_text_.fill('\0');
  step_ = SmtpStep::greeting;
  status_ = 0;
  answer_.clear();
  over_ = false;
  std::string url = options_.url;
  if (!options_.hello.empty()) url += "/" + text::percent_encode(options_.hello, text::Slash::escape);
  const bool loopback = is_loopback(url);
  const bool required = options_.require_tls.value_or(!loopback);
  const bool verified = required || !options_.ca_file.empty() || url.starts_with("smtps:");
  set(easy_, CURLOPT_URL, url.c_str());
  set(easy_, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  set(easy_, CURLOPT_NOSIGNAL, 1L);
  set(easy_, CURLOPT_TCP_KEEPALIVE, 1L);
  set(easy_, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(milliseconds(options_.connect_timeout)));
  set(easy_, CURLOPT_TIMEOUT_MS, static_cast<long>(milliseconds(options_.total_timeout)));
  set(easy_, CURLOPT_SERVER_RESPONSE_TIMEOUT, static_cast<long>(milliseconds(options_.total_timeout) / 1000 + 1));
  if (loopback) set(easy_, CURLOPT_PROXY, "");
  set(easy_, CURLOPT_USE_SSL, static_cast<long>(required ? CURLUSESSL_ALL : CURLUSESSL_TRY));
  set(easy_, CURLOPT_SSL_VERIFYPEER, verified ? 1L : 0L);
  set(easy_, CURLOPT_SSL_VERIFYHOST, verified ? 2L : 0L);
  set(easy_, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!options_.ca_file.empty()) set(easy_, CURLOPT_CAINFO, options_.ca_file.c_str());
  if (!options_.username.empty()) {
    set(easy_, CURLOPT_USERNAME, options_.username.c_str());
    set(easy_, CURLOPT_PASSWORD, options_.password.reveal().c_str());
  }
  set(easy_, CURLOPT_MAIL_FROM, sender.c_str());
  set(easy_, CURLOPT_MAIL_RCPT, recipients);
  set(easy_, CURLOPT_UPLOAD, 1L);
  set(easy_, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(left_.size()));
  set(easy_, CURLOPT_READFUNCTION, on_read);
  set(easy_, CURLOPT_READDATA, static_cast<void*>(this));
  set(easy_, CURLOPT_HEADERFUNCTION, on_line);
  set(easy_, CURLOPT_WRITEFUNCTION, on_line);
  set(easy_, CURLOPT_VERBOSE, 1L);  // so that the debug function is called; nothing is printed
  set(easy_, CURLOPT_DEBUGFUNCTION, on_debug);
  set(easy_, CURLOPT_DEBUGDATA, static_cast<void*>(this));
  set(easy_, CURLOPT_NOPROGRESS, 0L);
  set(easy_, CURLOPT_XFERINFOFUNCTION, on_progress);
  set(easy_, CURLOPT_XFERINFODATA, static_cast<void*>(this));
  set(easy_, CURLOPT_ERRORBUFFER, error_text_.data());
}

Status Smtp::Session::conclude(CURLcode code, const std::string& recipient) const {
  if (code == CURLE_OK) return {};
  const std::string detail = error_text_.front() != '\0' ? error_text_.data() : curl_easy_strerror(code);
  const std::string where = "The mail server " + options_.url;
  const bool refused = status_ >= 400 && status_ < 600;
  if (step_ == SmtpStep::content && !refused)
    return make_error(Fault::in_doubt, where + " got a message to " + recipient + " and its answer was lost: " + detail,
                      "no-answer");
  if (stop_.stop_requested()) return make_error(Fault::cancelled, "Sending a message was stopped.");
  if (refused) {
    const auto verdict = smtp_verdict(step_, status_);
    return make_error(verdict.fault, where + " refused a message to " + recipient + ": " + answer_,
                      verdict.code.empty() ? "SMTP " + std::to_string(status_) : std::string(verdict.code),
                      std::string(verdict.remedy));
  }
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wswitch-enum"
  switch (code) {
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return make_error(Fault::denied, "\"" + options_.url + "\" can't be used as a mail server: " + detail + ".",
                        "credentials", "Write notify.mail.url as smtp://host:port or smtps://host:port.");
    case CURLE_LOGIN_DENIED:
      return make_error(Fault::denied, where + " does not take the credentials: " + detail + ".", "credentials",
                        "Check the user name and the password of notify.mail.");
    case CURLE_USE_SSL_FAILED:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_ISSUER_ERROR:
      return make_error(Fault::retry_later, where + " offers no TLS that can be trusted: " + detail + ".", "tls",
                        "Check its certificate and notify.mail.ca_file; messages wait meanwhile.");
    default:
      return make_error(Fault::retry_later, where + " can't be talked to: " + detail + ".", "no-connection",
                        "Check that it runs and can be reached from here.");
  }
#pragma GCC diagnostic pop
}

Status Smtp::Session::send(const std::string& sender, const std::string& recipient, std::string_view message,
                           std::stop_token stop) {
  if (recipient.empty() || !is_plain_address(recipient) || !is_plain_address(sender))
    return make_error(Fault::malformed, "A message has an address that mail can't be sent to.", "address");
  stop_ = std::move(stop);
  curl_slist* recipients = curl_slist_append(nullptr, recipient.c_str());
  // A kept connection that the server closed meanwhile shows only when it is used: once more, on a new one.
  CURLcode code = CURLE_OK;
  for (int attempt = 1; attempt <= 2; ++attempt) {
    left_ = message;
    prepare(sender, recipients);
    code = curl_easy_perform(easy_);
    long opened = 0;
    curl_easy_getinfo(easy_, CURLINFO_NUM_CONNECTS, &opened);
    const bool was_closed =
        code != CURLE_OK && opened == 0 && step_ <= SmtpStep::sender && (status_ == 0 || status_ == 421);
    if (!was_closed || stop_.stop_requested()) break;
  }
  curl_slist_free_all(recipients);
  return conclude(code, recipient);
}

Smtp::Smtp(SmtpOptions options) : session_(std::make_unique<Session>(std::move(options))) {}
Smtp::~Smtp() = default;
Status Smtp::send(const std::string& sender, const std::string& recipient, std::string_view message,
                  std::stop_token stop) {
  return session_->send(sender, recipient, message, std::move(stop));
}

}  // namespace caravan::http
