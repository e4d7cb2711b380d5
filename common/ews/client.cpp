// SPDX-License-Identifier: GPL-3.0-or-later
#include "ews/client.hpp"

#include <stdexcept>

#include "ews/attachment_reader.hpp"
#include "ews/connection.hpp"
#include "ews/folders.hpp"
#include "ews/series_reader.hpp"
#include "ews/views.hpp"
#include "util/text.hpp"

namespace caravan::ews {

class Client::Impl {
 public:
  explicit Impl(Options options) : connection(std::move(options)) {
    if (!connection.options().zones) throw std::logic_error("ews::Options::zones is required");
  }
  Connection connection;
};

Client::Client(Options options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Client::~Client() = default;
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;

Result<std::vector<CalendarFolder>> Client::calendar_folders(const Mailbox& mailbox, FolderScope scope,
                                                             std::stop_token stop) {
  return ews::calendar_folders(impl_->connection, mailbox, scope, std::move(stop));
}

Result<ChangePage> Client::sync_folder_items(const Mailbox& mailbox, const FolderId& folder, const SyncState& state,
                                             int max_changes, std::stop_token stop) {
  return ews::sync_folder_items(impl_->connection, mailbox, folder, state, max_changes, std::move(stop));
}

FetchedSeries Client::get_series(const Mailbox& mailbox, std::span<const ItemId> items, std::stop_token stop) {
  return ews::get_series(impl_->connection, mailbox, items, std::move(stop));
}

Result<AttachmentInfo> Client::get_attachment(const Mailbox& mailbox, const AttachmentId& attachment,
                                              const ContentSink& sink, std::stop_token stop) {
  return ews::get_attachment(impl_->connection, mailbox, attachment, sink, std::move(stop));
}

Result<std::vector<Occurrence>> Client::calendar_view(const Mailbox& mailbox, const FolderId& folder, Instant from,
                                                      Instant until, std::stop_token stop) {
  return ews::calendar_view(impl_->connection, mailbox, folder, from, until, std::move(stop));
}

Result<std::vector<ResolvedName>> Client::resolve_names(const Mailbox& mailbox, const std::string& entry,
                                                        std::stop_token stop) {
  return ews::resolve_names(impl_->connection, mailbox, entry, std::move(stop));
}

Result<Probe> Client::probe(const Mailbox& mailbox, std::stop_token stop) {
  return ews::probe(impl_->connection, mailbox, std::move(stop));
}

Connection& Client::connection() noexcept { return impl_->connection; }

http::RequestCounter& Client::operations() const noexcept { return *impl_->connection.options().operations; }
http::Limiter& Client::limiter() const noexcept { return impl_->connection.http().limiter(); }

std::string endpoint_warning(std::string_view url) {
  if (http::origin_of(url) != "https://outlook.office365.com") return {};
  // ews-facts 1.8
  return "Exchange Online blocks EWS from 1 October 2026 for tenants without an allow list (EWSAllowedAppIDs), and "
         "ends "
         "it on 1 April 2027: finish the migration before.";
}

}  // namespace caravan::ews
