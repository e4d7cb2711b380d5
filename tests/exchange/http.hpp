// SPDX-License-Identifier: GPL-3.0-or-later
// What the simulator needs of HTTP: a request, an answer made of pieces or sent bit by bit, a server that
// carries them, and calls to others. Beast stays inside http_server.cpp and http_client.cpp. Must not know SOAP.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
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

/// The open end of an answer that is sent bit by bit, each piece a chunk. Any thread may send.
class ResponseStream {
 public:
  /// Nothing happens after finish(), cut() or when the client has gone.
  void send(std::string text);
  /// Ends the answer as it should end.
  void finish();
  /// Closes the connection in the middle.
  void cut();
  /// Called once, without locks, when the connection is closed by the client. Set before the answer is sent.
  void on_gone(std::function<void()> told);

  struct Output {
    std::string text;
    bool finished = false;
    bool cut = false;
  };
  /// For the server: what is to be sent now, who is to be told of more, and that the client has gone.
  Output take();
  void attach(std::function<void()> wake);
  void gone();

 private:
  void poke();
  std::mutex mutex_;
  Output output_;
  bool over_ = false;
  std::function<void()> wake_;
  std::function<void()> told_;
};

struct HttpResponse {
  int status = 200;
  std::string content_type = "text/xml; charset=utf-8";
  std::vector<std::pair<std::string, std::string>> headers;
  std::vector<BodyPiece> body;
  std::shared_ptr<ResponseStream> stream;  ///< what follows the body, if anything
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

/// Where a callback goes.
struct Url {
  std::string host;
  std::string port;
  std::string target;
};
/// Nothing for what is not an http address; https is none: the simulator has no TLS.
std::optional<Url> parse_url(const std::string& text);

struct CallbackAnswer {
  int status = 0;
  std::string body;
};

/// Timers and calls to others, on the server's threads.
class Loop {
 public:
  virtual ~Loop() = default;
  virtual void after(std::chrono::milliseconds delay, std::function<void()> task) = 0;
  /// POSTs the text; `answered` gets nothing when there was no answer in time. Connections are kept and few.
  virtual void post(const Url& url, std::string body, std::chrono::milliseconds timeout,
                    std::function<void(const std::optional<CallbackAnswer>&)> answered) = 0;
};

class HttpServer {
 public:
  /// Binds at once; port 0 picks a free one.
  HttpServer(const std::string& address, std::uint16_t port, HttpHandler handler);
  ~HttpServer();
  std::uint16_t port() const;
  std::string address() const;
  /// Lives as long as the server; works while it runs.
  Loop& loop();
  /// Serves until SIGTERM or SIGINT.
  void run(int threads);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace exchange_sim
