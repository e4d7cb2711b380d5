// SPDX-License-Identifier: GPL-3.0-or-later
#include "util/digest.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <stdexcept>

namespace caravan {
namespace {

constexpr std::size_t kSize = 32;

/// Fetched once: EVP_sha256() makes OpenSSL 3 look its providers through for each digest.
const EVP_MD* algorithm() {
  static const EVP_MD* const kSha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return kSha256;
}

}  // namespace

std::string to_hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out(bytes.size() * 2, '0');
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    out[2 * i] = kDigits[byte >> 4U];
    out[2 * i + 1] = kDigits[byte & 15U];
  }
  return out;
}

struct Sha256::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  State() { EVP_DigestInit_ex(context, algorithm(), nullptr); }
  ~State() { EVP_MD_CTX_free(context); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
};

Sha256::Sha256() : state_(std::make_unique<State>()) {}
Sha256::~Sha256() = default;
void Sha256::update(std::string_view bytes) { EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()); }
Digest Sha256::finish() {
  std::array<char, kSize> out{};
  EVP_DigestFinal_ex(state_->context, reinterpret_cast<unsigned char*>(out.data()), nullptr);
  return Digest{to_hex({out.data(), out.size()})};
}

std::array<char, 32> sha256_bytes(std::string_view bytes) {
  std::array<char, kSize> out{};
  EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(out.data()), nullptr, algorithm(), nullptr);
  return out;
}

Digest sha256(std::string_view bytes) {
  const auto out = sha256_bytes(bytes);
  return Digest{to_hex({out.data(), out.size()})};
}

std::string hmac_sha256(std::string_view key, std::string_view bytes) {
  std::array<char, kSize> out{};
  if (HMAC(algorithm(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(bytes.data()),
           bytes.size(), reinterpret_cast<unsigned char*>(out.data()), nullptr) == nullptr)
    throw std::runtime_error("HMAC-SHA256 failed");
  return to_hex({out.data(), out.size()});
}

bool equal_in_constant_time(std::string_view first, std::string_view second) noexcept {
  return first.size() == second.size() && CRYPTO_memcmp(first.data(), second.data(), first.size()) == 0;
}

std::string random_hex(std::size_t bytes) {
  std::string data(bytes, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(data.data()), static_cast<int>(bytes)) != 1)
    throw std::runtime_error("the system's random generator failed");
  return to_hex(data);
}

}  // namespace caravan
