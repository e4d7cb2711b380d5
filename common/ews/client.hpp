// SPDX-License-Identifier: GPL-3.0-or-later
// The reading half of Exchange Web Services: folders, changes, series, attachments, names. Gives model::Series and
// plain values; gSOAP, SOAP versions, batches, retries and impersonation stay behind this header. The writing half is
// exchange_writer.hpp, notifications are subscriptions.hpp; both work over a Client.
//
// Thread rule: a Client belongs to one worker thread. What its fellows share (versions agreed on, addresses resolved,
// zones compared) is in a Session; the limiter, clock, sleeper and credentials are those of Options::http.
#pragma once
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ews/oauth2.hpp"
#include "ews/types.hpp"
#include "http/client.hpp"
#include "model/time.hpp"

namespace caravan::ews {

/// How another person's mailbox is reached.
enum class Access : std::uint8_t {
  impersonation,  ///< SOAP header ExchangeImpersonation; needs the role ApplicationImpersonation
  delegate,       ///< folder permissions; the mailbox is named in DistinguishedFolderId
  mailbox,        ///< the credentials are the mailbox's own
};

/// What the Clients of one Exchange server and account share. Thread-safe.
class Session;
class Connection;
std::shared_ptr<Session> make_session();

struct Options {
  std::string url;  ///< "https://mail.example.org/EWS/Exchange.asmx"
  http::Options
      http;  ///< auth, limiter, clock, sleeper, timeouts; its `token` is set by the Client where oauth2 is given
  Access access = Access::impersonation;
  std::string user_agent = "Caravan";
  std::shared_ptr<oauth2::TokenCache> oauth2 = nullptr;        ///< with http::Auth::bearer
  std::shared_ptr<const model::ZoneBook> zones = nullptr;      ///< required: ical::system_zone_book()
  std::shared_ptr<const KeptElsewhere> elsewhere = nullptr;    ///< what is too long for our property; null: it is lost
  std::shared_ptr<Session> session = nullptr;                  ///< a private one where null
  std::shared_ptr<http::RequestCounter> operations = nullptr;  ///< SOAP operations by name, without 401 legs
  std::size_t batch = 10;  ///< ids in one GetItem (1..50); Microsoft recommends 10 with bodies
  http::RetryPolicy retry = {5, std::chrono::milliseconds(500), std::chrono::seconds(60)};  ///< of retry_later only
};

/// Receives content in pieces; an error ends the transfer and is returned.
using ContentSink = std::function<Status(std::string_view bytes)>;
using FetchedSeries = std::vector<std::pair<ItemId, Result<Fetched>>>;

class Client {
 public:
  explicit Client(Options options);
  ~Client();
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// FindFolder below msgfolderroot: folders of class IPF.Appointment, without birthdays, holidays, hidden folders and
  /// what lies in Deleted Items. The default calendar is the first row.
  Result<std::vector<CalendarFolder>> calendar_folders(const Mailbox& mailbox, FolderScope scope,
                                                       std::stop_token stop = {});

  /// One page of changes since `state` (empty: from the beginning). Fails with Error::code kInvalidSyncState where the
  /// state can't be used, and `not_found` where the folder is gone.
  Result<ChangePage> sync_folder_items(const Mailbox& mailbox, const FolderId& folder, const SyncState& state,
                                       int max_changes = kMaxChanges, std::stop_token stop = {});

  /// The series of these items with all their exceptions, one row for each id, in the order of `items`. A row's error
  /// is `not_found` (deleted meanwhile), `malformed` (park it), or what befell the request. Never shorter than `items`.
  FetchedSeries get_series(const Mailbox& mailbox, std::span<const ItemId> items, std::stop_token stop = {});

  /// The content of an attachment, in pieces as it arrives; an attached item comes as message/rfc822. Nothing is
  /// repeated once a piece was handed over: a broken transfer is an error, and the caller starts its spool file anew.
  Result<AttachmentInfo> get_attachment(const Mailbox& mailbox, const AttachmentId& attachment, const ContentSink& sink,
                                        std::stop_token stop = {});

  /// What Exchange expands the folder to in [from, until), without repeats, in windows that the server accepts.
  Result<std::vector<Occurrence>> calendar_view(const Mailbox& mailbox, const FolderId& folder, Instant from,
                                                Instant until, std::stop_token stop = {});

  /// The directory's entries for an SMTP address, a name or a legacy DN; empty if there is none.
  Result<std::vector<ResolvedName>> resolve_names(const Mailbox& mailbox, const std::string& entry,
                                                  std::stop_token stop = {});

  /// GetFolder of the default calendar: version of the server and rights of the account.
  Result<Probe> probe(const Mailbox& mailbox, std::stop_token stop = {});

  /// SOAP operations sent so far, by name.
  [[nodiscard]] http::RequestCounter& operations() const noexcept;
  [[nodiscard]] http::Limiter& limiter() const noexcept;

  /// For those of this folder who write over the same connection.
  [[nodiscard]] Connection& connection() noexcept;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// What to tell the administrator about this endpoint before anything is sent; empty if there is nothing.
std::string endpoint_warning(std::string_view url);

}  // namespace caravan::ews
