// SPDX-License-Identifier: GPL-3.0-or-later
// Texts that keep a server quiet which mails in spite of SCHEDULE-AGENT (SOGo). A copy is "defused" when its times lie
// in the past and its series is a single event, with the same people and the same occurrences: whatever is then done to
// it concerns nobody any more. A defused copy carries what it replaces in X-CARAVAN-WAS lines, so that it can be read
// as what it was. Pure. Private to common/caldav.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "util/result.hpp"
#include "util/types.hpp"

namespace caravan::caldav {

/// Whether somebody is invited: an ORGANIZER or an ATTENDEE.
[[nodiscard]] bool has_people(std::string_view text);
/// Whether an update from one text to the other changes who is invited, who answered what, or which occurrences there
/// are: what SOGo tells the organizer of, as the owner's answer.
[[nodiscard]] bool answers_differ(std::string_view before, std::string_view after);

/// Line ends as RFC 5545 has them: XML makes LF of them.
[[nodiscard]] std::string with_crlf(std::string_view text);
/// The text with its times in the past, and the agent on everybody. `etag` is what it was read with.
[[nodiscard]] std::string defused(std::string_view text, const Etag& etag);
[[nodiscard]] bool is_defused(std::string_view text) noexcept;
/// What a defused copy was before: its text and ETag. Any other text is given back as it is, without ETag.
struct Restored {
  std::string text;
  std::optional<Etag> etag;
};
[[nodiscard]] Restored restored(std::string_view text);

/// Without ATTENDEE lines.
[[nodiscard]] std::string without_attendees(std::string_view text);
/// Without ATTENDEE and ORGANIZER lines.
[[nodiscard]] std::string without_people(std::string_view text);
/// The highest SEQUENCE of its events.
[[nodiscard]] int highest_sequence(std::string_view text);
/// The text with at least this SEQUENCE in each event.
[[nodiscard]] std::string with_sequence(std::string_view text, int least);

/// A copy of a spool file, silenced like silenced(), beside it; removed at the end of its life.
class SilencedFile {
 public:
  static Result<SilencedFile> make(const std::string& path);
  SilencedFile() = default;
  SilencedFile(SilencedFile&& other) noexcept;
  SilencedFile& operator=(SilencedFile&& other) noexcept;
  ~SilencedFile();
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }

 private:
  std::string path_;
  std::uint64_t size_ = 0;
};

}  // namespace caravan::caldav
