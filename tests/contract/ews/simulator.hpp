// SPDX-License-Identifier: GPL-3.0-or-later
// An exchange-sim process of a test's own, its control endpoint, and Clients that talk to it.
#pragma once
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "ews/client.hpp"
#include "http/client.hpp"

namespace caravan::ews::test {

using Json = nlohmann::json;

/// Whether the binary was built beside the tests.
bool simulator_is_built();

class Simulator {
 public:
  /// Starts on a free port; `arguments` besides --listen and --port-file.
  explicit Simulator(const std::vector<std::string>& arguments);
  ~Simulator();  ///< ends its own process
  Simulator(const Simulator&) = delete;
  Simulator& operator=(const Simulator&) = delete;

  [[nodiscard]] std::string url() const { return base_ + "/EWS/Exchange.asmx"; }
  [[nodiscard]] std::string base() const { return base_; }
  /// The control endpoint; throws where it does not answer 200.
  Json get(const std::string& path);
  Json post(const std::string& path, const Json& body = Json::object());
  void put(const std::string& path, const std::string& text);
  void remove(const std::string& path);
  /// One of its kinds of faults, for the next `count` requests of an operation.
  void fault(const std::string& operation, const std::string& kind, int count = 1, int ms = 0);
  /// SOAP requests of an operation that it saw.
  long requests(const std::string& operation);

 private:
  Json call(const std::string& method, const std::string& path, const std::string& body);
  int pid_ = -1;
  std::string directory_, base_;
  http::Client http_;
};

/// A folder of .ics files for --load; removed with the object.
class IcsFolder {
 public:
  IcsFolder();
  ~IcsFolder();
  IcsFolder(const IcsFolder&) = delete;
  IcsFolder& operator=(const IcsFolder&) = delete;
  void add(const std::string& name, const std::string& text);
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// Basic authentication as the service account "svc", quick retries.
Options service_options(const std::string& url);
Mailbox anna();
/// Pages until the end; fails the test on an error.
std::vector<ItemId> list(Client& client, const FolderId& folder, int page = kMaxChanges);
FolderId default_folder(Client& client);
/// The rows of get_series that are series.
std::vector<Fetched> series_of(FetchedSeries rows);
const Fetched* find(const std::vector<Fetched>& all, const std::string& uid);

}  // namespace caravan::ews::test
