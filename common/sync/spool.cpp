// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/spool.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <utility>

#include "util/digest.hpp"

namespace caravan::sync {
namespace {

Error disk_error(const std::string& path) {
  const int code = errno;
  return make_error(
      code == ENOSPC || code == EFBIG || code == EDQUOT ? Fault::denied : Fault::retry_later,
      "The spool file " + path + " could not be written: " + std::strerror(code) + ".",
      code == ENOSPC || code == EFBIG || code == EDQUOT ? "disk_full" : "spool",
      "Free space in the spool folder, or set sync.spool_dir to a folder with room for the largest calendar.");
}

struct Closer {
  void operator()(std::FILE* file) const noexcept {
    if (file != nullptr) std::fclose(file);
  }
};

}  // namespace

Spool::Spool(std::string directory) : directory_(std::move(directory)) {}

Spool::~Spool() {
  std::error_code ignored;
  if (!own_.empty()) std::filesystem::remove_all(own_, ignored);
}

std::string Spool::ensure() {
  if (own_.empty()) {
    std::error_code ignored;
    std::filesystem::create_directories(directory_, ignored);
    own_ = directory_ + "/" + random_hex(8);
    ::mkdir(own_.c_str(), 0700);
  }
  return own_;
}

std::string Spool::new_file(const std::string& purpose) {
  const std::scoped_lock lock(mutex_);
  return ensure() + "/" + purpose + "-" + std::to_string(++counter_);
}

Result<Spool::Stored> Spool::store(const Fill& fill, std::uint64_t limit) {
  const std::string path = new_file("part");
  std::unique_ptr<std::FILE, Closer> file(std::fopen(path.c_str(), "wb"));
  if (!file) return disk_error(path);
  Sha256 hash;
  Stored stored;
  const Status filled = fill([&](std::string_view piece) -> Status {
    stored.size += piece.size();
    if (stored.size > limit) return make_error(Fault::unsupported, "The attachment is too large.", "too_large");
    hash.update(piece);
    if (std::fwrite(piece.data(), 1, piece.size(), file.get()) != piece.size()) return disk_error(path);
    return {};
  });
  const bool closed = std::fclose(file.release()) == 0;
  if (!filled || !closed) {
    const Error error = filled ? disk_error(path) : filled.error();
    ::unlink(path.c_str());
    return error;
  }
  stored.content = hash.finish();
  CARAVAN_CHECK(take_in(path, stored.content));
  return stored;
}

Status Spool::take_in(const std::string& path, const Digest& content) {
  const std::scoped_lock lock(mutex_);
  ++uses_[content.hex];
  const std::string name = own_ + "/" + content.hex;
  return std::rename(path.c_str(), name.c_str()) == 0 ? Status{} : Status(disk_error(name));
}

Result<std::unique_ptr<Spool::File>> Spool::open() {
  const std::string path = new_file("part");
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (file == nullptr) return disk_error(path);
  return std::make_unique<File>(*this, path, file);
}

Spool::File::~File() {
  if (file_ == nullptr) return;
  std::fclose(file_);
  ::unlink(path_.c_str());
}

Status Spool::File::write(std::string_view piece) {
  return std::fwrite(piece.data(), 1, piece.size(), file_) == piece.size() ? Status{} : Status(disk_error(path_));
}

Status Spool::File::keep(const Digest& content) {
  const bool closed = std::fclose(std::exchange(file_, nullptr)) == 0;
  if (closed) return spool_.take_in(path_, content);
  const Error error = disk_error(path_);
  ::unlink(path_.c_str());
  return error;
}

Result<std::string> Spool::path_of(const Digest& content) const {
  const std::scoped_lock lock(mutex_);
  const std::string path = own_ + "/" + content.hex;
  if (own_.empty() || content.empty() || ::access(path.c_str(), R_OK) != 0)
    return make_error(Fault::not_found, "The content of an attachment is not in the spool.", "spool");
  return path;
}

void Spool::drop(const model::Series& series) {
  const std::scoped_lock lock(mutex_);
  const auto drop_event = [&](const model::Event& event) {
    for (const auto& attachment : event.attachments) {
      const auto use = uses_.find(attachment.content.hex);
      if (use == uses_.end() || --use->second > 0) continue;
      ::unlink((own_ + "/" + use->first).c_str());
      uses_.erase(use);
    }
  };
  if (series.master) drop_event(*series.master);
  for (const auto& event : series.overrides) drop_event(event);
}

void Spool::drop_file(const std::string& path) { ::unlink(path.c_str()); }

}  // namespace caravan::sync
