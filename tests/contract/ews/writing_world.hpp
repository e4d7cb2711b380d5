// SPDX-License-Identifier: GPL-3.0-or-later
// A simulator with anna's and ben's mailboxes, and writers for them: what the tests of writing share.
#pragma once
#include <filesystem>
#include <memory>
#include <string>

#include "contract/ews/simulator.hpp"
#include "ews/exchange_writer.hpp"

namespace caravan::ews::test {

/// The series of iCalendar text, its inline attachments put into `files` under their digests.
std::vector<model::Series> series_of_ics(const std::string& text, const std::string& files = {});
/// The lines of one VEVENT as a series: UID and DTSTAMP are added.
model::Series series_of_event(const std::string& lines, const std::string& uid = "one@example.org");

class WritingWorld {
 public:
  explicit WritingWorld(std::vector<std::string> arguments = {});
  ~WritingWorld();
  WritingWorld(const WritingWorld&) = delete;
  WritingWorld& operator=(const WritingWorld&) = delete;

  /// The writer of one mailbox's default calendar.
  ExchangeWriter& writer(const std::string& address = "anna@example.com", Mail mail = Mail::none);
  Client& client() { return *client_; }
  FolderId folder(const std::string& address = "anna@example.com");
  Mailbox mailbox(const std::string& address = "anna@example.com") const;

  /// Creates a series; fails the test where that fails.
  Written create(const model::Series& series, const std::string& address = "anna@example.com");
  Result<Written> apply(const Written& at, const model::Series& before, const model::Series& wanted,
                        Attempt attempt = Attempt::first);
  /// What a client reads of an item; fails the test where it can't.
  Fetched read(const ItemId& item, const std::string& address = "anna@example.com");
  Fetched read(const Written& written);
  /// The items of the folder, as the control endpoint shows them.
  Json items(const std::string& address = "anna@example.com");
  /// A file for attachments.
  std::string file(const std::string& content);
  [[nodiscard]] const std::string& files() const { return files_; }
  [[nodiscard]] std::size_t mails() { return simulator.get("mails").size(); }

  Simulator simulator;

 private:
  std::string files_;
  std::unique_ptr<Client> client_;
  std::map<std::pair<std::string, Mail>, std::unique_ptr<ExchangeWriter>> writers_;
};

/// Without what Exchange says only on fetching, and what no digest holds.
model::Series comparable(model::Series series);
/// "update Europe/Berlin:... summary; ...": what differs in meaning, empty for nothing.
std::string what_differs(const model::Series& wanted, const model::Series& read);

}  // namespace caravan::ews::test
