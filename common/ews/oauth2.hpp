// SPDX-License-Identifier: GPL-3.0-or-later
// OAuth2 client credentials (RFC 6749 4.4) for Exchange Online and for hybrid modern authentication: a cache of one
// token per application, asked anew shortly before it ends and once after a 401.
#pragma once
#include <chrono>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>

#include "http/client.hpp"
#include "util/clock.hpp"
#include "util/result.hpp"
#include "util/secret.hpp"

namespace caravan::ews::oauth2 {

inline constexpr const char* kOnlineScope = "https://outlook.office365.com/.default";

struct Options {
  std::string token_url;  ///< "https://login.microsoftonline.com/TENANT/oauth2/v2.0/token"
  std::string client_id;
  Secret client_secret;
  std::string scope = kOnlineScope;
  std::string ca_file = {};
  std::shared_ptr<Clock> clock = nullptr;      ///< the system's where null
  std::shared_ptr<Sleeper> sleeper = nullptr;  ///< the system's where null
};

/// The token endpoint of an Entra tenant.
std::string token_url_of_tenant(const std::string& tenant);

/// Thread-safe; share one among all Clients of an application. A token is asked for by one thread while the others
/// wait.
class TokenCache {
 public:
  explicit TokenCache(Options options);
  /// A token that is good for at least a minute. Fails with `denied` (the endpoint refused the application) or
  /// `retry_later` (it did not answer).
  Result<Secret> token();
  /// After a 401: the token at hand is not used again if it is still `refused`.
  void forget(const Secret& refused);

 private:
  Result<Secret> request();  // with the lock held

  Options options_;
  http::Client client_;
  std::mutex mutex_;
  Secret token_;
  std::chrono::steady_clock::time_point expires_{};
};

}  // namespace caravan::ews::oauth2
