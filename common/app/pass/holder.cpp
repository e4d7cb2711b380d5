// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/pass/holder.hpp"

#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "log/log.hpp"
#include "util/text.hpp"

namespace caravan::app {
namespace {

/// Field 22 of /proc/PID/stat: when the process started, in clock ticks since boot. Empty where there is none.
std::string start_of(const std::string& pid) {
  std::ifstream file("/proc/" + pid + "/stat");
  std::stringstream all;
  all << file.rdbuf();
  const std::string text = all.str();
  const auto end = text.rfind(')');  // the program's name may hold anything
  if (end == std::string::npos) return {};
  std::stringstream rest(text.substr(end + 1));
  std::string word;
  for (int field = 3; field <= 22; ++field)
    if (!(rest >> word)) return {};
  return word;
}

std::string host_name() {
  char name[256] = "";
  ::gethostname(name, sizeof name - 1);
  return name;
}

}  // namespace

const std::string& holder_name() {
  static const std::string kName =
      host_name() + ":" + std::to_string(::getpid()) + ":" + start_of(std::to_string(::getpid()));
  return kName;
}

bool is_dead_process(const std::string& holder) {
  const auto parts = text::split(holder, ':');
  if (parts.size() != 3 || parts[0] != host_name()) return false;
  return start_of(parts[1]) != parts[2];
}

Result<std::optional<store::Lease>> take_lease(store::Store& store, const PairId& name, std::chrono::seconds duration) {
  CARAVAN_TRY(lease, store.acquire_lease(name, holder_name(), duration));
  if (lease) return lease;
  CARAVAN_TRY(other, store.lease_of(name));
  if (!other || !is_dead_process(other->holder)) return lease;
  CARAVAN_CHECK(store.release_lease(*other));
  return store.acquire_lease(name, holder_name(), duration);
}

Status only_daemon(const Context& context) {
  static const std::set<std::string_view> kDaemons{"exodus", "caravan", "gobi", "cexsy", "caspi"};
  CARAVAN_TRY(store, context.open_store());
  if (!context.config.store.url.starts_with("sqlite:")) return {};
  CARAVAN_TRY(others, store->heartbeats(kHeartbeatStale));
  for (const auto& other : others)
    if (kDaemons.contains(other.role) && !is_dead_process(other.holder))
      return make_error(Fault::denied, "Another daemon (" + other.holder + ") works on this SQLite store.",
                        "second_daemon",
                        "Stop it first, or use PostgreSQL (store.url), which several daemons may share.");
  return {};
}

Heart::Heart(const Context& context, std::string role) {
  auto store = context.open_store();
  if (!store) return;  // whoever works will say why
  store_ = std::move(*store);
  (void)store_->heartbeat(holder_name(), role);  // before anything is claimed in this name
  thread_ = std::jthread([this, role = std::move(role), sleeper = context.sleeper](std::stop_token stop) {
    while (sleeper->sleep_for(kHeartbeat, stop)) {
      if (const auto beat = store_->heartbeat(holder_name(), role); !beat)
        log::failure(log::Level::warning, "heartbeat_failed", beat.error());
    }
  });
}

Heart::~Heart() {
  if (!store_) return;
  thread_.request_stop();
  thread_.join();
  (void)store_->remove_heartbeat(holder_name());
}

LeaseKeeper::LeaseKeeper(const Context& context, store::Store& store, std::stop_token stop)
    : context_(context),
      store_(store),
      forward_(std::move(stop), [this] { stop_.request_stop(); }),
      thread_([this](std::stop_token own) { renew(std::move(own)); }) {}

LeaseKeeper::~LeaseKeeper() {
  thread_.request_stop();
  thread_.join();
  for (const auto& lease : leases_) (void)store_.release_lease(lease);
}

Result<store::Lease> LeaseKeeper::take(const PairId& pair) {
  const auto give_up = context_.clock->monotonic() + 2 * kLeaseDuration;
  while (true) {
    const auto asked = context_.clock->monotonic();
    CARAVAN_TRY(lease, take_lease(store_, pair, kLeaseDuration));
    if (lease) {
      const std::scoped_lock lock(mutex_);
      if (leases_.empty()) held_at_ = asked;
      leases_.push_back(*lease);
      return *lease;
    }
    if (context_.clock->monotonic() > give_up) {
      CARAVAN_TRY(holder, store_.lease_of(pair));
      return make_error(
          Fault::retry_later,
          "Another process (" + (holder ? holder->holder : std::string("unknown")) + ") is working on this calendar.",
          "leased", "Wait for it to end, or stop it, and run this again.");
    }
    if (!context_.sleeper->sleep_for(std::chrono::milliseconds(500), token()))
      return make_error(Fault::cancelled, "Stopped while waiting for another process.");
  }
}

void LeaseKeeper::renew(std::stop_token stop) {
  std::unique_ptr<store::Store> store;
  while (context_.sleeper->sleep_for(kLeaseDuration / 4, stop)) {
    const auto asked = context_.clock->monotonic();
    std::vector<store::Lease> held;
    {
      const std::scoped_lock lock(mutex_);
      held = leases_;
    }
    if (!store)
      if (auto opened = context_.open_store()) store = std::move(*opened);
    bool all = store != nullptr, refused = false;
    for (std::size_t i = 0; i < held.size() && store; ++i) {
      const auto renewed = store->renew_lease(held[i], kLeaseDuration);
      all = all && renewed;
      refused = refused || (renewed && !*renewed);
    }
    const std::scoped_lock lock(mutex_);
    if (all) held_at_ = asked;
    // An unreachable store is tried again; but nothing may be begun when half of the lease is over, so that what is on
    // its way then has ended before another holder comes.
    if (refused || (!leases_.empty() && context_.clock->monotonic() - held_at_ >= kLeaseDuration / 2)) {
      lost_ = true;
      stop_.request_stop();
    }
  }
}

}  // namespace caravan::app
