// SPDX-License-Identifier: GPL-3.0-or-later
#include "contract/ews/simulator.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "ical/zone_book.hpp"

namespace caravan::ews::test {
namespace {

std::filesystem::path simulator_path() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / "exchange-sim";
}

std::string make_directory() {
  std::string name = (std::filesystem::temp_directory_path() / "caravan-ews-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
  return name;
}

int start(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), simulator_path().string());
  const int pid = fork();
  if (pid != 0) return pid;
  std::vector<char*> raw;
  for (std::string& argument : arguments) raw.push_back(argument.data());
  raw.push_back(nullptr);
  if (freopen("/dev/null", "w", stdout) == nullptr) _exit(126);
  execv(raw[0], raw.data());
  _exit(127);
}

}  // namespace

bool simulator_is_built() { return std::filesystem::exists(simulator_path()); }

Simulator::Simulator(const std::vector<std::string>& arguments) : directory_(make_directory()), http_(http::Options{}) {
  const std::string port_file = directory_ + "/port";
  std::vector<std::string> all = {"--listen", "127.0.0.1:0", "--port-file", port_file};
  all.insert(all.end(), arguments.begin(), arguments.end());
  pid_ = start(std::move(all));
  for (int i = 0; i < 1500 && !std::filesystem::exists(port_file); ++i) {
    int status = 0;
    if (waitpid(pid_, &status, WNOHANG) == pid_) throw std::runtime_error("exchange-sim ended at once");
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  std::ifstream file(port_file);
  int port = 0;
  file >> port;
  base_ = "http://127.0.0.1:" + std::to_string(port);
}

Simulator::~Simulator() {
  if (pid_ > 0) {
    kill(pid_, SIGTERM);
    waitpid(pid_, nullptr, 0);
  }
  std::filesystem::remove_all(directory_);
}

Json Simulator::call(const std::string& method, const std::string& path, const std::string& body) {
  http::Request request;
  request.method = method;
  request.url = base_ + "/control/" + path;
  request.body = body;
  auto response = http_.perform(request);
  if (!response || response->status != 200)
    throw std::runtime_error("control " + path + ": " + (response ? response->body : response.error().what));
  return response->body.empty() ? Json() : Json::parse(response->body);
}

Json Simulator::get(const std::string& path) { return call("GET", path, {}); }
Json Simulator::post(const std::string& path, const Json& body) { return call("POST", path, body.dump()); }
void Simulator::remove(const std::string& path) { call("DELETE", path, {}); }
void Simulator::put(const std::string& path, const std::string& text) { call("PUT", path, text); }

void Simulator::fault(const std::string& operation, const std::string& kind, int count, int ms) {
  Json rule = {{"operation", operation}, {"kind", kind}, {"count", count}};
  if (ms > 0) rule["ms"] = ms;
  post("faults", rule);
}

long Simulator::requests(const std::string& operation) {
  return get("requests").at("by_operation").value(operation, 0L);
}

IcsFolder::IcsFolder() : path_(make_directory()) {}
IcsFolder::~IcsFolder() { std::filesystem::remove_all(path_); }
void IcsFolder::add(const std::string& name, const std::string& text) { std::ofstream(path_ + "/" + name) << text; }

Options service_options(const std::string& url) {
  Options options;
  options.url = url;
  options.http.auth = http::Auth::basic;
  options.http.username = "svc";
  options.http.password = Secret("svcpw");
  options.zones = ical::system_zone_book();
  options.retry = {4, std::chrono::milliseconds(10), std::chrono::milliseconds(50)};
  return options;
}

Mailbox anna() { return {Address("anna@example.com"), {}}; }

FolderId default_folder(Client& client) {
  auto folders = client.calendar_folders(anna(), FolderScope::default_only);
  EXPECT_TRUE(folders) << folders.error().what;
  return folders ? folders->front().id : FolderId();
}

std::vector<ItemId> list(Client& client, const FolderId& folder, int page) {
  std::vector<ItemId> items;
  SyncState state;
  for (bool last = false; !last;) {
    auto changes = client.sync_folder_items(anna(), folder, state, page);
    EXPECT_TRUE(changes) << changes.error().what;
    if (!changes) return items;
    for (const ItemChange& change : changes->changes) items.push_back(change.item_id);
    state = changes->state;
    last = changes->includes_last;
  }
  return items;
}

std::vector<Fetched> series_of(FetchedSeries rows) {
  std::vector<Fetched> all;
  for (auto& [id, row] : rows) {
    EXPECT_TRUE(row) << row.error().what;
    if (row) all.push_back(std::move(*row));
  }
  return all;
}

const Fetched* find(const std::vector<Fetched>& all, const std::string& uid) {
  for (const Fetched& each : all)
    if (each.series.uid.value == uid) return &each;
  return nullptr;
}

}  // namespace caravan::ews::test
