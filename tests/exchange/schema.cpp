// SPDX-License-Identifier: GPL-3.0-or-later
// libxml2's schema validation; see schema.hpp. The schema is read once and shared, contexts are per call.
#include "schema.hpp"

#include <stdexcept>

#include "bytes.hpp"

namespace exchange_sim {

Schema::Schema(const std::string& folder) {
  if (folder.empty()) return;
  auto path = folder + "/all.xsd";
  std::unique_ptr<xmlSchemaParserCtxt, void (*)(xmlSchemaParserCtxtPtr)> parser(xmlSchemaNewParserCtxt(path.c_str()),
                                                                                xmlSchemaFreeParserCtxt);
  if (parser) schema_.reset(xmlSchemaParse(parser.get()));
  if (!schema_) throw std::runtime_error("cannot read the schema " + path);
}

std::string Schema::first_error(const Document& document) const {
  if (!schema_) return {};
  std::unique_ptr<xmlSchemaValidCtxt, void (*)(xmlSchemaValidCtxtPtr)> context(xmlSchemaNewValidCtxt(schema_.get()),
                                                                               xmlSchemaFreeValidCtxt);
  std::string message;
  xmlSchemaSetValidStructuredErrors(
      context.get(),
      [](void* out, xmlErrorPtr error) {
        auto& text = *static_cast<std::string*>(out);
        if (text.empty() && error->message != nullptr) text = trim(error->message);
      },
      &message);
  int result = xmlSchemaValidateDoc(context.get(), document.get());
  if (result != 0 && message.empty()) message = "not valid";
  return result == 0 ? std::string() : message;
}

}  // namespace exchange_sim
