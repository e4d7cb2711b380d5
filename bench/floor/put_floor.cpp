// SPDX-License-Identifier: GPL-3.0-or-later
// bench-put-floor COLLECTION_URL NAME:PASSWORD|- CORPUS CONNECTIONS [FIRST COUNT]
// Prints {"puts","seconds","cpu_seconds","milliseconds":[...]}.
#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "put_loop.hpp"

int main(int argc, char** argv) {
  if (argc != 5 && argc != 7)
    bench::fail("usage: bench-put-floor COLLECTION_URL ACCOUNT|- CORPUS CONNECTIONS [FIRST COUNT]");
  const std::string account = argv[2];
  const bench::Target target{argv[1], account == "-" ? "" : account, std::max(1, std::atoi(argv[4]))};
  auto resources = bench::read_corpus(argv[3]);
  if (argc == 7) {
    const auto first = std::min(resources.size(), std::strtoul(argv[5], nullptr, 10));
    const auto count = std::min(resources.size() - first, std::strtoul(argv[6], nullptr, 10));
    const auto begin = resources.begin() + static_cast<std::ptrdiff_t>(first);
    resources = {begin, begin + static_cast<std::ptrdiff_t>(count)};
  }
  const auto outcome = bench::put_all(target, resources);
  std::printf("{\"puts\":%zu,\"seconds\":%.6f,\"cpu_seconds\":%.6f,\"milliseconds\":[", resources.size(),
              outcome.seconds, outcome.cpu_seconds);
  for (std::size_t i = 0; i < outcome.milliseconds.size(); ++i)
    std::printf("%s%.3f", i == 0 ? "" : ",", outcome.milliseconds[i]);
  std::printf("]}\n");
}
