// SPDX-License-Identifier: GPL-3.0-or-later
#include "contract/caldav/server_process.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <stdexcept>
#include <thread>

namespace caravan::tests {
namespace {

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

bool accepts(int port) {
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(port);
  const bool connected = connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  close(descriptor);
  return connected;
}

std::string radicale_configuration(const TemporaryFolder& folder, int port) {
  const std::string base = folder.path().string();
  return "[server]\nhosts = 127.0.0.1:" + std::to_string(port) +
         "\nmax_connections = 20\nmax_content_length = 100000000\ntimeout = 30\n[auth]\ntype = "
         "htpasswd\nhtpasswd_filename = " +
         base +
         "/users\nhtpasswd_encryption = plain\ndelay = 0\n[rights]\ntype = owner_only\n[storage]\nfilesystem_folder "
         "= " +
         base + "/data\n[logging]\nlevel = warning\n";
}

std::vector<std::string> command_line(const std::string& name, const TemporaryFolder& folder, int port) {
  const std::vector<std::string> python{"/usr/bin/env", "PATH=/usr/bin:/bin", "/usr/bin/python3"};
  std::vector<std::string> command = python;
  if (name == "radicale") {
    folder.write("users", "alice:alicepw\n");
    command.insert(command.end(),
                   {"/usr/bin/radicale", "-C", folder.write("radicale.conf", radicale_configuration(folder, port))});
  } else if (name == "xandikos") {
    command.insert(command.end(),
                   {"/usr/bin/xandikos", "-d", (folder.path() / "data").string(), "--defaults",
                    "--current-user-principal", "/alice/", "-l", "127.0.0.1", "-p", std::to_string(port)});
  } else {
    command = {CALDAV_FAKE_BINARY, "--listen", "127.0.0.1:" + std::to_string(port), "--user", "alice:alicepw"};
  }
  return command;
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "caravan-test-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
  path_ = pattern;
}
TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}
std::string TemporaryFolder::write(const std::string& name, const std::string& text) const {
  const auto file = path_ / name;
  std::ofstream(file, std::ios::binary) << text;
  return file.string();
}

ChildProcess::ChildProcess(const std::vector<std::string>& arguments, const std::string& output_file) {
  std::vector<char*> raw;
  raw.reserve(arguments.size() + 1);
  for (const auto& argument : arguments) raw.push_back(const_cast<char*>(argument.c_str()));
  raw.push_back(nullptr);
  pid_ = fork();
  if (pid_ != 0) return;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int output = open(output_file.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  execv(raw.front(), raw.data());
  _exit(127);
}
ChildProcess::~ChildProcess() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}
bool ChildProcess::running() {
  if (pid_ > 0 && waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = -1;
  return pid_ > 0;
}

int free_port() {
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t length = sizeof address;
  bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &length);
  close(descriptor);
  return ntohs(address.sin_port);
}

bool wait_for_port(int port, ChildProcess& child, int seconds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  while (std::chrono::steady_clock::now() < end && child.running()) {
    if (accepts(port)) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return false;
}

std::string missing_package(const std::string& name) {
  if (name == "fake" || std::filesystem::exists("/usr/bin/" + name)) return {};
  return "the Debian package " + name + " is not installed";
}

std::unique_ptr<CaldavServer> start_caldav_server(const std::string& name, const std::vector<std::string>& more) {
  for (int attempt = 0; attempt < 3; ++attempt) {  // another test may take the port in between
    auto server = std::make_unique<CaldavServer>();
    server->name = name;
    server->folder = std::make_unique<TemporaryFolder>();
    const int port = free_port();
    auto command = command_line(name, *server->folder, port);
    command.insert(command.end(), more.begin(), more.end());
    server->process = std::make_unique<ChildProcess>(command, (server->folder->path() / "log").string());
    if (!wait_for_port(port, *server->process)) continue;
    server->url = "http://127.0.0.1:" + std::to_string(port) + "/";
    server->username = name == "xandikos" ? "" : "alice";
    server->password = name == "xandikos" ? "" : "alicepw";
    server->home = name == "xandikos" ? "/alice/calendars/" : "/alice/";
    return server;
  }
  return nullptr;
}

}  // namespace caravan::tests
