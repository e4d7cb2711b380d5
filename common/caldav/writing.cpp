// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <iterator>

#include "caldav/impl.hpp"
#include "caldav/turns.hpp"

namespace caravan::caldav {
namespace {

constexpr std::size_t kGuardedBatch = 50;

/// What Turns knows a copy of a meeting by: the same in every calendar, for resources are named by UID.
std::set<std::string> names_of(const std::string& origin, const std::vector<PutJob>& jobs) {
  std::set<std::string> names;
  for (const auto& job : jobs) names.insert(origin + job.href.value.substr(parent(job.href).value.size()));
  return names;
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
    made.body = silenced(job.text, quirks());
  } else {
    made.file = http::FileBody{job.file, job.file_size, 0};
    // Radicale takes 1.5 s for a megabyte of inline attachment (caldav-servers.md, matrix).
    made.timeout = options.http.total_timeout + std::chrono::seconds(3) * static_cast<int>(job.file_size >> 20U);
  }
  return made;
}

Status Client::Impl::silence(PutJob& job, SilencedFile& file) const {
  if (job.file.empty() || quirks().silent_by == SilentBy::nature) return {};
  CARAVAN_TRY(made, SilencedFile::make(job.file));
  file = std::move(made);
  job.file = file.path();
  job.file_size = file.size();
  return {};
}

void Client::Impl::put_stream(const std::function<std::optional<PutJob>()>& next, int parallel, std::stop_token stop,
                              const Outcome& done) {
  if (parallel <= 0) parallel = quirks().best_connections;
  if (quirks().conditional_writes == ConditionalWrites::untrusted ||
      quirks().silent_writes == SilentWrites::defused_first) {
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
    SilencedFile file;
  };
  std::map<std::size_t, Sent> sent;      // those under way only
  std::size_t count = 0, requested = 0;  // a job whose spool file can't be read sends nothing
  http.perform_stream(
      [&]() -> std::optional<http::Request> {
        for (;;) {
          auto job = next();
          if (!job) return std::nullopt;
          const std::size_t index = count++;
          SilencedFile file;
          if (auto ready = silence(*job, file); !ready) {
            done(index, std::move(ready).error());
            continue;
          }
          Href href = job->href;
          http::Request made = put_request(std::move(*job));
          sent.emplace(requested++, Sent{index, std::move(href), made.url, std::move(file)});
          return made;
        }
      },
      parallel, std::move(stop),
      [&](std::size_t at, Result<http::Response> response) {
        const auto node = sent.extract(at);
        const std::size_t job = node.mapped().index;
        if (!response) return done(job, std::move(response).error());
        learn(*response);
        http::Request named;
        named.method = "PUT";
        named.url = node.mapped().url;
        done(job, put_outcome(named, *response, node.mapped().href));
      });
}

void Client::Impl::look_first(std::vector<std::optional<PutJob>>& jobs, std::size_t first, std::stop_token stop,
                              const Outcome& done) {
  std::map<Href, std::vector<Href>> by_collection;
  for (const auto& job : jobs)
    if (job && !std::holds_alternative<Unconditional>(job->condition))
      by_collection[parent(job->href)].push_back(job->href);
  std::map<Href, std::optional<Etag>> etags;
  std::optional<Error> unseen;
  for (const auto& [collection, hrefs] : by_collection) {
    auto found = etags_of(collection, hrefs, stop);
    if (!found)
      unseen = std::move(found).error();
    else
      etags.merge(*found);
  }
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    if (!jobs[i] || std::holds_alternative<Unconditional>(jobs[i]->condition)) continue;
    auto broken = condition_broken(jobs[i]->href, jobs[i]->condition, etags);
    if (!broken) continue;
    jobs[i].reset();
    done(first + i, broken->code == "no-row" && unseen ? *unseen : std::move(*broken));
  }
}

/// For servers whose conditions can't be trusted (SOGo): one look at the ETags of the batch, then the writes that hold.
/// A window of one batch stays; the engine compares contents there (Version::weak). Also for servers that must be kept
/// silent by more than the agent.
void Client::Impl::put_guarded(std::vector<PutJob> given, std::size_t first, int parallel, std::stop_token stop,
                               const Outcome& done) {
  const auto turn = turns().take(names_of(origin, given), stop);
  std::vector<std::optional<PutJob>> jobs(std::make_move_iterator(given.begin()), std::make_move_iterator(given.end()));
  if (quirks().silent_writes == SilentWrites::defused_first) put_silently(jobs, first, stop, done);
  if (quirks().conditional_writes == ConditionalWrites::untrusted) look_first(jobs, first, stop, done);
  std::vector<http::Request> requests;
  std::vector<SilencedFile> files;
  std::vector<std::size_t> indexes;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    if (!jobs[i]) continue;
    PutJob sent = *jobs[i];
    SilencedFile file;
    if (auto ready = silence(sent, file); !ready) {
      done(first + i, std::move(ready).error());
      continue;
    }
    requests.push_back(put_request(std::move(sent)));
    files.push_back(std::move(file));
    indexes.push_back(i);
  }
  std::vector<std::size_t> organizer_missing;
  http.perform_all(requests, parallel, stop, [&](std::size_t at, Result<http::Response> response) {
    const std::size_t i = indexes[at];
    if (!response) return done(first + i, std::move(response).error());
    if (response->status == 412 && quirks().attendee_first == AttendeeFirst::refused &&
        std::holds_alternative<IfNoneMatch>(jobs[i]->condition)) {
      organizer_missing.push_back(i);
      return;
    }
    done(first + i, put_outcome(requests[at], *response, jobs[i]->href));
  });
  for (const std::size_t i : organizer_missing) done(first + i, put_without_organizer(*jobs[i], stop));
}

void Client::Impl::remove_all(std::span<const RemoveJob> given, int parallel, std::stop_token stop,
                              const std::function<void(std::size_t, Status)>& done) {
  if (parallel <= 0) parallel = quirks().best_connections;
  std::vector<std::optional<RemoveJob>> jobs = quirks().silent_writes == SilentWrites::defused_first
                                                   ? defuse_all(given, parallel, stop, done)
                                                   : std::vector<std::optional<RemoveJob>>(given.begin(), given.end());
  std::map<Href, std::optional<Etag>> etags;
  std::optional<Error> unseen;
  const bool defuses = quirks().silent_writes == SilentWrites::defused_first;
  const bool looks_first = quirks().conditional_writes == ConditionalWrites::untrusted;
  if (looks_first) {
    std::map<Href, std::vector<Href>> by_collection;
    for (const auto& job : jobs)
      if (job && !job->if_match.empty()) by_collection[parent(job->href)].push_back(job->href);
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
    if (!jobs[i]) continue;
    const auto& job = *jobs[i];
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
    // What was defused waits for nothing else; a second DELETE finds it gone.
    if (defuses) made.repeatable = http::Repeatable::yes;
    requests.push_back(std::move(made));
    indexes.push_back(i);
  }
  http.perform_all(requests, parallel, std::move(stop), [&](std::size_t at, Result<http::Response> response) {
    if (!response) return done(indexes[at], std::move(response).error());
    done(indexes[at], remove_outcome(requests[at], *response));
  });
}

}  // namespace caravan::caldav
