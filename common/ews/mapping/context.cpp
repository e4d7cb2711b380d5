// SPDX-License-Identifier: GPL-3.0-or-later
#include "ews/mapping/context.hpp"

#include <charconv>

#include "ews/wire/prefilter.hpp"
#include "util/text.hpp"

namespace caravan::ews::mapping {

void Context::lose(model::LossReason reason, std::string detail) {
  losses.push_back({reason, occurrence, std::move(detail)});
}

std::string Context::take(std::string* text, const char* property) {
  if (text == nullptr) return {};
  std::string value = std::move(*text);
  if (!marked) return value;
  const auto mark = wire::kVanished;
  auto at = value.find(mark);
  if (at == std::string::npos) return value;
  std::size_t count = 0;
  for (; at != std::string::npos; at = value.find(mark, at), ++count) value.erase(at, mark.size());
  lose(model::LossReason::characters_dropped, std::string(property) + ": " + std::to_string(count));
  return value;
}

std::optional<bool> read_bool(const std::string* text) noexcept {
  if (text == nullptr) return std::nullopt;
  if (*text == "true" || *text == "1") return true;
  if (*text == "false" || *text == "0") return false;
  return std::nullopt;
}

std::optional<std::int64_t> read_number(const std::string& text) noexcept {
  const auto trimmed = text::trim(text);
  std::int64_t value = 0;
  const auto [end, problem] = std::from_chars(trimmed.data(), trimmed.data() + trimmed.size(), value);
  if (problem != std::errc{} || end != trimmed.data() + trimmed.size() || trimmed.empty()) return std::nullopt;
  return value;
}

std::optional<std::int64_t> read_number(const std::string* text) noexcept {
  return text == nullptr ? std::nullopt : read_number(*text);
}

}  // namespace caravan::ews::mapping
