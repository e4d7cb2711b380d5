// SPDX-License-Identifier: GPL-3.0-or-later
// The inside of caldav::Client, spread over several .cpp files by theme. Private to common/caldav.
#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "caldav/client.hpp"
#include "caldav/multistatus.hpp"
#include "caldav/silence.hpp"

namespace caravan::caldav {

inline constexpr std::string_view kDavHeader = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n";
inline constexpr std::string_view kGetetag = "{DAV:}getetag";
inline constexpr std::string_view kCalendarData = "{urn:ietf:params:xml:ns:caldav}calendar-data";
inline constexpr std::string_view kCtag = "{http://calendarserver.org/ns/}getctag";
/// For answers that no CalDAV service gives.
inline constexpr std::string_view kNoCaldavService =
    "Check that caldav.url is the address of the CalDAV service itself, not of a web page or a login proxy; run "
    "`exodus-cli doctor`.";
/// Marks a token of our own making, for servers without sync-collection: what follows is the ctag.
inline constexpr std::string_view kCtagToken = "caravan-ctag:";

enum class Depth : std::uint8_t { zero, one };

class Client::Impl {
 public:
  explicit Impl(ClientOptions given);

  // requests.cpp
  [[nodiscard]] std::string url_of(const Href& href) const;
  [[nodiscard]] http::Request request(std::string method, const Href& href) const;
  /// With an XML body (Xandikos answers 415 to another content type).
  [[nodiscard]] http::Request xml_request(std::string method, const Href& href, std::string body) const;
  Result<http::Response> send(const http::Request& request, std::stop_token stop);
  void learn(const http::Response& response);
  /// PROPFIND: not_found for 404 in either shape, for the row of `href` itself with Depth 0.
  Status propfind(const Href& href, Depth depth, std::string_view props, std::stop_token stop,
                  http::Redirects redirects, const std::function<void(Row&&)>& on_row,
                  std::string* answered_url = nullptr);
  /// Reads a 207, or turns any other answer into an Error.
  Result<MultistatusEnd> rows_of(const http::Request& request, const http::Response& response,
                                 const std::function<void(Row&&)>& on_row);

  // discovery.cpp
  /// MKCOL of a home and of what is missing above it.
  Result<Ensured> make_home(const Href& home, std::stop_token stop, int levels);
  Result<ServerInfo> options_of(const Href& href, std::stop_token stop);
  Result<Discovery> discover(std::stop_token stop);
  Result<std::string> principal_at(const Href& start, std::stop_token stop);
  Result<std::vector<CalendarInfo>> calendars(const Href& href, Depth depth, std::stop_token stop);
  Status set_properties(const Href& collection, const CalendarProperties& properties, std::stop_token stop);
  Result<Ensured> ensure_calendar(const Href& collection, const CalendarProperties& properties, std::stop_token stop);

  // listing.cpp
  Result<Listing> list(const Href& collection, std::stop_token stop);
  Result<Listing> list_by_propfind(const Href& collection, std::stop_token stop);
  Result<Changes> sync(const Href& collection, const SyncToken& token, std::stop_token stop);
  Result<Changes> sync_pages(const Href& collection, const SyncToken& token, std::stop_token stop);
  Result<bool> sync_page(const Href& collection, const SyncToken& token, Changes& into, std::stop_token stop);
  Result<std::string> ctag(const Href& collection, std::stop_token stop);

  // reading.cpp
  using OnAnswer = std::function<void(std::size_t index, Answer answer)>;
  void multiget(const Href& collection, std::span<const Href> hrefs, std::stop_token stop, const OnAnswer& done);
  void multiget_chunk(const Href& collection, std::span<const Href> hrefs, std::size_t first, std::stop_token stop,
                      const OnAnswer& done);
  void single_gets(std::span<const Href> hrefs, const std::vector<std::size_t>& indexes, std::size_t first,
                   std::stop_token stop, const OnAnswer& done);
  /// ETags of some resources by one REPORT; an empty optional: gone.
  Result<std::map<Href, std::optional<Etag>>> etags_of(const Href& collection, std::span<const Href> hrefs,
                                                       std::stop_token stop);

  // writing.cpp
  using Outcome = std::function<void(std::size_t index, Result<PutOutcome> outcome)>;
  [[nodiscard]] http::Request put_request(PutJob&& job) const;
  void put_stream(const std::function<std::optional<PutJob>()>& next, int parallel, std::stop_token stop,
                  const Outcome& done);
  void put_guarded(std::vector<PutJob> jobs, std::size_t first, int parallel, std::stop_token stop,
                   const Outcome& done);
  /// Reports the jobs whose conditions do not hold, and takes them out.
  void look_first(std::vector<std::optional<PutJob>>& jobs, std::size_t first, std::stop_token stop,
                  const Outcome& done);
  /// A spool file gets the agent in a copy, which `file` keeps as long as it is sent.
  Status silence(PutJob& job, SilencedFile& file) const;
  void remove_all(std::span<const RemoveJob> jobs, int parallel, std::stop_token stop,
                  const std::function<void(std::size_t, Status)>& done);

  // writing_silently.cpp
  /// The stored texts as they are, defused or not.
  std::vector<Answer> raw_texts(std::span<const Href> hrefs, std::stop_token stop);
  Result<PutOutcome> put_one(const Href& href, const std::string& text, const Condition& condition,
                             std::stop_token stop);
  [[nodiscard]] http::Request defusing(const Fetched& found) const;
  Result<Fetched> defused_copy(const Href& href, const Etag& before, std::stop_token stop);
  Result<Fetched> defuse(const Fetched& found, std::stop_token stop);
  Result<PutOutcome> put_over_defused(PutJob job, const Fetched& found, std::stop_token stop);
  Result<PutOutcome> put_without_organizer(const PutJob& job, std::stop_token stop);
  void put_silently(std::vector<std::optional<PutJob>>& jobs, std::size_t first, std::stop_token stop,
                    const Outcome& done);
  std::vector<std::optional<RemoveJob>> defuse_all(std::span<const RemoveJob> jobs, int parallel, std::stop_token stop,
                                                   const std::function<void(std::size_t, Status)>& done);

  [[nodiscard]] const Quirks& quirks() const noexcept { return quirks_of(server); }

  ClientOptions options;
  http::Client http;
  std::string origin;
  Href base;
  Server server = Server::generic;
  bool settled = false;       // the server is known; nothing more to learn
  bool proxied = false;       // something else answers in the server's place
  bool without_sync = false;  // sync-collection was refused once
};

// dav_error.cpp: pure, tested on samples.

/// An Error for an answer that is no success, with the precondition that its body names.
[[nodiscard]] Error answer_error(const http::Request& request, const http::Response& response);
/// A refused MKCOL or MKCALENDAR: what the administrator can do.
[[nodiscard]] Error making_error(const http::Request& request, const http::Response& response);
/// The same for one row of a multistatus.
[[nodiscard]] Error row_error(const std::string& what, int status, const std::vector<std::string>& conditions);
/// What a PUT of a resource came to.
[[nodiscard]] Result<PutOutcome> put_outcome(const http::Request& request, const http::Response& response,
                                             const Href& href);
/// What a DELETE came to.
[[nodiscard]] Status remove_outcome(const http::Request& request, const http::Response& response);
/// Whether two hrefs name the same collection, with or without the last slash.
[[nodiscard]] bool same_collection(const Href& first, const Href& second) noexcept;

}  // namespace caravan::caldav
