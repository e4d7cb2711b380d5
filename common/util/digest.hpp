// SPDX-License-Identifier: GPL-3.0-or-later
// SHA-256, HMAC, and random bits, by OpenSSL. A Digest is of meaning (see model/canonical.hpp) or of bytes
// (attachments).
#pragma once
#include <array>
#include <compare>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace caravan {

/// 64 lower-case hex digits, or empty: "not known".
struct Digest {
  std::string hex;
  [[nodiscard]] bool empty() const noexcept { return hex.empty(); }
  friend auto operator<=>(const Digest&, const Digest&) = default;
};

Digest sha256(std::string_view bytes);
/// The same as it is, not as digits.
std::array<char, 32> sha256_bytes(std::string_view bytes);
/// HMAC-SHA256 (RFC 2104) as 64 lower-case hex digits.
std::string hmac_sha256(std::string_view key, std::string_view bytes);
/// Compares what a stranger sent with a secret or a signature: the time taken tells nothing but the length.
bool equal_in_constant_time(std::string_view first, std::string_view second) noexcept;
/// Two lower-case digits a byte.
std::string to_hex(std::string_view bytes);

/// SHA-256 of a stream; one per thread.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  void update(std::string_view bytes);
  Digest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// `bytes` random bytes from the system's generator, as lower-case hex (twice as many digits).
std::string random_hex(std::size_t bytes);

}  // namespace caravan
