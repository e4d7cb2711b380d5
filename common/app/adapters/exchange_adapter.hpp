// SPDX-License-Identifier: GPL-3.0-or-later
// The EWS client as the engine's ExchangePort: one mailbox, one folder.
#pragma once
#include <map>
#include <memory>
#include <stop_token>
#include <string>

#include "ews/client.hpp"
#include "ews/exchange_writer.hpp"
#include "sync/ports.hpp"

namespace caravan::app {

class ExchangeAdapter final : public sync::ExchangePort {
 public:
  /// `spool_dir`: for requests with large attachments; empty: the system's.
  ExchangeAdapter(ews::Client& client, ews::Mailbox mailbox, FolderId folder, std::string spool_dir,
                  std::stop_token stop);

  Result<sync::ExchangePage> changes_since(const SyncState& state) override;
  std::vector<std::pair<ItemId, Result<sync::ExchangeItem>>> read(std::span<const ItemId> items) override;
  Result<std::uint64_t> attachment(const AttachmentId& id,
                                   const std::function<Status(std::string_view)>& sink) override;
  void write(std::span<const sync::ExchangeWrite> writes, const sync::ContentPath& content,
             const std::function<void(std::size_t, Result<sync::ExchangeWritten>)>& done) override;
  void remove(std::span<const sync::ExchangeRemoval> removals,
              const std::function<void(std::size_t, Status)>& done) override;
  std::vector<Result<std::vector<ItemId>>> find(std::span<const sync::ExchangeSearch> searches) override;
  std::vector<Result<bool>> declined(std::span<const sync::ExchangeSearch> searches) override;
  /// As sync::Fold.
  [[nodiscard]] model::Series folded(const model::Series& agreed, std::span<const sync::ExchangePart> held,
                                     std::span<const model::Series> parts) const;
  /// The zone at whose midnights the mailbox's days begin: what the mailbox was given with, else the zone of most of
  /// the timed events read so far; empty where there were none.
  [[nodiscard]] const std::string& zone() const noexcept { return mailbox_.zone; }

 private:
  /// Made for each call: it holds no state of its own.
  [[nodiscard]] ews::WriterOptions writing(sync::Send send, sync::ContentPath content) const;

  void learn_zone(const model::Series& series);

  ews::Client& client_;
  ews::Mailbox mailbox_;
  bool zone_is_known_;
  std::map<std::string, std::size_t> zones_seen_;  ///< timed events by the zone that people see them in
  FolderId folder_;
  std::string spool_dir_;
  std::stop_token stop_;
};

}  // namespace caravan::app
