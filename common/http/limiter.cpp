// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/limiter.hpp"

#include <algorithm>
#include <cmath>
#include <random>

namespace caravan::http {
namespace {

constexpr auto kDecreaseAtMostEvery = std::chrono::seconds(1);  // one busy moment is one signal, however many answers

}  // namespace

Limiter::Limiter(LimiterOptions options, std::shared_ptr<Clock> clock, std::shared_ptr<Sleeper> sleeper)
    : options_(std::move(options)),
      clock_(clock ? std::move(clock) : system_clock()),
      sleeper_(sleeper ? std::move(sleeper) : system_sleeper()),
      limit_(std::clamp(options_.start, options_.least, options_.most)) {}

int Limiter::room() const {
  int most = static_cast<int>(limit_);
  // Until the credentials have proven good, no more requests are under way than tries are left.
  if (!proven_ || denied_ > 0) most = std::min(most, options_.denied_tries - denied_);
  return most - in_flight_;
}

Error Limiter::lockout_error() const {
  return make_error(Fault::denied,
                    options_.name + " refused the credentials " + std::to_string(denied_) +
                        " times; nothing more is sent, so that the account is not locked.",
                    "HTTP 401", "Correct the user name or the password, then start again.");
}

Status Limiter::acquire(std::stop_token stop) {
  for (;;) {
    std::chrono::milliseconds wait{0};
    {
      std::unique_lock lock(mutex_);
      slots_.wait(lock, stop, [&] { return denied_ >= options_.denied_tries || room() > 0; });
      if (stop.stop_requested())
        return make_error(Fault::cancelled, "Stopped before a request to " + options_.name + ".");
      if (denied_ >= options_.denied_tries) return lockout_error();
      const auto now = clock_->monotonic();
      if (now >= hold_until_) {
        ++in_flight_;
        return {};
      }
      wait = std::chrono::ceil<std::chrono::milliseconds>(hold_until_ - now);
    }
    // Slept without the lock: the hold may meanwhile grow, and is looked at again afterwards.
    if (!sleeper_->sleep_for(wait, stop))
      return make_error(Fault::cancelled, "Stopped while waiting for " + options_.name + ".");
  }
}

Result<bool> Limiter::try_acquire() {
  const std::lock_guard lock(mutex_);
  if (denied_ >= options_.denied_tries) return lockout_error();
  if (room() <= 0 || clock_->monotonic() < hold_until_) return false;
  ++in_flight_;
  return true;
}

void Limiter::release(Outcome outcome) {
  {
    const std::lock_guard lock(mutex_);
    --in_flight_;
    switch (outcome) {
      case Outcome::ok:
        proven_ = true;
        // The breaker opens for good only by tries in a row; once open, late answers do not close it.
        if (denied_ < options_.denied_tries) denied_ = 0;
        limit_ = std::min(options_.most, limit_ + 1.0 / std::max(1.0, limit_));
        break;
      case Outcome::overloaded: {
        const auto now = clock_->monotonic();
        if (last_decrease_ == std::chrono::steady_clock::time_point{} || now - last_decrease_ >= kDecreaseAtMostEvery) {
          limit_ = std::max(options_.least, std::floor(limit_ / 2));
          last_decrease_ = now;
        }
        break;
      }
      case Outcome::denied:
        ++denied_;
        break;
      case Outcome::failed:
      case Outcome::unused:
        break;
    }
  }
  slots_.notify_all();
}

void Limiter::hold(std::chrono::milliseconds duration) {
  const std::lock_guard lock(mutex_);
  duration = std::clamp(duration, std::chrono::milliseconds(0), options_.longest_hold);
  hold_until_ = std::max(hold_until_, clock_->monotonic() + duration);
}

std::chrono::milliseconds Limiter::held() const {
  const std::lock_guard lock(mutex_);
  const auto left = hold_until_ - clock_->monotonic();
  return std::max(std::chrono::milliseconds(0), std::chrono::ceil<std::chrono::milliseconds>(left));
}

int Limiter::limit() const {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(limit_);
}

int Limiter::in_flight() const {
  const std::lock_guard lock(mutex_);
  return in_flight_;
}

bool Limiter::locked_out() const {
  const std::lock_guard lock(mutex_);
  return denied_ >= options_.denied_tries;
}

void Limiter::reset_breaker() {
  {
    const std::lock_guard lock(mutex_);
    denied_ = 0;
    proven_ = false;
  }
  slots_.notify_all();
}

std::optional<std::chrono::milliseconds> RetryPolicy::wait_after(int attempt, const Error& error, double random) const {
  if (error.fault != Fault::retry_later || attempt >= attempts) return std::nullopt;
  const double factor = std::pow(2.0, std::min(attempt - 1, 20));
  const double bound = std::min(static_cast<double>(longest.count()), static_cast<double>(first.count()) * factor);
  // Between half of the bound and the bound: spread, but never at once.
  auto wait = std::chrono::milliseconds(static_cast<std::int64_t>(bound * (0.5 + random / 2)));
  if (error.retry_after) wait = std::max(wait, *error.retry_after);
  return wait;
}

double jitter() {
  thread_local std::mt19937_64 generator{std::random_device{}()};
  return std::uniform_real_distribution<double>(0.0, 1.0)(generator);
}

}  // namespace caravan::http
