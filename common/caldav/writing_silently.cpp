// SPDX-License-Identifier: GPL-3.0-or-later
// Writes on servers that mail in spite of SCHEDULE-AGENT (SilentWrites::defused_first): the stored copy is defused
// first, and only then changed or deleted. A stop, a crash or a lost connection in between leaves a defused copy, which
// every read gives as it was before, so that the next pass decides the same again and finishes.
#include <algorithm>
#include <fstream>
#include <iterator>

#include "caldav/impl.hpp"
#include "caldav/silence.hpp"

namespace caravan::caldav {
namespace {

Error not_expected(const Href& href) {
  return make_error(Fault::precondition_failed, href.value + " is not at the expected version.",
                    "HTTP 412 (looked first)");
}

/// Whether the copy is the one that the caller named, by its ETag or by the one that it had before it was defused.
bool is_expected(const Fetched& found, const Etag& expected) {
  if (expected.empty() || found.etag == expected) return true;
  return restored(found.text).etag == expected;
}

/// A refusal: what was sent was not stored, and will not be.
bool is_refusal(const Error& error) {
  return error.fault == Fault::malformed || error.fault == Fault::unsupported || error.fault == Fault::denied;
}

Result<std::string> text_of(const PutJob& job) {
  if (job.file.empty()) return job.text;
  std::ifstream in(job.file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (!in || text.size() != job.file_size)
    return make_error(Fault::denied, "The spool file " + job.file + " could not be read.", "spool",
                      "Check the rights of the spool folder.");
  return text;
}

}  // namespace

std::vector<Answer> Client::Impl::raw_texts(std::span<const Href> hrefs, std::stop_token stop) {
  std::vector<Answer> answers(hrefs.size(), Answer(make_error(Fault::cancelled, "The read was stopped.")));
  std::map<Href, std::vector<std::size_t>> by_collection;
  for (std::size_t i = 0; i < hrefs.size(); ++i) by_collection[parent(hrefs[i])].push_back(i);
  for (const auto& [collection, indexes] : by_collection) {
    std::vector<Href> some;
    for (const std::size_t i : indexes) some.push_back(hrefs[i]);
    multiget(collection, some, stop,
             [&](std::size_t index, Answer answer) { answers[indexes[index]] = std::move(answer); });
  }
  return answers;
}

Result<PutOutcome> Client::Impl::put_one(const Href& href, const std::string& text, const Condition& condition,
                                         std::stop_token stop) {
  const auto asked = put_request(PutJob{href, with_crlf(text), condition});
  CARAVAN_TRY(response, http.perform(asked, std::move(stop)));
  return put_outcome(asked, response, href);
}

/// Defusing may be repeated where the answer was lost: the second time finds what the first one made.
http::Request Client::Impl::defusing(const Fetched& found) const {
  auto asked = put_request(PutJob{found.href, defused(with_crlf(found.text), found.etag), IfMatch{found.etag}});
  asked.repeatable = http::Repeatable::yes;
  return asked;
}

/// Defuses a copy; gives it as it is stored then.
Result<Fetched> Client::Impl::defuse(const Fetched& found, std::stop_token stop) {
  if (is_defused(found.text)) return found;
  const auto asked = defusing(found);
  CARAVAN_TRY(response, http.perform(asked, stop));
  auto outcome = put_outcome(asked, response, found.href);
  if (!outcome && outcome.error().fault != Fault::precondition_failed && outcome.error().fault != Fault::in_doubt)
    return std::move(outcome).error();
  return defused_copy(found.href, found.etag, stop);
}

/// The copy that is stored now, if it is the one with this ETag, defused.
Result<Fetched> Client::Impl::defused_copy(const Href& href, const Etag& before, std::stop_token stop) {
  auto now = raw_texts(std::span(&href, 1), std::move(stop));
  if (auto* error = std::get_if<Error>(&now.front())) return std::move(*error);
  auto* stored = std::get_if<Fetched>(&now.front());
  if (stored == nullptr || restored(stored->text).etag != before) return not_expected(href);  // somebody was faster
  return std::move(*stored);
}

/// An update that would be mailed as the owner's answer.
Result<PutOutcome> Client::Impl::put_over_defused(PutJob job, const Fetched& found, std::stop_token stop) {
  CARAVAN_TRY(harmless, defuse(found, stop));
  const Href href = job.href;
  PutJob again = job;
  job.condition = IfMatch{harmless.etag};
  SilencedFile file;
  CARAVAN_CHECK(silence(job, file));
  const auto asked = put_request(std::move(job));
  CARAVAN_TRY(response, http.perform(asked, stop));
  if (response.status == 409 && response.body.find("sequence") != std::string::npos) {
    // SOGo 5.8 counts SEQUENCE on its own, and compares it with nothing where an occurrence goes: without people in the
    // stored copy it does not compare.
    CARAVAN_TRY(text, text_of(again));
    CARAVAN_TRY(bare, put_one(href, without_people(harmless.text), IfMatch{harmless.etag}, stop));
    const auto* stored = std::get_if<Stored>(&bare);
    const Condition next =
        stored != nullptr && stored->etag ? Condition(IfMatch{*stored->etag}) : Condition(Unconditional{});
    auto outcome = put_one(href, with_sequence(text, highest_sequence(harmless.text)), next, stop);
    if (!outcome && is_refusal(outcome.error()))
      static_cast<void>(put_one(href, restored(harmless.text).text, Unconditional{}, stop));
    return outcome;
  }
  auto outcome = put_outcome(asked, response, href);
  // Refused for good: the copy becomes what it was.
  if (!outcome && is_refusal(outcome.error()))
    static_cast<void>(put_one(href, restored(harmless.text).text, IfMatch{harmless.etag}, stop));
  return outcome;
}

/// SOGo: an attendee's copy of a meeting that its organizer, a user here, does not hold yet. Without its attendees it
/// is taken, and the whole over it. Where the organizer's copy came in between, SOGo put one into the user's "personal"
/// calendar; it moves that to where the user's own is put, but not over one that is there.
Result<PutOutcome> Client::Impl::put_without_organizer(const PutJob& job, std::stop_token stop) {
  const Href& href = job.href;
  CARAVAN_TRY(text, text_of(job));
  const auto plain = put_request(PutJob{href, text, IfNoneMatch{}});
  CARAVAN_TRY(answer, http.perform(plain, stop));
  if (answer.status != 412) return put_outcome(plain, answer, href);
  CARAVAN_TRY(seed, put_one(href, without_attendees(text), IfNoneMatch{}, stop));
  const auto* stored = std::get_if<Stored>(&seed);
  if (stored == nullptr) return seed;
  auto whole = put_one(href, text, stored->etag ? Condition(IfMatch{*stored->etag}) : Condition(Unconditional{}), stop);
  const Href collection = parent(href);
  const Href other(parent(collection).value + "personal/" + href.value.substr(collection.value.size()));
  if (!whole || other == href) return whole;
  CARAVAN_TRY(second, http.perform(request("GET", other), stop));
  if (second.status != 200) return whole;
  const RemoveJob twice{href, {}};
  Status removed;
  remove_all(std::span(&twice, 1), 1, stop, [&](std::size_t, Status outcome) { removed = std::move(outcome); });
  if (!removed) return std::move(removed).error();
  return put_one(href, text, IfNoneMatch{}, stop);
}

/// Of a batch, the updates that need it; what is left in `jobs` is written as it is, under the condition it has then.
void Client::Impl::put_silently(std::vector<std::optional<PutJob>>& jobs, std::size_t first, std::stop_token stop,
                                const Outcome& done) {
  std::vector<Href> hrefs;
  std::vector<std::size_t> indexes;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    if (std::holds_alternative<IfNoneMatch>(jobs[i]->condition)) continue;
    hrefs.push_back(jobs[i]->href);
    indexes.push_back(i);
  }
  if (hrefs.empty()) return;
  auto answers = raw_texts(hrefs, stop);
  for (std::size_t at = 0; at < indexes.size(); ++at) {
    const std::size_t i = indexes[at];
    PutJob& job = *jobs[i];
    const auto* match = std::get_if<IfMatch>(&job.condition);
    const auto settle = [&](Result<PutOutcome> outcome) {
      jobs[i].reset();
      done(first + i, std::move(outcome));
    };
    if (auto* error = std::get_if<Error>(&answers[at])) {
      settle(std::move(*error));
      continue;
    }
    const auto* found = std::get_if<Fetched>(&answers[at]);
    if (found == nullptr) {
      if (match != nullptr) settle(not_expected(job.href));
      continue;
    }
    if (match != nullptr && !is_expected(*found, match->etag)) {
      settle(not_expected(job.href));
      continue;
    }
    const bool told = job.file.empty() ? answers_differ(found->text, job.text) : has_people(found->text);
    if (is_defused(found->text) || told) settle(put_over_defused(std::move(job), *found, stop));
  }
}

/// Of a batch of deletes, those of meetings are defused; gives what is then to be deleted, and under which ETag.
std::vector<std::optional<RemoveJob>> Client::Impl::defuse_all(std::span<const RemoveJob> jobs, int parallel,
                                                               std::stop_token stop,
                                                               const std::function<void(std::size_t, Status)>& done) {
  std::vector<std::optional<RemoveJob>> left(jobs.size());
  std::vector<Href> hrefs;
  for (const auto& job : jobs) hrefs.push_back(job.href);
  auto answers = raw_texts(hrefs, stop);
  std::vector<http::Request> requests;
  std::vector<std::size_t> indexes;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    if (auto* error = std::get_if<Error>(&answers[i])) {
      done(i, std::move(*error));
      continue;
    }
    const auto* found = std::get_if<Fetched>(&answers[i]);
    if (found == nullptr) {
      done(i, make_error(Fault::not_found, jobs[i].href.value + " does not exist.", "HTTP 404 (looked first)"));
    } else if (!is_expected(*found, jobs[i].if_match)) {
      done(i, not_expected(jobs[i].href));
    } else if (is_defused(found->text) || !has_people(found->text)) {
      left[i] = RemoveJob{jobs[i].href, jobs[i].if_match.empty() ? Etag() : found->etag};
    } else {
      requests.push_back(defusing(*found));
      indexes.push_back(i);
    }
  }
  std::vector<std::size_t> unclear;
  http.perform_all(requests, parallel, stop, [&](std::size_t at, Result<http::Response> response) {
    const std::size_t i = indexes[at];
    auto outcome =
        response ? put_outcome(requests[at], *response, jobs[i].href) : Result<PutOutcome>(std::move(response).error());
    const auto* stored = outcome ? std::get_if<Stored>(&*outcome) : nullptr;
    if (stored != nullptr && stored->etag) {
      left[i] = RemoveJob{jobs[i].href, *stored->etag};
    } else if (outcome || outcome.error().fault == Fault::precondition_failed ||
               outcome.error().fault == Fault::in_doubt) {
      unclear.push_back(i);
    } else {
      done(i, std::move(outcome).error());
    }
  });
  for (const std::size_t i : unclear) {
    auto now = defused_copy(jobs[i].href, std::get<Fetched>(answers[i]).etag, stop);
    if (now)
      left[i] = RemoveJob{jobs[i].href, std::move(now->etag)};
    else
      done(i, std::move(now).error());
  }
  return left;
}

}  // namespace caravan::caldav
