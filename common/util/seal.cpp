// SPDX-License-Identifier: GPL-3.0-or-later
#include "util/seal.hpp"

#include <fcntl.h>
#include <sodium.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string_view>

namespace caravan {
namespace {

constexpr std::string_view kVersion = "1:";
constexpr std::size_t kKeyBytes = crypto_aead_xchacha20poly1305_ietf_KEYBYTES;
constexpr std::size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;

const unsigned char* bytes(const std::string& text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

/// sodium_init() is thread-safe and cheap when it was called before.
bool ready() noexcept { return sodium_init() >= 0; }

std::string hex(const std::string& raw) {
  std::string out(raw.size() * 2 + 1, '\0');
  sodium_bin2hex(out.data(), out.size(), bytes(raw), raw.size());
  out.pop_back();
  return out;
}

/// Empty where it is no hex.
std::string raw_of(std::string_view digits) {
  std::string out(digits.size() / 2, '\0');
  std::size_t length = 0;
  const char* end = nullptr;
  const int bad = sodium_hex2bin(bytes(out), out.size(), digits.data(), digits.size(), nullptr, &length, &end);
  if (bad != 0 || end != digits.data() + digits.size() || length != out.size()) out.clear();
  return out;
}

Error key_error(const std::string& path, const std::string& what, const std::string& remedy) {
  return make_error(Fault::denied, "the key file " + path + " " + what, "store_seal_key", remedy);
}
Error system_error(const std::string& path, const std::string& doing) {
  return key_error(path, std::string("can't be ") + doing + ": " + std::strerror(errno),
                   "check the folder of store.seal_key_file and its owner");
}

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

class File {
 public:
  explicit File(int handle) : handle_(handle) {}
  ~File() {
    if (handle_ >= 0) ::close(handle_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  [[nodiscard]] int get() const noexcept { return handle_; }

 private:
  int handle_;
};

/// Nothing where the file is not there.
Result<std::optional<Secret>> read_key(const std::string& path) {
  const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0 && errno == ENOENT) return std::optional<Secret>();
  struct stat status {};
  if (file.get() < 0 || ::fstat(file.get(), &status) != 0) return system_error(path, "read");
  if ((status.st_mode & 077U) != 0) return key_error(path, "can be read by others", "run: chmod 600 " + path);
  std::string text(kKeyBytes * 2 + 2, '\0');
  const auto length = ::read(file.get(), text.data(), text.size());
  if (length < 0) return system_error(path, "read");
  text.resize(static_cast<std::size_t>(length));
  if (text.ends_with('\n')) text.pop_back();
  Secret key(raw_of(text));
  sodium_memzero(text.data(), text.size());
  if (key.reveal().size() != kKeyBytes)
    return key_error(path, "is none", "name another file in store.seal_key_file, or restore this one from a backup");
  return std::optional<Secret>(std::move(key));
}

/// False where there is one already. Written beside it and linked, so that nobody ever reads half a key.
Result<bool> write_key(const std::string& path) {
  const std::string draft = path + ".draft";
  const File file(::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (file.get() < 0 || ::fchmod(file.get(), 0600) != 0) return system_error(path, "made");
  std::string raw(kKeyBytes, '\0');
  randombytes_buf(raw.data(), raw.size());
  std::string text = hex(raw) + "\n";
  const bool written =
      ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(file.get()) == 0;
  sodium_memzero(raw.data(), raw.size());
  sodium_memzero(text.data(), text.size());
  const bool placed = written && ::link(draft.c_str(), path.c_str()) == 0;
  const int why = errno;
  ::unlink(draft.c_str());
  if (!placed && written && why == EEXIST) return false;
  errno = why;
  const File folder(::open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!placed || folder.get() < 0 || ::fsync(folder.get()) != 0) return system_error(path, "made");
  return true;
}

Status check_ready() {
  if (ready()) return {};
  return make_error(Fault::unsupported, "libsodium could not be started", "store_seal_key");
}

}  // namespace

Result<bool> make_seal_key(const std::string& path) {
  CARAVAN_CHECK(check_ready());
  return write_key(path);
}

Result<SealKeys> read_seal_keys(const std::string& path) {
  CARAVAN_CHECK(check_ready());
  if (path.empty())
    return make_error(Fault::denied, "store.seal_key_file is not set", "store_seal_key",
                      "name a file in it and run `exodus-cli secrets init`");
  SealKeys out;
  CARAVAN_TRY(key, read_key(path));
  if (!key) return key_error(path, "is not there", "run `exodus-cli secrets init`, or restore it from a backup");
  out.keys.push_back(std::move(*key));
  CARAVAN_TRY(next, read_key(path + ".new"));
  if (next) out.keys.push_back(std::move(*next));
  return out;
}

Status begin_seal_rotation(const std::string& path) {
  CARAVAN_CHECK(check_ready());
  CARAVAN_CHECK(write_key(path + ".new"));
  return {};
}

Status end_seal_rotation(const std::string& path) {
  const File folder(::open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (::rename((path + ".new").c_str(), path.c_str()) != 0 || folder.get() < 0 || ::fsync(folder.get()) != 0)
    return system_error(path, "replaced");
  return {};
}

Result<SealLock> SealLock::take(const std::string& path) {
  const int folder = ::open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  SealLock lock(folder);
  if (folder < 0 || ::flock(folder, LOCK_EX) != 0) return system_error(path, "locked");
  return lock;
}

SealLock::~SealLock() {
  if (folder_ >= 0) ::close(folder_);
}

Result<std::string> seal(const Secret& key, const std::string& name, const Secret& secret) {
  CARAVAN_CHECK(check_ready());
  const std::string& open = secret.reveal();
  std::string nonce(kNonceBytes, '\0'), box(open.size() + kTagBytes, '\0');
  randombytes_buf(nonce.data(), nonce.size());
  crypto_aead_xchacha20poly1305_ietf_encrypt(bytes(box), nullptr, bytes(open), open.size(), bytes(name), name.size(),
                                             nullptr, bytes(nonce), bytes(key.reveal()));
  return std::string(kVersion) + hex(nonce + box);
}

Result<Secret> open_sealed(const SealKeys& keys, const std::string& name, const std::string& sealed) {
  CARAVAN_CHECK(check_ready());
  const std::string all = sealed.starts_with(kVersion) ? raw_of(std::string_view(sealed).substr(kVersion.size())) : "";
  if (all.size() >= kNonceBytes + kTagBytes) {
    const std::string nonce = all.substr(0, kNonceBytes), box = all.substr(kNonceBytes);
    for (const Secret& key : keys.keys) {
      std::string open(box.size() - kTagBytes, '\0');
      if (crypto_aead_xchacha20poly1305_ietf_decrypt(bytes(open), nullptr, nullptr, bytes(box), box.size(), bytes(name),
                                                     name.size(), bytes(nonce), bytes(key.reveal())) == 0)
        return Secret(std::move(open));
    }
  }
  return make_error(
      Fault::denied, "the sealed secret " + name + " does not open with this key", "store_unseal",
      "restore the key file that sealed it, or set the secret anew with `exodus-cli secrets set " + name + "`");
}

}  // namespace caravan
