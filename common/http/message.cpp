// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/message.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

#include "util/text.hpp"

namespace caravan::http {
namespace {

struct StatusRow {
  int from;
  int to;
  Fault read;   // of a request that may be repeated
  Fault write;  // of one that may not
};

// The first row that holds the status counts; RFC 9110 15, RFC 4918 11, RFC 6585.
constexpr std::array kStatusTable{
    StatusRow{100, 199, Fault::malformed, Fault::malformed},      // never final
    StatusRow{300, 399, Fault::unsupported, Fault::unsupported},  // a redirect that may not be followed
    StatusRow{401, 401, Fault::denied, Fault::denied},
    StatusRow{402, 403, Fault::denied, Fault::denied},
    StatusRow{404, 404, Fault::not_found, Fault::not_found},
    StatusRow{405, 405, Fault::unsupported, Fault::unsupported},
    StatusRow{407, 407, Fault::denied, Fault::denied},
    StatusRow{408, 408, Fault::retry_later, Fault::retry_later},  // the server gave up reading: no effect
    StatusRow{410, 410, Fault::not_found, Fault::not_found},
    StatusRow{409, 409, Fault::precondition_failed, Fault::precondition_failed},
    StatusRow{412, 412, Fault::precondition_failed, Fault::precondition_failed},
    StatusRow{413, 414, Fault::unsupported, Fault::unsupported},
    StatusRow{415, 415, Fault::unsupported, Fault::unsupported},
    StatusRow{423, 423, Fault::retry_later, Fault::retry_later},  // WebDAV lock
    StatusRow{425, 425, Fault::retry_later, Fault::retry_later},
    StatusRow{429, 429, Fault::retry_later, Fault::retry_later},
    StatusRow{400, 499, Fault::malformed, Fault::malformed},
    StatusRow{501, 501, Fault::unsupported, Fault::unsupported},
    StatusRow{503, 503, Fault::retry_later, Fault::retry_later},  // refused before it was begun
    StatusRow{505, 505, Fault::unsupported, Fault::unsupported},
    StatusRow{507, 507, Fault::retry_later, Fault::retry_later},  // storage full: a person has to act, then it goes on
    StatusRow{500, 599, Fault::retry_later, Fault::in_doubt},
};

std::string_view remedy_for(int status) {
  switch (status) {
    case 401:
      return "Check the user name, the password and the kind of authentication.";
    case 403:
      return "Grant this account the right, or check that the path is the mailbox's own.";
    case 407:
      return "A proxy asks for credentials: set no_proxy for this host.";
    case 413:
      return "Raise the server's limit on the size of a request, or lower sync.max_attachment_mb.";
    case 429:
      return "The server asks to slow down; Caravan waits and goes on.";
    case 507:
      return "The server's storage or quota is full: make room.";
    default:
      break;
  }
  if (status >= 300 && status < 400) return "Put the address that the server redirects to into the configuration.";
  if (status >= 500) return "Look into the server's log; Caravan tries again later.";
  return "";
}

/// Splits scheme://authority/rest; false where it is not an absolute URL.
bool split_url(std::string_view url, std::string& scheme, std::string& authority, std::string_view& rest) {
  const auto at = url.find("://");
  if (at == std::string_view::npos) return false;
  scheme = text::lower(url.substr(0, at));
  url.remove_prefix(at + 3);
  const auto end = url.find_first_of("/?#");
  authority = text::lower(url.substr(0, end));
  rest = end == std::string_view::npos ? std::string_view{} : url.substr(end);
  const auto user = authority.rfind('@');
  if (user != std::string::npos) authority.erase(0, user + 1);
  return true;
}

std::string host_of(std::string_view url) {
  std::string scheme, authority;
  std::string_view rest;
  if (!split_url(url, scheme, authority, rest)) return {};
  if (!authority.empty() && authority.front() == '[') return authority.substr(0, authority.find(']') + 1);
  return authority.substr(0, authority.find(':'));
}

/// RFC 3986 5.2.4.
std::string remove_dot_segments(std::string_view path) {
  std::vector<std::string> kept;
  const auto parts = text::split(path, '/');
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const bool last = i + 1 == parts.size();
    if (parts[i] == "..") {
      if (kept.size() > 1) kept.pop_back();
      if (last) kept.emplace_back();
    } else if (parts[i] == ".") {
      if (last) kept.emplace_back();
    } else {
      kept.push_back(parts[i]);
    }
  }
  return text::join(kept, "/");
}

}  // namespace

void Headers::add(std::string name, std::string value) { fields_.push_back({std::move(name), std::move(value)}); }

std::string_view Headers::get(std::string_view name) const noexcept {
  for (auto field = fields_.rbegin(); field != fields_.rend(); ++field)
    if (text::equal_ignoring_case(field->name, name)) return field->value;
  return {};
}

bool Headers::has(std::string_view name) const noexcept {
  return std::any_of(fields_.begin(), fields_.end(),
                     [&](const Header& field) { return text::equal_ignoring_case(field.name, name); });
}

std::string Headers::joined(std::string_view name) const {
  std::string out;
  for (const auto& field : fields_) {
    if (!text::equal_ignoring_case(field.name, name)) continue;
    if (!out.empty()) out += ", ";
    out += field.value;
  }
  return out;
}

bool is_repeatable(const Request& request) noexcept {
  switch (request.repeatable) {
    case Repeatable::yes:
      return true;
    case Repeatable::no:
      return false;
    case Repeatable::by_method:
      break;
  }
  const auto& method = request.method;
  return method == "GET" || method == "HEAD" || method == "OPTIONS" || method == "PROPFIND" || method == "REPORT";
}

std::optional<Fault> status_fault(int status, Repeatable repeatable) noexcept {
  if (status >= 200 && status < 300) return std::nullopt;
  for (const auto& row : kStatusTable)
    if (status >= row.from && status <= row.to) return repeatable == Repeatable::yes ? row.read : row.write;
  return Fault::malformed;
}

std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view value, std::int64_t now) {
  const std::string text(text::trim(value));
  if (text.empty()) return std::nullopt;
  std::int64_t seconds = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (problem == std::errc{} && end == text.data() + text.size()) {
    if (seconds < 0) return std::nullopt;
    return std::chrono::seconds(std::min<std::int64_t>(seconds, 24 * 3600));
  }
  // IMF-fixdate: "Sun, 06 Nov 1994 08:49:37 GMT".
  char month_name[4] = {};
  int day = 0, year = 0, hour = 0, minute = 0, second = 0;
  if (std::sscanf(text.c_str(), "%*3s, %2d %3s %4d %2d:%2d:%2d", &day, month_name, &year, &hour, &minute, &second) != 6)
    return std::nullopt;
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const auto month = kMonths.find(month_name);
  if (month == std::string_view::npos || month % 3 != 0) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month / 3 + 1)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  const auto then = std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
                    std::chrono::seconds(second);
  const std::int64_t wait = std::chrono::sys_seconds(then).time_since_epoch().count() - now;
  return std::chrono::seconds(std::clamp<std::int64_t>(wait, 0, 24 * 3600));
}

Error status_error(const Request& request, const Response& response) {
  const auto repeatable = is_repeatable(request) ? Repeatable::yes : Repeatable::no;
  const auto fault = status_fault(response.status, repeatable).value_or(Fault::malformed);
  std::string what = request.method + " " + request.url + " was answered " + std::to_string(response.status);
  if (response.status >= 300 && response.status < 400 && response.headers.has("Location"))
    what += ", a redirect to " + std::string(response.headers.get("Location"));
  what += ".";
  Error error = make_error(fault, std::move(what), "HTTP " + std::to_string(response.status),
                           std::string(remedy_for(response.status)));
  if (fault == Fault::retry_later) {
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    error.retry_after = parse_retry_after(response.headers.get("Retry-After"), now.time_since_epoch().count());
  }
  return error;
}

std::string origin_of(std::string_view url) {
  std::string scheme, authority;
  std::string_view rest;
  if (!split_url(url, scheme, authority, rest) || authority.empty()) return {};
  if (scheme != "http" && scheme != "https") return {};
  const std::string_view standard = scheme == "http" ? ":80" : ":443";
  if (authority.ends_with(standard)) authority.resize(authority.size() - standard.size());
  return scheme + "://" + authority;
}

std::string path_of(std::string_view url) {
  std::string scheme, authority;
  std::string_view rest = url;
  split_url(url, scheme, authority, rest);
  rest = rest.substr(0, rest.find('#'));
  if (rest.empty()) return "/";
  return rest.front() == '/' ? std::string(rest) : "/" + std::string(rest);
}

bool is_loopback(std::string_view url) {
  const std::string host = host_of(url);
  if (host == "localhost" || host == "[::1]") return true;
  unsigned a = 0, b = 0, c = 0, d = 0;
  char beyond = 0;
  return std::sscanf(host.c_str(), "%3u.%3u.%3u.%3u%c", &a, &b, &c, &d, &beyond) == 4 && a == 127;
}

std::string resolve_location(std::string_view base, std::string_view location) {
  location = text::trim(location);
  if (location.empty()) return {};
  if (location.find("://") != std::string_view::npos) return origin_of(location).empty() ? "" : std::string(location);
  const std::string origin = origin_of(base);
  if (origin.empty()) return {};
  if (location.starts_with("//")) return origin.substr(0, origin.find(':') + 1) + std::string(location);
  if (location.front() == '/') return origin + remove_dot_segments(location);
  std::string path = path_of(base);
  path = path.substr(0, path.find('?'));
  return origin + remove_dot_segments(path.substr(0, path.rfind('/') + 1) + std::string(location));
}

bool may_follow(std::string_view from, std::string_view to) {
  const std::string first = origin_of(from), second = origin_of(to);
  if (first.empty() || second.empty()) return false;
  if (first == second) return true;
  // From http to https of the same host; the port follows the scheme.
  return first.starts_with("http://") && second.starts_with("https://") && host_of(from) == host_of(to);
}

}  // namespace caravan::http
