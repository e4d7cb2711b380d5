// SPDX-License-Identifier: GPL-3.0-or-later
#include "log/line.hpp"

#include <fmt/format.h>

#include "util/text.hpp"

namespace caravan::log {
namespace {

constexpr std::size_t kMaxValue = 4000;  ///< bytes; an event is a line, not a dump

std::string_view level_name(Level level) {
  switch (level) {
    case Level::trace:
      return "trace";
    case Level::debug:
      return "debug";
    case Level::info:
      return "info";
    case Level::warning:
      return "warning";
    case Level::error:
      return "error";
  }
  return "";
}

bool names_a_secret(std::string_view name) {
  const std::string lower = text::lower(name);
  for (const char* word : {"password", "secret", "token", "authorization", "credential"}) {
    if (lower.find(word) != std::string::npos) return true;
  }
  return false;
}

/// "://user:pass@" becomes "://***@".
std::string without_credentials(std::string value) {
  for (auto start = value.find("://"); start != std::string::npos; start = value.find("://", start + 3)) {
    const auto end = value.find_first_of("/?# \t\n\"'", start + 3);
    const auto at = value.substr(0, end).rfind('@');
    const auto colon = value.find(':', start + 3);
    if (at != std::string::npos && at > start && colon < at) value.replace(start + 3, at - start - 3, "***");
  }
  return value;
}

std::string clean(std::string_view raw) {
  std::string out = without_credentials(text::sanitize(raw.substr(0, kMaxValue)));
  if (raw.size() > kMaxValue) out += "...";
  return out;
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        } else {
          out += c;
        }
    }
  }
  return out;
}

std::string quoted_where_needed(const std::string& value) {
  const bool plain = !value.empty() && value.find_first_of(" \"\\=\t\r\n") == std::string::npos;
  return plain ? value : '"' + escaped(value) + '"';
}

std::string value_of(const Field& field, Format format) {
  if (const auto* number = std::get_if<std::int64_t>(&field.value)) return std::to_string(*number);
  if (const auto* truth = std::get_if<bool>(&field.value)) return *truth ? "true" : "false";
  if (const auto* decimal = std::get_if<double>(&field.value)) {
    return *decimal - *decimal == 0 ? fmt::format("{:.6g}", *decimal) : std::string("null");  // JSON knows no infinity
  }
  const std::string_view raw = std::get<std::string_view>(field.value);
  const std::string text = names_a_secret(field.name) && !raw.empty() ? std::string("***") : clean(raw);
  return format == Format::json ? '"' + escaped(text) + '"' : quoted_where_needed(text);
}

}  // namespace

std::string format_line(Format format, Instant at, Level level, std::string_view event, Fields fields, Fields more) {
  const bool json = format == Format::json;
  std::string out =
      json ? fmt::format(R"({{"at":"{}","level":"{}","event":"{}")", to_rfc3339(at), level_name(level), escaped(event))
           : fmt::format("{} {:7} {}", to_rfc3339(at), level_name(level), event);
  for (const Fields& part : {fields, more}) {
    for (const Field& field : part) {
      out += json ? fmt::format(R"(,"{}":{})", escaped(field.name), value_of(field, format))
                  : fmt::format(" {}={}", field.name, value_of(field, format));
    }
  }
  if (json) out += '}';
  return out;
}

}  // namespace caravan::log
