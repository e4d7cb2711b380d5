// SPDX-License-Identifier: GPL-3.0-or-later
#include "ews/wire/wire.hpp"

#include "ews/wire/prefilter.hpp"

// libgsoap++ looks for one global table; ours says which prefix stands for which namespace, on both directions.
SOAP_NMAC struct Namespace namespaces[] = {  // NOLINT: gSOAP's own form
    {"s", "http://schemas.xmlsoap.org/soap/envelope/", nullptr, nullptr},
    {"xsi", "http://www.w3.org/2001/XMLSchema-instance", "http://www.w3.org/*/XMLSchema-instance", nullptr},
    {"xsd", "http://www.w3.org/2001/XMLSchema", "http://www.w3.org/*/XMLSchema", nullptr},
    {"e", "http://schemas.microsoft.com/exchange/services/2006/errors", nullptr, nullptr},
    {"t", "http://schemas.microsoft.com/exchange/services/2006/types", nullptr, nullptr},
    {"m", "http://schemas.microsoft.com/exchange/services/2006/messages", nullptr, nullptr},
    {nullptr, nullptr, nullptr, nullptr}};

namespace caravan::ews::wire {
namespace {

constexpr long kLongestText = 256L << 20;  // the HTTP layer caps the answer as a whole

}  // namespace

Wire::Wire()
    : soap_(soap_new2(SOAP_ENC_XML | SOAP_C_UTFSTRING,
                      SOAP_ENC_XML | SOAP_XML_TREE | SOAP_XML_CANONICAL_NA | SOAP_C_UTFSTRING)) {
  soap_set_namespaces(soap_, namespaces);
  soap_->maxlength = kLongestText;
  soap_->user = this;
  soap_->frecv = [](soap* context, char* to, size_t size) {
    auto& in = static_cast<Wire*>(context->user)->in_;
    const size_t taken = in.copy(to, size);
    in.remove_prefix(taken);
    return taken;
  };
  soap_->fsend = [](soap* context, const char* from, size_t size) {
    static_cast<Wire*>(context->user)->out_.append(from, size);
    return static_cast<int>(SOAP_OK);
  };
}

Wire::~Wire() {
  soap_destroy(soap_);  // C++ objects, then blocks, then the context
  soap_end(soap_);
  soap_free(soap_);
}

Error Wire::failure(const char* what) {
  char reason[300] = "";
  soap_set_fault(soap_);
  soap_sprint_fault(soap_, reason, sizeof reason);
  std::string text = reason;
  if (const auto end = text.find('\n'); end != std::string::npos) text.resize(end);
  return make_error(Fault::malformed, std::string(what) + ": " + text, kBadXml);
}

Result<std::string> Wire::write(const s__EnvelopeType& envelope) {
  out_.clear();
  if (soap_begin_send(soap_) != SOAP_OK || envelope.soap_put(soap_, "s:Envelope", "") != SOAP_OK ||
      soap_end_send(soap_) != SOAP_OK)
    return failure("The EWS request could not be written");
  return std::move(out_);
}

Result<s__EnvelopeType*> Wire::read(std::string_view xml) {
  if (has_doctype(xml))
    return make_error(Fault::malformed, "The answer holds a document type declaration, which EWS never sends.", kBadXml,
                      "Check that exchange.url names Exchange.asmx and that no proxy answers in its place.");
  in_ = xml;
  if (soap_begin_recv(soap_) != SOAP_OK) return failure("The answer is no XML");
  s__EnvelopeType* envelope = soap_get_s__EnvelopeType(soap_, nullptr, "s:Envelope", nullptr);
  if (envelope == nullptr || soap_end_recv(soap_) != SOAP_OK) return failure("The answer is no complete SOAP envelope");
  if (envelope->s__Body == nullptr)
    return make_error(Fault::malformed, "The answer is a SOAP envelope without a body.", kBadXml);
  return envelope;
}

}  // namespace caravan::ews::wire
