// SPDX-License-Identifier: GPL-3.0-or-later
// One Session per connection, each on a strand of its own: read a request's header, then its body, hand it over, wait
// for the Reply, write the answer, and again. The only file of the programs that includes Boost (it is slow to
// compile).
#include "http/server.hpp"

#include <utility>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

#include "util/text.hpp"

namespace caravan::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace bhttp = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t kReadBytes = 16 * 1024;
/// After the last answer a client may still be sending. Closing then would make its kernel throw away the answer, so
/// what comes is read and dropped: this much, this long.
constexpr std::size_t kLingerBytes = 256 * 1024;
constexpr std::chrono::milliseconds kLingerTime{1000};
constexpr std::chrono::milliseconds kAcceptPause{100};

class Session;

Answer plain(int status) { return Answer{status, "", "", {}}; }

}  // namespace

Reply& Reply::operator=(Reply&& other) noexcept {
  if (this != &other) {
    send(plain(500));
    channel_ = std::move(other.channel_);
  }
  return *this;
}
Reply::~Reply() { send(plain(500)); }
void Reply::send(Answer answer) noexcept {
  if (const auto channel = std::move(channel_)) channel->send(std::move(answer));
}

/// What all sessions share; they keep it alive, so a late Reply never meets a dead io_context.
struct Server::Core : std::enable_shared_from_this<Server::Core> {
  Core(ServerOptions with, std::vector<Route> serving) : options(std::move(with)), routes(std::move(serving)) {}

  ServerOptions options;
  std::vector<Route> routes;
  asio::io_context io;
  asio::strand<asio::io_context::executor_type> accepting{asio::make_strand(io)};
  tcp::acceptor acceptor{accepting};
  asio::steady_timer pause{accepting};
  std::uint16_t port = 0;
  std::atomic<bool> stopping = false;

  mutable std::mutex mutex;  ///< guards the next three
  std::condition_variable none_left;
  std::map<const Session*, std::weak_ptr<Session>> sessions;
  bool stopped = false;

  /// Keeps the threads running until stop() has put everything into the queue that is to be closed.
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> working{asio::make_work_guard(io)};
  std::vector<std::jthread> threads;

  Status open();
  void accept();
  void accepted(tcp::socket socket);
  void run();
  void report(std::string what, std::string code) const noexcept;
  void stop(std::chrono::milliseconds grace);
  /// The route for it; nullptr with 404, or with 405 where only the method is wrong (`allow` then names the right
  /// ones).
  const Route* find(std::string_view method, std::string_view path, std::string& allow) const;
  std::size_t count() const {
    const std::scoped_lock lock(mutex);
    return sessions.size();
  }
};

namespace {

class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket socket, std::shared_ptr<Server::Core> core)
      : core_(std::move(core)), stream_(std::move(socket)), waiting_(stream_.get_executor()) {}
  ~Session() {
    const std::scoped_lock lock(core_->mutex);
    core_->sessions.erase(this);
    if (core_->sessions.empty()) core_->none_left.notify_all();
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void start() {
    asio::post(stream_.get_executor(), [self = shared_from_this()] { self->next(); });
  }
  /// From any thread.
  void close_if_idle() {
    asio::post(stream_.get_executor(), [self = shared_from_this()] {
      if (self->idle_) self->close();
    });
  }
  void close_now() {
    asio::post(stream_.get_executor(), [self = shared_from_this()] { self->close(); });
  }
  /// From any thread. Only a weak pointer waits in the queue: a session must not be kept alive by a queue that it owns.
  void answer_later(std::uint64_t number, Answer answer) {
    asio::post(stream_.get_executor(), [weak = weak_from_this(), number, answer = std::move(answer)]() mutable {
      if (const auto self = weak.lock()) self->answered(number, std::move(answer));
    });
  }

 private:
  class Channel final : public Reply::Channel {
   public:
    Channel(std::weak_ptr<Session> session, std::uint64_t number) : session_(std::move(session)), number_(number) {}
    void send(Answer answer) noexcept override {
      const auto session = session_.lock();
      if (!session) return;
      try {
        session->answer_later(number_, std::move(answer));
      } catch (const std::exception& problem) {  // no memory: the deadline will close the connection
        session->core_->report("an answer was dropped: " + std::string(problem.what()), "internal");
      }
    }

   private:
    std::weak_ptr<Session> session_;
    std::uint64_t number_;
  };

  /// What had ended well just before close() is in the queue without an error, and must not go on either.
  template <class Body>
  auto then(Body body) {
    return [self = shared_from_this(), body](error_code error, std::size_t bytes) {
      if (!self->closed_) (self.get()->*body)(error, bytes);
    };
  }

  void next();
  void first_bytes(error_code error, std::size_t bytes);
  void read_header();
  void header_read(error_code error, std::size_t);
  void invited(error_code error, std::size_t);
  void read_body();
  void body_read(error_code error, std::size_t);
  void handle();
  void answered(std::uint64_t number, Answer answer);
  void refuse(error_code error);
  void refuse(int status, std::string allow = {});
  void write(Answer answer);
  void written(error_code error, std::size_t);
  void linger();
  void lingered(error_code error, std::size_t bytes);
  void close();

  std::shared_ptr<Server::Core> core_;
  beast::tcp_stream stream_;  ///< closes itself where a read or write passes the time that expires_after set
  asio::steady_timer waiting_;
  beast::flat_buffer buffer_;
  std::optional<bhttp::request_parser<bhttp::string_body>> parser_;
  std::optional<bhttp::response<bhttp::string_body>> full_;
  std::optional<bhttp::response<bhttp::empty_body>> empty_;
  const Route* route_ = nullptr;
  std::uint64_t number_ = 0;  ///< of the request whose answer is awaited
  std::size_t dropped_ = 0;
  bool idle_ = false;
  bool closed_ = false;
  bool awaiting_ = false;
  bool head_ = false;
  bool keep_alive_ = false;
  unsigned version_ = 11;
};

void Session::next() {
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(core_->options.limits.header_bytes));
  parser_->body_limit(core_->options.limits.body_bytes);
  head_ = false;
  version_ = 11;
  if (buffer_.size() > 0) return read_header();
  if (core_->stopping) return close();
  idle_ = true;
  stream_.expires_after(core_->options.limits.idle_time);
  stream_.async_read_some(buffer_.prepare(kReadBytes), then(&Session::first_bytes));
}

void Session::first_bytes(error_code error, std::size_t bytes) {
  idle_ = false;
  if (error) return close();
  buffer_.commit(bytes);
  read_header();
}

/// The clock of a request starts here and is not set again before its last byte: a trickle doesn't prolong it.
void Session::read_header() {
  stream_.expires_after(core_->options.limits.request_time);
  bhttp::async_read_header(stream_, buffer_, *parser_, then(&Session::header_read));
}

void Session::header_read(error_code error, std::size_t) {
  if (error) return refuse(error);
  const auto& message = parser_->get();
  head_ = message.method() == bhttp::verb::head;
  version_ = message.version();
  const auto target = message.target();
  if (target.empty() || target.front() != '/') return refuse(400);
  std::string allow;
  route_ = core_->find({message.method_string().data(), message.method_string().size()},
                       {target.data(), std::min(target.find('?'), target.size())}, allow);
  if (route_ == nullptr) return refuse(allow.empty() ? 404 : 405, allow);
  if (!beast::iequals(message[bhttp::field::expect], "100-continue")) return read_body();
  static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  asio::async_write(stream_, asio::buffer(kContinue), then(&Session::invited));
}

void Session::invited(error_code error, std::size_t) {
  if (error) return close();
  read_body();
}

void Session::read_body() { bhttp::async_read(stream_, buffer_, *parser_, then(&Session::body_read)); }

void Session::body_read(error_code error, std::size_t) {
  if (error) return refuse(error);
  handle();
}

void Session::handle() {
  auto message = parser_->release();
  keep_alive_ = message.keep_alive();
  const std::string_view target{message.target().data(), message.target().size()};
  const auto mark = std::min(target.find('?'), target.size());
  IncomingRequest request;
  request.method = std::string(message.method_string());
  request.path = target.substr(0, mark);
  if (mark < target.size()) request.query = target.substr(mark + 1);
  for (const auto& field : message) request.headers.add(std::string(field.name_string()), std::string(field.value()));
  request.body = std::move(message.body());
  awaiting_ = true;
  ++number_;
  waiting_.expires_after(core_->options.limits.answer_time);
  waiting_.async_wait([self = shared_from_this(), number = number_](error_code error) {
    if (!error) self->answered(number, plain(503));
  });
  Reply reply(std::make_unique<Channel>(weak_from_this(), number_));
  try {
    route_->handler(std::move(request), std::move(reply));
  } catch (const std::exception& problem) {
    core_->report("a handler threw: " + std::string(problem.what()), "internal");
  } catch (...) {
    core_->report("a handler threw something that is no std::exception", "internal");
  }
}

void Session::answered(std::uint64_t number, Answer answer) {
  if (!awaiting_ || number != number_) return;
  awaiting_ = false;
  waiting_.cancel();
  write(std::move(answer));
}

/// A request that can't be read. What follows it on the connection can't be told apart any more.
void Session::refuse(error_code error) {
  if (error == bhttp::error::header_limit || error == bhttp::error::buffer_overflow) return refuse(431);
  if (error == bhttp::error::body_limit) return refuse(413);
  static const boost::system::error_category& malformed = bhttp::make_error_code(bhttp::error::bad_method).category();
  if (error.category() != malformed || error == bhttp::error::end_of_stream || error == bhttp::error::partial_message)
    return close();
  refuse(400);
}

void Session::refuse(int status, std::string allow) {
  keep_alive_ = parser_->is_done() && parser_->get().keep_alive();
  Answer answer = plain(status);
  if (!allow.empty()) answer.headers.push_back({"Allow", std::move(allow)});
  write(std::move(answer));
}

void Session::write(Answer answer) {
  keep_alive_ = keep_alive_ && !core_->stopping;
  stream_.expires_after(core_->options.limits.answer_time);
  const auto fill = [&](auto& message) {
    if (!answer.content_type.empty()) message.set(bhttp::field::content_type, answer.content_type);
    for (const Header& header : answer.headers) message.insert(header.name, header.value);
    message.keep_alive(keep_alive_);
  };
  const auto status = static_cast<bhttp::status>(answer.status);
  if (head_ || answer.status == 204 || answer.status == 304) {
    empty_.emplace(status, version_);
    fill(*empty_);
    if (head_) empty_->content_length(answer.body.size());
    bhttp::async_write(stream_, *empty_, then(&Session::written));
    return;
  }
  full_.emplace(status, version_);
  fill(*full_);
  full_->body() = std::move(answer.body);
  full_->content_length(full_->body().size());
  bhttp::async_write(stream_, *full_, then(&Session::written));
}

void Session::written(error_code error, std::size_t) {
  empty_.reset();
  full_.reset();
  if (error) return close();
  if (keep_alive_) return next();
  error_code ignored;
  stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
  stream_.expires_after(kLingerTime);
  linger();
}

void Session::linger() {
  buffer_.clear();
  stream_.async_read_some(buffer_.prepare(kReadBytes), then(&Session::lingered));
}

void Session::lingered(error_code error, std::size_t bytes) {
  dropped_ += bytes;
  if (error || dropped_ > kLingerBytes) return close();
  linger();
}

void Session::close() {
  closed_ = true;
  awaiting_ = false;
  waiting_.cancel();
  stream_.close();
}

}  // namespace

Status Server::Core::open() {
  const std::string where = options.host + ":" + std::to_string(options.port);
  const auto refused = [&](const error_code& error) {
    return make_error(Fault::denied, "can't listen on " + where + ": " + error.message(), "listen",
                      error == asio::error::address_in_use
                          ? "Another program has that port: end it, or choose another port."
                          : "Choose an address of this machine and a port that this user may take.");
  };
  error_code error;
  tcp::resolver resolver(io);
  const auto found = resolver.resolve(options.host, std::to_string(options.port), tcp::resolver::passive, error);
  if (error || found.empty()) return refused(error);
  const tcp::endpoint endpoint = found.begin()->endpoint();
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (!error) port = acceptor.local_endpoint(error).port();
  if (error) return refused(error);
  return {};
}

void Server::Core::accept() {
  acceptor.async_accept(asio::make_strand(io), [this](error_code error, tcp::socket socket) {
    if (stopping || error == asio::error::operation_aborted) return;
    if (!error) {
      accepted(std::move(socket));
      return accept();
    }
    // Out of descriptors or memory: the connection stays in the kernel's queue, so try again, but not in a tight loop.
    report("can't take a connection: " + error.message(), "accept");
    pause.expires_after(kAcceptPause);
    pause.async_wait([this](error_code waited) {
      if (!waited) accept();
    });
  });
}

void Server::Core::accepted(tcp::socket socket) {
  error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  if (count() >= options.limits.connections) {
    static constexpr std::string_view kFull =
        "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    socket.non_blocking(true, ignored);
    socket.write_some(asio::buffer(kFull), ignored);
    socket.shutdown(tcp::socket::shutdown_send, ignored);
    return;
  }
  const auto session = std::make_shared<Session>(std::move(socket), shared_from_this());
  {
    const std::scoped_lock lock(mutex);
    sessions.emplace(session.get(), session);
  }
  session->start();
}

/// Where something throws nevertheless (no memory), that one connection's handler is lost and the others go on.
void Server::Core::run() {
  for (;;) {
    try {
      io.run();
      return;
    } catch (const std::exception& problem) {
      report("a connection was lost: " + std::string(problem.what()), "internal");
    }
  }
}

void Server::Core::report(std::string what, std::string code) const noexcept {
  if (!options.report) return;
  try {
    options.report(make_error(Fault::retry_later, "HTTP server: " + std::move(what), std::move(code)));
  } catch (...) {  // a report about a report would not help anybody
  }
}

void Server::Core::stop(std::chrono::milliseconds grace) {
  {
    const std::scoped_lock lock(mutex);
    if (std::exchange(stopped, true)) return;
  }
  stopping = true;
  asio::post(accepting, [this] {
    error_code ignored;
    acceptor.close(ignored);
    pause.cancel();
  });
  const auto each = [this](void (Session::*what)()) {
    std::vector<std::shared_ptr<Session>> all;  // kept until the lock is free: a session's end takes it
    {
      const std::scoped_lock lock(mutex);
      for (const auto& [key, weak] : sessions) all.push_back(weak.lock());
    }
    for (const auto& session : all)
      if (session) (session.get()->*what)();
  };
  each(&Session::close_if_idle);
  {
    std::unique_lock lock(mutex);
    none_left.wait_for(lock, grace, [this] { return sessions.empty(); });
  }
  each(&Session::close_now);
  working.reset();
  threads.clear();  // joins: without connections, acceptor and timers nothing is left to run
}

const Route* Server::Core::find(std::string_view method, std::string_view path, std::string& allow) const {
  const Route* best = nullptr;
  for (const Route& route : routes) {
    const bool fits = route.path.ends_with('/') ? path.starts_with(route.path) : path == route.path;
    if (!fits) continue;
    if (route.method != method && !(route.method == "GET" && method == "HEAD")) {
      allow += (allow.empty() ? "" : ", ") + route.method;
      continue;
    }
    if (best == nullptr || route.path.size() > best->path.size()) best = &route;
  }
  return best;
}

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, std::vector<Route> routes) {
  try {
    auto core = std::make_shared<Core>(std::move(options), std::move(routes));
    CARAVAN_CHECK(core->open());
    core->accept();
    for (int i = 0; i < std::max(1, core->options.threads); ++i)
      core->threads.emplace_back([raw = core.get()] { raw->run(); });
    return std::unique_ptr<Server>(new Server(std::move(core)));
  } catch (const std::exception& problem) {
    return make_error(Fault::denied, "the HTTP server could not start: " + std::string(problem.what()), "listen");
  }
}

Server::~Server() { stop(std::chrono::milliseconds(0)); }
void Server::stop(std::chrono::milliseconds grace) { core_->stop(grace); }
std::uint16_t Server::port() const noexcept { return core_->port; }
std::size_t Server::connections() const { return core_->count(); }

std::string form_value(std::string_view form, std::string_view name) {
  const auto decoded = [](std::string_view part) {
    return text::percent_decode(text::replace_all(std::string(part), "+", " "));
  };
  for (const std::string& field : text::split(form, '&')) {
    const auto equals = std::min(field.find('='), field.size());
    if (decoded(std::string_view(field).substr(0, equals)) != name) continue;
    return equals < field.size() ? decoded(std::string_view(field).substr(equals + 1)) : std::string();
  }
  return {};
}

}  // namespace caravan::http
