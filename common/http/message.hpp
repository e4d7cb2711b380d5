// SPDX-License-Identifier: GPL-3.0-or-later
// What is sent and what comes back, as plain data; and the one table from an HTTP status to a Fault. Knows no library.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "util/result.hpp"

namespace caravan::http {

/// One header field, in the order and spelling in which it is sent or was received.
struct Header {
  std::string name;
  std::string value;
};

/// Header fields; names compare without case (RFC 9110 5.1).
class Headers {
 public:
  void add(std::string name, std::string value);
  void clear() noexcept { fields_.clear(); }
  /// The last field of this name, empty where there is none.
  [[nodiscard]] std::string_view get(std::string_view name) const noexcept;
  [[nodiscard]] bool has(std::string_view name) const noexcept;
  /// All values of this name joined with ", " (DAV: and Allow: may come in several lines).
  [[nodiscard]] std::string joined(std::string_view name) const;
  [[nodiscard]] const std::vector<Header>& fields() const noexcept { return fields_; }

 private:
  std::vector<Header> fields_;
};

/// A body that is streamed from a spool file; `size` bytes from `offset`.
struct FileBody {
  std::string path;
  std::uint64_t size = 0;
  std::uint64_t offset = 0;
};

/// Whether a request whose answer was lost may simply be sent again.
enum class Repeatable : std::uint8_t {
  by_method,  ///< GET, HEAD, OPTIONS, PROPFIND and REPORT are, all others are not
  yes,
  no,
};

/// Whether a redirect is followed: only to the same host and to the same scheme or from http to https.
enum class Redirects : std::uint8_t { returned, followed };

/// One request. A body is either `body` or, where set, `file`; its Content-Length is always sent (never chunked:
/// Radicale answers 400 and SOGo 404 to a chunked body).
struct Request {
  std::string method = "GET";
  std::string url;
  std::vector<Header> headers = {};
  std::string body = {};
  std::optional<FileBody> file = std::nullopt;
  Repeatable repeatable = Repeatable::by_method;
  Redirects redirects = Redirects::returned;
  std::optional<std::chrono::milliseconds> timeout = std::nullopt;  ///< instead of Options::total_timeout
};

/// Any answer of the server, whatever its status: see status_fault().
struct Response {
  int status = 0;
  Headers headers;
  std::string body;
  std::string url;           ///< the address that answered, which differs from the request's after redirects
  long new_connections = 0;  ///< connections that had to be opened for it
};

/// Whether `request` may be repeated after its answer was lost.
[[nodiscard]] bool is_repeatable(const Request& request) noexcept;

/// The one table: what a status means for the caller; nullopt for 2xx. `repeatable` tells reads from writes: a write
/// answered 500, 502 or 504 may have taken effect, so it is in doubt. 207 is no fault here: its rows decide.
[[nodiscard]] std::optional<Fault> status_fault(int status, Repeatable repeatable = Repeatable::yes) noexcept;

/// Retry-After in seconds or as a date (RFC 9110 10.2.3); `now` is in seconds since 1970.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view value, std::int64_t now);

/// An Error for an answer that status_fault() finds faulty: "PUT https://... answered 507 (...)", code "HTTP 507",
/// remedy by status, retry_after from the header. Never contains the body.
[[nodiscard]] Error status_error(const Request& request, const Response& response);

/// `scheme://host[:port]` of a URL in lower case with the default port left out; empty where it is no http(s) URL.
[[nodiscard]] std::string origin_of(std::string_view url);
/// The path (and query) of a URL, "/" where it has none.
[[nodiscard]] std::string path_of(std::string_view url);
/// Whether the URL's host is this machine itself (localhost, 127.0.0.0/8, ::1).
[[nodiscard]] bool is_loopback(std::string_view url);
/// Resolves a Location against the URL it came from; empty where it can't be.
[[nodiscard]] std::string resolve_location(std::string_view base, std::string_view location);
/// The rule of Redirects::followed.
[[nodiscard]] bool may_follow(std::string_view from, std::string_view to);

}  // namespace caravan::http
