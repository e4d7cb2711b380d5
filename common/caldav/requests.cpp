// SPDX-License-Identifier: GPL-3.0-or-later
#include "caldav/impl.hpp"
#include "util/text.hpp"

namespace caravan::caldav {

Client::Impl::Impl(ClientOptions given) : options(std::move(given)), http(options.http) {
  origin = http::origin_of(options.base_url);
  std::string path = http::path_of(options.base_url);
  base = decode_href(path.substr(0, path.find('?')));
  if (options.server) {
    server = *options.server;
    settled = true;
  }
}

std::string Client::Impl::url_of(const Href& href) const { return origin + encode_href(href); }

http::Request Client::Impl::request(std::string method, const Href& href) const {
  http::Request made;
  made.method = std::move(method);
  made.url = url_of(href);
  if (quirks().after_answer == AfterAnswer::closed_silently && !proxied)
    made.headers.push_back({"Connection", "close"});
  return made;
}

http::Request Client::Impl::xml_request(std::string method, const Href& href, std::string body) const {
  http::Request made = request(std::move(method), href);
  made.headers.push_back({"Content-Type", "application/xml; charset=utf-8"});
  made.body = std::string(kDavHeader) + std::move(body);
  return made;
}

Result<http::Response> Client::Impl::send(const http::Request& request, std::stop_token stop) {
  if (origin.empty())
    return make_error(Fault::malformed, "\"" + options.base_url + "\" is not an http or https address.", "",
                      "Correct caldav.url.");
  auto response = http.perform(request, std::move(stop));
  if (response) learn(*response);
  return response;
}

void Client::Impl::learn(const http::Response& response) {
  // SOGo names itself "SOPE"; any other name is that of a proxy, which keeps its connections or tells.
  if (const auto name = response.headers.get("Server"); !name.empty())
    proxied = name.find("SOPE") == std::string_view::npos;
  if (settled) return;
  Signs signs;
  signs.server_header = std::string(response.headers.get("Server"));
  signs.dav_header = response.headers.joined("DAV");
  signs.powered_by = std::string(response.headers.get("X-Powered-By"));
  signs.path = http::path_of(response.url);
  for (const auto& field : response.headers.fields()) signs.other_headers += text::lower(field.name) + " ";
  server = detect(signs);
  settled = server != Server::generic;
}

Result<MultistatusEnd> Client::Impl::rows_of(const http::Request& request, const http::Response& response,
                                             const std::function<void(Row&&)>& on_row) {
  if (response.status != 207) return answer_error(request, response);
  auto end = parse_multistatus(response.body, on_row);
  if (!end) {
    Error error = std::move(end).error();
    error.what = request.method + " " + request.url + ": " + error.what;
    if (error.remedy.empty() && error.fault == Fault::malformed) error.remedy = kNoCaldavService;
    return error;
  }
  return end;
}

Status Client::Impl::propfind(const Href& href, Depth depth, std::string_view props, std::stop_token stop,
                              http::Redirects redirects, const std::function<void(Row&&)>& on_row,
                              std::string* answered_url) {
  std::string body =
      "<D:propfind xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\" "
      "xmlns:S=\"http://calendarserver.org/ns/\" xmlns:A=\"http://apple.com/ns/ical/\"><D:prop>";
  body.append(props).append("</D:prop></D:propfind>");
  http::Request asked = xml_request("PROPFIND", href, std::move(body));
  asked.headers.push_back({"Depth", depth == Depth::zero ? "0" : "1"});
  asked.redirects = redirects;
  if (depth == Depth::one) asked.timeout = options.listing_timeout;
  CARAVAN_TRY(response, send(asked, std::move(stop)));
  std::optional<Error> refused;
  const std::string answered_path = http::path_of(response.url);
  if (answered_url != nullptr) *answered_url = response.url;
  CARAVAN_CHECK(rows_of(asked, response, [&](Row&& row) {
    // Xandikos answers for a missing resource with 207 and an inner 404; it is the row of the resource itself.
    if (row.status && *row.status / 100 != 2 &&
        (depth == Depth::zero || same_collection(decode_href(row.href), href) || row.href.empty())) {
      refused = row_error("PROPFIND " + asked.url, *row.status, row.conditions);
      return;
    }
    on_row(std::move(row));
  }));
  if (refused) return std::move(*refused);
  return {};
}

}  // namespace caravan::caldav
