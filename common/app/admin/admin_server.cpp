// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/admin/admin_server.hpp"

#include "log/log.hpp"

namespace caravan::app {
namespace {

constexpr std::size_t kConnections = 64;
constexpr const char* kPlain = "text/plain; charset=utf-8";

http::Answer answer(int status, const char* type, std::string body) {
  return {status, type, std::move(body), {{"Cache-Control", "no-store"}}};
}

std::string line(const std::string& name, const Status& found) {
  if (found) return name + ": ok\n";
  const Error& error = found.error();
  return name + ": " + error.what + (error.remedy.empty() ? "" : "; " + error.remedy) + "\n";
}

}  // namespace

AdminServer::AdminServer(AdminOptions options, metrics::Registry& registry)
    : options_(std::move(options)), registry_(registry), thread_([this](std::stop_token stop) { work(stop); }) {}

AdminServer::~AdminServer() {
  if (server_) server_->stop(std::chrono::milliseconds(500));
}

Result<std::unique_ptr<AdminServer>> AdminServer::start(AdminOptions options, metrics::Registry& registry) {
  std::unique_ptr<AdminServer> out(new AdminServer(std::move(options), registry));
  http::ServerOptions listen;
  listen.host = out->options_.host;
  listen.port = out->options_.port;
  listen.limits.connections = kConnections;
  listen.limits.body_bytes = 0;
  listen.report = [](const Error& error) { log::failure(log::Level::error, "admin_port_failed", error); };
  std::vector<http::Route> routes{
      {"GET", "/healthz", [](http::IncomingRequest, http::Reply reply) { reply.send(answer(200, kPlain, "ok\n")); }},
      {"GET", "/readyz", out->later(&AdminServer::ready)},
      {"GET", "/metrics", out->later(&AdminServer::numbers)},
  };
  if (out->options_.status) routes.push_back({"GET", "/api/status", out->later(&AdminServer::state)});
  CARAVAN_TRY(server, http::Server::start(std::move(listen), std::move(routes)));
  out->server_ = std::move(server);
  return out;
}

http::Handler AdminServer::later(http::Answer (AdminServer::*make)()) {
  return [this, make](http::IncomingRequest, http::Reply reply) {
    const auto kept = std::make_shared<http::Reply>(std::move(reply));  // std::function has to be copyable
    const std::scoped_lock lock(mutex_);
    tasks_.push_back([this, make, kept] { kept->send((this->*make)()); });
    came_.notify_one();
  };
}

void AdminServer::work(std::stop_token stop) {
  for (;;) {
    std::function<void()> task;
    {
      std::unique_lock lock(mutex_);
      if (!came_.wait(lock, stop, [this] { return !tasks_.empty(); })) return;
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
    try {
      task();
    } catch (const std::exception& problem) {  // the reply that is dropped with the task answers 500
      log::error("admin_port_failed", {{"what", problem.what()}});
    }
  }
}

http::Answer AdminServer::ready() {
  std::string body;
  bool well = !stopping_;
  if (stopping_) body = "program: is being stopped\n";
  for (const ReadinessCheck& check : options_.checks) {
    const Status found = check.check();
    well = well && found.has_value();
    body += line(check.name, found);
  }
  return answer(well ? 200 : 503, kPlain, body.empty() ? "ok\n" : std::move(body));
}

http::Answer AdminServer::numbers() {
  if (options_.refresh) options_.refresh(registry_);
  return answer(200, "text/plain; version=0.0.4; charset=utf-8", registry_.text());
}

http::Answer AdminServer::state() {
  auto document = options_.status();
  if (document) return answer(200, "application/json", std::move(*document));
  return answer(503, kPlain, line("status", document.error()));
}

}  // namespace caravan::app
