// SPDX-License-Identifier: GPL-3.0-or-later
// What must hold between keys: required ones, URLs, templates, basic auth only over TLS.
#pragma once
#include "config/reader.hpp"

namespace caravan::config {

/// Adds a problem to `reader` for everything that does not fit together; completes what is derived.
void check(Reader& reader, Config& config);

/// An http(s) URL in its parts; false where it is none.
struct Url {
  std::string scheme, host;
  bool has_user = false;
};
bool parse_url(const std::string& text, Url& out);
bool is_loopback(const std::string& host) noexcept;

}  // namespace caravan::config
