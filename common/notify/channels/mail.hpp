// SPDX-License-Identifier: GPL-3.0-or-later
// Mail: one MIME message for each telling (by GMime), handed to a server by http/smtp.hpp.
#pragma once
#include <memory>
#include <stop_token>
#include <string>

#include "http/smtp.hpp"
#include "notify/channel.hpp"

namespace caravan::notify {

struct MailOptions {
  http::SmtpOptions server;
  std::string from;            ///< address; its host names the Message-Ids
  std::string from_name = {};  ///< shown beside it; empty: none
  /// Where bounces go; empty: nowhere ("<>"), so that no two machines ever answer each other (RFC 3834 5).
  std::string envelope_from = {};
};

/// The message as it goes out, CRLF line ends, 7 bit clean. The same message gives the same Message-Id; messages of one
/// event refer to one root, by which mail programs thread them. Nothing of the event's can become a header.
std::string compose_mail(const Outgoing& message, const MailOptions& options);

/// Errors as http::Smtp::send() has them. `stop` ends a conversation that is under way.
std::unique_ptr<Channel> mail_channel(MailOptions options, std::stop_token stop = {});

}  // namespace caravan::notify
