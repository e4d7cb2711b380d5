// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/secret_source.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace caravan::config {
namespace {

constexpr std::size_t kMaxSecret = 64 * 1024;

/// The facts are of the open file, so that nobody can swap it between look and read.
Result<Secret> read_open_file(int file, const std::string& path) {
  struct stat facts {};
  if (::fstat(file, &facts) != 0 || !S_ISREG(facts.st_mode)) {
    return make_error(Fault::denied, path + " is not a regular file", "secret_file");
  }
  if ((facts.st_mode & 077) != 0) {
    return make_error(Fault::denied, path + " can be read or changed by others than its owner", "secret_file",
                      "run: chmod 600 " + path);
  }
  std::string text(kMaxSecret, '\0');
  std::size_t size = 0;
  for (;;) {
    const ssize_t got = ::read(file, text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0 || size == text.size()) break;
    size += static_cast<std::size_t>(got);
  }
  Secret whole(std::move(text));  // wiped when it goes
  if (size == kMaxSecret) return make_error(Fault::malformed, path + " is too long for a secret", "secret_file");
  std::size_t end = size;
  if (end > 0 && whole.reveal()[end - 1] == '\n') --end;
  if (end > 0 && whole.reveal()[end - 1] == '\r') --end;
  if (end == 0) return make_error(Fault::malformed, path + " is empty", "secret_file", "write the secret into it");
  return Secret(whole.reveal().substr(0, end));
}

}  // namespace

Result<Secret> read_secret_file(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    return make_error(Fault::denied, "can't read " + path + ": " + std::strerror(errno), "secret_file",
                      "make the file, owned by the user that runs Caravan, with mode 600");
  }
  auto out = read_open_file(file, path);
  ::close(file);
  return out;
}

Result<Secret> read_secret_environment(const std::string& name) {
  const char* value = name.empty() ? nullptr : std::getenv(name.c_str());
  if (value == nullptr || *value == '\0') {
    return make_error(Fault::denied, "the environment variable " + name + " is not set", "secret_environment",
                      "set it for the user or service that runs Caravan");
  }
  return Secret(value);
}

Result<SecretReference> parse_secret_reference(const std::string& text) {
  using Kind = SecretReference::Kind;
  if (text.empty()) return SecretReference{};
  constexpr std::pair<std::string_view, Kind> kForms[] = {
      {"file:", Kind::file}, {"env:", Kind::environment}, {"sealed:", Kind::sealed}};
  for (const auto& [prefix, kind] : kForms) {
    if (text.starts_with(prefix) && text.size() > prefix.size())
      return SecretReference{kind, text.substr(prefix.size())};
  }
  return make_error(Fault::malformed, "a secret is file:PATH, env:NAME or sealed:NAME, never the secret itself",
                    "secret_reference", "put the secret into a file with mode 600 and name that");
}

Result<Secret> resolve(const SecretReference& reference, const Unseal& unseal) {
  switch (reference.kind) {
    case SecretReference::Kind::none:
      return Secret();
    case SecretReference::Kind::file:
      return read_secret_file(reference.name);
    case SecretReference::Kind::environment:
      return read_secret_environment(reference.name);
    case SecretReference::Kind::sealed:
      if (unseal) return unseal(reference.name);
      break;
  }
  return make_error(Fault::unsupported, "the sealed secret " + reference.name + " can only be opened with the store",
                    "secret_sealed", "set it with `exodus-cli secrets set " + reference.name + "`");
}

}  // namespace caravan::config
