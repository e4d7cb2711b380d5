// SPDX-License-Identifier: GPL-3.0-or-later
// Bulk fill: a calendar that does not exist yet is made with all its events in one request, on servers where single
// PUTs cost more the fuller the calendar is (caldav-servers: Radicale). Everything goes through a spool file; the
// mappings are stored beforehand as "filling" and become active when a listing shows their resources.
#include <sys/stat.h>

#include <cstdio>
#include <future>

#include "ical/parse.hpp"
#include "ical/patch.hpp"
#include "ical/zone_book.hpp"
#include "ical/zone_repair.hpp"
#include "sync/engine_impl.hpp"
#include "util/crash_point.hpp"

namespace caravan::sync {
namespace {

/// Below this many series single PUTs are as quick, and nobody else waits behind the server's lock.
constexpr std::uint64_t kWorthIt = 50;

struct FileCloser {
  void operator()(std::FILE* file) const noexcept {
    if (file != nullptr) std::fclose(file);
  }
};
using File = std::unique_ptr<std::FILE, FileCloser>;

Error spool_error(const std::string& path) {
  return make_error(Fault::denied, "The spool file " + path + " could not be written.", "disk_full",
                    "Free space in the spool folder, or set sync.spool_dir to a folder with more room.");
}

bool append(std::FILE* file, const std::string& text) {
  return std::fwrite(text.data(), 1, text.size(), file) == text.size();
}

/// Attachments above this go by a single PUT of their own, streamed from the spool.
constexpr std::uint64_t kMostContents = 1ULL << 20U;

/// Bytes of all attachments; at least 1 where there is one.
std::uint64_t content_bytes(const model::Series& series) {
  std::uint64_t sum = 0;
  const auto add = [&](const model::Event& event) {
    for (const auto& attachment : event.attachments)
      if (attachment.uri.empty()) sum += attachment.size + 1;
  };
  if (series.master) add(*series.master);
  for (const auto& event : series.overrides) add(event);
  return sum;
}

}  // namespace

/// What the fill remembers: little per event, whatever its size.
struct PairPass::Impl::Spooled {
  std::string events_path, whole_path;
  int first_year = kNoYear;  ///< of any time in it: there the zones' history begins
  struct Event {
    Uid uid;
    std::vector<std::int64_t> sequences;  ///< the pending changes that it settles
    int zones_since;                      ///< its first year, where the server makes a VTIMEZONE for it
  };
  std::vector<Event> series;
  std::map<std::string, std::size_t> zones;  ///< with the place in `series` of an event that has it
  std::uint64_t bytes = 0;
};

/// True where the collection was filled (or partly, the rest following by single PUTs); false: nothing was done.
Result<bool> PairPass::Impl::fill() {
  if (!fresh_collection_ || !options_.bulk_fill || !caldav_.traits().bulk_fill || options_.dry_run || known_ < kWorthIt)
    return false;
  CARAVAN_CHECK(drop_filling_rows());  // of a pass that was killed while it spooled
  const auto losses = report.losses.size();
  const auto loss_counts = report.loss_counts;
  // The single requests that follow tell their losses themselves.
  const auto give_up = [&] {
    report.losses.resize(losses);
    report.loss_counts = loss_counts;
    return drop_filling_rows();
  };
  Spooled spooled;
  CARAVAN_CHECK(spool_everything(spooled));
  if (spooled.series.size() < kWorthIt) {
    CARAVAN_CHECK(give_up());
    cursor_ = 0;
    return false;
  }
  store::Batch batch;
  store::Intent intent;
  intent.pair = pair.id;
  intent.run = options_.run;
  intent.kind = "fill";
  intent.object = pair.collection.value;
  intent.epoch = options_.lease ? options_.lease->epoch : 0;
  intent.created = clock_.now();
  batch.open_intents.push_back(intent);
  CARAVAN_CHECK(commit(batch));
  crash_point("spool_written");
  struct stat info {};
  if (::stat(spooled.whole_path.c_str(), &info) != 0) return spool_error(spooled.whole_path);
  const Status filled = caldav_.fill(spooled.whole_path, static_cast<std::uint64_t>(info.st_size));
  crash_point("fill_sent");
  spool_.drop_file(spooled.whole_path);
  if (!filled && filled.error().fault == Fault::denied && filled.error().code != "HTTP 403" &&
      filled.error().code != "HTTP 413")
    return filled.error();
  store::Batch closed;
  closed.close_intents.push_back(batch.open_intents.front().id);
  CARAVAN_TRY(there, caldav_.exists());
  if (!there) {
    // Refused whole (a poison item among them, or too large): the single PUTs find out which one it was.
    CARAVAN_CHECK(give_up());
    CARAVAN_CHECK(commit(closed));
    cursor_ = 0;
    done_ = 0;
    return false;
  }
  fresh_collection_ = false;
  if (!filled) {
    // Somebody was faster, or the answer was lost: what is there may be anybody's, so each series meets it by its UID.
    CARAVAN_CHECK(give_up());
    CARAVAN_CHECK(mend_unfinished_fill());
    CARAVAN_CHECK(list_caldav());
    CARAVAN_CHECK(commit(closed));
    cursor_ = 0;
    done_ = 0;
    return false;
  }
  pair.collection_made = true;
  pair.made_by = options_.run;
  if (auto named = caldav_.set_properties(); !named && named.error().fault == Fault::cancelled) return named.error();
  CARAVAN_CHECK(activate(spooled));
  CARAVAN_CHECK(commit(closed));
  cursor_ = 0;
  return true;
}

/// Replaces the references in an event's text by the contents; false where one is not in the spool.
bool PairPass::Impl::put_contents_in(std::string& events) {
  const std::string path = spool_.new_file("event");
  const auto filled = ical::fill_content(
      events, path, [&](const model::Attachment& attachment) { return spool_.path_of(attachment.content); });
  std::string text;
  if (File file(filled ? std::fopen(path.c_str(), "rb") : nullptr); file) {
    std::vector<char> buffer(64U << 10U);
    while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), file.get()))
      text.append(buffer.data(), got);
  }
  spool_.drop_file(path);
  if (!filled) return false;
  events = std::move(text);
  return true;
}

/// Reads everything from Exchange into the spool and stores the mappings-to-be, chunk by chunk.
Status PairPass::Impl::spool_everything(Spooled& spooled) {
  spooled.events_path = spool_.new_file("events");
  File events(std::fopen(spooled.events_path.c_str(), "wb"));
  if (!events) return spool_error(spooled.events_path);
  const std::uint64_t known_before = known_;
  Chunk chunk;
  CARAVAN_TRY(more, next_chunk(chunk));
  if (more) read_chunk(chunk);
  while (more && spooled.bytes < options_.fill_limit_bytes) {
    if (stop_.stop_requested()) return make_error(Fault::cancelled, "Stopped on request.");
    Chunk next;
    CARAVAN_TRY(another, next_chunk(next));
    auto reading = std::async(std::launch::async, [&] {
      if (another) read_chunk(next);
    });
    auto works = works_of(chunk);
    store::Batch batch;
    if (works) {
      for (Work& work : *works) {
        const auto contents = content_bytes(work.exchange.series);
        if (contents > kMostContents) continue;  // follows by a single PUT, streamed
        // So does what has a zone of its own: the server may have met the name with another meaning.
        if (!work.exchange.series.zones.empty()) continue;
        if (caldav_.filled_href_for(work.exchange.series.uid).empty()) continue;
        if (auto status = decide(work); !status) continue;
        const bool create =
            work.decision.actions.size() == 1 && std::holds_alternative<Create>(work.decision.actions.front());
        if (!create) continue;
        auto [parts, base] = new_text(work.exchange.series);
        work.href = caldav_.href_for(work.exchange.series.uid);
        work.base_text = std::move(base);
        parts.events = caldav_.silenced(std::move(parts.events));
        if (contents > 0 && !put_contents_in(parts.events)) continue;
        spool_.drop(work.exchange.series);
        if (!append(events.get(), parts.events)) {
          reading.wait();
          return spool_error(spooled.events_path);
        }
        spooled.bytes += parts.events.size();
        const Uid& uid = work.exchange.series.uid;
        const int first_year = first_year_of(work.exchange.series);
        for (const auto& [zone, text] : parts.zones) spooled.zones.emplace(zone, spooled.series.size());
        spooled.series.push_back({uid, work.sequences, parts.zones.empty() ? kNoYear : first_year});
        spooled.first_year = std::min(spooled.first_year, first_year);
        store::Mapping mapping = mapping_of(work, Etag(), {});
        mapping.state = "filling";
        batch.mappings.push_back(std::move(mapping));
        add_losses(work, batch);
        // The bar stands at the half while the server stores what is sent at once.
        done_ = spooled.series.size() / 2;
      }
    }
    reading.wait();
    if (!works) return std::move(works).error();
    CARAVAN_CHECK(commit(batch));
    tell_progress();
    chunk = std::move(next);
    more = another;
  }
  known_ = known_before;
  if (std::fclose(events.release()) != 0) return spool_error(spooled.events_path);
  // The zones are known only now: header and zones, then the events.
  spooled.whole_path = spool_.new_file("calendar");
  File whole(std::fopen(spooled.whole_path.c_str(), "wb"));
  File again(std::fopen(spooled.events_path.c_str(), "rb"));
  if (!whole || !again || !append(whole.get(), ical::calendar_header())) return spool_error(spooled.whole_path);
  for (const auto& [zone, example] : spooled.zones)
    if (!append(whole.get(), ical::vtimezone_text(zone, spooled.first_year))) return spool_error(spooled.whole_path);
  std::vector<char> buffer(1U << 20U);
  while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), again.get()))
    if (std::fwrite(buffer.data(), 1, got, whole.get()) != got) return spool_error(spooled.whole_path);
  if (!append(whole.get(), ical::calendar_footer()) || std::fclose(whole.release()) != 0)
    return spool_error(spooled.whole_path);
  spool_.drop_file(spooled.events_path);
  return {};
}

/// Where the listing has each of the spooled series; empty where it does not.
std::vector<Href> PairPass::Impl::hrefs_of_filled(const Spooled& spooled, const CaldavListing& listing) {
  std::unordered_set<std::string> listed;
  for (const auto& resource : listing.resources) listed.insert(resource.href.value);
  std::vector<Href> hrefs(spooled.series.size());
  std::unordered_map<Uid, std::size_t> sought;
  for (std::size_t i = 0; i < hrefs.size(); ++i) {
    const Uid& uid = spooled.series[i].uid;
    for (const Href& href : {caldav_.href_for(uid), caldav_.filled_href_for(uid)})
      if (hrefs[i].empty() && listed.erase(href.value) > 0) hrefs[i] = href;
    if (hrefs[i].empty()) sought.emplace(uid, i);
  }
  if (sought.empty() || listed.empty()) return hrefs;
  const std::vector<Href> unknown(listed.begin(), listed.end());  // under names that nobody foresaw
  caldav_.read(unknown, [&](std::size_t i, const CaldavAnswer& answer) {
    const auto* text = std::get_if<CaldavText>(&answer);
    if (text == nullptr) return;
    const auto parsed = ical::parse_one(text->text);
    const auto found = parsed ? sought.find(parsed->uid) : sought.end();
    if (found != sought.end()) hrefs[found->second] = unknown[i];
  });
  return hrefs;
}

/// One event of each zone is looked at; where the server's definition begins too late, all that are older.
Result<PairPass::Impl::Etags> PairPass::Impl::mend_zones_of_fill(const Spooled& spooled,
                                                                 const std::vector<Href>& hrefs) {
  std::vector<Href> examples;
  for (const auto& [zone, example] : spooled.zones)
    if (!hrefs[example].empty()) examples.push_back(hrefs[example]);
  int good_from = examples.size() < spooled.zones.size() ? kNoYear : ical::kZonesHold;
  caldav_.read(examples, [&](std::size_t, const CaldavAnswer& answer) {
    const auto* text = std::get_if<CaldavText>(&answer);
    good_from = std::max(good_from, text == nullptr ? kNoYear : ical::zones_hold_from(text->text));
  });
  std::vector<Href> older;
  for (std::size_t i = 0; i < hrefs.size(); ++i)
    if (!hrefs[i].empty() && spooled.series[i].zones_since < good_from) older.push_back(hrefs[i]);
  return mend_zones(older);
}

/// The listing tells which of the spooled series are there, and under which href.
Status PairPass::Impl::activate(Spooled& spooled) {
  CARAVAN_TRY(listing, caldav_.list());
  Etags etags;
  for (const auto& resource : listing.resources) etags.emplace(resource.href.value, resource.etag);
  const auto hrefs = hrefs_of_filled(spooled, listing);
  CARAVAN_TRY(mended, mend_zones_of_fill(spooled, hrefs));
  pair.sync_token = listing.token;
  pair.listing_complete = true;
  constexpr std::size_t kAtOnce = 256;
  for (std::size_t at = 0; at < spooled.series.size(); at += kAtOnce) {
    std::vector<Uid> uids;
    const std::size_t end = std::min(spooled.series.size(), at + kAtOnce);
    for (std::size_t i = at; i < end; ++i) uids.push_back(spooled.series[i].uid);
    CARAVAN_TRY(mappings, store_.mappings(pair.id, uids));
    std::unordered_map<Uid, store::Mapping*> by_uid;
    for (auto& mapping : mappings) by_uid.emplace(mapping.uid, &mapping);
    store::Batch batch;
    for (std::size_t i = at; i < end; ++i) {
      const auto& [uid, sequences, zones_since] = spooled.series[i];
      const auto found = by_uid.find(uid);
      if (found == by_uid.end()) continue;
      if (hrefs[i].empty()) {  // follows by a single PUT
        batch.forget_mappings.emplace_back(pair.id, uid);
        continue;
      }
      store::Mapping& mapping = *found->second;
      mapping.href = hrefs[i];
      const auto anew = mended.find(hrefs[i].value);
      mapping.etag = anew != mended.end() && !anew->second.empty() ? anew->second : etags.at(hrefs[i].value);
      mapping.state = "active";
      batch.done_changes.insert(batch.done_changes.end(), sequences.begin(), sequences.end());
      batch.audit.push_back(audit(uid, "created", "first_seen_on_exchange",
                                  anew != mended.end() ? "bulk fill, and once more with its time zone" : "bulk fill"));
      store::Undo row = undo(uid, mapping.href);
      row.after_etag = mapping.etag;
      batch.undo.push_back(std::move(row));
      batch.mappings.push_back(std::move(mapping));
      ++report.created;
    }
    batch.pairs.push_back(pair);
    CARAVAN_CHECK(commit(batch));
    crash_point("after_commit");
  }
  done_ = report.created;
  tell_progress();
  return {};
}

}  // namespace caravan::sync
