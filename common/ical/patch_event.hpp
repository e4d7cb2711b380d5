// SPDX-License-Identifier: GPL-3.0-or-later
// The edits that bring the named units of one stored VEVENT to what the target has. Private to this folder.
#pragma once
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "ical/lines.hpp"
#include "ical/read_zone.hpp"
#include "ical/write.hpp"
#include "model/canonical.hpp"

namespace caravan::ical::detail {

/// [begin, end) of the stored text gives way to `text`.
struct Edit {
  std::size_t begin = 0, end = 0;
  std::string text;
};

class EventPatch {
 public:
  EventPatch(std::string_view text, const Component& component, const model::Event& target, const model::Series& series,
             const WriteOptions& options);
  /// A unit without key. `current` is the stored event as read.
  void field(model::Field field, const model::Event& current);
  void attendee(const std::string& address);
  /// The exclusions named by their canonical text.
  void exclusions(const std::set<std::string>& keys, const model::Series& current, ZoneContext& zones);
  /// DTSTAMP, LAST-MODIFIED, SEQUENCE and the mark of an event that was touched.
  void bookkeeping();
  std::vector<Edit> take() { return std::move(edits_); }

 private:
  /// Removes the lines for which `drop` holds; `text` stands where the first of them stood, else at the end.
  template <class Predicate>
  void replace(const Predicate& drop, std::string text);
  void replace_named(const std::vector<std::string_view>& names, std::string text);
  void extras();
  void attachments();
  void alarms();
  [[nodiscard]] std::size_t end_of_properties() const noexcept;
  [[nodiscard]] bool has(std::string_view name) const noexcept;

  std::string_view text_;
  const Component& component_;
  model::Event target_;
  const model::Series& series_;
  const WriteOptions& options_;
  std::vector<Edit> edits_;
  std::set<model::Field> done_;  ///< each unit once: two edits of a line would double it
};

}  // namespace caravan::ical::detail
