// SPDX-License-Identifier: GPL-3.0-or-later
// iCalendar text -> model (RFC 5545, 7986, 9073, 9074 and what Outlook, Apple, Google and the servers make of them).
// Tolerant: what can't be read is an Error for its own UID and never hides a neighbour. Knows no server and no I/O.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "model/series.hpp"
#include "util/result.hpp"

namespace caravan::ical {

/// Receives the decoded bytes of inline attachments: pieces, then `finish`, one attachment after the other.
class ContentSink {
 public:
  virtual ~ContentSink() = default;
  virtual Status write(std::string_view piece) = 0;
  virtual Status finish(const Digest& digest, std::uint64_t size) = 0;
};

struct ParseOptions {
  std::string default_zone;        ///< IANA name for times of a zone nobody defines; empty: such times become floating
  ContentSink* content = nullptr;  ///< null: inline attachments are hashed and their bytes dropped
  /// Accept the references to content that `write` leaves. Only for text that we wrote and kept ourselves.
  bool own_content_references = false;
};

/// One UID of the text.
struct ParsedSeries {
  Uid uid;  ///< empty where the text gives none
  Result<model::Series> series = model::Series{};
  std::vector<std::string> warnings;  ///< what was repaired or left out, for reports; no private text in it
  std::string mark;                   ///< X-CARAVAN-ID
  std::size_t unknown_zones = 0;      ///< times whose TZID nobody defines
};

/// All series of the text (one or more VCALENDARs), in the order of their first appearance. An Error only where there
/// is no VCALENDAR at all. A VCALENDAR without VEVENTs gives an empty list.
Result<std::vector<ParsedSeries>> parse(std::string_view text, const ParseOptions& options = {});

/// The one series of a CalDAV resource; more than one UID is an Error, and so is an unreadable event.
Result<ParsedSeries> parse_one(std::string_view text, const ParseOptions& options = {});

}  // namespace caravan::ical
