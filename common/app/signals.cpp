// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/signals.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <system_error>

namespace caravan::app {

SignalWatcher::SignalWatcher(int exit_code, std::function<void()> on_first) : exit_code_(exit_code) {
  sigset_t watched;
  sigemptyset(&watched);
  sigaddset(&watched, SIGINT);
  sigaddset(&watched, SIGTERM);
  sigaddset(&watched, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &watched, &before_);
  signal_fd_ = signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
  quit_fd_ = eventfd(0, EFD_CLOEXEC);
  if (signal_fd_ < 0 || quit_fd_ < 0) throw std::system_error(errno, std::generic_category(), "can't watch signals");
  thread_ = std::thread([this, on_first = std::move(on_first)] { watch(on_first); });
}

SignalWatcher::~SignalWatcher() {
  const std::uint64_t one = 1;
  if (write(quit_fd_, &one, sizeof one) == sizeof one)
    thread_.join();
  else
    thread_.detach();
  close(signal_fd_);
  close(quit_fd_);
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void SignalWatcher::watch(const std::function<void()>& on_first) const {
  std::array<pollfd, 2> descriptors{pollfd{signal_fd_, POLLIN, 0}, pollfd{quit_fd_, POLLIN, 0}};
  for (;;) {
    if (poll(descriptors.data(), descriptors.size(), -1) < 0) {
      if (errno == EINTR) continue;
      return;
    }
    if (descriptors[1].revents != 0) return;
    signalfd_siginfo info{};
    if (read(signal_fd_, &info, sizeof info) != static_cast<ssize_t>(sizeof info)) continue;
    if (stop_.stop_requested()) _exit(exit_code_);
    stop_.request_stop();
    if (on_first) on_first();
  }
}

void ignore_broken_pipes() {
  struct sigaction action {};
  action.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &action, nullptr);
}

}  // namespace caravan::app
