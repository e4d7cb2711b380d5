// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/adapters/caldav_adapter.hpp"

#include <algorithm>

namespace caravan::app {

CaldavAdapter::CaldavAdapter(caldav::Client& client, Href home, Href collection, caldav::CalendarProperties properties,
                             int connections, std::stop_token stop)
    : client_(client),
      home_(std::move(home)),
      collection_(std::move(collection)),
      properties_(std::move(properties)),
      connections_(std::max(1, std::min(connections, client.quirks().best_connections))),
      stop_(std::move(stop)) {
  const caldav::Quirks& quirks = client_.quirks();
  traits_.weak_versions = quirks.version == caldav::Version::weak;
  traits_.conditions_ignored = quirks.conditional_writes == caldav::ConditionalWrites::untrusted;
  traits_.read_back = quirks.etag_after_put == caldav::EtagAfterPut::none;
  traits_.orphans_refused = quirks.orphans == caldav::Orphans::refused;
  traits_.zero_length_refused = quirks.zero_length == caldav::ZeroLength::refused;
  traits_.bulk_fill = quirks.bulk_fill == caldav::BulkFill::whole_collection_put;
}

Href CaldavAdapter::href_for(const Uid& uid) const { return caldav::child(collection_, caldav::resource_name(uid)); }

Href CaldavAdapter::filled_href_for(const Uid& uid) const {
  const std::string name = caldav::filled_name(uid);
  return name.empty() ? Href() : caldav::child(collection_, name);
}

std::string CaldavAdapter::silenced(std::string text) const {
  if (client_.quirks().silent_by == caldav::SilentBy::nature) return text;
  return caldav::silenced(text, client_.quirks());
}

Result<sync::CaldavListing> CaldavAdapter::list() {
  CARAVAN_TRY(listing, client_.list(collection_, stop_));
  sync::CaldavListing out;
  out.token = std::move(listing.token);
  for (auto& resource : listing.resources)
    out.resources.push_back({std::move(resource.href), std::move(resource.etag)});
  return out;
}

Result<sync::CaldavChanges> CaldavAdapter::changes_since(const SyncToken& token) {
  auto changes = client_.sync(collection_, token, stop_);
  if (!changes) {
    Error error = std::move(changes).error();
    if (error.fault == Fault::not_found) error.code = sync::kContainerGone;
    return error;
  }
  sync::CaldavChanges out;
  out.token = std::move(changes->token);
  out.full = changes->full;
  for (auto& change : changes->changes) {
    if (change.etag)
      out.changed.push_back({std::move(change.href), std::move(*change.etag)});
    else
      out.gone.push_back(std::move(change.href));
  }
  return out;
}

void CaldavAdapter::read(std::span<const Href> hrefs,
                         const std::function<void(std::size_t, sync::CaldavAnswer)>& done) {
  client_.multiget(collection_, hrefs, stop_, [&](std::size_t index, caldav::Answer answer) {
    if (auto* fetched = std::get_if<caldav::Fetched>(&answer))
      done(index, sync::CaldavText{std::move(fetched->href), std::move(fetched->etag), std::move(fetched->text)});
    else if (std::holds_alternative<caldav::Gone>(answer))
      done(index, sync::Gone{});
    else
      done(index, std::move(std::get<Error>(answer)));
  });
}

void CaldavAdapter::write(std::span<const sync::CaldavWrite> writes,
                          const std::function<void(std::size_t, Result<sync::CaldavWritten>)>& done) {
  std::size_t at = 0;
  const auto next = [&]() -> std::optional<caldav::PutJob> {
    if (at == writes.size()) return std::nullopt;
    const sync::CaldavWrite& write = writes[at++];
    caldav::PutJob job;
    job.href = write.href;
    job.text = write.text;
    job.file = write.file;
    job.file_size = write.file_size;
    if (write.expected.empty())
      job.condition = caldav::IfNoneMatch{};
    else
      job.condition = caldav::IfMatch{write.expected};
    return job;
  };
  client_.put_stream(next, connections_, stop_, [&](std::size_t index, Result<caldav::PutOutcome> outcome) {
    if (!outcome) return done(index, std::move(outcome).error());
    if (auto* stored = std::get_if<caldav::Stored>(&*outcome))
      return done(index, sync::CaldavWritten(sync::CaldavStored{std::move(stored->etag)}));
    done(index, sync::CaldavWritten(sync::UidTaken{std::move(std::get<caldav::UidConflict>(*outcome).other)}));
  });
}

void CaldavAdapter::remove(std::span<const sync::CaldavRemoval> removals,
                           const std::function<void(std::size_t, Status)>& done) {
  std::vector<caldav::RemoveJob> jobs;
  for (const auto& removal : removals) jobs.push_back({removal.href, removal.expected});
  client_.remove_all(jobs, connections_, stop_, done);
}

Result<bool> CaldavAdapter::exists() {
  auto there = client_.calendar(collection_, stop_);
  if (there) return true;
  if (there.error().fault == Fault::not_found) return false;
  return std::move(there).error();
}

Result<bool> CaldavAdapter::make() {
  CARAVAN_TRY(home, client_.ensure_home(home_, stop_));
  (void)home;
  CARAVAN_TRY(ensured, client_.ensure_calendar(collection_, properties_, stop_));
  return ensured == caldav::Ensured::created;
}

Status CaldavAdapter::fill(const std::string& file, std::uint64_t size) {
  CARAVAN_TRY(home, client_.ensure_home(home_, stop_));
  (void)home;
  return client_.fill(collection_, file, size, stop_);
}

Status CaldavAdapter::set_properties() { return client_.set_properties(collection_, properties_, stop_); }

}  // namespace caravan::app
