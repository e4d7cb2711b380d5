// SPDX-License-Identifier: GPL-3.0-or-later
// Progress for a person on standard error: one line that is redrawn on a terminal, a plain line every few seconds
// elsewhere. Thread-safe; costs nothing where it is quiet.
#pragma once
#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <ostream>
#include <string>
#include <string_view>

#include "exodus/operations.hpp"
#include "util/clock.hpp"

namespace caravan::exodus::cli {

/// How fast it goes, over the last half minute: a pause of the server or a large calendar shows soon.
class Pace {
 public:
  void add(std::chrono::duration<double> at, std::uint64_t done);
  /// Events per second; 0 while it can't be told.
  [[nodiscard]] double per_second() const;

 private:
  struct Sample {
    double at;
    std::uint64_t done;
  };
  std::deque<Sample> samples_;
};

/// "41%  4,210 of 12,000 events · 3 of 10 mailboxes · 310/s · 25 s left · 2 errors".
std::string progress_words(const Progress& progress, double per_second);
/// The same after a bar, cut to `width` columns.
std::string progress_bar(const Progress& progress, double per_second, std::size_t width);

class ProgressView {
 public:
  enum class Style { none, bar, lines };
  ProgressView(std::ostream& err, Style style, std::size_t width, std::shared_ptr<Clock> clock);
  ~ProgressView();
  ProgressView(const ProgressView&) = delete;
  ProgressView& operator=(const ProgressView&) = delete;

  void update(const Progress& progress);
  /// A log line between two drawings of the bar.
  void log_line(std::string_view line);
  /// Takes the bar away.
  void finish();

 private:
  void draw();
  std::ostream& err_;
  Style style_;
  std::size_t width_;
  std::shared_ptr<Clock> clock_;
  std::mutex mutex_;
  Pace pace_;
  Progress last_;
  std::chrono::steady_clock::time_point started_, drawn_;
  bool visible_ = false, any_ = false;
};

}  // namespace caravan::exodus::cli
