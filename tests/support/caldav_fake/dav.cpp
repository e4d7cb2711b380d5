// SPDX-License-Identifier: GPL-3.0-or-later
#include "dav.hpp"

#include <libxml/parser.h>
#include <libxml/tree.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "util/text.hpp"

namespace caldav_fake {
namespace {

using caravan::text::escape_xml;
using caravan::text::percent_encode;

constexpr const char* kOpen =
    "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<D:multistatus xmlns:D=\"DAV:\" "
    "xmlns:C=\"urn:ietf:params:xml:ns:caldav\" xmlns:S=\"http://calendarserver.org/ns/\">";

/// A request body, read by libxml2's tree.
class Xml {
 public:
  explicit Xml(const std::string& text)
      : document_(xmlReadMemory(text.data(), static_cast<int>(text.size()), nullptr, nullptr,
                                XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_HUGE),
                  &xmlFreeDoc) {}
  [[nodiscard]] const xmlNode* root() const { return document_ ? xmlDocGetRootElement(document_.get()) : nullptr; }

 private:
  std::unique_ptr<xmlDoc, decltype(&xmlFreeDoc)> document_;
};

std::string local(const xmlNode* node) { return reinterpret_cast<const char*>(node->name); }
std::string name_of(const xmlNode* node) {
  const std::string space = node->ns != nullptr ? reinterpret_cast<const char*>(node->ns->href) : "";
  return "{" + space + "}" + local(node);
}
std::string content(const xmlNode* node) {
  xmlChar* text = xmlNodeGetContent(node);
  std::string out = text == nullptr ? "" : reinterpret_cast<const char*>(text);
  xmlFree(text);
  return out;
}
/// All elements below `node` of this local name, in document order.
void collect(const xmlNode* node, const std::string& wanted, std::vector<const xmlNode*>& into) {
  if (node == nullptr) return;
  for (const xmlNode* child = node->children; child != nullptr; child = child->next) {
    if (child->type != XML_ELEMENT_NODE) continue;
    if (local(child) == wanted) into.push_back(child);
    collect(child, wanted, into);
  }
}
std::vector<const xmlNode*> elements(const xmlNode* node) {
  std::vector<const xmlNode*> found;
  for (const xmlNode* child = node == nullptr ? nullptr : node->children; child != nullptr; child = child->next)
    if (child->type == XML_ELEMENT_NODE) found.push_back(child);
  return found;
}
std::vector<const xmlNode*> props(const xmlNode* root) {
  std::vector<const xmlNode*> holders;
  collect(root, "prop", holders);
  return holders.empty() ? std::vector<const xmlNode*>{} : elements(holders.front());
}

Reply plain(int status) { return {status, {}, ""}; }
Reply dav_error(int status, const std::string& inside) {
  return {status,
          {{"Content-Type", "application/xml; charset=utf-8"}},
          "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<D:error xmlns:D=\"DAV:\" "
          "xmlns:C=\"urn:ietf:params:xml:ns:caldav\">" +
              inside + "</D:error>"};
}
Reply multistatus(std::string body) {
  return {207, {{"Content-Type", "application/xml; charset=utf-8"}}, std::move(body) + "</D:multistatus>"};
}

std::string token_of(std::uint64_t sequence) { return "http://caldav-fake.invalid/sync/" + std::to_string(sequence); }
std::string href_of(const std::string& path) { return "<D:href>" + percent_encode(path) + "</D:href>"; }

/// The text of a resource, made up where bodies are discarded.
std::string text_of(const Resource& resource) {
  if (!resource.text.empty()) return resource.text;
  return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//caldav-fake//EN\r\nBEGIN:VEVENT\r\nUID:" + resource.uid +
         "\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260101T090000Z\r\nDTEND:20260101T100000Z\r\nSUMMARY:discarded\r\n"
         "END:VEVENT\r\nEND:VCALENDAR\r\n";
}

std::string home_of(const Asked& asked) { return "/" + (asked.user.empty() ? std::string("user") : asked.user) + "/"; }

/// Inner XML of a collection's property; nullopt: it has none.
std::optional<std::string> collection_property(const Asked& asked, const DavOptions& options,
                                               const Collection* collection, const std::string& path,
                                               const std::string& name) {
  const auto sequence = collection == nullptr ? 0 : collection->sequence;
  if (name == "{DAV:}resourcetype")
    return collection != nullptr && collection->is_calendar ? "<D:collection/><C:calendar/>" : "<D:collection/>";
  if (name == "{DAV:}current-user-principal") return href_of(home_of(asked));
  if (name == "{urn:ietf:params:xml:ns:caldav}calendar-home-set" && path == home_of(asked)) return href_of(path);
  if (name == "{urn:ietf:params:xml:ns:caldav}calendar-user-address-set" && path == home_of(asked))
    return "<D:href>mailto:" + escape_xml(path.substr(1, path.size() - 2)) + "@example.org</D:href>" + href_of(path);
  if (collection == nullptr) return std::nullopt;
  if (name == "{http://calendarserver.org/ns/}getctag") return "\"" + std::to_string(sequence) + "\"";
  if (name == "{DAV:}getetag") return "\"c" + std::to_string(sequence) + "\"";
  if (name == "{DAV:}sync-token" && options.sync_collection) return token_of(sequence);
  if (name == "{urn:ietf:params:xml:ns:caldav}supported-calendar-component-set" && collection->is_calendar)
    return "<C:comp name=\"VEVENT\"/><C:comp name=\"VTODO\"/>";
  if (name == "{DAV:}supported-report-set") {
    std::string set = "<D:supported-report><D:report><C:calendar-multiget/></D:report></D:supported-report>";
    if (options.sync_collection)
      set += "<D:supported-report><D:report><D:sync-collection/></D:report></D:supported-report>";
    return set;
  }
  const auto own = collection->properties.find(name);
  if (own == collection->properties.end()) return std::nullopt;
  return escape_xml(own->second);
}

std::string element(const xmlNode* asked, const std::string& inner) {
  const std::string space = asked->ns != nullptr ? reinterpret_cast<const char*>(asked->ns->href) : "";
  return "<X:" + local(asked) + " xmlns:X=\"" + escape_xml(space) + "\">" + inner + "</X:" + local(asked) + ">";
}

/// One row with what is there and what is not.
template <class Value>
std::string row(const std::string& path, const std::vector<const xmlNode*>& wanted, const Value& value) {
  std::string found, missing;
  for (const xmlNode* property : wanted) {
    const std::optional<std::string> inner = value(name_of(property));
    (inner ? found : missing) += element(property, inner.value_or(""));
  }
  std::string out = "<D:response>" + href_of(path);
  if (!found.empty())
    out += "<D:propstat><D:prop>" + found + "</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat>";
  if (!missing.empty())
    out += "<D:propstat><D:prop>" + missing + "</D:prop><D:status>HTTP/1.1 404 Not Found</D:status></D:propstat>";
  return out + "</D:response>";
}
std::string gone_row(const std::string& path) {
  return "<D:response>" + href_of(path) + "<D:status>HTTP/1.1 404 Not Found</D:status></D:response>";
}
std::string resource_row(const std::string& path, const Resource& resource, const std::vector<const xmlNode*>& wanted) {
  return row(path, wanted, [&](const std::string& name) -> std::optional<std::string> {
    if (name == "{DAV:}getetag") return escape_xml(resource.etag);
    if (name == "{DAV:}resourcetype") return "";
    if (name == "{DAV:}getcontenttype") return "text/calendar; charset=utf-8";
    if (name == "{DAV:}getcontentlength") return std::to_string(resource.size);
    if (name == "{urn:ietf:params:xml:ns:caldav}calendar-data") return escape_xml(text_of(resource));
    return std::nullopt;
  });
}

Reply propfind(Store& store, const DavOptions& options, const Asked& asked) {
  const Xml xml(asked.body);
  const auto wanted = props(xml.root());
  std::string out = kOpen;
  if (!asked.path.ends_with('/')) {
    Collection* parent = store.find(collection_of(asked.path));
    const auto name = asked.path.substr(asked.path.rfind('/') + 1);
    if (parent == nullptr || !parent->resources.contains(name)) return plain(404);
    return multistatus(out + resource_row(asked.path, parent->resources.at(name), wanted));
  }
  const auto collection_row = [&](const std::string& path) {
    const Collection* collection = store.find(path);
    out += row(path, wanted,
               [&](const std::string& name) { return collection_property(asked, options, collection, path, name); });
  };
  Collection* collection = store.find(asked.path);
  if (collection == nullptr && asked.path != "/") return plain(404);
  collection_row(asked.path);
  if (asked.header("Depth") != "0") {
    for (const auto& path : store.children(asked.path)) collection_row(path);
    if (collection != nullptr)
      for (const auto& [name, resource] : collection->resources)
        out += resource_row(asked.path + name, resource, wanted);
  }
  return multistatus(std::move(out));
}

Reply sync_collection(Store& store, const DavOptions& options, const Asked& asked, const xmlNode* root) {
  Collection* collection = store.find(asked.path);
  if (collection == nullptr) return plain(404);
  if (!options.sync_collection) return dav_error(403, "<D:supported-report/>");
  const auto wanted = props(root);
  std::vector<const xmlNode*> tokens;
  collect(root, "sync-token", tokens);
  const std::string token = tokens.empty() ? "" : content(tokens.front());
  std::uint64_t since = 0;
  if (!token.empty()) {
    const std::string prefix = "http://caldav-fake.invalid/sync/";
    if (token.starts_with(prefix)) since = std::strtoull(token.c_str() + prefix.size(), nullptr, 10);
    if (since < collection->oldest_token || since > collection->sequence) {
      switch (options.lost_token) {
        case LostToken::refused_403:
          return dav_error(403, "<D:valid-sync-token/>");
        case LostToken::error_500:
          return plain(500);
        case LostToken::full_list:
          since = 0;
          break;
      }
    }
  }
  std::string out = kOpen;
  std::size_t rows = 0;
  std::uint64_t reached = collection->sequence;
  for (auto at = collection->changes.upper_bound(since); at != collection->changes.end(); ++at) {
    const auto found = collection->resources.find(at->second);
    if (found == collection->resources.end() && since == 0) continue;
    if (options.page != 0 && rows == options.page) {
      reached = std::prev(at)->first;
      out += "<D:response>" + href_of(asked.path) +
             "<D:status>HTTP/1.1 507 Insufficient "
             "Storage</D:status><D:error><D:number-of-matches-within-limits/></D:error>"
             "</D:response>";
      break;
    }
    ++rows;
    if (found == collection->resources.end())
      out += gone_row(asked.path + at->second);
    else
      out += resource_row(asked.path + at->second, found->second, wanted);
  }
  return multistatus(out + "<D:sync-token>" + token_of(reached) + "</D:sync-token>");
}

Reply report(Store& store, const DavOptions& options, const Asked& asked, int short_by) {
  if (asked.header("Content-Type").find("xml") == std::string::npos) return plain(415);
  const Xml xml(asked.body);
  if (xml.root() == nullptr) return plain(400);
  if (local(xml.root()) == "sync-collection") return sync_collection(store, options, asked, xml.root());
  if (local(xml.root()) != "calendar-multiget") return dav_error(403, "<D:supported-report/>");
  const auto wanted = props(xml.root());
  std::string out = kOpen;
  std::vector<const xmlNode*> hrefs;
  for (const xmlNode* child : elements(xml.root()))
    if (local(child) == "href") hrefs.push_back(child);
  hrefs.resize(hrefs.size() - std::min(hrefs.size(), static_cast<std::size_t>(short_by)));
  for (const xmlNode* href : hrefs) {
    const std::string path = caravan::text::percent_decode(content(href));
    Collection* parent = store.find(collection_of(path));
    const auto name = path.substr(path.rfind('/') + 1);
    if (parent == nullptr || !parent->resources.contains(name))
      out += gone_row(path);
    else
      out += resource_row(path, parent->resources.at(name), wanted);
  }
  return multistatus(std::move(out));
}

Reply make_collection(Store& store, const Asked& asked) {
  const std::string path = asked.path.ends_with('/') ? asked.path : asked.path + "/";
  const std::string parent = collection_of(path.substr(0, path.size() - 1));
  if (parent != "/" && store.find(parent) == nullptr) return dav_error(409, "<D:parent-must-exist/>");
  std::map<std::string, std::string> properties;
  const Xml xml(asked.body);
  for (const xmlNode* property : props(xml.root())) {
    const auto name = name_of(property);
    if (name != "{DAV:}resourcetype" && name.find("supported-calendar-component-set") == std::string::npos)
      properties[name] = content(property);
  }
  if (!store.make(path, asked.method == "MKCALENDAR", std::move(properties)))
    return asked.method == "MKCOL" ? plain(405) : dav_error(403, "<D:resource-must-be-null/>");
  return plain(201);
}

Reply proppatch(Store& store, const Asked& asked) {
  Collection* collection = store.find(asked.path);
  if (collection == nullptr) return plain(404);
  const Xml xml(asked.body);
  std::string done;
  for (const xmlNode* property : props(xml.root())) {
    collection->properties[name_of(property)] = content(property);
    done += element(property, "");
  }
  return multistatus(std::string(kOpen) + "<D:response>" + href_of(asked.path) + "<D:propstat><D:prop>" + done +
                     "</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>");
}

/// RFC 9110 13.1: false where the request must be refused with 412.
bool conditions_hold(const Asked& asked, const Resource* resource) {
  const std::string match = asked.header("If-Match"), none = asked.header("If-None-Match");
  if (!match.empty() && (resource == nullptr || (match != "*" && match != resource->etag))) return false;
  return none.empty() || resource == nullptr || (none != "*" && none != resource->etag);
}

Reply put(Store& store, const Asked& asked) {
  if (asked.path.ends_with('/')) {  // the whole collection, as Radicale does
    if (asked.header("If-None-Match") == "*" && store.find(asked.path) != nullptr) return plain(412);
    if (store.find(collection_of(asked.path.substr(0, asked.path.size() - 1))) == nullptr) return plain(409);
    return store.fill(asked.path, asked.body) ? plain(201) : plain(400);
  }
  const std::string path = collection_of(asked.path), name = asked.path.substr(asked.path.rfind('/') + 1);
  Collection* collection = store.find(path);
  if (collection == nullptr || !collection->is_calendar) return plain(409);
  const auto found = collection->resources.find(name);
  if (!conditions_hold(asked, found == collection->resources.end() ? nullptr : &found->second)) return plain(412);
  const bool fresh = found == collection->resources.end();
  std::string other;
  switch (store.put(*collection, name, asked.body, &other)) {
    case PutResult::not_calendar:
      return dav_error(403, "<C:valid-calendar-data/>");
    case PutResult::uid_conflict:
      return dav_error(409, "<C:no-uid-conflict>" + href_of(path + other) + "</C:no-uid-conflict>");
    case PutResult::created:
    case PutResult::replaced:
      break;
  }
  Reply reply = plain(fresh ? 201 : 204);
  if (!store.nasty().no_etag) reply.headers.emplace_back("ETag", collection->resources.at(name).etag);
  return reply;
}

Reply read_or_delete(Store& store, const Asked& asked) {
  if (asked.path.ends_with('/')) {
    if (asked.method == "DELETE") return plain(store.remove_collection(asked.path) ? 204 : 404);
    if (asked.path != "/") return plain(405);
    return {200, {{"Content-Type", "text/plain"}}, "caldav-fake\n"};
  }
  Collection* collection = store.find(collection_of(asked.path));
  const auto name = asked.path.substr(asked.path.rfind('/') + 1);
  if (collection == nullptr || !collection->resources.contains(name)) return plain(404);
  const Resource& resource = collection->resources.at(name);
  if (!conditions_hold(asked, &resource)) return plain(asked.method == "DELETE" ? 412 : 304);
  if (asked.method == "DELETE") {
    store.remove(*collection, name);
    return plain(204);
  }
  return {200, {{"Content-Type", "text/calendar; charset=utf-8"}, {"ETag", resource.etag}}, text_of(resource)};
}

}  // namespace

std::string collection_of(const std::string& path) { return path.substr(0, path.rfind('/') + 1); }

Reply handle(Store& store, const DavOptions& options, const Asked& asked, int short_by) {
  if (asked.path == "/.well-known/caldav") return {301, {{"Location", "/"}}, ""};
  if (asked.path == home_of(asked) && store.find(asked.path) == nullptr) store.make(asked.path, false, {});
  if (asked.method == "PUT") return put(store, asked);
  if (asked.method == "REPORT") return report(store, options, asked, short_by);
  if (asked.method == "PROPFIND") return propfind(store, options, asked);
  if (asked.method == "MKCOL" || asked.method == "MKCALENDAR") return make_collection(store, asked);
  if (asked.method == "PROPPATCH") return proppatch(store, asked);
  if (asked.method == "GET" || asked.method == "HEAD" || asked.method == "DELETE") return read_or_delete(store, asked);
  if (asked.method == "OPTIONS")
    return {200,
            {{"DAV", "1, 3, calendar-access, sync-collection"},
             {"Allow", "OPTIONS, GET, HEAD, PUT, DELETE, PROPFIND, PROPPATCH, REPORT, MKCOL, MKCALENDAR"}},
            ""};
  return plain(405);
}

}  // namespace caldav_fake
