// SPDX-License-Identifier: GPL-3.0-or-later
// Reads WebDAV's XML: multistatus (RFC 4918 14.16) row by row without building a tree, and error bodies. Pure. Private
// to common/caldav; libxml2 is used in the .cpp only.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "util/result.hpp"

namespace caravan::caldav {

/// One property of a row. Names are in Clark's notation: "{DAV:}getetag".
struct Property {
  std::string name;
  std::string text;                   ///< all character data below it
  std::vector<std::string> hrefs;     ///< DAV:href elements below it, as written
  std::vector<std::string> elements;  ///< names of all elements below it
  std::vector<std::string> names;     ///< "name" attributes below it (CALDAV:comp)
};
struct PropStat {
  int status = 200;
  std::vector<Property> properties;
};
/// One DAV:response.
struct Row {
  std::string href;           ///< as written
  std::optional<int> status;  ///< of the row itself, where it has no propstat
  std::vector<PropStat> propstats;
  std::vector<std::string> conditions;       ///< elements in DAV:error, of the row or of a propstat
  std::optional<std::string> conflict_href;  ///< href in DAV:error
  std::string description;                   ///< DAV:responsedescription

  /// The property where its propstat's status is 2xx, else null.
  [[nodiscard]] const Property* find(std::string_view name) const noexcept;
  /// The status that counts: the row's own, else the first propstat's that is no 2xx, else 200.
  [[nodiscard]] int worst_status() const noexcept;
};

/// What a multistatus says besides its rows.
struct MultistatusEnd {
  std::string sync_token;
  std::size_t rows = 0;
};

/// Calls `on_row` for each row as it is complete. malformed: no well-formed XML, another root than DAV:multistatus, or
/// a DOCTYPE. Rows before the fault were handed over: the caller throws away what it collected.
Result<MultistatusEnd> parse_multistatus(std::string_view xml, const std::function<void(Row&&)>& on_row);

/// What an error body tells (RFC 4918 16): empty where it is no DAV:error. A multistatus' first bad row counts as well.
struct DavError {
  int status = 0;                       ///< the row's, where it came in a multistatus
  std::vector<std::string> conditions;  ///< "{urn:ietf:params:xml:ns:caldav}no-uid-conflict"
  std::optional<std::string> href;
  std::string description;
  [[nodiscard]] bool says(std::string_view local_name) const noexcept;
};
DavError parse_error(std::string_view body);

/// Joins character references to surrogate halves into one character (SOGo 5.8 writes an emoji as two references, which
/// is no XML) and drops references that XML forbids.
std::string repair_references(std::string_view xml);

}  // namespace caravan::caldav
