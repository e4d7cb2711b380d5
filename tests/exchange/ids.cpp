// SPDX-License-Identifier: GPL-3.0-or-later
// Packing of ids into base64 and back, with a check sum; see ids.hpp. The filler makes the ids as
// long as real ones (about 150 characters).
#include "ids.hpp"

#include "bytes.hpp"

namespace exchange_sim {
namespace {

void put(std::string& out, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> 8 * i & 0xFF);
}

struct Reader {
  std::string_view left;
  std::uint64_t take(int bytes) {
    std::uint64_t value = 0;
    for (int i = bytes - 1; i >= 0; --i)
      value = value << 8 | static_cast<unsigned char>(left[static_cast<std::size_t>(i)]);
    left.remove_prefix(static_cast<std::size_t>(bytes));
    return value;
  }
};

void fill(std::string& out, std::uint64_t seed, int words) {
  for (int i = 0; i < words; ++i) {
    seed = (seed + 0x9E3779B97F4A7C15ull) * 0xBF58476D1CE4E5B9ull;
    put(out, seed ^ seed >> 31, 8);
  }
}

std::string sealed(std::string bytes) {
  put(bytes, fnv1a(bytes), 4);
  return base64_encode(bytes);
}

std::optional<std::string> unsealed(std::string_view text) {
  auto bytes = base64_decode(text);
  if (!bytes || bytes->size() < 4) return std::nullopt;
  std::string body = bytes->substr(0, bytes->size() - 4);
  std::string seal;
  put(seal, fnv1a(body), 4);
  if (bytes->substr(bytes->size() - 4) != seal) return std::nullopt;
  return body;
}

constexpr std::size_t kIdHead = 3 + 64;
constexpr std::size_t kIdBody = 1 + 4 + 8 + 4 + 1 + 4;

}  // namespace

std::string encode_id(const IdKey& key) {
  std::string bytes("\0\x03\x24", 3);
  fill(bytes, key.mailbox + 1, 8);
  put(bytes, static_cast<std::uint8_t>(key.kind), 1);
  put(bytes, key.mailbox, 4);
  put(bytes, key.number, 8);
  put(bytes, static_cast<std::uint32_t>(key.day), 4);
  put(bytes, key.has_day ? 1 : 0, 1);
  put(bytes, key.attachment, 4);
  return sealed(std::move(bytes));
}

std::optional<IdKey> decode_id(std::string_view text) {
  auto bytes = unsealed(text);
  if (!bytes || bytes->size() != kIdHead + kIdBody) return std::nullopt;
  Reader reader{std::string_view(*bytes).substr(kIdHead)};
  IdKey key;
  auto kind = reader.take(1);
  if (kind < 1 || kind > 4) return std::nullopt;
  key.kind = static_cast<IdKind>(kind);
  key.mailbox = static_cast<std::uint32_t>(reader.take(4));
  key.number = reader.take(8);
  key.day = static_cast<Day>(static_cast<std::uint32_t>(reader.take(4)));
  key.has_day = reader.take(1) != 0;
  key.attachment = static_cast<std::uint32_t>(reader.take(4));
  return key;
}

std::string encode_change_key(std::uint32_t mailbox, std::uint64_t change, bool folder) {
  std::string bytes;
  put(bytes, folder ? 1 : 15, 4);
  put(bytes, 22, 4);
  fill(bytes, mailbox + 77, 2);
  put(bytes, change, 6);
  return base64_encode(bytes);
}

std::optional<std::uint64_t> decode_change_key(std::string_view text) {
  auto bytes = base64_decode(text);
  if (!bytes || bytes->size() != 30) return std::nullopt;
  return Reader{std::string_view(*bytes).substr(24)}.take(6);
}

namespace {

std::string pair_of(std::string_view tag, std::uint32_t mailbox, std::uint64_t number, int filler) {
  std::string bytes(tag);
  fill(bytes, mailbox + 5, filler);
  put(bytes, mailbox, 4);
  put(bytes, number, 8);
  return sealed(std::move(bytes));
}

std::optional<SubscriptionKey> read_pair(std::string_view tag, std::string_view text, std::size_t filler) {
  auto bytes = unsealed(text);
  auto head = tag.size() + 8 * filler;
  if (!bytes || bytes->size() != head + 12 || !bytes->starts_with(tag)) return std::nullopt;
  Reader reader{std::string_view(*bytes).substr(head)};
  SubscriptionKey key;
  key.mailbox = static_cast<std::uint32_t>(reader.take(4));
  key.number = reader.take(8);
  return key;
}

}  // namespace

std::string encode_subscription_id(std::uint32_t mailbox, std::uint64_t number) {
  return pair_of("SUB1", mailbox, number, 10);
}

std::optional<SubscriptionKey> decode_subscription_id(std::string_view text) { return read_pair("SUB1", text, 10); }

std::string encode_watermark(std::uint32_t mailbox, std::uint64_t position) {
  return pair_of("WMK1", mailbox, position, 1);
}

std::optional<std::uint64_t> decode_watermark(std::string_view text, std::uint32_t mailbox) {
  auto key = read_pair("WMK1", text, 1);
  if (!key || key->mailbox != mailbox) return std::nullopt;
  return key->number;
}

std::string encode_sync_state(const SyncState& state) {
  std::string bytes("SYN2", 4);
  put(bytes, state.mailbox, 4);
  put(bytes, state.folder, 8);
  put(bytes, state.epoch, 4);
  put(bytes, state.base, 8);
  put(bytes, state.position, 8);
  put(bytes, state.walk_end, 8);
  put(bytes, state.listing ? 1 : 0, 1);
  put(bytes, state.cursor, 8);
  put(bytes, state.hierarchy ? 1 : 0, 1);
  return sealed(std::move(bytes));
}

std::optional<SyncState> decode_sync_state(std::string_view text) {
  auto bytes = unsealed(text);
  if (!bytes || bytes->size() != 4 + 50 || !bytes->starts_with("SYN2")) return std::nullopt;
  Reader reader{std::string_view(*bytes).substr(4)};
  SyncState state;
  state.mailbox = static_cast<std::uint32_t>(reader.take(4));
  state.folder = reader.take(8);
  state.epoch = static_cast<std::uint32_t>(reader.take(4));
  state.base = reader.take(8);
  state.position = reader.take(8);
  state.walk_end = reader.take(8);
  state.listing = reader.take(1) != 0;
  state.cursor = reader.take(8);
  state.hierarchy = reader.take(1) != 0;
  return state;
}

}  // namespace exchange_sim
