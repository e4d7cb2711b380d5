// SPDX-License-Identifier: GPL-3.0-or-later
// The bare loop: PUTs recorded bytes with libcurl over so many connections, and nothing else.
#pragma once
#include <string>
#include <vector>

namespace bench {

struct Resource {
  std::string name, text;
};

struct Target {
  std::string collection;  ///< URL that ends in a slash
  std::string account;     ///< NAME:PASSWORD, or empty
  int connections = 1;
};

struct Outcome {
  double seconds = 0;                ///< wall clock
  double cpu_seconds = 0;            ///< user and system, of this process
  std::vector<double> milliseconds;  ///< of each PUT, in the order of the corpus
};

/// Reads "NAME LENGTH\n" and as many bytes, again and again. Ends the program where the file is damaged.
std::vector<Resource> read_corpus(const std::string& path);
/// Ends the program at the first answer that is no success.
Outcome put_all(const Target& target, const std::vector<Resource>& resources);
/// User and system time of this process so far.
double cpu_seconds();
/// Wall clock, monotone.
double now();
[[noreturn]] void fail(const std::string& what);

}  // namespace bench
