// SPDX-License-Identifier: GPL-3.0-or-later
// Hands finished messages to a mail server (RFC 5321, RFC 3207, RFC 4954) by libcurl. Knows nothing of what is in them.
#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "util/result.hpp"
#include "util/secret.hpp"

namespace caravan::http {

struct SmtpOptions {
  std::string url;            ///< smtp://host[:port] or smtps://host[:port]
  std::string username = {};  ///< empty: no AUTH
  Secret password = {};
  std::string ca_file = {};  ///< PEM, instead of the system's certificates
  /// Whether smtp:// has to become TLS by STARTTLS; nothing: yes, but on loopback. Where it has not, TLS is used if it
  /// is offered, and the certificate is looked at only where ca_file names who to trust.
  std::optional<bool> require_tls = std::nullopt;
  std::string hello = {};  ///< the name in EHLO; empty: this machine's
  std::chrono::milliseconds connect_timeout = std::chrono::seconds(10);
  std::chrono::milliseconds total_timeout = std::chrono::seconds(60);  ///< of one message
};

/// How far the conversation had come when the server's last answer (or none) came.
enum class SmtpStep : std::uint8_t { greeting, hello, tls, auth, sender, recipient, data, content };

/// The one table: what a refusal means. `code` is "credentials" where no message at all can go out now, else empty.
struct SmtpVerdict {
  Fault fault;
  std::string_view code;
  std::string_view remedy;
};
[[nodiscard]] SmtpVerdict smtp_verdict(SmtpStep step, int status) noexcept;

/// One connection, kept between messages. NOT thread-safe: each thread owns one.
class Smtp {
 public:
  explicit Smtp(SmtpOptions options);
  ~Smtp();
  Smtp(const Smtp&) = delete;
  Smtp& operator=(const Smtp&) = delete;

  /// `sender` empty: the null reverse-path "<>". `message` has CRLF line ends; dots are stuffed here. Errors are those
  /// of smtp_verdict(); `in_doubt`: all of it was sent and the answer was lost; `retry_later` with code "tls": no
  /// connection that may be trusted; `cancelled`: stopped before the message was complete.
  Status send(const std::string& sender, const std::string& recipient, std::string_view message,
              std::stop_token stop = {});

 private:
  class Session;
  std::unique_ptr<Session> session_;
};

}  // namespace caravan::http
