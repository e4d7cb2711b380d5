// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <deque>
#include <set>

#include "caldav/impl.hpp"

namespace caravan::caldav {
namespace {

constexpr std::size_t kGuardedBatch = 50;

Href parent_of(const Href& href) {
  const auto slash = href.value.find_last_of('/', href.value.empty() ? 0 : href.value.size() - 2);
  return Href(href.value.substr(0, slash + 1));
}

/// What an untrusted server should have checked; nullopt: the condition holds.
std::optional<Error> condition_broken(const Href& href, const Condition& condition,
                                      const std::map<Href, std::optional<Etag>>& etags) {
  const auto found = etags.find(href);
  if (found == etags.end())
    return make_error(Fault::retry_later, "The server did not say whether " + href.value + " exists.", "no-row");
  if (std::holds_alternative<IfNoneMatch>(condition) && found->second)
    return make_error(Fault::precondition_failed, href.value + " exists already.", "HTTP 412 (looked first)");
  if (const auto* match = std::get_if<IfMatch>(&condition); match != nullptr && found->second != match->etag)
    return make_error(Fault::precondition_failed, href.value + " is not at the expected version.",
                      "HTTP 412 (looked first)");
  return std::nullopt;
}

}  // namespace

http::Request Client::Impl::put_request(PutJob&& job) const {
  http::Request made = request("PUT", job.href);
  // Cyrus answers 403 supported-calendar-data to another type.
  made.headers.push_back({"Content-Type", "text/calendar; charset=utf-8"});
  if (std::holds_alternative<IfNoneMatch>(job.condition)) made.headers.push_back({"If-None-Match", "*"});
  if (const auto* match = std::get_if<IfMatch>(&job.condition)) made.headers.push_back({"If-Match", match->etag.value});
  if (job.file.empty()) {
    made.body = std::move(job.text);
  } else {
    made.file = http::FileBody{job.file, job.file_size, 0};
    // Radicale takes 1.5 s for a megabyte of inline attachment (caldav-servers.md, matrix).
    made.timeout = options.http.total_timeout + std::chrono::seconds(3) * static_cast<int>(job.file_size >> 20U);
  }
  return made;
}

void Client::Impl::put_stream(const std::function<std::optional<PutJob>()>& next, int parallel, std::stop_token stop,
                              const Outcome& done) {
  if (parallel <= 0) parallel = quirks().best_connections;
  if (quirks().conditional_writes == ConditionalWrites::untrusted) {
    for (std::size_t first = 0;;) {
      std::vector<PutJob> batch;
      while (batch.size() < kGuardedBatch) {
        auto job = next();
        if (!job) break;
        batch.push_back(std::move(*job));
      }
      if (batch.empty()) return;
      const std::size_t count = batch.size();
      put_guarded(std::move(batch), first, parallel, stop, done);
      first += count;
      if (stop.stop_requested()) return;
    }
  }
  struct Sent {
    std::size_t index;
    Href href;
    std::string url;
  };
  std::map<std::size_t, Sent> sent;  // those under way only
  std::size_t count = 0;
  http.perform_stream(
      [&]() -> std::optional<http::Request> {
        auto job = next();
        if (!job) return std::nullopt;
        Href href = job->href;
        http::Request made = put_request(std::move(*job));
        sent.emplace(count, Sent{count, std::move(href), made.url});
        ++count;
        return made;
      },
      parallel, std::move(stop),
      [&](std::size_t index, Result<http::Response> response) {
        const auto node = sent.extract(index);
        if (!response) return done(index, std::move(response).error());
        learn(*response);
        http::Request named;
        named.method = "PUT";
        named.url = node.mapped().url;
        done(index, put_outcome(named, *response, node.mapped().href));
      });
}

/// For servers whose conditions can't be trusted (SOGo): one look at the ETags of the batch, then the writes that hold.
/// A window of one batch stays; the engine compares contents there (Version::weak).
void Client::Impl::put_guarded(std::vector<PutJob> jobs, std::size_t first, int parallel, std::stop_token stop,
                               const Outcome& done) {
  std::map<Href, std::vector<Href>> by_collection;
  for (const auto& job : jobs)
    if (!std::holds_alternative<Unconditional>(job.condition)) by_collection[parent_of(job.href)].push_back(job.href);
  std::map<Href, std::optional<Etag>> etags;
  std::optional<Error> unseen;
  for (const auto& [collection, hrefs] : by_collection) {
    auto found = etags_of(collection, hrefs, stop);
    if (!found)
      unseen = std::move(found).error();
    else
      etags.merge(*found);
  }
  std::vector<http::Request> requests;
  std::vector<std::size_t> indexes;
  std::vector<Href> hrefs;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    if (!std::holds_alternative<Unconditional>(jobs[i].condition)) {
      auto broken = condition_broken(jobs[i].href, jobs[i].condition, etags);
      if (broken) {
        done(first + i, broken->code == "no-row" && unseen ? *unseen : std::move(*broken));
        continue;
      }
    }
    indexes.push_back(first + i);
    hrefs.push_back(jobs[i].href);
    requests.push_back(put_request(std::move(jobs[i])));
  }
  http.perform_all(requests, parallel, std::move(stop), [&](std::size_t at, Result<http::Response> response) {
    if (!response) return done(indexes[at], std::move(response).error());
    done(indexes[at], put_outcome(requests[at], *response, hrefs[at]));
  });
}

void Client::Impl::remove_all(std::span<const RemoveJob> jobs, int parallel, std::stop_token stop,
                              const std::function<void(std::size_t, Status)>& done) {
  if (parallel <= 0) parallel = quirks().best_connections;
  std::map<Href, std::optional<Etag>> etags;
  std::optional<Error> unseen;
  const bool looks_first = quirks().conditional_writes == ConditionalWrites::untrusted;
  if (looks_first) {
    std::map<Href, std::vector<Href>> by_collection;
    for (const auto& job : jobs)
      if (!job.if_match.empty()) by_collection[parent_of(job.href)].push_back(job.href);
    for (const auto& [collection, hrefs] : by_collection) {
      auto found = etags_of(collection, hrefs, stop);
      if (!found)
        unseen = std::move(found).error();
      else
        etags.merge(*found);
    }
  }
  std::vector<http::Request> requests;
  std::vector<std::size_t> indexes;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const auto& job = jobs[i];
    if (looks_first && !job.if_match.empty()) {
      const auto found = etags.find(job.href);
      if (found != etags.end() && !found->second) {
        done(i, make_error(Fault::not_found, job.href.value + " does not exist.", "HTTP 404 (looked first)"));
        continue;
      }
      if (auto broken = condition_broken(job.href, IfMatch{job.if_match}, etags)) {
        done(i, broken->code == "no-row" && unseen ? *unseen : std::move(*broken));
        continue;
      }
    }
    http::Request made = request("DELETE", job.href);
    if (!job.if_match.empty()) made.headers.push_back({"If-Match", job.if_match.value});
    requests.push_back(std::move(made));
    indexes.push_back(i);
  }
  http.perform_all(requests, parallel, std::move(stop), [&](std::size_t at, Result<http::Response> response) {
    if (!response) return done(indexes[at], std::move(response).error());
    done(indexes[at], remove_outcome(requests[at], *response));
  });
}

}  // namespace caravan::caldav
