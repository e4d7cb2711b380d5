// SPDX-License-Identifier: GPL-3.0-or-later
#include "caldav/client.hpp"

#include "caldav/impl.hpp"

namespace caravan::caldav {
namespace {

/// A copy that was left defused counts as what it was before.
Answer as_it_was(Answer answer) {
  if (auto* fetched = std::get_if<Fetched>(&answer); fetched != nullptr && is_defused(fetched->text)) {
    Restored before = restored(fetched->text);
    fetched->text = std::move(before.text);
    if (before.etag) fetched->etag = std::move(*before.etag);
  }
  return answer;
}

}  // namespace

Client::Client(ClientOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Client::~Client() = default;
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;

const Quirks& Client::quirks() const noexcept { return impl_->quirks(); }
const Href& Client::base() const noexcept { return impl_->base; }
std::map<std::string, std::uint64_t> Client::requests() const { return impl_->http.counter().all(); }
http::Client& Client::http() noexcept { return impl_->http; }
void Client::set_server(Server server) noexcept {
  impl_->server = server;
  impl_->settled = true;
}

Result<ServerInfo> Client::options(std::stop_token stop, std::optional<Href> href) {
  return impl_->options_of(href.value_or(impl_->base), std::move(stop));
}
Result<Discovery> Client::discover(std::stop_token stop) { return impl_->discover(std::move(stop)); }

Result<Ensured> Client::ensure_home(const Href& home, std::stop_token stop) {
  auto there = impl_->propfind(home, Depth::zero, "<D:resourcetype/>", stop, http::Redirects::returned, [](Row&&) {});
  if (there) return Ensured::existed;
  if (there.error().fault != Fault::not_found) return std::move(there).error();
  return impl_->make_home(home, std::move(stop), 8);
}

Result<Ensured> Client::ensure_calendar(const Href& collection, const CalendarProperties& properties,
                                        std::stop_token stop) {
  return impl_->ensure_calendar(collection, properties, std::move(stop));
}
Result<std::vector<CalendarInfo>> Client::list_calendars(const Href& home, std::stop_token stop) {
  return impl_->calendars(home, Depth::one, std::move(stop));
}
Result<CalendarInfo> Client::calendar(const Href& collection, std::stop_token stop) {
  CARAVAN_TRY(found, impl_->calendars(collection, Depth::zero, std::move(stop)));
  if (found.empty())
    return make_error(Fault::unsupported, collection.value + " is not a calendar.", "not-a-calendar",
                      "Check caldav.home and caldav.calendar.");
  return std::move(found.front());
}
Status Client::set_properties(const Href& collection, const CalendarProperties& properties, std::stop_token stop) {
  return impl_->set_properties(collection, properties, std::move(stop));
}

Result<Listing> Client::list(const Href& collection, std::stop_token stop) {
  return impl_->list(collection, std::move(stop));
}
Result<Changes> Client::sync(const Href& collection, const SyncToken& token, std::stop_token stop) {
  return impl_->sync(collection, token, std::move(stop));
}

Result<Fetched> Client::get(const Href& href, std::stop_token stop) {
  Answer answer = make_error(Fault::cancelled, "GET " + href.value + " was stopped.");
  impl_->single_gets(std::span(&href, 1), {0}, 0, std::move(stop),
                     [&](std::size_t, Answer given) { answer = std::move(given); });
  answer = as_it_was(std::move(answer));
  if (auto* fetched = std::get_if<Fetched>(&answer)) return std::move(*fetched);
  if (auto* error = std::get_if<Error>(&answer)) return std::move(*error);
  return make_error(Fault::not_found, href.value + " does not exist.", "HTTP 404");
}
std::vector<Answer> Client::multiget(const Href& collection, std::span<const Href> hrefs, std::stop_token stop) {
  std::vector<Answer> answers(hrefs.size(),
                              Answer(make_error(Fault::retry_later, "The server did not answer for it.")));
  impl_->multiget(collection, hrefs, std::move(stop),
                  [&](std::size_t index, Answer answer) { answers[index] = as_it_was(std::move(answer)); });
  return answers;
}
void Client::multiget(const Href& collection, std::span<const Href> hrefs, std::stop_token stop,
                      const std::function<void(std::size_t, Answer)>& done) {
  impl_->multiget(collection, hrefs, std::move(stop),
                  [&](std::size_t index, Answer answer) { done(index, as_it_was(std::move(answer))); });
}

Result<PutOutcome> Client::put(const Href& href, std::string text, const Condition& condition, std::stop_token stop) {
  Result<PutOutcome> outcome = make_error(Fault::cancelled, "PUT " + href.value + " was stopped.");
  std::optional<PutJob> job = PutJob{href, std::move(text), condition};
  impl_->put_stream([&] { return std::exchange(job, std::nullopt); }, 1, std::move(stop),
                    [&](std::size_t, Result<PutOutcome> given) { outcome = std::move(given); });
  return outcome;
}
void Client::put_stream(const std::function<std::optional<PutJob>()>& next, int parallel, std::stop_token stop,
                        const std::function<void(std::size_t, Result<PutOutcome>)>& done) {
  impl_->put_stream(next, parallel, std::move(stop), done);
}
void Client::put_all(std::span<const PutJob> jobs, int parallel, std::stop_token stop,
                     const std::function<void(std::size_t, Result<PutOutcome>)>& done) {
  std::size_t at = 0;
  impl_->put_stream(
      [&]() -> std::optional<PutJob> {
        if (at == jobs.size()) return std::nullopt;
        return jobs[at++];
      },
      parallel, std::move(stop), done);
  for (; at < jobs.size(); ++at)
    done(at, make_error(Fault::cancelled, "PUT " + jobs[at].href.value + " was stopped before it was sent."));
}
Status Client::remove(const Href& href, const Etag& if_match, std::stop_token stop) {
  Status outcome = make_error(Fault::cancelled, "DELETE " + href.value + " was stopped.");
  const RemoveJob job{href, if_match};
  impl_->remove_all(std::span(&job, 1), 1, std::move(stop),
                    [&](std::size_t, Status given) { outcome = std::move(given); });
  return outcome;
}
void Client::remove_all(std::span<const RemoveJob> jobs, int parallel, std::stop_token stop,
                        const std::function<void(std::size_t, Status)>& done) {
  impl_->remove_all(jobs, parallel, std::move(stop), done);
}

Status Client::fill(const Href& collection, const std::string& spool_file, std::uint64_t size, std::stop_token stop) {
  if (quirks().bulk_fill == BulkFill::no)
    return make_error(Fault::unsupported,
                      "A calendar can't be filled in one request on this server (" + std::string(quirks().name) + ").",
                      "no-bulk-fill");
  auto asked = impl_->request("PUT", collection);
  asked.headers.push_back({"Content-Type", "text/calendar; charset=utf-8"});
  asked.headers.push_back({"If-None-Match", "*"});
  asked.file = http::FileBody{spool_file, size, 0};
  asked.timeout = impl_->options.fill_timeout;
  CARAVAN_TRY(response, impl_->send(asked, std::move(stop)));
  if (response.status == 200 || response.status == 201 || response.status == 204) return {};
  return answer_error(asked, response);
}

Status Client::remove_collection_if_empty(const Href& collection, std::stop_token stop) {
  CARAVAN_TRY(listing, impl_->list(collection, stop));
  if (!listing.resources.empty())
    return make_error(
        Fault::precondition_failed,
        collection.value + " holds " + std::to_string(listing.resources.size()) + " entries and is not removed.",
        "not-empty", "Remove the entries first, or keep the calendar.");
  const auto asked = impl_->request("DELETE", collection);
  CARAVAN_TRY(response, impl_->send(asked, std::move(stop)));
  return remove_outcome(asked, response);
}

}  // namespace caravan::caldav
