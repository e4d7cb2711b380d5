// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "caldav/types.hpp"
#include "util/digest.hpp"
#include "util/text.hpp"

namespace caravan::caldav {
namespace {

constexpr std::string_view kSlash = "%2F";        // an escaped slash is no path separator (RFC 3986 2.2) ...
constexpr std::string_view kPercent2F = "%252F";  // ... and must stay apart from a literal "%2F"

bool starts_with_ignoring_case(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && text::equal_ignoring_case(text.substr(0, prefix.size()), prefix);
}

}  // namespace

Href decode_href(std::string_view raw) {
  raw = text::trim(raw);
  if (const auto scheme = raw.find("://"); scheme != std::string_view::npos && raw.find('/') == scheme + 1) {
    const auto path = raw.find('/', scheme + 3);
    raw = path == std::string_view::npos ? std::string_view("/") : raw.substr(path);
  }
  std::string out;
  while (!raw.empty()) {
    // Decode up to the next sequence that must stay escaped.
    std::size_t at = raw.find('%');
    while (at != std::string_view::npos && !starts_with_ignoring_case(raw.substr(at), kSlash) &&
           !starts_with_ignoring_case(raw.substr(at), kPercent2F))
      at = raw.find('%', at + 1);
    out += text::percent_decode(raw.substr(0, at));
    if (at == std::string_view::npos) break;
    const auto kept = starts_with_ignoring_case(raw.substr(at), kSlash) ? kSlash : kPercent2F;
    out += kept;
    raw.remove_prefix(at + kept.size());
  }
  return Href(out);
}

std::string encode_href(const Href& href) {
  std::string out;
  std::string_view rest = href.value;
  while (!rest.empty()) {
    std::size_t at = rest.find('%');
    while (at != std::string_view::npos && !rest.substr(at).starts_with(kSlash) &&
           !rest.substr(at).starts_with(kPercent2F))
      at = rest.find('%', at + 1);
    out += text::percent_encode(rest.substr(0, at));
    if (at == std::string_view::npos) break;
    const auto kept = rest.substr(at).starts_with(kSlash) ? kSlash : kPercent2F;
    out += kept;
    rest.remove_prefix(at + kept.size());
  }
  return out;
}

Href child(const Href& collection, std::string_view name) {
  std::string path = collection.value;
  if (path.empty() || path.back() != '/') path += '/';
  return Href(path + std::string(name));
}

Href parent(const Href& href) {
  const auto slash = href.value.find_last_of('/', href.value.size() < 2 ? 0 : href.value.size() - 2);
  return Href(href.value.substr(0, slash + 1));
}

std::string resource_name(const Uid& uid) {
  const auto alphanumeric = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  const std::string& text = uid.value;
  // Radicale refuses a leading dot and long names, Xandikos and SOGo answer 500 to 264 bytes.
  const bool plain = !text.empty() && text.size() <= 151 && alphanumeric(text.front()) &&
                     std::all_of(text.begin(), text.end(),
                                 [&](char c) { return alphanumeric(c) || c == '.' || c == '_' || c == '-'; });
  return plain ? text + ".ics" : "c-" + sha256(text).hex.substr(0, 40) + ".ics";
}

std::string filled_name(const Uid& uid) {
  constexpr std::size_t kLongest = 255;  // of a file's name, in octets
  std::string name = text::lower(uid.value).ends_with(".ics") ? uid.value : uid.value + ".ics";
  return name.size() <= kLongest ? name : std::string();
}

}  // namespace caravan::caldav
