// SPDX-License-Identifier: GPL-3.0-or-later
// The server's half of an NTLMv2 handshake (MS-NLMP): challenge out, answer verified against the
// password. Nothing of HTTP.
#pragma once

#include <functional>
#include <optional>
#include <string>

namespace exchange_sim {

bool is_ntlm_negotiate(const std::string& message);
/// A CHALLENGE_MESSAGE; the eight random bytes are left in `challenge`.
std::string ntlm_challenge(std::string& challenge);
/// The user's name when the AUTHENTICATE_MESSAGE proves the password that `password_of` gives.
std::optional<std::string> ntlm_verify(
    const std::string& message, const std::string& challenge,
    const std::function<std::optional<std::string>(const std::string&)>& password_of);

}  // namespace exchange_sim
