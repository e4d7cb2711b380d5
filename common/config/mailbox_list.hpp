// SPDX-License-Identifier: GPL-3.0-or-later
// The mailbox list: a text or CSV file with one mailbox a line, or addresses as arguments. Reading goes on after an
// error, so that a person sees all of them at once.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "config/secret_source.hpp"
#include "util/result.hpp"
#include "util/types.hpp"

namespace caravan::config {

/// One line: `address, caldav_user, caldav_secret, exchange_user, exchange_secret, aliases, kind, zone`.
struct MailboxEntry {
  Address address;          ///< lower case
  std::string caldav_user;  ///< empty: not named
  SecretReference caldav_secret;
  std::string exchange_user;  ///< empty: not named
  SecretReference exchange_secret;
  std::vector<std::string> aliases;  ///< lower case
  std::string kind = "user";         ///< user | room
  std::string zone;                  ///< IANA name; empty: not named
  std::string place;                 ///< "list.csv:12", for messages
};

struct MailboxList {
  std::vector<MailboxEntry> entries;  ///< only those without errors
  std::vector<Error> errors;          ///< each with "file:line: ..." in `what`
};

/// Reads a list's text; `name` stands for the file in messages. A header line is known by the word `address` in it.
MailboxList parse_mailbox_list(std::string_view text, const std::string& name);
/// Reads a file ("-": standard input).
MailboxList read_mailbox_list(const std::string& path);
/// Arguments of a command: what has an '@' and is no file is an address, the rest are lists. Fails with all errors in
/// `what`, a line each; code "mailbox_list" (exit 2).
[[nodiscard]] Result<std::vector<MailboxEntry>> read_mailboxes(const std::vector<std::string>& arguments);

/// Whether it looks like an SMTP address: one '@', no blanks, a host with a letter or digit on both ends.
bool is_address(std::string_view text) noexcept;

}  // namespace caravan::config
