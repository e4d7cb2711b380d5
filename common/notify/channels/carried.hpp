// SPDX-License-Identifier: GPL-3.0-or-later
// What all channels carry along of a message's key, so that a repeat is recognised.
#pragma once
#include <string>
#include <string_view>

#include "util/digest.hpp"

namespace caravan::notify {

/// The first 32 hex digits of the key's SHA-256: a key holds addresses and UIDs of any form, which have no business in
/// a header or with a third party.
inline std::string carried_key(std::string_view key) { return sha256(key).hex.substr(0, 32); }

}  // namespace caravan::notify
