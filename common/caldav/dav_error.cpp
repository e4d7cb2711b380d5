// SPDX-License-Identifier: GPL-3.0-or-later
#include "caldav/impl.hpp"
#include "util/text.hpp"

namespace caravan::caldav {
namespace {

std::string local_names(const std::vector<std::string>& conditions) {
  std::string out;
  for (const auto& name : conditions) {
    if (!out.empty()) out += ", ";
    out += name.substr(name.find('}') + 1);
  }
  return out;
}

/// Preconditions that mean: what was sent can't be stored here as it is (RFC 4791 5.3.2.1).
bool refuses_the_object(const DavError& error) {
  return error.says("valid-calendar-data") || error.says("valid-calendar-object-resource") ||
         error.says("supported-calendar-data") || error.says("supported-calendar-component") ||
         error.says("min-date-time") || error.says("max-date-time") || error.says("max-instances") ||
         error.says("max-attendees-per-instance");
}

void refine(Error& error, const DavError& dav, const http::Response& response) {
  if (!dav.conditions.empty()) {
    error.what += " The server names: " + local_names(dav.conditions) + ".";
    error.code += " " + local_names(dav.conditions);
  }
  if (refuses_the_object(dav)) {
    error.fault = Fault::malformed;
    error.remedy = "The object is parked; see its report for what this server does not accept.";
  } else if (dav.says("max-resource-size")) {
    error.fault = Fault::unsupported;
    error.remedy = "The object is larger than the server allows: raise its limit, or lower sync.max_attachment_mb.";
  } else if (dav.says("quota-not-exceeded") || dav.says("sufficient-disk-space")) {
    error.fault = Fault::retry_later;
    error.remedy = "The server's storage or quota is full: make room.";
  } else if (dav.says("need-privileges") && response.status == 403) {
    error.remedy = "Grant the account this right on the collection.";
  }
}

/// Where neither the status nor the body told what to do.
std::string remedy_of(const Error& error) {
  if (error.fault == Fault::not_found)
    return "Check caldav.home and caldav.calendar. Where everything is answered so, check that caldav.url is the "
           "address of the CalDAV service itself; run `exodus-cli doctor`.";
  if (error.fault == Fault::retry_later || error.fault == Fault::in_doubt || error.code.starts_with("HTTP 412"))
    return {};
  return std::string(kNoCaldavService);
}

/// The inner status of a refusal in a 207 counts as the answer's.
http::Response with_inner_status(const http::Response& response, const DavError& dav) {
  http::Response inner = response;
  inner.body.clear();
  if (response.status == 207 && dav.status != 0) inner.status = dav.status;
  return inner;
}

}  // namespace

Error answer_error(const http::Request& request, const http::Response& response) {
  const DavError dav = parse_error(response.body);
  http::Response inner = with_inner_status(response, dav);
  if (inner.status / 100 == 2)
    return make_error(Fault::malformed,
                      request.method + " " + request.url + " was answered " + std::to_string(response.status) +
                          ", which means nothing here.",
                      "HTTP " + std::to_string(response.status), std::string(kNoCaldavService));
  Error error = http::status_error(request, inner);
  refine(error, dav, inner);
  if (error.remedy.empty()) error.remedy = remedy_of(error);
  return error;
}

Error making_error(const http::Request& request, const http::Response& response) {
  Error error = answer_error(request, response);
  if (response.status == 409)
    error.remedy =
        "The server has no place for it: check caldav.home, and that the server has this user, or make the user's "
        "calendar home there.";
  else if (response.status == 403)
    error.remedy =
        "Grant this account the right to make calendars in this home, or make the home there and check "
        "caldav.home.";
  return error;
}

Error row_error(const std::string& what, int status, const std::vector<std::string>& conditions) {
  std::string text = what + ": the server answered " + std::to_string(status) + " for it";
  if (!conditions.empty()) text += " (" + local_names(conditions) + ")";
  Error error =
      make_error(http::status_fault(status).value_or(Fault::malformed), text + ".", "HTTP " + std::to_string(status));
  error.remedy = status == 401 || status == 403 ? "Check the account's rights on this path." : remedy_of(error);
  return error;
}

Result<PutOutcome> put_outcome(const http::Request& request, const http::Response& response, const Href& href) {
  // RFC 9110 9.3.4; everything else, 207 above all (Xandikos), is no success.
  if (response.status == 200 || response.status == 201 || response.status == 204) {
    Stored stored;
    stored.href = href;
    const auto location = response.headers.get("Location");
    if (response.status == 201 && !location.empty())
      stored.href = decode_href(http::path_of(http::resolve_location(response.url, location)));
    if (const auto etag = response.headers.get("ETag"); !etag.empty()) stored.etag = Etag(std::string(etag));
    return PutOutcome(std::move(stored));
  }
  const DavError dav = parse_error(response.body);
  const http::Response inner = with_inner_status(response, dav);
  // RFC 4791 5.3.2.1 no-uid-conflict; RFC 6638 3.2.4.1 (Cyrus, another collection); SOGo 5.8 says it in plain text
  // only.
  const bool conflict = dav.says("no-uid-conflict") || dav.says("unique-scheduling-object-resource") ||
                        (response.status == 409 && response.body.find("UID already in use") != std::string::npos);
  if (conflict) {
    UidConflict found;
    if (dav.href && !dav.href->empty() && decode_href(*dav.href) != href) found.other = decode_href(*dav.href);
    found.detail = dav.conditions.empty() ? "the UID is in use" : local_names(dav.conditions);
    return PutOutcome(std::move(found));
  }
  if (inner.status / 100 == 2) {
    Error error =
        make_error(Fault::in_doubt,
                   request.method + " " + request.url + " was answered " + std::to_string(response.status) +
                       " without a clear outcome.",
                   "HTTP " + std::to_string(response.status), "Nothing needs to be done: what is stored is looked at.");
    return error;
  }
  Error error = http::status_error(request, inner);
  if (inner.status == 409) {  // RFC 4918 9.7.1: there is no such collection
    error.fault = Fault::not_found;
    error.remedy = "Check that the collection still exists on the server.";
  }
  refine(error, dav, inner);
  if (error.remedy.empty() && error.fault == Fault::malformed)
    error.remedy = "The object is parked; see its report, and the server's log for what it does not accept.";
  else if (error.remedy.empty())
    error.remedy = remedy_of(error);
  return error;
}

Status remove_outcome(const http::Request& request, const http::Response& response) {
  if (response.status == 200 || response.status == 202 || response.status == 204) return {};
  return answer_error(request, response);
}

bool same_collection(const Href& first, const Href& second) noexcept {
  const auto bare = [](const std::string& path) {
    std::string_view view = path;
    if (view.ends_with('/')) view.remove_suffix(1);
    return view;
  };
  return bare(first.value) == bare(second.value);
}

}  // namespace caravan::caldav
