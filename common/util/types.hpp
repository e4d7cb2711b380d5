// SPDX-License-Identifier: GPL-3.0-or-later
// Strong types for the identifiers that cross the folders, so that an etag can't be handed over as an href.
#pragma once
#include <compare>
#include <cstdint>
#include <functional>
#include <ostream>
#include <string>
#include <utility>

namespace caravan {

/// A string with a meaning. Compares byte for byte (EWS ids are case-sensitive); `value` is the text on the wire.
template <class Tag>
struct Id {
  std::string value;
  Id() = default;
  explicit Id(std::string text) : value(std::move(text)) {}
  [[nodiscard]] bool empty() const noexcept { return value.empty(); }
  friend auto operator<=>(const Id&, const Id&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Id& id) { return out << id.value; }
};

using Address = Id<struct AddressTag>;      ///< lower-case SMTP address
using Uid = Id<struct UidTag>;              ///< iCalendar UID (RFC 5545 3.8.4.7)
using ItemId = Id<struct ItemIdTag>;        ///< EWS t:ItemId/@Id
using ChangeKey = Id<struct ChangeKeyTag>;  ///< EWS t:ItemId/@ChangeKey
using FolderId = Id<struct FolderIdTag>;    ///< EWS t:FolderId/@Id
using AttachmentId = Id<struct AttachmentIdTag>;
using SyncState = Id<struct SyncStateTag>;  ///< EWS SyncFolderItems state; opaque, may be megabytes
using Href = Id<struct HrefTag>;            ///< path of a DAV resource, percent-decoded
using Etag = Id<struct EtagTag>;            ///< with its quotes, as sent (RFC 9110 8.8.3)
using SyncToken = Id<struct SyncTokenTag>;  ///< RFC 6578
using RunId = Id<struct RunIdTag>;
using PairId = Id<struct PairIdTag>;  ///< one Exchange calendar folder and one CalDAV collection

/// Which of the two calendars.
enum class Side : std::uint8_t { exchange, caldav };

}  // namespace caravan

template <class Tag>
struct std::hash<caravan::Id<Tag>> {
  std::size_t operator()(const caravan::Id<Tag>& id) const noexcept { return std::hash<std::string>{}(id.value); }
};
