// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/client.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <deque>
#include <vector>

#include "http/transfer.hpp"

namespace caravan::http {
namespace {

constexpr int kMostRedirects = 5;
constexpr int kPollWhileThrottledMs = 10;  // another worker may give its permit back
constexpr int kPollMs = 1000;

void start_library_once() {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  static_cast<void>(started);
}

std::shared_ptr<Limiter> private_limiter(const Options& options) {
  LimiterOptions limits;
  limits.start = limits.most = std::max(1, options.max_connections);
  return std::make_shared<Limiter>(limits, options.clock, options.sleeper);
}

/// Answers that are worth a further try inside the client. Not 500 and 507: those need a look, not patience.
bool worth_repeating(int status) noexcept {
  return status == 408 || status == 425 || status == 429 || status == 502 || status == 503 || status == 504;
}

Error cancelled_error(const Request& request) {
  return make_error(Fault::cancelled, request.method + " " + request.url + " was stopped.");
}

}  // namespace

void RequestCounter::count(const std::string& method) {
  const std::lock_guard lock(mutex_);
  ++counts_[method];
}
std::uint64_t RequestCounter::of(const std::string& method) const {
  const std::lock_guard lock(mutex_);
  const auto found = counts_.find(method);
  return found == counts_.end() ? 0 : found->second;
}
std::uint64_t RequestCounter::total() const {
  const std::lock_guard lock(mutex_);
  std::uint64_t sum = 0;
  for (const auto& [method, count] : counts_) sum += count;
  return sum;
}
std::map<std::string, std::uint64_t> RequestCounter::all() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}
void RequestCounter::reset() {
  const std::lock_guard lock(mutex_);
  counts_.clear();
}

/// The multi handle, its connections, and the easy handles that are not in use.
class Client::Engine {
 public:
  explicit Engine(Options given) : options(std::move(given)) {
    start_library_once();
    if (!options.clock) options.clock = system_clock();
    if (!options.sleeper) options.sleeper = system_sleeper();
    if (!options.limiter) options.limiter = private_limiter(options);
    if (!options.counter) options.counter = std::make_shared<RequestCounter>();
    multi_ = curl_multi_init();
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, static_cast<long>(std::max(1, options.max_connections)));
    curl_multi_setopt(multi_, CURLMOPT_MAX_TOTAL_CONNECTIONS, static_cast<long>(std::max(1, options.max_connections)));
    curl_multi_setopt(multi_, CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_NOTHING));
  }
  ~Engine() {
    for (CURL* easy : idle_) curl_easy_cleanup(easy);
    curl_multi_cleanup(multi_);
  }
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  void run(const Next& next, const Sink* sink, int parallel, std::stop_token stop, const Done& done);

  Options options;

 private:
  using Owned = std::unique_ptr<Transfer>;
  struct Run {
    const Next& next;
    const Sink* sink;
    std::size_t parallel;
    std::stop_token stop;
    const Done& done;
    std::vector<Owned> active;
    std::deque<Owned> waiting;  // for a retry or a redirect
    Owned pending;              // next to start, waiting for a permit
    std::size_t pulled = 0;
    bool exhausted = false;
    bool throttled = false;
  };

  bool choose(Run& run);
  void admit(Run& run);
  void start(Run& run, Owned transfer);
  bool collect(Run& run);
  void finish(Run& run, Owned transfer, int code);
  bool go_on(Run& run, Owned& transfer, const Result<Response>& result);
  void cancel(Run& run);
  void wait(Run& run);
  void settle_permit(const Result<Response>& result, int code);

  CURLM* multi_ = nullptr;
  std::vector<CURL*> idle_;
};

/// Makes `pending` the transfer that is due next; false when there is none.
bool Client::Engine::choose(Run& run) {
  if (run.pending) return true;
  const auto now = options.clock->monotonic();
  const auto due = std::find_if(run.waiting.begin(), run.waiting.end(),
                                [&](const Owned& transfer) { return transfer->ready_at <= now; });
  if (due != run.waiting.end()) {
    run.pending = std::move(*due);
    run.waiting.erase(due);
    return true;
  }
  if (run.exhausted) return false;
  auto request = run.next();
  if (!request) {
    run.exhausted = true;
    return false;
  }
  run.pending = std::make_unique<Transfer>();
  run.pending->index = run.pulled++;
  run.pending->request = std::move(*request);
  run.pending->sink = run.sink;
  return true;
}

void Client::Engine::admit(Run& run) {
  run.throttled = false;
  while (run.active.size() < run.parallel && !run.stop.stop_requested() && choose(run)) {
    Result<bool> permit = true;
    if (run.active.empty()) {
      if (auto got = options.limiter->acquire(run.stop); !got) permit = Result<bool>(std::move(got).error());
    } else {
      permit = options.limiter->try_acquire();
    }
    if (!permit) {
      if (permit.error().fault == Fault::cancelled) return;
      const Owned refused = std::move(run.pending);
      run.done(refused->index, std::move(permit).error());
    } else if (!*permit) {
      run.throttled = true;
      return;
    } else {
      start(run, std::move(run.pending));
    }
  }
}

void Client::Engine::start(Run& run, Owned transfer) {
  CURL* easy = nullptr;
  if (idle_.empty()) {
    easy = curl_easy_init();
  } else {
    easy = idle_.back();
    idle_.pop_back();
  }
  if (auto prepared = prepare(*transfer, easy, options); !prepared) {
    idle_.push_back(easy);
    options.limiter->release(Outcome::unused);
    run.done(transfer->index, std::move(prepared).error());
    return;
  }
  options.counter->count(transfer->request.method);
  curl_multi_add_handle(multi_, easy);
  run.active.push_back(std::move(transfer));
}

void Client::Engine::settle_permit(const Result<Response>& result, int code) {
  if (!result) {
    options.limiter->release(is_timeout(code) ? Outcome::overloaded : Outcome::failed);
    return;
  }
  const int status = result->status;
  if (status == 429 || status == 503) {
    const auto wait =
        parse_retry_after(result->headers.get("Retry-After"), options.clock->now().time_since_epoch().count());
    if (wait) options.limiter->hold(*wait);
    options.limiter->release(Outcome::overloaded);
  } else {
    options.limiter->release(status == 401 ? Outcome::denied : Outcome::ok);
  }
}

/// Puts the transfer into the queue again, for a redirect or a further try; false where it has come to its end.
bool Client::Engine::go_on(Run& run, Owned& transfer, const Result<Response>& result) {
  Request& request = transfer->request;
  if (result && result->status >= 300 && result->status < 400) {
    const bool keeps_method =
        result->status == 301 || result->status == 302 || result->status == 307 || result->status == 308;
    const std::string to = resolve_location(request.url, result->headers.get("Location"));
    if (request.redirects != Redirects::followed || !keeps_method || !may_follow(request.url, to) ||
        ++transfer->redirects > kMostRedirects)
      return false;
    request.url = to;
    --transfer->attempt;
    transfer->ready_at = options.clock->monotonic();
    run.waiting.push_front(std::move(transfer));
    return true;
  }
  if (transfer->sink_used) return false;
  std::optional<std::chrono::milliseconds> wait;
  if (!result) {
    wait = options.retry.wait_after(transfer->attempt, result.error(), jitter());
  } else if (worth_repeating(result->status)) {
    wait = options.retry.wait_after(transfer->attempt, status_error(request, *result), jitter());
  }
  if (!wait) return false;
  transfer->ready_at = options.clock->monotonic() + *wait;
  run.waiting.push_back(std::move(transfer));
  return true;
}

void Client::Engine::finish(Run& run, Owned transfer, int code) {
  Result<Response> result = conclude(*transfer, code);
  curl_multi_remove_handle(multi_, transfer->easy);
  idle_.push_back(transfer->easy);
  settle_permit(result, code);
  const std::size_t index = transfer->index;
  if (!go_on(run, transfer, result)) run.done(index, std::move(result));
}

/// Drives the transfers; true when one came to its end, so that its place can be filled at once.
bool Client::Engine::collect(Run& run) {
  bool finished = false;
  int running = 0;
  curl_multi_perform(multi_, &running);
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURL* easy = message->easy_handle;
    const int code = static_cast<int>(message->data.result);
    const auto found = std::find_if(run.active.begin(), run.active.end(),
                                    [&](const Owned& transfer) { return transfer->easy == easy; });
    if (found == run.active.end()) continue;
    Owned transfer = std::move(*found);
    run.active.erase(found);
    finish(run, std::move(transfer), code);
    finished = true;
  }
  return finished;
}

void Client::Engine::cancel(Run& run) {
  for (auto& transfer : run.active) {
    curl_multi_remove_handle(multi_, transfer->easy);
    idle_.push_back(transfer->easy);
    options.limiter->release(Outcome::failed);
    run.waiting.push_back(std::move(transfer));
  }
  run.active.clear();
  if (run.pending) run.waiting.push_back(std::move(run.pending));
  for (const auto& transfer : run.waiting) run.done(transfer->index, cancelled_error(transfer->request));
  run.waiting.clear();
  run.exhausted = true;
}

void Client::Engine::wait(Run& run) {
  auto timeout = std::chrono::milliseconds(run.throttled ? kPollWhileThrottledMs : kPollMs);
  if (!run.waiting.empty() && run.active.size() < run.parallel && !run.throttled) {
    const auto earliest = std::min_element(run.waiting.begin(), run.waiting.end(),
                                           [](const Owned& a, const Owned& b) { return a->ready_at < b->ready_at; });
    const auto left = std::chrono::ceil<std::chrono::milliseconds>((*earliest)->ready_at - options.clock->monotonic());
    if (run.active.empty()) {
      if (left.count() > 0) options.sleeper->sleep_for(left, run.stop);
      return;
    }
    timeout = std::clamp(left, std::chrono::milliseconds(0), timeout);
  }
  if (!run.active.empty()) curl_multi_poll(multi_, nullptr, 0, static_cast<int>(timeout.count()), nullptr);
}

void Client::Engine::run(const Next& next, const Sink* sink, int parallel, std::stop_token stop, const Done& done) {
  Run run{next, sink, static_cast<std::size_t>(std::max(1, parallel)), stop, done, {}, {}, nullptr, 0, false, false};
  // A stop interrupts the poll at once; curl_multi_wakeup is the one call that other threads may make.
  const std::stop_callback wake(stop, [this] { curl_multi_wakeup(multi_); });
  try {
    for (;;) {
      if (stop.stop_requested()) cancel(run);
      admit(run);
      if (run.active.empty() && run.waiting.empty() && !run.pending) {
        if (run.exhausted) return;
        continue;
      }
      if (!collect(run) && !stop.stop_requested()) wait(run);
    }
  } catch (...) {  // of `next` or `done`: leave the handles usable
    for (auto& transfer : run.active) {
      curl_multi_remove_handle(multi_, transfer->easy);
      idle_.push_back(transfer->easy);
      options.limiter->release(Outcome::failed);
    }
    throw;
  }
}

Client::Client(Options options) : engine_(std::make_unique<Engine>(std::move(options))) {}
Client::~Client() = default;
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;

Limiter& Client::limiter() const noexcept { return *engine_->options.limiter; }
RequestCounter& Client::counter() const noexcept { return *engine_->options.counter; }

Result<Response> Client::perform(const Request& request, std::stop_token stop) {
  return perform(request, Sink{}, std::move(stop));
}

Result<Response> Client::perform(const Request& request, const Sink& sink, std::stop_token stop) {
  Result<Response> answer = cancelled_error(request);
  bool given = false;
  engine_->run(
      [&]() -> std::optional<Request> {
        if (std::exchange(given, true)) return std::nullopt;
        return request;
      },
      sink ? &sink : nullptr, 1, std::move(stop),
      [&](std::size_t, Result<Response> result) { answer = std::move(result); });
  return answer;
}

void Client::perform_all(std::span<const Request> requests, int parallel, std::stop_token stop, const Done& done) {
  std::size_t at = 0;
  perform_stream(
      [&]() -> std::optional<Request> {
        if (at == requests.size()) return std::nullopt;
        return requests[at++];
      },
      parallel, std::move(stop), done);
  for (; at < requests.size(); ++at) done(at, cancelled_error(requests[at]));
}

void Client::perform_stream(const Next& next, int parallel, std::stop_token stop, const Done& done) {
  engine_->run(next, nullptr, parallel, std::move(stop), done);
}

}  // namespace caravan::http
