// SPDX-License-Identifier: GPL-3.0-or-later
// What the simulator needs of HTTP: a request, an answer made of pieces, and a server that carries them.
// Beast stays inside http_server.cpp. Must not know SOAP.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "xml_writer.hpp"

namespace exchange_sim {

struct HttpRequest {
  std::string method;
  std::string target;
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;
  std::string header(const std::string& name) const {
    auto found = headers.find(name);
    return found == headers.end() ? std::string() : found->second;
  }
};

struct HttpResponse {
  int status = 200;
  std::string content_type = "text/xml; charset=utf-8";
  std::vector<std::pair<std::string, std::string>> headers;
  std::vector<BodyPiece> body;
  int delay_ms = 0;
  bool drop = false;      ///< close the connection without an answer
  bool truncate = false;  ///< send half of the body, then close
  bool close = false;
  void set_body(std::string text) {
    body.clear();
    body.push_back({});
    body.back().text = std::move(text);
  }
};

/// What a handler may keep for a connection (NTLM authenticates connections, not requests).
struct ConnectionState {
  std::string ntlm_challenge;
  std::string ntlm_user;
};

using HttpHandler = std::function<HttpResponse(const HttpRequest&, ConnectionState&)>;

class HttpServer {
 public:
  /// Binds at once; port 0 picks a free one.
  HttpServer(const std::string& address, std::uint16_t port, HttpHandler handler);
  ~HttpServer();
  std::uint16_t port() const;
  std::string address() const;
  /// Serves until SIGTERM or SIGINT.
  void run(int threads);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace exchange_sim
