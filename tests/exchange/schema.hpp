// SPDX-License-Identifier: GPL-3.0-or-later
// Checks requests against Microsoft's schema, when its folder is given: element order matters to real
// servers (ews-facts 1.1), and a client's mistake shall show here.
#pragma once

#include <libxml/xmlschemas.h>

#include <memory>
#include <string>

#include "xml_reader.hpp"

namespace exchange_sim {

class Schema {
 public:
  /// An empty folder accepts every request; throws when the folder's all.xsd cannot be read.
  explicit Schema(const std::string& folder);
  /// Empty for a valid request.
  std::string first_error(const Document& document) const;

 private:
  std::unique_ptr<xmlSchema, void (*)(xmlSchemaPtr)> schema_{nullptr, xmlSchemaFree};
};

}  // namespace exchange_sim
