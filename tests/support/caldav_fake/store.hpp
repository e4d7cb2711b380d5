// SPDX-License-Identifier: GPL-3.0-or-later
// The calendars of the CalDAV fake, in memory. Every operation on one resource costs the same whatever the number of
// resources; a sync costs what changed. Not thread-safe: the server locks around it. Knows no HTTP and no XML.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace caldav_fake {

/// How the store misbehaves on purpose.
struct Nasty {
  bool discard_bodies = false;  ///< keeps ETag, UID and size only (memory of large benches)
  bool rewrite = false;         ///< stores other bytes than it was sent: order, DTSTAMP, an X- property
  bool no_etag = false;         ///< PUT answers without an ETag
  bool duplicate_uids = false;  ///< accepts a second resource with the same UID (as DAViCal does)
};

struct Resource {
  std::string text;
  std::string etag;
  std::string uid;
  std::size_t size = 0;
};

/// A name that changed, by the sequence number of its last change.
struct Collection {
  std::map<std::string, std::string> properties;  ///< Clark's notation -> text
  std::unordered_map<std::string, Resource> resources;
  std::unordered_map<std::string, std::string> name_of_uid;
  std::map<std::uint64_t, std::string> changes;
  std::unordered_map<std::string, std::uint64_t> sequence_of;
  std::uint64_t sequence = 1;
  std::uint64_t oldest_token = 1;  ///< tokens below it are forgotten
  bool is_calendar = true;

  void touch(const std::string& name);
};

enum class PutResult { created, replaced, uid_conflict, not_calendar };

class Store {
 public:
  explicit Store(Nasty nasty) : nasty_(nasty) {}

  Collection* find(const std::string& path);
  /// False where it exists.
  bool make(const std::string& path, bool is_calendar, std::map<std::string, std::string> properties);
  bool remove_collection(const std::string& path);
  /// Direct children of a path, in order.
  std::vector<std::string> children(const std::string& path) const;

  PutResult put(Collection& collection, const std::string& name, std::string text, std::string* other_name);
  void remove(Collection& collection, const std::string& name);
  /// Replaces or makes a collection from one text with many events; false where it is no calendar.
  bool fill(const std::string& path, const std::string& text);

  /// New ETags without new content, for every resource of the collection.
  void churn(Collection& collection);
  [[nodiscard]] const Nasty& nasty() const { return nasty_; }
  [[nodiscard]] std::size_t resource_count() const;

 private:
  std::string etag_of(const std::string& text);
  Nasty nasty_;
  std::map<std::string, Collection> collections_;
  std::uint64_t salt_ = 0;
};

/// The value of the first UID line, unfolded.
std::string uid_in(const std::string& text);
/// Splits a text with many events into one text for each UID.
std::map<std::string, std::string> split_by_uid(const std::string& text);
/// Nasty::rewrite.
std::string rewritten(const std::string& text);

}  // namespace caldav_fake
