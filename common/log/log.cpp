// SPDX-License-Identifier: GPL-3.0-or-later
#include "log/log.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <atomic>
#include <memory>
#include <mutex>

#include "log/line.hpp"
#include "util/clock.hpp"

namespace caravan::log {
namespace {

std::atomic<Level> g_level{Level::info};
std::atomic<Format> g_format{Format::text};
std::mutex g_sink_mutex;
std::function<void(std::string_view)> g_sink;  // guarded by g_sink_mutex

spdlog::logger& output() {
  static spdlog::logger logger = [] {
    spdlog::logger made("caravan", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made.set_pattern("%v");
    made.set_level(spdlog::level::trace);
    made.flush_on(spdlog::level::trace);
    return made;
  }();
  return logger;
}

void emit(const std::string& line) {
  const std::lock_guard lock(g_sink_mutex);
  if (g_sink) return g_sink(line);
  output().log(spdlog::level::info, spdlog::string_view_t(line));
}

}  // namespace

void configure(Level level, Format format) {
  g_level = level;
  g_format = format;
}

bool enabled(Level level) noexcept { return level >= g_level.load(std::memory_order_relaxed); }

void write(Level level, std::string_view event, Fields fields) {
  if (enabled(level)) emit(format_line(g_format, system_clock()->now(), level, event, fields));
}

void failure(Level level, std::string_view event, const Error& error, Fields fields) {
  if (!enabled(level)) return;
  emit(format_line(
      g_format, system_clock()->now(), level, event, fields,
      {{"what", error.what}, {"fault", to_string(error.fault)}, {"code", error.code}, {"remedy", error.remedy}}));
}

void set_sink(std::function<void(std::string_view line)> sink) {
  const std::lock_guard lock(g_sink_mutex);
  g_sink = std::move(sink);
}

}  // namespace caravan::log
