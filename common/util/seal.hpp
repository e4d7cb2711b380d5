// SPDX-License-Identifier: GPL-3.0-or-later
// Secrets at rest: sealed with XChaCha20-Poly1305 (libsodium) under a key that lies in a file outside of the store. The
// secret's name is authenticated with it, so that no sealed text can be put in another's place.
//
// While a key is replaced there are two: FILE and FILE.new. Whatever opens takes either; so a rotation may die at any
// moment and is finished by the next one.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "util/result.hpp"
#include "util/secret.hpp"

namespace caravan {

/// The key that seals first, then the new one of a rotation under way.
struct SealKeys {
  std::vector<Secret> keys;
};

/// Makes FILE with a new key, mode 0600, as 64 hex digits; false where there is one already.
[[nodiscard]] Result<bool> make_seal_key(const std::string& path);
/// Reads FILE, and FILE.new where it is there. Refused where group or others have any right on one of them, or where
/// it is no key.
[[nodiscard]] Result<SealKeys> read_seal_keys(const std::string& path);
/// Makes FILE.new durably, unless an earlier rotation left one. Its key is the last of what read_seal_keys() finds.
[[nodiscard]] Status begin_seal_rotation(const std::string& path);
/// Puts FILE.new in the place of FILE.
[[nodiscard]] Status end_seal_rotation(const std::string& path);

/// Keeps other processes of this machine from sealing under a key that is being replaced; until it goes.
class SealLock {
 public:
  [[nodiscard]] static Result<SealLock> take(const std::string& path);
  SealLock(SealLock&& other) noexcept : folder_(std::exchange(other.folder_, -1)) {}
  SealLock& operator=(SealLock&&) = delete;
  ~SealLock();

 private:
  explicit SealLock(int folder) : folder_(folder) {}
  int folder_;
};

/// Printable text; another one each time.
[[nodiscard]] Result<std::string> seal(const Secret& key, const std::string& name, const Secret& secret);
/// Fault::denied, code "store_unseal", where no key opens it: another key's, another name's, or changed.
[[nodiscard]] Result<Secret> open_sealed(const SealKeys& keys, const std::string& name, const std::string& sealed);

}  // namespace caravan
