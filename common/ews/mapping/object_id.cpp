// SPDX-License-Identifier: GPL-3.0-or-later
#include "ews/mapping/object_id.hpp"

#include "util/text.hpp"

namespace caravan::ews::mapping {
namespace {

constexpr std::string_view kPrefix("\x04\0\0\0\x82\0\xE0\0\x74\xC5\xB7\x10\x1A\x82\xE0\x08", 16);
constexpr std::string_view kWrapped("vCal-Uid\x01\0\0\0", 12);
constexpr std::size_t kHeader = 40, kDateAt = 16, kSizeAt = 36;

std::string size_bytes(std::size_t size) {
  std::string out;
  for (unsigned shift = 0; shift < 32; shift += 8) out += static_cast<char>((size >> shift) & 0xFFU);
  return out;
}

/// The bytes of hex text; empty where it is none.
std::string from_hex(std::string_view hex) {
  std::string out;
  if (hex.size() % 2 != 0) return out;
  const auto digit = [](char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                  : -1;
  };
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    const int high = digit(hex[i]), low = digit(hex[i + 1]);
    if (high < 0 || low < 0) return {};
    out += static_cast<char>(high * 16 + low);
  }
  return out;
}

std::string wrapped(std::string_view uid) {
  const std::size_t size = kWrapped.size() + uid.size();
  return std::string(kPrefix) + std::string(kSizeAt - kDateAt, '\0') + size_bytes(size) + std::string(kWrapped) +
         std::string(uid);
}

}  // namespace

std::vector<std::string> clean_global_object_ids(std::string_view uid) {
  std::string blob = from_hex(uid);
  if (blob.size() > kHeader && blob.starts_with(kPrefix) &&
      blob.substr(kSizeAt, 4) == size_bytes(blob.size() - kHeader)) {
    blob.replace(kDateAt, 4, 4, '\0');
    return {blob};
  }
  return {wrapped(uid), wrapped(std::string(uid) + '\0')};
}

}  // namespace caravan::ews::mapping
