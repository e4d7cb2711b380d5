// SPDX-License-Identifier: GPL-3.0-or-later
#include <unordered_map>

#include "caldav/impl.hpp"
#include "util/text.hpp"

namespace caravan::caldav {
namespace {

constexpr std::size_t kMostPages = 100000;

bool starts_over(const Error& error) {
  // RFC 6578 3.2 says 403 or 409 with valid-sync-token; Xandikos 0.2.8 says 500. Not a lost token: no such collection,
  // wrong credentials, a server that asks to wait, no answer at all.
  if (error.code.starts_with("HTTP 500")) return true;
  if (!error.code.starts_with("HTTP 4") && !error.code.starts_with("HTTP 5")) return false;
  return error.fault != Fault::not_found && !error.code.starts_with("HTTP 401") && error.fault != Fault::retry_later;
}

/// Whether an answer to an initial sync-collection means that there is no such report here.
bool has_no_sync(const Error& error) {
  return error.fault == Fault::unsupported || error.code.starts_with("HTTP 400") ||
         error.code.starts_with("HTTP 403") || error.code.starts_with("HTTP 409") || error.code.starts_with("HTTP 501");
}

/// Later pages win over earlier ones.
void keep_last_of_each(std::vector<Change>& changes) {
  std::unordered_map<Href, std::size_t> last;
  for (std::size_t i = 0; i < changes.size(); ++i) last[changes[i].href] = i;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < changes.size(); ++i)
    if (last[changes[i].href] == i) {
      if (kept != i) changes[kept] = std::move(changes[i]);
      ++kept;
    }
  changes.resize(kept);
}

}  // namespace

/// One answer of sync-collection; true: there are more pages (RFC 6578 3.6).
Result<bool> Client::Impl::sync_page(const Href& collection, const SyncToken& token, Changes& into,
                                     std::stop_token stop) {
  std::string body = "<D:sync-collection xmlns:D=\"DAV:\"><D:sync-token>" + text::escape_xml(token.value) +
                     "</D:sync-token><D:sync-level>1</D:sync-level><D:prop><D:getetag/></D:prop></D:sync-collection>";
  http::Request asked = xml_request("REPORT", collection, std::move(body));
  if (token.empty()) asked.timeout = options.listing_timeout;
  CARAVAN_TRY(response, send(asked, std::move(stop)));
  bool more = false;
  std::optional<Error> refused;
  CARAVAN_TRY(end, rows_of(asked, response, [&](Row&& row) {
                Href href = decode_href(row.href);
                if (same_collection(href, collection)) {
                  if (row.status && *row.status == 507)
                    more = true;
                  else if (row.status && *row.status / 100 != 2)
                    refused = row_error("REPORT " + asked.url, *row.status, row.conditions);
                  return;
                }
                if (href.value.ends_with('/')) return;  // a collection inside
                if (row.status && (*row.status == 404 || *row.status == 410)) {
                  into.changes.push_back({std::move(href), std::nullopt});
                  return;
                }
                // A row with another bad status is there and can't be read: named without an ETag, never left out.
                const Property* etag = row.find(kGetetag);
                into.changes.push_back(
                    {std::move(href), Etag(etag == nullptr ? std::string() : std::string(text::trim(etag->text)))});
              }));
  if (refused) return std::move(*refused);
  into.token = SyncToken(end.sync_token);
  if (into.token.empty())
    return make_error(Fault::unsupported, "REPORT " + asked.url + ": the server gave no sync-token.", "no-sync-token",
                      std::string(kNoCaldavService));
  return more;
}

Result<Changes> Client::Impl::sync_pages(const Href& collection, const SyncToken& token, std::stop_token stop) {
  Changes changes;
  changes.full = token.empty();
  SyncToken at = token;
  for (std::size_t page = 0; page < kMostPages; ++page) {
    CARAVAN_TRY(more, sync_page(collection, at, changes, stop));
    if (!more) {
      if (page > 0) keep_last_of_each(changes.changes);
      // A complete listing has no use for what is gone (Radicale 3.1.8 names old deletions in it).
      if (changes.full) std::erase_if(changes.changes, [](const Change& change) { return !change.etag; });
      return changes;
    }
    if (changes.token == at)
      return make_error(
          Fault::malformed,
          "The server announced more changes of " + collection.value + " and gave the same sync-token again.",
          "HTTP 507", "Look into the server's log, and tell its maker.");
    at = changes.token;
  }
  return make_error(Fault::malformed, "The changes of " + collection.value + " do not come to an end.", "endless-pages",
                    "Look into the server's log, and tell its maker.");
}

Result<std::string> Client::Impl::ctag(const Href& collection, std::stop_token stop) {
  std::string found;
  CARAVAN_CHECK(
      propfind(collection, Depth::zero, "<S:getctag/>", std::move(stop), http::Redirects::returned, [&](Row&& row) {
        if (const auto* property = row.find(kCtag)) found = std::string(text::trim(property->text));
      }));
  return found;
}

Result<Listing> Client::Impl::list_by_propfind(const Href& collection, std::stop_token stop) {
  // The ctag first: what changes during the listing is then seen once more, never missed.
  CARAVAN_TRY(tag, ctag(collection, stop));
  Listing listing;
  CARAVAN_CHECK(
      propfind(collection, Depth::one, "<D:getetag/><D:resourcetype/>", std::move(stop), http::Redirects::returned,
               [&](Row&& row) {
                 Href href = decode_href(row.href);
                 if (same_collection(href, collection) || href.value.ends_with('/')) return;
                 if (const auto* type = row.find("{DAV:}resourcetype"); type != nullptr && !type->elements.empty())
                   return;
                 const Property* etag = row.find(kGetetag);
                 listing.resources.push_back(
                     {std::move(href), Etag(etag == nullptr ? std::string() : std::string(text::trim(etag->text)))});
               }));
  listing.token = SyncToken(std::string(kCtagToken) + tag);
  return listing;
}

Result<Listing> Client::Impl::list(const Href& collection, std::stop_token stop) {
  if (without_sync || quirks().list_by == ListBy::propfind) return list_by_propfind(collection, std::move(stop));
  auto changes = sync_pages(collection, SyncToken(), stop);
  if (!changes) {
    // Of a server that is known to have the report a refusal is an error, and PROPFIND would be no way out (Radicale).
    if (server != Server::generic || !has_no_sync(changes.error())) return std::move(changes).error();
    auto listing = list_by_propfind(collection, std::move(stop));
    if (listing) without_sync = true;
    return listing;
  }
  Listing listing;
  listing.token = std::move(changes->token);
  listing.resources.reserve(changes->changes.size());
  for (auto& change : changes->changes) listing.resources.push_back({std::move(change.href), std::move(*change.etag)});
  return listing;
}

Result<Changes> Client::Impl::sync(const Href& collection, const SyncToken& token, std::stop_token stop) {
  if (token.value.starts_with(kCtagToken)) {
    CARAVAN_TRY(tag, ctag(collection, stop));
    if (!tag.empty() && token.value.substr(kCtagToken.size()) == tag) return Changes{{}, token, false};
  } else if (!token.empty()) {
    auto changes = sync_pages(collection, token, stop);
    if (changes || !starts_over(changes.error())) return changes;
  }
  CARAVAN_TRY(listing, list(collection, std::move(stop)));
  Changes changes;
  changes.full = true;
  changes.token = std::move(listing.token);
  changes.changes.reserve(listing.resources.size());
  for (auto& resource : listing.resources)
    changes.changes.push_back({std::move(resource.href), std::move(resource.etag)});
  return changes;
}

}  // namespace caravan::caldav
