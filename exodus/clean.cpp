// SPDX-License-Identifier: GPL-3.0-or-later
// clean --marked: what carries our mark on CalDAV, found without the mapping database (guarantee 7).
#include "app/adapters/caldav_adapter.hpp"
#include "app/adapters/sides.hpp"
#include "app/pass/trouble.hpp"
#include "exodus/operations.hpp"
#include "ical/parse.hpp"

namespace caravan::exodus {
namespace {

constexpr std::size_t kChunk = 100;

Status clean_calendar(caldav::Client& client, const Href& collection, const Address& mailbox, bool remove,
                      std::stop_token stop, CleanOutcome& outcome) {
  app::CaldavAdapter calendar(client, Href(), collection, {}, 4, stop);
  CARAVAN_TRY(listing, calendar.list());
  for (std::size_t at = 0; at < listing.resources.size(); at += kChunk) {
    if (stop.stop_requested()) return make_error(Fault::cancelled, "Stopped on request.");
    std::vector<Href> hrefs;
    for (std::size_t i = at; i < std::min(listing.resources.size(), at + kChunk); ++i)
      hrefs.push_back(listing.resources[i].href);
    std::vector<sync::CaldavRemoval> removals;
    Status status;
    calendar.read(hrefs, [&](std::size_t, sync::CaldavAnswer answer) {
      if (const auto* error = std::get_if<Error>(&answer)) status = *error;
      const auto* text = std::get_if<sync::CaldavText>(&answer);
      if (text == nullptr) return;
      auto parsed = ical::parse_one(text->text);
      if (!parsed || parsed->mark.empty()) return;
      outcome.marked.push_back({mailbox.value, text->href.value, parsed->uid.value});
      removals.push_back({text->href, text->etag});
    });
    CARAVAN_CHECK(std::move(status));
    if (!remove) continue;
    calendar.remove(removals, [&](std::size_t, Status answer) {
      if (answer)
        ++outcome.removed;
      else if (answer.error().fault != Fault::precondition_failed && answer.error().fault != Fault::not_found)
        status = std::move(answer);
    });
    CARAVAN_CHECK(std::move(status));
  }
  return {};
}

}  // namespace

CleanOutcome clean_marked(const Context& context, const std::vector<config::MailboxEntry>& mailboxes, bool remove,
                          std::stop_token stop) {
  CleanOutcome outcome;
  app::Sides sides(context.config, context.clock, context.sleeper);
  for (const auto& entry : mailboxes) {
    const auto clean_home = [&]() -> Status {
      CARAVAN_TRY(client, sides.caldav(entry, stop));
      CARAVAN_TRY(home, sides.home(entry, client, stop));
      auto calendars = client.list_calendars(home.path, stop);
      if (!calendars) return calendars.error().fault == Fault::not_found ? Status() : Status(calendars.error());
      for (const auto& calendar : *calendars)
        CARAVAN_CHECK(clean_calendar(client, calendar.href, entry.address, remove, stop, outcome));
      return {};
    };
    if (auto status = clean_home(); !status) {
      const bool cancelled = status.error().fault == Fault::cancelled;
      outcome.exit = worse(outcome.exit, cancelled                              ? Exit::interrupted
                                         : app::is_server_error(status.error()) ? Exit::nothing_possible
                                                                                : Exit::some_failed);
      outcome.error = std::move(status).error();
      if (cancelled) break;
    }
  }
  return outcome;
}

}  // namespace caravan::exodus
