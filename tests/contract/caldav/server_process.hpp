// SPDX-License-Identifier: GPL-3.0-or-later
// Real servers as child processes for tests: a free port on 127.0.0.1, a folder of their own, waited for until they
// answer, ended by their id. Several test programs can run side by side.
#pragma once
#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace caravan::tests {

/// A folder below the system's temporary one, removed with everything in it at the end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// Writes a file in it and returns its path.
  std::string write(const std::string& name, const std::string& text) const;

 private:
  std::filesystem::path path_;
};

/// A child process; it is killed and waited for at the end, and dies with the test if that is killed.
class ChildProcess {
 public:
  ChildProcess(const std::vector<std::string>& arguments, const std::string& output_file);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  [[nodiscard]] bool running();

 private:
  pid_t pid_ = -1;
};

/// A port that nobody listened on a moment ago.
int free_port();
/// Waits until something accepts connections on the port; false after `seconds`, or when the child ended.
bool wait_for_port(int port, ChildProcess& child, int seconds = 20);

/// A running CalDAV server with one account.
struct CaldavServer {
  std::string name;      ///< "fake", "radicale", "xandikos"
  std::string url;       ///< "http://127.0.0.1:12345/"
  std::string username;  ///< empty: no authentication
  std::string password;
  std::string home;  ///< "/alice/"
  std::unique_ptr<TemporaryFolder> folder;
  std::unique_ptr<ChildProcess> process;
};

/// Why a server can't be started here ("package radicale is not installed"); empty: it can.
std::string missing_package(const std::string& name);
/// Starts caldav-fake (with further arguments), radicale or xandikos; null where it does not come up.
std::unique_ptr<CaldavServer> start_caldav_server(const std::string& name, const std::vector<std::string>& more = {});

}  // namespace caravan::tests
