// SPDX-License-Identifier: GPL-3.0-or-later
// bench-ews-floor ANSWERS COLLECTION_URL NAME:PASSWORD|- CORPUS
// The bare loop behind Caravan's own cost: parses the recorded EWS answers of the folder ANSWERS with gSOAP, one after
// the other, and PUTs the recorded bytes over one connection. Reading the files is not counted. Prints
// {"answers","bytes","items","puts","seconds","cpu_seconds","parse_cpu_seconds"}.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>

#include "ewswireH.h"
#include "put_loop.hpp"

// libgsoap++ looks for one global table.
SOAP_NMAC struct Namespace namespaces[] = {  // NOLINT: gSOAP's own form
    {"s", "http://schemas.xmlsoap.org/soap/envelope/", nullptr, nullptr},
    {"xsi", "http://www.w3.org/2001/XMLSchema-instance", "http://www.w3.org/*/XMLSchema-instance", nullptr},
    {"xsd", "http://www.w3.org/2001/XMLSchema", "http://www.w3.org/*/XMLSchema", nullptr},
    {"e", "http://schemas.microsoft.com/exchange/services/2006/errors", nullptr, nullptr},
    {"t", "http://schemas.microsoft.com/exchange/services/2006/types", nullptr, nullptr},
    {"m", "http://schemas.microsoft.com/exchange/services/2006/messages", nullptr, nullptr},
    {nullptr, nullptr, nullptr, nullptr}};

namespace {

std::vector<std::string> read_answers(const std::string& folder) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> answers;
  for (const auto& path : paths) {
    std::ifstream file(path, std::ios::binary);
    answers.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return answers;
}

/// Calendar items in one answer.
std::size_t parse(soap* context, std::string_view text) {
  context->user = &text;
  if (soap_begin_recv(context) != SOAP_OK) bench::fail("an answer is no XML");
  const auto* envelope = ewswire::soap_get_s__EnvelopeType(context, nullptr, "s:Envelope", nullptr);
  if (envelope == nullptr || envelope->s__Body == nullptr || soap_end_recv(context) != SOAP_OK)
    bench::fail("an answer is no complete SOAP envelope");
  std::size_t items = 0;
  if (const auto* response = envelope->s__Body->m__GetItemResponse; response != nullptr)
    for (const auto& message : response->ResponseMessages.GetItemResponseMessage)
      if (message.Items != nullptr) items += message.Items->CalendarItem.size();
  soap_destroy(context);
  soap_end(context);
  return items;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) bench::fail("usage: bench-ews-floor ANSWERS COLLECTION_URL ACCOUNT|- CORPUS");
  const auto answers = read_answers(argv[1]);
  const std::string account = argv[3];
  const bench::Target target{argv[2], account == "-" ? "" : account, 1};
  const auto resources = bench::read_corpus(argv[4]);

  const double began = bench::now();
  const double cpu_began = bench::cpu_seconds();
  soap* context = soap_new2(SOAP_ENC_XML | SOAP_C_UTFSTRING, SOAP_ENC_XML | SOAP_C_UTFSTRING);
  soap_set_namespaces(context, namespaces);
  context->maxlength = 256L << 20;
  context->frecv = [](soap* from, char* to, size_t size) {
    auto& text = *static_cast<std::string_view*>(from->user);
    const size_t taken = text.copy(to, size);
    text.remove_prefix(taken);
    return taken;
  };
  std::size_t items = 0;
  std::size_t bytes = 0;
  for (const auto& answer : answers) {
    items += parse(context, answer);
    bytes += answer.size();
  }
  soap_free(context);
  const double parsed = bench::cpu_seconds() - cpu_began;
  bench::put_all(target, resources);
  std::printf(
      "{\"answers\":%zu,\"bytes\":%zu,\"items\":%zu,\"puts\":%zu,\"seconds\":%.6f,\"cpu_seconds\":%.6f,"
      "\"parse_cpu_seconds\":%.6f}\n",
      answers.size(), bytes, items, resources.size(), bench::now() - began, bench::cpu_seconds() - cpu_began, parsed);
}
