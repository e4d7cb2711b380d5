// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "caldav/impl.hpp"
#include "util/text.hpp"

namespace caravan::caldav {
namespace {

constexpr std::string_view kDisplayname = "{DAV:}displayname";
constexpr std::string_view kColor = "{http://apple.com/ns/ical/}calendar-color";
constexpr std::string_view kCalendarType = "{urn:ietf:params:xml:ns:caldav}calendar";

std::string text_of(const Row& row, std::string_view name) {
  const auto* property = row.find(name);
  return property == nullptr ? std::string() : std::string(text::trim(property->text));
}

bool has_element(const Property* property, std::string_view name) {
  return property != nullptr &&
         std::find(property->elements.begin(), property->elements.end(), name) != property->elements.end();
}

CalendarInfo info_of(const Row& row) {
  CalendarInfo info;
  info.href = decode_href(row.href);
  if (!info.href.value.ends_with('/')) info.href.value += '/';
  info.displayname = text_of(row, kDisplayname);
  info.color = text_of(row, kColor);
  info.ctag = text_of(row, kCtag);
  info.token = SyncToken(text_of(row, "{DAV:}sync-token"));
  if (const auto* set = row.find("{urn:ietf:params:xml:ns:caldav}supported-calendar-component-set"))
    info.components = set->names;
  if (const auto* reports = row.find("{DAV:}supported-report-set"))
    for (const auto& element : reports->elements) {
      const std::string local = element.substr(element.find('}') + 1);
      if (local != "supported-report" && local != "report") info.reports.push_back(local);
    }
  return info;
}

struct Setting {
  std::string_view element;  // in a prefix of the request
  const std::string* value;
};

std::vector<Setting> settings_of(const CalendarProperties& properties) {
  std::vector<Setting> settings;
  if (!properties.displayname.empty()) settings.push_back({"D:displayname", &properties.displayname});
  if (!properties.color.empty()) settings.push_back({"A:calendar-color", &properties.color});
  if (!properties.description.empty()) settings.push_back({"C:calendar-description", &properties.description});
  return settings;
}

std::string as_xml(const std::vector<Setting>& settings) {
  std::string out;
  for (const auto& setting : settings) {
    out.append("<").append(setting.element).append(">").append(text::escape_xml(text::sanitize(*setting.value)));
    out.append("</").append(setting.element).append(">");
  }
  return out;
}

constexpr std::string_view kNamespaces =
    " xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\" xmlns:A=\"http://apple.com/ns/ical/\"";

bool already_there(const http::Response& response, const DavError& dav) {
  // Radicale 409 and Cyrus 403 with resource-must-be-null, DAViCal and SOGo 405, Xandikos 207 with it inside.
  return response.status == 405 || dav.says("resource-must-be-null");
}

}  // namespace

Result<ServerInfo> Client::Impl::options_of(const Href& href, std::stop_token stop) {
  auto asked = request("OPTIONS", href);
  asked.redirects = http::Redirects::followed;
  CARAVAN_TRY(response, send(asked, stop));
  if (response.status / 100 != 2) return answer_error(asked, response);
  if (!settled) {
    // The page that a browser would see names some servers whose headers do not (Xandikos behind nginx).
    auto page = send(request("GET", href), stop);
    if (page) {
      Signs signs;
      signs.body = page->body.substr(0, 4096);
      signs.server_header = std::string(page->headers.get("Server"));
      signs.dav_header = response.headers.joined("DAV");
      signs.path = http::path_of(page->url);
      server = detect(signs);
    }
    settled = true;
  }
  ServerInfo info;
  info.server = server;
  info.server_header = std::string(response.headers.get("Server"));
  for (const auto& part : text::split(response.headers.joined("DAV"), ','))
    if (!text::trim(part).empty()) info.dav.emplace_back(text::trim(part));
  for (const auto& part : text::split(response.headers.joined("Allow"), ','))
    if (!text::trim(part).empty()) info.allow.emplace_back(text::trim(part));
  return info;
}

/// The current user's principal as the resource at `start` tells it; empty where it doesn't.
Result<std::string> Client::Impl::principal_at(const Href& start, std::stop_token stop) {
  std::string principal;
  CARAVAN_CHECK(propfind(start, Depth::zero, "<D:current-user-principal/>", std::move(stop), http::Redirects::followed,
                         [&](Row&& row) {
                           const auto* property = row.find("{DAV:}current-user-principal");
                           if (property != nullptr && !property->hrefs.empty()) principal = property->hrefs.front();
                         }));
  return principal;
}

Result<Discovery> Client::Impl::discover(std::stop_token stop) {
  std::string principal;
  std::optional<Error> first_failure;
  for (const Href& start : {base, Href("/.well-known/caldav"), Href("/")}) {  // RFC 6764 6
    auto found = principal_at(start, stop);
    if (!found) {
      const auto fault = found.error().fault;
      if (fault == Fault::denied || fault == Fault::cancelled || fault == Fault::retry_later)
        return std::move(found).error();
      if (!first_failure) first_failure = std::move(found).error();
    } else if (!found->empty()) {
      principal = std::move(*found);
      break;
    }
  }
  if (principal.empty()) {
    if (first_failure) return std::move(*first_failure);
    return make_error(Fault::unsupported, "The server at " + origin + " does not say whose account this is.",
                      "no-principal", "Set caldav.home to the path of the calendars, for example \"/{local}/\".");
  }
  const std::string other = http::origin_of(principal);
  if (!other.empty() && !http::may_follow(options.base_url, principal))
    return make_error(Fault::unsupported, "The server at " + origin + " places this account on " + other + ".",
                      "other-host", "Set caldav.url to that address.");
  Discovery discovery;
  discovery.principal = decode_href(principal);
  CARAVAN_CHECK(propfind(discovery.principal, Depth::zero, "<C:calendar-home-set/><C:calendar-user-address-set/>", stop,
                         http::Redirects::followed, [&](Row&& row) {
                           if (const auto* home = row.find("{urn:ietf:params:xml:ns:caldav}calendar-home-set");
                               home != nullptr && !home->hrefs.empty())
                             discovery.home = decode_href(home->hrefs.front());
                           if (const auto* set = row.find("{urn:ietf:params:xml:ns:caldav}calendar-user-address-set"))
                             for (const auto& address : set->hrefs)
                               if (text::lower(address).starts_with("mailto:"))
                                 discovery.addresses.push_back(text::lower(text::percent_decode(address.substr(7))));
                         }));
  if (discovery.home.empty())
    return make_error(Fault::unsupported, "The principal " + discovery.principal.value + " has no calendar home.",
                      "no-calendar-home", "Set caldav.home to the path of the calendars, for example \"/{local}/\".");
  if (!discovery.home.value.ends_with('/')) discovery.home.value += '/';
  if (!settled) {
    Signs signs;
    signs.path = discovery.home.value;
    server = detect(signs);
    settled = server != Server::generic;
  }
  return discovery;
}

Result<std::vector<CalendarInfo>> Client::Impl::calendars(const Href& href, Depth depth, std::stop_token stop) {
  std::vector<CalendarInfo> found;
  CARAVAN_CHECK(propfind(href, depth,
                         "<D:resourcetype/><D:displayname/><A:calendar-color/><S:getctag/><D:sync-token/>"
                         "<C:supported-calendar-component-set/><D:supported-report-set/>",
                         std::move(stop), http::Redirects::returned, [&](Row&& row) {
                           // schedule-inbox and -outbox have types of their own and are no calendars (RFC 6638 2).
                           if (!has_element(row.find("{DAV:}resourcetype"), kCalendarType)) return;
                           CalendarInfo info = info_of(row);
                           const bool events = info.components.empty() ||
                                               std::find(info.components.begin(), info.components.end(), "VEVENT") !=
                                                   info.components.end();
                           if (events || depth == Depth::zero) found.push_back(std::move(info));
                         }));
  return found;
}

Status Client::Impl::set_properties(const Href& collection, const CalendarProperties& properties,
                                    std::stop_token stop) {
  const auto settings = settings_of(properties);
  const auto patch = [&](const std::vector<Setting>& some) -> Status {
    const auto asked = xml_request("PROPPATCH", collection,
                                   "<D:propertyupdate" + std::string(kNamespaces) + "><D:set><D:prop>" + as_xml(some) +
                                       "</D:prop></D:set></D:propertyupdate>");
    CARAVAN_TRY(response, send(asked, stop));
    if (response.status == 200 || response.status == 204) return {};
    std::optional<Error> refused;
    CARAVAN_CHECK(rows_of(asked, response, [&](Row&& row) {
      if (row.worst_status() / 100 != 2)
        refused = row_error("PROPPATCH " + asked.url, row.worst_status(), row.conditions);
    }));
    if (refused) return std::move(*refused);
    return {};
  };
  if (settings.empty()) return {};
  auto together = patch(settings);
  if (together || settings.size() == 1 || together.error().fault == Fault::cancelled) return together;
  // All or nothing (RFC 4918 9.2), or half of it (SOGo 5.8): each on its own. Only the name matters.
  Status name;
  for (const auto& setting : settings) {
    auto one = patch({setting});
    if (!one && setting.element == "D:displayname") name = std::move(one);
  }
  return name;
}

Result<Ensured> Client::Impl::make_home(const Href& home, std::stop_token stop, int levels) {
  auto asked = request("MKCOL", home);
  asked.repeatable = http::Repeatable::yes;
  CARAVAN_TRY(response, send(asked, stop));
  const auto inner = [&](const http::Response& answer) {  // Xandikos refuses inside a 207
    const DavError dav = parse_error(answer.body);
    return answer.status == 207 && dav.status != 0 ? dav.status : answer.status;
  };
  const Href above = parent(home);
  if (inner(response) == 409 && levels > 0 && above.value.size() > 1) {  // RFC 4918 9.3.1: the parents are missing
    CARAVAN_CHECK(make_home(above, stop, levels - 1));
    auto again = send(asked, stop);
    if (!again) return std::move(again).error();
    response = std::move(*again);
  }
  if (response.status == 201) return Ensured::created;
  if (inner(response) == 405) return Ensured::existed;  // somebody was faster
  return making_error(asked, response);
}

Result<Ensured> Client::Impl::ensure_calendar(const Href& collection, const CalendarProperties& properties,
                                              std::stop_token stop) {
  std::string body =
      "<C:mkcalendar" + std::string(kNamespaces) + "><D:set><D:prop>" + as_xml(settings_of(properties)) +
      "<C:supported-calendar-component-set><C:comp name=\"VEVENT\"/></C:supported-calendar-component-set>"
      "</D:prop></D:set></C:mkcalendar>";
  auto asked = xml_request("MKCALENDAR", collection, std::move(body));
  asked.repeatable = http::Repeatable::yes;  // a second one finds what the first one made
  CARAVAN_TRY(response, send(asked, stop));
  if (response.status == 201) {
    const bool keeps = quirks().mkcalendar_keeps == MkcalendarKeeps::all ||
                       (quirks().mkcalendar_keeps == MkcalendarKeeps::displayname && properties.color.empty() &&
                        properties.description.empty());
    // A calendar without its colour is still a calendar.
    if (!keeps) static_cast<void>(set_properties(collection, properties, stop));
    return Ensured::created;
  }
  const DavError dav = parse_error(response.body);
  if (already_there(response, dav)) {
    auto there = calendars(collection, Depth::zero, stop);
    if (!there) return std::move(there).error();
    if (!there->empty()) return Ensured::existed;
    return make_error(Fault::unsupported, collection.value + " exists and is not a calendar.", "not-a-calendar",
                      "Choose another path (caldav.calendar), or remove what is there.");
  }
  Error error = making_error(asked, response);
  if (response.status == 409) error.fault = Fault::not_found;  // the home above is missing
  return error;
}

}  // namespace caravan::caldav
