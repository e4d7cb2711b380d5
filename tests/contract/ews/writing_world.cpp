// SPDX-License-Identifier: GPL-3.0-or-later
#include "contract/ews/writing_world.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "ical/expand.hpp"
#include "ical/parse.hpp"
#include "ical/write.hpp"
#include "ical/zone_book.hpp"
#include "model/canonical.hpp"
#include "unit/ews/schema_path.hpp"

namespace caravan::ews::test {
namespace {

/// Inline attachments go to files named by their digest.
class Files final : public ical::ContentSink {
 public:
  explicit Files(std::string folder) : folder_(std::move(folder)) {}
  Status write(std::string_view piece) override {
    content_.append(piece);
    return {};
  }
  Status finish(const Digest& digest, std::uint64_t) override {
    std::ofstream(folder_ + "/" + digest.hex, std::ios::binary) << content_;
    content_.clear();
    return {};
  }

 private:
  std::string folder_, content_;
};

std::vector<std::string> all_arguments(std::vector<std::string> arguments) {
  for (const char* address : {"anna@example.com", "ben@example.com"}) {
    arguments.emplace_back("--mailbox");
    arguments.emplace_back(address);
  }
  if (!schema_folder().empty()) {  // what we send is checked by the server, too
    arguments.emplace_back("--schema");
    arguments.push_back(schema_folder());
  }
  return arguments;
}

std::vector<model::EventTime> expand(const model::Series& series, Instant from, Instant until, std::size_t limit) {
  return ical::original_starts(series, from, until, *ical::system_zone_book(), limit);
}

std::string temporary_folder() {
  std::string name = (std::filesystem::temp_directory_path() / "caravan-files-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
  return name;
}

}  // namespace

std::vector<model::Series> series_of_ics(const std::string& text, const std::string& files) {
  Files sink(files);
  ical::ParseOptions options;
  if (!files.empty()) options.content = &sink;
  std::vector<model::Series> out;
  auto all = ical::parse(text, options);
  EXPECT_TRUE(all) << text;
  if (!all) return out;
  for (auto& parsed : *all)
    if (parsed.series) out.push_back(std::move(*parsed.series));
  return out;
}

model::Series series_of_event(const std::string& lines, const std::string& uid) {
  auto all = series_of_ics("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:" + uid + "\r\n" + lines +
                           "END:VEVENT\r\nEND:VCALENDAR\r\n");
  EXPECT_EQ(all.size(), 1U) << lines;
  return all.empty() ? model::Series{} : std::move(all.front());
}

WritingWorld::WritingWorld(std::vector<std::string> arguments)
    : simulator(all_arguments(std::move(arguments))),
      files_(temporary_folder()),
      client_(std::make_unique<Client>(service_options(simulator.url()))) {}

WritingWorld::~WritingWorld() { std::filesystem::remove_all(files_); }

Mailbox WritingWorld::mailbox(const std::string& address) const { return {Address(address), {}, "Europe/Berlin"}; }

FolderId WritingWorld::folder(const std::string& address) {
  auto folders = client_->calendar_folders(mailbox(address), FolderScope::default_only);
  EXPECT_TRUE(folders) << folders.error().what;
  return folders ? folders->front().id : FolderId();
}

ExchangeWriter& WritingWorld::writer(const std::string& address, Mail mail) {
  auto& writer = writers_[{address, mail}];
  if (writer) return *writer;
  WriterOptions options;
  options.expand = expand;
  options.mail = mail;
  options.spool_dir = files_;
  options.content = [this](const model::Attachment& attachment) -> Result<std::string> {
    return files_ + "/" + attachment.content.hex;
  };
  options.render = [](const model::Series& series) -> Result<std::string> {
    model::Series bare = series;
    if (bare.master) bare.master->attachments.clear();
    for (auto& event : bare.overrides) event.attachments.clear();
    return ical::write(bare);
  };
  writer = std::make_unique<ExchangeWriter>(*client_, mailbox(address), folder(address), std::move(options));
  return *writer;
}

Written WritingWorld::create(const model::Series& series, const std::string& address) {
  const Creation creation{series, "mark of " + series.uid.value};
  auto rows = writer(address).create(std::span(&creation, 1), Attempt::first);
  EXPECT_TRUE(rows.front()) << rows.front().error().what;
  return rows.front() ? std::move(*rows.front()) : Written{};
}

Result<Written> WritingWorld::apply(const Written& at, const model::Series& before, const model::Series& wanted,
                                    Attempt attempt) {
  return writer().apply({at.parts, before, wanted, "mark of " + wanted.uid.value}, attempt);
}

Fetched WritingWorld::read(const ItemId& item, const std::string& address) {
  auto rows = client_->get_series(mailbox(address), std::span(&item, 1));
  EXPECT_TRUE(rows.front().second) << rows.front().second.error().what;
  return rows.front().second ? std::move(*rows.front().second) : Fetched{};
}

Fetched WritingWorld::read(const Written& written) {
  EXPECT_FALSE(written.parts.empty());
  return written.parts.empty() ? Fetched{} : read(written.parts.front().item);
}

Json WritingWorld::items(const std::string& address) { return simulator.get("mailboxes/" + address + "/items"); }

std::string WritingWorld::file(const std::string& content) {
  const std::string name = sha256(content).hex;
  std::ofstream(files_ + "/" + name, std::ios::binary) << content;
  return name;
}

model::Series comparable(model::Series series) {
  const auto strip = [](model::Event& event) {
    for (auto& file : event.attachments) {
      file.content = {};
      file.source_id.clear();
    }
    std::sort(event.attachments.begin(), event.attachments.end());
    // Exchange names its own people as its directory does.
    if (event.organizer) event.organizer->name.clear();
    for (auto& person : event.attendees) person.name.clear();
  };
  if (series.master) strip(*series.master);
  for (auto& event : series.overrides) strip(event);
  return series;
}

std::string what_differs(const model::Series& wanted, const model::Series& read) {
  std::string out;
  for (const auto& change : model::difference(comparable(wanted), comparable(read)))
    out += change.occurrence + ' ' + std::string(to_string(change.field)) + ' ' + change.key + "; ";
  return out;
}

}  // namespace caravan::ews::test
