// SPDX-License-Identifier: GPL-3.0-or-later
// CalDAV over the fake's store: one request in, one answer out. Knows no sockets. Written from the RFCs without a look
// at common/caldav, and sharing no code with it.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "store.hpp"

namespace caldav_fake {

struct Asked {
  std::string method;
  std::string path;  ///< decoded
  std::string query;
  std::string user;  ///< authenticated, or empty
  std::string body;
  std::function<std::string(const char*)> header;
};
struct Reply {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

/// How the fake answers a token that it has forgotten.
enum class LostToken { refused_403, error_500, full_list };

struct DavOptions {
  LostToken lost_token = LostToken::refused_403;
  bool sync_collection = true;
  std::size_t page = 0;  ///< rows of a sync answer before a 507 row; 0: no limit
};

/// `short_by`: rows that a multiget leaves out at its end.
Reply handle(Store& store, const DavOptions& options, const Asked& asked, int short_by);

/// The collection a request is about: the path up to its last slash.
std::string collection_of(const std::string& path);

}  // namespace caldav_fake
