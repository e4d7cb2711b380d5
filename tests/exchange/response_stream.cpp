// SPDX-License-Identifier: GPL-3.0-or-later
// ResponseStream and parse_url of http.hpp.
#include "bytes.hpp"
#include "http.hpp"

namespace exchange_sim {

void ResponseStream::send(std::string text) {
  {
    std::lock_guard lock(mutex_);
    if (over_) return;
    output_.text += text;
  }
  poke();
}

void ResponseStream::finish() {
  {
    std::lock_guard lock(mutex_);
    if (over_) return;
    over_ = output_.finished = true;
  }
  poke();
}

void ResponseStream::cut() {
  {
    std::lock_guard lock(mutex_);
    if (over_) return;
    over_ = output_.cut = true;
  }
  poke();
}

void ResponseStream::on_gone(std::function<void()> told) {
  std::lock_guard lock(mutex_);
  told_ = std::move(told);
}

ResponseStream::Output ResponseStream::take() {
  std::lock_guard lock(mutex_);
  Output out = output_;
  output_.text.clear();
  return out;
}

void ResponseStream::attach(std::function<void()> wake) {
  std::lock_guard lock(mutex_);
  wake_ = std::move(wake);
}

void ResponseStream::gone() {
  std::function<void()> told;
  {
    std::lock_guard lock(mutex_);
    over_ = true;
    wake_ = nullptr;
    told.swap(told_);
  }
  if (told) told();
}

void ResponseStream::poke() {
  std::function<void()> wake;
  {
    std::lock_guard lock(mutex_);
    wake = wake_;
  }
  if (wake) wake();
}

std::optional<Url> parse_url(const std::string& text) {
  constexpr std::string_view kScheme = "http://";
  if (!starts_with_ignoring_case(text, kScheme) || text.size() >= 2083) return std::nullopt;
  auto rest = text.substr(kScheme.size());
  auto slash = rest.find('/');
  Url out;
  auto authority = rest.substr(0, slash);
  out.target = slash == std::string::npos ? "/" : rest.substr(slash);
  auto colon = authority.rfind(':');
  bool has_port = colon != std::string::npos && authority.find(']', colon) == std::string::npos;
  out.host = has_port ? authority.substr(0, colon) : authority;
  out.port = has_port ? authority.substr(colon + 1) : "80";
  if (out.host.size() > 2 && out.host.front() == '[') out.host = out.host.substr(1, out.host.size() - 2);
  bool good = !out.host.empty() && !out.port.empty() && out.port.find_first_not_of("0123456789") == std::string::npos &&
              text.find_first_of(" \t\r\n<>\"") == std::string::npos;
  return good ? std::optional(out) : std::nullopt;
}

}  // namespace exchange_sim
