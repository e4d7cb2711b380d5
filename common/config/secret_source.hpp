// SPDX-License-Identifier: GPL-3.0-or-later
// Where a secret is kept when it is not in the text itself: a file that only its owner can read, the
// environment, or sealed in the store.
#pragma once
#include <cstdint>
#include <functional>
#include <string>

#include "util/result.hpp"
#include "util/secret.hpp"

namespace caravan::config {

/// Reads a file without its last line end. Refused where group or others could read it, with the chmod that helps.
[[nodiscard]] Result<Secret> read_secret_file(const std::string& path);
[[nodiscard]] Result<Secret> read_secret_environment(const std::string& name);

/// Opens a sealed secret of the store by its name.
using Unseal = std::function<Result<Secret>(const std::string& name)>;

/// A secret as a mailbox list names it: "file:PATH", "env:NAME" or "sealed:NAME".
struct SecretReference {
  enum class Kind : std::uint8_t { none, file, environment, sealed } kind = Kind::none;
  std::string name;
  [[nodiscard]] bool empty() const noexcept { return kind == Kind::none; }
};
/// Fault::malformed where the text is none of the three forms. An empty text is Kind::none.
[[nodiscard]] Result<SecretReference> parse_secret_reference(const std::string& text);
/// The secret that the reference names. A sealed one is in the store: Fault::unsupported without `unseal`.
[[nodiscard]] Result<Secret> resolve(const SecretReference& reference, const Unseal& unseal);

}  // namespace caravan::config
