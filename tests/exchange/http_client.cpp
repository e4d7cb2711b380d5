// SPDX-License-Identifier: GPL-3.0-or-later
// Outgoing calls with Beast: at most kMostConnections to one host and port, each used again while the other
// side keeps it; more calls wait in line.
#include "http_client.hpp"

#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <deque>

namespace exchange_sim {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr int kMostConnections = 32;
constexpr std::uint64_t kLargestAnswer = 1024 * 1024;

struct Job {
  Url url;
  std::string body;
  std::chrono::milliseconds timeout;
  std::function<void(const std::optional<CallbackAnswer>&)> answered;
};

class Connection;

/// The connections to one place and the calls that wait for one.
struct Place {
  std::mutex mutex;
  std::vector<std::shared_ptr<Connection>> idle;
  std::deque<Job> waiting;
  int open = 0;
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(asio::io_context& io, std::shared_ptr<Place> place)
      : stream_(asio::make_strand(io)), resolver_(stream_.get_executor()), place_(std::move(place)) {}

  void run(Job job) {
    asio::post(stream_.get_executor(), [self = shared_from_this(), job = std::move(job)]() mutable {
      self->job_ = std::move(job);
      self->start();
    });
  }

 private:
  void start() {
    used_before_ = connected_;
    request_ = {http::verb::post, job_.url.target, 11};
    request_.set(http::field::host, job_.url.host + ":" + job_.url.port);
    request_.set(http::field::content_type, "text/xml; charset=utf-8");
    request_.set(http::field::user_agent, "exchange-sim");
    request_.body() = job_.body;
    request_.prepare_payload();
    stream_.expires_after(job_.timeout);
    if (connected_) return write();
    resolver_.async_resolve(job_.url.host, job_.url.port,
                            [self = shared_from_this()](error_code error, const tcp::resolver::results_type& found) {
                              if (error) return self->fail();
                              self->connect(found);
                            });
  }

  void connect(const tcp::resolver::results_type& found) {
    stream_.async_connect(found, [self = shared_from_this()](error_code error, const tcp::endpoint&) {
      if (error) return self->fail();
      self->connected_ = true;
      error_code ignored;
      self->stream_.socket().set_option(tcp::no_delay(true), ignored);
      self->write();
    });
  }

  void write() {
    http::async_write(stream_, request_, [self = shared_from_this()](error_code error, std::size_t) {
      if (error) return self->fail();
      self->parser_.emplace();
      self->parser_->body_limit(kLargestAnswer);
      http::async_read(self->stream_, self->buffer_, *self->parser_,
                       [self](error_code read_error, std::size_t) { self->answered(read_error); });
    });
  }

  void answered(error_code error) {
    if (error) return fail();
    CallbackAnswer answer{static_cast<int>(parser_->get().result_int()), std::move(parser_->get().body())};
    bool keep = parser_->get().keep_alive();
    stream_.expires_never();
    if (!keep) close();
    auto told = std::move(job_.answered);
    next(keep);
    told(answer);
  }

  /// A kept connection that the other side has closed meanwhile is opened again, once.
  void fail() {
    bool again = used_before_ && (!parser_ || !parser_->got_some());
    close();
    if (again) return start();
    auto told = std::move(job_.answered);
    next(false);
    told(std::nullopt);
  }

  void close() {
    error_code ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_both, ignored);
    stream_.close();
    buffer_.clear();
    parser_.reset();
    connected_ = false;
  }

  /// Takes the next call, or waits for one when the connection is good.
  void next(bool keep) {
    parser_.reset();
    std::unique_lock lock(place_->mutex);
    if (!place_->waiting.empty()) {
      Job job = std::move(place_->waiting.front());
      place_->waiting.pop_front();
      lock.unlock();
      return run(std::move(job));
    }
    if (keep)
      place_->idle.push_back(shared_from_this());
    else
      --place_->open;
  }

  beast::tcp_stream stream_;
  tcp::resolver resolver_;
  std::shared_ptr<Place> place_;
  Job job_;
  beast::flat_buffer buffer_;
  http::request<http::string_body> request_;
  std::optional<http::response_parser<http::string_body>> parser_;
  bool connected_ = false;
  bool used_before_ = false;
};

class AsioLoop : public Loop {
 public:
  explicit AsioLoop(asio::io_context& io) : io_(io) {}
  ~AsioLoop() override {
    for (auto& [name, place] : places_) {
      std::lock_guard lock(place->mutex);
      place->idle.clear();
    }
  }

  void after(std::chrono::milliseconds delay, std::function<void()> task) override {
    if (delay.count() <= 0) return asio::post(io_, std::move(task));
    auto timer = std::make_shared<asio::steady_timer>(io_, delay);
    timer->async_wait([timer, task = std::move(task)](error_code error) {
      if (!error) task();
    });
  }

  void post(const Url& url, std::string body, std::chrono::milliseconds timeout,
            std::function<void(const std::optional<CallbackAnswer>&)> answered) override {
    auto place = place_of(url);
    Job job{url, std::move(body), timeout, std::move(answered)};
    std::shared_ptr<Connection> connection;
    {
      std::lock_guard lock(place->mutex);
      if (!place->idle.empty()) {
        connection = std::move(place->idle.back());
        place->idle.pop_back();
      } else if (place->open < kMostConnections) {
        ++place->open;
        connection = std::make_shared<Connection>(io_, place);
      } else {
        place->waiting.push_back(std::move(job));
        return;
      }
    }
    connection->run(std::move(job));
  }

 private:
  std::shared_ptr<Place> place_of(const Url& url) {
    std::lock_guard lock(mutex_);
    auto& place = places_[url.host + ":" + url.port];
    if (!place) place = std::make_shared<Place>();
    return place;
  }

  asio::io_context& io_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Place>> places_;
};

}  // namespace

std::unique_ptr<Loop> make_loop(asio::io_context& io) { return std::make_unique<AsioLoop>(io); }

}  // namespace exchange_sim
