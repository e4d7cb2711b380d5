// SPDX-License-Identifier: GPL-3.0-or-later
// All mailboxes: their folders, items, per folder a journal of changes from which SyncFolderItems is
// answered, and the events for subscribers. Lock a mailbox's mutex before touching its contents.
// Must not know SOAP.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "ids.hpp"
#include "model.hpp"
#include "subscription.hpp"

namespace exchange_sim {

enum class ChangeKind : std::uint8_t { created, updated, removed };

constexpr std::uint64_t kNoEntry = ~0ull;

struct JournalEntry {
  std::uint64_t item = 0;
  ChangeKind kind = ChangeKind::created;
  std::uint64_t next = kNoEntry;  ///< the next entry of the same item
};

struct Folder {
  std::uint32_t number = 0;
  std::uint32_t parent = 0;
  std::string display_name;
  std::string folder_class;
  std::string distinguished;  ///< empty for folders that users made
  std::set<std::uint64_t> items;
  std::vector<JournalEntry> journal;
  struct Trace {
    std::uint64_t first_created = kNoEntry;  ///< journal position at which the item first came here
    std::uint64_t created = 0;               ///< and last came here
    std::uint64_t last = kNoEntry;
  };
  std::unordered_map<std::uint64_t, Trace> traces;
  std::uint32_t epoch = 0;  ///< sync states of other epochs are invalid
  std::uint64_t change = 0;
  bool is_calendar() const { return folder_class.starts_with("IPF.Appointment"); }
};

struct Mail {
  std::string mailbox;
  std::string kind;  ///< invitation, update, cancellation, response
  std::string subject;
  std::string uid;
  std::string mode;  ///< the Send or MessageDisposition attribute that caused it
  std::vector<std::string> to;
  std::string answer;  ///< of a response
};

struct Mailbox;
/// Told with the mailbox locked that there are events which a subscription may wait for.
using Wake = std::function<void(Mailbox&)>;

struct Mailbox {
  std::uint32_t index = 0;
  std::string address;
  std::string display_name;
  std::string iana_zone;
  ZonePtr zone;
  std::string password;   ///< empty: no access of its own
  std::string deny_code;  ///< answers to impersonation, when set

  mutable std::mutex mutex;
  std::map<std::uint32_t, Folder> folders;
  std::unordered_map<std::uint64_t, std::unique_ptr<CalendarItem>> items;
  std::unordered_multimap<std::string, std::uint64_t> by_uid;
  std::vector<std::pair<std::uint32_t, ChangeKind>> folder_journal;
  std::uint64_t next_item = 1;
  std::uint32_t next_folder = 1;
  std::uint64_t next_change = 1;
  std::unique_ptr<EventLog> log;  ///< nothing before the first subscription
  const Wake* wake = nullptr;

  Folder* folder(std::uint64_t number);
  Folder* distinguished(const std::string& name);
  Folder& calendar() { return *distinguished("calendar"); }
  /// Where soft deletes go; made when first needed.
  Folder& dumpster();
  Folder& add_folder(std::uint32_t parent, const std::string& name, const std::string& folder_class,
                     const std::string& distinguished_name = {});
  CalendarItem* item(std::uint64_t number);
  /// The item with this UID, in folders other than Deleted Items.
  CalendarItem* item_by_uid(const std::string& uid);

  CalendarItem& add_item(std::uint32_t folder, std::unique_ptr<CalendarItem> item);
  /// Gives the item a new change key and enters the change in the journal. Any property may have changed.
  void touch(CalendarItem& item);
  /// The same when only these properties have (CalendarItem::field_changes).
  void touch(CalendarItem& item, const std::set<std::string>& fields);
  /// Takes the item out for good.
  void erase(CalendarItem& item);
  /// Moves by copying: the item gets a new number, so a new id.
  CalendarItem& move(CalendarItem& item, std::uint32_t folder);
  void hide(CalendarItem& item);
  void unhide(CalendarItem& item);

 private:
  void record(Folder& folder, std::uint64_t item, ChangeKind kind);
  CalendarItem& place(std::uint32_t folder, std::unique_ptr<CalendarItem> item);
  std::unique_ptr<CalendarItem> take_out(CalendarItem& item);
  void notify(EventKind kind, const CalendarItem& item);
  void notify_folder(EventKind kind, std::uint32_t folder);
  void enter(Event event);
};

class World {
 public:
  Mailbox& add_mailbox(const std::string& address, const std::string& iana_zone);
  Mailbox* find(const std::string& address);
  Mailbox* at(std::uint32_t index);
  std::vector<Mailbox*> all();
  void add_mail(Mail mail);
  std::vector<Mail> mails() const;
  /// Before the first request is served.
  void on_events(Wake wake) { wake_ = std::move(wake); }

 private:
  mutable std::shared_mutex mutex_;
  std::vector<std::unique_ptr<Mailbox>> mailboxes_;
  std::unordered_map<std::string, std::uint32_t> by_address_;
  mutable std::mutex mail_mutex_;
  std::vector<Mail> mails_;
  Wake wake_;
};

Instant current_time();

}  // namespace exchange_sim
