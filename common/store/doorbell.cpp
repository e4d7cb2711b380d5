// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/doorbell.hpp"

#include <unordered_map>

namespace caravan::store {

void Doorbell::ring() {
  {
    const std::scoped_lock lock(mutex_);
    ++rings_;
  }
  rung_.notify_all();
}

std::uint64_t Doorbell::rings() const {
  const std::scoped_lock lock(mutex_);
  return rings_;
}

std::uint64_t Doorbell::wait(std::uint64_t seen, std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  rung_.wait_for(lock, timeout, [&] { return rings_ != seen; });
  return rings_;
}

std::shared_ptr<Doorbell> doorbell_of(const std::string& path) {
  static std::mutex mutex;
  static std::unordered_map<std::string, std::weak_ptr<Doorbell>> known;
  const std::scoped_lock lock(mutex);
  auto bell = known[path].lock();
  if (!bell) known[path] = bell = std::make_shared<Doorbell>();
  return bell;
}

}  // namespace caravan::store
