// SPDX-License-Identifier: GPL-3.0-or-later
#include "ews/response_codes.hpp"

#include <algorithm>
#include <vector>

#include "ews/response_code_table.hpp"
#include "util/text.hpp"

namespace caravan::ews {
namespace {

constexpr std::string_view kUnreadableAnswer = "BadXml";  // wire::kBadXml

std::vector<CodeRow> make_table() {
  std::vector<CodeRow> table;
  for (const CodeGroup& group : code_groups())
    for (std::size_t at = 0; at < group.codes.size();) {
      const auto end = std::min(group.codes.find(' ', at), group.codes.size());
      if (end > at) table.push_back({group.codes.substr(at, end - at), group.fault, group.remedy});
      at = end + 1;
    }
  std::sort(table.begin(), table.end(), [](const CodeRow& a, const CodeRow& b) { return a.code < b.code; });
  return table;
}

const std::vector<CodeRow>& table() {
  static const std::vector<CodeRow> rows = make_table();
  return rows;
}

bool contains_ignoring_case(std::string_view text, std::string_view part) {
  return text::lower(text).find(part) != std::string::npos;
}

bool looks_like_xml(std::string_view body) {
  if (body.starts_with("\xEF\xBB\xBF")) body.remove_prefix(3);
  body = text::trim(body.substr(0, 400));
  if (!body.starts_with("<")) return false;
  const std::string start = text::lower(body.substr(0, 100));
  return !start.starts_with("<!doctype html") && !start.starts_with("<html");
}

/// ews-facts 10.2: some redirects are outages, not relocations.
Error redirect_error(const http::Request& request, const http::Response& response) {
  const std::string location(response.headers.get("Location"));
  const std::string code = "HTTP " + std::to_string(response.status);
  if (contains_ignoring_case(location, "genericerrorpage.htm"))
    return make_error(Fault::retry_later, request.url + " sent us to its error page.", code);
  if (contains_ignoring_case(location, "/owa/auth") || contains_ignoring_case(location, "/adfs/") ||
      contains_ignoring_case(location, "logon"))
    return make_error(Fault::denied, request.url + " sent us to a login page (" + location + ").", code,
                      "EWS must be reachable without forms login: set exchange.url to .../EWS/Exchange.asmx and exempt "
                      "it from pre-authentication in the proxy.");
  return make_error(Fault::denied, request.url + " redirects to " + location + ".", code,
                    "Set exchange.url to the address that it redirects to, if you trust it.");
}

std::string_view status_remedy(int status) {
  switch (status) {
    case 401:
      return "Check exchange.username, the password and exchange.auth; EWS may be disabled for the account.";
    case 403:
      return "Enable EWS for the mailbox and the application (Set-CASMailbox -EwsEnabled, the allow lists).";
    case 404:
      return "Check exchange.url: it should end in /EWS/Exchange.asmx.";
    case 413:
      return "Raise maxAllowedContentLength in the web.config of EWS.";
    case 440:
    case 456:
      return "The account must log on interactively once, or its password must be changed.";
    default:
      return {};
  }
}

}  // namespace

std::span<const CodeRow> response_codes() noexcept { return table(); }

const CodeRow* find_code(std::string_view code) noexcept {
  const auto& rows = table();
  const auto found = std::lower_bound(rows.begin(), rows.end(), code,
                                      [](const CodeRow& row, std::string_view wanted) { return row.code < wanted; });
  return found != rows.end() && found->code == code ? &*found : nullptr;
}

Error code_error(std::string_view code, std::string_view what, std::string_view message,
                 std::optional<std::chrono::milliseconds> back_off) {
  const CodeRow* row = find_code(code);
  Error error;
  error.fault = row != nullptr ? row->fault : Fault::malformed;
  error.code = code;
  error.what = std::string(what) + ": " + (code.empty() ? "an error without a code" : std::string(code));
  if (!message.empty()) error.what += " (" + text::sanitize(message.substr(0, 300)) + ")";
  error.remedy = row != nullptr ? row->remedy : std::string_view("This code is new to Caravan; report it.");
  if (error.fault == Fault::retry_later) error.retry_after = back_off;
  return error;
}

Error write_error(Error error) {
  static constexpr std::string_view kNotBegun =
      " ErrorServerBusy ErrorServiceUnavailable ErrorExceededConnectionCount ErrorTooManyObjectsOpened "
      "ErrorMailboxMoveInProgress ErrorADUnavailable ErrorADOperation ErrorNoRespondingCASInDestinationSite "
      "ErrorProxyTokenExpired ErrorMailboxLogonFailed ErrorBatchProcessingStopped ErrorInsufficientResources "
      "ErrorNotEnoughMemory no-answer tls-connect HTTP 429 HTTP 503 ";
  const bool not_begun = !error.code.empty() && kNotBegun.find(" " + error.code + " ") != std::string_view::npos;
  const bool garbled = error.code == kUnreadableAnswer;
  if (!garbled && (error.fault != Fault::retry_later || not_begun)) return error;
  error.fault = Fault::in_doubt;
  error.retry_after.reset();
  error.remedy = "Nothing needs to be done: what is stored is looked at before anything is repeated.";
  return error;
}

std::optional<Error> http_error(const http::Request& request, const http::Response& response, std::int64_t now) {
  const int status = response.status;
  const bool xml = looks_like_xml(response.body);
  if (status == 200 || (status == 500 && xml)) {
    if (xml || response.body.empty()) return std::nullopt;
    if (!text::trim(response.body).starts_with("<")) return std::nullopt;  // garbled: the parser says so
    return make_error(Fault::denied, request.url + " answered with a web page instead of SOAP.", "HTTP 200",
                      "Check that exchange.url names Exchange.asmx and that no login page stands in front of it.");
  }
  if (status >= 300 && status < 400) return redirect_error(request, response);
  const std::string code = "HTTP " + std::to_string(status);
  Error error =
      make_error(http::status_fault(status).value_or(Fault::malformed),
                 request.url + " answered " + std::to_string(status) + ".", code, std::string(status_remedy(status)));
  if (status == 404) error.fault = Fault::denied;  // of the service, not of an item: never a deletion
  if (status == 440 || status == 456) error.fault = Fault::denied;
  if (status >= 500 && status != 501 && status != 505) error.fault = Fault::retry_later;
  if (error.fault == Fault::retry_later)
    error.retry_after = http::parse_retry_after(response.headers.get("Retry-After"), now);
  return error;
}

}  // namespace caravan::ews
