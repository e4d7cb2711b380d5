// SPDX-License-Identifier: GPL-3.0-or-later
// What a fuzzer holds a reader to besides not crashing.
#pragma once
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace caravan::fuzz {

/// Ends the program where a promise is broken: to the fuzzer that is a crash, and it keeps the input.
inline void promise(bool kept, std::string_view what) {
  if (kept) return;
  std::fprintf(stderr, "broken promise: %.*s\n", static_cast<int>(what.size()), what.data());
  std::abort();
}

}  // namespace caravan::fuzz
