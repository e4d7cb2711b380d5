// SPDX-License-Identifier: GPL-3.0-or-later
// Structured logging to standard error: an event with a stable name and fields, as a line of text or of JSON. Events
// are listed in docs/interface.md. A Secret is no field value, so it can't be logged. Thread-safe. spdlog stays in
// log.cpp.
//
// What must not be passed: texts of events (titles, bodies, places, attendees), tokens of callbacks, URLs with
// passwords.
#pragma once
#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

#include "util/result.hpp"
#include "util/types.hpp"

namespace caravan::log {

enum class Level : std::uint8_t { trace, debug, info, warning, error };
enum class Format : std::uint8_t { text, json };

/// `{"mailbox", address}`; values are texts, strong ids, integers, decimals and truth values.
struct Field {
  using Content = std::variant<std::string_view, std::int64_t, double, bool>;
  std::string_view name;
  Content value;

  Field(std::string_view field, std::string_view text) : name(field), value(text) {}
  Field(std::string_view field, const std::string& text) : name(field), value(std::string_view(text)) {}
  Field(std::string_view field, const char* text) : name(field), value(std::string_view(text)) {}
  template <class Tag>
  Field(std::string_view field, const Id<Tag>& id) : name(field), value(std::string_view(id.value)) {}
  Field(std::string_view field, bool truth) : name(field), value(truth) {}
  Field(std::string_view field, std::integral auto number) : name(field), value(static_cast<std::int64_t>(number)) {}
  Field(std::string_view field, std::floating_point auto number) : name(field), value(static_cast<double>(number)) {}
};
using Fields = std::initializer_list<Field>;

/// Once at the start; before it, info and text are in force.
void configure(Level level, Format format);
[[nodiscard]] bool enabled(Level level) noexcept;

void write(Level level, std::string_view event, Fields fields);
inline void trace(std::string_view event, Fields fields = {}) { write(Level::trace, event, fields); }
inline void debug(std::string_view event, Fields fields = {}) { write(Level::debug, event, fields); }
inline void info(std::string_view event, Fields fields = {}) { write(Level::info, event, fields); }
inline void warning(std::string_view event, Fields fields = {}) { write(Level::warning, event, fields); }
inline void error(std::string_view event, Fields fields = {}) { write(Level::error, event, fields); }
/// An Error with its fault, code and remedy, besides the fields.
void failure(Level level, std::string_view event, const Error& error, Fields fields = {});

/// Takes the finished lines (without line end) instead of standard error; empty: standard error again. For tests and
/// for a progress bar that must not be torn.
void set_sink(std::function<void(std::string_view line)> sink);

}  // namespace caravan::log
