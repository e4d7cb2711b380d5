// SPDX-License-Identifier: GPL-3.0-or-later
// exchange-sim: reads the command line, fills the mailboxes, serves until it is told to end.
#include <libxml/parser.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "bytes.hpp"
#include "generator.hpp"
#include "server.hpp"

namespace exchange_sim {
namespace {

struct Arguments {
  std::string listen = "127.0.0.1:0";
  std::string port_file;
  std::vector<std::string> service_users;
  std::vector<std::string> users;
  std::vector<std::string> tokens;
  std::string oauth_client;
  std::string auth = "basic";
  std::vector<std::string> mailboxes;
  std::vector<std::string> loads;
  std::string load_each;
  std::string domain = "example.com";
  std::string zone = "Europe/Berlin";
  std::string generate;
  std::string attachments;
  std::uint64_t attachment_largest = 0;
  std::string schema_version = "Exchange2016";
  std::vector<std::string> denials;
  std::vector<std::string> delegates;
  std::string throttle;
  bool throttle_http = false;
  std::string schema_folder;
  int threads = 4;
  NotificationLimits limits;
  double time_factor = 1;
  bool accept_keeps_id = false;
};

void declare(CLI::App& app, Arguments& args) {
  app.add_option("--listen", args.listen, "ADDRESS:PORT to serve on; port 0 picks a free one");
  app.add_option("--port-file", args.port_file, "file that gets the port when the service is ready");
  app.add_option("--service-user", args.service_users,
                 "NAME:PASSWORD that may impersonate everyone (default svc:svcpw)");
  app.add_option("--user", args.users, "ADDRESS:PASSWORD for access to the own mailbox");
  app.add_option("--oauth-token", args.tokens, "token accepted as Bearer; may impersonate everyone");
  app.add_option("--oauth-client", args.oauth_client, "ID:SECRET for POST /oauth/token");
  app.add_option("--auth", args.auth, "basic, ntlm or both")->check(CLI::IsMember({"basic", "ntlm", "both"}));
  app.add_option("--mailbox", args.mailboxes, "ADDRESS[=ZONE] of an empty mailbox");
  app.add_option("--load", args.loads, "ADDRESS=PATH of an .ics file or a folder of them");
  app.add_option("--load-each", args.load_each, "folder: every .ics file becomes a mailbox");
  app.add_option("--domain", args.domain, "domain of generated and load-each mailboxes");
  app.add_option("--zone", args.zone, "zone of mailboxes made without one");
  app.add_option("--generate", args.generate, "N:M[:SEED]: N mailboxes of M events");
  app.add_option("--attachments", args.attachments, "COUNT:BYTES of attachments for the first mailbox");
  app.add_option("--attachment-largest", args.attachment_largest, "size of one more attachment");
  app.add_option("--schema-version", args.schema_version, "highest accepted RequestServerVersion");
  app.add_option("--deny", args.denials, "ADDRESS=CODE answered to impersonation");
  app.add_option("--delegate", args.delegates, "OWNER=ADDRESS that may use the owner's mailbox");
  app.add_option("--throttle-rate", args.throttle, "R:BURST requests per second");
  app.add_flag("--throttle-http", args.throttle_http, "answer over-use with HTTP 503 and Retry-After");
  app.add_option("--schema", args.schema_folder, "folder with all.xsd: requests that break the schema are refused");
  app.add_option("--max-subscriptions", args.limits.subscriptions, "subscriptions of one mailbox");
  app.add_option("--hanging-connections", args.limits.connections, "open streams of one account");
  app.add_option("--time-factor", args.time_factor, "how much faster the minutes of notifications pass")
      ->check(CLI::PositiveNumber);
  app.add_flag("--accept-keeps-id", args.accept_keeps_id, "accepting a calendar item does not make it anew");
  app.add_option("--threads", args.threads, "threads that serve")->check(CLI::Range(1, 64));
}

/// "a:b" or "a=b" at the first (or last) separator.
std::pair<std::string, std::string> split(const std::string& text, char separator) {
  auto at = text.find(separator);
  if (at == std::string::npos) return {text, {}};
  return {text.substr(0, at), text.substr(at + 1)};
}

Settings settings_of(const Arguments& args) {
  Settings out;
  for (const auto& user : args.service_users) out.service_users.insert(split(user, ':'));
  if (out.service_users.empty()) out.service_users["svc"] = "svcpw";
  out.tokens.insert(args.tokens.begin(), args.tokens.end());
  out.oauth_client = args.oauth_client;
  if (!args.oauth_client.empty() && out.tokens.empty()) out.tokens.insert("exchange-sim-token");
  out.basic = args.auth != "ntlm";
  out.ntlm = args.auth != "basic";
  out.schema_version = args.schema_version;
  for (const auto& pair : args.delegates) {
    auto [owner, delegate] = split(pair, '=');
    out.delegates[to_lower(owner)].insert(to_lower(delegate));
  }
  if (!args.throttle.empty()) {
    auto [rate, burst] = split(args.throttle, ':');
    out.throttle_rate = std::stod(rate);
    out.throttle_burst = burst.empty() ? out.throttle_rate : std::stod(burst);
  }
  out.throttle_http = args.throttle_http;
  out.schema_folder = args.schema_folder;
  out.limits = args.limits;
  out.accept_keeps_id = args.accept_keeps_id;
  return out;
}

void load_each(Server& server, const Arguments& args) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(args.load_each)) {
    if (entry.path().extension() == ".ics") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::set<std::string> taken;
  for (const auto& file : files) {
    auto name = slug(file.stem().string());
    for (int i = 2; !taken.insert(name).second; ++i) name = slug(file.stem().string()) + "-" + std::to_string(i);
    load_path(server, server.world.add_mailbox(name + "@" + args.domain, args.zone), file.string());
  }
}

void fill(Server& server, const Arguments& args) {
  for (const auto& mailbox : args.mailboxes) {
    auto [address, zone] = split(mailbox, '=');
    server.world.add_mailbox(address, zone.empty() ? args.zone : zone);
  }
  for (const auto& load : args.loads) {
    auto [address, path] = split(load, '=');
    load_path(server, server.world.add_mailbox(address, args.zone), path);
  }
  if (!args.load_each.empty()) load_each(server, args);
  if (!args.generate.empty()) generate(server.world, read_plan(args.generate, args.domain, args.zone));
  if (!args.attachments.empty() || args.attachment_largest > 0) {
    auto [count, bytes] = split(args.attachments, ':');
    add_attachments(server.world, count.empty() ? 0 : std::stoul(count), bytes.empty() ? 0 : std::stoull(bytes),
                    args.attachment_largest);
  }
  for (const auto& user : args.users) {
    auto [address, password] = split(user, ':');
    server.world.add_mailbox(address, args.zone).password = password;
  }
  for (const auto& denial : args.denials) {
    auto [address, code] = split(denial, '=');
    server.world.add_mailbox(address, args.zone).deny_code = code;
  }
}

int serve(const Arguments& args) {
  xmlInitParser();
  Server server(settings_of(args));
  fill(server, args);
  auto colon = args.listen.rfind(':');
  if (colon == std::string::npos) throw std::runtime_error("--listen wants ADDRESS:PORT");
  HttpServer http(
      args.listen.substr(0, colon), static_cast<std::uint16_t>(std::stoi(args.listen.substr(colon + 1))),
      [&](const HttpRequest& request, ConnectionState& connection) { return server.handle(request, connection); });
  server.notifications.set_factor(args.time_factor);
  server.notifications.start(http.loop());
  std::cout << "listening on " << http.address() << ":" << http.port() << std::endl;
  if (!args.port_file.empty()) {
    std::ofstream(args.port_file + ".new") << http.port() << "\n";
    std::filesystem::rename(args.port_file + ".new", args.port_file);
  }
  http.run(args.threads);
  return 0;
}

}  // namespace
}  // namespace exchange_sim

int main(int argc, char** argv) {
  CLI::App app("A simulator of Microsoft Exchange's EWS service for tests");
  exchange_sim::Arguments args;
  exchange_sim::declare(app, args);
  CLI11_PARSE(app, argc, argv);
  try {
    return exchange_sim::serve(args);
  } catch (const std::exception& error) {
    std::cerr << "exchange-sim: " << error.what() << "\n";
    return 1;
  }
}
