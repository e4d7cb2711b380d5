// SPDX-License-Identifier: GPL-3.0-or-later
// What the person must be told, from the two tables alone: it knows no series, no override and no delta.
#pragma once
#include <string>
#include <vector>

#include "property/notify/history.hpp"

namespace caravan::notify::test {

std::vector<std::string> expected(const History& history, Instant now);
/// The program's tellings in the same words.
std::vector<std::string> words_of(const std::vector<Telling>& tellings);

}  // namespace caravan::notify::test
