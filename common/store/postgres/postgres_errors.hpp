// SPDX-License-Identifier: GPL-3.0-or-later
// PostgreSQL's SQLSTATEs and libpqxx's exceptions as Errors, in one table.
#pragma once
#include <string>

#include "util/result.hpp"

namespace caravan::store {

/// Of an SQLSTATE (PostgreSQL's Appendix A); empty where the connection broke without one.
Error postgres_error(const std::string& sqlstate, const std::string& message, const std::string& doing);
/// Whether the connection is of no more use after such an error.
bool connection_lost(const std::string& sqlstate) noexcept;
/// Of a connection that could not be made: the message is all that libpq gives.
Error postgres_connect_error(const std::string& message);

}  // namespace caravan::store
