// SPDX-License-Identifier: GPL-3.0-or-later
// The CalDAV client as the engine's CaldavPort: one collection.
#pragma once
#include <stop_token>

#include "caldav/client.hpp"
#include "sync/ports.hpp"

namespace caravan::app {

class CaldavAdapter final : public sync::CaldavPort {
 public:
  /// `connections` bounds what is sent at once; the server's quirk and the shared limiter bound it further.
  CaldavAdapter(caldav::Client& client, Href home, Href collection, caldav::CalendarProperties properties,
                int connections, std::stop_token stop);

  [[nodiscard]] const sync::CaldavTraits& traits() const override { return traits_; }
  [[nodiscard]] Href href_for(const Uid& uid) const override;
  [[nodiscard]] Href filled_href_for(const Uid& uid) const override;
  [[nodiscard]] std::string silenced(std::string text) const override;
  Result<sync::CaldavListing> list() override;
  Result<sync::CaldavChanges> changes_since(const SyncToken& token) override;
  void read(std::span<const Href> hrefs, const std::function<void(std::size_t, sync::CaldavAnswer)>& done) override;
  void write(std::span<const sync::CaldavWrite> writes,
             const std::function<void(std::size_t, Result<sync::CaldavWritten>)>& done) override;
  void remove(std::span<const sync::CaldavRemoval> removals,
              const std::function<void(std::size_t, Status)>& done) override;
  Result<bool> exists() override;
  Result<bool> make() override;
  Status fill(const std::string& file, std::uint64_t size) override;
  Status set_properties() override;

 private:
  caldav::Client& client_;
  Href home_, collection_;
  caldav::CalendarProperties properties_;
  int connections_;
  std::stop_token stop_;
  sync::CaldavTraits traits_;
};

}  // namespace caravan::app
