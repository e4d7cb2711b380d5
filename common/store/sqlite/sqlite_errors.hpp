// SPDX-License-Identifier: GPL-3.0-or-later
// SQLite's result codes as Errors, in one table.
#pragma once
#include <string>

#include "util/result.hpp"

struct sqlite3;

namespace caravan::store {

/// `doing` completes "while ...". Reads the connection's last extended code and message.
Error sqlite_error(sqlite3* connection, const std::string& path, const std::string& doing);
/// The same from a code alone.
Error sqlite_error(int extended_code, int system_errno, const std::string& message, const std::string& path,
                   const std::string& doing);

}  // namespace caravan::store
