// SPDX-License-Identifier: GPL-3.0-or-later
// WebDAV's XML as a CalDAV server may send it.
#include <cstdint>

#include "caldav/multistatus.hpp"
#include "fuzz/promise.hpp"
#include "util/text.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace caravan;
  const std::string_view xml(reinterpret_cast<const char*>(data), size);
  std::size_t rows = 0, bytes = 0;
  const auto read = caldav::parse_multistatus(xml, [&](caldav::Row&& row) {
    ++rows;
    bytes += row.href.size() + row.description.size();
    for (const auto& propstat : row.propstats)
      for (const auto& property : propstat.properties) {
        bytes += property.text.size();
        fuzz::promise(text::is_valid_utf8(property.text), "what is handed over is UTF-8");
      }
    fuzz::promise(row.worst_status() >= 0, "a row has a status");
  });
  if (read) fuzz::promise(read->rows == rows, "each row is counted and handed over");
  fuzz::promise(bytes <= 3 * size, "no input grows (entities)");
  (void)caldav::parse_error(xml);
  const std::string repaired = caldav::repair_references(xml);
  fuzz::promise(repaired.size() <= size, "repairing makes nothing longer");
  return 0;
}
