// SPDX-License-Identifier: GPL-3.0-or-later
// The EWS client as the engine's ExchangePort: one mailbox, one folder.
#pragma once
#include <stop_token>

#include "ews/client.hpp"
#include "sync/ports.hpp"

namespace caravan::app {

class ExchangeAdapter final : public sync::ExchangePort {
 public:
  ExchangeAdapter(ews::Client& client, ews::Mailbox mailbox, FolderId folder, std::stop_token stop)
      : client_(client), mailbox_(std::move(mailbox)), folder_(std::move(folder)), stop_(std::move(stop)) {}

  Result<sync::ExchangePage> changes_since(const SyncState& state) override;
  std::vector<std::pair<ItemId, Result<sync::ExchangeItem>>> read(std::span<const ItemId> items) override;
  Result<std::uint64_t> attachment(const AttachmentId& id,
                                   const std::function<Status(std::string_view)>& sink) override;

 private:
  ews::Client& client_;
  ews::Mailbox mailbox_;
  FolderId folder_;
  std::stop_token stop_;
};

}  // namespace caravan::app
