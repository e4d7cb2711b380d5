// SPDX-License-Identifier: GPL-3.0-or-later
// Routes HTTP requests; see server.hpp.
#include "server.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "ics_import.hpp"

namespace exchange_sim {
namespace {

HttpResponse not_found() {
  HttpResponse response;
  response.status = 404;
  response.content_type = "text/plain";
  response.set_body("not found");
  return response;
}

void load_file(Server& server, Mailbox& mailbox, const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  for (auto& series : import_ics(text.str(), {mailbox.address, mailbox.zone})) {
    series.report.mailbox = mailbox.address;
    series.report.file = path.filename().string();
    if (series.item) {
      std::lock_guard lock(mailbox.mutex);
      mailbox.add_item(mailbox.calendar().number, std::move(series.item));
    }
    server.report.add(std::move(series.report));
  }
}

}  // namespace

void load_path(Server& server, Mailbox& mailbox, const std::string& path) {
  if (!std::filesystem::is_directory(path)) return load_file(server, mailbox, path);
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
    if (entry.is_regular_file() && entry.path().extension() == ".ics") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  for (const auto& file : files) load_file(server, mailbox, file);
}

HttpResponse Server::handle(const HttpRequest& request, ConnectionState& connection) {
  auto path = request.target.substr(0, request.target.find('?'));
  if (path.starts_with("/control/")) return answer_control(*this, request);
  if (path == "/oauth/token" && request.method == "POST") return answer_token_request(*this, request);
  if (!equal_ignoring_case(path, "/EWS/Exchange.asmx")) return not_found();
  HttpResponse refusal;
  auto identity = authenticate(*this, request, connection, refusal);
  if (!identity) {
    counters.count_unauthorized();
    return refusal;
  }
  if (request.method != "POST") {
    HttpResponse response;
    response.content_type = "text/html";
    response.set_body("<html><body>exchange-sim</body></html>");
    return response;
  }
  return answer_ews(*this, request, *identity);
}

}  // namespace exchange_sim
