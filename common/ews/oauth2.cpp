// SPDX-License-Identifier: GPL-3.0-or-later
#include "ews/oauth2.hpp"

#include <nlohmann/json.hpp>

#include "util/text.hpp"

namespace caravan::ews::oauth2 {
namespace {

constexpr auto kBeforeExpiry = std::chrono::seconds(120);
constexpr auto kShortestLife = std::chrono::seconds(30);
constexpr auto kDefaultLife = std::chrono::seconds(3600);  // where the endpoint names none

http::Options http_options(const Options& options) {
  http::Options http;
  http.ca_file = options.ca_file;
  http.clock = options.clock;
  http.sleeper = options.sleeper;
  http.max_connections = 1;
  http.max_response_bytes = 1 << 20;
  http.retry.attempts = 3;
  return http;
}

std::string form(const std::string& text) { return text::percent_encode(text, text::Slash::escape); }

/// Only an administrator's own mistakes are worth the endpoint's words; they hold no secret.
std::string reason_of(const nlohmann::json& answer) {
  std::string reason = answer.value("error", std::string("no reason given"));
  const std::string description = answer.value("error_description", std::string());
  if (!description.empty())
    reason += ": " + text::sanitize(description.substr(0, description.find('\r'))).substr(0, 200);
  return reason;
}

}  // namespace

std::string token_url_of_tenant(const std::string& tenant) {
  return "https://login.microsoftonline.com/" + text::percent_encode(tenant, text::Slash::escape) +
         "/oauth2/v2.0/token";
}

TokenCache::TokenCache(Options options) : options_(std::move(options)), client_(http_options(options_)) {
  if (!options_.clock) options_.clock = system_clock();
}

Result<Secret> TokenCache::token() {
  const std::lock_guard lock(mutex_);
  if (!token_.empty() && options_.clock->monotonic() < expires_) return token_;
  return request();
}

void TokenCache::forget(const Secret& refused) {
  const std::lock_guard lock(mutex_);
  if (token_.reveal() == refused.reveal()) token_ = Secret();
}

Result<Secret> TokenCache::request() {
  http::Request request;
  request.method = "POST";
  request.url = options_.token_url;
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}, {"Accept", "application/json"}};
  request.body = "grant_type=client_credentials&client_id=" + form(options_.client_id) +
                 "&client_secret=" + form(options_.client_secret.reveal()) + "&scope=" + form(options_.scope);
  request.repeatable = http::Repeatable::yes;
  const auto asked = options_.clock->monotonic();
  CARAVAN_TRY(response, client_.perform(request));
  const auto answer = nlohmann::json::parse(response.body, nullptr, false);
  if (response.status >= 500 || response.status == 429) return http::status_error(request, response);
  if (response.status != 200 || !answer.is_object() || !answer.contains("access_token") ||
      !answer["access_token"].is_string()) {
    const std::string reason = answer.is_object() ? reason_of(answer) : "the answer is no JSON";
    return make_error(
        Fault::denied, options_.token_url + " gave no token (" + reason + ").",
        "HTTP " + std::to_string(response.status),
        "Check exchange.oauth2: tenant, client_id, client_secret and scope, and the application's consent.");
  }
  std::chrono::seconds life = kDefaultLife;
  if (const auto found = answer.find("expires_in"); found != answer.end()) {
    if (found->is_number_integer())
      life = std::chrono::seconds(found->get<std::int64_t>());
    else if (found->is_string())
      life = std::chrono::seconds(std::atoll(found->get<std::string>().c_str()));
  }
  token_ = Secret(answer["access_token"].get<std::string>());
  expires_ = asked + std::max<std::chrono::seconds>(life - kBeforeExpiry, kShortestLife);
  return token_;
}

}  // namespace caravan::ews::oauth2
