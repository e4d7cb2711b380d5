// SPDX-License-Identifier: GPL-3.0-or-later
// What is sent to Exchange: changes of series under the change keys that the decision saw. Exchange rewrites what it is
// given, so that every write is read back before it becomes the base (decisions.md 2).
#include <algorithm>

#include "ical/expand.hpp"
#include "ical/parse.hpp"
#include "model/canonical.hpp"
#include "sync/engine_impl.hpp"
#include "sync/meeting.hpp"
#include "sync/occurrence.hpp"
#include "sync/rebase.hpp"
#include "util/crash_point.hpp"

namespace caravan::sync {
namespace {

/// Attachment contents of a CalDAV text on their way into the spool.
class SpooledContents final : public ical::ContentSink {
 public:
  explicit SpooledContents(Spool& spool) : spool_(spool) {}
  Status write(std::string_view piece) override {
    if (!file_) {
      CARAVAN_TRY(opened, spool_.open());
      file_ = std::move(opened);
    }
    return file_->write(piece);
  }
  Status finish(const Digest& digest, std::uint64_t) override {
    if (!file_) {
      CARAVAN_TRY(opened, spool_.open());
      file_ = std::move(opened);
    }
    return std::exchange(file_, nullptr)->keep(digest);
  }

 private:
  Spool& spool_;
  std::unique_ptr<Spool::File> file_;
};

std::string key_of(const model::Event& event, const model::Attachment& attachment) {
  return occurrence_of(event) + '\n' + attachment.name + '\n' + attachment.uri;
}

/// The attachments of a series by name, and by name and content; one name twice is nobody's.
class NamedAttachments {
 public:
  explicit NamedAttachments(model::Series& series) {
    for_each_event(series, [&](model::Event& event) {
      for (const auto& attachment : event.attachments) {
        const std::string key = key_of(event, attachment);
        exact_.emplace(key + '\n' + attachment.content.hex, &attachment);
        const auto [at, fresh] = by_name_.emplace(key, &attachment);
        if (!fresh) at->second = nullptr;
      }
    });
  }
  /// The one that `attachment` is, as far as its content is known; null where there is none.
  [[nodiscard]] const model::Attachment* find(const model::Event& event, const model::Attachment& attachment) const {
    const std::string key = key_of(event, attachment);
    if (!attachment.content.empty()) {
      const auto exact = exact_.find(key + '\n' + attachment.content.hex);
      return exact == exact_.end() ? nullptr : exact->second;
    }
    const auto named = by_name_.find(key);
    return named == by_name_.end() ? nullptr : named->second;
  }

 private:
  std::unordered_map<std::string, const model::Attachment*> exact_, by_name_;
};

/// The recurrence id that prints as `occurrence`.
std::optional<model::EventTime> occurrence_time(const model::Series& series, const std::string& occurrence,
                                                const model::ZoneBook& zones) {
  constexpr Instant kEver(std::chrono::seconds(253402300799));  // year 9999
  for (const auto& event : series.overrides)
    if (event.recurrence_id && model::to_string(*event.recurrence_id) == occurrence) return event.recurrence_id;
  if (!series.master) return std::nullopt;
  const Instant from = series.master->start.instant() - std::chrono::hours(24);
  for (const auto& each : ical::expand(series, from, kEver, zones))
    if (model::to_string(each.original_start) == occurrence) return each.original_start;
  return std::nullopt;
}

/// Whether an error of one write concerns that series alone.
bool is_series_error(const Error& error) {
  return error.fault == Fault::unsupported || error.fault == Fault::malformed || is_item_error(error);
}

/// Of an invitation to single occurrences those that were declined left Exchange, each with its item; `parts` stay.
model::Series without_what_left(model::Series series, const std::vector<ExchangePart>& parts, const Policy& policy) {
  if (series.master) return series;
  std::erase_if(series.overrides, [&](const model::Event& event) {
    return own_answer(event, policy) == model::Participation::declined &&
           std::none_of(parts.begin(), parts.end(),
                        [&](const ExchangePart& part) { return part.occurrence == occurrence_of(event); });
  });
  return series;
}

}  // namespace

Send sent_by(const Decision& decision, Side side) {
  Send send = Send::none;
  const auto take = [&](Side target, Send asked) {
    if (target == side && asked != Send::none) send = asked;
  };
  for (const auto& action : decision.actions) {
    if (const auto* create = std::get_if<Create>(&action)) take(create->target, create->send);
    if (const auto* update = std::get_if<Update>(&action)) take(update->target, update->send);
    if (const auto* removal = std::get_if<Delete>(&action)) take(removal->target, removal->send);
    if (const auto* respond = std::get_if<Respond>(&action)) take(Side::exchange, respond->send);
    if (const auto* cancel = std::get_if<Cancel>(&action)) take(Side::exchange, cancel->send);
  }
  return send;
}

std::vector<ExchangePart> as_named(const std::vector<store::Mapping::ExchangePart>& parts) {
  std::vector<ExchangePart> out;
  for (const auto& part : parts) out.push_back({part.item, part.change_key, part.occurrence});
  return out;
}

/// The request that the decision asks for.
Status PairPass::Impl::prepare_exchange_write(Work& work) {
  work.exchange_write = Work::Write::none;
  work.exchange_before.clear();
  work.request = {};
  const std::string mark = mark_for(pair.mailbox, work.uid);
  const Send send = sent_by(work.decision, Side::exchange);
  const bool calls_off =
      std::any_of(work.decision.actions.begin(), work.decision.actions.end(), [](const Action& each) {
        const auto* cancel = std::get_if<Cancel>(&each);
        return cancel != nullptr && cancel->occurrence.empty();
      });
  work.item_left = calls_off;
  if (const auto* create = action_on<Create>(work.decision, Side::exchange)) {
    work.exchange_write = Work::Write::create;
    work.request = {work.uid, mark, {}, {}, {}, create->series, send};
  } else if (calls_off || action_on<Delete>(work.decision, Side::exchange) != nullptr) {
    work.exchange_write = Work::Write::remove;
    work.request = {work.uid, mark, as_named(work.parts), work.exchange.series, {}, {}, send};
  } else if (const auto* update = action_on<Update>(work.decision, Side::exchange)) {
    work.exchange_write = Work::Write::update;
    work.request = {work.uid, mark, as_named(work.parts), work.exchange.series, update->changes, update->series, send};
  } else if (holds_action<Respond>(work.decision) || holds_action<Cancel>(work.decision)) {
    work.exchange_write = Work::Write::update;
    work.request = {work.uid, mark, as_named(work.parts), work.exchange.series, {}, work.exchange.series, send};
  }
  if (work.exchange_write == Work::Write::none) return {};
  if (work.exchange_write != Work::Write::remove) add_answers(work);
  if (work.exchange_write != Work::Write::create) work.exchange_before = copy_of_series(work.exchange.series, mark);
  if (work.exchange_write == Work::Write::remove) return {};
  work.request.series.uid = work.uid;
  name_known_attachments(work.request.series,
                         work.exchange_write == Work::Write::create ? nullptr : &work.exchange.series);
  keep_attachments_by_policy(work);
  return work.stored ? spool_contents(work.request.series, work.stored->text) : Status{};
}

/// Answers, and occurrences called off, as the series shows them afterwards.
void PairPass::Impl::add_answers(Work& work) const {
  model::Series& series = work.request.series;
  const auto event_at = [&](const std::string& occurrence) -> model::Event* {
    if (occurrence.empty()) return series.master ? &*series.master : nullptr;
    for (auto& event : series.overrides)
      if (occurrence_of(event) == occurrence) return &event;
    return nullptr;
  };
  model::Delta& changes = work.request.changes;
  for (const auto& action : work.decision.actions) {
    if (const auto* cancel = std::get_if<Cancel>(&action)) {
      const auto time = occurrence_time(series, cancel->occurrence, *options_.policy.zones);
      if (!time) continue;
      std::erase_if(series.overrides, [&](const model::Event& event) { return event.recurrence_id == *time; });
      series.excluded.push_back(*time);
      changes.push_back({{}, model::Field::excluded, cancel->occurrence});
    }
    const auto* respond = std::get_if<Respond>(&action);
    if (respond == nullptr) continue;
    model::Event* event = event_at(respond->occurrence);
    if (event == nullptr) {
      const auto time = occurrence_time(series, respond->occurrence, *options_.policy.zones);
      if (!time || !series.master) continue;
      series.overrides.push_back(plain_occurrence(series, *time, *options_.policy.zones));
      event = &series.overrides.back();
      changes.push_back({respond->occurrence, model::Field::presence, {}});
    }
    for (auto& attendee : event->attendees)
      if (attendee.address == respond->attendee) attendee.participation = respond->answer;
    changes.push_back({respond->occurrence, model::Field::attendee, respond->attendee});
  }
  if (work.exchange_write == Work::Write::create) changes.clear();
  std::sort(changes.begin(), changes.end());
  changes.erase(std::unique(changes.begin(), changes.end()), changes.end());
  model::normalize(series);
}

/// Attachments that Exchange holds already get its ids; the others have none.
void PairPass::Impl::name_known_attachments(model::Series& series, model::Series* on_exchange) {
  std::optional<NamedAttachments> known;
  if (on_exchange != nullptr) known.emplace(*on_exchange);
  for_each_event(series, [&](model::Event& event) {
    for (auto& attachment : event.attachments) {
      const auto* found = known ? known->find(event, attachment) : nullptr;
      attachment.source_id = found == nullptr ? std::string() : found->source_id;
      if (found != nullptr) attachment.content = found->content;
    }
  });
}

/// What policy keeps on its side is a loss that is reported, as it is the other way round.
void PairPass::Impl::keep_attachments_by_policy(Work& work) const {
  work.own_losses.clear();
  for_each_event(work.request.series, [&](model::Event& event) {
    std::erase_if(event.attachments, [&](const model::Attachment& attachment) {
      if (!attachment.source_id.empty() || !attachment.uri.empty()) return false;
      const bool skipped = options_.attachments != AttachmentPolicy::keep_inline;
      if (!skipped && attachment.size <= options_.max_attachment_bytes) return false;
      work.own_losses.push_back(
          {skipped ? model::LossReason::attachment_skipped : model::LossReason::attachment_too_large,
           occurrence_of(event), attachment.name + " (" + std::to_string(attachment.size) + " bytes)"});
      return true;
    });
  });
}

/// Contents that Exchange does not have yet are taken from CalDAV's text.
Status PairPass::Impl::spool_contents(model::Series& series, const std::string& text) {
  bool wanted = false;
  for_each_event(series, [&](model::Event& event) {
    for (const auto& attachment : event.attachments)
      wanted =
          wanted || (attachment.uri.empty() && attachment.source_id.empty() && !spool_.path_of(attachment.content));
  });
  if (!wanted) return {};
  SpooledContents sink(spool_);
  ical::ParseOptions options;
  options.content = &sink;
  auto parsed = ical::parse_one(text, options);
  return parsed ? Status{} : Status(std::move(parsed).error());
}

/// Before a create that may double something, Exchange is asked for the UID and for our mark. What it holds meets
/// CalDAV's copy instead.
Status PairPass::Impl::find_twins(std::vector<Work>& works) {
  std::vector<Work*> unsure;
  std::vector<ExchangeSearch> searches;
  for (auto& work : works) {
    if (action_on<Create>(work.decision, Side::exchange) == nullptr || work.searched || options_.dry_run) continue;
    const bool listed = options_.observe == Observe::both_sides && !auditing() && !unnamed_parked_ && !options_.since &&
                        !options_.until && options_.private_events != PrivateEvents::omit;
    const bool bears_mark =
        work.stored && work.stored->text.find(mark_for(pair.mailbox, work.uid)) != std::string::npos;
    if (listed && !bears_mark && work.tries == 0 && !must_look_.contains(work.uid)) continue;
    unsure.push_back(&work);
    searches.push_back({work.uid, mark_for(pair.mailbox, work.uid)});
  }
  if (unsure.empty()) return {};
  auto found = exchange_.find(searches);
  std::vector<Work*> met;
  for (std::size_t i = 0; i < unsure.size(); ++i) {
    Work& work = *unsure[i];
    if (!found[i]) return std::move(found[i]).error();
    work.searched = true;
    std::erase_if(*found[i], [&](const ItemId& item) { return deleted_items_.contains(item.value); });
    if (found[i]->empty()) continue;
    work.parts = {{found[i]->front(), {}, {}}};
    met.push_back(&work);
  }
  if (met.empty()) return {};
  CARAVAN_CHECK(read_exchange(met));
  for (Work* work : met) CARAVAN_CHECK(decide(*work));
  return {};
}

/// Sends what the works of the round have for Exchange. Those that failed leave the round; an error ends the pass when
/// the others are done.
Status PairPass::Impl::write_to_exchange(std::vector<Work*>& round, std::vector<Work*>& again, store::Batch& results) {
  std::vector<Work*> written, removed;
  std::vector<ExchangeWrite> writes;
  std::vector<ExchangeRemoval> removals;
  for (Work* work : round) {
    if (work->exchange_write == Work::Write::none) continue;
    const bool removes = work->exchange_write == Work::Write::remove;
    (removes ? removed : written).push_back(work);
    if (removes)
      removals.push_back({work->uid, work->request.parts, work->request.send});
    else
      writes.push_back(work->request);
  }
  if (written.empty() && removed.empty()) return {};
  const Error silence = make_error(Fault::in_doubt, "Exchange did not answer.");
  std::vector<Result<ExchangeWritten>> answers(written.size(), silence);
  std::vector<Status> removal_answers(removed.size(), Status(silence));
  if (!writes.empty())
    exchange_.write(
        writes, [&](const model::Attachment& attachment) { return spool_.path_of(attachment.content); },
        [&](std::size_t index, Result<ExchangeWritten> answer) { answers[index] = std::move(answer); });
  if (!removals.empty())
    exchange_.remove(removals, [&](std::size_t index, Status answer) { removal_answers[index] = std::move(answer); });
  crash_point("exchange_written");

  Status fatal;
  std::unordered_set<Work*> failed;
  const auto refuse = [&](Work& work, const Error& error) {
    failed.insert(&work);
    if (auto status = refused_by_exchange(work, error, again, results); !status) fatal = std::move(status);
  };
  std::vector<Work*> unread;
  std::vector<std::vector<ExchangePart>> told;
  for (std::size_t i = 0; i < written.size(); ++i) {
    if (!answers[i]) {
      refuse(*written[i], answers[i].error());
    } else if (answers[i]->gone) {
      written[i]->item_left = true;  // what it held last is what the decision saw
    } else if (answers[i]->stored) {
      if (auto status = take_stored(*written[i], answers[i]->parts, *answers[i]->stored); !status)
        refuse(*written[i], status.error());
    } else {
      unread.push_back(written[i]);
      told.push_back(std::move(answers[i]->parts));
    }
  }
  for (std::size_t i = 0; i < removed.size(); ++i)
    if (!removal_answers[i] && removal_answers[i].error().fault != Fault::not_found)
      refuse(*removed[i], removal_answers[i].error());
  if (auto status = read_back_exchange(unread, told); !status) {
    failed.insert(unread.begin(), unread.end());
    fatal = std::move(status);
  }
  std::erase_if(round, [&](Work* work) { return failed.contains(work); });
  return fatal;
}

/// The write did not take effect, or nobody knows. An error that does not concern this series alone ends the pass.
Status PairPass::Impl::refused_by_exchange(Work& work, const Error& error, std::vector<Work*>& again,
                                           store::Batch& results) {
  switch (error.fault) {
    case Fault::precondition_failed:
    case Fault::not_found:
      close_intents(work, results);
      again.push_back(&work);
      return {};
    case Fault::in_doubt:
      if (stop_.stop_requested()) return error;
      in_doubt_ = true;  // its intent stays open: recover() looks what became of it
      work.may_stand = true;
      again.push_back(&work);
      return {};
    case Fault::unsupported:
    case Fault::malformed:
    case Fault::denied:
      break;
    case Fault::retry_later:
    case Fault::cancelled:
      return error;
  }
  if (!is_series_error(error)) return error;
  // A person has to look. CalDAV still gets what Exchange changed, and keeps what it has to itself.
  close_intents(work, results);
  const Href& href = work.stored ? work.stored->href : work.href;
  Error shown = error;
  if (work.exchange_write == Work::Write::remove) shown.code = kDeleteRefused;
  park(Side::caldav, href.value, work.uid, shown, results);
  if (work.exchange_write == Work::Write::remove) {  // its row stays, and is tried again in its turn
    ++done_;
    return {};
  }
  work.one_way = true;
  again.push_back(&work);
  return {};
}

/// What Exchange stored, for answers that did not tell.
Status PairPass::Impl::read_back_exchange(std::span<Work* const> works,
                                          const std::vector<std::vector<ExchangePart>>& told) {
  std::vector<Work> reading(works.size());
  std::vector<Work*> asked;
  for (std::size_t i = 0; i < works.size(); ++i) {
    reading[i].uid = works[i]->uid;
    reading[i].request = works[i]->request;
    for (const auto& part : told[i]) reading[i].parts.push_back({part.item, part.change_key, part.occurrence});
    asked.push_back(&reading[i]);
  }
  if (asked.empty()) return {};
  CARAVAN_CHECK(read_exchange(asked));
  for (std::size_t i = 0; i < works.size(); ++i) {
    const bool same =
        std::equal(told[i].begin(), told[i].end(), reading[i].parts.begin(), reading[i].parts.end(),
                   [](const auto& a, const auto& b) { return a.item == b.item && a.change_key == b.change_key; });
    take_written(*works[i], told[i], reading[i].exchange_seen == Seen::there ? &reading[i] : nullptr, same);
  }
  return {};
}

/// The same for an answer that told it.
Status PairPass::Impl::take_stored(Work& work, const std::vector<ExchangePart>& parts, ExchangeItem stored) {
  Work reading;
  reading.uid = work.uid;
  take_contents(stored.copy.series, work.request.series);
  CARAVAN_CHECK(load_attachments(stored, {}));
  reading.exchange = std::move(stored.copy);
  reading.exchange.series.uid = work.uid;
  reading.exchange.digest = model::digest(reading.exchange.series);
  reading.losses = std::move(stored.losses);
  const bool same = parts.size() == 1 && reading.exchange.version.value == parts.front().change_key.value;
  take_written(work, parts, &reading, same);
  return {};
}

/// The work's Exchange copy is what stands there now as far as this write made it. A read-back in the very version of
/// the write is taken whole; of a later one, or none, only what was written (decisions.md 2).
void PairPass::Impl::take_written(Work& work, const std::vector<ExchangePart>& parts, Work* read, bool same_version) {
  Copy written = copy_holding(without_what_left(work.request.series, parts, options_.policy));
  written.version.value = parts.empty() ? std::string() : parts.front().change_key.value;
  written.modified = clock_.now();
  if (read != nullptr) {
    const model::Delta touched =
        work.exchange_write == Work::Write::create ? all_units(work.request.series) : work.request.changes;
    const Instant modified = read->exchange.modified;
    work.exchange = same_version
                        ? std::move(read->exchange)
                        : after_racing_write(Side::exchange, written, touched, read->exchange, options_.policy);
    work.exchange.modified = modified;
    work.losses = std::move(read->losses);
    work.is_organizer = read->is_organizer;
  } else {
    work.exchange = std::move(written);
  }
  work.exchange_seen = Seen::there;
  work.parts.clear();
  for (const auto& part : parts) work.parts.push_back({part.item, part.change_key, part.occurrence});
  work.base_text.clear();
}

/// Exchange lists attachments without telling what is in them; of those just written it is known.
void PairPass::Impl::take_contents(model::Series& stored, model::Series& written) {
  const NamedAttachments known(written);
  for_each_event(stored, [&](model::Event& event) {
    for (auto& attachment : event.attachments) {
      const auto* found = attachment.content.empty() ? known.find(event, attachment) : nullptr;
      if (found == nullptr) continue;
      attachment.content = found->content;
      attachment.size = found->size;
    }
  });
}

}  // namespace caravan::sync
