// SPDX-License-Identifier: GPL-3.0-or-later
// Named places at which a test build can be told to die, as `kill -9` would: CARAVAN_CRASH_AT=<point>:<n> ends the
// process at the n-th time it passes <point>. Compiled to nothing without CARAVAN_FAULT_POINTS. docs/interface.md lists
// the points; tests/e2e sweeps them.
#pragma once

namespace caravan {
#ifdef CARAVAN_FAULT_POINTS
void crash_point(const char* name) noexcept;
#else
inline void crash_point(const char*) noexcept {}
#endif
}  // namespace caravan
