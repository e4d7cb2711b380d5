// SPDX-License-Identifier: GPL-3.0-or-later
// The raw form of the table in response_code_table.cpp: codes grouped by fault and remedy. Private to common/ews.
#pragma once
#include <span>
#include <string_view>

#include "util/result.hpp"

namespace caravan::ews {

struct CodeGroup {
  Fault fault;
  std::string_view remedy;
  std::string_view codes;  ///< separated by single blanks
};
std::span<const CodeGroup> code_groups() noexcept;

}  // namespace caravan::ews
