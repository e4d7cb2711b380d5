// SPDX-License-Identifier: GPL-3.0-or-later
// Faults on demand: rules that make the next matching requests fail in a chosen way.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "bytes.hpp"

namespace exchange_sim {

struct FaultRule {
  std::string operation = "*";
  std::string mailbox = "*";
  std::string kind;
  std::string code;
  long count = 1;  ///< how many requests it hits
  long after = 0;  ///< how many matching requests pass before
  long ms = 0;
};

class Faults {
 public:
  void add(FaultRule rule) {
    std::lock_guard lock(mutex_);
    rules_.push_back(std::move(rule));
  }
  void reset() {
    std::lock_guard lock(mutex_);
    rules_.clear();
  }
  /// The rule that hits this request, if any; uses it up by one.
  std::optional<FaultRule> hit(const std::string& operation, const std::string& mailbox) {
    std::lock_guard lock(mutex_);
    for (auto& rule : rules_) {
      bool matches = rule.count > 0 && (rule.operation == "*" || rule.operation == operation) &&
                     (rule.mailbox == "*" || equal_ignoring_case(rule.mailbox, mailbox));
      if (!matches) continue;
      if (rule.after > 0) {
        --rule.after;
        continue;
      }
      --rule.count;
      return rule;
    }
    return std::nullopt;
  }

 private:
  std::mutex mutex_;
  std::vector<FaultRule> rules_;
};

}  // namespace exchange_sim
