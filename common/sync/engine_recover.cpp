// SPDX-License-Identifier: GPL-3.0-or-later
// After a kill: every open intent is looked at and rolled forward. What took effect becomes the base, as the killed
// pass would have committed it; without that, our own write would pass for an edit of that side's, or for a delete of
// its users'. This file looks at CalDAV; engine_recover_exchange.cpp at Exchange.
//
// A process that was not killed but stood still at its send, or a request that was long on its way, may take effect
// after this look (no side can check an epoch). So, for as long as the pass goes on, its series are looked at once more
// before anything is decided about them.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "ical/parse.hpp"
#include "model/canonical.hpp"
#include "sync/engine_impl.hpp"
#include "sync/equal_across.hpp"

namespace caravan::sync {
namespace {

constexpr std::size_t kAtOnce = 64;

std::string text_of(const nlohmann::json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

nlohmann::json read_json(const std::string& text) {
  auto json = nlohmann::json::parse(text, nullptr, false);
  return json.is_object() ? std::move(json) : nlohmann::json::object();
}

}  // namespace

/// All that the commit after the write would say. `text` is what is sent, with references in place of attachments.
void PairPass::Impl::describe_write(Work& work, const std::string& text, store::Intent& intent) const {
  if (work.base_text.empty()) work.base_text = copy_of_series(work.exchange.series, mark_for(pair.mailbox, work.uid));
  intent.desired = work.exchange.digest;
  intent.desired_copy = work.base_text;
  nlohmann::json json = {{"modified", work.exchange.modified.time_since_epoch().count()},
                         {"units", written_units(work)}};
  for (const auto& part : work.parts)
    json["parts"].push_back({part.item.value, part.change_key.value, part.occurrence});
  for (const auto& loss : work.losses)
    json["losses"].push_back({model::to_string(loss.reason), loss.occurrence, loss.detail});
  if (text != work.base_text) json["written"] = text;
  if (!work.decision.kept.empty()) json["base"] = caldav_base(work, text);
  if (intent.kind == "update" && work.stored) json["before"] = work.stored->text;
  intent.payload = text_of(json);
}

void PairPass::Impl::describe_delete(const Work& work, store::Intent& intent) const {
  intent.payload = text_of({{"moved", work.moved}, {"before", work.stored->text}});
}

/// Every open intent of the pair.
Status PairPass::Impl::recover() {
  if (options_.dry_run) return {};
  CARAVAN_TRY(intents, store_.open_intents(pair.id));
  if (intents.empty()) return {};
  store::Batch batch;
  const bool unfinished_fill = std::erase_if(intents, [&](const store::Intent& intent) {
                                 if (intent.kind == "fill") batch.close_intents.push_back(intent.id);
                                 return intent.kind == "fill";
                               }) > 0;
  CARAVAN_CHECK(roll_forward(intents, batch));
  if (unfinished_fill) {
    CARAVAN_CHECK(drop_filling_rows());
    CARAVAN_CHECK(mend_unfinished_fill());
  }
  return commit(batch);
}

/// Exchange is asked first: a write to CalDAV that belongs to one there was only sent when that one was done.
Status PairPass::Impl::roll_forward(std::span<const store::Intent> intents, store::Batch& batch) {
  std::vector<const store::Intent*> on_caldav, on_exchange;
  for (const auto& intent : intents) (intent.target == Side::exchange ? on_exchange : on_caldav).push_back(&intent);
  RecoveredWorks recovered;
  for (std::size_t at = 0; at < on_exchange.size(); at += kAtOnce)
    CARAVAN_CHECK(recover_on_exchange(std::span(on_exchange).subspan(at, std::min(kAtOnce, on_exchange.size() - at)),
                                      recovered, batch));
  for (std::size_t at = 0; at < on_caldav.size(); at += kAtOnce)
    CARAVAN_CHECK(recover_on_caldav(std::span(on_caldav).subspan(at, std::min(kAtOnce, on_caldav.size() - at)),
                                    recovered, batch));
  for (auto& [uid, work] : recovered.written) {
    results_of_recovery(work, batch);
    if (work.stored) batch.mappings.push_back(mapping_after(work, work.stored->etag, work.stored->text));
  }
  for (const auto& intent : intents) {
    if (blocked_.contains(intent.uid)) continue;
    // One way, Exchange is read by another thread meanwhile.
    if (recovered.without_effect.contains(intent.id) && (two_way() || intent.target == Side::caldav))
      without_effect_[intent.uid].push_back(intent);
    else
      batch.close_intents.push_back(intent.id);
  }
  return {};
}

/// Before anything is decided about these works, which were looked at: a write of theirs that had no effect when it was
/// recovered may have one now. Works with such a write are looked at anew, over the base that it led to. (One that
/// takes effect later still makes ours be refused, and then this is asked again; not where a write of this pass may
/// stand there, which says all that the earlier one did.)
Status PairPass::Impl::recover_late_writes(std::vector<Work>& works) {
  std::vector<store::Intent> late;
  for (const auto& work : works) {
    if (work.may_stand) continue;
    if (auto found = without_effect_.extract(work.uid))
      late.insert(late.end(), found.mapped().begin(), found.mapped().end());
  }
  if (late.empty()) return {};
  store::Batch batch;
  CARAVAN_CHECK(roll_forward(late, batch));
  std::unordered_map<Uid, std::ptrdiff_t> had_effect;
  for (const auto& intent : late) ++had_effect[intent.uid];
  CARAVAN_CHECK(commit(batch));
  for (const auto& [uid, intents] : without_effect_)
    if (const auto at = had_effect.find(uid); at != had_effect.end()) at->second -= std::ssize(intents);
  const auto changed = std::stable_partition(works.begin(), works.end(), [&](const Work& work) {
    const auto at = had_effect.find(work.uid);
    return at == had_effect.end() || at->second == 0;
  });
  std::vector<Work> again(std::make_move_iterator(changed), std::make_move_iterator(works.end()));
  works.erase(changed, works.end());
  if (again.empty()) return {};
  for (auto& work : again) {
    CARAVAN_TRY(mapping, store_.mapping(pair.id, work.uid));
    work.mapping = std::move(mapping);
  }
  CARAVAN_CHECK(refresh(again));
  std::move(again.begin(), again.end(), std::back_inserter(works));
  return {};
}

/// What was written, or settled, in place of them; `uid` empty: the pass is over. They stay open until then, so that
/// the next pass knows of them where this one dies.
void PairPass::Impl::close_writes_without_effect(const Uid& uid, store::Batch& batch) {
  for (auto at = without_effect_.begin(); at != without_effect_.end();) {
    if (!uid.empty() && at->first != uid) {
      ++at;
      continue;
    }
    for (const auto& intent : at->second) batch.close_intents.push_back(intent.id);
    at = without_effect_.erase(at);
  }
}

/// Takes out of `on_exchange.written` what belongs to one of these intents.
Status PairPass::Impl::recover_on_caldav(std::span<const store::Intent* const> intents, RecoveredWorks& on_exchange,
                                         store::Batch& batch) {
  auto& written = on_exchange.written;
  std::vector<Href> hrefs;
  for (const auto* intent : intents) hrefs.emplace_back(intent->object);
  std::vector<CaldavAnswer> answers(intents.size(),
                                    make_error(Fault::retry_later, "The CalDAV server did not answer for this event."));
  caldav_.read(hrefs, [&](std::size_t index, CaldavAnswer answer) { answers[index] = std::move(answer); });
  for (std::size_t i = 0; i < intents.size(); ++i) {
    const store::Intent& intent = *intents[i];
    const auto* error = std::get_if<Error>(&answers[i]);
    if (error != nullptr && error->fault != Fault::not_found && error->fault != Fault::malformed) return *error;
    if (blocked_.contains(intent.uid)) continue;
    CARAVAN_TRY(known, store_.mapping(pair.id, intent.uid));
    const auto before = written.find(intent.uid);
    Work* work = before == written.end() ? nullptr : &before->second;
    const auto unseen = on_exchange.unseen.find(intent.uid);
    const Work* base = work == nullptr && unseen != on_exchange.unseen.end() ? &unseen->second : work;
    const bool forward = intent.kind == "delete" ? forward_delete(intent, known, answers[i], batch)
                                                 : forward_write(intent, known, answers[i], base, batch);
    if (!forward) {
      must_look_.insert(intent.uid);
      on_exchange.without_effect.insert(intent.id);
    }
    if (work == nullptr) continue;
    if (!forward)
      if (auto mapping = partly_agreed(*work)) batch.mappings.push_back(std::move(*mapping));
    results_of_recovery(*work, batch);
    written.erase(before);
  }
  return {};
}

/// False where the write did not take effect, or where that can't be told.
bool PairPass::Impl::forward_write(const store::Intent& intent, const std::optional<store::Mapping>& known,
                                   const CaldavAnswer& answer, const Work* on_exchange, store::Batch& batch) {
  const auto* stored = std::get_if<CaldavText>(&answer);
  if (stored == nullptr || (intent.kind == "update" && stored->etag.value == intent.expected)) return false;
  if (known && known->state == "active" && known->etag == stored->etag && known->exchange_digest == intent.desired)
    return true;
  const auto json = read_json(intent.payload);
  const std::string written_text = json.value("written", intent.desired_copy);
  auto parsed = ical::parse_one(stored->text);
  auto written = series_of_copy(written_text);
  auto desired = series_of_copy(intent.desired_copy);
  if (!parsed || !parsed->series || !written || !desired || !json.contains("parts")) return false;
  const auto edits = differences_across(*written, *parsed->series, options_.policy);
  if (intent.kind == "create") {
    if (parsed->mark != mark_for(pair.mailbox, intent.uid)) return false;  // somebody else's
  } else {
    auto before = series_of_copy(json.value("before", std::string()));
    if (!before) return false;
    for (const auto& unit : model::difference(*before, *written))
      for (const auto& edit : edits)
        if (edit.unit.field == unit.field && edit.unit.occurrence == unit.occurrence && edit.unit.key == unit.key)
          return false;
  }
  Work work;
  work.uid = intent.uid;
  work.write = intent.kind == "create" ? Work::Write::create : Work::Write::update;
  work.href = stored->href;
  work.exchange.series = std::move(*desired);
  work.exchange.digest = intent.desired;
  work.exchange.modified = Instant(std::chrono::seconds(json.value("modified", std::int64_t{0})));
  work.base_text = intent.desired_copy;
  for (const auto& part : json["parts"]) work.parts.push_back({ItemId(part.at(0)), ChangeKey(part.at(1)), part.at(2)});
  if (on_exchange != nullptr) {
    work.exchange = on_exchange->exchange;
    work.parts = on_exchange->parts;
    work.base_text.clear();
  }
  if (on_exchange != nullptr && holds_action<Dismiss>(on_exchange->decision))
    work.decision.actions.push_back(Dismiss{}), work.mapping = known;
  store::Mapping mapping = mapping_after(work, stored->etag, edits.empty() ? stored->text : written_text);
  if (json.contains("base")) mapping.caldav_copy = json["base"];
  if (json.contains("base") || !edits.empty()) mapping.caldav_digest = sha256(mapping.caldav_copy);
  if (two_way() && !edits.empty()) mapping.etag = Etag("\"edited since\"");  // its list has news for us
  batch.mappings.push_back(std::move(mapping));
  batch.audit.push_back(audit(intent.uid, intent.kind == "create" ? "created" : "updated", "recovered",
                              json.value("units", std::string())));
  for (const auto& loss : json.value("losses", nlohmann::json::array())) {
    store::LossRow row;
    row.pair = pair.id;
    row.mailbox = pair.mailbox;
    row.uid = intent.uid;
    row.reason = loss.at(0);
    row.occurrence = loss.at(1);
    row.detail = loss.at(2);
    batch.losses.push_back(std::move(row));
  }
  store::Undo row = undo(intent.uid, stored->href);
  row.run = intent.run;
  if (json.contains("before")) row.before_text = json["before"].get<std::string>();
  row.after_etag = edits.empty() ? stored->etag : Etag("\"edited since\"");
  batch.undo.push_back(std::move(row));
  if (intent.kind == "create") expect(Side::caldav, stored->href.value, batch);
  ++(intent.kind == "create" ? report.created : report.updated);
  return true;
}

bool PairPass::Impl::forward_delete(const store::Intent& intent, const std::optional<store::Mapping>& known,
                                    const CaldavAnswer& answer, store::Batch& batch) {
  if (!std::holds_alternative<Gone>(answer)) return false;
  if (!known || known->state != "active") return true;
  const auto json = read_json(intent.payload);
  Work work;
  work.uid = intent.uid;
  work.mapping = *known;
  work.exchange_seen = Seen::gone;
  work.write = Work::Write::remove;
  work.href = Href(intent.object);
  work.stored = CaldavText{work.href, Etag(intent.expected), json.value("before", std::string())};
  work.moved = json.value("moved", false);
  work.decision.reason = Reason::exchange_deleted;
  work.decision.actions.push_back(Delete{Side::caldav, {}, {}});
  settle_gone(work, batch);
  return true;
}

}  // namespace caravan::sync
