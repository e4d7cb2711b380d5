// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/mailbox_list.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <optional>

#include "util/text.hpp"

namespace caravan::config {
namespace {

enum class Column { address, caldav_user, caldav_secret, exchange_user, exchange_secret, aliases, kind, zone };
constexpr std::pair<std::string_view, Column> kColumns[] = {
    {"address", Column::address},
    {"caldav_user", Column::caldav_user},
    {"caldav_secret", Column::caldav_secret},
    {"exchange_user", Column::exchange_user},
    {"exchange_secret", Column::exchange_secret},
    {"aliases", Column::aliases},
    {"kind", Column::kind},
    {"zone", Column::zone},
};

/// One record of the file (RFC 4180): its cells and the line on which it starts. Cells in quotes may hold line ends.
struct Record {
  std::size_t line = 0;
  std::vector<std::string> cells;
  bool open_quote = false;
};

class Records {
 public:
  explicit Records(std::string_view text) : rest_(text) {
    if (rest_.starts_with("\xef\xbb\xbf")) rest_.remove_prefix(3);
  }
  /// The next record that is neither blank nor a comment.
  std::optional<Record> next() {
    while (!rest_.empty()) {
      const auto start = rest_.find_first_not_of(" \t");
      const char first = start == std::string_view::npos ? '\n' : rest_[start];
      if (first != '#' && first != '\n' && first != '\r') return record();
      skip_line();
    }
    return std::nullopt;
  }

 private:
  void skip_line() {
    const auto end = rest_.find('\n');
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    ++line_;
  }
  Record record() {
    Record out{line_, {}, false};
    for (;;) {
      bool quoted = false;
      std::string cell = this->cell(quoted, out.open_quote);
      out.cells.push_back(quoted ? cell : std::string(text::trim(cell)));
      if (rest_.empty()) return out;
      const char end = rest_.front();
      rest_.remove_prefix(1);
      if (end == '\n') {
        ++line_;
        return out;
      }
    }
  }
  /// Up to the next comma or line end, which stays.
  std::string cell(bool& quoted, bool& open_quote) {
    std::string out;
    const auto start = rest_.find_first_not_of(" \t");
    if (start != std::string_view::npos && rest_[start] == '"') {
      quoted = true;
      rest_.remove_prefix(start + 1);
      for (;; rest_.remove_prefix(1)) {
        if (rest_.empty()) {
          open_quote = true;
          return out;
        }
        if (rest_.front() == '"') {
          if (!rest_.starts_with("\"\"")) break;
          rest_.remove_prefix(1);
        }
        if (rest_.front() == '\n') ++line_;
        out += rest_.front();
      }
      rest_.remove_prefix(1);
    }
    const auto end = std::min(rest_.find_first_of(",\n"), rest_.size());
    if (!quoted) out = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return out;
  }

  std::string_view rest_;
  std::size_t line_ = 1;
};

class Reading {
 public:
  Reading(const std::string& name, MailboxList& out) : name_(name), out_(out) {
    for (const auto& [word, column] : kColumns) columns_.push_back(column);
  }

  void header(const Record& record) {
    columns_.clear();
    for (const std::string& cell : record.cells) {
      const std::string word = text::lower(cell);
      const auto* known = std::find_if(std::begin(kColumns), std::end(kColumns),
                                       [&](const auto& column) { return column.first == word; });
      if (known == std::end(kColumns)) {
        fault(record.line, "unknown column \"" + cell +
                               "\"; allowed: address, caldav_user, caldav_secret, exchange_user, "
                               "exchange_secret, aliases, kind, zone");
        columns_.push_back(std::nullopt);
      } else {
        columns_.push_back(known->second);
      }
    }
  }

  void row(const Record& record) {
    const std::size_t before = out_.errors.size();
    MailboxEntry entry;
    entry.place = name_ + ":" + std::to_string(record.line);
    if (record.open_quote) fault(record.line, "a quote is opened and never closed");
    if (record.cells.size() > columns_.size())
      fault(record.line, "more columns than the list has; put a text with a comma into quotes");
    for (std::size_t i = 0; i < std::min(record.cells.size(), columns_.size()); ++i) {
      if (columns_[i]) take(*columns_[i], record.cells[i], record.line, entry);
    }
    if (!is_address(entry.address.value)) fault(record.line, "\"" + entry.address.value + "\" is not an SMTP address");
    if (out_.errors.size() > before) return;
    const auto [known, first] = seen_.emplace(entry.address.value, entry.place);
    if (!first) return fault(record.line, entry.address.value + " is in the list already, at " + known->second);
    out_.entries.push_back(std::move(entry));
  }

 private:
  void take(Column column, const std::string& cell, std::size_t line, MailboxEntry& entry) {
    switch (column) {
      case Column::address:
        entry.address = Address(text::lower(cell));
        return;
      case Column::caldav_user:
        entry.caldav_user = cell;
        return;
      case Column::exchange_user:
        entry.exchange_user = cell;
        return;
      case Column::caldav_secret:
        return secret(cell, line, entry.caldav_secret);
      case Column::exchange_secret:
        return secret(cell, line, entry.exchange_secret);
      case Column::zone:
        entry.zone = cell;
        return;
      case Column::kind:
        if (cell.empty()) return;
        entry.kind = text::lower(cell);
        if (entry.kind != "user" && entry.kind != "room")
          fault(line, "kind \"" + cell + "\" is not allowed; allowed: user | room");
        return;
      case Column::aliases:
        for (const std::string& part : text::split(cell, ';')) {
          const std::string alias = text::lower(text::trim(part));
          if (alias.empty()) continue;
          if (!is_address(alias)) fault(line, "the alias \"" + alias + "\" is not an SMTP address");
          entry.aliases.push_back(alias);
        }
        return;
    }
  }
  void secret(const std::string& cell, std::size_t line, SecretReference& out) {
    auto reference = parse_secret_reference(cell);
    if (reference) {
      out = std::move(*reference);
    } else {
      fault(line, reference.error().what);
    }
  }
  void fault(std::size_t line, const std::string& what) {
    out_.errors.push_back(
        make_error(Fault::malformed, name_ + ":" + std::to_string(line) + ": " + what, "mailbox_list"));
  }

  const std::string& name_;
  MailboxList& out_;
  std::vector<std::optional<Column>> columns_;
  std::map<std::string, std::string> seen_;  ///< address to its place
};

bool is_header(const Record& record) {
  return std::any_of(record.cells.begin(), record.cells.end(),
                     [](const std::string& cell) { return text::lower(cell) == "address"; });
}

}  // namespace

bool is_address(std::string_view text) noexcept {
  const auto at = text.find('@');
  if (at == std::string_view::npos || at == 0 || at + 1 == text.size() || text.size() > 254) return false;
  const std::string_view host = text.substr(at + 1);
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           static_cast<unsigned char>(c) > 127;
  };
  for (const char c : text) {
    if (static_cast<unsigned char>(c) <= ' ' || c == 127 || c == ',' || c == ';' || c == '<' || c == '>' || c == '"' ||
        c == '/' || c == '\\') {
      return false;
    }
  }
  return host.find('@') == std::string_view::npos && host.find("..") == std::string_view::npos && plain(host.front()) &&
         plain(host.back());
}

MailboxList parse_mailbox_list(std::string_view text, const std::string& name) {
  MailboxList out;
  Reading reading(name, out);
  Records records(text);
  bool first = true;
  while (const auto record = records.next()) {
    if (first && is_header(*record)) {
      reading.header(*record);
    } else {
      reading.row(*record);
    }
    first = false;
  }
  return out;
}

MailboxList read_mailbox_list(const std::string& path) {
  if (path == "-") {
    const std::string text{std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>()};
    return parse_mailbox_list(text, "standard input");
  }
  std::error_code ignored;
  std::ifstream file(path, std::ios::binary);
  if (!file || !std::filesystem::is_regular_file(path, ignored)) {
    MailboxList out;
    out.errors.push_back(make_error(Fault::not_found, "can't read the mailbox list " + path, "mailbox_list",
                                    "name a file or an address"));
    return out;
  }
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  return parse_mailbox_list(text, path);
}

Result<std::vector<MailboxEntry>> read_mailboxes(const std::vector<std::string>& arguments) {
  std::vector<MailboxEntry> out;
  std::vector<std::string> problems;
  std::map<std::string, std::string> seen;
  for (const std::string& argument : arguments) {
    std::error_code ignored;
    const bool address = argument.find('@') != std::string::npos && !std::filesystem::exists(argument, ignored);
    MailboxList list = address ? parse_mailbox_list(argument, "argument") : read_mailbox_list(argument);
    for (const Error& error : list.errors) problems.push_back(error.what);
    for (MailboxEntry& entry : list.entries) {
      const auto [known, first] = seen.emplace(entry.address.value, entry.place);
      if (first) {
        out.push_back(std::move(entry));
      } else {
        problems.push_back(entry.place + ": " + entry.address.value + " is named already, at " + known->second);
      }
    }
  }
  if (problems.empty() && out.empty()) problems.push_back("no mailbox is named");
  if (problems.empty()) return out;
  return make_error(Fault::malformed, text::join(problems, "\n"), "mailbox_list",
                    "correct the lines named; docs/configuration.md describes the list");
}

}  // namespace caravan::config
