// SPDX-License-Identifier: GPL-3.0-or-later
// The opaque ids that clients see: item, occurrence, attachment and folder ids, change keys and sync
// states. They are deterministic: the same command line yields the same ids after a restart.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "zone.hpp"

namespace exchange_sim {

enum class IdKind : std::uint8_t { folder = 1, item = 2, occurrence = 3, attachment = 4 };

struct IdKey {
  IdKind kind = IdKind::item;
  std::uint32_t mailbox = 0;
  std::uint64_t number = 0;  ///< of the item or folder
  Day day = 0;               ///< of an occurrence, and of an attachment of one
  bool has_day = false;
  std::uint32_t attachment = 0;
};

std::string encode_id(const IdKey& key);
/// Nothing for text that is not one of our ids, whatever a client changed in it.
std::optional<IdKey> decode_id(std::string_view text);

std::string encode_change_key(std::uint32_t mailbox, std::uint64_t change, bool folder = false);
std::optional<std::uint64_t> decode_change_key(std::string_view text);

std::string encode_subscription_id(std::uint32_t mailbox, std::uint64_t number);
struct SubscriptionKey {
  std::uint32_t mailbox = 0;
  std::uint64_t number = 0;
};
std::optional<SubscriptionKey> decode_subscription_id(std::string_view text);

/// A place in a mailbox's events: what lies before it has been told.
std::string encode_watermark(std::uint32_t mailbox, std::uint64_t position);
std::optional<std::uint64_t> decode_watermark(std::string_view text, std::uint32_t mailbox);

/// Where a client is in a folder's listing or journal.
struct SyncState {
  std::uint32_t mailbox = 0;
  std::uint64_t folder = 0;
  std::uint32_t epoch = 0;
  std::uint64_t base = 0;      ///< journal position the client had when this walk began
  std::uint64_t position = 0;  ///< next journal entry to look at
  std::uint64_t walk_end = 0;  ///< journal position at which this walk ends
  bool listing = false;        ///< still walking the whole folder
  std::uint64_t cursor = 0;    ///< listing: items below this number are still to come
  bool hierarchy = false;
};
std::string encode_sync_state(const SyncState& state);
std::optional<SyncState> decode_sync_state(std::string_view text);

}  // namespace exchange_sim
