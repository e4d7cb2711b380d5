// SPDX-License-Identifier: GPL-3.0-or-later
// The VTIMEZONEs of a bulk fill. The server makes one for each event by itself, by the first definition of that name
// that its process ever met, which may begin after the event (docs/quirks.md, bulk_fill): a reader who goes by it would
// see the event an hour off. So what it stored is looked at, and what it got wrong is PUT once more, each with its own.
#include "ical/parse.hpp"
#include "ical/zone_repair.hpp"
#include "sync/engine_impl.hpp"

namespace caravan::sync {

/// The first days of January are elsewhere those of December.
int first_year_of(const model::Series& series) {
  int year = kNoYear;
  const auto meet = [&](const model::EventTime& time) {
    const bool new_year = time.wall.month == 1 && time.wall.day <= 2;
    year = std::min(year, time.wall.year - (new_year ? 1 : 0));
  };
  if (series.master) meet(series.master->start);
  for (const auto& event : series.overrides) {
    meet(event.start);
    if (event.recurrence_id) meet(*event.recurrence_id);
  }
  for (const auto& date : series.extra_dates) meet(date);
  return year;
}

/// Of these resources, those of ours whose VTIMEZONEs don't hold for their own times, with their new etags (empty: not
/// told). One that somebody changed meanwhile, or that can't be read, is left to him.
Result<PairPass::Impl::Etags> PairPass::Impl::mend_zones(std::span<const Href> hrefs) {
  Etags mended;
  constexpr std::size_t kAtOnce = 25;  // each may hold a megabyte of attachments
  for (std::size_t at = 0; at < hrefs.size(); at += kAtOnce) {
    if (stop_.stop_requested()) return make_error(Fault::cancelled, "Stopped on request.");
    std::vector<CaldavWrite> writes;
    Status status;
    const auto keep = [&](const Error& error) {
      if (!is_item_error(error)) status = error;
    };
    caldav_.read(hrefs.subspan(at, std::min(kAtOnce, hrefs.size() - at)), [&](std::size_t, CaldavAnswer answer) {
      if (const auto* error = std::get_if<Error>(&answer)) keep(*error);
      auto* text = std::get_if<CaldavText>(&answer);
      const auto parsed = ical::parse_one(text == nullptr ? std::string_view() : text->text);
      if (!parsed || !parsed->series || parsed->mark != mark_for(pair.mailbox, parsed->uid)) return;
      const int year = first_year_of(*parsed->series);
      if (ical::zones_hold_from(text->text) <= year) return;
      writes.push_back({text->href, text->etag, ical::with_zones_of_database(text->text, year), {}, 0});
    });
    CARAVAN_CHECK(status);
    caldav_.write(writes, [&](std::size_t i, Result<CaldavWritten> written) {
      if (!written) return keep(written.error());
      const auto* stored = std::get_if<CaldavStored>(&*written);
      if (stored != nullptr) mended[writes[i].href.value] = stored->etag.value_or(Etag());
    });
    CARAVAN_CHECK(status);
  }
  return mended;
}

/// After a fill of which nobody knows how far it came.
Status PairPass::Impl::mend_unfinished_fill() {
  CARAVAN_TRY(there, caldav_.exists());
  if (!there) return {};
  CARAVAN_TRY(listing, caldav_.list());
  std::vector<Href> hrefs;
  for (const auto& resource : listing.resources) hrefs.push_back(resource.href);
  CARAVAN_CHECK(mend_zones(hrefs));
  return {};
}

}  // namespace caravan::sync
