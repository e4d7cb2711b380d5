// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <unordered_map>

#include "caldav/impl.hpp"
#include "util/text.hpp"

namespace caravan::caldav {
namespace {

std::string multiget_body(std::span<const Href> hrefs, std::string_view props) {
  std::string body = "<C:calendar-multiget xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\"><D:prop>";
  body.append(props).append("</D:prop>");
  for (const auto& href : hrefs)
    body.append("<D:href>").append(text::escape_xml(encode_href(href))).append("</D:href>");
  return body + "</C:calendar-multiget>";
}

Answer answer_of_get(const http::Request& request, Result<http::Response> response, const Href& href) {
  if (!response) return std::move(response).error();
  if (response->status == 404 || response->status == 410) return Gone{};
  if (response->status != 200) return answer_error(request, *response);
  return Fetched{href, Etag(std::string(response->headers.get("ETag"))), std::move(response->body)};
}

bool is_gone(const Row& row) { return row.status && (*row.status == 404 || *row.status == 410); }

}  // namespace

void Client::Impl::single_gets(std::span<const Href> hrefs, const std::vector<std::size_t>& indexes, std::size_t first,
                               std::stop_token stop, const OnAnswer& done) {
  std::vector<http::Request> requests;
  requests.reserve(indexes.size());
  for (const std::size_t index : indexes) requests.push_back(request("GET", hrefs[index]));
  http.perform_all(requests, quirks().best_connections, std::move(stop),
                   [&](std::size_t at, Result<http::Response> response) {
                     if (response) learn(*response);
                     done(first + indexes[at], answer_of_get(requests[at], std::move(response), hrefs[indexes[at]]));
                   });
}

void Client::Impl::multiget_chunk(const Href& collection, std::span<const Href> hrefs, std::size_t first,
                                  std::stop_token stop, const OnAnswer& done) {
  std::unordered_map<std::string_view, std::size_t> wanted;
  for (std::size_t i = 0; i < hrefs.size(); ++i) wanted.emplace(hrefs[i].value, i);
  std::vector<bool> answered(hrefs.size(), false);
  const auto asked = xml_request("REPORT", collection, multiget_body(hrefs, "<D:getetag/><C:calendar-data/>"));
  auto response = send(asked, stop);
  Result<MultistatusEnd> end = MultistatusEnd{};
  if (!response) {
    end = Result<MultistatusEnd>(std::move(response).error());
  } else {
    end = rows_of(asked, *response, [&](Row&& row) {
      const Href href = decode_href(row.href);
      const auto found = wanted.find(href.value);
      if (found == wanted.end() || answered[found->second]) return;
      const Property* data = row.find(kCalendarData);
      const Property* etag = row.find(kGetetag);
      if (!is_gone(row) && data == nullptr) return;  // no text: a GET tells more
      answered[found->second] = true;
      if (is_gone(row)) return done(first + found->second, Gone{});
      done(first + found->second,
           Fetched{href, Etag(etag == nullptr ? std::string() : std::string(text::trim(etag->text))), data->text});
    });
  }
  if (!end && end.error().fault != Fault::malformed && end.error().fault != Fault::unsupported) {
    for (std::size_t i = 0; i < hrefs.size(); ++i)
      if (!answered[i]) done(first + i, end.error());
    return;
  }
  // Rows that are missing (DAViCal leaves out what does not exist), and all of an answer that one poisoned item spoils.
  std::vector<std::size_t> left;
  for (std::size_t i = 0; i < hrefs.size(); ++i)
    if (!answered[i]) left.push_back(i);
  if (!left.empty()) single_gets(hrefs, left, first, std::move(stop), done);
}

void Client::Impl::multiget(const Href& collection, std::span<const Href> hrefs, std::stop_token stop,
                            const OnAnswer& done) {
  const std::size_t size = std::max<std::size_t>(1, options.multiget_size);
  for (std::size_t at = 0; at < hrefs.size(); at += size) {
    const auto chunk = hrefs.subspan(at, std::min(size, hrefs.size() - at));
    if (quirks().read_by == ReadBy::single_gets || chunk.size() == 1) {
      std::vector<std::size_t> all(chunk.size());
      for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
      single_gets(chunk, all, at, stop, done);
    } else {
      multiget_chunk(collection, chunk, at, stop, done);
    }
  }
}

Result<std::map<Href, std::optional<Etag>>> Client::Impl::etags_of(const Href& collection, std::span<const Href> hrefs,
                                                                   std::stop_token stop) {
  const auto asked = xml_request("REPORT", collection, multiget_body(hrefs, "<D:getetag/>"));
  CARAVAN_TRY(response, send(asked, std::move(stop)));
  std::map<Href, std::optional<Etag>> found;
  CARAVAN_CHECK(rows_of(asked, response, [&](Row&& row) {
    const Property* etag = row.find(kGetetag);
    if (is_gone(row))
      found[decode_href(row.href)] = std::nullopt;
    else if (etag != nullptr)
      found[decode_href(row.href)] = Etag(std::string(text::trim(etag->text)));
  }));
  return found;
}

}  // namespace caravan::caldav
