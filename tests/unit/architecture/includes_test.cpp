// SPDX-License-Identifier: GPL-3.0-or-later
// Who may include whom (docs/architecture.md):
//   util <- model <- {sync pure, ical, ews mapping} <- {ews, caldav, store, notify} <- sync engine <- app <- programs
// and which folder owns which library. A new folder or a new library is entered here, by intent.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "unit/architecture/tree.hpp"

namespace caravan::architecture {
namespace {

using Folders = std::set<std::string>;

/// The longest entry that is a prefix of a file's path without its ending decides.
const std::map<std::string, Folders>& may_include() {
  static const Folders pure = {"util", "model", "sync"};
  static const Folders engine = {"util", "model", "sync", "ical", "store"};
  static const Folders adapters = {"util", "model", "sync", "ical", "store", "ews", "caldav", "http", "config", "app"};
  static const Folders pass = {"util",   "model", "sync",   "ical", "store", "ews",
                               "caldav", "http",  "config", "app",  "log",   "adapters"};
  static const Folders program = {"util",    "model",  "sync",   "ical", "store", "config", "app",   "log",
                                  "metrics", "notify", "exodus", "gobi", "http",  "ews",    "caldav"};
  static const Folders live = {"util",   "model", "sync", "ical",    "store", "ews",   "caldav", "http",
                               "config", "app",   "log",  "metrics", "pass",  "admin", "unseal"};
  static const Folders telling = {"util", "model", "sync",    "ical", "store", "http",  "notify",         "config",
                                  "app",  "log",   "metrics", "pass", "live",  "admin", "notify_channels"};
  static const std::map<std::string, Folders> table = {
      {"common/util/", {"util"}},
      {"common/model/", {"util", "model"}},
      {"common/ical/", {"util", "model", "ical"}},
      {"common/http/", {"util", "http"}},
      {"common/store/", {"util", "store"}},
      {"common/config/", {"util", "config"}},
      {"common/log/", {"util", "log"}},
      {"common/metrics/", {"util", "metrics"}},
      {"common/notify/", {"util", "model", "sync", "ical", "notify"}},
      {"common/notify/channels/", {"util", "model", "ical", "http", "notify"}},
      {"common/ews/", {"util", "model", "http", "ews"}},
      {"common/ews/mapping/", {"util", "model", "ews"}},
      {"common/caldav/", {"util", "http", "caldav"}},
      {"common/sync/", pure},
      {"common/sync/ports", pure},
      {"common/sync/spool", pure},
      {"common/sync/engine", engine},
      {"common/app/", {"util", "app"}},
      {"common/app/adapters/", adapters},
      {"common/app/admin/", {"util", "http", "metrics", "store", "log", "app"}},
      {"common/app/pass/", pass},
      {"common/app/live/", live},
      {"common/app/notify/", telling},
      {"exodus/", program},
      {"gobi/", program},
      {"cexsy/", program},
      {"notifyd/", program},
      {"caspi/", program},
      {"caravan/", program},
  };
  return table;
}

/// Prefix of an include -> the prefixes of the files that may use it. What is not listed is nobody's.
const std::map<std::string, std::vector<std::string>>& owners() {
  static const std::map<std::string, std::vector<std::string>> table = {
      {"libxml/", {"common/caldav/", "common/ews/attachment_reader"}},
      {"curl/", {"common/http/"}},
      {"boost/", {"common/http/"}},
      {"libical/", {"common/ical/"}},
      {"unicode/", {"common/ical/", "common/ews/mapping/", "common/notify/"}},
      {"sqlite3.h", {"common/store/sqlite/"}},
      {"pqxx/", {"common/store/postgres/"}},
      {"toml++/", {"common/config/"}},
      {"spdlog/", {"common/log/"}},
      {"fmt/", {"common/log/"}},
      {"prometheus/", {"common/metrics/"}},
      {"CLI/", {"exodus/cli/"}},
      {"nlohmann/",
       {"common/sync/engine_", "common/ews/oauth2", "common/ews/mapping/kept_text", "common/app/", "common/notify/",
        "exodus/"}},
      {"openssl/", {"common/util/"}},
      {"sodium.h", {"common/util/seal"}},
      {"gmime/", {"common/notify/channels/mail"}},
      {"tl/expected.hpp", {"common/util/result"}},
      {"stdsoap2.h", {"common/ews/wire/"}},
  };
  return table;
}

const std::set<std::string>& system_headers() {
  static const std::set<std::string> table = {"unistd.h", "fcntl.h", "signal.h", "poll.h", "locale.h", "stdlib.h"};
  return table;
}

const std::vector<SourceFile>& sources() {
  static const auto all = files({"common", "exodus", "gobi", "cexsy", "caspi", "caravan"}, {".cpp", ".hpp"});
  return all;
}

bool is_generated(const std::string& include) { return include.starts_with("ewswire"); }

std::vector<std::string> wrong_project_includes() {
  std::vector<std::string> out;
  for (const auto& source : sources()) {
    const Folders* allowed = nullptr;
    std::size_t longest = 0;
    for (const auto& [prefix, folders] : may_include())
      if (source.path.starts_with(prefix) && prefix.size() >= longest) allowed = &folders, longest = prefix.size();
    for (const auto& include : project_includes(source)) {
      if (is_generated(include)) {
        if (!source.path.starts_with("common/ews/wire/")) out.push_back(source.path + " includes " + include);
        continue;
      }
      if (allowed == nullptr || !allowed->contains(include.substr(0, include.find('/'))))
        out.push_back(source.path + " includes " + include);
    }
  }
  return out;
}

/// The pure core knows neither the engine nor its ports.
std::vector<std::string> impure_core() {
  std::vector<std::string> out;
  for (const auto& source : sources()) {
    if (!source.path.starts_with("common/sync/")) continue;
    const std::string name = source.path.substr(std::string("common/sync/").size());
    if (name.starts_with("engine") || name.starts_with("ports") || name.starts_with("spool")) continue;
    for (const auto& include : project_includes(source))
      if (include.starts_with("sync/engine") || include.starts_with("sync/ports") || include.starts_with("sync/spool"))
        out.push_back(source.path + " includes " + include);
  }
  return out;
}

std::vector<std::string> wrong_library_includes() {
  std::vector<std::string> out;
  for (const auto& source : sources()) {
    for (const auto& include : system_includes(source)) {
      bool known =
          include.find('.') == std::string::npos && include.find('/') == std::string::npos;  // the standard library
      known = known || include.starts_with("sys/") || system_headers().contains(include);
      for (const auto& [prefix, paths] : owners()) {
        if (!include.starts_with(prefix)) continue;
        for (const auto& path : paths) known = known || source.path.starts_with(path);
      }
      if (!known) out.push_back(source.path + " includes <" + include + ">");
    }
  }
  return out;
}

/// caravan_x of a USES list that the include table does not allow for the folder.
std::vector<std::string> wrong_links() {
  std::vector<std::string> out;
  for (const auto& source : files({"common"}, {"CMakeLists.txt"})) {
    const auto allowed = may_include().find(folder_of(source.path) + "/");
    if (allowed == may_include().end()) continue;
    bool engine = false;
    for (const auto& line : source.lines) {
      engine = engine || line.find("caravan_engine") != std::string::npos;
      const auto uses = line.find(" USES ");
      if (uses == std::string::npos || engine) continue;
      std::string list = line.substr(uses);
      std::replace(list.begin(), list.end(), ')', ' ');
      for (const auto& name : texts_between({source.path, {list + " "}}, "caravan_", " "))
        if (!allowed->second.contains(name)) out.push_back(source.path + " uses caravan_" + name);
    }
  }
  return out;
}

std::vector<std::string> headers_without_guard() {
  std::vector<std::string> out;
  for (const auto& source : sources())
    if (source.path.ends_with(".hpp") &&
        std::find(source.lines.begin(), source.lines.end(), "#pragma once") == source.lines.end())
      out.push_back(source.path);
  return out;
}

TEST(Includes, FollowTheTable) { EXPECT_THAT(wrong_project_includes(), ::testing::IsEmpty()); }

TEST(Includes, KeepThePureCorePure) { EXPECT_THAT(impure_core(), ::testing::IsEmpty()); }

TEST(Includes, OfALibraryAppearOnlyInTheFolderThatOwnsIt) {
  EXPECT_THAT(wrong_library_includes(), ::testing::IsEmpty());
}

TEST(Includes, AreGuarded) { EXPECT_THAT(headers_without_guard(), ::testing::IsEmpty()); }

TEST(Links, FollowTheTable) { EXPECT_THAT(wrong_links(), ::testing::IsEmpty()); }

}  // namespace
}  // namespace caravan::architecture
