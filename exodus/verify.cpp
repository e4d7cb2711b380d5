// SPDX-License-Identifier: GPL-3.0-or-later
// verify: reads both sides anew and compares them by meaning, event by event and occurrence by occurrence. What differs
// is read once more before it is reported, so that an edit in between is no difference.
#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <unordered_set>

#include "app/adapters/caldav_adapter.hpp"
#include "app/adapters/exchange_adapter.hpp"
#include "app/pass/mailbox_pass.hpp"
#include "app/pass/trouble.hpp"
#include "exodus/job.hpp"
#include "ical/expand.hpp"
#include "ical/parse.hpp"
#include "ical/zone_book.hpp"
#include "model/orphans.hpp"
#include "sync/equal_across.hpp"
#include "sync/meeting.hpp"
#include "sync/merge.hpp"

namespace caravan::exodus {
namespace {

constexpr std::size_t kChunk = 50;
constexpr std::size_t kMostListed = 10000;
constexpr std::size_t kMostOccurrences = 3000;

struct Window {
  Instant from, until;
};

Window window_of(const store::Pair& pair, const Clock& clock) {
  Window window{clock.now() - std::chrono::days(365), clock.now() + std::chrono::days(730)};
  Instant at;
  if (parse_rfc3339(pair.since, at)) window.from = at;
  if (parse_rfc3339(pair.until, at)) window.until = at;
  return window;
}

bool is_attachment_loss(const std::string& reason) { return reason.starts_with("attachment_"); }

std::string occurrence_text(const ical::Occurrence& occurrence) {
  return to_rfc3339(occurrence.start.instant()) + "/" + to_rfc3339(occurrence.end.instant());
}

/// Verifies one mailbox; the result goes into an outcome that the workers share.
class MailboxCheck {
 public:
  MailboxCheck(const app::PassContext& pass, const JobOrder& order, RunOutcome& outcome, std::mutex& mutex,
               std::stop_token stop)
      : pass_(pass),
        order_(order),
        outcome_(outcome),
        mutex_(mutex),
        stop_(std::move(stop)),
        policy_(app::policy_of(pass.context.config, order.entry, sync::Occasion::migrate)) {}

  Status run(MailboxOutcome& mailbox) {
    CARAVAN_TRY(exchange, pass_.sides.exchange(order_.entry));
    CARAVAN_TRY(caldav, pass_.sides.caldav(order_.entry, stop_));
    CARAVAN_TRY(pairs, pass_.store.pairs(order_.entry.address));
    if (pairs.empty())
      return make_error(Fault::not_found, "Nothing is known of " + order_.entry.address.value + " yet.", "not_migrated",
                        "Run `exodus-cli migrate " + order_.entry.address.value + "` first.");
    CARAVAN_TRY(losses, pass_.store.losses(order_.entry.address));
    for (const auto& loss : losses)
      if (is_attachment_loss(loss.reason)) lost_attachments_.insert(loss.uid.value);
    for (const auto& pair : pairs) {
      if (pair.state != "active") continue;
      CARAVAN_CHECK(check_pair(pair, exchange, caldav));
      PairOutcome row;
      row.folder = pair.folder_name;
      row.collection = pair.collection.value;
      row.counts.series = series_of_pair_;
      row.counts.unchanged = series_of_pair_ - std::min<std::uint64_t>(series_of_pair_, different_of_pair_);
      mailbox.pairs.push_back(std::move(row));
    }
    return {};
  }

 private:
  struct Seen {
    Uid uid;
    model::Series series;
    std::optional<store::Mapping> mapping;
  };

  Status check_pair(const store::Pair& pair, ews::Client& exchange, caldav::Client& caldav) {
    series_of_pair_ = different_of_pair_ = 0;
    app::ExchangeAdapter source(exchange, pass_.sides.mailbox(order_.entry), pair.folder, std::string(), stop_);
    app::CaldavAdapter target(caldav, {}, pair.collection, {}, 1, stop_);
    auto there = target.list();
    if (!there && there.error().fault != Fault::not_found) return std::move(there).error();
    std::unordered_set<std::string> unmatched;
    if (there)
      for (const auto& resource : there->resources) unmatched.insert(resource.href.value);
    std::unordered_set<std::string> parked;
    CARAVAN_TRY(rows, pass_.store.parked(order_.entry.address));
    for (const auto& row : rows) parked.insert(row.object);
    SyncState state;
    std::vector<ItemId> items;
    while (true) {
      if (stop_.stop_requested()) return make_error(Fault::cancelled, "Stopped on request.");
      CARAVAN_TRY(page, source.changes_since(state));
      state = page.state;
      for (const auto& change : page.changes)
        if (change.kind == sync::ExchangeChange::Kind::upserted && !parked.contains(change.item.value))
          items.push_back(change.item);
      while (items.size() >= kChunk || (page.last && !items.empty())) {
        const std::size_t count = std::min(kChunk, items.size());
        const std::vector<ItemId> chunk(items.end() - static_cast<std::ptrdiff_t>(count), items.end());
        items.resize(items.size() - count);
        CARAVAN_CHECK(check_chunk(pair, source, target, chunk, unmatched));
      }
      if (page.last) break;
    }
    return check_rest(pair, target, unmatched);
  }

  Status check_chunk(const store::Pair& pair, app::ExchangeAdapter& source, app::CaldavAdapter& target,
                     const std::vector<ItemId>& items, std::unordered_set<std::string>& unmatched) {
    CARAVAN_TRY(seen, read_exchange(pair, source, items));
    std::vector<Href> hrefs;
    std::vector<const Seen*> asked;
    for (const auto& one : seen) {
      ++series_of_pair_;
      if (!one.mapping || one.mapping->href.empty() || one.mapping->state == "tombstone") {
        report({DifferenceItem::Kind::missing_on_caldav, {}, {}, one.uid.value, {}, {}, title_of(one.series), {}},
               pair);
        continue;
      }
      unmatched.erase(one.mapping->href.value);
      hrefs.push_back(one.mapping->href);
      asked.push_back(&one);
    }
    std::vector<const Seen*> doubtful;
    const auto compare = [&](const Seen& one, sync::CaldavAnswer answer, bool last) -> bool {
      auto differences = compare_one(pair, one, std::move(answer));
      if (differences.empty()) return true;
      if (!last) return false;
      for (auto& difference : differences) report(std::move(difference), pair);
      ++different_of_pair_;
      return true;
    };
    target.read(hrefs, [&](std::size_t index, sync::CaldavAnswer answer) {
      if (!compare(*asked[index], std::move(answer), false)) doubtful.push_back(asked[index]);
    });
    if (doubtful.empty()) return {};
    // Once more, both sides: somebody may have edited in between.
    for (const Seen* one : doubtful) {
      std::vector<ItemId> again;
      for (const auto& part : one->mapping->exchange_parts) again.push_back(part.item);
      CARAVAN_TRY(fresh, read_exchange(pair, source, again));
      const Seen& now = fresh.empty() ? *one : fresh.front();
      const std::vector<Href> href{one->mapping->href};
      target.read(href, [&](std::size_t, sync::CaldavAnswer answer) { (void)compare(now, std::move(answer), true); });
    }
    return {};
  }

  Result<std::vector<Seen>> read_exchange(const store::Pair& pair, app::ExchangeAdapter& source,
                                          const std::vector<ItemId>& items) {
    std::vector<Seen> out;
    std::unordered_map<Uid, std::size_t> by_uid;
    for (auto& [id, answer] : source.read(items)) {
      if (!answer) {
        if (answer.error().fault == Fault::not_found) continue;
        if (answer.error().fault != Fault::malformed && answer.error().fault != Fault::unsupported)
          return std::move(answer).error();
        report({DifferenceItem::Kind::unreadable, {}, {}, id.value, {}, {}, answer.error().what, {}}, pair);
        continue;
      }
      auto& series = answer->copy.series;
      const bool private_event = model::representative(series).sensitivity != model::Sensitivity::normal;
      if (private_event && pass_.context.config.caldav.privacy == config::Privacy::omit) continue;
      if (!sync::in_window(series, since(pair), until(pair), *policy_.zones)) continue;
      const auto [at, fresh] = by_uid.emplace(series.uid, out.size());
      if (!fresh) {  // orphan occurrences of one UID
        auto& have = out[at->second].series;
        for (auto& event : series.overrides) have.overrides.push_back(std::move(event));
        if (series.master && !have.master) have.master = std::move(series.master), have.rules = std::move(series.rules);
        model::normalize(have);
        continue;
      }
      out.push_back({series.uid, std::move(series), std::nullopt});
    }
    std::vector<Uid> uids;
    for (const auto& one : out) uids.push_back(one.uid);
    if (uids.empty()) return out;
    CARAVAN_TRY(mappings, pass_.store.mappings(pair.id, uids));
    for (auto& mapping : mappings) {
      auto& one = out[by_uid.at(mapping.uid)];
      (void)sync::take_known_contents(one.series, mapping.exchange_copy);
      add_missing_parts(source, mapping, one.series);
      one.mapping = std::move(mapping);
    }
    return out;
  }

  /// Orphan occurrences whose items came in other chunks.
  static void add_missing_parts(app::ExchangeAdapter& source, const store::Mapping& mapping, model::Series& series) {
    if (mapping.exchange_parts.size() < 2) return;
    std::vector<ItemId> missing;
    for (const auto& part : mapping.exchange_parts) missing.push_back(part.item);
    std::vector<model::Series> parts;
    for (auto& [id, answer] : source.read(missing)) {
      if (!answer) continue;
      parts.push_back(answer->copy.series);
      for (auto& event : answer->copy.series.overrides) {
        const bool there = std::any_of(series.overrides.begin(), series.overrides.end(), [&](const model::Event& have) {
          return have.recurrence_id == event.recurrence_id;
        });
        if (!there) series.overrides.push_back(std::move(event));
      }
      if (!series.master && answer->copy.series.master) {
        series.master = std::move(answer->copy.series.master);
        series.rules = std::move(answer->copy.series.rules);
        series.excluded = std::move(answer->copy.series.excluded);
      }
    }
    model::normalize(series);
    // A series that Exchange has no recurrence for is held as single items (decisions.md 4): they tell what it is.
    auto agreed = sync::series_of_copy(mapping.exchange_copy);
    if (series.master || !agreed || !agreed->master) return;
    std::vector<sync::ExchangePart> held;
    for (const auto& part : mapping.exchange_parts) held.push_back({part.item, part.change_key, part.occurrence});
    series = source.folded(*agreed, held, parts);
  }

  std::vector<DifferenceItem> compare_one(const store::Pair& pair, const Seen& one, sync::CaldavAnswer answer) {
    std::vector<DifferenceItem> out;
    if (std::holds_alternative<sync::Gone>(answer)) {
      out.push_back({DifferenceItem::Kind::missing_on_caldav, {}, {}, one.uid.value, {}, {}, title_of(one.series), {}});
      return out;
    }
    if (const auto* error = std::get_if<Error>(&answer)) {
      out.push_back({DifferenceItem::Kind::unreadable, {}, {}, one.uid.value, {}, {}, {}, error->what});
      return out;
    }
    auto parsed = ical::parse_one(std::get<sync::CaldavText>(answer).text);
    if (!parsed || !parsed->series) {
      out.push_back({DifferenceItem::Kind::unreadable,
                     {},
                     {},
                     one.uid.value,
                     {},
                     {},
                     {},
                     parsed ? parsed->series.error().what : parsed.error().what});
      return out;
    }
    model::Series ours = one.series;
    const model::Series& theirs = *parsed->series;
    const bool private_event = model::representative(ours).sensitivity != model::Sensitivity::normal;
    const bool only_times = private_event && pass_.context.config.caldav.privacy == config::Privacy::busy;
    // A server that refuses an occurrence without its master got it with one of its own (docs/quirks.md: Radicale).
    if (!ours.master && theirs.master) ours = model::with_own_master(std::move(ours));
    if (!only_times)
      for (auto& difference : sync::differences_across(ours, theirs, policy_)) {
        if (difference.unit.field == model::Field::attachments && lost_attachments_.contains(one.uid.value)) continue;
        out.push_back({DifferenceItem::Kind::field,
                       {},
                       {},
                       one.uid.value,
                       difference.unit.occurrence,
                       std::string(model::to_string(difference.unit.field)) +
                           (difference.unit.key.empty() ? "" : " " + difference.unit.key),
                       private_event ? "(private)" : difference.exchange,
                       private_event ? "(private)" : difference.caldav});
      }
    compare_occurrences(pair, one.uid, ours, theirs, out);
    return out;
  }

  void compare_occurrences(const store::Pair& pair, const Uid& uid, const model::Series& ours,
                           const model::Series& theirs, std::vector<DifferenceItem>& out) {
    const Window window = window_of(pair, *pass_.context.clock);
    const auto mine = ical::expand(ours, window.from, window.until, *policy_.zones, kMostOccurrences);
    const auto other = ical::expand(without_left_occurrences(ours, theirs), window.from, window.until, *policy_.zones,
                                    kMostOccurrences);
    {
      const std::scoped_lock lock(mutex_);
      outcome_.checked_occurrences += mine.size();
    }
    std::vector<std::string> first, second, only_first, only_second;
    for (const auto& occurrence : mine) first.push_back(occurrence_text(occurrence));
    for (const auto& occurrence : other) second.push_back(occurrence_text(occurrence));
    std::sort(first.begin(), first.end());
    std::sort(second.begin(), second.end());
    std::set_difference(first.begin(), first.end(), second.begin(), second.end(), std::back_inserter(only_first));
    std::set_difference(second.begin(), second.end(), first.begin(), first.end(), std::back_inserter(only_second));
    if (only_first.empty() && only_second.empty()) return;
    out.push_back({DifferenceItem::Kind::field,
                   {},
                   {},
                   uid.value,
                   {},
                   "occurrences",
                   std::to_string(mine.size()) + " occurrences" +
                       (only_first.empty() ? "" : ", only here: " + only_first.front()),
                   std::to_string(other.size()) + " occurrences" +
                       (only_second.empty() ? "" : ", only here: " + only_second.front())});
  }

  /// What CalDAV holds and Exchange does not: a difference where it came from us.
  Status check_rest(const store::Pair& pair, app::CaldavAdapter& target,
                    const std::unordered_set<std::string>& unmatched) {
    std::vector<Href> hrefs;
    for (const auto& href : unmatched) hrefs.emplace_back(href);
    std::sort(hrefs.begin(), hrefs.end());
    for (std::size_t at = 0; at < hrefs.size(); at += kChunk) {
      if (stop_.stop_requested()) return make_error(Fault::cancelled, "Stopped on request.");
      const std::span<const Href> some(hrefs.data() + at, std::min(kChunk, hrefs.size() - at));
      target.read(some, [&](std::size_t, sync::CaldavAnswer answer) {
        const auto* text = std::get_if<sync::CaldavText>(&answer);
        if (text == nullptr) return;
        auto parsed = ical::parse_one(text->text);
        if (!parsed || parsed->mark.empty()) return;  // made by a user on CalDAV: not ours to judge
        if (parsed->series && !sync::in_window(*parsed->series, since(pair), until(pair), *policy_.zones)) return;
        if (has_left_exchange(pair, parsed->uid)) return;
        ++different_of_pair_;
        report({DifferenceItem::Kind::extra_on_caldav,
                {},
                {},
                parsed->uid.value,
                {},
                {},
                {},
                parsed->series ? title_of(*parsed->series) : std::string()},
               pair);
      });
    }
    return {};
  }

  /// Declined, or called off: CalDAV keeps it on purpose.
  bool has_left_exchange(const store::Pair& pair, const Uid& uid) {
    const std::vector<Uid> uids = {uid};
    const auto known = pass_.store.mappings(pair.id, uids);
    return known && !known->empty() && known->front().state == "declined";
  }

  /// CalDAV's copy without the occurrences that have left Exchange, cancelled or declined (docs/mapping.md).
  model::Series without_left_occurrences(const model::Series& ours, model::Series theirs) const {
    std::vector<model::EventTime> left;
    for (const auto& event : theirs.overrides)
      if (event.recurrence_id && sync::is_dismissed(event, policy_) &&
          sync::excludes(ours, to_string(*event.recurrence_id)))
        left.push_back(*event.recurrence_id);
    for (const auto& time : left) {
      std::erase_if(theirs.overrides, [&](const model::Event& event) { return event.recurrence_id == time; });
      theirs.excluded.push_back(time);
    }
    return theirs;
  }

  static std::string title_of(const model::Series& series) {
    const model::Event& event = model::representative(series);
    return event.sensitivity == model::Sensitivity::normal ? event.summary : "(private)";
  }
  static std::optional<Instant> bound(const std::string& text) {
    Instant at;
    return parse_rfc3339(text, at) ? std::optional(at) : std::nullopt;
  }
  static std::optional<Instant> since(const store::Pair& pair) { return bound(pair.since); }
  static std::optional<Instant> until(const store::Pair& pair) { return bound(pair.until); }

  void report(DifferenceItem difference, const store::Pair& pair) {
    difference.mailbox = pair.mailbox.value;
    difference.folder = pair.folder_name;
    const std::scoped_lock lock(mutex_);
    ++outcome_.difference_count;
    if (outcome_.differences.size() < kMostListed) outcome_.differences.push_back(std::move(difference));
  }

  const app::PassContext& pass_;
  const JobOrder& order_;
  RunOutcome& outcome_;
  std::mutex& mutex_;
  std::stop_token stop_;
  sync::Policy policy_;
  std::unordered_set<std::string> lost_attachments_;
  std::uint64_t series_of_pair_ = 0, different_of_pair_ = 0;
};

}  // namespace

RunOutcome verify(const Context& context, const std::vector<config::MailboxEntry>& mailboxes, const RunOptions& options,
                  const ProgressSink& progress, std::stop_token stop) {
  RunOutcome outcome;
  outcome.command = "verify";
  const auto began = context.clock->monotonic();
  auto first = context.open_store();
  if (!first) {
    outcome.error = std::move(first).error();
    outcome.exit = Exit::usage;
    return outcome;
  }
  app::Sides sides(context.config, context.clock, context.sleeper);
  std::mutex mutex;
  std::atomic<std::size_t> next = 0;
  Progress sum;
  sum.mailboxes = mailboxes.size();
  {
    std::vector<std::jthread> workers;
    const std::size_t wanted = options.jobs > 0 ? options.jobs : context.config.sync.workers;
    for (std::size_t i = 0; i < std::min(wanted, mailboxes.size()); ++i)
      workers.emplace_back([&] {
        auto store = context.open_store();
        for (std::size_t at = next++; at < mailboxes.size(); at = next++) {
          MailboxOutcome mailbox;
          mailbox.address = mailboxes[at].address.value;
          const JobOrder order{mailboxes[at], options};
          Status status = store ? Status() : Status(store.error());
          if (store) {
            const app::PassContext pass{context, sides, **store, RunId()};
            status = MailboxCheck(pass, order, outcome, mutex, stop).run(mailbox);
          }
          const std::scoped_lock lock(mutex);
          if (!status) {
            mailbox.state = status.error().fault == Fault::cancelled ? MailboxOutcome::State::interrupted
                                                                     : MailboxOutcome::State::failed;
            mailbox.error = app::with_remedy(status.error());
          }
          outcome.checked_series += mailbox.counts().series;
          outcome.mailboxes.push_back(std::move(mailbox));
          sum.mailboxes_done = outcome.mailboxes.size();
          sum.done = sum.total = outcome.checked_series;
          if (progress) progress(sum);
        }
      });
  }
  std::sort(outcome.mailboxes.begin(), outcome.mailboxes.end(),
            [](const auto& a, const auto& b) { return a.address < b.address; });
  std::size_t server_errors = 0;
  for (const auto& mailbox : outcome.mailboxes) {
    if (mailbox.state == MailboxOutcome::State::interrupted) outcome.exit = worse(outcome.exit, Exit::interrupted);
    if (mailbox.state != MailboxOutcome::State::failed) continue;
    outcome.exit = worse(outcome.exit, Exit::some_failed);
    if (app::is_server_error(*mailbox.error)) ++server_errors;
  }
  if (server_errors > 0 && server_errors == outcome.mailboxes.size())
    outcome.exit = worse(outcome.exit, Exit::nothing_possible);
  if (outcome.difference_count > 0) outcome.exit = worse(outcome.exit, Exit::differences);
  outcome.exchange_requests = sides.exchange_requests();
  outcome.caldav_requests = sides.caldav_requests();
  outcome.seconds = std::chrono::duration<double>(context.clock->monotonic() - began).count();
  return outcome;
}

}  // namespace caravan::exodus
