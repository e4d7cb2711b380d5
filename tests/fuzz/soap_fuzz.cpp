// SPDX-License-Identifier: GPL-3.0-or-later
// Exchange's answers: the filter before the parser, in pieces and whole, and gSOAP behind it.
#include <cstdint>

#include "ews/wire/prefilter.hpp"
#include "ews/wire/wire.hpp"
#include "fuzz/promise.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace caravan::ews::wire;
  using caravan::fuzz::promise;
  if (size == 0) return 0;
  const std::size_t piece = 1 + data[0] % 32;
  const std::string_view answer(reinterpret_cast<const char*>(data + 1), size - 1);

  std::string whole(answer), pieces;
  const std::size_t replaced = clean(whole);
  Prefilter filter;
  for (std::size_t at = 0; at < answer.size(); at += piece) filter.feed(answer.substr(at, piece), pieces);
  filter.finish(pieces);
  promise(pieces == whole, "pieces are cleaned as the whole is");
  promise(filter.replaced() == replaced, "pieces are counted as the whole is");

  Wire wire;
  const auto envelope = wire.read(whole);
  if (envelope) promise((*envelope)->s__Body != nullptr, "an envelope that was read has a body");
  return 0;
}
