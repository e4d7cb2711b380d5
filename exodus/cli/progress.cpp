// SPDX-License-Identifier: GPL-3.0-or-later
#include "exodus/cli/progress.hpp"

#include <algorithm>

#include "app/format.hpp"
#include "app/terminal.hpp"

namespace caravan::exodus::cli {

namespace {
constexpr double kWindowSeconds = 30;
constexpr std::chrono::milliseconds kBarEvery{100};
constexpr std::chrono::seconds kLineEvery{5};
constexpr std::size_t kBarCells = 24;

double share(const Progress& progress) {
  if (progress.total == 0) return 0;
  return std::min(1.0, static_cast<double>(progress.done) / static_cast<double>(progress.total));
}
}  // namespace

void Pace::add(std::chrono::duration<double> at, std::uint64_t done) {
  samples_.push_back({at.count(), done});
  while (samples_.size() > 2 && samples_.front().at < at.count() - kWindowSeconds) samples_.pop_front();
}

double Pace::per_second() const {
  if (samples_.size() < 2) return 0;
  const double seconds = samples_.back().at - samples_.front().at;
  if (seconds <= 0 || samples_.back().done < samples_.front().done) return 0;
  return static_cast<double>(samples_.back().done - samples_.front().done) / seconds;
}

std::string progress_words(const Progress& progress, double per_second) {
  std::string out;
  if (progress.total > 0) out += std::to_string(static_cast<int>(share(progress) * 100)) + "%  ";
  out += app::number(progress.done) + (progress.total > 0 ? " of " + app::number(progress.total) : "") + " events · " +
         app::number(progress.mailboxes_done) + " of " + app::count(progress.mailboxes, "mailbox", "mailboxes");
  if (per_second > 0) {
    out += " · " + app::rate(per_second);
    if (progress.total > progress.done)
      out += " · " +
             app::duration(
                 std::chrono::duration<double>(static_cast<double>(progress.total - progress.done) / per_second)) +
             " left";
  }
  if (progress.errors > 0) out += " · " + app::count(progress.errors, "error");
  return out;
}

std::string progress_bar(const Progress& progress, double per_second, std::size_t width) {
  const auto filled = static_cast<std::size_t>(share(progress) * static_cast<double>(kBarCells));
  std::string bar = "[";
  for (std::size_t i = 0; i < kBarCells; ++i) bar += i < filled ? "█" : "░";
  std::string line = bar + "] " + progress_words(progress, per_second);
  if (!progress.current.empty()) line += " · " + app::printable(progress.current);
  return app::fit(line, width);
}

ProgressView::ProgressView(std::ostream& err, Style style, std::size_t width, std::shared_ptr<Clock> clock)
    : err_(err),
      style_(style),
      width_(width),
      clock_(std::move(clock)),
      started_(clock_->monotonic()),
      drawn_(started_) {}

ProgressView::~ProgressView() { finish(); }

void ProgressView::update(const Progress& progress) {
  if (style_ == Style::none) return;
  const std::lock_guard lock(mutex_);
  const auto now = clock_->monotonic();
  last_ = progress;
  const auto every =
      style_ == Style::bar ? std::chrono::milliseconds(kBarEvery) : std::chrono::milliseconds(kLineEvery);
  if (any_ && now - drawn_ < every) return;
  pace_.add(now - started_, progress.done);
  if (!any_ && style_ == Style::lines) {  // the first line after an interval: a short run says nothing
    any_ = true;
    drawn_ = now;
    return;
  }
  any_ = true;
  drawn_ = now;
  draw();
}

void ProgressView::draw() {
  const double per_second = pace_.per_second();
  if (style_ == Style::lines) {
    err_ << progress_words(last_, per_second) << "\n" << std::flush;
    return;
  }
  // The last column stays free: some terminals wrap when it is written.
  err_ << "\r\033[K" << progress_bar(last_, per_second, width_ > 1 ? width_ - 1 : 1) << std::flush;
  visible_ = true;
}

void ProgressView::log_line(std::string_view line) {
  const std::lock_guard lock(mutex_);
  if (visible_) err_ << "\r\033[K";
  err_ << line << "\n";
  if (visible_) draw();
  err_ << std::flush;
}

void ProgressView::finish() {
  const std::lock_guard lock(mutex_);
  if (visible_) err_ << "\r\033[K" << std::flush;
  visible_ = false;
}

}  // namespace caravan::exodus::cli
