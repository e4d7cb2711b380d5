// SPDX-License-Identifier: GPL-3.0-or-later
// The one table from what Exchange says to what the caller should do: ResponseCode -> Fault and remedy. Also the
// answers that are no SOAP at all (login pages, redirects, overload pages). Pure.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "http/message.hpp"
#include "util/result.hpp"

namespace caravan::ews {

/// One row of the table.
struct CodeRow {
  std::string_view code;
  Fault fault;
  std::string_view remedy;  ///< may be empty
};

/// The whole table, sorted by code.
std::span<const CodeRow> response_codes() noexcept;

/// The row of a code; nullptr for a code that is not in the table (a newer server's): then `malformed` is meant, so
/// that the object is parked and seen.
const CodeRow* find_code(std::string_view code) noexcept;

/// An Error for a response message or a SOAP fault. `what` is the operation and the object ("GetItem of an item in
/// anna@example.org"); `message` is the server's text; `back_off` its BackOffMilliseconds.
Error code_error(std::string_view code, std::string_view what, std::string_view message,
                 std::optional<std::chrono::milliseconds> back_off = std::nullopt);

/// What a failure means for a request that changes something: `in_doubt` where it may have had its effect, unless the
/// code says that the server did not begin (busy, over a limit, on the move).
Error write_error(Error error);

/// An Error for an HTTP answer that holds no SOAP envelope: 401, 403, 404, 413, 503 ..., a redirect, or 200 with a web
/// page. Nullopt where the body looks like XML and has to be parsed (200, and 500 with a fault).
std::optional<Error> http_error(const http::Request& request, const http::Response& response, std::int64_t now);

}  // namespace caravan::ews
