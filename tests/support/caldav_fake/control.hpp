// SPDX-License-Identifier: GPL-3.0-or-later
// What a test can ask of the fake beside CalDAV: counts of requests, faults on demand, nastiness. Not thread-safe.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "dav.hpp"

namespace caldav_fake {

/// A fault that waits for the requests it fits.
struct Fault {
  std::string kind;    ///< status | drop | truncate | short_multiget | delay
  bool after = false;  ///< status: after the effect instead of before it
  int status = 503;
  std::string method;  ///< empty: any
  std::string match;   ///< part of the path; empty: any
  long skip = 0;       ///< fitting requests that pass first
  long count = 1;      ///< requests it hits; -1: for good
  int delay_ms = 0;
  std::string retry_after;
  int rows = 1;  ///< short_multiget
};

class Control {
 public:
  /// Counts a CalDAV request.
  void count(const Asked& asked);
  /// The faults that hit this request; each is used up by one.
  std::vector<Fault> faults_for(const Asked& asked);
  /// Answers /control/...
  Reply handle(Store& store, const Asked& asked);

 private:
  Reply requests(const Asked& asked);
  Reply faults(const Asked& asked);
  std::map<std::string, std::uint64_t> by_method_;
  std::map<std::string, std::map<std::string, std::uint64_t>> by_collection_;
  std::uint64_t total_ = 0;
  std::vector<Fault> faults_;
  std::uint64_t faults_hit_ = 0;
};

}  // namespace caldav_fake
