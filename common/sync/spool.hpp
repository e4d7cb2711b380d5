// SPDX-License-Identifier: GPL-3.0-or-later
// Attachment contents on their way through: one file a content, named by its SHA-256, removed when the pass ends.
// Nothing here is held in memory.
#pragma once
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "model/series.hpp"
#include "util/result.hpp"

namespace caravan::sync {

/// One per pass. Contents are counted: two events with the same attachment share a file. Thread-safe.
class Spool {
 public:
  explicit Spool(std::string directory);
  ~Spool();
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  struct Stored {
    Digest content;
    std::uint64_t size = 0;
  };
  /// Runs `fill` with a sink and keeps what it wrote. More than `limit` bytes: Error with code "too_large".
  using Fill = std::function<Status(const std::function<Status(std::string_view)>&)>;
  Result<Stored> store(const Fill& fill, std::uint64_t limit);
  /// A content that comes in pieces from somebody else's loop. What is not kept is removed.
  class File {
   public:
    File(Spool& spool, std::string path, std::FILE* file) : spool_(spool), path_(std::move(path)), file_(file) {}
    ~File();
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    Status write(std::string_view piece);
    /// The content is whole, and this is its hash.
    Status keep(const Digest& content);

   private:
    Spool& spool_;
    std::string path_;
    std::FILE* file_;
  };
  Result<std::unique_ptr<File>> open();
  /// The file that holds `content`; not_found where there is none.
  [[nodiscard]] Result<std::string> path_of(const Digest& content) const;
  /// A new empty file's name in the spool; it goes with the spool.
  std::string new_file(const std::string& purpose);
  /// Removes the contents of one event when it is written.
  void drop(const model::Series& series);
  void drop_file(const std::string& path);

 private:
  std::string ensure();  // with the lock held
  Status take_in(const std::string& path, const Digest& content);
  mutable std::mutex mutex_;
  std::map<std::string, int> uses_;
  std::string directory_;
  std::string own_;  ///< our folder below it, made when first needed
  int counter_ = 0;
};

}  // namespace caravan::sync
