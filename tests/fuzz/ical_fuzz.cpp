// SPDX-License-Identifier: GPL-3.0-or-later
// iCalendar text as a CalDAV server, a person or Exchange's import may hold it: read, expanded, written, read again.
#include <cstdint>

#include "fuzz/promise.hpp"
#include "ical/expand.hpp"
#include "ical/parse.hpp"
#include "ical/write.hpp"
#include "ical/zone_book.hpp"
#include "util/text.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace caravan;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto all = ical::parse(text);
  if (!all) return 0;
  for (const auto& one : *all) {
    if (!one.series) continue;
    (void)ical::expand(*one.series, Instant(std::chrono::seconds(1767225600)),
                       Instant(std::chrono::seconds(1798761600)), *ical::system_zone_book(), 100);
    const std::string written = ical::write(*one.series);
    fuzz::promise(text::is_valid_utf8(written), "what we write is UTF-8");
    ical::ParseOptions ours;
    ours.own_content_references = true;
    fuzz::promise(ical::parse_one(written, ours).has_value(), "what we write we can read");
  }
  return 0;
}
