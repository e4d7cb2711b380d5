// SPDX-License-Identifier: GPL-3.0-or-later
// See envelope.hpp.
#include "envelope.hpp"

namespace exchange_sim {
namespace {

constexpr std::string_view kEnvelope =
    "<?xml version=\"1.0\" encoding=\"utf-8\"?><s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" "
    "xmlns:t=\"http://schemas.microsoft.com/exchange/services/2006/types\" "
    "xmlns:m=\"http://schemas.microsoft.com/exchange/services/2006/messages\" "
    "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><s:Header>";

}  // namespace

void open_envelope(XmlWriter& out, const std::string& schema) {
  std::string major = "15";
  std::string minor = "1";
  if (schema.starts_with("Exchange2007")) {
    major = "8";
    minor = schema == "Exchange2007" ? "0" : "1";
  }
  if (schema.starts_with("Exchange2010")) {
    major = "14";
    minor = schema.ends_with("SP2") ? "3" : schema.ends_with("SP1") ? "1" : "0";
  }
  if (schema.starts_with("Exchange2013")) minor = "0";
  out.raw(kEnvelope);
  out.empty("t:ServerVersionInfo", {{"MajorVersion", major},
                                    {"MinorVersion", minor},
                                    {"MajorBuildNumber", "2507"},
                                    {"MinorBuildNumber", "39"},
                                    {"Version", schema}});
  out.raw("</s:Header><s:Body>");
}

void open_callback_envelope(XmlWriter& out, const std::string& schema) {
  out.raw(kEnvelope);
  out.empty("t:RequestServerVersion", {{"Version", schema}});
  out.raw("</s:Header><s:Body>");
}

void close_envelope(XmlWriter& out) { out.raw("</s:Body></s:Envelope>"); }

}  // namespace exchange_sim
