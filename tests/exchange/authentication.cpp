// SPDX-License-Identifier: GPL-3.0-or-later
// Basic and Bearer authentication and the token endpoint; NTLM is in ntlm.cpp.
#include "bytes.hpp"
#include "ntlm.hpp"
#include "server.hpp"

namespace exchange_sim {
namespace {

Identity identity_of(Server& server, const std::string& name) {
  if (server.settings.service_users.contains(name)) return {name, true, nullptr};
  return {name, false, server.world.find(name)};
}

std::optional<std::string> password_of(Server& server, const std::string& name) {
  auto service = server.settings.service_users.find(name);
  if (service != server.settings.service_users.end()) return service->second;
  auto* mailbox = server.world.find(name);
  if (mailbox == nullptr || mailbox->password.empty()) return std::nullopt;
  return mailbox->password;
}

HttpResponse unauthorized(Server& server) {
  HttpResponse response;
  response.status = 401;
  response.content_type = "text/plain";
  if (server.settings.basic) response.headers.emplace_back("WWW-Authenticate", "Basic realm=\"exchange-sim\"");
  if (server.settings.ntlm) response.headers.emplace_back("WWW-Authenticate", "NTLM");
  if (!server.settings.tokens.empty()) response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

std::optional<Identity> by_basic(Server& server, const std::string& value) {
  auto pair = base64_decode(value);
  auto colon = pair ? pair->find(':') : std::string::npos;
  if (colon == std::string::npos) return std::nullopt;
  auto name = pair->substr(0, colon);
  auto password = password_of(server, name);
  if (!password || *password != pair->substr(colon + 1)) return std::nullopt;
  return identity_of(server, name);
}

std::optional<Identity> by_ntlm(Server& server, const std::string& value, ConnectionState& connection,
                                HttpResponse& refusal) {
  auto message = base64_decode(value).value_or("");
  if (is_ntlm_negotiate(message)) {
    refusal.headers.clear();
    refusal.headers.emplace_back("WWW-Authenticate",
                                 "NTLM " + base64_encode(ntlm_challenge(connection.ntlm_challenge)));
    return std::nullopt;
  }
  auto name = ntlm_verify(message, connection.ntlm_challenge,
                          [&](const std::string& user) { return password_of(server, user); });
  connection.ntlm_challenge.clear();
  if (!name) return std::nullopt;
  connection.ntlm_user = *name;
  return identity_of(server, *name);
}

std::string url_decoded(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      out += hex_decode(text.substr(i + 1, 2)).value_or("?");
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

std::map<std::string, std::string> form_of(const std::string& body) {
  std::map<std::string, std::string> out;
  for (std::size_t at = 0; at < body.size();) {
    auto end = std::min(body.find('&', at), body.size());
    auto part = body.substr(at, end - at);
    auto equals = part.find('=');
    if (equals != std::string::npos) out[part.substr(0, equals)] = url_decoded(part.substr(equals + 1));
    at = end + 1;
  }
  return out;
}

}  // namespace

std::optional<Identity> authenticate(Server& server, const HttpRequest& request, ConnectionState& connection,
                                     HttpResponse& refusal) {
  if (!connection.ntlm_user.empty()) return identity_of(server, connection.ntlm_user);
  refusal = unauthorized(server);
  auto header = request.header("authorization");
  std::optional<Identity> identity;
  if (server.settings.basic && starts_with_ignoring_case(header, "Basic "))
    identity = by_basic(server, header.substr(6));
  if (server.settings.ntlm && starts_with_ignoring_case(header, "NTLM ")) {
    identity = by_ntlm(server, header.substr(5), connection, refusal);
  }
  if (starts_with_ignoring_case(header, "Bearer ") && server.settings.tokens.contains(trim(header.substr(7)))) {
    identity = Identity{"bearer", true, nullptr};
  }
  return identity;
}

HttpResponse answer_token_request(Server& server, const HttpRequest& request) {
  auto form = form_of(request.body);
  auto client = form["client_id"] + ":" + form["client_secret"];
  if (auto header = request.header("authorization"); starts_with_ignoring_case(header, "Basic ")) {
    client = base64_decode(header.substr(6)).value_or("");
  }
  HttpResponse response;
  response.content_type = "application/json";
  bool known = !server.settings.oauth_client.empty() && client == server.settings.oauth_client;
  if (form["grant_type"] != "client_credentials" || !known || server.settings.tokens.empty()) {
    response.status = known ? 400 : 401;
    response.set_body(known ? R"({"error":"unsupported_grant_type"})" : R"({"error":"invalid_client"})");
    return response;
  }
  response.set_body(R"({"token_type":"Bearer","expires_in":3599,"access_token":")" + *server.settings.tokens.begin() +
                    "\"}");
  return response;
}

}  // namespace exchange_sim
