// SPDX-License-Identifier: GPL-3.0-or-later
// One EWS request from bytes to bytes: envelope, throttle, faults, version, impersonation, operation.
#include <chrono>
#include <vector>

#include "envelope.hpp"
#include "server.hpp"

namespace exchange_sim {
namespace {

// In the order of the schema's ExchangeVersionType (ews-facts 1.2).
const std::vector<std::string> kVersions = {"Exchange2007",     "Exchange2007_SP1", "Exchange2009", "Exchange2010",
                                            "Exchange2010_SP1", "Exchange2010_SP2", "Exchange2012", "Exchange2013",
                                            "Exchange2013_SP1", "Exchange2015",     "Exchange2016", "V2015_10_05",
                                            "V2016_01_06",      "V2016_04_13",      "V2016_07_13",  "V2016_10_10",
                                            "V2017_01_07",      "V2017_04_14",      "V2017_07_11"};

int version_rank(const std::string& name) {
  for (std::size_t i = 0; i < kVersions.size(); ++i) {
    if (kVersions[i] == name) return static_cast<int>(i);
  }
  return -1;
}

HttpResponse fault_response(const Server& server, const SoapFault& fault) {
  XmlWriter out;
  open_envelope(out, server.settings.schema_version);
  out.open("s:Fault");
  out.raw("<faultcode xmlns:a=\"http://schemas.microsoft.com/exchange/services/2006/types\">a:" + fault.code +
          "</faultcode>");
  out.text("faultstring", fault.message, {{"xml:lang", "en-US"}});
  out.open("detail");
  out.raw("<e:ResponseCode xmlns:e=\"http://schemas.microsoft.com/exchange/services/2006/errors\">" + fault.code +
          "</e:ResponseCode><e:Message xmlns:e=\"http://schemas.microsoft.com/exchange/services/2006/errors\">");
  out.content(fault.message);
  out.raw("</e:Message>");
  if (fault.back_off_ms) {
    out.open("t:MessageXml");
    out.text("t:Value", std::to_string(*fault.back_off_ms), {{"Name", "BackOffMilliseconds"}});
    out.close();
  }
  out.close();
  out.close();
  close_envelope(out);
  HttpResponse response;
  response.status = 500;
  response.body = out.take();
  return response;
}

HttpResponse plain_error(int status, const std::string& text) {
  HttpResponse response;
  response.status = status;
  response.content_type = "text/html";
  response.set_body("<html><head><title>" + text + "</title></head><body>" + text + "</body></html>");
  return response;
}

HttpResponse busy_response(const Server& server, long milliseconds, bool as_http) {
  if (!as_http) {
    return fault_response(server, {"ErrorServerBusy",
                                   "The server cannot service this request right now. Try again later.", milliseconds});
  }
  auto response = plain_error(503, "Service Unavailable");
  response.headers.emplace_back("Retry-After", std::to_string((milliseconds + 999) / 1000));
  return response;
}

Mailbox* impersonated(Server& server, const Node& header, const Identity& identity) {
  auto sid = header.child("ExchangeImpersonation").child("ConnectingSID");
  if (!sid) return identity.own;
  auto address = sid.first().text();
  auto* mailbox = server.world.find(address);
  if (!identity.service && mailbox != identity.own) {
    throw SoapFault{
        "ErrorImpersonateUserDenied", "The account does not have permission to impersonate the requested user.", {}};
  }
  if (mailbox == nullptr) {
    throw SoapFault{"ErrorNonExistentMailbox", "The SMTP address has no mailbox associated with it.", {}};
  }
  if (!mailbox->deny_code.empty()) throw SoapFault{mailbox->deny_code, "Access to this mailbox is refused.", {}};
  return mailbox;
}

void check_version(const Server& server, Call& call, const Node& header) {
  call.version = "Exchange2007_SP1";
  auto node = header.child("RequestServerVersion");
  if (!node) return;
  call.version = node.attribute("Version");
  int rank = version_rank(call.version);
  if (rank < 0 || rank > version_rank(server.settings.schema_version)) {
    throw SoapFault{"ErrorInvalidServerVersion", "The specified server version is invalid.", {}};
  }
}

HttpResponse run(Server& server, const Node& envelope, const Node& request, const Identity& identity,
                 const std::string& demanded) {
  auto header = envelope.child("Header");
  XmlWriter out;
  HttpResponse response;
  open_envelope(out, server.settings.schema_version);
  try {
    auto operation = find_operation(std::string(request.name()));
    if (operation == nullptr) {
      throw SoapFault{"ErrorInvalidRequest", "The operation " + std::string(request.name()) + " is not supported.", {}};
    }
    Call call{server.world, server.notifications, nullptr, server.settings.delegates, utc_zone(), {}};
    call.invalid_sync_state = demanded == "invalid_sync_state";
    call.touch_after = demanded == "touch_after";
    call.account = identity.name;
    call.accept_keeps_id = server.settings.accept_keeps_id;
    check_version(server, call, header);
    call.actor = impersonated(server, header, identity);
    auto zone_id = header.child("TimeZoneContext").child("TimeZoneDefinition").attribute("Id");
    if (auto zone = zone_by_windows_id(zone_id)) call.context_zone = zone;
    operation(call, request, out);
    response.stream = std::move(call.stream);
  } catch (const SoapFault& fault) {
    return fault_response(server, fault);
  } catch (const ItemError& error) {
    return fault_response(server, {error.code, error.message, {}});
  }
  close_envelope(out);
  response.body = out.take();
  return response;
}

/// What the fault does instead of, or with, the operation.
HttpResponse run_with_fault(Server& server, const FaultRule& fault, const Identity& identity,
                            const std::function<HttpResponse(const std::string&)>& operation) {
  if (fault.kind == "delay") {
    auto response = operation({});
    response.delay_ms = static_cast<int>(fault.ms);
    return response;
  }
  if (fault.kind == "drop" || fault.kind == "drop_after") {
    HttpResponse response = fault.kind == "drop_after" ? operation({}) : HttpResponse();
    response.drop = true;
    return response;
  }
  if (fault.kind == "http_500_before") return plain_error(500, "Internal Server Error");
  if (fault.kind == "http_500_after") {
    if (auto lost = operation({}); lost.stream) lost.stream->gone();
    return plain_error(500, "Internal Server Error");
  }
  if (fault.kind == "http_503" || fault.kind == "server_busy") {
    server.throttle.announce(identity.name, fault.ms);
    return busy_response(server, fault.ms, fault.kind == "http_503");
  }
  if (fault.kind == "truncate") {
    auto response = operation({});
    response.truncate = true;
    return response;
  }
  if (fault.kind == "garbage") {
    HttpResponse response;
    response.set_body("<s:Envelope><garbage &&& <<<");
    return response;
  }
  if (fault.kind == "soap_fault") {
    return fault_response(server,
                          {fault.code.empty() ? "ErrorInternalServerError" : fault.code, "A fault on demand.", {}});
  }
  return operation(fault.kind);
}

}  // namespace

HttpResponse answer_ews(Server& server, const HttpRequest& request, const Identity& identity) {
  auto began = Throttle::Clock::now();
  Document document(request.body);
  auto envelope = document.root();
  auto body = envelope.child("Body").first();
  if (!body) {
    server.counters.count("invalid");
    return fault_response(server, {"ErrorSchemaValidation", "The request failed schema validation.", {}});
  }
  std::string name(body.name());
  if (name == "GetUserAvailabilityRequest") name = "GetUserAvailability";
  server.counters.count(name);
  if (auto broken = server.schema.first_error(document); !broken.empty()) {
    return fault_response(server, {"ErrorSchemaValidation", "The request failed schema validation: " + broken, {}});
  }
  if (auto wait = server.throttle.admit(identity.name, began)) {
    return busy_response(server, *wait, server.settings.throttle_http);
  }
  auto operation = [&](const std::string& demanded) { return run(server, envelope, body, identity, demanded); };
  auto address = envelope.child("Header").child("ExchangeImpersonation").child("ConnectingSID").first().text();
  if (address.empty() && identity.own != nullptr) address = identity.own->address;
  HttpResponse response;
  if (auto fault = server.faults.hit(name, address))
    response = run_with_fault(server, *fault, identity, operation);
  else
    response = operation({});
  auto id = request.header("client-request-id");
  if (!id.empty() && request.header("return-client-request-id") == "true") {
    response.headers.emplace_back("client-request-id", id);
  }
  return response;
}

}  // namespace exchange_sim
