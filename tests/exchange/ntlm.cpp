// SPDX-License-Identifier: GPL-3.0-or-later
// NTLMv2 with OpenSSL: MD4 from the legacy provider, HMAC-MD5 (MS-NLMP 3.3.2).
#include "ntlm.hpp"

#include <openssl/evp.h>
#include <openssl/provider.h>
#include <openssl/rand.h>

#include <cstdint>
#include <cstring>
#include <memory>

#include <unicode/unistr.h>

#include "bytes.hpp"

namespace exchange_sim {
namespace {

constexpr std::string_view kSignature("NTLMSSP\0", 8);

void put(std::string& out, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> 8 * i & 0xFF);
}

std::uint32_t u32(const std::string& text, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 4; i-- > 0;) value = value << 8 | static_cast<unsigned char>(text[at + i]);
  return value;
}

std::string utf16(const icu::UnicodeString& text) {
  std::string out;
  for (int32_t i = 0; i < text.length(); ++i) put(out, text[i], 2);
  return out;
}

std::string from_utf16(const std::string& bytes) {
  icu::UnicodeString text;
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
    text.append(
        static_cast<char16_t>(static_cast<unsigned char>(bytes[i]) | static_cast<unsigned char>(bytes[i + 1]) << 8));
  }
  std::string out;
  text.toUTF8String(out);
  return out;
}

/// A security buffer of the message: length, maximum, offset.
std::optional<std::string> field(const std::string& message, std::size_t at) {
  if (message.size() < at + 8) return std::nullopt;
  auto length = u32(message, at) & 0xFFFF;
  auto offset = u32(message, at + 4);
  if (offset > message.size() || length > message.size() - offset) return std::nullopt;
  return message.substr(offset, length);
}

std::string md4(const std::string& text) {
  static OSSL_PROVIDER* legacy = OSSL_PROVIDER_load(nullptr, "legacy");
  static OSSL_PROVIDER* standard = OSSL_PROVIDER_load(nullptr, "default");
  if (legacy == nullptr || standard == nullptr) return {};
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  if (EVP_Digest(text.data(), text.size(), out, &length, EVP_md4(), nullptr) != 1) return {};
  return {reinterpret_cast<char*>(out), length};
}

std::string hmac_md5(const std::string& key, const std::string& text) {
  std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> secret(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_HMAC, nullptr, reinterpret_cast<const unsigned char*>(key.data()),
                                   key.size()),
      EVP_PKEY_free);
  std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  std::size_t length = 16;
  std::string out(length, '\0');
  bool good = secret && context && EVP_DigestSignInit(context.get(), nullptr, EVP_md5(), nullptr, secret.get()) == 1 &&
              EVP_DigestSignUpdate(context.get(), text.data(), text.size()) == 1 &&
              EVP_DigestSignFinal(context.get(), reinterpret_cast<unsigned char*>(out.data()), &length) == 1;
  return good ? out : std::string();
}

}  // namespace

bool is_ntlm_negotiate(const std::string& message) {
  return message.size() >= 12 && message.starts_with(kSignature) && u32(message, 8) == 1;
}

std::string ntlm_challenge(std::string& challenge) {
  unsigned char random[8];
  RAND_bytes(random, sizeof random);
  challenge.assign(reinterpret_cast<char*>(random), sizeof random);
  auto target = utf16(icu::UnicodeString("EXCHANGE"));
  std::string info;
  for (int id : {2, 1}) {  // MsvAvNbDomainName, MsvAvNbComputerName
    put(info, static_cast<std::uint64_t>(id), 2);
    put(info, target.size(), 2);
    info += target;
  }
  put(info, 0, 4);
  std::string out(kSignature);
  put(out, 2, 4);
  put(out, target.size(), 2);
  put(out, target.size(), 2);
  put(out, 48, 4);
  put(out, 0xA2890205, 4);  // Unicode, NTLM, extended session security, target information, 128 and 56 bits
  out += challenge;
  put(out, 0, 8);
  put(out, info.size(), 2);
  put(out, info.size(), 2);
  put(out, 48 + target.size(), 4);
  return out + target + info;
}

std::optional<std::string> ntlm_verify(
    const std::string& message, const std::string& challenge,
    const std::function<std::optional<std::string>(const std::string&)>& password_of) {
  if (message.size() < 64 || !message.starts_with(kSignature) || u32(message, 8) != 3 || challenge.size() != 8) {
    return std::nullopt;
  }
  auto answer = field(message, 20);
  auto domain = field(message, 28);
  auto user = field(message, 36);
  if (!answer || !domain || !user || answer->size() < 24) return std::nullopt;
  bool unicode = (u32(message, 60) & 1) != 0;
  auto name = unicode ? from_utf16(*user) : *user;
  auto domain_name = unicode ? from_utf16(*domain) : *domain;
  auto password = password_of(name);
  if (!password) return std::nullopt;
  auto key = md4(utf16(icu::UnicodeString::fromUTF8(*password)));
  if (key.empty()) return std::nullopt;
  auto who = icu::UnicodeString::fromUTF8(name).toUpper() + icu::UnicodeString::fromUTF8(domain_name);
  auto key2 = hmac_md5(key, utf16(who));
  auto proof = hmac_md5(key2, challenge + answer->substr(16));
  if (proof.empty() || proof != answer->substr(0, 16)) return std::nullopt;
  return name;
}

}  // namespace exchange_sim
