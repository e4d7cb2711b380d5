// SPDX-License-Identifier: GPL-3.0-or-later
// The CalDAV client: one server, one account. Every call blocks, and every failure says what happened where. Success of
// a write is 200, 201 or 204 and nothing else; a 207 is always opened (Xandikos hides refusals in it).
//
// NOT thread-safe: each worker owns a Client; what they share is the limiter and the counter in http::Options. libxml2
// stays in multistatus.cpp.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "caldav/quirks.hpp"
#include "caldav/types.hpp"
#include "http/client.hpp"

namespace caravan::caldav {

struct ClientOptions {
  http::Options http = {};
  std::string base_url;                         ///< "https://dav.example.org/" with whatever path the server wants
  std::optional<Server> server = std::nullopt;  ///< instead of detection
  std::size_t multiget_size = 100;              ///< hrefs per calendar-multiget
  std::chrono::milliseconds fill_timeout = std::chrono::minutes(15);
  std::chrono::milliseconds listing_timeout = std::chrono::minutes(3);
};

class Client {
 public:
  explicit Client(ClientOptions options);
  ~Client();
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;

  /// OPTIONS on `href` (default: the base); also settles which server it is.
  Result<ServerInfo> options(std::stop_token stop = {}, std::optional<Href> href = std::nullopt);
  /// The row in force: the forced or the detected server. Before options() or discover(): what was last known, else
  /// generic.
  [[nodiscard]] const Quirks& quirks() const noexcept;
  /// Lets a worker's Client use what another one found.
  void set_server(Server server) noexcept;
  /// Path of base_url, decoded.
  [[nodiscard]] const Href& base() const noexcept;

  /// RFC 6764 and RFC 4791 6.2.1: principal and home of this account. A home made from a template needs no discovery.
  Result<Discovery> discover(std::stop_token stop = {});
  /// PROPFIND Depth 0, and MKCOL where there is nothing (a home that the user has not visited yet).
  Result<Ensured> ensure_home(const Href& home, std::stop_token stop = {});
  /// MKCALENDAR; `existed` only where it is a calendar indeed, and its properties are then left alone.
  Result<Ensured> ensure_calendar(const Href& collection, const CalendarProperties& properties,
                                  std::stop_token stop = {});
  /// The event calendars below a home, without schedule-inbox and -outbox.
  Result<std::vector<CalendarInfo>> list_calendars(const Href& home, std::stop_token stop = {});
  /// One collection's properties; not_found where there is no such collection.
  Result<CalendarInfo> calendar(const Href& collection, std::stop_token stop = {});
  /// PROPPATCH of the non-empty properties, one at a time where a server stops at the first unknown one.
  Status set_properties(const Href& collection, const CalendarProperties& properties, std::stop_token stop = {});

  /// The complete listing, by sync-collection with an empty token, else by PROPFIND Depth 1.
  Result<Listing> list(const Href& collection, std::stop_token stop = {});
  /// What changed since `token` (RFC 6578; by ctag and a listing where the server has no sync-collection). All pages
  /// are followed. A token that the server refuses in whatever shape leads to one more try without it, and `full`.
  Result<Changes> sync(const Href& collection, const SyncToken& token, std::stop_token stop = {});

  /// One resource; `Gone` is Fault::not_found here.
  Result<Fetched> get(const Href& href, std::stop_token stop = {});
  /// An answer for every href, in their order, by calendar-multiget or by single GETs as the server likes it. All must
  /// be in `collection`. A row that the server left out is asked for again with a GET (DAViCal omits what is missing).
  std::vector<Answer> multiget(const Href& collection, std::span<const Href> hrefs, std::stop_token stop = {});
  /// The same, chunk by chunk: `done` gets (index, answer) as they come, so that no more than a chunk is in memory.
  void multiget(const Href& collection, std::span<const Href> hrefs, std::stop_token stop,
                const std::function<void(std::size_t index, Answer answer)>& done);

  /// Stores `text`. 412: precondition_failed. Sent but unanswered: in_doubt.
  Result<PutOutcome> put(const Href& href, std::string text, const Condition& condition, std::stop_token stop = {});
  /// Many at once over at most `parallel` connections (0: as the server likes it); `done` once for each job.
  void put_all(std::span<const PutJob> jobs, int parallel, std::stop_token stop,
               const std::function<void(std::size_t index, Result<PutOutcome> outcome)>& done);
  /// The same, pulling jobs until `next` gives nullopt. Neither function may call this Client.
  void put_stream(const std::function<std::optional<PutJob>()>& next, int parallel, std::stop_token stop,
                  const std::function<void(std::size_t index, Result<PutOutcome> outcome)>& done);
  /// DELETE; not_found where it was not there, precondition_failed where it changed.
  Status remove(const Href& href, const Etag& if_match, std::stop_token stop = {});
  void remove_all(std::span<const RemoveJob> jobs, int parallel, std::stop_token stop,
                  const std::function<void(std::size_t index, Status outcome)>& done);

  /// Quirks::bulk_fill: makes `collection` with all events of the spool file (one VCALENDAR) in one request, and fails
  /// with precondition_failed where it exists. malformed: the server found a poison item; bisect. Then list() for the
  /// hrefs.
  Status fill(const Href& collection, const std::string& spool_file, std::uint64_t size, std::stop_token stop = {});
  /// DELETE of a collection, only where a listing just showed it empty.
  Status remove_collection_if_empty(const Href& collection, std::stop_token stop = {});

  /// Requests by method so far, without 401 legs.
  [[nodiscard]] std::map<std::string, std::uint64_t> requests() const;
  [[nodiscard]] http::Client& http() noexcept;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace caravan::caldav
