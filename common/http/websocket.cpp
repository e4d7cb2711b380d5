// SPDX-License-Identifier: GPL-3.0-or-later
// All operations are asynchronous on an io_context that only runs inside a call: so each can be bounded and stopped,
// and a read that found nothing in time simply goes on in the next call.
#include "http/websocket.hpp"

#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <boost/beast/websocket/error.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <boost/beast/websocket/stream.hpp>

#include "http/message.hpp"
#include "util/text.hpp"

namespace caravan::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace ws = boost::beast::websocket;
using asio::ip::tcp;
using boost::system::error_code;

using Plain = ws::stream<beast::tcp_stream>;
using Secured = ws::stream<beast::ssl_stream<beast::tcp_stream>>;

struct Target {
  bool secured = false;
  std::string host, port, path;
};

std::optional<Target> target_of(const std::string& url) {
  const auto colon = url.find("://");
  if (colon == std::string::npos) return std::nullopt;
  const std::string scheme = text::lower(url.substr(0, colon));
  Target target;
  target.secured = scheme == "wss" || scheme == "https";
  if (!target.secured && scheme != "ws" && scheme != "http") return std::nullopt;
  const std::string origin = origin_of((target.secured ? "https" : "http") + url.substr(colon));
  if (origin.empty()) return std::nullopt;
  std::string authority = origin.substr(origin.find("://") + 3);
  const auto port = authority.rfind(':');
  if (port != std::string::npos && authority.find(']', port) == std::string::npos) {
    target.port = authority.substr(port + 1);
    authority.resize(port);
  } else {
    target.port = target.secured ? "443" : "80";
  }
  if (authority.starts_with('[') && authority.ends_with(']')) authority = authority.substr(1, authority.size() - 2);
  target.host = authority;
  target.path = path_of(url);
  return target;
}

}  // namespace

class WebSocket::Connection {
 public:
  Connection(WebSocketOptions options, Target target) : options_(std::move(options)), target_(std::move(target)) {}
  ~Connection() {
    // A close that waits for nobody: the peer sees the connection end.
    error_code ignored;
    if (plain_ || secured_) lowest().socket().close(ignored);
    io_.restart();
    io_.poll();
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Status open(const std::stop_token& stop);
  Status send(std::string_view text);
  Result<std::optional<std::string>> receive(std::chrono::milliseconds timeout, const std::stop_token& stop);

 private:
  beast::tcp_stream& lowest() {
    return secured_ ? beast::get_lowest_layer(*secured_) : beast::get_lowest_layer(*plain_);
  }
  template <class Call>
  void with_stream(Call&& call) {
    if (secured_) {
      call(*secured_);
    } else {
      call(*plain_);
    }
  }
  template <class Start>
  Status step(const char* what, std::chrono::steady_clock::time_point until, const std::stop_token& stop,
              Start&& start);
  bool run_until(const bool& done, std::chrono::steady_clock::time_point until, const std::stop_token& stop);
  Status set_up_tls();
  Error failed(const char* what, const error_code& problem) const;

  WebSocketOptions options_;
  Target target_;
  asio::io_context io_{1};
  asio::ssl::context tls_{asio::ssl::context::tls_client};
  std::unique_ptr<Plain> plain_;
  std::unique_ptr<Secured> secured_;
  beast::flat_buffer buffer_;
  bool reading_ = false, read_done_ = false;
  error_code read_problem_;
};

/// Runs the handlers until `done`, the time or the stop; false where not done.
bool WebSocket::Connection::run_until(const bool& done, std::chrono::steady_clock::time_point until,
                                      const std::stop_token& stop) {
  const std::stop_callback wake(stop, [this] { asio::post(io_, [] {}); });
  io_.restart();
  while (!done && !stop.stop_requested() && std::chrono::steady_clock::now() < until) {
    if (io_.stopped()) io_.restart();
    io_.run_one_until(until);
  }
  return done;
}

Error WebSocket::Connection::failed(const char* what, const error_code& problem) const {
  return make_error(Fault::retry_later, std::string(what) + " " + options_.url + " failed: " + problem.message() + ".",
                    problem.category() == asio::error::get_ssl_category() ? "tls" : "no-connection",
                    "Check that the server runs, can be reached from here and has a certificate that is trusted.");
}

template <class Start>
Status WebSocket::Connection::step(const char* what, std::chrono::steady_clock::time_point until,
                                   const std::stop_token& stop, Start&& start) {
  bool done = false;
  error_code problem;
  start([&](const error_code& result) {
    problem = result;
    done = true;
  });
  if (!run_until(done, until, stop)) {
    // The handler refers to this frame: end the operation before leaving.
    if (plain_ || secured_) lowest().socket().close(problem);
    io_.restart();
    while (!done && io_.run_one() > 0) {
    }
    if (stop.stop_requested())
      return make_error(Fault::cancelled, "The connection to " + options_.url + " was stopped.");
    return make_error(Fault::retry_later, std::string(what) + " " + options_.url + " took too long.", "timeout",
                      "Check that the server can be reached from here.");
  }
  if (problem) return failed(what, problem);
  return {};
}

Status WebSocket::Connection::set_up_tls() {
  error_code problem;
  tls_.set_options(asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1);
  tls_.set_default_verify_paths(problem);
  if (!options_.ca_file.empty()) tls_.load_verify_file(options_.ca_file, problem);
  if (problem)
    return make_error(Fault::retry_later,
                      "The trusted certificates " + options_.ca_file + " can't be read: " + problem.message() + ".",
                      "tls", "Check the path in ca_file; it has to be a PEM file.");
  tls_.set_verify_mode(asio::ssl::verify_peer);
  return {};
}

Status WebSocket::Connection::open(const std::stop_token& stop) {
  const auto until = std::chrono::steady_clock::now() + options_.connect_timeout;
  if (target_.secured) {
    CARAVAN_CHECK(set_up_tls());
    secured_ = std::make_unique<Secured>(io_, tls_);
    secured_->next_layer().set_verify_callback(asio::ssl::host_name_verification(target_.host));
    if (SSL_set_tlsext_host_name(secured_->next_layer().native_handle(), target_.host.c_str()) != 1)
      return make_error(Fault::malformed, "\"" + target_.host + "\" is no host name.");
  } else {
    plain_ = std::make_unique<Plain>(io_);
  }
  tcp::resolver resolver(io_);
  tcp::resolver::results_type found;
  CARAVAN_CHECK(step("Looking up", until, stop, [&](auto done) {
    resolver.async_resolve(target_.host, target_.port, [&found, done](const error_code& problem, auto results) {
      found = results;
      done(problem);
    });
  }));
  CARAVAN_CHECK(step("Connecting to", until, stop, [&](auto done) {
    lowest().async_connect(found, [done](const error_code& problem, const auto&) { done(problem); });
  }));
  if (secured_) {
    CARAVAN_CHECK(step("TLS with", until, stop, [&](auto done) {
      secured_->next_layer().async_handshake(asio::ssl::stream_base::client, done);
    }));
  }
  ws::response_type answer;
  bool declined = false;
  const auto shaken = step("The WebSocket handshake with", until, stop, [&](auto done) {
    with_stream([&](auto& stream) {
      stream.set_option(ws::stream_base::timeout{options_.connect_timeout, options_.idle_timeout, true});
      stream.set_option(ws::stream_base::decorator(
          [this](ws::request_type& request) { request.set(beast::http::field::user_agent, options_.user_agent); }));
      stream.read_message_max(options_.max_message_bytes);
      const bool standard = target_.port == (target_.secured ? "443" : "80");
      stream.async_handshake(answer, standard ? target_.host : target_.host + ":" + target_.port, target_.path,
                             [&declined, done](const error_code& problem) {
                               declined = problem == ws::error::upgrade_declined;
                               done(problem);
                             });
    });
  });
  const unsigned status = answer.result_int();
  if (declined && status != 429 && status < 500)
    return make_error(status == 401 || status == 403 ? Fault::denied : Fault::unsupported,
                      options_.url + " answered " + std::to_string(status) + " and no WebSocket.",
                      "HTTP " + std::to_string(status), "Check the address, and that proxies let WebSockets through.");
  return shaken;
}

Status WebSocket::Connection::send(std::string_view text) {
  return step("Sending to", std::chrono::steady_clock::now() + options_.connect_timeout, {}, [&](auto done) {
    with_stream([&](auto& stream) {
      stream.text(true);
      stream.async_write(asio::buffer(text), [done](const error_code& problem, std::size_t) { done(problem); });
    });
  });
}

Result<std::optional<std::string>> WebSocket::Connection::receive(std::chrono::milliseconds timeout,
                                                                  const std::stop_token& stop) {
  if (!reading_) {
    reading_ = true;
    read_done_ = false;
    with_stream([&](auto& stream) {
      stream.async_read(buffer_, [this](const error_code& problem, std::size_t) {
        read_problem_ = problem;
        read_done_ = true;
      });
    });
  }
  if (!run_until(read_done_, std::chrono::steady_clock::now() + timeout, stop)) {
    if (stop.stop_requested()) return make_error(Fault::cancelled, "Listening to " + options_.url + " was stopped.");
    return std::optional<std::string>{};
  }
  if (read_problem_) return failed("Listening to", read_problem_);  // and it stays so: reading_ is not taken back
  reading_ = false;
  std::string message = beast::buffers_to_string(buffer_.data());
  buffer_.consume(buffer_.size());
  return std::optional<std::string>(std::move(message));
}

WebSocket::WebSocket(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}
WebSocket::~WebSocket() = default;
WebSocket::WebSocket(WebSocket&&) noexcept = default;
WebSocket& WebSocket::operator=(WebSocket&&) noexcept = default;

Result<WebSocket> WebSocket::open(const WebSocketOptions& options, std::stop_token stop) {
  const auto target = target_of(options.url);
  if (!target)
    return make_error(Fault::malformed, "\"" + options.url + "\" is no WebSocket address.", "",
                      "Write it with wss:// and the host's name.");
  auto connection = std::make_unique<Connection>(options, *target);
  CARAVAN_CHECK(connection->open(stop));
  return WebSocket(std::move(connection));
}

Status WebSocket::send(std::string_view text) { return connection_->send(text); }
Result<std::optional<std::string>> WebSocket::receive(std::chrono::milliseconds timeout, std::stop_token stop) {
  return connection_->receive(timeout, stop);
}

}  // namespace caravan::http
