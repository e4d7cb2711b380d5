// SPDX-License-Identifier: GPL-3.0-or-later
// The HTTP server: Beast reads requests, answers are written piece by piece so that lazy content is
// made while it is sent, and streams in chunks as they come.
#include <utility>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include <array>
#include <csignal>
#include <thread>

#include "bytes.hpp"
#include "http.hpp"
#include "http_client.hpp"

namespace exchange_sim {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t kPieceBytes = 3 * 64 * 1024;  // a multiple of 3: base64 without padding

const char* reason(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 204:
      return "No Content";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 500:
      return "Internal Server Error";
    case 503:
      return "Service Unavailable";
    default:
      return "Status";
  }
}

class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket socket, const HttpHandler& handler)
      : socket_(std::move(socket)), timer_(socket_.get_executor()), handler_(handler) {}

  ~Session() {
    if (response_.stream) response_.stream->gone();
  }

  void read() {
    parser_.emplace();
    parser_->body_limit(256ull * 1024 * 1024);
    http::async_read_header(socket_, buffer_, *parser_, [self = shared_from_this()](error_code error, std::size_t) {
      if (error) return;
      if (equal_ignoring_case(std::string(self->parser_->get()[http::field::expect]), "100-continue"))
        self->invite_body();
      else
        self->read_body();
    });
  }

 private:
  /// Clients with large bodies wait for this before they send them.
  void invite_body() {
    static const std::string kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    asio::async_write(socket_, asio::buffer(kContinue), [self = shared_from_this()](error_code error, std::size_t) {
      if (!error) self->read_body();
    });
  }

  void read_body() {
    http::async_read(socket_, buffer_, *parser_, [self = shared_from_this()](error_code error, std::size_t) {
      if (!error) self->handle();
    });
  }

  void handle() {
    auto message = parser_->release();
    keep_alive_ = message.keep_alive();
    HttpRequest request;
    request.method = std::string(message.method_string());
    request.target = std::string(message.target());
    for (const auto& field : message)
      request.headers[to_lower(std::string(field.name_string()))] = std::string(field.value());
    request.body = std::move(message.body());
    response_ = handler_(request, state_);
    if (response_.delay_ms == 0) return answer();
    timer_.expires_after(std::chrono::milliseconds(response_.delay_ms));
    timer_.async_wait([self = shared_from_this()](error_code error) {
      if (!error) self->answer();
    });
  }

  void answer() {
    if (response_.drop) return close();
    std::uint64_t length = 0;
    for (const auto& piece : response_.body) length += piece.length();
    left_ = response_.truncate ? length / 2 : length;
    if (response_.truncate || response_.close || response_.stream) keep_alive_ = false;
    std::string head = "HTTP/1.1 " + std::to_string(response_.status) + " " + reason(response_.status) + "\r\n";
    for (const auto& [name, value] : response_.headers) head += name + ": " + value + "\r\n";
    head += "Content-Type: " + response_.content_type + "\r\n";
    head += response_.stream ? "Transfer-Encoding: chunked\r\n" : "Content-Length: " + std::to_string(length) + "\r\n";
    head += keep_alive_ ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
    chunk_ = std::move(head);
    if (response_.stream) return begin_stream();
    piece_ = 0;
    offset_ = 0;
    fill();
    write();
  }

  /// The body is the first chunk; the stream says when there is more. The client is watched meanwhile.
  void begin_stream() {
    std::string body;
    for (const auto& piece : response_.body) body += piece.text;
    chunk_ += as_chunk(body);
    response_.stream->attach([weak = weak_from_this(), executor = socket_.get_executor()] {
      asio::post(executor, [weak] {
        if (auto self = weak.lock()) self->write_stream();
      });
    });
    watch();
    write_stream();
  }

  static std::string as_chunk(const std::string& text) {
    if (text.empty()) return {};
    char size[32];
    std::snprintf(size, sizeof size, "%zx\r\n", text.size());
    return size + text + "\r\n";
  }

  void watch() {
    socket_.async_read_some(asio::buffer(watched_), [self = shared_from_this()](error_code error, std::size_t) {
      if (!error) return self->watch();
      self->response_.stream->gone();
      self->close();
    });
  }

  void write_stream() {
    if (writing_ || !socket_.is_open()) return;
    auto output = response_.stream->take();
    if (output.cut) return close();
    chunk_ += as_chunk(output.text);
    if (output.finished && !ended_) {
      chunk_ += "0\r\n\r\n";
      ended_ = true;
    }
    if (chunk_.empty()) {
      if (ended_) close();
      return;
    }
    writing_ = true;
    outgoing_.swap(chunk_);
    asio::async_write(socket_, asio::buffer(outgoing_), [self = shared_from_this()](error_code error, std::size_t) {
      self->writing_ = false;
      self->outgoing_.clear();
      if (error) return self->close();
      self->write_stream();
    });
  }

  /// Appends the next part of the body to the chunk; leaves it empty at the end.
  void fill() {
    while (left_ > 0 && piece_ < response_.body.size() && chunk_.size() < kPieceBytes) {
      const auto& piece = response_.body[piece_];
      auto before = chunk_.size();
      if (piece.is_lazy) {
        auto count = static_cast<std::size_t>(std::min<std::uint64_t>(kPieceBytes, piece.lazy.size - offset_));
        std::string bytes(count, '\0');
        fill_lazy(piece.lazy, offset_, bytes.data(), count);
        chunk_ += base64_encode(bytes);
        offset_ += count;
        if (offset_ >= piece.lazy.size) next_piece();
      } else {
        chunk_.append(piece.text, offset_, 4 * kPieceBytes);
        offset_ += 4 * kPieceBytes;
        if (offset_ >= piece.text.size()) next_piece();
      }
      auto added = chunk_.size() - before;
      if (added > left_) chunk_.resize(before + left_);
      left_ -= std::min<std::uint64_t>(left_, added);
    }
  }

  void next_piece() {
    ++piece_;
    offset_ = 0;
  }

  void write() {
    if (chunk_.empty()) {
      if (keep_alive_)
        read();
      else
        close();
      return;
    }
    asio::async_write(socket_, asio::buffer(chunk_), [self = shared_from_this()](error_code error, std::size_t) {
      if (error) return;
      self->chunk_.clear();
      self->fill();
      self->write();
    });
  }

  void close() {
    error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_both, ignored);
    socket_.close(ignored);
  }

  tcp::socket socket_;
  asio::steady_timer timer_;
  const HttpHandler& handler_;
  boost::beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  HttpResponse response_;
  ConnectionState state_;
  std::string chunk_;
  std::size_t piece_ = 0;
  std::uint64_t offset_ = 0;
  std::uint64_t left_ = 0;
  bool keep_alive_ = true;
  std::string outgoing_;  ///< of a stream, while it is written
  bool writing_ = false;
  bool ended_ = false;
  std::array<char, 256> watched_{};
};

}  // namespace

struct HttpServer::Parts {
  asio::io_context io;
  tcp::acceptor acceptor{io};
  asio::signal_set signals{io, SIGTERM, SIGINT};
  HttpHandler handler;
  std::unique_ptr<Loop> loop = make_loop(io);

  void accept() {
    acceptor.async_accept(asio::make_strand(io), [this](error_code error, tcp::socket socket) {
      if (error == asio::error::operation_aborted) return;
      if (!error) {
        error_code ignored;
        socket.set_option(tcp::no_delay(true), ignored);
        std::make_shared<Session>(std::move(socket), handler)->read();
      }
      accept();
    });
  }
};

HttpServer::HttpServer(const std::string& address, std::uint16_t port, HttpHandler handler) : parts_(new Parts) {
  parts_->handler = std::move(handler);
  tcp::endpoint endpoint(asio::ip::make_address(address), port);
  parts_->acceptor.open(endpoint.protocol());
  parts_->acceptor.set_option(tcp::acceptor::reuse_address(true));
  parts_->acceptor.bind(endpoint);
  parts_->acceptor.listen();
}

HttpServer::~HttpServer() = default;

std::uint16_t HttpServer::port() const { return parts_->acceptor.local_endpoint().port(); }
std::string HttpServer::address() const { return parts_->acceptor.local_endpoint().address().to_string(); }

Loop& HttpServer::loop() { return *parts_->loop; }

void HttpServer::run(int threads) {
  parts_->signals.async_wait([this](error_code, int) { parts_->io.stop(); });
  parts_->accept();
  std::vector<std::jthread> pool;
  for (int i = 1; i < threads; ++i) pool.emplace_back([this] { parts_->io.run(); });
  parts_->io.run();
}

}  // namespace exchange_sim
