// SPDX-License-Identifier: GPL-3.0-or-later
// caldav-fake: the sockets and the command line. One thread a connection, one lock around the store. See README.md.
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <libxml/parser.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <mutex>
#include <thread>

#include "control.hpp"
#include "util/text.hpp"

namespace {

using namespace caldav_fake;
using Tcp = boost::asio::ip::tcp;
namespace beast = boost::beast;

struct Settings {
  std::string address = "127.0.0.1";
  std::string port = "0";
  std::string port_file;
  std::string server_header = "caldav-fake";
  std::vector<std::string> users;  // NAME:PASSWORD
  Nasty nasty;
  DavOptions dav;
};

struct World {
  explicit World(const Settings& given) : settings(given), store(given.nasty) {}
  const Settings& settings;
  std::mutex mutex;
  Store store;
  Control control;
};

using In = beast::http::request<beast::http::string_body>;
using Out = beast::http::response<beast::http::string_body>;

/// The user of a Basic header; nullopt: wrong or missing where users are set.
std::optional<std::string> user_of(const In& in, const std::vector<std::string>& users) {
  std::string pair;
  const std::string header(in[beast::http::field::authorization]);
  if (header.starts_with("Basic ")) caravan::text::base64_decode(header.substr(6), pair);
  const auto name = pair.substr(0, pair.find(':'));
  if (users.empty() || std::find(users.begin(), users.end(), pair) != users.end()) return name;
  return std::nullopt;
}

enum class Sending { whole, half, nothing };

struct Prepared {
  Reply reply;
  Sending sending = Sending::whole;
  int delay_ms = 0;
};

Prepared process(World& world, Asked& asked, const In& in) {
  Prepared prepared;
  const auto user = user_of(in, world.settings.users);
  if (!user) {
    const std::lock_guard lock(world.mutex);
    world.control.count(asked);
    prepared.reply = {401, {{"WWW-Authenticate", "Basic realm=\"caldav-fake\""}}, ""};
    return prepared;
  }
  asked.user = *user;
  const std::lock_guard lock(world.mutex);
  world.control.count(asked);
  int short_by = 0;
  std::optional<Reply> afterwards;
  for (const auto& fault : world.control.faults_for(asked)) {
    Reply refused{fault.status, {}, ""};
    if (!fault.retry_after.empty()) refused.headers.emplace_back("Retry-After", fault.retry_after);
    if (fault.kind == "delay") prepared.delay_ms += fault.delay_ms;
    if (fault.kind == "short_multiget") short_by += fault.rows;
    if (fault.kind == "drop") prepared.sending = Sending::nothing;
    if (fault.kind == "truncate") prepared.sending = Sending::half;
    if (fault.kind == "status" && fault.after) afterwards = refused;
    if (fault.kind == "status" && !fault.after) {
      prepared.reply = std::move(refused);
      return prepared;
    }
  }
  prepared.reply = handle(world.store, world.settings.dav, asked, short_by);
  if (afterwards) prepared.reply = std::move(*afterwards);
  return prepared;
}

Prepared dispatch(World& world, const In& in) {
  Asked asked;
  asked.method = std::string(in.method_string());
  std::string target(in.target());
  if (const auto mark = target.find('?'); mark != std::string::npos) {
    asked.query = target.substr(mark + 1);
    target.resize(mark);
  }
  asked.path = caravan::text::percent_decode(target);
  asked.body = in.body();
  asked.header = [&](const char* name) { return std::string(in[name]); };
  if (asked.path.starts_with("/control/")) {
    const std::lock_guard lock(world.mutex);
    return {world.control.handle(world.store, asked), Sending::whole, 0};
  }
  return process(world, asked, in);
}

void serve(World& world, Tcp::socket socket) {
  beast::error_code problem;
  socket.set_option(Tcp::no_delay(true), problem);
  beast::flat_buffer buffer;
  for (;;) {
    beast::http::request_parser<beast::http::string_body> parser;
    parser.body_limit(1ULL << 30U);
    parser.header_limit(64 * 1024);
    beast::http::read(socket, buffer, parser, problem);
    if (problem) return;
    const In& in = parser.get();
    Prepared prepared = dispatch(world, in);
    if (prepared.delay_ms > 0) std::this_thread::sleep_for(std::chrono::milliseconds(prepared.delay_ms));
    if (prepared.sending == Sending::nothing) return;
    Out out(static_cast<beast::http::status>(prepared.reply.status), in.version());
    out.set(beast::http::field::server, world.settings.server_header);
    for (const auto& [name, value] : prepared.reply.headers) out.set(name, value);
    out.keep_alive(in.keep_alive());
    const bool no_body = prepared.reply.status == 204 || prepared.reply.status == 304;
    out.body() = std::move(prepared.reply.body);
    if (!no_body) out.prepare_payload();
    if (in.method() == beast::http::verb::head) out.body().clear();
    if (prepared.sending == Sending::half) out.body().resize(out.body().size() / 2);  // less than Content-Length says
    beast::http::write(socket, out, problem);
    if (problem || !in.keep_alive() || prepared.sending == Sending::half) return;
  }
}

[[noreturn]] void usage(const std::string& problem) {
  std::cerr << "caldav-fake: " << problem
            << "\nusage: caldav-fake [--listen ADDRESS:PORT] [--port-file FILE] [--user NAME:PASSWORD]... "
               "[--discard-bodies]\n"
               "  [--server-header TEXT] [--lost-token 403|500|full] [--page ROWS] [--no-sync-collection]\n"
               "  [--nasty rewrite|no-etag|duplicate-uids]...\n";
  std::exit(2);
}

Settings parse(int count, char** arguments) {
  Settings settings;
  for (int i = 1; i < count; ++i) {
    const std::string name = arguments[i];
    const auto value = [&]() -> std::string {
      if (i + 1 >= count) usage(name + " needs a value");
      return arguments[++i];
    };
    if (name == "--listen") {
      const std::string both = value();
      const auto colon = both.rfind(':');
      if (colon == std::string::npos) usage("--listen needs ADDRESS:PORT");
      settings.address = both.substr(0, colon);
      settings.port = both.substr(colon + 1);
    } else if (name == "--port-file") {
      settings.port_file = value();
    } else if (name == "--user") {
      settings.users.push_back(value());
    } else if (name == "--discard-bodies") {
      settings.nasty.discard_bodies = true;
    } else if (name == "--server-header") {
      settings.server_header = value();
    } else if (name == "--no-sync-collection") {
      settings.dav.sync_collection = false;
    } else if (name == "--page") {
      settings.dav.page = static_cast<std::size_t>(std::strtoul(value().c_str(), nullptr, 10));
    } else if (name == "--lost-token") {
      const std::string shape = value();
      if (shape == "403")
        settings.dav.lost_token = LostToken::refused_403;
      else if (shape == "500")
        settings.dav.lost_token = LostToken::error_500;
      else if (shape == "full")
        settings.dav.lost_token = LostToken::full_list;
      else
        usage("--lost-token is 403, 500 or full");
    } else if (name == "--nasty") {
      const std::string kind = value();
      if (kind == "rewrite")
        settings.nasty.rewrite = true;
      else if (kind == "no-etag")
        settings.nasty.no_etag = true;
      else if (kind == "duplicate-uids")
        settings.nasty.duplicate_uids = true;
      else
        usage("--nasty is rewrite, no-etag or duplicate-uids");
    } else {
      usage("unknown argument " + name);
    }
  }
  return settings;
}

int run(const Settings& settings) {
  World world(settings);
  boost::asio::io_context context;
  const Tcp::endpoint endpoint(boost::asio::ip::make_address(settings.address),
                               static_cast<unsigned short>(std::strtoul(settings.port.c_str(), nullptr, 10)));
  Tcp::acceptor acceptor(context, endpoint);
  const auto port = acceptor.local_endpoint().port();
  if (!settings.port_file.empty()) {  // written whole or not at all: a reader never sees half a number
    const std::string draft = settings.port_file + ".new";
    std::ofstream(draft) << port << "\n";
    std::rename(draft.c_str(), settings.port_file.c_str());
  }
  std::cout << "caldav-fake listens on " << settings.address << ":" << port << std::endl;
  for (;;) {
    Tcp::socket socket(context);
    boost::system::error_code problem;
    acceptor.accept(socket, problem);
    if (problem) continue;
    std::thread([&world, taken = std::move(socket)]() mutable {
      try {
        serve(world, std::move(taken));
      } catch (const std::exception& fault) {
        std::cerr << "caldav-fake: " << fault.what() << "\n";
      }
    }).detach();
  }
}

}  // namespace

int main(int count, char** arguments) {
  xmlInitParser();
  std::signal(SIGPIPE, SIG_IGN);
  const auto stop = [](int) { std::_Exit(0); };
  std::signal(SIGTERM, stop);
  std::signal(SIGINT, stop);
  try {
    return run(parse(count, arguments));
  } catch (const std::exception& fault) {
    std::cerr << "caldav-fake: " << fault.what() << "\n";
    return 1;
  }
}
